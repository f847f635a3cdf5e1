-- Small counters behind a rollout's and a tenant's limits: kept with each move, never counted over the fleet.

CREATE TABLE site_machines (           -- active devices by place; those without a site are not counted
    tenant_id  BIGINT NOT NULL,
    site       TEXT NOT NULL,
    devices    BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, site)
);
INSERT INTO site_machines (tenant_id, site, devices)
    SELECT tenant_id, site, COUNT(*) FROM device WHERE state = 'active' AND site <> '' GROUP BY tenant_id, site;

CREATE TABLE under_way (               -- updates that are open and do more than soak
    tenant_id  BIGINT NOT NULL,
    rollout_id BIGINT NOT NULL,                     -- 0: all of the tenant, by whatever rollout or hand
    site       TEXT NOT NULL,                       -- '' : at all sites, and without one
    devices    BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, rollout_id, site)
);
INSERT INTO under_way (tenant_id, rollout_id, site, devices)
    SELECT tenant_id, 0, '', COUNT(*) FROM action
    WHERE closed_ms = 0 AND state <> 'soaking' AND restore_id = 0 GROUP BY tenant_id;
INSERT INTO under_way (tenant_id, rollout_id, site, devices)
    SELECT tenant_id, rollout_id, '', COUNT(*) FROM action
    WHERE closed_ms = 0 AND state <> 'soaking' AND restore_id = 0 AND rollout_id > 0 GROUP BY tenant_id, rollout_id;
INSERT INTO under_way (tenant_id, rollout_id, site, devices)
    SELECT a.tenant_id, 0, d.site, COUNT(*) FROM action a JOIN device d ON d.id = a.device_id
    WHERE a.closed_ms = 0 AND a.state <> 'soaking' AND a.restore_id = 0 AND d.site <> '' GROUP BY a.tenant_id, d.site;
INSERT INTO under_way (tenant_id, rollout_id, site, devices)
    SELECT a.tenant_id, a.rollout_id, d.site, COUNT(*) FROM action a JOIN device d ON d.id = a.device_id
    WHERE a.closed_ms = 0 AND a.state <> 'soaking' AND a.restore_id = 0 AND a.rollout_id > 0 AND d.site <> ''
    GROUP BY a.tenant_id, a.rollout_id, d.site;

CREATE TABLE offered_bytes (           -- by slots of five minutes, of limits that ask for it; two hours of them
    tenant_id  BIGINT NOT NULL,
    rollout_id BIGINT NOT NULL,                     -- as in under_way
    site       TEXT NOT NULL,
    slot_ms    BIGINT NOT NULL,                     -- its beginning
    bytes      BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, rollout_id, site, slot_ms)
);

ALTER TABLE tenant ADD COLUMN at_once BIGINT NOT NULL DEFAULT 0;    -- devices under way; 0: no limit
ALTER TABLE tenant ADD COLUMN bytes_hour BIGINT NOT NULL DEFAULT 0; -- offered within an hour; 0: no limit
