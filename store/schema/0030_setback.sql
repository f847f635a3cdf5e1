-- That the database is older than what the signer remembers, or was restored: until somebody accepts it, and which it was.

CREATE TABLE setback (
    tenant_id    INTEGER PRIMARY KEY REFERENCES tenant(id),
    kind         TEXT NOT NULL,        -- older, other, restored
    noticed_ms   BIGINT NOT NULL,
    had_no       BIGINT NOT NULL,      -- last record of the audit log then
    seen_no      BIGINT NOT NULL,      -- record that the signer remembers; 0: none
    digest       TEXT NOT NULL,        -- of that one
    backup_ms    BIGINT NOT NULL,      -- of a restored folder: when the backup was made; 0: unknown
    accepted_ms  BIGINT NOT NULL       -- 0: it stands
);
