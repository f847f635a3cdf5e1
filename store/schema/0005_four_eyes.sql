ALTER TABLE tenant ADD COLUMN four_eyes_on BIGINT NOT NULL DEFAULT 0;   -- who uploads a release does not publish it alone
