-- The store of checks. A change of this file needs a new user_version and a way from the old one (store.py).
CREATE TABLE checks (
    id             TEXT PRIMARY KEY,
    state          TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    kind           TEXT NOT NULL CHECK (kind IN ('file', 'url')),
    source         TEXT NOT NULL,
    name           TEXT NOT NULL,
    key            TEXT NOT NULL,
    engine         TEXT,
    sha256         TEXT,
    version        INTEGER NOT NULL DEFAULT 0,
    attempts       INTEGER NOT NULL DEFAULT 0,
    step           TEXT,
    done           INTEGER,
    total          INTEGER,
    report         TEXT,
    fault_code     TEXT,
    fault_sentence TEXT,
    created        REAL NOT NULL,
    started        REAL,
    finished       REAL
);
CREATE UNIQUE INDEX one_active_check_per_input ON checks (key) WHERE state IN ('queued', 'running');
CREATE INDEX checks_by_state ON checks (state, created);
CREATE INDEX checks_by_key ON checks (key, engine);
CREATE INDEX checks_by_bytes ON checks (sha256, engine);
CREATE TABLE pictures (
    check_id TEXT NOT NULL REFERENCES checks (id) ON DELETE CASCADE,
    name     TEXT NOT NULL,
    jpeg     BLOB NOT NULL,
    PRIMARY KEY (check_id, name)
);
CREATE TABLE keys (
    caller   TEXT NOT NULL,
    key      TEXT NOT NULL,
    body     TEXT NOT NULL,
    check_id TEXT NOT NULL REFERENCES checks (id) ON DELETE CASCADE,
    PRIMARY KEY (caller, key)
);
CREATE INDEX keys_by_check ON keys (check_id);
CREATE TABLE batches (
    id      TEXT PRIMARY KEY,
    created REAL NOT NULL
);
CREATE TABLE batch_items (
    batch_id       TEXT NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
    place          INTEGER NOT NULL,
    check_id       TEXT REFERENCES checks (id) ON DELETE CASCADE,
    fault_code     TEXT,
    fault_sentence TEXT,
    PRIMARY KEY (batch_id, place)
);
CREATE INDEX batch_items_by_check ON batch_items (check_id);
PRAGMA user_version = 3;
