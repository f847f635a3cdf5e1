-- What a device that waits to be idle told of itself.

ALTER TABLE action ADD COLUMN busy TEXT NOT NULL DEFAULT '';            -- model/busy.h; '': it said nothing of the kind
ALTER TABLE action ADD COLUMN busy_ms BIGINT NOT NULL DEFAULT 0;        -- since it says so
