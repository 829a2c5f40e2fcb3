-- Takes: several jobs of one order. Their clips are in one message; the first of them there has its id as
-- `result_message_id`, which is unique, and the others as `shared_message_id`.
ALTER TABLE job ADD COLUMN bundle_id TEXT;
ALTER TABLE job ADD COLUMN bundle_place INTEGER NOT NULL DEFAULT 1;
ALTER TABLE job ADD COLUMN bundle_size INTEGER NOT NULL DEFAULT 1;
ALTER TABLE job ADD COLUMN posted_with TEXT;
ALTER TABLE job ADD COLUMN chosen_at REAL;
ALTER TABLE job ADD COLUMN shared_message_id INTEGER;
CREATE INDEX job_bundle ON job (bundle_id, bundle_place) WHERE bundle_id IS NOT NULL;
CREATE INDEX job_shared ON job (shared_message_id) WHERE shared_message_id IS NOT NULL;

ALTER TABLE draft ADD COLUMN takes INTEGER NOT NULL DEFAULT 1;
