-- The videos that a film joins, in their order.
CREATE TABLE film_part (
    film_id TEXT COLLATE "C" NOT NULL,
    place BIGINT NOT NULL,
    job_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (film_id, place)
);

-- Films that are being made shot by shot; a plan is deleted when its film is joined or stopped.
CREATE TABLE film (
    id TEXT COLLATE "C" NOT NULL,
    guild_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    place_id BIGINT,
    auto BIGINT NOT NULL,
    review_id BIGINT,
    title TEXT COLLATE "C",
    model TEXT COLLATE "C",
    aspect TEXT COLLATE "C",
    seconds BIGINT,
    shot_micros BIGINT NOT NULL,
    locale TEXT COLLATE "C",
    PRIMARY KEY (id)
);
CREATE TABLE shot (
    film_id TEXT COLLATE "C" NOT NULL,
    place BIGINT NOT NULL,
    prompt TEXT COLLATE "C" NOT NULL,
    job_id TEXT COLLATE "C",
    takes BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (film_id, place)
);
