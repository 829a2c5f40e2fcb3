-- What several workers on PostgreSQL agree on, and what needn't survive a crash.
-- When the next request of an account may start.
CREATE UNLOGGED TABLE pace (
    account TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    next_at DOUBLE PRECISION NOT NULL,
    paid_at DOUBLE PRECISION NOT NULL
);

-- Jobs that may be sent to their providers now.
CREATE UNLOGGED TABLE turn (
    job_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account TEXT COLLATE "C" NOT NULL,
    given_at DOUBLE PRECISION NOT NULL
);

-- When a job of a member was last sent to its provider.
CREATE UNLOGGED TABLE member_turn (
    guild_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (guild_id, user_id)
);
CREATE INDEX member_turn_at ON member_turn (at);
