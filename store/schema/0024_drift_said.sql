-- What came of a comparison is said in the device's dossier, too, and not among the action's entries alone.

ALTER TABLE drift ADD COLUMN said TEXT NOT NULL DEFAULT '';
CREATE INDEX drift_device ON drift (device_id, action_id);
