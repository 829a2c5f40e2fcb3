-- Jobs whose video or prompt was deleted, and that still have what their provider gave beside the task id.
CREATE INDEX job_provider_ids ON job (id)
WHERE spare_ids <> '{}' AND (deleted_at IS NOT NULL OR prompt = '(prompt deleted)');

-- Posted results of contests, which show words and names of their entries: they're edited when these are deleted.
CREATE TABLE contest_result (
    message_id INTEGER PRIMARY KEY,
    guild_id   INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    theme      TEXT NOT NULL,
    winners    INTEGER NOT NULL,  -- the first ones; a tie may have more than are listed
    due_at     REAL  -- edit it then, and not before
) STRICT;
CREATE INDEX contest_result_server ON contest_result (guild_id);

CREATE TABLE contest_line (
    message_id INTEGER NOT NULL,
    place      INTEGER NOT NULL,  -- from 1
    guild_id   INTEGER NOT NULL,
    job_id     TEXT NOT NULL REFERENCES job (id),
    stars      INTEGER NOT NULL,
    shows      INTEGER NOT NULL,  -- of its entry: 2 everything, 1 its member, 0 nothing
    PRIMARY KEY (message_id, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX contest_line_job ON contest_line (job_id);
CREATE INDEX contest_line_server ON contest_line (guild_id);
