"""The tables beside the record: counters, the ledger, signed objects, the directory, rows that nobody names."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from hub.core.directory.log import entry_digest
from hub.core.evidence.format import Evidence, digest_text
from hub.core.model import Agency
from hub.ops.fsck.faults import Fault
from hub.ops.fsck.log import LogPass
from hub.programmes.onestop.reducing import reduced
from hub.programmes.onestop.sync import Facts
from hub.programmes.working_days import vietnam
from hub.store import BroughtRow, Store
from hub.store.blobs import Blobs

_PAGE = 50
_MAILBOXES = ("mailbox-document", "mailbox-status")


async def counters(store: Store, log: LogPass) -> list[Fault]:
    """Every chain has its counter, and every counter its chain or mailbox."""
    kept = {
        (a, d): (n, previous)
        for a, d, n, previous in await store.rows("counter", "agency", "direction", "n", "previous")
    }
    chains = {key: value for key, value in kept.items() if key[1] not in _MAILBOXES}
    faults = [
        Fault("counter-differs", " ".join(key), _text(log.chains.get(key)), _text(chains.get(key)))
        for key in sorted(log.chains.keys() | chains.keys())
        if log.chains.get(key) != chains.get(key)
    ]
    named = [(key, value[1]) for key, value in kept.items() if key[1] in _MAILBOXES and value[1]]
    return faults + [Fault("counter-differs", " ".join(key), "no digest", digest) for key, digest in named]


def _text(value: tuple[int, str] | None) -> str:
    return f"{value[0]} {value[1]}" if value else "none"


async def ledger(store: Store) -> list[Fault]:
    return [
        Fault("ledger-difference", f"{t.agency} {t.kind}", str(t.accepted), str(t.accepted - t.difference))
        for t in await store.tallies()
        if t.difference
    ]


async def signed(store: Store, log: LogPass) -> list[Fault]:
    """Each object that evidence names is kept, under its digest, and nothing else is."""
    kept = {row[0].hex() for row in await store.rows("signed", "digest")}
    faults = [
        Fault("acknowledgement-missing", f"signed {d}", "its bytes", "none") for d in sorted(log.acknowledged - kept)
    ]
    faults += [
        Fault("signed-orphan", f"signed {d}", "evidence that names it", "none") for d in sorted(kept - log.acknowledged)
    ]
    for digest in sorted(kept):
        found = sha256(await store.signed(digest) or b"").hexdigest()
        if found != digest:
            faults.append(Fault("acknowledgement-differs", f"signed {digest}", digest, found))
    return faults


async def brought(store: Store, log: LogPass) -> list[Fault]:
    """Data that services brought: bytes under their digest, numbers without a gap, each as its evidence says, and no
    more."""
    faults, named, last = [], dict(log.brought), 0
    while rows := await store.brought_after(last, _PAGE):
        for row in rows:
            if row.number != last + 1:
                faults.append(Fault("brought-missing", f"brought {last + 1}", "its bytes", "none"))
            evidence, last = named.pop(row.leaf, None), row.number
            found = row.service, row.caller, row.agency, digest_text(row.facts), row.sha256, row.at
            expected = _stated(evidence) if evidence is not None else ()
            if found != expected or not _whole_or_reduced(row):
                faults.append(Fault("brought-differs", f"brought {row.number}", str(expected)[:300], str(found)[:300]))
    return faults + [Fault("brought-missing", f"leaf {leaf}", "its bytes", "none") for leaf in named]


def _whole_or_reduced(row: BroughtRow) -> bool:
    """The bytes as received, or where retention reduced them nothing but facts."""
    if row.reduced_at is None:
        return sha256(row.body).hexdigest() == row.sha256
    try:
        units = msgspec.json.decode(row.facts, type=Facts).units
    except msgspec.MsgspecError:
        return False
    return reduced(row.body, units, vietnam()) == row.body


def _stated(evidence: Evidence) -> tuple[object, ...]:
    (service, _), caller, directory = ((reason.code, reason.details) for reason in evidence.reasons)
    agency = evidence.sender.identifier if evidence.sender is not None else ""
    digest = (evidence.document_digest() or b"").hex()
    return service, caller[1], agency, directory[1], digest, evidence.at


async def x509(store: Store) -> list[Fault]:
    return [
        Fault("x509-differs", f"x509 {digest.hex()}", digest.hex(), sha256(der).hexdigest())
        for digest, der in await store.rows("x509", "digest", "der")
        if sha256(der).digest() != digest
    ]


async def directory(store: Store, log: LogPass) -> list[Fault]:
    """Each entry is readable, under its own code and tier, and the one that the log recorded last."""
    faults, seen = [], set()
    for code, tier, entry in await store.rows("agency", "code", "tier", "entry"):
        seen.add(code)
        where = f"agency {code}"
        try:
            agency = msgspec.json.decode(entry, type=Agency)
        except (msgspec.MsgspecError, UnicodeError, ValueError) as error:
            faults.append(Fault("agency-unreadable", where, "an entry", str(error)[:200]))
            continue
        if (agency.code, agency.tier.value) != (code, tier) or msgspec.json.encode(agency) != entry:
            faults.append(Fault("agency-differs", where, f"{code} {tier}", f"{agency.code} {agency.tier.value}"))
        found = entry_digest(agency)
        if log.entries.get(code, "none") != found:
            faults.append(Fault("agency-differs-from-log", where, log.entries.get(code, "none"), found))
    return faults + [
        Fault("agency-missing", f"agency {code}", "an entry", "none") for code in sorted(log.entries.keys() - seen)
    ]


async def locked_out(store: Store, log: LogPass) -> list[Fault]:
    """Exactly those whose lock-out began by the log and did not end."""
    kept = {code: (since, why) for code, since, why in await store.rows("locked_out", "agency", "since", "why")}
    return [
        Fault("lock-out-differs", f"locked_out {code}", str(log.locked_out.get(code)), str(kept.get(code)))
        for code in sorted(kept.keys() | log.locked_out.keys())
        if kept.get(code) != log.locked_out.get(code)
    ]


async def maintenance(store: Store, log: LogPass) -> list[Fault]:
    """The one that began by the log and is not over, in the same words."""
    wanted = [(1, msgspec.json.encode(log.maintenance))] if log.maintenance is not None else []
    kept = [(one, bytes(entry)) for one, entry in await store.rows("maintenance", "one", "entry")]
    if kept == wanted:
        return []
    return [Fault("maintenance-differs", "maintenance", str(wanted), str(kept))]


async def orphans(store: Store, blobs: Blobs, messages: int, log: LogPass) -> list[Fault]:
    """Rows and files whose other half is not there."""
    named = await store.blobs_named()
    faults = [Fault("blob-orphan", name) for name in blobs.names() if name not in named]
    faults += [
        Fault(f"{table}-orphan", f"{table} of message {number}", "a message", "none")
        for table, number in await store.strays()
    ]
    if log.last_message > messages:
        faults.append(
            Fault("message-missing", f"message {messages + 1}", f"{log.last_message} messages", str(messages))
        )
    return faults
