-- Members' own videos, which remixes start from, are rows in the state `imported`. They are nobody's jobs.
CREATE INDEX job_imported ON job (created_at) WHERE state = 'imported';

DROP TRIGGER job_inserted_lists;
CREATE TRIGGER job_inserted_lists AFTER INSERT ON job
BEGIN
    INSERT INTO video (guild_id, delivered_at, job_id, channel_id, user_id, no_remix)
    SELECT NEW.guild_id, NEW.delivered_at, NEW.id, coalesce(NEW.result_channel_id, NEW.channel_id),
           NEW.user_id, NEW.no_remix
    WHERE NEW.delivered_at IS NOT NULL AND NEW.deleted_at IS NULL;
    INSERT INTO member_job_count (guild_id, user_id, jobs)
    SELECT NEW.guild_id, NEW.user_id, 1 WHERE NEW.state NOT IN ('abandoned', 'imported')
    ON CONFLICT (guild_id, user_id) DO UPDATE SET jobs = member_job_count.jobs + 1;
END;

DROP TRIGGER job_updated_count;
CREATE TRIGGER job_updated_count AFTER UPDATE OF guild_id, user_id, state ON job
WHEN OLD.guild_id <> NEW.guild_id OR OLD.user_id <> NEW.user_id
    OR (OLD.state IN ('abandoned', 'imported')) <> (NEW.state IN ('abandoned', 'imported'))
BEGIN
    UPDATE member_job_count SET jobs = jobs - 1
    WHERE guild_id = OLD.guild_id AND user_id = OLD.user_id AND OLD.state NOT IN ('abandoned', 'imported');
    DELETE FROM member_job_count WHERE guild_id = OLD.guild_id AND user_id = OLD.user_id AND jobs = 0;
    INSERT INTO member_job_count (guild_id, user_id, jobs)
    SELECT NEW.guild_id, NEW.user_id, 1 WHERE NEW.state NOT IN ('abandoned', 'imported')
    ON CONFLICT (guild_id, user_id) DO UPDATE SET jobs = member_job_count.jobs + 1;
END;
