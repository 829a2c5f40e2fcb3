-- Questions that wait for their author's press. The text is not kept: it is read anew from the author's message.
CREATE TABLE question (
    order_message_id INTEGER PRIMARY KEY,  -- the reply that asks for something
    message_id       INTEGER UNIQUE,       -- ours below it; NULL until Discord has taken it
    channel_id       INTEGER NOT NULL,
    guild_id         INTEGER NOT NULL,
    user_id          INTEGER NOT NULL,
    job_id           TEXT NOT NULL REFERENCES job (id),
    expires_at       REAL NOT NULL
) STRICT;

-- How people are called where Discord shows plain text only: autocomplete and pictures.
CREATE TABLE person (
    guild_id INTEGER NOT NULL,
    user_id  INTEGER NOT NULL,
    name     TEXT NOT NULL,
    seen_at  REAL NOT NULL,
    PRIMARY KEY (guild_id, user_id)
) STRICT;

-- What a server has set; a server without a row has the defaults.
CREATE TABLE server (
    guild_id             INTEGER PRIMARY KEY,
    reply_mode           TEXT NOT NULL,
    confirm_above_micros INTEGER NOT NULL
) STRICT;

CREATE INDEX job_family ON job (root_id) WHERE root_id IS NOT NULL;
CREATE INDEX job_member ON job (guild_id, user_id, created_at);
