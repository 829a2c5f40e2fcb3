-- Styles: words and options under a name, of a server (user 0) or of a member there. A job keeps the name only.
CREATE TABLE style (
    id         INTEGER PRIMARY KEY,
    guild_id   INTEGER NOT NULL,
    user_id    INTEGER NOT NULL,
    name       TEXT NOT NULL,
    folded     TEXT NOT NULL,  -- the name as it is compared
    words      TEXT NOT NULL,
    model      TEXT,
    aspect     TEXT,
    resolution TEXT,
    UNIQUE (guild_id, user_id, folded)
) STRICT;

ALTER TABLE job ADD COLUMN style TEXT;
ALTER TABLE draft ADD COLUMN style TEXT;
