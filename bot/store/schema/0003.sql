-- What a server has set beyond the columns of before: JSON, names as in bot/jobs/rules.py; what is not there is default.
ALTER TABLE server ADD COLUMN rules TEXT NOT NULL DEFAULT '{}';

-- Who changed what. Rows are never changed; they go with their server.
CREATE TABLE audit (
    id       INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL,
    user_id  INTEGER NOT NULL,
    at       REAL NOT NULL,
    what     TEXT NOT NULL,
    was      TEXT NOT NULL,  -- JSON
    became   TEXT NOT NULL
) STRICT;

CREATE INDEX audit_guild ON audit (guild_id, id);
CREATE TRIGGER audit_is_kept BEFORE UPDATE OF guild_id, at, what, was, became ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;

CREATE TABLE block (
    guild_id INTEGER NOT NULL,
    user_id  INTEGER NOT NULL,
    until    REAL,  -- NULL: for good
    by_id    INTEGER NOT NULL,
    at       REAL NOT NULL,
    PRIMARY KEY (guild_id, user_id)
) STRICT;

-- A member has pointed at a video; once a member and video.
CREATE TABLE report (
    job_id   TEXT NOT NULL REFERENCES job (id),
    guild_id INTEGER NOT NULL,
    user_id  INTEGER NOT NULL,
    at       REAL NOT NULL,
    PRIMARY KEY (job_id, user_id)
) STRICT;

-- Members who want their data gone, until their last job has come to its end.
CREATE TABLE forget (
    user_id INTEGER PRIMARY KEY,
    at      REAL NOT NULL
) STRICT;

-- Servers that the bot has left; their data go after a while.
CREATE TABLE gone (
    guild_id INTEGER PRIMARY KEY,
    at       REAL NOT NULL
) STRICT;

-- What counts against limits: the ledger, summed by UTC day (of the order), server and member, by the ledger itself.
CREATE TABLE day_use (
    day      INTEGER NOT NULL,  -- since 1970-01-01
    guild_id INTEGER NOT NULL,
    user_id  INTEGER NOT NULL,
    micros   INTEGER NOT NULL,  -- reserved, held or spent
    videos   INTEGER NOT NULL,
    PRIMARY KEY (day, guild_id, user_id)
) STRICT;

CREATE INDEX day_use_guild ON day_use (guild_id, day);

CREATE TRIGGER ledger_counts AFTER INSERT ON ledger WHEN NEW.debit = 'free' OR NEW.credit = 'free'
BEGIN
    INSERT INTO day_use (day, guild_id, user_id, micros, videos)
    SELECT CAST(created_at / 86400 AS INTEGER), guild_id, user_id,
           CASE WHEN NEW.debit = 'free' THEN NEW.micros ELSE -NEW.micros END,
           CASE WHEN NEW.debit = 'free' THEN 1 ELSE -1 END
    FROM job WHERE id = NEW.job_id
    ON CONFLICT (day, guild_id, user_id)
    DO UPDATE SET micros = micros + excluded.micros, videos = videos + excluded.videos;
END;

INSERT INTO day_use (day, guild_id, user_id, micros, videos)
SELECT CAST(created_at / 86400 AS INTEGER), guild_id, user_id,
       sum(CASE WHEN debit = 'free' THEN micros WHEN credit = 'free' THEN -micros ELSE 0 END),
       sum(CASE WHEN debit = 'free' THEN 1 WHEN credit = 'free' THEN -1 ELSE 0 END)
FROM ledger JOIN job ON job.id = ledger.job_id
GROUP BY 1, 2, 3;

CREATE INDEX job_guild ON job (guild_id, created_at);
CREATE INDEX job_user ON job (user_id);
