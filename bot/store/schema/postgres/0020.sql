-- Takes: several jobs of one order. Their clips are in one message; the first of them there has its id as
-- `result_message_id`, which is unique, and the others as `shared_message_id`.
ALTER TABLE job ADD COLUMN bundle_id TEXT COLLATE "C";
ALTER TABLE job ADD COLUMN bundle_place BIGINT NOT NULL DEFAULT 1;
ALTER TABLE job ADD COLUMN bundle_size BIGINT NOT NULL DEFAULT 1;
ALTER TABLE job ADD COLUMN posted_with TEXT COLLATE "C";
ALTER TABLE job ADD COLUMN chosen_at DOUBLE PRECISION;
ALTER TABLE job ADD COLUMN shared_message_id BIGINT;
CREATE INDEX job_bundle ON job (bundle_id, bundle_place) WHERE bundle_id IS NOT NULL;
CREATE INDEX job_shared ON job (shared_message_id) WHERE shared_message_id IS NOT NULL;

ALTER TABLE draft ADD COLUMN takes BIGINT NOT NULL DEFAULT 1;
