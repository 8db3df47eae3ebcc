-- What people share: names and properties of files, never the files. Times are milliseconds since 1970.

CREATE TABLE owner (
    id         INTEGER PRIMARY KEY,
    jid        TEXT NOT NULL UNIQUE,         -- bare
    visibility INTEGER,                      -- 0 those who were granted it, 1 everybody; NULL the index's rule
    seen       INTEGER NOT NULL              -- when a client of the owner was last there
);

CREATE TABLE session (
    jid   TEXT NOT NULL PRIMARY KEY,         -- full
    owner INTEGER NOT NULL REFERENCES owner (id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE INDEX session_owner ON session (owner);

CREATE TABLE share (
    id         INTEGER PRIMARY KEY,
    owner      INTEGER NOT NULL REFERENCES owner (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    generation INTEGER NOT NULL DEFAULT 0,
    series     INTEGER NOT NULL DEFAULT 0,   -- the open full series, or 0
    base       INTEGER NOT NULL DEFAULT 0,   -- full series that were begun, counted here: owners may lose their count
    next       INTEGER NOT NULL DEFAULT 1,   -- the next entry's number
    entries    INTEGER NOT NULL DEFAULT 0,
    visibility INTEGER,
    rules      INTEGER NOT NULL DEFAULT 0,   -- 1: some entries have rules or grants of their own
    dead       INTEGER NOT NULL DEFAULT 0,   -- withdrawn; its rows are going
    UNIQUE (owner, name)
);

-- The id is the share's times 2^32 plus a number: a hit tells its share, and a share is a range.
CREATE TABLE entry (
    id          INTEGER PRIMARY KEY,
    share       INTEGER NOT NULL,
    path        TEXT NOT NULL,
    fold        TEXT NOT NULL,               -- the name as it is compared
    size        INTEGER NOT NULL,
    modified    INTEGER,
    media       TEXT,
    description TEXT,
    hashes      TEXT,                        -- "sha-256:hex sha-1:hex"
    visibility  INTEGER,
    series      INTEGER NOT NULL,            -- share.base when it was named last
    terms       TEXT NOT NULL                -- what it is found by: words, and marks such as _tvideo
);

CREATE UNIQUE INDEX entry_path ON entry (share, path);

-- The ascii tokenizer takes every letter beyond ASCII for one: words were cut and folded before, the same way for every store.
CREATE VIRTUAL TABLE entry_word USING fts5 (terms, content = 'entry', content_rowid = 'id', detail = none, columnsize = 0, prefix = '2 3', tokenize = "ascii tokenchars '_'");
CREATE VIRTUAL TABLE entry_part USING fts5 (fold, content = 'entry', content_rowid = 'id', detail = none, columnsize = 0, tokenize = "trigram case_sensitive 1");

-- share and entry are 0 where a grant is for all of them. kind: 0 an account, 1 a domain, 2 a roster group.
CREATE TABLE access (
    owner   INTEGER NOT NULL REFERENCES owner (id) ON DELETE CASCADE,
    share   INTEGER NOT NULL,
    entry   INTEGER NOT NULL,
    kind    INTEGER NOT NULL,
    subject TEXT NOT NULL,
    PRIMARY KEY (owner, share, entry, kind, subject)
) WITHOUT ROWID;

CREATE INDEX access_subject ON access (subject, kind);

CREATE TABLE member (
    owner INTEGER NOT NULL REFERENCES owner (id) ON DELETE CASCADE,
    name  TEXT NOT NULL,
    jid   TEXT NOT NULL,
    PRIMARY KEY (owner, name, jid)
) WITHOUT ROWID;

CREATE INDEX member_jid ON member (jid);
