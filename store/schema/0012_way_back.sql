-- What a device ran when an action was made for it: where the way back leads.

ALTER TABLE action ADD COLUMN had TEXT NOT NULL DEFAULT '';             -- version of its system; '' : nobody knew
