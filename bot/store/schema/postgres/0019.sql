-- Contests that run, and those whose result isn't posted yet. A finished one is deleted with its entries.
CREATE TABLE contest (
    id BIGINT NOT NULL,
    guild_id BIGINT NOT NULL UNIQUE,
    channel_id BIGINT NOT NULL,
    theme TEXT COLLATE "C" NOT NULL,
    started_at DOUBLE PRECISION NOT NULL,
    ends_at DOUBLE PRECISION NOT NULL,
    message_id BIGINT,
    tried_at DOUBLE PRECISION,
    result TEXT COLLATE "C",
    result_tried_at DOUBLE PRECISION,
    PRIMARY KEY (id)
);

CREATE TABLE contest_entry (
    contest_id BIGINT NOT NULL REFERENCES contest (id),
    user_id BIGINT NOT NULL,
    guild_id BIGINT NOT NULL,
    job_id TEXT COLLATE "C" NOT NULL REFERENCES job (id),
    by_star BIGINT NOT NULL,
    PRIMARY KEY (contest_id, user_id)
);
CREATE INDEX contest_entry_of_user ON contest_entry (user_id);
