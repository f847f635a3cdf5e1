-- The audit log becomes a chain: migrate.c numbers the records that are there and computes their digests in the same
-- transaction, for SQL knows no SHA-256.
ALTER TABLE audit ADD COLUMN no BIGINT NOT NULL DEFAULT 0;      -- in the tenant's chain, from 1 without a gap
ALTER TABLE audit ADD COLUMN digest TEXT NOT NULL DEFAULT '';   -- over the one before and this record's fields
CREATE UNIQUE INDEX audit_by_no ON audit (tenant_id, no) WHERE no > 0;

CREATE TABLE audit_checkpoint (        -- the chain's head as it was, signed by the tenant's online key
    tenant_id BIGINT NOT NULL,
    no        BIGINT NOT NULL,         -- the last record it speaks for
    at_ms     BIGINT NOT NULL,
    envelope  BLOB NOT NULL,           -- signing/checkpoint.h
    PRIMARY KEY (tenant_id, no)
);
