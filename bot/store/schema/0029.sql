-- Paid requests and polls share one schedule.
ALTER TABLE pace DROP COLUMN paid_at;
