-- Steps of an action's rollout on its device, where not all of it comes at once; 0: in one.

ALTER TABLE action ADD COLUMN step BIGINT NOT NULL DEFAULT 0;  -- the how-manieth
ALTER TABLE action ADD COLUMN steps BIGINT NOT NULL DEFAULT 0; -- of so many, as it looked when it was offered
