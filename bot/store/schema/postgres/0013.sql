-- Members' own videos, which remixes start from, are rows in the state `imported`. They are nobody's jobs.
CREATE INDEX job_imported ON job (created_at) WHERE state = 'imported';

CREATE OR REPLACE FUNCTION job_received() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO event (job_id, seq, at, from_state, to_state, why, fence)
    VALUES (NEW.id, 1, NEW.updated_at, NULL, NEW.state, NEW.why, NEW.fence);
    IF NEW.delivered_at IS NOT NULL AND NEW.deleted_at IS NULL THEN
        INSERT INTO video (guild_id, delivered_at, job_id, channel_id, user_id, no_remix)
        VALUES (NEW.guild_id, NEW.delivered_at, NEW.id, coalesce(NEW.result_channel_id, NEW.channel_id),
                NEW.user_id, NEW.no_remix);
    END IF;
    IF NEW.state NOT IN ('abandoned', 'imported') THEN
        INSERT INTO member_job_count (guild_id, user_id, jobs) VALUES (NEW.guild_id, NEW.user_id, 1)
        ON CONFLICT (guild_id, user_id) DO UPDATE SET jobs = member_job_count.jobs + 1;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION job_updated_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state NOT IN ('abandoned', 'imported') THEN
        UPDATE member_job_count SET jobs = jobs - 1 WHERE guild_id = OLD.guild_id AND user_id = OLD.user_id;
        DELETE FROM member_job_count WHERE guild_id = OLD.guild_id AND user_id = OLD.user_id AND jobs = 0;
    END IF;
    IF NEW.state NOT IN ('abandoned', 'imported') THEN
        INSERT INTO member_job_count (guild_id, user_id, jobs) VALUES (NEW.guild_id, NEW.user_id, 1)
        ON CONFLICT (guild_id, user_id) DO UPDATE SET jobs = member_job_count.jobs + 1;
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER job_updated_count ON job;
CREATE TRIGGER job_updated_count AFTER UPDATE OF guild_id, user_id, state ON job
FOR EACH ROW WHEN (
    OLD.guild_id <> NEW.guild_id OR OLD.user_id <> NEW.user_id
    OR (OLD.state IN ('abandoned', 'imported')) <> (NEW.state IN ('abandoned', 'imported'))
) EXECUTE FUNCTION job_updated_count();
