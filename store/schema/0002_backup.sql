-- Backups the service cannot read, and restores. What tells who may open a backup (its header) rests in the row,
-- what is behind it (the payload) is a blob that never changes: writing a header anew, or destroying it, touches
-- the row alone.

ALTER TABLE device ADD COLUMN recipient TEXT NOT NULL DEFAULT '';         -- its own, "age1..."; '' : none told
ALTER TABLE device ADD COLUMN backup_ms BIGINT NOT NULL DEFAULT 0;        -- its newest backup arrived
ALTER TABLE device ADD COLUMN wants_backup_ms BIGINT NOT NULL DEFAULT 0;  -- asked for since; the poll says so
ALTER TABLE device ADD COLUMN wants_backup_why TEXT NOT NULL DEFAULT '';  -- backup_trigger
CREATE INDEX device_by_serial ON device (tenant_id, serial) WHERE serial <> '';

CREATE TABLE backup_key (              -- who opens a tenant's backups
    tenant_id      INTEGER PRIMARY KEY REFERENCES tenant(id),
    custody        TEXT NOT NULL,                   -- service customer
    recipient      TEXT NOT NULL,                   -- "age1..."
    next_custody   TEXT NOT NULL DEFAULT '',        -- a move is under way; '' : none
    next_recipient TEXT NOT NULL DEFAULT '',
    changed_ms     BIGINT NOT NULL
);

CREATE TABLE backup_rule (             -- what a customer agreed to; customer '' : the tenant's default
    tenant_id      BIGINT NOT NULL REFERENCES tenant(id),
    customer       TEXT NOT NULL,
    keep_last      BIGINT NOT NULL DEFAULT 0,       -- all keep_* 0: everything is kept
    keep_daily     BIGINT NOT NULL DEFAULT 0,
    keep_weekly    BIGINT NOT NULL DEFAULT 0,
    keep_monthly   BIGINT NOT NULL DEFAULT 0,
    lock_days      BIGINT NOT NULL DEFAULT 0,       -- of those that arrive from now on
    quota_bytes    BIGINT NOT NULL DEFAULT 0,       -- 0: none
    every_h        BIGINT NOT NULL DEFAULT 0,       -- asked for this often, in the window; 0: never by itself
    escrow         TEXT NOT NULL DEFAULT '',        -- recipients, a blank between
    needs_approval BIGINT NOT NULL DEFAULT 0,       -- restores: another person says yes
    needs_consent  BIGINT NOT NULL DEFAULT 0,       -- restores: the customer's yes is written down
    PRIMARY KEY (tenant_id, customer)
);

CREATE TABLE backup (
    id          INTEGER PRIMARY KEY,
    tenant_id   BIGINT NOT NULL REFERENCES tenant(id),
    device_id   BIGINT NOT NULL REFERENCES device(id),
    customer    TEXT NOT NULL,                      -- whose it was when it arrived
    upload      TEXT NOT NULL,                      -- tus upload that brought it
    trigger_why TEXT NOT NULL,                      -- backup_trigger
    model       TEXT NOT NULL,
    serial      TEXT NOT NULL,
    firmware    TEXT NOT NULL,                      -- JSON object: component -> version
    categories  TEXT NOT NULL,                      -- JSON object: name -> items
    action_id   BIGINT NOT NULL DEFAULT 0,          -- that it was made for; 0: none
    restore_id  BIGINT NOT NULL DEFAULT 0,
    size        BIGINT NOT NULL,                    -- of the file as it arrived
    sha256      TEXT NOT NULL,                      -- of the same
    header      BLOB NOT NULL,                      -- age header as it is now; empty once gone
    payload     TEXT NOT NULL,                      -- blob
    payload_size BIGINT NOT NULL,
    recipients  TEXT NOT NULL,                      -- of the header as it is now: tenant, device, escrow
    wrapped_to  TEXT NOT NULL,                      -- the tenant's among them
    taken_ms    BIGINT NOT NULL,
    received_ms BIGINT NOT NULL,
    locked_ms   BIGINT NOT NULL DEFAULT 0,          -- nobody drops it before
    hold        TEXT NOT NULL DEFAULT '',           -- legal hold: why; '' : none
    hold_by     TEXT NOT NULL DEFAULT '',
    hold_ms     BIGINT NOT NULL DEFAULT 0,
    gone_ms     BIGINT NOT NULL DEFAULT 0,          -- its header was destroyed
    gone_why    TEXT NOT NULL DEFAULT '',
    UNIQUE (device_id, sha256),
    UNIQUE (upload)
);
CREATE INDEX backup_by_device ON backup (device_id, id);
CREATE INDEX backup_by_tenant ON backup (tenant_id, id);
CREATE INDEX backup_by_customer ON backup (tenant_id, customer, gone_ms, size);
CREATE INDEX backup_to_move ON backup (tenant_id, wrapped_to, id) WHERE gone_ms = 0;
CREATE INDEX backup_by_payload ON backup (payload);

CREATE TABLE device_join (             -- one machine was another before: its board was swapped
    id         INTEGER PRIMARY KEY,
    tenant_id  BIGINT NOT NULL REFERENCES tenant(id),
    device_id  BIGINT NOT NULL REFERENCES device(id),
    former_id  BIGINT NOT NULL REFERENCES device(id) UNIQUE,
    work_order TEXT NOT NULL,
    joined_by  TEXT NOT NULL,
    joined_ms  BIGINT NOT NULL
);
CREATE INDEX device_join_by_device ON device_join (device_id);

CREATE TABLE restore (                 -- a backup on its way back to one device, once
    id          INTEGER PRIMARY KEY,
    tenant_id   BIGINT NOT NULL REFERENCES tenant(id),
    backup_id   BIGINT NOT NULL REFERENCES backup(id),
    device_id   BIGINT NOT NULL REFERENCES device(id),
    state       TEXT NOT NULL,                      -- restore_state
    wish        TEXT NOT NULL DEFAULT '',           -- categories asked for; '' : all
    moves_adjustments BIGINT NOT NULL DEFAULT 0,    -- against advice
    facts       TEXT NOT NULL DEFAULT '',           -- what the plan goes by: canonical JSON
    digest      TEXT NOT NULL DEFAULT '',           -- of the plan
    categories  TEXT NOT NULL DEFAULT '',           -- that go across
    counts      TEXT NOT NULL DEFAULT '',           -- JSON object: outcome -> items
    plan        TEXT NOT NULL DEFAULT '',           -- service custody: as JSON
    plan_text   TEXT NOT NULL DEFAULT '',           -- and as people read it
    is_whole    BIGINT NOT NULL DEFAULT 0,          -- the payload is the backup's
    counter     BIGINT NOT NULL DEFAULT 0,          -- rises with each restore of a device
    header      BLOB NOT NULL DEFAULT x'',          -- for the device alone; empty before the start and after the end
    payload     TEXT NOT NULL DEFAULT '',           -- blob
    size        BIGINT NOT NULL DEFAULT 0,          -- header and payload
    sha256      TEXT NOT NULL DEFAULT '',
    nonce_hash  TEXT NOT NULL DEFAULT '',           -- of the redemption
    created_by  TEXT NOT NULL,
    approved_by TEXT NOT NULL DEFAULT '',
    consent_by  TEXT NOT NULL DEFAULT '',
    consent_text TEXT NOT NULL DEFAULT '',
    reason      TEXT NOT NULL DEFAULT '',           -- why cancelled or failed
    results     TEXT NOT NULL DEFAULT '',           -- JSON list as the device told
    action_id   BIGINT NOT NULL DEFAULT 0,
    created_ms  BIGINT NOT NULL,
    approved_ms BIGINT NOT NULL DEFAULT 0,
    consent_ms  BIGINT NOT NULL DEFAULT 0,
    started_ms  BIGINT NOT NULL DEFAULT 0,
    expires_ms  BIGINT NOT NULL DEFAULT 0,
    redeemed_ms BIGINT NOT NULL DEFAULT 0,
    ended_ms    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX restore_by_device ON restore (device_id, id);
CREATE INDEX restore_by_tenant ON restore (tenant_id, id);
CREATE INDEX restore_by_backup ON restore (backup_id) WHERE ended_ms = 0;
CREATE INDEX restore_by_payload ON restore (payload) WHERE payload <> '';
CREATE INDEX restore_spent ON restore (id) WHERE payload <> '' AND ended_ms > 0;
CREATE INDEX restore_open ON restore (expires_ms) WHERE ended_ms = 0;

-- An action brings a release or a restore, so a release is no longer a must: the table is made anew.
CREATE TABLE action_new (              -- one device's piece of a rollout, a single assignment, or a restore
    id           INTEGER PRIMARY KEY,               -- from counter 'action'
    tenant_id    BIGINT NOT NULL,
    device_id    BIGINT NOT NULL REFERENCES device(id),
    release_id   BIGINT NOT NULL DEFAULT 0,         -- 0: it brings a restore
    restore_id   BIGINT NOT NULL DEFAULT 0,         -- 0: it brings a release
    rollout_id   BIGINT NOT NULL DEFAULT 0,         -- 0: assigned singly
    stage        BIGINT NOT NULL DEFAULT 0,
    state        TEXT NOT NULL,                     -- action_state
    kind         TEXT NOT NULL,                     -- action_kind
    forced_ms    BIGINT NOT NULL DEFAULT 0,         -- timeforced: forced from then on
    weight       BIGINT NOT NULL DEFAULT 1000,
    modules      TEXT NOT NULL,                     -- ids offered, "12,13,14"
    not_before_ms BIGINT NOT NULL DEFAULT 0,        -- a window of its own; both 0: the rollout's or site's
    not_after_ms  BIGINT NOT NULL DEFAULT 0,
    cancel_from  TEXT NOT NULL DEFAULT '',          -- state it returns to when the device rejects the cancel
    was_retrieved BIGINT NOT NULL DEFAULT 0,
    code         BIGINT NOT NULL DEFAULT 0,         -- last status.code
    error        TEXT NOT NULL DEFAULT '',          -- last line of a failure
    status_count BIGINT NOT NULL DEFAULT 0,
    created_ms   BIGINT NOT NULL,
    updated_ms   BIGINT NOT NULL,
    closed_ms    BIGINT NOT NULL DEFAULT 0
);
INSERT INTO action_new (id, tenant_id, device_id, release_id, rollout_id, stage, state, kind, forced_ms, weight, modules,
    not_before_ms, not_after_ms, cancel_from, was_retrieved, code, error, status_count, created_ms, updated_ms, closed_ms)
    SELECT id, tenant_id, device_id, release_id, rollout_id, stage, state, kind, forced_ms, weight, modules,
    not_before_ms, not_after_ms, cancel_from, was_retrieved, code, error, status_count, created_ms, updated_ms, closed_ms
    FROM action;
DROP TABLE action;
ALTER TABLE action_new RENAME TO action;
CREATE INDEX action_by_device ON action (device_id, id);
CREATE UNIQUE INDEX action_by_rollout ON action (rollout_id, device_id) WHERE rollout_id > 0;
CREATE INDEX action_open ON action (tenant_id, updated_ms) WHERE closed_ms = 0;
CREATE INDEX action_due ON action (updated_ms) WHERE closed_ms = 0;       -- who has been quiet longest
CREATE INDEX action_soaking ON action (updated_ms) WHERE state = 'soaking';
