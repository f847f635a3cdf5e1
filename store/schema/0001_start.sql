-- Every table and column of Nightshift, first edition. Times are ms since the epoch, UTC; 0 means "not yet".
-- Text enums are the names in src/model. Ids that devices see (action, module) come from `counter`.

CREATE TABLE counter (                 -- ids that skip multiples of ten
    name  TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counter (name, value) VALUES ('action', 0), ('module', 0);

CREATE TABLE tenant (
    id               INTEGER PRIMARY KEY,
    name             TEXT NOT NULL UNIQUE,          -- upper case; the DDI path segment
    poll_sleep_s     BIGINT NOT NULL,               -- 0: the service's setting
    gateway_hash     TEXT NOT NULL DEFAULT '',      -- digest of the gateway token; '' : none
    gateway_on       BIGINT NOT NULL DEFAULT 0,
    target_token_on  BIGINT NOT NULL DEFAULT 1,
    certificate_on   BIGINT NOT NULL DEFAULT 0,     -- client certificate with CN or SAN = controllerId
    certificate_issuer TEXT NOT NULL DEFAULT '',    -- issuer DN it must have; '' : any trusted one
    approval_on      BIGINT NOT NULL DEFAULT 0,     -- enrolled devices wait for an operator
    confirmation_on  BIGINT NOT NULL DEFAULT 0,     -- DDI confirmation flow
    created_ms       BIGINT NOT NULL
);

CREATE TABLE operator (                -- a person or pipeline with a bearer token
    id         INTEGER PRIMARY KEY,
    tenant_id  BIGINT NOT NULL REFERENCES tenant(id),
    name       TEXT NOT NULL,
    role       TEXT NOT NULL,                       -- admin engineer technician viewer
    token_hash TEXT NOT NULL UNIQUE,
    created_ms BIGINT NOT NULL,
    revoked_ms BIGINT NOT NULL DEFAULT 0,
    UNIQUE (tenant_id, name)
);

CREATE TABLE site (                    -- where devices stand: zone and default window
    id           INTEGER PRIMARY KEY,
    tenant_id    BIGINT NOT NULL REFERENCES tenant(id),
    name         TEXT NOT NULL,
    customer     TEXT NOT NULL DEFAULT '',
    zone         TEXT NOT NULL DEFAULT 'UTC',       -- IANA
    window_start_min BIGINT NOT NULL DEFAULT -1,    -- minutes after local midnight; -1: no window
    window_end_min   BIGINT NOT NULL DEFAULT -1,    -- may be smaller than start: over midnight
    window_days      BIGINT NOT NULL DEFAULT 127,   -- bit 0 Monday ... bit 6 Sunday, day of the start
    UNIQUE (tenant_id, name)
);

CREATE TABLE device (
    id             INTEGER PRIMARY KEY,
    tenant_id      BIGINT NOT NULL REFERENCES tenant(id),
    controller_id  TEXT NOT NULL,
    token_hash     TEXT NOT NULL DEFAULT '',
    state          TEXT NOT NULL,                   -- device_state
    family         TEXT NOT NULL DEFAULT '',
    model          TEXT NOT NULL DEFAULT '',
    serial         TEXT NOT NULL DEFAULT '',
    customer       TEXT NOT NULL DEFAULT '',
    site           TEXT NOT NULL DEFAULT '',        -- site.name; its zone and window apply
    quirk          TEXT NOT NULL DEFAULT '',        -- device_quirk
    wants_attributes BIGINT NOT NULL DEFAULT 1,     -- offer the configData link
    auto_confirm_ms  BIGINT NOT NULL DEFAULT 0,     -- since when; 0: off
    auto_confirm_who TEXT NOT NULL DEFAULT '',
    auto_confirm_remark TEXT NOT NULL DEFAULT '',
    installed_action BIGINT NOT NULL DEFAULT 0,     -- last action that finished well
    release_counter  BIGINT NOT NULL DEFAULT 0,     -- highest installed
    created_ms     BIGINT NOT NULL,
    enrolled_ms    BIGINT NOT NULL DEFAULT 0,
    UNIQUE (tenant_id, controller_id)
);
CREATE INDEX device_by_family ON device (tenant_id, family, model);
CREATE INDEX device_by_site ON device (tenant_id, site);

CREATE TABLE device_seen (             -- narrow, flushed in batches; never written by a poll
    device_id    INTEGER PRIMARY KEY,
    last_seen_ms BIGINT NOT NULL,
    address      TEXT NOT NULL DEFAULT ''
);
CREATE TABLE device_attribute (
    device_id BIGINT NOT NULL,
    name      TEXT NOT NULL,
    value     TEXT NOT NULL,
    PRIMARY KEY (device_id, name)
);
CREATE TABLE device_tag (
    device_id BIGINT NOT NULL,
    tag       TEXT NOT NULL,
    PRIMARY KEY (device_id, tag)
);
CREATE TABLE device_component (        -- what runs on it, as last proven by a report
    device_id BIGINT NOT NULL,
    component TEXT NOT NULL,
    version   TEXT NOT NULL,
    sha256    TEXT NOT NULL DEFAULT '',
    updated_ms BIGINT NOT NULL,
    PRIMARY KEY (device_id, component)
);

CREATE TABLE claim (                   -- one-time enrolment code
    id            INTEGER PRIMARY KEY,
    tenant_id     BIGINT NOT NULL REFERENCES tenant(id),
    code_hash     TEXT NOT NULL UNIQUE,
    controller_id TEXT NOT NULL DEFAULT '',         -- only for this one; '' : any
    site          TEXT NOT NULL DEFAULT '',         -- the device is put there
    created_by    TEXT NOT NULL,
    created_ms    BIGINT NOT NULL,
    expires_ms    BIGINT NOT NULL,
    used_ms       BIGINT NOT NULL DEFAULT 0,
    used_by       TEXT NOT NULL DEFAULT ''          -- controllerId
);
CREATE INDEX claim_by_tenant ON claim (tenant_id, id);

CREATE TABLE family (
    id         INTEGER PRIMARY KEY,
    tenant_id  BIGINT NOT NULL REFERENCES tenant(id),
    name       TEXT NOT NULL,
    threshold  BIGINT NOT NULL,                     -- engineer signatures a release needs
    models     TEXT NOT NULL,                       -- JSON list of model names
    created_ms BIGINT NOT NULL,
    UNIQUE (tenant_id, name)
);
CREATE TABLE engineer_key (            -- who may sign releases of a family
    family_id     BIGINT NOT NULL REFERENCES family(id),
    keyid         TEXT NOT NULL,
    public_hex    TEXT NOT NULL,
    name          TEXT NOT NULL,
    registered_ms BIGINT NOT NULL,
    revoked_ms    BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (family_id, keyid)
);

CREATE TABLE release (
    id           INTEGER PRIMARY KEY,
    tenant_id    BIGINT NOT NULL REFERENCES tenant(id),
    family       TEXT NOT NULL,
    version      TEXT NOT NULL,
    counter      BIGINT NOT NULL,
    state        TEXT NOT NULL,                     -- release_state
    is_foreign   BIGINT NOT NULL,                   -- one artifact of another format
    is_security  BIGINT NOT NULL,
    min_version  TEXT NOT NULL DEFAULT '',
    minutes      BIGINT NOT NULL DEFAULT 0,         -- declared install time
    reboots      BIGINT NOT NULL DEFAULT 0,
    is_reversible BIGINT NOT NULL DEFAULT 1,
    models       TEXT NOT NULL,                     -- JSON list
    manifest     TEXT NOT NULL,                     -- canonical JSON
    package_sha256 TEXT NOT NULL,
    package_size BIGINT NOT NULL,
    sbom_sha256  TEXT NOT NULL DEFAULT '',          -- blob
    to_sign      TEXT NOT NULL DEFAULT '',          -- canonical bytes of the family's next targets metadata
    to_sign_version BIGINT NOT NULL DEFAULT 0,
    created_by   TEXT NOT NULL,
    created_ms   BIGINT NOT NULL,
    published_ms BIGINT NOT NULL DEFAULT 0,
    withdrawn_ms BIGINT NOT NULL DEFAULT 0,
    UNIQUE (tenant_id, family, version)
);
CREATE TABLE module (                  -- a component of a release; DDI software module
    id         INTEGER PRIMARY KEY,                 -- from counter 'module'
    tenant_id  BIGINT NOT NULL,
    release_id BIGINT NOT NULL REFERENCES release(id),
    component  TEXT NOT NULL,
    version    TEXT NOT NULL,
    filename   TEXT NOT NULL,
    size       BIGINT NOT NULL,
    sha256     TEXT NOT NULL,
    sha1       TEXT NOT NULL,
    md5        TEXT NOT NULL,
    position   BIGINT NOT NULL,                     -- install order
    UNIQUE (release_id, component)
);
CREATE INDEX module_by_blob ON module (tenant_id, sha256);
CREATE TABLE release_signature (
    release_id BIGINT NOT NULL REFERENCES release(id),
    keyid      TEXT NOT NULL,
    sig        TEXT NOT NULL,
    signed_by  TEXT NOT NULL,                       -- operator who handed it in
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (release_id, keyid)
);

CREATE TABLE tuf_file (                -- served bytes; versioned names never change
    tenant_id  BIGINT NOT NULL REFERENCES tenant(id),
    name       TEXT NOT NULL,                       -- "3.root.json", "timestamp.json"
    bytes      BLOB NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, name)
);
CREATE TABLE tuf_role (                -- the newest version of each role
    tenant_id  BIGINT NOT NULL REFERENCES tenant(id),
    role       TEXT NOT NULL,                       -- root timestamp snapshot targets or a family
    version    BIGINT NOT NULL,
    signed_ms  BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, role)
);

CREATE TABLE upload (                  -- tus
    id         TEXT PRIMARY KEY,                    -- 32 hex digits, also the file's name
    tenant_id  BIGINT NOT NULL REFERENCES tenant(id),
    owner      TEXT NOT NULL,                       -- operator name
    length     BIGINT NOT NULL,                     -- -1: deferred
    received   BIGINT NOT NULL DEFAULT 0,           -- bytes on disk, synced
    metadata   TEXT NOT NULL DEFAULT '',            -- Upload-Metadata as sent
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL
);

CREATE TABLE rollout (
    id           INTEGER PRIMARY KEY,
    tenant_id    BIGINT NOT NULL REFERENCES tenant(id),
    name         TEXT NOT NULL,
    release_id   BIGINT NOT NULL REFERENCES release(id),
    state        TEXT NOT NULL,                     -- rollout_state
    kind         TEXT NOT NULL,                     -- action_kind
    weight       BIGINT NOT NULL DEFAULT 500,       -- 0..1000; higher first
    stage        BIGINT NOT NULL DEFAULT 0,         -- the open one
    selection    TEXT NOT NULL,                     -- JSON: families models sites tags attributes devices
    window_start_min BIGINT NOT NULL DEFAULT -1,    -- -1: the site's window
    window_end_min   BIGINT NOT NULL DEFAULT -1,
    window_days      BIGINT NOT NULL DEFAULT 127,
    window_zone      TEXT NOT NULL DEFAULT '',      -- '' : the site's zone
    is_urgent        BIGINT NOT NULL DEFAULT 0,     -- ignores every window
    fail_percent     BIGINT NOT NULL,               -- of a stage's started devices: halts above
    healthy_percent  BIGINT NOT NULL,               -- of a stage's devices: opens the next
    min_failures     BIGINT NOT NULL DEFAULT 1,     -- fewer failures than this never halt
    deadline_h       BIGINT NOT NULL,               -- silent after
    soak_min         BIGINT NOT NULL DEFAULT 0,     -- after success before healthy
    reason       TEXT NOT NULL DEFAULT '',          -- why paused, halted or aborted
    created_by   TEXT NOT NULL,
    created_ms   BIGINT NOT NULL,
    started_ms   BIGINT NOT NULL DEFAULT 0,
    ended_ms     BIGINT NOT NULL DEFAULT 0,
    UNIQUE (tenant_id, name)
);
CREATE INDEX rollout_by_state ON rollout (tenant_id, state);
CREATE TABLE rollout_stage (
    rollout_id BIGINT NOT NULL REFERENCES rollout(id),
    no         BIGINT NOT NULL,                     -- from 0
    kind       TEXT NOT NULL,                       -- count percent group rest
    value      BIGINT NOT NULL DEFAULT 0,           -- devices, or percent of the selection
    tag        TEXT NOT NULL DEFAULT '',            -- group: devices with this tag
    rank_below BIGINT NOT NULL DEFAULT 0,           -- 63-bit rank limit, set at start; cumulative
    planned    BIGINT NOT NULL DEFAULT 0,           -- devices counted at start
    opened_ms  BIGINT NOT NULL DEFAULT 0,
    closed_ms  BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (rollout_id, no)
);
CREATE TABLE rollout_tally (           -- kept with each action's move; never counted over the fleet
    rollout_id BIGINT NOT NULL,
    stage      BIGINT NOT NULL,
    state      TEXT NOT NULL,                       -- action_state
    devices    BIGINT NOT NULL,
    PRIMARY KEY (rollout_id, stage, state)
);

CREATE TABLE action (                  -- one device's piece of a rollout, or a single assignment
    id           INTEGER PRIMARY KEY,               -- from counter 'action'
    tenant_id    BIGINT NOT NULL,
    device_id    BIGINT NOT NULL REFERENCES device(id),
    release_id   BIGINT NOT NULL REFERENCES release(id),
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
CREATE INDEX action_by_device ON action (device_id, id);
CREATE UNIQUE INDEX action_by_rollout ON action (rollout_id, device_id) WHERE rollout_id > 0;
CREATE INDEX action_open ON action (tenant_id, updated_ms) WHERE closed_ms = 0;
CREATE INDEX action_due ON action (updated_ms) WHERE closed_ms = 0;       -- who has been quiet longest
CREATE INDEX action_soaking ON action (updated_ms) WHERE state = 'soaking';
CREATE TABLE action_status (           -- what a device said, newest last
    id        INTEGER PRIMARY KEY,
    action_id BIGINT NOT NULL REFERENCES action(id),
    at_ms     BIGINT NOT NULL,
    type      TEXT NOT NULL,                        -- hawkBit status name
    code      BIGINT NOT NULL DEFAULT 0,
    messages  TEXT NOT NULL                         -- JSON list
);
CREATE INDEX action_status_by_action ON action_status (action_id, id);

CREATE TABLE idempotency (             -- answers to keys clients chose, kept a day
    tenant_id  BIGINT NOT NULL,
    operator   TEXT NOT NULL,
    key        TEXT NOT NULL,
    request    TEXT NOT NULL,                       -- digest of method, path and body
    status     BIGINT NOT NULL,
    body       TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, operator, key)
);

CREATE TABLE audit (                   -- one record per mutating door, in the same transaction
    id         INTEGER PRIMARY KEY,
    tenant_id  BIGINT NOT NULL,
    at_ms      BIGINT NOT NULL,
    who        TEXT NOT NULL,                       -- operator name, "device:ID" or "service"
    role       TEXT NOT NULL,
    what       TEXT NOT NULL,                       -- noun.verb
    object     TEXT NOT NULL,
    detail     TEXT NOT NULL DEFAULT '',
    source     TEXT NOT NULL DEFAULT '',            -- peer address
    request_id TEXT NOT NULL DEFAULT ''
);
CREATE INDEX audit_by_tenant ON audit (tenant_id, id);
