-- How long installs took, from the first word that one had begun to its success.

CREATE TABLE install_timing (          -- domain/timing.h
    release_id   BIGINT NOT NULL REFERENCES release(id),
    minutes      BIGINT NOT NULL,                   -- at most so many, and more than the class before
    installs     BIGINT NOT NULL,
    PRIMARY KEY (release_id, minutes)
);
