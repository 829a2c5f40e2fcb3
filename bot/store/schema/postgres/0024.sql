-- Jobs whose video or prompt was deleted, and that still have what their provider gave beside the task id.
CREATE INDEX job_provider_ids ON job (id)
WHERE spare_ids <> '{}' AND (deleted_at IS NOT NULL OR prompt = '(prompt deleted)');

-- Posted results of contests, which show words and names of their entries: they're edited when these are deleted.
CREATE TABLE contest_result (
    message_id BIGINT PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    theme TEXT COLLATE "C" NOT NULL,
    winners BIGINT NOT NULL,
    due_at DOUBLE PRECISION
);
CREATE INDEX contest_result_server ON contest_result (guild_id);

CREATE TABLE contest_line (
    message_id BIGINT NOT NULL,
    place BIGINT NOT NULL,
    guild_id BIGINT NOT NULL,
    job_id TEXT COLLATE "C" NOT NULL REFERENCES job (id),
    stars BIGINT NOT NULL,
    shows BIGINT NOT NULL,
    PRIMARY KEY (message_id, place)
);
CREATE INDEX contest_line_job ON contest_line (job_id);
CREATE INDEX contest_line_server ON contest_line (guild_id);
