-- A family device by device, in order: planning, rehearsing and explaining walk through a million of them, page by page.

CREATE INDEX device_by_family_id ON device (tenant_id, family, id);
