"""What programmes derive follows the record, whatever happens to either; with a programme of the tests."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hub.core import edxml
from hub.core.edxml import Attachment, ResponseFor
from hub.core.edxml.detail import Answers, Detail, File, Notable, decode, notable
from hub.core.model import Agency, Millis, SignaturePolicy, StatusCode, Tier, vietnam_date
from hub.following import following as module
from hub.following.following import Following
from hub.following.ridden import described, ridden_of
from hub.following.stream import upcoming
from hub.programmes import riding
from hub.programmes.registry import PROGRAMMES
from hub.programmes.riding import Case, Ridden
from hub.record.acts.incoming import Accepted
from hub.store.programmes import Figures, Mark, Programmes, Wanted
from hub.store.search import Bill
from hub.upkeep import retention
from tests.store.test_in_flight import kept as kept_of_version
from tests.store.test_in_flight import log_key, put
from tests.support.axis import HA_NOI, MAI_SON, SON_LA, VPCP, Axis, Clock, an_axis, registered, update
from tests.support.counting import Counting

ROLES = ("giver", "doer")
SOON = date(2026, 12, 1)


def followed(
    folder: Path, keys: Path, clock: Clock | None = None, version: int = 1
) -> AbstractAsyncContextManager[Axis]:
    return an_axis(folder, keys, clock, programmes={"count": Counting(version)})


def follows(axis: Axis) -> Following:
    assert isinstance(axis.exchange.following, Following)
    return axis.exchange.following


def store_of(axis: Axis) -> Programmes:
    assert axis.exchange.store.programmes is not None
    return axis.exchange.store.programmes


def packet(*steps: dict[str, Any], kind: str = "count/1", name: str = "a.packet.json") -> Attachment:
    return Attachment("1", name, data=json.dumps({"packet": kind, "steps": steps}).encode())


def opens(case: str, **more: Any) -> Attachment:
    return packet({"case": case, "act": "open", **more})


async def send(axis: Axis, sender: str, *to: str, files: Sequence[Attachment] = (), **changes: object) -> Accepted:
    data = axis.sign(axis.document(sender, to, **changes), files)
    return (await axis.submit(data, sender)).answer


async def whole(axis: Axis) -> None:
    while await follows(axis).step():
        pass


async def case(axis: Axis, name: str) -> Case | None:
    await whole(axis)
    found = await store_of(axis).case(Bill(), "count", name)
    return found.case if found is not None else None


async def faults(axis: Axis, *agencies: str) -> list[str]:
    await whole(axis)
    return [row.fault.code for row in await store_of(axis).faults(Bill(), "", agencies or None, 500)]


async def everything(axis: Axis) -> list[object]:
    """All that is kept, as the contract tells it."""
    await whole(axis)
    store = store_of(axis)
    rows = (await store.cases(Bill(), Wanted(programme="count"), 500)).rows
    found: list[object] = [await store.mark(), await store.figures(), *rows]
    for row in rows:
        found += await store.events(Bill(), "count", row.case.id, 500)
    for role in ROLES:
        found += await store.board(Bill(), "count", role, None, vietnam_date(axis.clock()))
        found += await store.sums(Bill(), "count", role, None, "2000-01", "2100-01")
    return found + list(await store.faults(Bill(), "", None, 500))


async def some(axis: Axis) -> None:
    """Documents of every sort: without packets, with good ones, with wrong ones, and statuses between them."""
    first = await send(axis, VPCP, SON_LA, HA_NOI, files=[opens("một", due="2026-12-01", n=3), packet()])
    await axis.send(VPCP, SON_LA)
    await axis.take(SON_LA)
    await axis.status(SON_LA, StatusCode.ACCEPTED, first)
    await send(
        axis, SON_LA, VPCP, files=[packet({"case": "một", "act": "move", "state": "waiting", "due": "2026-12-09"})]
    )
    await send(axis, SON_LA, MAI_SON, files=[packet({"case": "hai", "act": "move"}), packet(kind="other/1")])
    await send(axis, SON_LA, MAI_SON, files=[opens("hai")])
    await send(axis, VPCP, SON_LA, files=[packet({"case": "một", "act": "end"})])


async def test_what_was_accepted_is_there_for_the_next_question(tmp_path: Path, keys: Path) -> None:
    async with followed(tmp_path, keys) as axis:
        for number in range(1, 6):
            await send(axis, VPCP, SON_LA, files=[opens(f"việc {number}")])
            assert await follows(axis).caught_up(5) == 0
            assert (await store_of(axis).case(Bill(), "count", f"việc {number}")) is not None
            assert follows(axis).behind == 0


async def test_a_case_is_what_its_documents_made_of_it_in_their_order(tmp_path: Path, keys: Path) -> None:
    async with followed(tmp_path, keys) as axis:
        await some(axis)
        first = await case(axis, "một")
        assert first is not None
        assert (first.state, first.due, first.late) == ("over", date(2026, 12, 9), False)
        assert first.parties == (("giver", VPCP), ("doer", HA_NOI), ("doer", SON_LA))
        events = [row.event for _, row in await store_of(axis).events(Bill(), "count", "một", 9)]
        assert [(event.act, event.by) for event in events] == [("open", VPCP), ("move", SON_LA), ("end", VPCP)]
        for event in events:
            message = await axis.exchange.store.message(await number_of(axis, event.document))
            assert message is not None, "the receipt of each event's document can be asked for"
            assert (message.id, message.sender) == (event.document, event.by)
        assert await store_of(axis).recounted() == []


async def number_of(axis: Axis, identifier: str) -> int:
    numbers = range(1, 99)
    rows = [await axis.exchange.store.message(number) for number in numbers]
    return next(row.number for row in rows if row is not None and row.id == identifier)


async def test_faults_are_told_to_the_sender_and_the_recipients(tmp_path: Path, keys: Path) -> None:
    async with followed(tmp_path, keys) as axis:
        await some(axis)
        assert await faults(axis) == ["PACKET_UNKNOWN", "COUNT_NONE"]
        assert await faults(axis, SON_LA) == await faults(axis, MAI_SON) == await faults(axis)
        assert await faults(axis, VPCP) == await faults(axis, HA_NOI) == []


async def test_what_is_made_again_is_the_same(tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a rebuild, in a new file, and in other steps."""
    clock = Clock()
    async with followed(tmp_path, keys, clock) as axis:
        await some(axis)
        before = await everything(axis)
        await follows(axis).rebuild()
        assert await store_of(axis).mark() == Mark(1, "", "count/1")
        assert await everything(axis) == before
        # A recipient that a later update adds is none of what the first document meant.
        late = await send(axis, VPCP, SON_LA, files=[opens("ba")])
        before = await everything(axis)
        await send(axis, VPCP, SON_LA, HA_NOI, business=update(late.message.document_id, added=[HA_NOI]))
        await follows(axis).rebuild()
        again = await everything(axis)
        assert [row for row in again if not isinstance(row, Mark)] == [r for r in before if not isinstance(r, Mark)]
    (tmp_path / "programmes.sqlite").unlink()
    monkeypatch.setattr(module, "_STEP", 2)
    async with followed(tmp_path, keys, clock) as axis:
        assert await everything(axis) == again
    async with followed(tmp_path, keys, clock, version=2) as axis:
        made = await everything(axis)
        assert made[0] == Mark(made[0].next, made[0].last, "count/2")  # type: ignore[attr-defined]
        assert made[1:] == again[1:]


async def test_after_a_kill_between_record_and_cases_nothing_is_missing(tmp_path: Path, keys: Path) -> None:
    """The file as it was at any earlier instant is what a kill leaves."""
    folder, clock = tmp_path / "hub", Clock()
    async with followed(folder, keys, clock) as axis:
        await send(axis, VPCP, SON_LA, files=[opens("một")])
        await whole(axis)
    shutil.copy(folder / "programmes.sqlite", tmp_path / "earlier")
    async with followed(folder, keys, clock) as axis:
        axis.numbers = 10
        await send(axis, SON_LA, VPCP, files=[packet({"case": "một", "act": "end"})])
        ended = await everything(axis)
    shutil.copy(tmp_path / "earlier", folder / "programmes.sqlite")
    async with followed(folder, keys, clock) as axis:
        assert await everything(axis) == ended


async def test_what_belongs_to_a_record_that_was_set_back_is_not_believed(tmp_path: Path, keys: Path) -> None:
    ahead, clock = tmp_path / "ahead", Clock()
    async with followed(tmp_path / "hub", keys, clock) as axis:
        await send(axis, VPCP, SON_LA, files=[opens("một")])
    shutil.copytree(tmp_path / "hub", ahead)
    async with followed(ahead, keys, clock) as axis:
        axis.numbers = 10
        await send(axis, VPCP, SON_LA, files=[opens("bị quên")])
        assert await case(axis, "bị quên") is not None
    shutil.copy(ahead / "programmes.sqlite", tmp_path / "hub" / "programmes.sqlite")
    async with followed(tmp_path / "hub", keys, clock) as axis:
        axis.numbers = 20
        await send(axis, VPCP, SON_LA, files=[opens("khác")])
        assert await case(axis, "bị quên") is None
        assert await case(axis, "khác") is not None
        assert await case(axis, "một") is not None


async def test_an_error_of_a_programme_is_a_fault_and_the_rest_goes_on(tmp_path: Path, keys: Path) -> None:
    async with followed(tmp_path, keys) as axis:
        await send(axis, VPCP, SON_LA, files=[packet({"case": "x", "act": "boom"})])
        await send(axis, VPCP, SON_LA, files=[packet({"case": "x", "act": "bang"})])
        await send(axis, VPCP, SON_LA, files=[packet({"case": "a\nb", "act": "open"})])
        await send(axis, VPCP, SON_LA, files=[opens("một")])
        assert await faults(axis) == ["CASE_NAME", "PROGRAMME_ERROR", "PROGRAMME_ERROR"]
        assert await case(axis, "một") is not None


async def test_what_a_document_may_bring_is_bounded(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with followed(tmp_path, keys) as axis:
        monkeypatch.setattr("hub.programmes.folding.MOST_EVENTS", 10)
        monkeypatch.setattr("hub.programmes.folding.MOST_FAULTS", 5)
        await send(axis, VPCP, SON_LA, files=[packet(*({"case": f"{n}", "act": "open"} for n in range(12)))])
        await send(axis, VPCP, SON_LA, files=[packet(*({"case": f"x{n}", "act": "end"} for n in range(9)))])
        await whole(axis)
        assert (await store_of(axis).figures())["count"] == Figures(10, 10, 10, 7)
        assert await faults(axis) == ["COUNT_NONE"] * 5 + ["DOCUMENT_TOO_MUCH"] * 2


async def test_a_document_without_a_valid_signature_changes_nothing(tmp_path: Path, keys: Path) -> None:
    lax = Agency(
        code=HA_NOI, name="Hà Nội", tier=Tier.PROVINCIAL, code_qd20="H26", signature_policy=SignaturePolicy.RECORD
    )
    async with followed(tmp_path, keys) as axis:
        known = {agency.code: agency for agency in registered(axis.profile)}
        await axis.exchange.change_directory([*(a for a in known.values() if a.code != HA_NOI), lax], "test")
        document = axis.document(HA_NOI, [SON_LA])
        await axis.submit(edxml.build(document, [opens("một")]), HA_NOI)
        assert await faults(axis, HA_NOI) == ["DOCUMENT_UNPROVED"]
        assert await case(axis, "một") is None


async def test_retention_keeps_the_documents_that_carry_data(tmp_path: Path, keys: Path) -> None:
    clock = Clock()
    async with followed(tmp_path, keys, clock) as axis:
        await send(axis, VPCP, SON_LA, files=[opens("một")])
        await axis.send(VPCP, SON_LA)
        await axis.take(SON_LA)
        before = await everything(axis)
        done = await retention.apply(axis.exchange.record, Millis(clock() + 1))
        assert (done.documents, done.kept) == (1, 1)
        await follows(axis).rebuild()
        assert await everything(axis) == before


async def test_a_packet_that_an_earlier_retention_deleted_is_a_fault(tmp_path: Path, keys: Path) -> None:
    clock = Clock()
    async with followed(tmp_path, keys, clock) as axis:
        sent = await send(axis, VPCP, SON_LA, files=[opens("một")])
        await axis.take(SON_LA)
        await axis.exchange.store.write(lambda tx: tx.purge(sent.message.number, clock()))
        await follows(axis).rebuild()
        assert await faults(axis, SON_LA) == ["DOCUMENT_GONE"]


@pytest.mark.parametrize("version", [1, 6])
async def test_documents_of_earlier_versions_are_followed_too(tmp_path: Path, keys: Path, version: int) -> None:
    folder, own = tmp_path / "hub", tmp_path / "keys"
    put(folder, kept_of_version(version))
    log_key(own)
    async with followed(folder, own) as axis:
        await whole(axis)
        mark = await store_of(axis).mark()
        assert mark is not None
        assert mark.next > 1
        row = await axis.exchange.store.message(mark.next - 1)
        assert row is not None
        assert (await described(axis.exchange, row)).promulgated is not None
        await axis.exchange.change_directory(registered(axis.profile), "renewal")
        await send(axis, VPCP, SON_LA, files=[opens("mới")], document_id="new-1")
        assert await case(axis, "mới") is not None


async def ridden(axis: Axis, sent: Accepted) -> Ridden:
    row = await axis.exchange.store.message(sent.message.number)
    assert row is not None
    told = (await axis.exchange.store.details([row.number]))[row.number]
    return (await ridden_of(axis.exchange, row, told)).ridden


async def test_an_answer_names_the_document_that_the_record_has(tmp_path: Path, keys: Path) -> None:
    async with followed(tmp_path, keys) as axis:
        asked = await send(axis, VPCP, SON_LA, steering_type=1, task_codes=("NV1", "NV2"))
        meant = ResponseFor(VPCP, asked.message.code, asked.message.document_id, date(2026, 11, 20))
        answer = await ridden(axis, await send(axis, SON_LA, VPCP, response_for=(meant,), task_codes=("NV1",)))
        assert answer.tasks == ("NV1",)
        (named,) = answer.answers
        assert (named.id, named.sender, named.tasks) == (asked.message.id, VPCP, ("NV1", "NV2"))
        by_code = ResponseFor("G22", asked.message.code, "", date(2026, 11, 20))
        assert (await ridden(axis, await send(axis, SON_LA, VPCP, response_for=(by_code,)))).answers[0].id == named.id
        foreign = await ridden(axis, await send(axis, HA_NOI, VPCP, response_for=(meant,)))
        assert foreign.answers[0].id == "", "a document that it neither sent nor was sent"
        wrong = ResponseFor(HA_NOI, asked.message.code, asked.message.document_id, date(2026, 11, 20))
        assert (await ridden(axis, await send(axis, SON_LA, VPCP, response_for=(wrong,)))).answers[0].id == ""


async def test_a_document_means_the_same_before_and_after_it_was_accepted(tmp_path: Path, keys: Path) -> None:
    """But for what only the record knows."""
    async with followed(tmp_path, keys) as axis:
        document = axis.document(VPCP, [SON_LA, HA_NOI], due_date=SOON, task_codes=("NV",), steering_type=1)
        files = [opens("một")]
        data = axis.sign(document, files)
        claimed = edxml.parse(data)
        told = decode(edxml.told_of(edxml.read(claimed), claimed))
        before = riding.ride(document, files, accepted=axis.clock())
        foretold = await follows(axis).foretold(before, told)
        assert [event.act for _, event in foretold.events] == ["open"]
        after = await ridden(axis, (await axis.submit(data, VPCP)).answer)
        known = {"number": after.number, "id": after.id, "verdict": after.verdict, "accepted": after.accepted}
        assert msgspec.structs.replace(before, **known) == after
        await whole(axis)
        assert (await follows(axis).foretold(before, told)).events == (), "it is there already"


async def test_a_long_way_is_not_walked_for_whoever_asks(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with followed(tmp_path, keys) as axis:
        for number in range(5):
            await send(axis, VPCP, SON_LA, files=[opens(f"việc {number}")])
        monkeypatch.setattr(module, "_STEP", 2)
        await store_of(axis).reset()
        again = Following(axis.exchange, store_of(axis), {"count": Counting()})
        assert [await again.caught_up(5) for _ in range(3)] == [3, 1, 0]


async def test_a_document_that_is_notable_for_nothing_is_never_looked_at(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the register tells of such documents is spoiled here, so that any look at it would fail. The mark goes past
    them, in one step, and the one between them is found."""
    async with followed(tmp_path, keys) as axis:
        for number in range(4):
            await axis.send(VPCP, SON_LA)
            if number == 1:
                await send(axis, VPCP, SON_LA, files=[opens("một")])
        await spoil_details(axis, but=3)
        await follows(axis).rebuild()
        monkeypatch.setattr(module, "_STEP", 2)
        assert await follows(axis).step()
        assert (await follows(axis).step(), follows(axis).behind) == (False, 0)
        mark, last = await store_of(axis).mark(), await axis.exchange.store.message(5)
        assert last is not None
        assert mark == Mark(6, last.id, "count/1")
        assert await case(axis, "một") is not None


async def spoil_details(axis: Axis, but: int) -> None:
    def spoil(tx: Any) -> None:
        changed = tx._cursor.execute("UPDATE detail SET told = CAST('no JSON' AS BLOB) WHERE message <> ?", (but,))
        assert changed.rowcount == 4

    await axis.exchange.store.write(spoil)


async def test_the_mark_goes_to_the_end_of_the_record_only_where_all_before_it_is_at_hand(
    tmp_path: Path, keys: Path
) -> None:
    async with followed(tmp_path, keys) as axis:
        await axis.send(VPCP, SON_LA)
        coming = await upcoming(axis.exchange, Mark(), (), 10)
        assert (coming.items, coming.beyond and coming.beyond.number) == ([], 1)
        await send(axis, VPCP, SON_LA, files=[opens("một")])
        await send(axis, VPCP, SON_LA, files=[opens("hai")])
        await axis.send(VPCP, SON_LA)
        cut = await upcoming(axis.exchange, Mark(), (), 2)
        assert (cut.documents, cut.beyond) == ([2, 3], None), "there may be more"
        whole = await upcoming(axis.exchange, Mark(), (), 3)
        assert (whole.documents, whole.beyond and whole.beyond.number) == ([2, 3], 4)


def test_what_concerns_a_programme_is_notable_for_its_data() -> None:
    """Else nobody would ever ask the programme: each fact by which any of them goes, by itself and with others."""
    facts = {
        "files": (File("a.packet.json", 2),),
        "tasks": ("NV",),
        "steering": 1,
        "application": "MCDT_DT",
        "answers": (Answers("H52", "1/A"),),
        "due": SOON,
        "of": ("x",),
    }
    programmes = {**PROGRAMMES, "count": Counting(1)}
    asked = 0
    for n in range(len(facts) + 1):
        for names in combinations(facts, n):
            told = Detail(**{name: facts[name] for name in names})  # type: ignore[arg-type]
            for programme in programmes.values():
                assert Notable.DATA in notable(told) or not programme.concerns(told), (programme.name, names)
                asked += programme.concerns(told)
    assert asked > 100
