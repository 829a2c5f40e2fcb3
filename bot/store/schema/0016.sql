-- What requests to the writer of prompts cost: double entry, without a job. `write` is booked before the request and stays
-- spent if its outcome is unknown; `release` takes it back, and `cost` books what the writer has reported in its place.
CREATE TABLE writer_ledger (
    id       INTEGER PRIMARY KEY,
    call_id  TEXT NOT NULL,
    kind     TEXT NOT NULL,  -- write, release, cost
    guild_id INTEGER NOT NULL,
    user_id  INTEGER NOT NULL,
    model    TEXT NOT NULL,
    debit    TEXT NOT NULL,
    credit   TEXT NOT NULL,
    micros   INTEGER NOT NULL CHECK (micros >= 0),
    day      INTEGER NOT NULL,  -- the UTC day of `write`, since 1970-01-01
    at       REAL NOT NULL,
    UNIQUE (call_id, kind)
) STRICT;
CREATE INDEX writer_ledger_user ON writer_ledger (user_id);

CREATE TRIGGER writer_ledger_is_kept
BEFORE UPDATE OF id, call_id, kind, guild_id, model, debit, credit, micros, day, at ON writer_ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER writer_ledger_stays BEFORE DELETE ON writer_ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TRIGGER writer_ledger_counts AFTER INSERT ON writer_ledger
BEGIN
    INSERT INTO day_use (day, guild_id, user_id, micros, videos)
    VALUES (NEW.day, NEW.guild_id, NEW.user_id, CASE WHEN NEW.debit = 'free' THEN NEW.micros ELSE -NEW.micros END, 0)
    ON CONFLICT (day, guild_id, user_id) DO UPDATE SET micros = micros + excluded.micros;
    INSERT INTO day_model_use (guild_id, day, user_id, model, account, micros, videos, real_micros)
    VALUES (NEW.guild_id, NEW.day, NEW.user_id, NEW.model, 'writer',
            CASE WHEN NEW.debit = 'free' THEN NEW.micros ELSE -NEW.micros END, 0,
            CASE WHEN NEW.kind = 'cost' THEN NEW.micros ELSE 0 END)
    ON CONFLICT (guild_id, day, user_id, model, account)
    DO UPDATE SET micros = day_model_use.micros + excluded.micros,
                  real_micros = day_model_use.real_micros + excluded.real_micros;
    DELETE FROM day_model_use
    WHERE guild_id = NEW.guild_id AND day = NEW.day AND user_id = NEW.user_id AND model = NEW.model
        AND account = 'writer' AND micros = 0 AND videos = 0;
END;

CREATE TRIGGER writer_ledger_moved AFTER UPDATE OF user_id ON writer_ledger WHEN OLD.user_id <> NEW.user_id
BEGIN
    INSERT INTO day_model_use (guild_id, day, user_id, model, account, micros, videos, real_micros)
    SELECT NEW.guild_id, NEW.day, owner, NEW.model, 'writer',
           sign * CASE WHEN NEW.debit = 'free' THEN NEW.micros ELSE -NEW.micros END, 0,
           sign * CASE WHEN NEW.kind = 'cost' THEN NEW.micros ELSE 0 END
    FROM (SELECT OLD.user_id AS owner, -1 AS sign UNION ALL SELECT NEW.user_id, 1) WHERE TRUE
    ON CONFLICT (guild_id, day, user_id, model, account)
    DO UPDATE SET micros = day_model_use.micros + excluded.micros,
                  real_micros = day_model_use.real_micros + excluded.real_micros;
    DELETE FROM day_model_use
    WHERE guild_id = NEW.guild_id AND day = NEW.day AND user_id IN (OLD.user_id, NEW.user_id) AND model = NEW.model
        AND account = 'writer' AND micros = 0 AND videos = 0;
END;

-- A prompt's own words and the writer's; `prompt` is what is sent.
ALTER TABLE job ADD COLUMN typed TEXT;
ALTER TABLE job ADD COLUMN offered TEXT;
ALTER TABLE draft ADD COLUMN typed TEXT;
ALTER TABLE draft ADD COLUMN offered TEXT;
ALTER TABLE draft ADD COLUMN price_micros INTEGER;  -- that was shown
