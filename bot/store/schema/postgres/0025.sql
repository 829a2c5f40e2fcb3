-- How the parts of a film follow one another: by cuts, or by crossfades of so many seconds.
ALTER TABLE film_part ADD COLUMN fade_s DOUBLE PRECISION NOT NULL DEFAULT 0;
ALTER TABLE film ADD COLUMN transition TEXT COLLATE "C" NOT NULL DEFAULT 'cut';
