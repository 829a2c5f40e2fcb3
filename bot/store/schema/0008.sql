-- New servers have a daily budget and a limit per member by default. A server with settings of its own keeps what it had:
-- values that are absent meant no limit, and are written as such.
UPDATE server SET rules = json_set(rules, '$.videos_per_member', NULL)
WHERE json_type(rules, '$.videos_per_member') IS NULL;
UPDATE server SET rules = json_set(rules, '$.budget_day_micros', NULL)
WHERE json_type(rules, '$.budget_day_micros') IS NULL;
