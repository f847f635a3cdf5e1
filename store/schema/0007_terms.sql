-- What a rollout asks beyond its stages, thresholds and window: one JSON object, read by domain/terms.c.

ALTER TABLE rollout ADD COLUMN terms TEXT NOT NULL DEFAULT '{}';
