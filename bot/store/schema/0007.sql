-- How many videos each channel has in spans of time, of a server (`user_id` is -1) and of each of its members: page n
-- of a list is found by counting spans, and only the videos of one span are read. A span's start is span * width.
CREATE TABLE video_span (
    guild_id   INTEGER NOT NULL,
    user_id    INTEGER NOT NULL,
    width      INTEGER NOT NULL,  -- seconds, a power of two so that SQL and Python round alike
    span       INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    videos     INTEGER NOT NULL,
    PRIMARY KEY (guild_id, user_id, width, span, channel_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE span_width (width INTEGER PRIMARY KEY) STRICT;
INSERT INTO span_width (width) VALUES (4096), (65536), (1048576);  -- 68 minutes, 18 hours, 12 days

INSERT INTO video_span (guild_id, user_id, width, span, channel_id, videos)
SELECT guild_id, -1, width, CAST(delivered_at / width AS INTEGER), channel_id, count(*)
FROM span_width CROSS JOIN video GROUP BY 1, 2, 3, 4, 5;

INSERT INTO video_span (guild_id, user_id, width, span, channel_id, videos)
SELECT guild_id, user_id, width, CAST(delivered_at / width AS INTEGER), channel_id, count(*)
FROM span_width CROSS JOIN video GROUP BY 1, 2, 3, 4, 5;

CREATE TRIGGER video_span_counted AFTER INSERT ON video
BEGIN
    INSERT INTO video_span (guild_id, user_id, width, span, channel_id, videos)
    SELECT NEW.guild_id, owner.value, width, CAST(NEW.delivered_at / width AS INTEGER), NEW.channel_id, 1
    FROM span_width CROSS JOIN json_each(json_array(-1, NEW.user_id)) AS owner WHERE TRUE
    ON CONFLICT (guild_id, user_id, width, span, channel_id) DO UPDATE SET videos = video_span.videos + 1;
END;

CREATE TRIGGER video_span_uncounted AFTER DELETE ON video
BEGIN
    UPDATE video_span SET videos = videos - 1
    WHERE guild_id = OLD.guild_id AND user_id IN (-1, OLD.user_id) AND channel_id = OLD.channel_id
        AND (width, span) IN (SELECT width, CAST(OLD.delivered_at / width AS INTEGER) FROM span_width);
    DELETE FROM video_span
    WHERE guild_id = OLD.guild_id AND user_id IN (-1, OLD.user_id) AND channel_id = OLD.channel_id
        AND (width, span) IN (SELECT width, CAST(OLD.delivered_at / width AS INTEGER) FROM span_width)
        AND videos = 0;
END;
