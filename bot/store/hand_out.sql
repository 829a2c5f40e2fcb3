-- Defers a job that is due within a minute and not leased, in the transaction that makes it so. Rows that are due later,
-- and those of connections without `retake.hand_out`, are left to the net.
CREATE FUNCTION retake_hand_out() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wait_s DOUBLE PRECISION := NEW.due_at - extract(epoch FROM clock_timestamp());
    starts TIMESTAMP WITH TIME ZONE;
BEGIN
    IF current_setting('retake.hand_out', true) IS DISTINCT FROM 'on' OR wait_s > 60 THEN
        RETURN NULL;
    END IF;
    IF wait_s > 0.25 THEN
        starts := to_timestamp(NEW.due_at);
    END IF;
    DELETE FROM procrastinate_jobs
        WHERE queueing_lock = NEW.id AND status = 'todo' AND scheduled_at > coalesce(starts, clock_timestamp());
    INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, args, scheduled_at)
        VALUES ('videos', 'carry', NEW.id, jsonb_build_object('job_id', NEW.id), starts)
        ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING;
    RETURN NULL;
END;
$$;

CREATE TRIGGER hand_out AFTER UPDATE OF due_at, lease_until ON job
    FOR EACH ROW WHEN (NEW.due_at IS NOT NULL AND NEW.lease_until IS NULL)
    EXECUTE FUNCTION retake_hand_out();
