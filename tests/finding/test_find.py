"""What a search finds, and what it does not."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from hub.access import AUDITOR, OPERATOR
from hub.admission.submission import Caller
from hub.core.edxml import Attachment, Code, DocumentType, OtherInfo, Signer, document_id
from hub.core.errors import AxisError, BadRequest, Forbidden
from hub.core.model import DeliveryState, Millis, Priority, StatusCode, Tier
from hub.finding.asked import Asked
from hub.finding.find import Found, find
from hub.store.search import Bill, Span
from tests.support.axis import CHIENG_MUNG, HA_NOI, HOUR, MAI_SON, NOON, SO_TTTT, SON_LA, VPCP, Axis, Clock, an_axis

pytestmark = pytest.mark.asyncio(loop_scope="module")
AUDITS = Caller("auditor", AUDITOR, "test")
OPERATES = Caller("operator", OPERATOR, "test")
DAY = date(2026, 10, 3)
FILE = Attachment("f", "Phụ lục danh sách.pdf", data=b"%PDF-1.4 x")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def axis(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Axis]:
    """1: VPCP → Sơn La, handed over. 2: VPCP → Sơn La and Hà Nội, of another day, urgent, with a file; Hà Nội refused.
    3: Mai Sơn → Chiềng Mung, by the centre of Mai Sơn. 4: Sơn La → VPCP, waits."""
    async with an_axis(tmp_path_factory.mktemp("hub"), keys, Clock()) as opened:
        exchange = opened.exchange
        await exchange.change_directory([msgspec.structs.replace(exchange.directory[MAI_SON], centre=SO_TTTT)], "test")
        await opened.send(VPCP, SON_LA, subject="V/v tinh giản biên chế")
        await opened.take(SON_LA)
        opened.clock.forward(HOUR)
        code = Code("0512", "QĐ-BNV")
        second = opened.document(
            VPCP,
            [SON_LA, HA_NOI],
            code=code,
            document_id=document_id(VPCP, DAY, code),
            promulgation_date=DAY,
            subject="Quyết định điều động cán bộ Đắk Nông",
            type=DocumentType(1, 3, "Quyết định"),
            signer=Signer("KT. BỘ TRƯỞNG", "Thứ trưởng", "Nguyễn Trọng Thừa"),
            other=OtherInfo(priority=Priority.URGENT),
            task_codes=("NV-77",),
            application_type="eOffice 4",
        )
        sent = await opened.submit(opened.sign(second, [FILE]), VPCP)
        await opened.take(HA_NOI)
        await opened.status(HA_NOI, StatusCode.REFUSED, sent.answer)
        opened.clock.forward(HOUR)
        await opened.send(MAI_SON, CHIENG_MUNG, subject="Biên bản kiểm tra rừng")
        await opened.send(SON_LA, VPCP, subject="Báo cáo rừng phòng hộ")
        yield opened


async def found(axis: Axis, caller: str | Caller, **asked: object) -> list[int]:
    """The documents by the order in which they were sent."""
    answer = await asking(axis, caller, **asked)
    assert answer.behind == 0
    known = await axis.exchange.store.finder.numbered(Bill(), Span(oldest=True), 100)
    return [known.index(hit.message.number) + 1 for hit in answer.hits]


async def asking(axis: Axis, caller: str | Caller, **asked: object) -> Found:
    who = caller if isinstance(caller, Caller) else axis.caller(caller)
    return await find(axis.exchange, who, Asked(**asked))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("biên chế", [1]),
        ("bien che", [1]),
        ("BIÊN CHẾ", [1]),
        (unicodedata.normalize("NFD", "biên chế"), [1]),
        ("dieu dong", [2]),
        ("đắk nông", [2]),
        ("ĐẮK", [2]),
        ("Ðắk", [2]),
        ("Nguyễn Trọng Thừa", [2]),
        ('"thu truong"', [2]),
        ("quyet dinh", [2]),
        ("phụ lục danh sách", [2]),
        ("rừng", [4, 3]),
        ("rừng kiểm tra", [3]),
        ('"kiểm tra rừng"', [3]),
        ('"rừng kiểm tra"', []),
        ("rừng*", [4, 3]),
        ("rừ", []),
        ("rừ*", []),
        ("0512/QĐ-BNV", [2]),
        ("512/qd-bnv", [2]),
        ("512", [2]),
        ("00512/QĐ", [2]),
        ("Hà Nội", [2]),
        ("H26", [2]),
        ("Văn phòng Chính phủ biên chế", [1]),
        ("biên chế rừng", []),
        ("000.00.00.G22,2026/10/03,0512/QĐ-BNV", [2]),
    ],
)
async def test_words_find_a_document_however_they_are_written(axis: Axis, text: str, numbers: list[int]) -> None:
    assert await found(axis, AUDITS, text=text) == numbers


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ({}, [4, 3, 2, 1]),
        ({"oldest": True}, [1, 2, 3, 4]),
        ({"sender": VPCP}, [2, 1]),
        ({"sender": "G22"}, [2, 1]),
        ({"recipient": "H26"}, [2]),
        ({"sender": "H00.nobody"}, []),
        ({"sender_tier": Tier.DISTRICT}, [3]),
        ({"recipient_tier": Tier.COMMUNE}, [3]),
        ({"recipient_tier": Tier.PROVINCIAL}, [2, 1]),
        ({"kind": "new"}, [4, 3, 2, 1]),
        ({"kind": "recall"}, []),
        ({"verdict": "VALID"}, [4, 3, 2, 1]),
        ({"verdict": "ABSENT"}, []),
        ({"priority": 1}, [2]),
        ({"task": "nv-77"}, [2]),
        ({"application": "EOFFICE 4"}, [2]),
        ({"state": DeliveryState.WAITING}, [4, 3, 2]),
        ({"state": DeliveryState.WAITING, "recipient": HA_NOI}, []),
        ({"state": DeliveryState.REFUSED}, [2]),
        ({"state": DeliveryState.REFUSED, "text": "rừng"}, []),
        ({"state": DeliveryState.REFUSED, "text": "điều động"}, [2]),
        ({"state": DeliveryState.HANDED_OVER}, [1]),
        ({"state": DeliveryState.EXPIRED}, []),
        ({"since": Millis(NOON + HOUR)}, [4, 3, 2]),
        ({"since": Millis(NOON + HOUR), "until": Millis(NOON + 2 * HOUR)}, [2]),
        ({"until": Millis(NOON)}, []),
        ({"dated_since": DAY, "dated_until": DAY}, [2]),
        ({"dated_until": date(2026, 11, 19)}, [2]),
        ({"dated_since": date(2026, 10, 4)}, [4, 3, 1]),
        ({"dated_since": date(2026, 11, 21)}, []),
        ({"dated_since": date(1200, 1, 1), "dated_until": date(1300, 1, 1)}, []),
        ({"agency": HA_NOI}, [2]),
        ({"agency": MAI_SON, "text": "rừng"}, [3]),
    ],
)
async def test_filters(axis: Axis, asked: dict[str, object], numbers: list[int]) -> None:
    assert await found(axis, AUDITS, **asked) == numbers


async def test_any_identifier_in_the_same_box(axis: Axis) -> None:
    (hit,) = (await asking(axis, AUDITS, text="biên chế")).hits
    bare = hit.message.id.removeprefix("urn:uuid:")
    for text in (hit.message.id, bare, bare.upper(), f" {bare} ", hit.message.sha256, f"sha-256:{hit.message.sha256}"):
        assert await found(axis, AUDITS, text=text) == [1]
        assert await found(axis, SON_LA, text=text) == [1]
        assert await found(axis, CHIENG_MUNG, text=text) == []
    assert await found(axis, AUDITS, text=hit.message.document_id) == [1]
    assert await found(axis, AUDITS, text=f"{bare[:-1]}{'0' if bare[-1] != '0' else '1'}") == []


async def test_an_agency_finds_what_it_sent_and_was_sent(axis: Axis) -> None:
    assert await found(axis, VPCP) == [4, 2, 1]
    assert await found(axis, SON_LA) == [4, 2, 1]
    assert await found(axis, HA_NOI) == [2]
    assert await found(axis, SO_TTTT) == [3], "as the centre of Mai Sơn"
    assert await found(axis, SO_TTTT, agency=MAI_SON) == [3]
    assert await found(axis, CHIENG_MUNG) == [3]
    with pytest.raises(Forbidden):
        await found(axis, CHIENG_MUNG, agency=MAI_SON)


async def test_a_recipient_does_not_learn_to_whom_else_it_went(axis: Axis) -> None:
    """Neither from what is shown nor from what is found."""
    assert await found(axis, SON_LA, recipient=HA_NOI) == []
    assert await found(axis, SON_LA, recipient_tier=Tier.PROVINCIAL) == [2, 1]
    assert await found(axis, SON_LA, text="Hà Nội") == []
    assert await found(axis, SON_LA, state=DeliveryState.REFUSED) == [], "it was Hà Nội that refused"
    assert await found(axis, HA_NOI, state=DeliveryState.REFUSED) == [2]
    assert await found(axis, HA_NOI, state=DeliveryState.WAITING) == [], "Sơn La has not fetched it"
    (hit,) = (await asking(axis, HA_NOI)).hits
    assert hit.shown.states == {DeliveryState.REFUSED: 1}
    assert [d.recipient for d in hit.shown.deliveries] == [HA_NOI]
    assert await found(axis, VPCP, recipient=HA_NOI) == [2]
    assert await found(axis, VPCP, text="Hà Nội") == [2]
    (hit,) = (await asking(axis, VPCP, recipient=HA_NOI)).hits
    assert hit.shown.states == {DeliveryState.REFUSED: 1, DeliveryState.WAITING: 1}


@pytest.mark.parametrize(
    "words",
    [
        "biên chế",
        "Nguyễn Trọng Thừa",
        "thứ",
        "Quyết định",
        "phụ lục danh sách",
        "rừng",
        '"kiểm tra rừng"',
        "nv-77",
    ],
)
async def test_an_operator_is_told_nothing_that_was_written_in_words(axis: Axis, words: str) -> None:
    assert await found(axis, OPERATES, text=words) == []


async def test_an_operator_finds_documents_by_what_routes_them(axis: Axis) -> None:
    assert await found(axis, OPERATES) == [4, 3, 2, 1]
    assert await found(axis, OPERATES, text="Sơn La 512/QĐ-BNV") == [2]
    assert await found(axis, OPERATES, agency=HA_NOI) == [2]
    assert await found(axis, OPERATES, dated_until=DAY, state=DeliveryState.REFUSED) == [2]
    for asked in ({"task": "nv-77"}, {"application": "eOffice 4"}):
        with pytest.raises(BadRequest):
            await found(axis, OPERATES, **asked)
    for hit in (await asking(axis, OPERATES)).hits:
        said = msgspec.json.encode((hit.message, hit.detail)).decode()
        for word in ("biên", "rừng", "Nguyễn", "Người ký", "Phụ lục", "Quyết định", "Công văn", "NV-77", "eOffice"):
            assert word not in said
        assert hit.detail is not None
        assert hit.detail.promulgated is not None


async def test_what_a_register_tells_comes_with_what_is_found(axis: Axis) -> None:
    (hit,) = (await asking(axis, HA_NOI)).hits
    assert hit.detail is not None
    assert (hit.detail.signer, hit.detail.promulgated) == ("Nguyễn Trọng Thừa", DAY)
    assert [(file.name, file.size) for file in hit.detail.files] == [(FILE.name, len(FILE.data))]


async def test_an_auditors_search_is_on_record_before_it_is_answered(axis: Axis) -> None:
    last = await axis.exchange.store.last_checkpoint()
    assert last is not None
    await asking(axis, AUDITS, text="biên chế", sender=VPCP)
    (leaf,) = await axis.exchange.store.leaves(last.size, 10)
    assert leaf.event == "EvidenceExported"
    assert "biên chế" in leaf.object.decode()
    await asking(axis, VPCP, text="biên chế")
    await asking(axis, OPERATES)
    after = await axis.exchange.store.last_checkpoint()
    assert after is not None
    assert after.size == last.size + 1


async def test_pages_follow_each_other_from_either_end(axis: Axis) -> None:
    for oldest, whole in ((False, [4, 3, 2, 1]), (True, [1, 2, 3, 4])):
        for limit in (1, 2, 3):
            seen: list[int] = []
            cursor = None
            while True:
                answer = await asking(axis, OPERATES, oldest=oldest, limit=limit, cursor=cursor)
                seen += [hit.message.number for hit in answer.hits]
                cursor = answer.cursor
                if cursor is None:
                    break
            numbers = await found(axis, OPERATES, oldest=oldest)
            assert len(seen) == len(numbers) == len(whole)
            assert seen == sorted(seen, reverse=not oldest)


@pytest.mark.parametrize(
    "text",
    [
        '"',
        '"*',
        "*",
        "a OR b",
        "NEAR(a b)",
        "said:biên",
        "{said}:x",
        "^biên",
        "-biên",
        "(",
        "'; DROP TABLE found",
        "\x00",
        *("a" * 300, " ".join("abcdefghijkl"), "biên AND NOT chế", "ﷺ", "\u0301" * 50, "🌳"),
    ],
)
async def test_no_query_is_syntax(axis: Axis, text: str) -> None:
    for caller in (AUDITS, OPERATES, axis.caller(SON_LA)):
        assert isinstance(await asking(axis, caller, text=text), Found)


async def test_a_question_of_too_many_words_is_refused(axis: Axis) -> None:
    with pytest.raises(AxisError):
        await asking(axis, SON_LA, text=" ".join(f"w{n}" for n in range(13)))
