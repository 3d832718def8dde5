"""The tables, and how those of each earlier version become these."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from hub.core.edxml.naming import matching_key
from hub.core.errors import IntegrityAlarm
from hub.store.sqlite import accounts, attempts, brought, drafts, failures, finding, hooks, mail, papers, watching

SCHEMA_VERSION: Final = 7
_SCHEMA: Final = (Path(__file__).parent / "schema.sql").read_text(encoding="utf-8")
UPGRADES: Final = {
    1: """
    CREATE TABLE cosigned (size INTEGER PRIMARY KEY, at INTEGER NOT NULL, note BLOB NOT NULL) STRICT;
    CREATE TABLE cosignature (witness TEXT NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (witness, size))
    STRICT, WITHOUT ROWID;
    """,
    2: """
    ALTER TABLE message ADD COLUMN purged_at INTEGER;
    ALTER TABLE checkpoint ADD COLUMN seal TEXT NOT NULL DEFAULT '';
    CREATE INDEX IF NOT EXISTS leaf_kind ON leaf (kind, number) WHERE kind <> 1;
    CREATE INDEX leaf_directory ON leaf (recipient, number) WHERE kind = 2;
    CREATE TABLE timestamp (size INTEGER PRIMARY KEY, leaf INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
    CREATE TABLE x509 (digest BLOB PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('certificate', 'authority', 'crl')),
    der BLOB NOT NULL, seen_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    """,
    3: """
    DROP INDEX delivery_mailbox;
    CREATE INDEX delivery_waiting ON delivery (recipient, -lane, message, kind) WHERE state = 0;
    CREATE INDEX delivery_ended ON delivery (message >> 10, recipient, state, -lane, message, kind) WHERE state <> 0;
    ALTER TABLE signed RENAME TO signed_3;
    CREATE TABLE signed (digest BLOB NOT NULL UNIQUE, bytes BLOB NOT NULL) STRICT;
    INSERT INTO signed (digest, bytes) SELECT digest, bytes FROM signed_3;
    DROP TABLE signed_3;
    """,
    # Nobody knows which of the waiting documents were read: neither "never fetched" nor "fetched" may be said of it.
    4: """
    ALTER TABLE delivery ADD COLUMN offered_at INTEGER;
    ALTER TABLE delivery ADD COLUMN ends_at INTEGER;
    UPDATE delivery SET offered_at = 0 WHERE state = 0;
    CREATE TABLE heartbeat (one INTEGER PRIMARY KEY CHECK (one = 1), at INTEGER NOT NULL) STRICT;
    CREATE TABLE locked_out (agency TEXT PRIMARY KEY, since INTEGER NOT NULL, why TEXT NOT NULL) STRICT, WITHOUT ROWID;
    """,
    5: """
    ALTER TABLE message ADD COLUMN key TEXT NOT NULL DEFAULT '';
    ALTER TABLE delivery ADD COLUMN reported INTEGER;
    UPDATE message SET key = matching_key(code) WHERE kind = 0;
    DROP INDEX message_code;
    CREATE INDEX message_key ON message (sender, key, year) WHERE kind = 0;
    """,
    # The new tables' rows for old documents are read from their bytes, in the background: `upkeep.indexing`.
    6: f"""
    DROP INDEX message_key;
    CREATE INDEX message_key ON message (key, sender, year) WHERE kind = 0;
    CREATE INDEX message_document ON message (document_id, sender) WHERE kind = 0;
    CREATE TABLE detail (message INTEGER PRIMARY KEY, told BLOB NOT NULL) STRICT;
    CREATE INDEX delivery_open ON delivery (message, state) WHERE state <> 1;
    CREATE INDEX delivery_final ON delivery (state, message) WHERE state > 1;
    {accounts.TABLES}
    {mail.TABLES}
    {papers.TABLES}
    {hooks.TABLES}
    {attempts.TABLES}
    {failures.INDEX}
    {watching.TABLES}
    {brought.TABLES}
    {drafts.TABLES}
    {finding.TABLES}
    """,
}
"""Version → the step to the next one."""


def migrate(db: sqlite3.Connection) -> None:
    version = db.execute("PRAGMA user_version").fetchone()[0]
    db.create_function("matching_key", 1, matching_key, deterministic=True)
    while version in UPGRADES:
        db.executescript(f"BEGIN IMMEDIATE; {UPGRADES[version]} PRAGMA user_version={version + 1}; COMMIT;")
        version += 1
    if version == SCHEMA_VERSION:
        return
    if version != 0 or db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise IntegrityAlarm(expected=f"store schema {SCHEMA_VERSION}", found=str(version or "another program's file"))
    db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version={SCHEMA_VERSION}; COMMIT;")
