-- What machines were used for, in bare counts: each against its own days before.

CREATE TABLE device_usage (            -- model/usage.h
    device_id    INTEGER PRIMARY KEY REFERENCES device(id),
    last_day     BIGINT NOT NULL,                   -- newest local date that was taken
    days         BIGINT NOT NULL,                   -- working days before, and their sums: in thousandths, they decay
    pages        BIGINT NOT NULL,
    faults       BIGINT NOT NULL,
    low          BIGINT NOT NULL,
    action_id    BIGINT NOT NULL,                   -- the update that the days after follow; 0: none yet
    after_days   BIGINT NOT NULL,
    after_pages  BIGINT NOT NULL,
    after_faults BIGINT NOT NULL,
    after_low    BIGINT NOT NULL,
    fault_score  BIGINT NOT NULL,                   -- its part of its stage's, in millionths
    drop_score   BIGINT NOT NULL
);
CREATE TABLE rollout_usage (           -- the sums of a stage; they move with what they are sums of
    rollout_id   BIGINT NOT NULL,
    stage        BIGINT NOT NULL,
    devices      BIGINT NOT NULL,
    days         BIGINT NOT NULL,
    faults       BIGINT NOT NULL,
    pages        BIGINT NOT NULL,
    due_faults   BIGINT NOT NULL,                   -- by their days before, in thousandths
    due_pages    BIGINT NOT NULL,
    fault_score  BIGINT NOT NULL,
    drop_score   BIGINT NOT NULL,
    PRIMARY KEY (rollout_id, stage)
);
