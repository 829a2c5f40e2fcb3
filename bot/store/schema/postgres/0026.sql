-- Every film that a video is part of, for family trees.
CREATE INDEX film_part_job ON film_part (job_id);
