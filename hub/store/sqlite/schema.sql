-- One table for each noun. Numbers grow by arrival; times are milliseconds since the epoch, UTC.
-- kind: 0 document, 1 status. state: position in hub.core.model.DeliveryState.

CREATE TABLE message (
    number      INTEGER PRIMARY KEY,
    id          TEXT    NOT NULL,
    kind        INTEGER NOT NULL CHECK (kind IN (0, 1)),
    business    INTEGER NOT NULL CHECK (business BETWEEN 0 AND 3),
    sender      TEXT    NOT NULL,
    identity    TEXT    NOT NULL,
    document_id TEXT    NOT NULL,
    code        TEXT    NOT NULL,
    year        INTEGER NOT NULL,
    subject     TEXT    NOT NULL,
    type_name   TEXT    NOT NULL,
    priority    INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 4),
    sha256      BLOB    NOT NULL CHECK (length(sha256) = 32),
    size        INTEGER NOT NULL,
    verdict     TEXT    NOT NULL,
    accepted_at INTEGER NOT NULL,
    about       INTEGER,
    leaf        INTEGER NOT NULL,
    fanout      INTEGER NOT NULL,
    status_code TEXT    NOT NULL,
    -- when retention deleted its bytes
    purged_at   INTEGER,
    -- of a document its code as people compare it, of a status what it says: hub.core.edxml.naming
    key         TEXT    NOT NULL DEFAULT ''
) STRICT;
-- The last judge of idempotency: the same sender cannot use one identity for two messages.
CREATE UNIQUE INDEX message_identity ON message (sender, identity);
-- By what people call a document, of one sender or of any.
CREATE INDEX message_key ON message (key, sender, year) WHERE kind = 0;
CREATE INDEX message_document ON message (document_id, sender) WHERE kind = 0;
CREATE INDEX message_sender ON message (sender, number);

-- What a register tells of a document beyond its row, as JSON: hub.core.edxml.detail. Made of the document's bytes; of one
-- that an earlier version accepted it comes later, or never where its bytes are gone.
CREATE TABLE detail (
    message INTEGER PRIMARY KEY,
    told    BLOB NOT NULL
) STRICT;

-- What a document may have to be read for again, by whoever follows the record: hub.core.edxml.detail. Most have no row.
CREATE TABLE notable (
    what    INTEGER NOT NULL,
    message INTEGER NOT NULL,
    PRIMARY KEY (what, message)
) STRICT, WITHOUT ROWID;

-- Bytes as received, up to 64 kB; longer ones are files named by their digest.
CREATE TABLE content (
    message INTEGER PRIMARY KEY,
    bytes   BLOB NOT NULL
) STRICT;

CREATE TABLE delivery (
    message        INTEGER NOT NULL,
    recipient      TEXT    NOT NULL,
    kind           INTEGER NOT NULL CHECK (kind IN (0, 1)),
    seq            INTEGER NOT NULL,
    lane           INTEGER NOT NULL,
    -- 0 waiting → 1 handed_over (acknowledged) | 2 taken_back (never offered, or given back) | 3 refused (content rejected) | 4 expired
    -- 1 handed_over → 2 taken_back (status 15) | 3 refused (status 02); 2, 3, 4 are final
    state          INTEGER NOT NULL CHECK (state BETWEEN 0 AND 4),
    placed_at      INTEGER NOT NULL,
    forwarded_from TEXT    NOT NULL,
    handed_at      INTEGER,
    ended_at       INTEGER,
    progress       TEXT    NOT NULL,
    pending        INTEGER,
    due_at         INTEGER,
    warned         INTEGER NOT NULL,
    -- when its bytes were first to leave for the recipient; 0: an earlier version kept no record of that
    offered_at     INTEGER,
    -- when it expires if it still waits: what `x-due` promised, or later by the pauses on record
    ends_at        INTEGER,
    -- the last status that its recipient sent
    reported       INTEGER,
    PRIMARY KEY (message, recipient)
) STRICT, WITHOUT ROWID;
-- Mailboxes in their order, what waits and what has ended, see mailbox.py; both read whole are the ledger.
CREATE INDEX delivery_waiting ON delivery (recipient, -lane, message, kind) WHERE state = 0;
CREATE INDEX delivery_ended ON delivery (message >> 10, recipient, state, -lane, message, kind) WHERE state <> 0;
CREATE INDEX delivery_due ON delivery (due_at) WHERE state = 0 AND due_at IS NOT NULL;
-- What a search by state looks for: all that is not simply handed over.
CREATE INDEX delivery_open ON delivery (message, state) WHERE state <> 1;
-- The same for what came to another end: a few among however many that wait.
CREATE INDEX delivery_final ON delivery (state, message) WHERE state > 1;

-- The log: entry number → the object it commits to.
CREATE TABLE leaf (
    number    INTEGER PRIMARY KEY,
    kind      INTEGER NOT NULL,
    object    BLOB    NOT NULL,
    at        INTEGER NOT NULL,
    message   INTEGER,
    recipient TEXT    NOT NULL,
    event     TEXT    NOT NULL
) STRICT;
CREATE INDEX leaf_message ON leaf (message) WHERE message IS NOT NULL;
-- Everything but evidence is rare: directory changes, manifests, time stamps, found by their kind.
CREATE INDEX leaf_kind ON leaf (kind, number) WHERE kind <> 1;
CREATE INDEX leaf_directory ON leaf (recipient, number) WHERE kind = 2;
-- What was refused at the door: for who looks after failures.
CREATE INDEX leaf_refused ON leaf (at) WHERE event = 'SubmissionRejection';

CREATE TABLE tile (
    level  INTEGER NOT NULL,
    n      INTEGER NOT NULL,
    hashes BLOB    NOT NULL,
    PRIMARY KEY (level, n)
) STRICT;

CREATE TABLE checkpoint (
    size INTEGER PRIMARY KEY,
    root BLOB    NOT NULL,
    at   INTEGER NOT NULL,
    note BLOB    NOT NULL,
    -- the hub's X.509 seal over it, '' where none was made
    seal TEXT    NOT NULL DEFAULT ''
) STRICT;

-- Checkpoints with the lines of witnesses under them, and which witness (name+key id) signed which size.
CREATE TABLE cosigned (
    size INTEGER PRIMARY KEY,
    at   INTEGER NOT NULL,
    note BLOB    NOT NULL
) STRICT;
CREATE TABLE cosignature (
    witness TEXT    NOT NULL,
    size    INTEGER NOT NULL,
    PRIMARY KEY (witness, size)
) STRICT, WITHOUT ROWID;

-- Gap-free counters: 'in' and 'out' chain an agency's evidence, 'mailbox-document' and 'mailbox-status' number its mailbox.
CREATE TABLE counter (
    agency    TEXT    NOT NULL,
    direction TEXT    NOT NULL,
    n         INTEGER NOT NULL,
    previous  TEXT    NOT NULL,
    PRIMARY KEY (agency, direction)
) STRICT, WITHOUT ROWID;

-- What recipients signed: acknowledgements as received, by the digest that evidence names.
-- Appended, with the digests apart: they come in no order, and a token is too long to be moved about for that.
CREATE TABLE signed (
    digest BLOB NOT NULL UNIQUE,
    bytes  BLOB NOT NULL
) STRICT;

-- RFC 3161: the checkpoint of which size the token in which leaf is over, and the time that it states.
CREATE TABLE timestamp (
    size INTEGER PRIMARY KEY,
    leaf INTEGER NOT NULL,
    at   INTEGER NOT NULL
) STRICT;

-- Certificates and revocation lists (DER) as they were when something was believed because of them.
CREATE TABLE x509 (
    digest  BLOB PRIMARY KEY,
    kind    TEXT    NOT NULL CHECK (kind IN ('certificate', 'authority', 'crl')),
    der     BLOB    NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The last sign of life, one row; and since when a recipient cannot come in, through no doing of its own.
CREATE TABLE heartbeat (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    at  INTEGER NOT NULL
) STRICT;
CREATE TABLE locked_out (
    agency TEXT PRIMARY KEY,
    since  INTEGER NOT NULL,
    why    TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE agency (
    code  TEXT PRIMARY KEY,
    tier  TEXT NOT NULL,
    entry BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- People who may sign in to the console, who of them is signed in, and what they did. A deed is never changed.
CREATE TABLE account (
    name  TEXT PRIMARY KEY,
    entry BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE session (
    digest    BLOB PRIMARY KEY CHECK (length(digest) = 32),
    account   TEXT    NOT NULL,
    second    INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    seen_at   INTEGER NOT NULL,
    address   TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE deed (
    number  INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    account TEXT    NOT NULL,
    role    TEXT    NOT NULL,
    address TEXT    NOT NULL,
    deed    TEXT    NOT NULL,
    target  TEXT    NOT NULL,
    detail  TEXT    NOT NULL
) STRICT;
CREATE INDEX deed_account ON deed (account, number);
CREATE TRIGGER deed_stays BEFORE UPDATE ON deed BEGIN SELECT RAISE(ABORT, 'a deed stays as it is'); END;
CREATE TRIGGER deed_is_kept BEFORE DELETE ON deed BEGIN SELECT RAISE(ABORT, 'a deed is kept'); END;

-- An agency's own book of what it was sent: no evidence, and what it says of a document the record says better.
CREATE TABLE mail (
    agency     TEXT    NOT NULL,
    message    INTEGER NOT NULL,
    stage      INTEGER NOT NULL,
    year       INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    arrived_at INTEGER NOT NULL,
    entry      BLOB    NOT NULL,
    PRIMARY KEY (agency, message)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX mail_number ON mail (agency, year, number) WHERE number > 0;
CREATE INDEX mail_stage ON mail (agency, stage, message);
CREATE TRIGGER mail_number_stays BEFORE UPDATE ON mail
WHEN OLD.number > 0 AND (NEW.number <> OLD.number OR NEW.year <> OLD.year)
BEGIN SELECT RAISE(ABORT, 'an arrival number stays'); END;
CREATE TRIGGER mail_is_kept BEFORE DELETE ON mail BEGIN SELECT RAISE(ABORT, 'a line of the book is kept'); END;

-- Reports that an agency has begun and not sent: its own papers, and no evidence.
CREATE TABLE report_draft (
    agency   TEXT    NOT NULL,
    regime   TEXT    NOT NULL,
    owner    TEXT    NOT NULL,
    period   TEXT    NOT NULL,
    receiver TEXT    NOT NULL,
    state    TEXT    NOT NULL,
    revision INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    by       TEXT    NOT NULL,
    note     TEXT    NOT NULL,
    body     BLOB    NOT NULL,
    PRIMARY KEY (agency, regime, owner, period, receiver)
) STRICT, WITHOUT ROWID;
-- An agency's own papers, by kind: 1 drafts, 2 groups of recipients, 3 directions, 4 corrections of registers; the last
-- two stay as they were written.
CREATE TABLE paper (
    agency TEXT    NOT NULL,
    kind   INTEGER NOT NULL,
    number INTEGER NOT NULL,
    about  INTEGER NOT NULL,
    name   TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    author TEXT    NOT NULL,
    entry  BLOB    NOT NULL,
    PRIMARY KEY (agency, kind, number)
) STRICT;
CREATE UNIQUE INDEX paper_name ON paper (agency, kind, name) WHERE name <> '';
CREATE INDEX paper_about ON paper (agency, about, kind, number) WHERE about > 0;
CREATE TRIGGER paper_stays BEFORE UPDATE ON paper WHEN OLD.kind IN (3, 4)
BEGIN SELECT RAISE(ABORT, 'a direction or a correction stays as it is'); END;
CREATE TRIGGER paper_is_kept BEFORE DELETE ON paper WHEN OLD.kind IN (3, 4)
BEGIN SELECT RAISE(ABORT, 'a direction or a correction is kept'); END;

-- Webhooks: who asked to be told where. next: the first leaf that is still to be told, NULL = nothing before `hook_scan`.
-- Secrets are made of `salt` and a key that is not here.
CREATE TABLE hook (
    number        INTEGER PRIMARY KEY,
    agency        TEXT    NOT NULL,
    url           TEXT    NOT NULL,
    kinds         TEXT    NOT NULL,
    state         TEXT    NOT NULL CHECK (state IN ('unproven', 'active', 'disabled', 'removed')),
    why           TEXT    NOT NULL,
    salt          BLOB    NOT NULL,
    old_salt      BLOB    NOT NULL,
    old_until     INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    next          INTEGER,
    failures      INTEGER NOT NULL,
    failing_since INTEGER,
    retry_at      INTEGER NOT NULL,
    sent_at       INTEGER,
    outcome       TEXT    NOT NULL,
    status        INTEGER NOT NULL
) STRICT;
-- Up to which leaf endpoints know of what happened, one row.
CREATE TABLE hook_scan (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    leaf INTEGER NOT NULL
) STRICT;
-- Webhooks out of turn: what failed several times and lets others pass, what is told by no leaf, what was given up.
CREATE TABLE hook_notice (
    hook     INTEGER NOT NULL,
    id       TEXT    NOT NULL,
    type     TEXT    NOT NULL,
    body     BLOB    NOT NULL,
    at       INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    next_at  INTEGER,
    state    TEXT    NOT NULL CHECK (state IN ('waiting', 'failed', 'sent')),
    outcome  TEXT    NOT NULL,
    status   INTEGER NOT NULL,
    PRIMARY KEY (hook, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX hook_notice_due ON hook_notice (hook, next_at) WHERE state = 'waiting';
-- The latest tries at each endpoint, numbered by endpoint: bounded in each, in all and in age.
CREATE TABLE hook_attempt (
    hook    INTEGER NOT NULL,
    number  INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    id      TEXT    NOT NULL,
    type    TEXT    NOT NULL,
    outcome TEXT    NOT NULL,
    status  INTEGER NOT NULL,
    ms      INTEGER NOT NULL,
    PRIMARY KEY (hook, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX hook_attempt_at ON hook_attempt (at);

-- When each agency was last heard of, as JSON: hub.core.contact. Some minutes old after a crash.
CREATE TABLE contact (
    agency TEXT PRIMARY KEY,
    entry  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Alerts that are raised, or are over and not told yet, as JSON: hub.core.alerts.
CREATE TABLE alert (
    code  TEXT PRIMARY KEY,
    entry BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What a sync service of a programme brought: the body as received, in whose name (agency) and from whom (caller), and what
-- the directory said of the codes in it, as JSON. Cases are made of it like of documents.
-- reduced_at: when retention put the same rows without persons in the place of the bytes.
CREATE TABLE brought (
    number  INTEGER PRIMARY KEY,
    agency  TEXT    NOT NULL,
    caller  TEXT    NOT NULL,
    service TEXT    NOT NULL,
    sha256  BLOB    NOT NULL CHECK (length(sha256) = 32),
    at      INTEGER NOT NULL,
    leaf    INTEGER NOT NULL,
    facts   BLOB    NOT NULL,
    bytes   BLOB    NOT NULL,
    reduced_at INTEGER
) STRICT;
CREATE INDEX brought_agency ON brought (agency, number);
CREATE INDEX brought_leaf ON brought (leaf);

-- The maintenance that began and is not over, one row as JSON; the log has the same.
CREATE TABLE maintenance (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    entry BLOB    NOT NULL
) STRICT;
