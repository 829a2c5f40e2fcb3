-- When a video was cancelled that its provider was rendering: the worker stops it there. NULL: it wasn't.
ALTER TABLE job ADD COLUMN cancel_requested_at REAL;
