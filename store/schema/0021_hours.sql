-- Pages of a device by the hour of its local day, so that its quietest hours are known.

CREATE TABLE device_hours (            -- one small row a device; none: it told no hours yet
    device_id    INTEGER PRIMARY KEY REFERENCES device(id),
    sums         TEXT NOT NULL                      -- 24 decayed sums, "800,0,16,...": domain/quiet.h
);
