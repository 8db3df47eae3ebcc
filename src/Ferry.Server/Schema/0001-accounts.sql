-- Accounts, their SCRAM keys (never a password), rosters.

CREATE TABLE account (
    jid        TEXT NOT NULL PRIMARY KEY,
    created_at INTEGER NOT NULL           -- seconds since 1970
) WITHOUT ROWID;

-- One line per hash, as RFC 5803 writes it.
CREATE TABLE credential (
    account TEXT NOT NULL REFERENCES account (jid) ON DELETE CASCADE,
    hash    TEXT NOT NULL,
    keys    TEXT NOT NULL,
    PRIMARY KEY (account, hash)
) WITHOUT ROWID;

-- RFC 6121: what an account knows of one contact. Rows with listed = 0 hold only a request that the owner has not answered.
CREATE TABLE contact (
    account     TEXT NOT NULL REFERENCES account (jid) ON DELETE CASCADE,
    jid         TEXT NOT NULL,
    name        TEXT,
    groups      TEXT NOT NULL,            -- JSON array
    sees        INTEGER NOT NULL,         -- the account sees the contact
    seen        INTEGER NOT NULL,         -- the contact sees the account
    asked       INTEGER NOT NULL,         -- the account's request is open
    requested   INTEGER NOT NULL,         -- the contact's request is open
    listed      INTEGER NOT NULL,
    request     TEXT,                     -- the contact's request as it came
    PRIMARY KEY (account, jid)
) WITHOUT ROWID;

-- Random bytes that must outlive a restart.
CREATE TABLE secret (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;
