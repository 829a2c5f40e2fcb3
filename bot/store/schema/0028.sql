-- Servers that the bot is in, as its gateways have seen them. A row ends when the bot leaves.
CREATE TABLE presence (
    guild_id     INTEGER PRIMARY KEY,
    shard        INTEGER NOT NULL,
    seen_at      REAL NOT NULL,
    upload_limit INTEGER
) STRICT;
CREATE INDEX presence_shard ON presence (shard);
