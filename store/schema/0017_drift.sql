-- Updates whose settings are compared: the backup before and the one after, and what came of it.

CREATE TABLE drift (
    action_id  INTEGER PRIMARY KEY,
    tenant_id  BIGINT NOT NULL REFERENCES tenant(id),
    device_id  BIGINT NOT NULL REFERENCES device(id),
    before_id  BIGINT NOT NULL REFERENCES backup(id),
    after_id   BIGINT NOT NULL REFERENCES backup(id),
    state      TEXT NOT NULL,                       -- pending same drifted unread
    restore_id BIGINT NOT NULL DEFAULT 0            -- that puts it back; 0: none
);
CREATE INDEX drift_pending ON drift (action_id) WHERE state = 'pending';
