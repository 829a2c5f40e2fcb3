-- Contests that run, and those whose result isn't posted yet. A finished one is deleted with its entries.
CREATE TABLE contest (
    id                INTEGER PRIMARY KEY,  -- the interaction that started it
    guild_id          INTEGER NOT NULL UNIQUE,
    channel_id        INTEGER NOT NULL,
    theme             TEXT NOT NULL,
    started_at        REAL NOT NULL,
    ends_at           REAL NOT NULL,
    message_id        INTEGER,  -- the announcement; NULL until Discord has confirmed it
    tried_at          REAL,  -- the first try to post it under its nonce
    result            TEXT,  -- JSON: [job id, stars] of the entries, the most starred first; NULL until it's decided
    result_tried_at   REAL
) STRICT;

CREATE TABLE contest_entry (
    contest_id INTEGER NOT NULL REFERENCES contest (id),
    user_id    INTEGER NOT NULL,
    guild_id   INTEGER NOT NULL,
    job_id     TEXT NOT NULL REFERENCES job (id),
    by_star    INTEGER NOT NULL,  -- 1: entered by its requester's own star
    PRIMARY KEY (contest_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX contest_entry_of_user ON contest_entry (user_id);
