-- Requests that were refused before anything was written: their author can edit and retry them for a day.
CREATE TABLE draft (
    id         INTEGER PRIMARY KEY,
    guild_id   INTEGER NOT NULL,
    user_id    INTEGER NOT NULL,
    created_at REAL NOT NULL,
    kind       TEXT NOT NULL,
    prompt     TEXT NOT NULL,
    model      TEXT,
    aspect     TEXT,
    seconds    INTEGER,
    resolution TEXT,
    image_url  TEXT,
    source_id  TEXT
) STRICT;
