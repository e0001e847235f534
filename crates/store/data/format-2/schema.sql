CREATE TABLE entry (
    position INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    leaf BLOB NOT NULL,
    secrets BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX entry_of_stream ON entry (stream, version);
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
CREATE TABLE alert_row (
    id INTEGER PRIMARY KEY,
    level INTEGER NOT NULL,
    incident INTEGER,
    content TEXT NOT NULL
) STRICT;
CREATE INDEX alert_of_incident ON alert_row (incident) WHERE incident IS NOT NULL;
CREATE TABLE incident_row (
    id INTEGER PRIMARY KEY,
    severity INTEGER NOT NULL,
    merged INTEGER NOT NULL,
    content TEXT NOT NULL
) STRICT;
CREATE TABLE evidence_row (
    id BLOB PRIMARY KEY,
    content TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE user_row (
    id INTEGER PRIMARY KEY,
    content TEXT NOT NULL
) STRICT;
PRAGMA application_id = 1128678477;
PRAGMA user_version = 2;
