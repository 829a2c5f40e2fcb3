-- Which shot of a film is being decided, and how often a member went to another one; when its thread began to be opened.
ALTER TABLE film ADD COLUMN at_place INTEGER NOT NULL DEFAULT 0;
ALTER TABLE film ADD COLUMN moves INTEGER NOT NULL DEFAULT 0;
ALTER TABLE film ADD COLUMN opened_at REAL;
