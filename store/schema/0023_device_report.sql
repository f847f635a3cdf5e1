-- What devices say of themselves, signed: the key each has registered, and the last report it was taken at.

CREATE TABLE device_report (           -- signing/device_report.h
    device_id    INTEGER PRIMARY KEY REFERENCES device(id),
    public_key   TEXT NOT NULL,                     -- 64 hex digits
    counter      BIGINT NOT NULL,                   -- of the last report; 0: none yet
    report       TEXT NOT NULL,                     -- as it came, with its signature
    attack       TEXT NOT NULL,                     -- what it says is tried on it, or "none"
    image_root   BIGINT NOT NULL,                   -- root version of the image repository that it trusts
    received_ms  BIGINT NOT NULL
);
CREATE TABLE device_report_seen (      -- the last of them, so that a second machine with its counter is noticed
    device_id    BIGINT NOT NULL REFERENCES device(id),
    counter      BIGINT NOT NULL,
    digest       TEXT NOT NULL,                     -- SHA-256 of the signed bytes
    PRIMARY KEY (device_id, counter)
);
