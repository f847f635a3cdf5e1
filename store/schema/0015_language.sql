-- In which language the panels of a site speak, where a device does not say it itself.

ALTER TABLE site ADD COLUMN language TEXT NOT NULL DEFAULT '';          -- such as "de"; '': English
