-- The videos that a film joins, in their order.
CREATE TABLE film_part (
    film_id TEXT NOT NULL,
    place   INTEGER NOT NULL,  -- from 1
    job_id  TEXT NOT NULL,
    PRIMARY KEY (film_id, place)
) STRICT;

-- Films that are being made shot by shot; a plan is deleted when its film is joined or stopped.
CREATE TABLE film (
    id          TEXT PRIMARY KEY,
    guild_id    INTEGER NOT NULL,
    user_id     INTEGER NOT NULL,
    channel_id  INTEGER NOT NULL,
    created_at  REAL NOT NULL,
    place_id    INTEGER,           -- where its shots are posted, once it has started
    auto        INTEGER NOT NULL,
    review_id   INTEGER,           -- the message that asks about the current shot
    title       TEXT,
    model       TEXT,
    aspect      TEXT,
    seconds     INTEGER,
    shot_micros INTEGER NOT NULL,  -- the most that a shot costs, as confirmed
    locale      TEXT
) STRICT;
CREATE TABLE shot (
    film_id TEXT NOT NULL,
    place   INTEGER NOT NULL,  -- from 1
    prompt  TEXT NOT NULL,
    job_id  TEXT,              -- its latest take
    takes   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (film_id, place)
) STRICT;
