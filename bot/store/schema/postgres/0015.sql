-- Stars: who has starred which message with a video. Only members whose star counts are in it.
CREATE TABLE star (
    message_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    job_id TEXT COLLATE "C" NOT NULL REFERENCES job (id),
    guild_id BIGINT NOT NULL,
    at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (message_id, user_id)
);
CREATE INDEX star_of_job ON star (job_id);
CREATE INDEX star_of_user ON star (user_id);
CREATE INDEX star_of_server ON star (guild_id, at);

-- Posts in the servers' galleries. The row is written before its message is posted.
CREATE TABLE shown (
    job_id TEXT COLLATE "C" NOT NULL REFERENCES job (id),
    guild_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    message_id BIGINT,
    epoch BIGINT NOT NULL,
    tried_at DOUBLE PRECISION,
    due_at DOUBLE PRECISION,
    removed_at DOUBLE PRECISION,
    PRIMARY KEY (job_id)
);
CREATE INDEX shown_message ON shown (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX shown_due ON shown (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX shown_server ON shown (guild_id);
