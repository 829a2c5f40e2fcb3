-- What several workers on PostgreSQL agree on; one process keeps it in memory.
-- When the next request of an account may start.
CREATE TABLE pace (
    account TEXT NOT NULL PRIMARY KEY,
    next_at REAL NOT NULL,
    paid_at REAL NOT NULL
) STRICT;

-- Jobs that may be sent to their providers now.
CREATE TABLE turn (
    job_id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    given_at REAL NOT NULL
) STRICT;

-- When a job of a member was last sent to its provider.
CREATE TABLE member_turn (
    guild_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (guild_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_turn_at ON member_turn (at);
