-- The pictures of a job: its last frame and references, and every picture that is on disk, in the file `digest`.
-- Jobs of before have no row of their first frame.
CREATE TABLE picture (
    job_id   TEXT NOT NULL,
    role     TEXT NOT NULL,  -- first, last or reference
    position INTEGER NOT NULL,
    url      TEXT,           -- until it is on disk
    digest   TEXT,
    mime     TEXT,
    width    INTEGER NOT NULL,
    height   INTEGER NOT NULL,
    PRIMARY KEY (job_id, role, position)
) STRICT;
CREATE INDEX picture_digest ON picture (digest);

ALTER TABLE draft ADD COLUMN pictures TEXT NOT NULL DEFAULT '[]';  -- JSON
