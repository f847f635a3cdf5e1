-- Windows by rule, holiday calendars, blackout dates. Only local hours and local dates rest here: instants are made
-- anew each time. Dates are days since 1970-01-01; 0: no such bound.

ALTER TABLE site ADD COLUMN window_rule TEXT NOT NULL DEFAULT '';            -- RRULE of the days it starts on; '' : days
ALTER TABLE site ADD COLUMN window_duration_min BIGINT NOT NULL DEFAULT 0;   -- by a stop-watch; 0: until window_end_min
ALTER TABLE site ADD COLUMN window_exdates TEXT NOT NULL DEFAULT '';         -- "2026-12-24,2026-12-31"
ALTER TABLE site ADD COLUMN window_from_day BIGINT NOT NULL DEFAULT 0;
ALTER TABLE site ADD COLUMN window_until_day BIGINT NOT NULL DEFAULT 0;
ALTER TABLE site ADD COLUMN calendars TEXT NOT NULL DEFAULT '';              -- names, a comma between
ALTER TABLE rollout ADD COLUMN window_rule TEXT NOT NULL DEFAULT '';
ALTER TABLE rollout ADD COLUMN window_duration_min BIGINT NOT NULL DEFAULT 0;
ALTER TABLE rollout ADD COLUMN window_exdates TEXT NOT NULL DEFAULT '';
ALTER TABLE rollout ADD COLUMN window_from_day BIGINT NOT NULL DEFAULT 0;
ALTER TABLE rollout ADD COLUMN window_until_day BIGINT NOT NULL DEFAULT 0;

CREATE TABLE calendar (                -- holidays, as somebody put them: none is built in
    id         INTEGER PRIMARY KEY,
    tenant_id  BIGINT NOT NULL REFERENCES tenant(id),
    name       TEXT NOT NULL,
    ics        TEXT NOT NULL,                       -- as it came
    days       BIGINT NOT NULL,                     -- calendar_day rows
    first_day  BIGINT NOT NULL,
    last_day   BIGINT NOT NULL,                     -- rules without an end are unrolled so far
    created_by TEXT NOT NULL,
    changed_ms BIGINT NOT NULL,
    UNIQUE (tenant_id, name)
);
CREATE TABLE calendar_day (            -- local dates on which no window starts
    calendar_id BIGINT NOT NULL REFERENCES calendar(id),
    day        BIGINT NOT NULL,
    name       TEXT NOT NULL,
    PRIMARY KEY (calendar_id, day)
);

CREATE TABLE blackout (                -- dates on which nobody is touched
    id         INTEGER PRIMARY KEY,
    tenant_id  BIGINT NOT NULL REFERENCES tenant(id),
    customer   TEXT NOT NULL,                       -- '' : the whole tenant
    from_day   BIGINT NOT NULL,                     -- both included
    to_day     BIGINT NOT NULL,
    reason     TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    UNIQUE (tenant_id, customer, from_day, to_day)
);
