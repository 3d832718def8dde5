"""How long a search takes among a million documents, and the cost of its index to an acceptance.

    search_*_ms           one page of 50, median and the worst of the rounds, in the process that records  target < 200
    search_index_us       processor for the index, a document, in batches as they come
    search_accept_us      processor for an acceptance without HTTP
    search_cost_share     the one ÷ the other, within a round                                              target ≤ 0.05
    search_wait_ratio     seconds of an acceptance while the index works ÷ while it rests, within a round
    search_bytes          of the index, a document
    riding_us             processor for programmes, a document that concerns none of them
    riding_cost_share     the same ÷ an acceptance, within a round; `_worst`: of the rounds                target < 0.02
    riding_whole_ratio    processor of an acceptance with programmes at work ÷ without, within a round: it tells of what
                          they may cost on a document's way too, and swings by what the machine does to an acceptance

Acceptances are whole but for HTTP: signed documents are parsed, verified, routed, recorded under one fsync a batch.
Rounds with and without the index take turns, so that a disturbance of the machine disturbs them alike.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from statistics import median
from typing import Final, NamedTuple

import msgspec

from hub.access import AUDITOR, OPERATOR
from hub.admission.submission import Caller, Submission
from hub.app import opened
from hub.base.config import Settings, load
from hub.base.runtime import system_clock
from hub.core.edxml.detail import Detail, encode, notable
from hub.core.edxml.naming import matching_key
from hub.core.model import Business, DeliveryState, MessageKind
from hub.exchange import Exchange
from hub.finding.asked import Asked
from hub.finding.find import find
from hub.finding.indexing import Indexer
from hub.following.following import Following
from hub.following.leaders import LeadersReading
from hub.lab import hub_process, machine
from hub.lab.bench import material
from hub.lab.bench.growth import Growth
from hub.lab.bench.material import Lot, Shelf
from hub.lab.simulate.player import run
from hub.record.acts.document import AcceptDocument
from hub.record.acts.incoming import Incoming
from hub.record.evidence_writer import Place, Sender

_CHUNK: Final = 2_048
_ROUNDS: Final = 9
_EACH: Final = 1_000
_ABREAST: Final = 64
_ASKED: Final = 15
_DAYS: Final = 365
_TEXT: Final = (
    "rà soát đơn giản hóa thủ tục hành chính nội bộ báo cáo kết quả thực hiện nhiệm vụ quý hướng dẫn triển khai kế "
    "hoạch phòng chống thiên tai tìm kiếm cứu nạn đề nghị góp ý dự thảo nghị định quy định chi tiết thi hành luật đất "
    "đai bổ nhiệm cán bộ công chức viên chức tinh giản biên chế chuyển đổi số an toàn thông tin ngân sách nhà nước"
)
_WORDS: Final = _TEXT.split()
_PEOPLE: Final = ("Nguyễn Văn An", "Trần Thị Bình", "Lê Hoàng Cường", "Phạm Minh Đức", "Lò Thị Én", "Vừ A Giàng")
_RARE: Final = 50_000


class Extent(msgspec.Struct, frozen=True):
    """How much of everything; the defaults are those of the published figures, a test takes less."""

    upto: int
    rounds: int = _ROUNDS
    each: int = _EACH


def measure(upto: int, told: Callable[[str], None] = lambda what: None) -> Growth:
    return measured(Extent(upto), told)


def measured(extent: Extent, told: Callable[[str], None] = lambda what: None) -> Growth:
    began = time.perf_counter()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="truc-search-")))
        growth = Growth({}, [extent.upto], machine.look(folder))
        keys = folder / "keys"
        told("keys, signing")
        hub_process.prepare(folder / "hub", keys, material.agencies(), material.agencies())
        lots = [Lot("accepted", 40, 3 * (extent.rounds + 1) * extent.each)]
        material.sign(folder / "material", keys, lots, machine.processors())
        settings = load(folder / "hub" / "hub.toml")
        run(_measured(growth, settings, Shelf(folder / "material", "accepted"), extent, told))
        growth.figures["search_bytes"] = (Path(settings.hub.data) / "search.sqlite").stat().st_size / extent.upto
        growth.seconds = time.perf_counter() - began
        return growth


async def _measured(
    growth: Growth, settings: Settings, shelf: Shelf, extent: Extent, told: Callable[[str], None]
) -> None:
    async with opened(settings) as (exchange, _, _):
        indexer = exchange.indexing
        assert isinstance(indexer, Indexer)
        started = time.perf_counter()
        async for count in filled(exchange, settings, extent.upto):
            told(f"filling {count}/{extent.upto}")
        while await indexer.caught_up(60):
            told(f"indexing, {indexer.behind} left")
        growth.figures["search_filled_per_s"] = extent.upto / (time.perf_counter() - started)
        await _costs(growth, exchange, indexer, shelf, extent, told)
        told("asking")
        await _questions(growth, exchange)


async def filled(exchange: Exchange, settings: Settings, upto: int) -> AsyncIterator[int]:
    """Documents with words, people and days, by the acts that accept them; how many there are now and then."""
    codes = [agency.code for agency in material.agencies()]
    for first in range(0, upto, _CHUNK):
        acts = [_act(number, codes, settings) for number in range(first, min(upto, first + _CHUNK))]
        await asyncio.gather(*(exchange.sequencer.submit(act, receipts=False) for act in acts))
        yield first + len(acts)


def _act(number: int, codes: Sequence[str], settings: Settings) -> AcceptDocument:
    """Document `number`, with words, people and days as they come: some on every other one, some on one of many."""
    rng = Random(number)
    sender, recipient = rng.sample(codes, 2)
    content = f"{number}".encode()
    start = rng.randrange(len(_WORDS) - 12)
    subject = f"V/v {' '.join(_WORDS[start : start + 12])}" + (" hiếm có" if number % _RARE == 7 else "")
    code = f"{number % 9_999 + 1}/{rng.choice(('UBND-KGVX', 'BNV-CCVC', 'VPCP-KSTT', 'STTTT-CNTT'))}"
    day = date(2025, 11, 1) + timedelta(days=number % _DAYS)
    detail = Detail(promulgated=day, signer=rng.choice(_PEOPLE), position="Phó Chủ tịch", tasks=(f"NV-{number % 500}",))
    return AcceptDocument(
        incoming=Incoming(
            kind=MessageKind.DOCUMENT,
            business=Business.NEW,
            sender=Sender(agency=sender, auth="bench", verdict="VALID", algorithm="ecdsa-sha256", certificate="0" * 64),
            identity=f"{sender},{number}",
            document_id=f"{sender},{number}",
            code=code,
            year=day.year,
            subject=subject,
            type_name=rng.choice(("Công văn", "Quyết định", "Báo cáo", "Tờ trình")),
            priority=0,
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            content=content,
            submitted_at=system_clock(),
            key=matching_key(code),
            detail=encode(detail),
            notable=notable(detail),
        ),
        places=(Place(recipient),),
        due=settings.mailbox.warn_after(0),
        ends=settings.mailbox.expire_after(0),
    )


class _Round(NamedTuple):
    """Of one document, in seconds of processor but for `waited`, which is a ratio of seconds. `whole`: an acceptance
    with programmes at work beside it."""

    accepted: float
    indexed: float
    ridden: float
    whole: float
    waited: float


async def _costs(
    growth: Growth, exchange: Exchange, indexer: Indexer, shelf: Shelf, extent: Extent, told: Callable[[str], None]
) -> None:
    followers = _followers(exchange)
    for follower in followers:
        while await follower.caught_up(60):
            told(f"programmes, {follower.behind} left")
    rounds = []
    for number in range(extent.rounds + 1):
        told(f"accepting, round {number}/{extent.rounds}")
        rounds.append(await _round(exchange, indexer, followers, shelf, extent.each))
    _told(growth.figures, rounds[1:])  # the first one is to get warm


def _followers(exchange: Exchange) -> list[Following | LeadersReading]:
    """All that programmes do behind the record: cases, and the signatures in attached files where they are read."""
    following, signatures = exchange.following, exchange.store.signatures
    assert isinstance(following, Following)
    assert signatures is not None
    leaders = LeadersReading(exchange, signatures)
    return [following, leaders] if leaders.reads else [following]


async def _round(
    exchange: Exchange, indexer: Indexer, followers: Sequence[Following | LeadersReading], shelf: Shelf, each: int
) -> _Round:
    async with contextlib.AsyncExitStack() as paused:
        for follower in followers:
            await paused.enter_async_context(follower.paused())
        async with indexer.paused():
            alone, used = await _accepted(exchange, shelf, each)
        indexed = await _taken_in([indexer])
    ridden = await _taken_in(followers)
    async with indexer.paused():
        began = time.process_time()
        await _accepted(exchange, shelf, each)
        await _taken_in(followers)
        whole = time.process_time() - began
    await _taken_in([indexer])
    beside, _ = await _accepted(exchange, shelf, each)
    await _taken_in([indexer, *followers])
    return _Round(used, indexed / each, ridden / each, whole / each, beside / alone)


async def _taken_in(keeping_up: Sequence[Indexer | Following | LeadersReading]) -> float:
    """Seconds of processor until all that was accepted is taken in."""
    began = time.process_time()
    for one in keeping_up:
        while await one.caught_up(60):
            pass
    return time.process_time() - began


def _told(figures: dict[str, float | None], rounds: Sequence[_Round]) -> None:
    shares = sorted(each.ridden / each.accepted for each in rounds)
    figures["search_index_us"] = median(each.indexed for each in rounds) * 1e6
    figures["search_accept_us"] = median(each.accepted for each in rounds) * 1e6
    figures["search_cost_share"] = median(each.indexed / each.accepted for each in rounds)
    figures["search_wait_ratio"] = median(each.waited for each in rounds)
    figures["riding_us"] = median(each.ridden for each in rounds) * 1e6
    figures["riding_cost_share"] = median(shares)
    figures["riding_cost_share_worst"] = shares[-1]
    figures["riding_whole_ratio"] = median(each.whole / each.accepted for each in rounds)


async def _accepted(exchange: Exchange, shelf: Shelf, each: int) -> tuple[float, float]:
    """Seconds, and seconds of processor, for one of `each` documents, some of them at a time."""
    codes = [agency.code for agency in material.agencies()]
    places = iter(shelf.take(each))

    async def one_after_another() -> None:
        for position in places:
            spool = exchange.blobs.spool()
            try:
                spool.write(shelf.data(position))
                caller = Caller(codes[shelf.pieces[position].sender], "agency", "bench")
                await exchange.accept(Submission.of(spool, caller))
            finally:
                spool.close()

    began, used = time.perf_counter(), time.process_time()
    await asyncio.gather(*(one_after_another() for _ in range(_ABREAST)))
    return (time.perf_counter() - began) / each, (time.process_time() - used) / each


async def _questions(growth: Growth, exchange: Exchange) -> None:
    codes = [agency.code for agency in material.agencies()]
    agency, operator = Caller(codes[0], "agency", "bench"), Caller("operator", OPERATOR, "bench")
    auditor = Caller("auditor", AUDITOR, "bench")
    day = date(2026, 3, 1)
    questions = {
        "newest": (agency, Asked()),
        "common": (agency, Asked(text="thu tuc hanh chinh")),
        "phrase": (agency, Asked(text='"phòng chống thiên tai"')),
        "rare": (agency, Asked(text="hiếm có")),
        "nothing": (agency, Asked(text="rà soát khong-co-tu-nay")),
        "apart": (agency, Asked(text="đất số")),
        "number": (agency, Asked(text="512/UBND-KGVX")),
        "signer": (agency, Asked(text="Lò Thị Én", dated_since=day, dated_until=day + timedelta(days=40))),
        "pair": (agency, Asked(sender=codes[0], recipient=codes[1], task="NV-77")),
        "waiting": (agency, Asked(state=DeliveryState.WAITING, text="ngân sách")),
        "expired": (operator, Asked(state=DeliveryState.EXPIRED)),
        "operator": (operator, Asked(text="UBND-KGVX", recipient_tier=None, verdict="VALID")),
        "auditor": (auditor, Asked(text="biên chế", oldest=True)),
        "unsigned": (auditor, Asked(text="báo cáo", verdict="ABSENT")),
    }
    for name, (caller, asked) in questions.items():
        times, short = [], False
        for _ in range(_ASKED):
            began = time.perf_counter()
            found = await find(exchange, caller, asked)
            times.append((time.perf_counter() - began) * 1000)
            short = len(found.hits) < asked.limit and found.cursor is not None
        growth.figures[f"search_{name}_ms"] = median(times)
        growth.figures[f"search_{name}_ms_worst"] = max(times)
        if short:
            growth.wrong.append(f"{name}: the page ended at its budget")
