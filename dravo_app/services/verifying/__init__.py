"""Does what the database says hold together, and does the world show it? In reading order: `verify`, `books`, `rows`, then the
checks `states`, `stories`, `attempts`, `world` with its `sightings`, `secrecy`; `report` is what comes out."""
