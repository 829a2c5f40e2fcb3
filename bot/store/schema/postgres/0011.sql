-- What a provider reports as a request's cost replaces the estimate: the ledger's entry `adjust` moves the difference.
ALTER TABLE job ADD COLUMN cost_micros BIGINT;
ALTER TABLE job ADD COLUMN earlier_micros BIGINT NOT NULL DEFAULT 0;
UPDATE job SET earlier_micros = price_micros * resent WHERE resent > 0;

ALTER TABLE day_model_use ADD COLUMN real_micros BIGINT NOT NULL DEFAULT 0;

CREATE OR REPLACE VIEW job_day_use AS
SELECT
    ledger.job_id AS job_id,
    utc_day(reserved.at) AS day,
    CAST(sum(CASE WHEN ledger.debit = 'free' THEN ledger.micros
                  WHEN ledger.credit = 'free' THEN -ledger.micros ELSE 0 END) AS BIGINT) AS micros,
    sum(CASE WHEN ledger.part > 1 OR ledger.kind = 'adjust' THEN 0
             WHEN ledger.debit = 'free' THEN 1 WHEN ledger.credit = 'free' THEN -1 ELSE 0 END) AS videos,
    CAST(sum(CASE WHEN ledger.kind <> 'adjust' THEN 0
                  WHEN ledger.debit = 'free' THEN reserved.micros + ledger.micros
                  ELSE reserved.micros - ledger.micros END) AS BIGINT) AS real_micros
FROM ledger
JOIN ledger AS reserved
    ON reserved.job_id = ledger.job_id AND reserved.part = ledger.part AND reserved.kind = 'reserve'
GROUP BY ledger.job_id, utc_day(reserved.at);

-- A part counts to the UTC day on which it was reserved. Sent again or adjusted, it is still one video.
CREATE OR REPLACE FUNCTION ledger_counts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    owner    job%ROWTYPE;
    reserved ledger%ROWTYPE;
    of_day   BIGINT;
    amount   BIGINT := CASE WHEN NEW.debit = 'free' THEN NEW.micros ELSE -NEW.micros END;
    made     BIGINT := CASE WHEN NEW.part > 1 OR NEW.kind = 'adjust' THEN 0 WHEN NEW.debit = 'free' THEN 1 ELSE -1 END;
    reported BIGINT;
BEGIN
    SELECT * INTO owner FROM job WHERE id = NEW.job_id;
    SELECT * INTO reserved FROM ledger WHERE job_id = NEW.job_id AND part = NEW.part AND kind = 'reserve';
    of_day := utc_day(reserved.at);
    reported := CASE WHEN NEW.kind = 'adjust' THEN reserved.micros + amount ELSE 0 END;
    INSERT INTO day_use (day, guild_id, user_id, micros, videos)
    VALUES (of_day, owner.guild_id, owner.user_id, amount, made)
    ON CONFLICT (day, guild_id, user_id)
    DO UPDATE SET micros = day_use.micros + excluded.micros, videos = day_use.videos + excluded.videos;
    INSERT INTO day_model_use (guild_id, day, user_id, model, account, micros, videos, real_micros)
    VALUES (owner.guild_id, of_day, owner.user_id, owner.model, owner.account, amount, made, reported)
    ON CONFLICT (guild_id, day, user_id, model, account)
    DO UPDATE SET micros = day_model_use.micros + excluded.micros, videos = day_model_use.videos + excluded.videos,
                  real_micros = day_model_use.real_micros + excluded.real_micros;
    DELETE FROM day_model_use
    WHERE guild_id = owner.guild_id AND day = of_day AND user_id = owner.user_id AND model = owner.model
        AND account = owner.account AND micros = 0 AND videos = 0;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION job_updated_use() RETURNS trigger LANGUAGE plpgsql AS $$
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
    RETURN NULL;
END $$;
