-- The soak of a rollout that wants a working day of it: worked out once, when the device reports its success.

ALTER TABLE action ADD COLUMN soak_until_ms BIGINT NOT NULL DEFAULT 0; -- not over before; 0: soak_min of its rollout alone
