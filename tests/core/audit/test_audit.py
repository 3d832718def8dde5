"""The audit of a log: an honest one passes, and every way of being dishonest has its own finding."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.monitor import Outcome, audit
from hub.core.audit.findings import MOST, What
from hub.core.audit.log import State
from hub.core.errors import PolicyInvalid
from hub.core.evidence import format as ev
from hub.core.evidence.format import Event, Kind
from hub.core.evidence.manifest import lines
from hub.core.ids import make_id
from hub.core.log import note
from hub.core.log.keys import Checkpoint, Signer
from hub.core.log.merkle import EMPTY_ROOT
from hub.core.log.tiles import encode_entries, entries_path
from hub.core.model import Millis, iso_utc
from hub.core.strict import encode_base64
from tests.core.audit.forge import G22, H26, H52, HOUR, NOON, ORIGIN, POLICY, SIGNER, Forge, Served, a_day

DAY = 24 * HOUR


def run(source: Served, *, at: int = NOON + HOUR, saved: State | None = None, **options: Any) -> Outcome:
    return asyncio.run(audit(source, POLICY, Millis(at), saved=saved, **options))


def whats(source: Served, **options: Any) -> list[What]:
    return [finding.what for finding in run(source, **options).findings]


def found(forge: Forge, **options: Any) -> list[What]:
    return whats(forge.served(), **options)


# the log


@pytest.mark.parametrize("documents", [1, 2, 80, 300])
@pytest.mark.parametrize("objects", [True, False])
def test_an_honest_log_has_no_findings(documents: int, objects: bool) -> None:
    forge = a_day(documents)
    outcome = run(forge.served(objects=objects))
    assert outcome.findings == ()
    assert outcome.counts["leaves"] == len(forge.entries)
    assert outcome.checkpoint == Checkpoint(ORIGIN, len(forge.entries), forge.tree.root())
    assert outcome.state is not None
    assert ("evidence" in outcome.counts) is objects
    if objects:
        assert outcome.counts["evidence"] == len(forge.entries)
        assert outcome.counts["held"] == 2 * documents


def test_every_tile_is_compared() -> None:
    forge = a_day(300)
    served = forge.served(objects=False)
    tiles = [path for path in served.files if path.startswith("tile/") and "entries" not in path]
    assert run(served).counts["tiles"] == len(tiles) > 5
    for path in tiles:
        flipped = forge.served(objects=False)
        flipped.flip(path, 40)
        (finding,) = run(flipped).findings
        assert finding.what is What.TILE_DIFFERS
        level, n = path.split("/")[1], int(path.split("/")[2].split(".")[0])
        assert finding.subject.startswith(f"tile {level}/{n}")
        assert finding.subject.endswith("hash 1")
        del flipped.files[path]
        assert whats(flipped) == [What.TILE_MISSING]


def test_entries_that_do_not_make_the_root() -> None:
    served = a_day(80).served(objects=False)
    path = next(p for p in served.files if "entries" in p)
    served.flip(path, 10)
    assert set(whats(served)) == {What.TILE_DIFFERS, What.ROOT_DIFFERS}
    assert run(served).state is None, "nothing is kept of a log that does not hold"


@pytest.mark.parametrize("spoil", ["missing", "short", "long", "length"])
def test_a_bundle_that_cannot_be_read(spoil: str) -> None:
    served = a_day(80).served()
    path = next(p for p in served.files if "entries" in p)
    data = served.files.pop(path)
    changed = {"short": data[:-1], "long": data + b"\0", "length": b"\xff" + data[1:]}
    if spoil in changed:
        served.files[path] = changed[spoil]
    outcome = run(served)
    assert [f.what for f in outcome.findings] == [What.ENTRIES_UNREADABLE]
    assert outcome.state is None


def test_entries_of_another_form_are_told() -> None:
    forge = a_day(1)
    for entry in (b"", b"x", bytes((1, 9)) + bytes(32), bytes((2, 1)) + bytes(32)):
        forge.entries.append(entry)
        forge.objects.append(b"")
        forge.tree.append(ev.sha256(b"\0" + entry).digest())
    assert found(forge) == [What.ENTRY_MALFORMED] * 4


@pytest.mark.parametrize("wrong", ["key", "signature", "origin", "none", "rubbish"])
def test_a_checkpoint_that_the_policy_does_not_accept(wrong: str) -> None:
    forge = a_day(1)
    served = forge.served()
    checkpoint = Checkpoint(ORIGIN, forge.tree.size, forge.tree.root())
    notes = {
        "key": note.sign(checkpoint, [Signer.from_seed(ORIGIN, bytes(32))]),
        "signature": served.files["checkpoint"].replace(b"\n3\n", b"\n4\n"),
        "origin": note.sign(msgspec.structs.replace(checkpoint, origin="x"), [SIGNER]),
        "rubbish": b"rubbish",
    }
    if wrong == "none":
        del served.files["checkpoint"]
    else:
        served.files["checkpoint"] = notes[wrong]
    assert whats(served) == [What.CHECKPOINT_INVALID]


# objects


def test_objects_are_held_against_their_entries() -> None:
    served = a_day(2).served()
    assert served.content is not None
    other = served.content[3]
    served.content[3] = served.content[2]
    assert What.OBJECT_DIFFERS in whats(served)
    served.content[3] = other
    del served.content[-1]
    assert whats(served) == [What.OBJECT_MISSING]


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"identifier": "urn:uuid:01234567-89ab-8cde-8f01-0123456789ab"}, What.IDENTIFIER_DIFFERS),
        ({"identifier": "urn:uuid:01234567-89ab-4cde-8f01-0123456789ab"}, What.IDENTIFIER_DIFFERS),
        ({"issuer": ev.Party("another.hub/log")}, What.ISSUER_DIFFERS),
        ({"event_time": iso_utc(Millis(NOON - 1))}, What.TIME_RUNS_BACK),
        ({"sequence": None}, What.SEQUENCE_GAP),
        ({"sequence": ev.Sequence(H52, "in", 3, "sha-256:" + "0" * 64)}, What.SEQUENCE_GAP),
        ({"sequence": ev.Sequence(H52, "in", 2, "sha-256:" + "0" * 64)}, What.SEQUENCE_CHAIN),
        ({"anchor": None}, What.ANCHOR_DIFFERS),
        ({"anchor": ev.Anchor(ORIGIN, 1, encode_base64(bytes(32)))}, What.ANCHOR_DIFFERS),
        ({"anchor": ev.Anchor(ORIGIN, 0, encode_base64(EMPTY_ROOT))}, What.ANCHOR_DIFFERS),
        ({"anchor": ev.Anchor("another.hub/log", 3, encode_base64(bytes(32)))}, What.ANCHOR_DIFFERS),
        ({"anchor": ev.Anchor(ORIGIN, 99, encode_base64(bytes(32)))}, What.ANCHOR_TOO_YOUNG),
    ],
    ids=lambda value: value.value if isinstance(value, What) else "-".join(value),
)
def test_what_one_evidence_may_have_wrong(changes: dict[str, Any], what: What) -> None:
    forge = a_day(1, [H52])
    message = forge.accept(G22, H52)
    forge.commit()
    forge.happens(Event.CONTENT_HANDOVER, message, H52, **changes)
    assert what in found(forge)


def test_evidence_that_is_not_canonical_is_not_evidence() -> None:
    forge = a_day(1)
    content = forge.objects[0].replace(b'{"', b'{ "', 1)
    forge.put(Kind.EVIDENCE, content)
    forge.put(Kind.MANIFEST, b"{}")
    forge.put(Kind.DIRECTORY, b"{}")
    assert found(forge) == [What.OBJECT_UNREADABLE] * 3


def test_an_evidence_left_out_breaks_its_agencys_chain() -> None:
    honest = a_day(4, [H52])
    for gone in range(1, len(honest.objects) - 1):
        forge = Forge()
        for content in honest.objects[:gone] + honest.objects[gone + 1 :]:
            forge.put(Kind.EVIDENCE, content)
        assert {What.SEQUENCE_GAP, What.DELIVERY_UNKNOWN} & set(found(forge))


def test_evidence_from_the_future() -> None:
    assert found(a_day(1), at=NOON - HOUR) == [What.TIME_AHEAD]


def test_the_anchor_is_the_state_of_this_very_log() -> None:
    """Any size between the anchor before and the leaf is good with its true root, and with no other."""
    forge = a_day(3, [H52])
    roots = {size: encode_base64(forge.tree.root(size)) for size in range(forge.tree.size + 1)}
    assert forge.anchor is not None
    least = forge.anchor.size
    message = forge.accept(G22, H52)
    forge.happens(Event.CONTENT_HANDOVER, message, H52, anchor=ev.Anchor(ORIGIN, least, roots[least]))
    assert found(forge) == []
    forge.accept(G22, H52, anchor=ev.Anchor(ORIGIN, least, roots[least - 1]))
    assert found(forge) == [What.ANCHOR_DIFFERS]


# deliveries

OPEN = [Event.CONTENT_HANDOVER, Event.CONSIGNMENT_REJECTION, Event.ACCEPTANCE_REJECTION_EXPIRY, Event.RECALL_CONFIRMED]
HELD = [Event.CONSIGNMENT_ACCEPTANCE, Event.BUSINESS_STATUS, Event.RECALL_REFUSED]


def story(*events: Event, due: float = 4, late: int = 0) -> list[What]:
    """One delivery, to which these happen as they should: asked for before it is taken back, expired when it is due."""
    forge = Forge()
    message = forge.accept(G22, H52, hours=due)
    forge.commit()
    ends = forge.at + int(due * HOUR)
    forge.at += late
    for number, event in enumerate(events):
        held = Event.CONTENT_HANDOVER in events[:number]
        if event is Event.ACCEPTANCE_REJECTION_EXPIRY:
            forge.at = max(forge.at, ends)
        if event is Event.RECALL_CONFIRMED and not held:
            forge.happens(event, message, H52, recall=forge.asks(message, H52))
        elif event in (Event.RECALL_CONFIRMED, Event.RECALL_REFUSED):
            code = "15" if event is Event.RECALL_CONFIRMED else "16"
            forge.answers(event, message, H52, forge.asks(message, H52), code)
        else:
            forge.happens(event, message, H52)
    return found(forge, at=forge.at)


@pytest.mark.parametrize("end", OPEN, ids=lambda e: e.short)
def test_a_delivery_ends_once(end: Event) -> None:
    assert story(end) == []
    assert story(Event.HANDOVER_WARNING, end) == []
    for again in OPEN:
        second_end = end is Event.CONTENT_HANDOVER and again in (Event.CONSIGNMENT_REJECTION, Event.RECALL_CONFIRMED)
        assert story(end, again) == ([] if second_end else [What.DELIVERY_UNKNOWN]), again


@pytest.mark.parametrize("event", HELD, ids=lambda e: e.short)
def test_only_who_holds_it_can_report(event: Event) -> None:
    read = event is Event.RECALL_REFUSED  # who was offered it may answer before it signs for it
    assert story(event) == ([] if read else [What.DELIVERY_UNKNOWN])
    assert story(Event.CONTENT_HANDOVER, event, event, Event.RECALL_CONFIRMED) == []
    assert story(Event.CONTENT_HANDOVER, Event.RECALL_CONFIRMED, event) == [What.DELIVERY_UNKNOWN]


def test_an_end_of_what_was_never_accepted() -> None:
    forge = a_day(1)
    message = forge.accept(G22, H52)
    forge.happens(Event.CONTENT_HANDOVER, message, H26)
    assert found(forge) == [What.DELIVERY_UNKNOWN]


def test_a_message_is_accepted_once() -> None:
    forge = Forge()
    message = forge.accept(G22, H52)
    forge.accept(G22, H52, message=message)
    assert found(forge) == [What.DELIVERY_TWICE]


def test_late_ends_and_missing_ends() -> None:
    hour = HOUR
    assert story(due=1) == []
    assert story(due=1, late=2 * hour) == []  # within grace
    assert story(due=1, late=2 * hour + 1) == [What.DELIVERY_OVERDUE]
    assert story(Event.ACCEPTANCE_REJECTION_EXPIRY, due=1, late=2 * hour) == []
    assert story(Event.ACCEPTANCE_REJECTION_EXPIRY, due=1, late=2 * hour + 1) == [What.DELIVERY_LATE]
    assert story(Event.HANDOVER_WARNING, due=1, late=3 * hour) == [What.DELIVERY_OVERDUE]
    assert story(Event.CONTENT_HANDOVER, Event.RECALL_CONFIRMED, due=1, late=1) == []


def test_a_status_is_a_message_to_the_other_end_without_a_time() -> None:
    forge = Forge()
    message = forge.accept(G22, H52, hours=1)
    forge.happens(Event.CONTENT_HANDOVER, message, H52)
    status = "urn:uuid:01a2057f-6f84-80c3-b934-da0000000009"
    forge.happens(Event.CONSIGNMENT_ACCEPTANCE, message, H52, status=ev.StatusMark("03", status))
    forge.at += 10 * HOUR
    assert found(forge, at=forge.at) == []
    forge.happens(Event.CONTENT_HANDOVER, status, G22, sender=H52)
    assert found(forge, at=forge.at) == []
    forge.happens(Event.CONTENT_HANDOVER, status, G22, sender=H52)
    assert found(forge, at=forge.at) == [What.DELIVERY_UNKNOWN]


# days


def two_days() -> Forge:
    forge = a_day(3)
    forge.at += DAY
    forge.manifest("2026-11-22")
    forge.commit()
    forge.accept(G22, H52)
    forge.commit()
    return forge


def test_a_manifest_tells_what_the_log_holds() -> None:
    assert found(two_days(), at=NOON + DAY + HOUR) == []


def test_a_day_without_its_manifest() -> None:
    forge = a_day(3)
    assert found(forge, at=NOON + DAY) == [What.MANIFEST_MISSING]
    assert found(forge, at=NOON + 13 * HOUR) == []  # midnight was minutes ago


def spoiled(forge: Forge, **changes: Any) -> list[What]:
    forge.at += DAY
    forge.manifest("2026-11-22", **changes)
    return found(forge, at=forge.at)


def without_one_line(forge: Forge) -> dict[str, Any]:
    return {"agencies": lines(forge.days["2026-11-22"])[1:]}


def with_another_count(forge: Forge) -> dict[str, Any]:
    first, *rest = lines(forge.days["2026-11-22"])
    return {"agencies": (msgspec.structs.replace(first, count=first.count - 1), *rest)}


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        (lambda forge: {}, None),
        (without_one_line, What.MANIFEST_DIFFERS),
        (with_another_count, What.MANIFEST_DIFFERS),
        (lambda forge: {"day": "2026-11-21"}, What.MANIFEST_DIFFERS),
        (lambda forge: {"end": len(forge.entries) - 1}, What.MANIFEST_DIFFERS),
        (lambda forge: {"end": len(forge.entries) + 1}, What.MANIFEST_DIFFERS),
        (lambda forge: {"start": 1}, What.MANIFEST_GAP),
        (lambda forge: {"previous": "sha-256:" + "0" * 64}, What.MANIFEST_GAP),
    ],
)
def test_a_manifest_that_tells_otherwise(changes: Callable[[Forge], dict[str, Any]], what: What | None) -> None:
    forge = a_day(3)
    assert spoiled(forge, **changes(forge)) == ([what] if what else [])


def test_evidence_of_a_day_after_its_manifest() -> None:
    forge = two_days()
    forge.at = NOON
    message = forge.accept(G22, H52)
    assert message
    assert What.MANIFEST_DIFFERS in found(forge, at=NOON + DAY)


def test_a_manifest_twice() -> None:
    forge = two_days()
    forge.manifest("2026-11-22")
    assert What.MANIFEST_DIFFERS in found(forge, at=NOON + DAY + HOUR)


# from one audit to the next


def test_the_next_audit_reads_only_what_is_new() -> None:
    forge = a_day(300)
    first = run(forge.served())
    message = forge.accept(G22, H52)
    forge.commit()
    forge.happens(Event.CONTENT_HANDOVER, message, H52)
    served = forge.served()
    second = run(served, saved=first.state)
    assert second.findings == ()
    assert second.counts["leaves"] == 2
    entries = [path for path in served.reads if "entries" in path]
    assert len(set(entries)) == 1
    assert [path for path in served.reads if path.startswith("objects")] == [f"objects {len(forge.entries) - 2} 2"]


def test_nothing_new_is_nothing_to_read() -> None:
    forge = a_day(3)
    first = run(forge.served())
    again = run(forge.served(), saved=first.state)
    assert (again.findings, again.counts["leaves"]) == ((), 0)
    assert again.state is not None
    assert again.state.record == first.state.record if first.state else None


@pytest.mark.parametrize("objects", [True, False])
def test_a_rewritten_history_is_told_apart_from_the_saved_one(objects: bool) -> None:
    saved = run(a_day(100).served(objects=objects)).state
    assert saved is not None
    forge = Forge()
    forge.accept(G22, H26)
    for content in a_day(150).objects[1:]:
        forge.put(Kind.EVIDENCE, content)
    other = run(forge.served(objects=objects), saved=saved)
    assert [f.what for f in other.findings] == [What.HISTORY_REWRITTEN]
    assert other.state is None
    assert whats(a_day(99).served(objects=objects), saved=saved) == [What.LOG_SHRUNK]
    same_size = Forge()
    for content in reversed(a_day(100).objects):
        same_size.put(Kind.EVIDENCE, content)
    assert whats(same_size.served(objects=objects), saved=saved) == [What.HISTORY_REWRITTEN]


def test_a_rewritten_history_where_the_objects_are_read_for_the_first_time() -> None:
    saved = run(a_day(100).served(objects=False)).state
    assert saved is not None
    assert run(a_day(150).served(), saved=saved).findings == ()
    forge = a_day(99, [H52])
    assert What.HISTORY_REWRITTEN in whats(forge.served(), saved=saved) or forge.tree.size < saved.checkpoint.size


def test_what_was_open_is_remembered() -> None:
    forge = a_day(2)
    message = forge.accept(G22, H52, H26, hours=1)
    forge.happens(Event.CONTENT_HANDOVER, message, H26)
    asked = forge.asks(message, H26)
    state = run(forge.served()).state
    assert state is not None
    state = State.decode(state.encode())  # as from its file
    assert run(forge.served(), saved=state).findings == ()
    assert whats(forge.served(), saved=state, at=NOON + 3 * HOUR) == [What.DELIVERY_OVERDUE]
    forge.commit()
    forge.at += HOUR
    forge.answers(Event.RECALL_CONFIRMED, message, H26, asked, "15")
    forge.happens(Event.ACCEPTANCE_REJECTION_EXPIRY, message, H52)
    forge.happens(Event.ACCEPTANCE_REJECTION_EXPIRY, message, H52)
    assert whats(forge.served(), saved=state) == [What.DELIVERY_UNKNOWN]


def test_a_saved_state_is_a_state_or_is_refused() -> None:
    for data in (b"", b"{}", b'{"note":"x","version":1}', b'{"note":"x","version":2}'):
        with pytest.raises(PolicyInvalid):
            State.decode(data)


@settings(max_examples=12, deadline=None)
@given(cuts=st.lists(st.integers(1, 420), min_size=1, max_size=4), chosen=st.integers(0, 2**32))
def test_audits_in_parts_find_what_one_audit_finds(cuts: list[int], chosen: int) -> None:
    """Whatever is wrong and wherever the audits stop, together they tell the same."""
    forge, rng = a_day(120), random.Random(chosen)
    message = forge.accept(G22, H52)
    flaw = rng.choice([Event.BUSINESS_STATUS, Event.CONTENT_HANDOVER, Event.RECALL_REFUSED])
    forge.happens(flaw, message, H52)
    whole = [(f.what, f.leaf) for f in run(forge.served()).findings]
    parts: list[tuple[What, int | None]] = []
    state = None
    for size in sorted({min(cut, len(forge.entries) - 1) for cut in cuts} | {len(forge.entries)}):
        part = prefix(forge, size)
        outcome = run(part, saved=state)
        parts += [(f.what, f.leaf) for f in outcome.findings]
        assert outcome.state is not None
        state = outcome.state
    assert parts == whole


def prefix(forge: Forge, size: int) -> Served:
    """The log as it was when it had `size` leaves."""
    shorter = Forge()
    for entry, content in zip(forge.entries[:size], forge.objects[:size], strict=True):
        shorter.put(Kind(entry[1]), content)
    return shorter.served()


def test_findings_are_counted_when_they_are_too_many() -> None:
    forge = Forge()
    for _ in range(MOST + 5):
        forge.put(Kind.EVIDENCE, b"{}")
    outcome = run(forge.served())
    assert (len(outcome.findings), outcome.omitted) == (MOST, 5)


def test_every_finding_has_a_text_in_both_languages() -> None:
    for what in What:
        assert what.text.vi
        assert what.text.en
        assert what.text.vi != what.text.en


def test_a_bundle_of_another_log_does_not_pass() -> None:
    forge, other = a_day(300), a_day(301, [H52])
    served = forge.served(objects=False)
    path = entries_path(1)
    served.files[path] = encode_entries(other.entries[256:512])
    assert What.ROOT_DIFFERS in whats(served)


# who asked, who signed, and what was promised


def told(forge: Forge) -> list[What]:
    return found(forge, at=forge.at)


def test_nothing_expires_before_its_time_nor_without_one() -> None:
    for due in ({}, {"due": ""}):
        forge = Forge()
        message = forge.accept(G22, H52, hours=2, **due)
        forge.at += HOUR
        forge.happens(Event.ACCEPTANCE_REJECTION_EXPIRY, message, H52)
        assert told(forge) == [What.DELIVERY_EARLY]


def test_a_due_time_is_put_off_and_never_brought_forward() -> None:
    for hours, whats_ in ((3, []), (1, [What.DELIVERY_EARLY])):
        forge = Forge()
        message = forge.accept(G22, H52, H26, hours=2)
        forge.happens(Event.HANDOVER_WARNING, message, H52, due=iso_utc(Millis(forge.at + hours * HOUR)))
        saved = run(forge.served(), at=forge.at).state
        assert saved is not None
        forge.commit()
        forge.at += 2 * HOUR
        forge.happens(Event.ACCEPTANCE_REJECTION_EXPIRY, message, H26)
        forge.at += HOUR
        forge.happens(Event.ACCEPTANCE_REJECTION_EXPIRY, message, H52)
        assert told(forge) == whats_
        again = run(forge.served(), at=forge.at, saved=State.decode(saved.encode()))
        assert again.findings == ()


def test_nothing_is_taken_back_unasked_or_without_the_signed_answer() -> None:
    forge = Forge()
    message = forge.accept(G22, H52, rules=2)
    forge.happens(Event.CONTENT_HANDOVER, message, H52)
    recall = ev.RecallMark(message, "status-13")
    forge.answers(Event.RECALL_REFUSED, message, H52, recall, "16")
    assert What.DELIVERY_UNASKED in told(forge)
    forge = Forge()
    message = forge.accept(G22, H52, rules=2)
    forge.happens(Event.CONTENT_HANDOVER, message, H52)
    forge.happens(Event.RECALL_CONFIRMED, message, H52, recall=forge.asks(message, H52))
    assert What.DELIVERY_UNASKED in told(forge)  # it lapsed, says the hub


def test_bytes_are_kept_while_somebody_waits_for_them() -> None:
    forge = Forge()
    message = forge.accept(G22, H52, H26)
    forge.happens(Event.CONTENT_HANDOVER, message, H52)
    forge.evidence(Event.RETENTION_APPLIED, (G22, "out"), message=message)
    assert told(forge) == [What.PURGED_EARLY]
    forge = Forge()
    message = forge.accept(G22, H52)
    forge.happens(Event.CONTENT_HANDOVER, message, H52)
    forge.asks(message, H52)
    forge.evidence(Event.RETENTION_APPLIED, (G22, "out"), message=message)
    assert told(forge) == [What.PURGED_EARLY]


def test_a_status_and_a_proof_serve_once() -> None:
    forge = Forge()
    digest = "sha-256:" + "d" * 64
    signed = ev.SignatureMark("VALID", proof=digest)
    for _ in range(2):
        message = forge.accept(G22, H52, signature=signed)
        forge.happens(Event.CONTENT_HANDOVER, message, H52)
        status = ev.StatusMark("03", make_id(Millis(forge.at), forge.messages + 100, bytes(5)))
        counter = ev.Counter(H52, digest=digest)
        forge.happens(Event.CONSIGNMENT_ACCEPTANCE, message, H52, status=status, counter=counter)
    assert set(told(forge)) == {What.SIGNER_UNBOUND, What.PROOF_TWICE, What.STATUS_TWICE}


def test_earlier_rules_do_not_come_back() -> None:
    forge = Forge()
    forge.accept(G22, H52, rules=2)
    forge.accept(G22, H52)
    assert told(forge) == [What.RULES_DROPPED]
