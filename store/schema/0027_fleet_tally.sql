-- The fleet in figures: kept with each move, so that a summary reads some rows and never counts a million devices.

CREATE TABLE fleet_tally (
    tenant_id  BIGINT NOT NULL,
    kind       TEXT NOT NULL,                       -- fleet_kind of store/fleet.h
    family     TEXT NOT NULL,                       -- of kinds that count by it; else ''
    component  TEXT NOT NULL,
    name       TEXT NOT NULL,                       -- a state, a status, a version; else ''
    devices    BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, kind, family, component, name)
);
CREATE INDEX fleet_tally_empty ON fleet_tally (tenant_id) WHERE devices = 0;

INSERT INTO fleet_tally (tenant_id, kind, family, component, name, devices)
    SELECT tenant_id, 'state', '', '', state, COUNT(*) FROM device GROUP BY tenant_id, state;
INSERT INTO fleet_tally (tenant_id, kind, family, component, name, devices)
    SELECT tenant_id, 'family', family, '', '', COUNT(*) FROM device GROUP BY tenant_id, family;
INSERT INTO fleet_tally (tenant_id, kind, family, component, name, devices)
    SELECT d.tenant_id, 'version', d.family, c.component, c.version, COUNT(*) FROM device d
    JOIN device_component c ON c.device_id = d.id GROUP BY d.tenant_id, d.family, c.component, c.version;
INSERT INTO fleet_tally (tenant_id, kind, family, component, name, devices)
    SELECT tenant_id, 'action', '', '', state, COUNT(*) FROM action WHERE closed_ms = 0 GROUP BY tenant_id, state;
INSERT INTO fleet_tally (tenant_id, kind, family, component, name, devices)
    SELECT x.tenant_id, 'status', '', '', x.status, COUNT(*) FROM (SELECT d.tenant_id,
        CASE WHEN EXISTS (SELECT 1 FROM action a WHERE a.device_id = d.id AND a.closed_ms = 0 AND a.state <> 'soaking')
        THEN 'pending' ELSE COALESCE((SELECT CASE a.state WHEN 'healthy' THEN 'in_sync' WHEN 'soaking' THEN 'in_sync'
        WHEN 'failed' THEN 'error' WHEN 'silent' THEN 'error' END FROM action a WHERE a.device_id = d.id
        AND a.state IN ('healthy', 'soaking', 'failed', 'silent') ORDER BY a.id DESC LIMIT 1),
        CASE WHEN s.last_seen_ms > 0 THEN 'registered' ELSE 'unknown' END) END AS status
        FROM device d LEFT JOIN device_seen s ON s.device_id = d.id) x GROUP BY x.tenant_id, x.status;
