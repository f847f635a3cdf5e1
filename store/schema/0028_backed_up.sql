-- Devices that have a backup: rules look through these every few seconds, also where a million have none yet.

CREATE INDEX device_backed_up ON device (tenant_id, id) WHERE backup_ms > 0;
