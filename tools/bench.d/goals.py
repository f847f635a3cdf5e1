"""The goals: the one place where they stand. A row is a figure by its name, what of it counts (its "ratio" to the
peer, or "ours"), and what it must reach. Missed ones are printed as such; --gate makes them the exit code."""

GOALS = (
    # figure                of       sign  goal
    ("download-1",          "ratio", "<=", 0.90),
    ("download-8",          "ratio", "<=", 0.60),
    ("download-64",         "ratio", "<=", 0.75),
    ("plain-8",             "ratio", "<=", 1.25),
    ("ranges-8",            "ratio", "<=", 0.75),
    ("slow-500",            "ratio", "<=", 0.90),
    ("slow-2000",           "ratio", "<=", 0.65),
    ("stalled-cost",        "ratio", "<=", 1.10),
    ("stalled-downloads",   "ours",  "<=", 1.0),
    ("stalled-handshakes",  "ours",  "<=", 1.0),
    ("polls",               "ours",  ">=", 20000),
    ("poll-cpu",            "ratio", "<=", 1.60),
    ("poll-fleet",          "ratio", "<=", 1.30),
    ("poll-million",        "ratio", "<=", 1.30),
    ("handshake-full",      "ratio", "<=", 0.90),
    ("handshake-resumed",   "ratio", "<=", 1.00),
    ("idle-memory",         "ratio", "<=", 1.25),
    ("crowd-p99",           "ours",  "<=", 2.0),
    ("restart-all",         "ours",  "<=", 60.0),
    ("restart-failed",      "ours",  "<=", 0),
    ("feedback",            "ratio", ">=", 20.0),
    ("feedback-shared",     "ours",  ">=", 20.0),
    ("dashboard",           "ours",  "<=", 1000.0),
    ("upload",              "ratio", "<=", 2.00),
    ("restore",             "ratio", "<=", 1.50),
    ("start-many",          "ours",  "<=", 1.0),
    ("start-million",       "ours",  "<=", 1.0),
    ("memory-million",      "ours",  "<=", 250e6),
)


def judge(row):
    """{"of", "sign", "goal", "reached", "is_met"} of a figure that has a goal, else None."""
    for name, of, sign, goal in GOALS:
        if name == row["name"] and of in row:
            reached = row[of]["median"]
            return {"of": of, "sign": sign, "goal": goal, "reached": reached,
                    "is_met": reached <= goal if sign == "<=" else reached >= goal}
    return None
