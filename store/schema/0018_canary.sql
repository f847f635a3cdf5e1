-- Who was chosen for a canary stage: ranks in its rollout, ascending, a comma between. All other stages stay computed.

ALTER TABLE rollout_stage ADD COLUMN chosen TEXT NOT NULL DEFAULT '';

CREATE TABLE supersession (            -- a newer rollout of the family that some devices of an older one belong to now
    rollout_id BIGINT NOT NULL REFERENCES rollout(id),
    by_id      BIGINT NOT NULL REFERENCES rollout(id),
    PRIMARY KEY (rollout_id, by_id)
);
