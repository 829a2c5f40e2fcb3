-- Comparisons: two takes of different models, whose names are hidden until they are revealed; a vote for each member.
ALTER TABLE job ADD COLUMN compared BIGINT NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN revealed_at DOUBLE PRECISION;
CREATE INDEX job_hidden ON job (created_at) WHERE compared = 1 AND revealed_at IS NULL;
CREATE INDEX job_compared ON job (guild_id, bundle_id) WHERE compared = 1;

CREATE TABLE vote (
    bundle_id TEXT COLLATE "C" NOT NULL,
    user_id BIGINT NOT NULL,
    job_id TEXT COLLATE "C" NOT NULL REFERENCES job (id),
    guild_id BIGINT NOT NULL,
    at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (bundle_id, user_id)
);
CREATE INDEX vote_job ON vote (job_id);
