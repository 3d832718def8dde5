"""The audit of a bundle: nine numbered steps, each with its own result, none of which asks the hub.

    1  the bundle is whole: only form of the archive, every member as the manifest says (`bundle`)
    2  the log: signature, quorum of witnesses by the auditor's policy, one history (`log`)
    3  every evidence is canonical and in the log (`log`)
    4  all evidence is about one document, and the document at hand is that one (`signatures`)
    5  the document's own signature was valid when it was accepted (`signatures`)
    6  the recipients' counter-signatures (`countersignatures`)
    7  the life is one that could have been (`life`)
    8  the hub's X.509 seals (`times`)
    9  the RFC 3161 time stamps (`times`)

A step passes, fails, or says honestly that there was nothing to check: `absent` where its subject was never made, `not
enclosed` where it exists elsewhere, `on behalf` where another signed for a party that it acts for, `not reached` where
an earlier step failed that it stands on. Only a failed step makes the verdict bad, or any but a passed one where the
auditor is `strict`.

Everything comes from the bundle, the auditor's policy and anchors, and the objects that they verify. Signatures are
judged at the time of the evidence that carries them, which the log, seals and time stamps back: so a bundle stays good
when its certificates have expired and when the document itself was deleted.

`verify` does not raise, for any bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final, TypeVar

import msgspec

from hub.core.bundle import contents as bundles
from hub.core.bundle import countersignatures as bundle_counters
from hub.core.bundle import life
from hub.core.bundle import log as bundle_log
from hub.core.bundle import signatures as bundle_signatures
from hub.core.bundle import times as bundle_time
from hub.core.bundle.contents import Bundle
from hub.core.bundle.life import Stage
from hub.core.bundle.log import Entry, History, Proved
from hub.core.bundle.signatures import Credentials, Identity, Shown
from hub.core.bundle.times import Seals, Stamped
from hub.core.errors import AxisError, Text
from hub.core.evidence.format import Event
from hub.core.log.policy import Policy
from hub.core.model import Millis, iso_utc
from hub.core.signature.anchors import Anchors

T = TypeVar("T")
_Found = tuple[T, "Result", tuple[Text, ...]]
"""A step's finding, its name, and notes on it."""

TITLES: Final = {
    1: Text("hồ sơ đúng dạng, đủ thành phần", "the bundle is well formed and whole"),
    2: Text("nhật ký đã ký, đủ nhân chứng, một lịch sử", "the log signed, witnesses suffice, one history"),
    3: Text("mọi bằng chứng chuẩn tắc và nằm trong nhật ký", "every evidence is canonical and in the log"),
    4: Text("mọi bằng chứng về cùng một văn bản", "all evidence is about one document"),
    5: Text("chữ ký số của văn bản hợp lệ khi tiếp nhận", "the document's signature was valid at acceptance"),
    6: Text("bên nhận đã ký xác nhận", "the recipients' counter-signatures"),
    7: Text("diễn biến hợp lý", "the life is coherent"),
    8: Text("dấu X.509 của Trục", "the hub's X.509 seals"),
    9: Text("dấu thời gian RFC 3161", "RFC 3161 time stamps"),
}


class Result(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    ABSENT = "absent"
    NOT_ENCLOSED = "not enclosed"
    ON_BEHALF = "on behalf"
    NOT_REACHED = "not reached"


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step's result. `problem` is empty unless it failed; `notes` are for a person."""

    number: int
    title: Text
    result: Result
    problem: Text = Text("", "")
    notes: tuple[Text, ...] = ()


class TimeStamp(msgspec.Struct, frozen=True):
    """`size`: leaves that existed at `at`. `authority`: SHA-256 (hex) of its certificate."""

    size: int
    at: str
    policy: str
    authority: str


class Facts(msgspec.Struct, frozen=True, omit_defaults=True):
    """The facts that the passed steps proved; facts that no step reached are left out. Times are RFC 3339 UTC.

    `recipients`: stage of each; `events`: (leaf, time, event, recipients); `proved_at`: the latest time in the bundle.
    """

    message: str = ""
    document_id: str = ""
    sender: str = ""
    sha256: str = ""
    recipients: dict[str, str] = {}
    events: tuple[tuple[int, str, str, tuple[str, ...]], ...] = ()
    origin: str = ""
    size: int = 0
    cosigners: tuple[str, ...] = ()
    countersigned: int = 0
    behalf: int = 0
    signature: str = ""
    sealed: int = 0
    time_stamps: tuple[TimeStamp, ...] = ()
    proved_at: str = ""


class Report(msgspec.Struct, frozen=True):
    ok: bool
    steps: tuple[Step, ...]
    facts: Facts


def verify(
    data: bytes,
    policy: Policy,
    anchors: Anchors,
    *,
    document: bytes | None = None,
    at: Millis | None = None,
    strict: bool = False,
) -> Report:
    """Steps 1 to 9. `document`: as the auditor has it, to be compared and examined. `at`: the auditor's time, if
    cosignatures from the future are not to count. `strict`: an absent or not enclosed object counts as failed."""
    audit = _Audit()
    bundle = audit.run(1, lambda: _read(data, anchors))
    if bundle is not None:
        _examine(audit, *bundle, policy, document, at)
    steps = tuple(audit.steps.get(n) or Step(n, title, Result.NOT_REACHED) for n, title in TITLES.items())
    good = (Result.PASSED,) if strict else (Result.PASSED, Result.ABSENT, Result.NOT_ENCLOSED, Result.ON_BEHALF)
    return Report(all(step.result in good for step in steps), steps, audit.facts)


class _Audit:
    """Results as they come. `run` turns every exception of a step into its failure: fail closed, and by name."""

    def __init__(self) -> None:
        self.steps: dict[int, Step] = {}
        self.facts = Facts()

    def run(self, number: int, check: Callable[[], _Found[T]]) -> T | None:
        try:
            value, result, notes = check()
        except AxisError as error:
            self._failed(number, Text(error.vi, error.en))
        except Exception as error:
            kind = type(error).__name__
            self._failed(number, Text(f"không xử lý được ({kind})", f"cannot be processed ({kind})"))
        else:
            self.steps[number] = Step(number, TITLES[number], result, notes=notes)
            return value
        return None

    def _failed(self, number: int, problem: Text) -> None:
        self.steps[number] = Step(number, TITLES[number], Result.FAILED, problem)

    def know(self, **facts: object) -> None:
        self.facts = msgspec.structs.replace(self.facts, **facts)


def _passed(value: T, notes: tuple[Text, ...] = (), result: Result = Result.PASSED) -> _Found[T]:
    return value, result, notes


def _read(data: bytes, anchors: Anchors) -> _Found[tuple[Bundle, Credentials]]:
    bundle = bundles.read(data)
    return _passed((bundle, bundle_signatures.credentials(bundle, anchors)))


def _examine(
    audit: _Audit, bundle: Bundle, trusted: Credentials, policy: Policy, document: bytes | None, at: Millis | None
) -> None:
    proved = audit.run(2, lambda: _history(audit, bundle, policy, at))
    if proved is None:
        return
    found = audit.run(3, lambda: _included(audit, bundle, proved, policy, at))
    if found is None:
        return
    entries = found.entries
    seals = audit.run(8, lambda: _seals(audit, bundle, proved, entries, trusted))
    stamps = audit.run(9, lambda: _stamps(audit, bundle, proved, entries, trusted, policy, at))
    who = audit.run(4, lambda: _identity(audit, bundle, entries, proved, document))
    if who is None:
        return
    audit.run(5, lambda: _document(audit, bundle, who, found, trusted))
    audit.run(6, lambda: _counters(audit, bundle, found, who, trusted))
    audit.run(7, lambda: _life(audit, bundle, entries, who, proved, seals, stamps))


def _history(audit: _Audit, bundle: Bundle, policy: Policy, at: Millis | None) -> _Found[History]:
    proved = bundle_log.history(bundle, policy, at)
    main = proved.main
    cosigners = tuple(cosigner.name for cosigner in main.cosigners)
    audit.know(origin=main.checkpoint.origin, size=main.checkpoint.size, cosigners=cosigners)
    names = ", ".join(cosigners)
    notes = () if cosigners else (Text("không có nhân chứng nào được tính", "no witness counted"),)
    return _passed(proved, (Text(f"nhân chứng: {names}", f"witnesses: {names}"),) if cosigners else notes)


def _included(audit: _Audit, bundle: Bundle, proved: History, policy: Policy, at: Millis | None) -> _Found[Proved]:
    found = bundle_log.proved(bundle, proved, policy, at)
    entries = found.entries
    events = tuple(
        (e.leaf, e.evidence.event_time, e.evidence.event.short, tuple(p.identifier for p in e.evidence.recipients))
        for e in entries
    )
    audit.know(events=events)
    count = len(entries)
    return _passed(found, (Text(f"{count} bằng chứng", f"{count} evidence"),))


def _identity(
    audit: _Audit, bundle: Bundle, entries: tuple[Entry, ...], proved: History, document: bytes | None
) -> _Found[Identity]:
    who = bundle_signatures.identity(bundle, entries, proved.main.checkpoint.origin, document)
    audit.know(message=bundle.message, document_id=who.document_id, sender=who.sender, sha256=who.digest.hex())
    view = ", ".join(bundle.recipients)
    notes = (Text(f"phần của {view}", f"the view of {view}"),) if view else ()
    return _passed(who, notes)


_SHOWN: Final = {
    Shown.DOCUMENT: Result.PASSED,
    Shown.PROOF: Result.NOT_ENCLOSED,
    Shown.HUBS_WORD: Result.NOT_ENCLOSED,
    Shown.NONE_VALID: Result.ABSENT,
}


def _document(audit: _Audit, bundle: Bundle, who: Identity, found: Proved, trusted: Credentials) -> _Found[Shown]:
    accepted = who.acceptance
    shown, notes = bundle_signatures.document_signature(bundle, accepted, who.document, found.bindings, trusted)
    audit.know(signature=shown.value)
    return _passed(shown, notes, _SHOWN[shown])


def _counters(audit: _Audit, bundle: Bundle, found: Proved, who: Identity, trusted: Credentials) -> _Found[int]:
    tally = bundle_counters.counter_signatures(bundle, found, who, trusted)
    audit.know(countersigned=tally.signed, behalf=tally.behalf)
    notes = (Text(f"{tally.signed} chữ ký xác nhận", f"{tally.signed} counter-signatures"), *tally.notes)
    if tally.behalf:
        return _passed(tally.signed, notes, Result.ON_BEHALF)
    if tally.missing:
        return _passed(tally.signed, notes, Result.NOT_ENCLOSED)
    return _passed(tally.signed, notes, Result.ABSENT if tally.absent or not tally.signed else Result.PASSED)


def _life(
    audit: _Audit,
    bundle: Bundle,
    entries: tuple[Entry, ...],
    who: Identity,
    proved: History,
    seals: Seals | None,
    stamps: tuple[Stamped, ...] | None,
) -> _Found[dict[str, Stage]]:
    times = [entry.evidence.at for entry in entries] + [cosigner.at for cosigner in proved.main.cosigners]
    times += [seals.at] if seals is not None else []
    times += [one.stamp.at for one in stamps or ()]
    as_of = Millis(max(times))
    stages = life.check(entries, bundle.recipients or who.recipients, as_of)
    audit.know(recipients={code: stage.value for code, stage in stages.items()}, proved_at=iso_utc(as_of))
    waiting = sum(stage is Stage.WAITING for stage in stages.values())
    notes = [Text(f"{waiting} nơi nhận còn trong hạn", f"{waiting} still within their time")] if waiting else []
    if any(entry.evidence.event is Event.RETENTION_APPLIED for entry in entries):
        notes.append(Text("Trục đã xóa nội dung văn bản theo thời hạn lưu", "the hub has deleted the document's bytes"))
    return _passed(stages, tuple(notes))


def _seals(
    audit: _Audit, bundle: Bundle, proved: History, entries: tuple[Entry, ...], trusted: Credentials
) -> _Found[Seals]:
    found = bundle_time.seals(bundle, proved, entries, trusted)
    audit.know(sealed=found.sealed)
    if not found.sealed:
        return _passed(found, result=Result.ABSENT)
    text = f"{found.sealed}/{found.total}"
    return _passed(found, (Text(f"{text} bằng chứng dưới dấu", f"{text} evidence under a seal"),))


def _stamps(
    audit: _Audit,
    bundle: Bundle,
    proved: History,
    entries: tuple[Entry, ...],
    trusted: Credentials,
    policy: Policy,
    at: Millis | None,
) -> _Found[tuple[Stamped, ...]]:
    found = bundle_time.stamps(bundle, proved, entries, trusted, policy, at)
    told = tuple(TimeStamp(one.size, iso_utc(one.stamp.at), one.stamp.policy, one.stamp.certificate) for one in found)
    audit.know(time_stamps=told)
    if not found:
        return _passed(found, result=Result.ABSENT)
    covered = sum(entry.leaf < found[-1].size for entry in entries)
    text = f"{covered}/{len(entries)}"
    return _passed(found, (Text(f"{text} bằng chứng có dấu thời gian", f"{text} evidence under a time stamp"),))
