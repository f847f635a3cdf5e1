-- The hours of a tenant's devices where neither the rollout nor the site names any.

ALTER TABLE tenant ADD COLUMN usual_window TEXT NOT NULL DEFAULT ''; -- JSON, as the doors show it; '' : none
