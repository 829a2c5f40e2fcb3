-- Servers that the bot is in, as its gateways have seen them. A row ends when the bot leaves.
CREATE TABLE presence (
    guild_id BIGINT PRIMARY KEY,
    shard BIGINT NOT NULL,
    seen_at DOUBLE PRECISION NOT NULL,
    upload_limit BIGINT
);
CREATE INDEX presence_shard ON presence (shard);
