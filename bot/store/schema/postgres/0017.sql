-- The pictures of a job: its last frame and references, and every picture that is on disk, in the file `digest`.
-- Jobs of before have no row of their first frame.
CREATE TABLE picture (
    job_id TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    url TEXT COLLATE "C",
    digest TEXT COLLATE "C",
    mime TEXT COLLATE "C",
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    PRIMARY KEY (job_id, role, position)
);
CREATE INDEX picture_digest ON picture (digest);

ALTER TABLE draft ADD COLUMN pictures TEXT COLLATE "C" NOT NULL DEFAULT '[]';
