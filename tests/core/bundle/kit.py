"""A whole life of one document with its bundle, made once; and a hub that lies, to make bundles that never were.

`Life` comes from the in-process axis: accepted for four, handed over and registered (03), handed over to a client that
cannot sign, taken back before anybody fetched it, and expired; two time stamps; real keys everywhere.

`forge` is the adversary who holds the log's key and the seal: it takes the evidence of a life, lets the test change it,
and makes a new log, seals and time stamps over it, so that every step but the one attacked holds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path

import msgspec

from hub.core.bundle import contents as bundles
from hub.core.bundle.audit import Report, verify
from hub.core.bundle.contents import Bundle, named, numbered
from hub.core.evidence import format as ev
from hub.core.evidence.format import Evidence, Kind
from hub.core.evidence.receipt import Receipt, parse
from hub.core.log import merkle, note, policy, timestamp
from hub.core.log.keys import Checkpoint, Signer
from hub.core.log.policy import Policy
from hub.core.log.seal import Sealer
from hub.core.model import Millis, StatusCode
from hub.core.signature.anchors import Anchors
from hub.evidence_export.export import Wish, export
from hub.pki import profile as pki
from hub.pki import tsa
from hub.store import MessageRow
from hub.upkeep.timestamps import KeepTimestamp
from tests.support.axis import CHIENG_MUNG, HA_NOI, HOUR, MAI_SON, SON_LA, VPCP, Axis, an_axis, priority

MINUTE = 60_000


@dataclass
class Life:
    """`data`: the bundle of everything with the document; `bare`: without it; `mine`: SON_LA's part."""

    profile: pki.Profile
    log: str
    message: MessageRow
    document: bytes
    data: bytes
    bare: bytes
    mine: bytes
    other: bytes
    """A bundle of another document of the same axis."""

    @property
    def policy(self) -> Policy:
        return policy.parse(f"log {self.log}\nquorum none\n")

    @property
    def anchors(self) -> Anchors:
        """What an auditor has: the root, and nothing that ages."""
        return Anchors(self.profile.anchors().roots, grace=72 * HOUR)

    def verify(self, data: bytes, **options: object) -> Report:
        return verify(data, self.policy, self.anchors, **options)  # type: ignore[arg-type]


async def stamp(axis: Axis, credential: pki.Credential | None = None) -> int:
    """Have the newest checkpoint stamped and keep it; the size that it covers."""
    row = await axis.exchange.store.last_checkpoint()
    assert row is not None
    digest = sha256(Checkpoint(axis.log.origin, row.size, row.root).text).digest()
    authority = tsa.Authority(credential or axis.profile.hub("tsa"), axis.clock)
    token = timestamp.token_of(authority.answer(timestamp.request(digest, 7)))
    await axis.exchange.sequencer.submit(KeepTimestamp(row.size, token, axis.clock()))
    return row.size


async def lived(axis: Axis) -> MessageRow:
    """The life; the axis is a day further when it ends."""
    sent = await axis.send(VPCP, SON_LA, MAI_SON, HA_NOI, CHIENG_MUNG, other=priority(4))
    axis.clock.forward(MINUTE)
    await axis.take(SON_LA)
    axis.clock.forward(MINUTE)
    await axis.status(SON_LA, StatusCode.ACCEPTED, sent.answer)
    message = sent.answer.message
    await axis.fetch(HA_NOI)
    await axis.exchange.acknowledge_unsigned(axis.caller(HA_NOI), HA_NOI, [(message.id, message.sha256)])
    axis.clock.forward(MINUTE)
    await axis.status(VPCP, StatusCode.TAKE_BACK, sent.answer, other=MAI_SON)
    await stamp(axis)
    axis.clock.forward(HOUR)
    await axis.exchange.sweep()  # the warning
    axis.clock.forward(23 * HOUR)
    await axis.exchange.sweep()  # the end
    axis.clock.forward(MINUTE)
    await stamp(axis)
    assert await axis.states(sent.answer) == {
        SON_LA: "handed_over",
        HA_NOI: "handed_over",
        MAI_SON: "taken_back",
        CHIENG_MUNG: "expired",
    }
    return message


async def _make(folder: Path, keys: Path) -> Life:
    async with an_axis(folder, keys) as axis:
        message = await lived(axis)
        other = await axis.send(VPCP, SON_LA)
        await axis.take(SON_LA)
        make = partial(export, axis.exchange, axis.log)
        return Life(
            profile=axis.profile,
            log=axis.log.vkeys[0],
            message=message,
            document=axis.sent[message.id],
            data=await make(message, Wish(document=True)),
            bare=await make(message, Wish(statuses=False)),
            mine=await make(message, Wish(recipients=frozenset({SON_LA}))),
            other=await make(other.answer.message, Wish()),
        )


def make(folder: Path, keys: Path) -> Life:
    return asyncio.run(_make(folder, keys))


# changes of a bundle by somebody who holds no key


def remade(data: bytes, change: Callable[[dict[str, bytes]], None], **fields: object) -> bytes:
    """The bundle with its members changed and a manifest that fits again."""
    bundle = bundles.read(data)
    members = dict(bundle.members)
    change(members)
    return bundles.write(msgspec.structs.replace(bundle, members=members, **fields))


def without(part: str) -> Callable[[dict[str, bytes]], None]:
    """Takes every member out whose name holds this."""

    def change(members: dict[str, bytes]) -> None:
        gone = [name for name in members if part in name]
        assert gone, part
        for name in gone:
            del members[name]

    return change


# a hub that lies


@dataclass
class Story:
    """What the forger tells. Change it, then `forge`."""

    evidence: list[Evidence]
    counters: dict[str, bytes]
    other: dict[str, bytes]  # certificates, lists, the document, by their names in the bundle
    directory: list[bytes]
    message: str
    recipients: tuple[str, ...] = ()
    sealed_at: Millis | None = None
    sealer: Sealer | None = None
    sealed: Checkpoint | None = None
    stamped_at: Millis | None = None
    stamper: pki.Credential | None = None
    stamped: bytes | None = None
    seal: bool = True
    stamp: bool = True
    extra: dict[str, bytes] = field(default_factory=dict)

    def edit(self, number: int, **changes: object) -> None:
        self.evidence[number] = msgspec.structs.replace(self.evidence[number], **changes)

    def index(self, event: ev.Event, recipient: str = "") -> int:
        for number, evidence in enumerate(self.evidence):
            if evidence.event is event and (not recipient or recipient in [p.identifier for p in evidence.recipients]):
                return number
        raise LookupError(event)

    def countersign(self, number: int, signed: bytes, suffix: str = "jws") -> None:
        """Put `signed` into the bundle as what evidence `number` names."""
        digest = sha256(signed).hexdigest()
        by = self.evidence[number].counter
        assert by is not None
        self.edit(number, counter=ev.Counter(by=by.by, digest=f"sha-256:{digest}"))
        self.counters[named("counters", digest, suffix)] = signed


def story(life: Life) -> Story:
    """The truth, with chains left out so that it may be changed anywhere."""
    bundle = bundles.read(life.data)
    evidence = [
        ev.decode(parse(bundle.need(numbered("evidence", leaf, "tlog-proof"))).evidence)
        for leaf in bundle.numbers("evidence", "tlog-proof")
    ]
    pick = lambda *heads: {n: d for n, d in bundle.members.items() if n.startswith(heads)}  # noqa: E731
    return Story(
        evidence=[msgspec.structs.replace(e, sequence=None, anchor=None) for e in evidence],
        counters=pick("counters/"),
        other=pick("certificates/", "crls/", "document"),
        directory=[bundle.need(numbered("directory", n, "json")) for n in bundle.numbers("directory", "json")],
        message=bundle.message,
    )


def forge(life: Life, told: Story) -> bytes:
    """A bundle of that story under the hub's own keys, everything in one checkpoint."""
    tree = merkle.Tree(lambda level, n: b"")
    evidence = [ev.encode(e) for e in told.evidence]
    leaves = [(Kind.DIRECTORY, c) for c in told.directory] + [(Kind.EVIDENCE, c) for c in evidence]
    for kind, content in leaves:
        tree.append(merkle.leaf_hash(ev.entry(kind, content)))
    origin = policy.parse(f"log {life.log}\nquorum none\n").logs[0].verifier.name
    checkpoint = Checkpoint(origin, tree.size, tree.root())
    key = Signer.from_seed(origin, life.profile.note_key("log").private_bytes_raw())
    signed = note.sign(checkpoint, [key])
    members: dict[str, bytes] = {bundles.CHECKPOINT: signed, **told.counters, **told.other, **told.extra}
    for index, (kind, content) in enumerate(leaves):
        proof = tuple(tree.inclusion(index))
        if kind is Kind.EVIDENCE:
            receipt = Receipt(evidence=content, index=index, proof=proof, note=signed).encode()
            members[numbered("evidence", index, "tlog-proof")] = receipt
            members[numbered("receipts", index, "tlog-proof")] = receipt
        else:
            members[numbered("directory", index, "json")] = content
            bare = Receipt(evidence=b"", index=index, proof=proof, note=signed).encode()
            members[numbered("directory", index, "tlog-proof")] = bare
    last = told.evidence[-1].at
    if told.seal:
        sealer = told.sealer or own_sealer(life)
        token = sealer.seal(told.sealed or checkpoint, told.sealed_at or last)
        members[numbered("seals", checkpoint.size, "jws")] = token.encode()
    if told.stamp:
        members.update(_stamped(life, told, checkpoint, last))
    return bundles.write(Bundle(told.message, told.recipients, members))


def own_sealer(life: Life) -> Sealer:
    credential = life.profile.hub("seal")
    return Sealer.of(credential.key, credential.certificate)


def _stamped(life: Life, told: Story, checkpoint: Checkpoint, last: Millis) -> Mapping[str, bytes]:
    authority = tsa.Authority(
        told.stamper or life.profile.hub("tsa"), lambda: told.stamped_at if told.stamped_at is not None else last
    )
    digest = told.stamped or sha256(checkpoint.text).digest()
    token = timestamp.token_of(authority.answer(timestamp.request(digest, 7)))
    return {numbered("timestamps", checkpoint.size, "tst"): token}


def failed(report: Report) -> list[int]:
    """The steps that failed, and nothing else may make a report bad."""
    numbers = [step.number for step in report.steps if step.result == "failed"]
    assert report.ok == (not numbers)
    return numbers


def results(report: Report) -> Sequence[str]:
    return [step.result.value for step in report.steps]
