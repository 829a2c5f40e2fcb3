-- A job that a person has sent again is charged a second time: the ledger has parts. SQLite cannot change what is
-- unique, so the table is made anew, with every row and its place.
ALTER TABLE job ADD COLUMN resent INTEGER NOT NULL DEFAULT 0;  -- how often

CREATE TABLE ledger_of_parts (
    job_id TEXT NOT NULL REFERENCES job (id),
    part   INTEGER NOT NULL,  -- 1, and one more for each time that it was sent again
    kind   TEXT NOT NULL,     -- reserve, hold, capture, release
    debit  TEXT NOT NULL,
    credit TEXT NOT NULL,
    micros INTEGER NOT NULL CHECK (micros >= 0),
    at     REAL NOT NULL,
    UNIQUE (job_id, part, kind)
) STRICT;

INSERT INTO ledger_of_parts (rowid, job_id, part, kind, debit, credit, micros, at)
SELECT rowid, job_id, 1, kind, debit, credit, micros, at FROM ledger;

DROP TABLE ledger;
ALTER TABLE ledger_of_parts RENAME TO ledger;

CREATE TRIGGER ledger_is_kept BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_stays BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

-- A part counts to the UTC day on which it was reserved. Sent again, it is still one video.
CREATE TRIGGER ledger_counts AFTER INSERT ON ledger WHEN NEW.debit = 'free' OR NEW.credit = 'free'
BEGIN
    INSERT INTO day_use (day, guild_id, user_id, micros, videos)
    SELECT CAST((
               SELECT at FROM ledger WHERE job_id = NEW.job_id AND part = NEW.part AND kind = 'reserve'
           ) / 86400 AS INTEGER), guild_id, user_id,
           CASE WHEN NEW.debit = 'free' THEN NEW.micros ELSE -NEW.micros END,
           CASE WHEN NEW.part > 1 THEN 0 WHEN NEW.debit = 'free' THEN 1 ELSE -1 END
    FROM job WHERE id = NEW.job_id
    ON CONFLICT (day, guild_id, user_id)
    DO UPDATE SET micros = micros + excluded.micros, videos = videos + excluded.videos;
END;

-- Providers that ask for an abuse id get a hash of the member; with this nobody else can make the same one.
INSERT INTO fact (name, value, at) VALUES ('salt', lower(hex(randomblob(16))), 0);
