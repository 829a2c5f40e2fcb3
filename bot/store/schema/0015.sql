-- Stars: who has starred which message with a video. Only members whose star counts are in it.
CREATE TABLE star (
    message_id INTEGER NOT NULL,
    user_id    INTEGER NOT NULL,
    job_id     TEXT NOT NULL REFERENCES job (id),
    guild_id   INTEGER NOT NULL,
    at         REAL NOT NULL,
    PRIMARY KEY (message_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX star_of_job ON star (job_id);
CREATE INDEX star_of_user ON star (user_id);
CREATE INDEX star_of_server ON star (guild_id, at);

-- Posts in the servers' galleries. The row is written before its message is posted.
CREATE TABLE shown (
    job_id     TEXT NOT NULL PRIMARY KEY REFERENCES job (id),
    guild_id   INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    message_id INTEGER,  -- NULL until Discord has confirmed it, and once it was taken down
    epoch      INTEGER NOT NULL,  -- part of the nonce
    tried_at   REAL,  -- the first try to post it in this epoch
    due_at     REAL,  -- when to look at it again
    removed_at REAL  -- a person has deleted it, or Discord refuses it: it isn't posted again
) STRICT, WITHOUT ROWID;
CREATE INDEX shown_message ON shown (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX shown_due ON shown (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX shown_server ON shown (guild_id);
