-- The director repository: what each device is told to run, signed for it alone. One chain of roots for a tenant; the
-- other three files are a device's own. What they say is made from the device's actions and components, which are the
-- only truth; here rests what was signed of it last.

CREATE TABLE director_root (           -- served bytes; a version never changes
    tenant_id  BIGINT NOT NULL REFERENCES tenant(id),
    version    BIGINT NOT NULL,
    bytes      BLOB NOT NULL,
    signed_ms  BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, version)
);
CREATE TABLE director (                -- a device's repository as it was signed last
    device_id  INTEGER PRIMARY KEY,
    content    TEXT NOT NULL,                       -- digest of what its targets say, and to whom
    keyid      TEXT NOT NULL,                       -- the online key that signed
    version    BIGINT NOT NULL,                     -- of targets and snapshot; only rises
    signed_ms  BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    stamp      BIGINT NOT NULL,                     -- version of the timestamp; only rises
    stamped_ms BIGINT NOT NULL,
    stamp_expires_ms BIGINT NOT NULL
);
CREATE TABLE director_file (           -- served bytes; the version before stays for who is in the middle of it
    device_id  BIGINT NOT NULL,
    role       TEXT NOT NULL,                       -- timestamp snapshot targets
    version    BIGINT NOT NULL,                     -- 0: the timestamp
    bytes      BLOB NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (device_id, role, version)
);
