-- Comparisons: two takes of different models, whose names are hidden until they are revealed; a vote for each member.
ALTER TABLE job ADD COLUMN compared INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN revealed_at REAL;
CREATE INDEX job_hidden ON job (created_at) WHERE compared = 1 AND revealed_at IS NULL;
CREATE INDEX job_compared ON job (guild_id, bundle_id) WHERE compared = 1;

CREATE TABLE vote (
    bundle_id TEXT NOT NULL,
    user_id   INTEGER NOT NULL,
    job_id    TEXT NOT NULL REFERENCES job (id),
    guild_id  INTEGER NOT NULL,
    at        REAL NOT NULL,
    PRIMARY KEY (bundle_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX vote_job ON vote (job_id);
