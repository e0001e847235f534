CREATE TABLE entry (
    position INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    leaf BLOB NOT NULL,
    secrets BLOB NOT NULL
, previous INTEGER) STRICT;
CREATE TABLE tile (
    level INTEGER NOT NULL,
    number INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (level, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoint (
    only INTEGER PRIMARY KEY CHECK (only = 0),
    note TEXT NOT NULL
) STRICT;
CREATE TABLE end_row (
    id TEXT PRIMARY KEY,
    version INTEGER,
    last INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE alert_row (
    id INTEGER PRIMARY KEY,
    version INTEGER,
    last INTEGER,
    level INTEGER,
    incident INTEGER,
    content TEXT
) STRICT;
CREATE INDEX alert_of_incident ON alert_row (incident) WHERE incident IS NOT NULL;
CREATE TABLE incident_row (
    id INTEGER PRIMARY KEY,
    version INTEGER,
    last INTEGER,
    severity INTEGER,
    merged INTEGER,
    content TEXT
) STRICT;
CREATE TABLE evidence_row (
    id BLOB PRIMARY KEY,
    version INTEGER,
    last INTEGER,
    content TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE user_row (
    id INTEGER PRIMARY KEY,
    version INTEGER,
    last INTEGER,
    content TEXT
) STRICT;
PRAGMA application_id = 1128678477;
PRAGMA user_version = 3;
