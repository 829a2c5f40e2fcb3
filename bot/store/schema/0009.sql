-- When an order by reply is sent at the earliest: until then its author can undo it. NULL: at once.
ALTER TABLE job ADD COLUMN send_after REAL;

-- What a confirmation asked for and its price, so that an edited reply is asked about again.
ALTER TABLE question ADD COLUMN asked TEXT;
ALTER TABLE question ADD COLUMN price_micros INTEGER;

-- `smart` was the default that every saved row got; it stays where somebody has chosen it.
UPDATE server SET reply_mode = 'undo'
WHERE reply_mode = 'smart' AND NOT EXISTS (
    SELECT 1 FROM audit WHERE audit.guild_id = server.guild_id AND what = 'reply_mode' AND became = '"smart"'
);
