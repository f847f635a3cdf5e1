-- Metadata of root and of targets that waits for the signatures of its people. Published or dropped, it goes: what was
-- published is a tuf_file, and who did what is in the audit log.

CREATE TABLE trust_stage (
    tenant_id  BIGINT NOT NULL REFERENCES tenant(id),
    role       TEXT NOT NULL,                       -- root or targets
    version    BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    to_sign    TEXT NOT NULL,                       -- canonical bytes
    created_by TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, role)
);
CREATE TABLE trust_signature (
    tenant_id  BIGINT NOT NULL,
    role       TEXT NOT NULL,
    keyid      TEXT NOT NULL,
    sig        TEXT NOT NULL,
    handed_by  TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, role, keyid)
);
