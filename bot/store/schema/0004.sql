-- The language that a job is told in, and the one that a member's client was last seen in: Discord's locales.
ALTER TABLE job ADD COLUMN locale TEXT;
ALTER TABLE person ADD COLUMN locale TEXT;
