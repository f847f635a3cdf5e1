-- Why a device was quarantined, and when: until now only the audit log knew. And who says that he is attacked, found
-- without a walk through all reports.

CREATE TABLE device_quarantine (       -- while it lasts
    device_id    INTEGER PRIMARY KEY REFERENCES device(id),
    tenant_id    BIGINT NOT NULL REFERENCES tenant(id),
    at_ms        BIGINT NOT NULL,
    why          TEXT NOT NULL
);
CREATE INDEX device_quarantine_by_tenant ON device_quarantine (tenant_id);
CREATE INDEX device_report_attacked ON device_report (attack) WHERE attack <> 'none';

INSERT INTO device_quarantine (device_id, tenant_id, at_ms, why)
    SELECT d.id, d.tenant_id,
           COALESCE((SELECT MAX(a.at_ms) FROM audit a WHERE a.tenant_id = d.tenant_id
                     AND a.what = 'device.quarantine' AND a.object = d.controller_id), d.created_ms),
           COALESCE((SELECT a.detail FROM audit a WHERE a.tenant_id = d.tenant_id AND a.what = 'device.quarantine'
                     AND a.object = d.controller_id ORDER BY a.id DESC LIMIT 1), '')
    FROM device d WHERE d.state = 'quarantined';
