-- Where in its clip a part of a film begins: the clip of an extension begins with the video that it continues.
ALTER TABLE film_part ADD COLUMN from_s DOUBLE PRECISION NOT NULL DEFAULT 0;
