-- What a provider reports as a request's cost replaces the estimate: the ledger's entry `adjust` moves the difference.
ALTER TABLE job ADD COLUMN cost_micros INTEGER;  -- of the last request; NULL: the provider hasn't told it
ALTER TABLE job ADD COLUMN earlier_micros INTEGER NOT NULL DEFAULT 0;  -- counted for the requests before it
UPDATE job SET earlier_micros = price_micros * resent WHERE resent > 0;

ALTER TABLE day_model_use ADD COLUMN real_micros INTEGER NOT NULL DEFAULT 0;  -- of `micros`: as providers report it

DROP TRIGGER ledger_counts;
DROP TRIGGER ledger_counts_by_model;
DROP TRIGGER job_updated_use;
DROP VIEW job_day_use;

-- A part counts to the UTC day on which it was reserved. Sent again or adjusted, it is still one video.
CREATE TRIGGER ledger_counts AFTER INSERT ON ledger WHEN NEW.debit = 'free' OR NEW.credit = 'free'
BEGIN
    INSERT INTO day_use (day, guild_id, user_id, micros, videos)
    SELECT CAST((
               SELECT at FROM ledger WHERE job_id = NEW.job_id AND part = NEW.part AND kind = 'reserve'
           ) / 86400 AS INTEGER), guild_id, user_id,
           CASE WHEN NEW.debit = 'free' THEN NEW.micros ELSE -NEW.micros END,
           CASE WHEN NEW.part > 1 OR NEW.kind = 'adjust' THEN 0 WHEN NEW.debit = 'free' THEN 1 ELSE -1 END
    FROM job WHERE id = NEW.job_id
    ON CONFLICT (day, guild_id, user_id)
    DO UPDATE SET micros = micros + excluded.micros, videos = videos + excluded.videos;
END;

CREATE VIEW job_day_use AS
SELECT
    ledger.job_id AS job_id,
    CAST(reserved.at / 86400 AS INTEGER) AS day,
    sum(CASE WHEN ledger.debit = 'free' THEN ledger.micros
             WHEN ledger.credit = 'free' THEN -ledger.micros ELSE 0 END) AS micros,
    sum(CASE WHEN ledger.part > 1 OR ledger.kind = 'adjust' THEN 0
             WHEN ledger.debit = 'free' THEN 1 WHEN ledger.credit = 'free' THEN -1 ELSE 0 END) AS videos,
    sum(CASE WHEN ledger.kind <> 'adjust' THEN 0
             WHEN ledger.debit = 'free' THEN reserved.micros + ledger.micros
             ELSE reserved.micros - ledger.micros END) AS real_micros
FROM ledger
JOIN ledger AS reserved
    ON reserved.job_id = ledger.job_id AND reserved.part = ledger.part AND reserved.kind = 'reserve'
GROUP BY ledger.job_id, CAST(reserved.at / 86400 AS INTEGER);

CREATE TRIGGER ledger_counts_by_model AFTER INSERT ON ledger WHEN NEW.debit = 'free' OR NEW.credit = 'free'
BEGIN
    INSERT INTO day_model_use (guild_id, day, user_id, model, account, micros, videos, real_micros)
    SELECT job.guild_id, CAST(reserved.at / 86400 AS INTEGER), job.user_id, job.model, job.account,
           CASE WHEN NEW.debit = 'free' THEN NEW.micros ELSE -NEW.micros END,
           CASE WHEN NEW.part > 1 OR NEW.kind = 'adjust' THEN 0 WHEN NEW.debit = 'free' THEN 1 ELSE -1 END,
           CASE WHEN NEW.kind <> 'adjust' THEN 0 WHEN NEW.debit = 'free' THEN reserved.micros + NEW.micros
                ELSE reserved.micros - NEW.micros END
    FROM job JOIN ledger AS reserved
        ON reserved.job_id = job.id AND reserved.part = NEW.part AND reserved.kind = 'reserve'
    WHERE job.id = NEW.job_id
    ON CONFLICT (guild_id, day, user_id, model, account)
    DO UPDATE SET micros = day_model_use.micros + excluded.micros, videos = day_model_use.videos + excluded.videos,
                  real_micros = day_model_use.real_micros + excluded.real_micros;
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
    INSERT INTO day_model_use (guild_id, day, user_id, model, account, micros, videos, real_micros)
    SELECT OLD.guild_id, day, OLD.user_id, OLD.model, OLD.account, -micros, -videos, -real_micros
    FROM job_day_use WHERE job_id = NEW.id AND (micros <> 0 OR videos <> 0)
    ON CONFLICT (guild_id, day, user_id, model, account)
    DO UPDATE SET micros = day_model_use.micros + excluded.micros, videos = day_model_use.videos + excluded.videos,
                  real_micros = day_model_use.real_micros + excluded.real_micros;
    INSERT INTO day_model_use (guild_id, day, user_id, model, account, micros, videos, real_micros)
    SELECT NEW.guild_id, day, NEW.user_id, NEW.model, NEW.account, micros, videos, real_micros
    FROM job_day_use WHERE job_id = NEW.id AND (micros <> 0 OR videos <> 0)
    ON CONFLICT (guild_id, day, user_id, model, account)
    DO UPDATE SET micros = day_model_use.micros + excluded.micros, videos = day_model_use.videos + excluded.videos,
                  real_micros = day_model_use.real_micros + excluded.real_micros;
    DELETE FROM day_model_use
    WHERE guild_id = OLD.guild_id AND user_id = OLD.user_id AND model = OLD.model AND account = OLD.account
        AND micros = 0 AND videos = 0 AND day IN (SELECT used.day FROM job_day_use AS used WHERE used.job_id = NEW.id);
END;
