-- A tenant's devices in order, whatever their family: a page of a list reads its rows and no others, also of a million.

CREATE INDEX device_by_tenant_id ON device (tenant_id, id);
