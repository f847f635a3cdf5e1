-- Which root of the director a device has confirmed, beside that of the image repository.

ALTER TABLE device_report ADD COLUMN director_root BIGINT NOT NULL DEFAULT 0;
