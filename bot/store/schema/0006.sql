-- Posted videos that aren't deleted, in the order of lists, and their counts: written by the job row itself.
-- Lists read these narrow tables and then only the jobs of one page.
CREATE TABLE video (
    guild_id     INTEGER NOT NULL,
    delivered_at REAL NOT NULL,
    job_id       TEXT NOT NULL REFERENCES job (id),
    channel_id   INTEGER NOT NULL,  -- the channel that the clip was posted in
    user_id      INTEGER NOT NULL,
    no_remix     INTEGER NOT NULL,
    PRIMARY KEY (guild_id, delivered_at, job_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE video_count (
    guild_id   INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    videos     INTEGER NOT NULL,
    PRIMARY KEY (guild_id, channel_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE member_video_count (
    guild_id   INTEGER NOT NULL,
    user_id    INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    videos     INTEGER NOT NULL,
    PRIMARY KEY (guild_id, user_id, channel_id)
) STRICT, WITHOUT ROWID;

-- Jobs of a member in every state but `abandoned`.
CREATE TABLE member_job_count (
    guild_id INTEGER NOT NULL,
    user_id  INTEGER NOT NULL,
    jobs     INTEGER NOT NULL,
    PRIMARY KEY (guild_id, user_id)
) STRICT, WITHOUT ROWID;

INSERT INTO video (guild_id, delivered_at, job_id, channel_id, user_id, no_remix)
SELECT guild_id, delivered_at, id, coalesce(result_channel_id, channel_id), user_id, no_remix
FROM job WHERE delivered_at IS NOT NULL AND deleted_at IS NULL
ORDER BY guild_id, delivered_at, id;

INSERT INTO video_count (guild_id, channel_id, videos)
SELECT guild_id, channel_id, count(*) FROM video GROUP BY guild_id, channel_id;

INSERT INTO member_video_count (guild_id, user_id, channel_id, videos)
SELECT guild_id, user_id, channel_id, count(*) FROM video GROUP BY guild_id, user_id, channel_id;

INSERT INTO member_job_count (guild_id, user_id, jobs)
SELECT guild_id, user_id, count(*) FROM job WHERE state <> 'abandoned' GROUP BY guild_id, user_id;

CREATE INDEX video_channel ON video (guild_id, channel_id, delivered_at, job_id);
CREATE INDEX video_member ON video (guild_id, user_id, channel_id, delivered_at, job_id);

CREATE TRIGGER video_counted AFTER INSERT ON video
BEGIN
    INSERT INTO video_count (guild_id, channel_id, videos) VALUES (NEW.guild_id, NEW.channel_id, 1)
    ON CONFLICT (guild_id, channel_id) DO UPDATE SET videos = video_count.videos + 1;
    INSERT INTO member_video_count (guild_id, user_id, channel_id, videos)
    VALUES (NEW.guild_id, NEW.user_id, NEW.channel_id, 1)
    ON CONFLICT (guild_id, user_id, channel_id) DO UPDATE SET videos = member_video_count.videos + 1;
END;

CREATE TRIGGER video_uncounted AFTER DELETE ON video
BEGIN
    UPDATE video_count SET videos = videos - 1 WHERE guild_id = OLD.guild_id AND channel_id = OLD.channel_id;
    DELETE FROM video_count WHERE guild_id = OLD.guild_id AND channel_id = OLD.channel_id AND videos = 0;
    UPDATE member_video_count SET videos = videos - 1
    WHERE guild_id = OLD.guild_id AND user_id = OLD.user_id AND channel_id = OLD.channel_id;
    DELETE FROM member_video_count
    WHERE guild_id = OLD.guild_id AND user_id = OLD.user_id AND channel_id = OLD.channel_id AND videos = 0;
END;

CREATE TRIGGER job_inserted_lists AFTER INSERT ON job
BEGIN
    INSERT INTO video (guild_id, delivered_at, job_id, channel_id, user_id, no_remix)
    SELECT NEW.guild_id, NEW.delivered_at, NEW.id, coalesce(NEW.result_channel_id, NEW.channel_id),
           NEW.user_id, NEW.no_remix
    WHERE NEW.delivered_at IS NOT NULL AND NEW.deleted_at IS NULL;
    INSERT INTO member_job_count (guild_id, user_id, jobs)
    SELECT NEW.guild_id, NEW.user_id, 1 WHERE NEW.state <> 'abandoned'
    ON CONFLICT (guild_id, user_id) DO UPDATE SET jobs = member_job_count.jobs + 1;
END;

CREATE TRIGGER job_updated_video
AFTER UPDATE OF guild_id, channel_id, result_channel_id, user_id, delivered_at, deleted_at, no_remix ON job
WHEN OLD.delivered_at IS NOT NULL OR NEW.delivered_at IS NOT NULL
BEGIN
    DELETE FROM video
    WHERE guild_id = OLD.guild_id AND delivered_at = OLD.delivered_at AND job_id = OLD.id;
    INSERT INTO video (guild_id, delivered_at, job_id, channel_id, user_id, no_remix)
    SELECT NEW.guild_id, NEW.delivered_at, NEW.id, coalesce(NEW.result_channel_id, NEW.channel_id),
           NEW.user_id, NEW.no_remix
    WHERE NEW.delivered_at IS NOT NULL AND NEW.deleted_at IS NULL;
END;

CREATE TRIGGER job_updated_count AFTER UPDATE OF guild_id, user_id, state ON job
WHEN OLD.guild_id <> NEW.guild_id OR OLD.user_id <> NEW.user_id
    OR (OLD.state <> NEW.state AND 'abandoned' IN (OLD.state, NEW.state))
BEGIN
    UPDATE member_job_count SET jobs = jobs - 1
    WHERE guild_id = OLD.guild_id AND user_id = OLD.user_id AND OLD.state <> 'abandoned';
    DELETE FROM member_job_count WHERE guild_id = OLD.guild_id AND user_id = OLD.user_id AND jobs = 0;
    INSERT INTO member_job_count (guild_id, user_id, jobs)
    SELECT NEW.guild_id, NEW.user_id, 1 WHERE NEW.state <> 'abandoned'
    ON CONFLICT (guild_id, user_id) DO UPDATE SET jobs = member_job_count.jobs + 1;
END;

-- /jobs: running jobs first, then the others; /tree: parents before their children.
DROP INDEX job_member;
CREATE INDEX job_member_open ON job (guild_id, user_id, created_at, id) WHERE state IN (
    'received', 'accepted', 'submitting', 'submit_unknown', 'polling', 'downloading', 'delivering'
);
CREATE INDEX job_member_ended ON job (guild_id, user_id, created_at, id, state) WHERE state IN (
    'cancelled', 'delivered', 'needs_person', 'provider_failed', 'rejected', 'undeliverable_kept'
);
DROP INDEX job_family;
CREATE INDEX job_family ON job (root_id, created_at, id) WHERE root_id IS NOT NULL;

-- What /usage shows: the ledger, summed by UTC day, server, member and model. Kept equal to the ledger joined with
-- its jobs, also when a job changes its model or loses its member. A sum of nothing has no row.
CREATE TABLE day_model_use (
    guild_id INTEGER NOT NULL,
    day      INTEGER NOT NULL,  -- since 1970-01-01
    user_id  INTEGER NOT NULL,
    model    TEXT NOT NULL,
    account  TEXT NOT NULL,
    micros   INTEGER NOT NULL,  -- reserved, held or spent
    videos   INTEGER NOT NULL,
    PRIMARY KEY (guild_id, day, user_id, model, account)
) STRICT, WITHOUT ROWID;

CREATE VIEW job_day_use AS
SELECT
    ledger.job_id AS job_id,
    CAST(reserved.at / 86400 AS INTEGER) AS day,
    sum(CASE WHEN ledger.debit = 'free' THEN ledger.micros
             WHEN ledger.credit = 'free' THEN -ledger.micros ELSE 0 END) AS micros,
    sum(CASE WHEN ledger.part > 1 THEN 0
             WHEN ledger.debit = 'free' THEN 1 WHEN ledger.credit = 'free' THEN -1 ELSE 0 END) AS videos
FROM ledger
JOIN ledger AS reserved
    ON reserved.job_id = ledger.job_id AND reserved.part = ledger.part AND reserved.kind = 'reserve'
GROUP BY ledger.job_id, CAST(reserved.at / 86400 AS INTEGER);

INSERT INTO day_model_use (guild_id, day, user_id, model, account, micros, videos)
SELECT job.guild_id, used.day, job.user_id, job.model, job.account, sum(used.micros), sum(used.videos)
FROM job_day_use AS used JOIN job ON job.id = used.job_id
GROUP BY 1, 2, 3, 4, 5 HAVING sum(used.micros) <> 0 OR sum(used.videos) <> 0;

CREATE TRIGGER ledger_counts_by_model AFTER INSERT ON ledger WHEN NEW.debit = 'free' OR NEW.credit = 'free'
BEGIN
    INSERT INTO day_model_use (guild_id, day, user_id, model, account, micros, videos)
    SELECT job.guild_id, CAST(reserved.at / 86400 AS INTEGER), job.user_id, job.model, job.account,
           CASE WHEN NEW.debit = 'free' THEN NEW.micros ELSE -NEW.micros END,
           CASE WHEN NEW.part > 1 THEN 0 WHEN NEW.debit = 'free' THEN 1 ELSE -1 END
    FROM job JOIN ledger AS reserved
        ON reserved.job_id = job.id AND reserved.part = NEW.part AND reserved.kind = 'reserve'
    WHERE job.id = NEW.job_id
    ON CONFLICT (guild_id, day, user_id, model, account)
    DO UPDATE SET micros = day_model_use.micros + excluded.micros, videos = day_model_use.videos + excluded.videos;
    DELETE FROM day_model_use
    WHERE micros = 0 AND videos = 0 AND (guild_id, day, user_id, model, account) = (
        SELECT job.guild_id, CAST(reserved.at / 86400 AS INTEGER), job.user_id, job.model, job.account
        FROM job JOIN ledger AS reserved
            ON reserved.job_id = job.id AND reserved.part = NEW.part AND reserved.kind = 'reserve'
        WHERE job.id = NEW.job_id
    );
END;

CREATE TRIGGER job_updated_use AFTER UPDATE OF guild_id, user_id, model, account ON job
WHEN OLD.guild_id <> NEW.guild_id OR OLD.user_id <> NEW.user_id
    OR OLD.model <> NEW.model OR OLD.account <> NEW.account
BEGIN
    INSERT INTO day_model_use (guild_id, day, user_id, model, account, micros, videos)
    SELECT OLD.guild_id, day, OLD.user_id, OLD.model, OLD.account, -micros, -videos
    FROM job_day_use WHERE job_id = NEW.id AND (micros <> 0 OR videos <> 0)
    ON CONFLICT (guild_id, day, user_id, model, account)
    DO UPDATE SET micros = day_model_use.micros + excluded.micros, videos = day_model_use.videos + excluded.videos;
    INSERT INTO day_model_use (guild_id, day, user_id, model, account, micros, videos)
    SELECT NEW.guild_id, day, NEW.user_id, NEW.model, NEW.account, micros, videos
    FROM job_day_use WHERE job_id = NEW.id AND (micros <> 0 OR videos <> 0)
    ON CONFLICT (guild_id, day, user_id, model, account)
    DO UPDATE SET micros = day_model_use.micros + excluded.micros, videos = day_model_use.videos + excluded.videos;
    DELETE FROM day_model_use
    WHERE guild_id = OLD.guild_id AND user_id = OLD.user_id AND model = OLD.model AND account = OLD.account
        AND micros = 0 AND videos = 0 AND day IN (SELECT used.day FROM job_day_use AS used WHERE used.job_id = NEW.id);
END;
