-- What a gate goes by, tries of an action, and holds.

ALTER TABLE rollout ADD COLUMN error_percent BIGINT NOT NULL DEFAULT 0; -- how often a good stage may be halted; 0: no
                                                                        -- test, the bare share (rollouts from before)
ALTER TABLE rollout ADD COLUMN max_tries BIGINT NOT NULL DEFAULT 1;     -- of one device, by itself
ALTER TABLE rollout ADD COLUMN cluster TEXT NOT NULL DEFAULT '';        -- JSON: what those that failed have in common

ALTER TABLE action ADD COLUMN tries BIGINT NOT NULL DEFAULT 1;          -- the how-manieth of its rollout and device
ALTER TABLE action ADD COLUMN retry_ms BIGINT NOT NULL DEFAULT 0;       -- a further try: not shown before; 0: at once
ALTER TABLE action ADD COLUMN is_past BIGINT NOT NULL DEFAULT 0;        -- a newer try has taken its place and its tally
DROP INDEX action_by_rollout;
CREATE UNIQUE INDEX action_by_rollout ON action (rollout_id, device_id) WHERE rollout_id > 0 AND is_past = 0;

CREATE TABLE hold (                    -- a customer's or an operator's "not now"
    id          INTEGER PRIMARY KEY,
    tenant_id   BIGINT NOT NULL REFERENCES tenant(id),
    scope       TEXT NOT NULL,                      -- hold_scope
    object      TEXT NOT NULL,                      -- controllerId, name, or a release's id; '' for all
    reason      TEXT NOT NULL,
    is_customer BIGINT NOT NULL,                    -- asked for by the customer
    lets_security BIGINT NOT NULL,                  -- what repairs security goes through
    from_ms     BIGINT NOT NULL,
    until_ms    BIGINT NOT NULL,                    -- 0: until lifted, of those that let security through
    created_by  TEXT NOT NULL,
    created_ms  BIGINT NOT NULL,
    lifted_by   TEXT NOT NULL DEFAULT '',
    lifted_ms   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX hold_by_tenant ON hold (tenant_id, id);
CREATE INDEX hold_standing ON hold (tenant_id, id) WHERE lifted_ms = 0;
