"""The index follows the record, whatever happens to either."""

from __future__ import annotations

import shutil
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.access import AUDITOR, View
from hub.admission.submission import Caller
from hub.core.directory.routing import Directory
from hub.core.edxml.detail import Detail, File
from hub.core.words import fold
from hub.exchange import Exchange
from hub.finding.asked import Asked, match_of
from hub.finding.entries import entry_of
from hub.finding.find import find
from hub.finding.indexing import Indexer
from hub.store.search import SAID, Bill, Mark, OneOf, Phrase, Span
from hub.store.sqlite import SqliteStore
from tests.store.rows import message
from tests.store.test_in_flight import kept, log_key, put
from tests.support.axis import SON_LA, VPCP, Axis, Clock, an_axis, registered

AUDITS = Caller("auditor", AUDITOR, "test")


async def found(axis: Axis, text: str = "") -> list[int]:
    return [hit.message.number for hit in (await find(axis.exchange, AUDITS, Asked(text=text, oldest=True))).hits]


def indexer(exchange: Exchange) -> Indexer:
    assert isinstance(exchange.indexing, Indexer)
    return exchange.indexing


async def whole(axis: Axis) -> None:
    while await indexer(axis.exchange).older():
        pass


async def test_what_was_accepted_is_found_by_the_next_question(tmp_path: Path, keys: Path) -> None:
    async with an_axis(tmp_path, keys) as axis:
        for number in range(1, 6):
            await axis.send(VPCP, SON_LA, subject=f"Việc thứ {number}")
            assert await found(axis, f'"việc thứ {number}"') == [number]


async def test_after_a_kill_between_record_and_index_nothing_is_missing(tmp_path: Path, keys: Path) -> None:
    """The index as it was at any earlier instant is what a kill leaves."""
    folder, clock = tmp_path / "hub", Clock()
    async with an_axis(folder, keys, clock) as axis:
        for _ in range(3):
            await axis.send(VPCP, SON_LA)
        assert len(await found(axis)) == 3
    shutil.copy(folder / "search.sqlite", tmp_path / "earlier")
    async with an_axis(folder, keys, clock) as axis:
        axis.numbers = 10
        for _ in range(3):
            await axis.send(VPCP, SON_LA, subject="Muộn hơn")
        assert await found(axis, "muộn hơn") == [4, 5, 6]
    shutil.copy(tmp_path / "earlier", folder / "search.sqlite")
    async with an_axis(folder, keys, clock) as axis:
        assert await found(axis, "muộn hơn") == [4, 5, 6]
        assert await found(axis, "rà soát") == [1, 2, 3]


async def test_a_lost_index_is_made_again_from_the_newest_back(tmp_path: Path, keys: Path) -> None:
    clock = Clock()
    async with an_axis(tmp_path, keys, clock) as axis:
        for _ in range(4):
            await axis.send(VPCP, SON_LA)
    (tmp_path / "search.sqlite").unlink()
    async with an_axis(tmp_path, keys, clock) as axis:
        await whole(axis)
        assert await found(axis, "rà soát") == [1, 2, 3, 4]
        assert indexer(axis.exchange).behind == 0


async def test_an_index_of_a_record_that_was_set_back_is_not_believed(tmp_path: Path, keys: Path) -> None:
    ahead, clock = tmp_path / "ahead", Clock()
    async with an_axis(tmp_path / "hub", keys, clock) as axis:
        await axis.send(VPCP, SON_LA, subject="Đầu tiên")
    shutil.copytree(tmp_path / "hub", ahead)
    async with an_axis(ahead, keys, clock) as axis:
        axis.numbers = 10
        await axis.send(VPCP, SON_LA, subject="Bị quên")
        assert await found(axis, "bị quên") == [2]
    shutil.copy(ahead / "search.sqlite", tmp_path / "hub" / "search.sqlite")
    async with an_axis(tmp_path / "hub", keys, clock) as axis:
        axis.numbers = 20
        await axis.send(VPCP, SON_LA, subject="Khác hẳn")
        await whole(axis)
        assert await found(axis, "bị quên") == []
        assert await found(axis, "khác hẳn") == [2]
        assert await found(axis, "đầu tiên") == [1]


@pytest.mark.parametrize("version", [1, 6])
async def test_documents_of_earlier_versions_are_read_again_in_the_background(
    tmp_path: Path, keys: Path, version: int
) -> None:
    folder, own = tmp_path / "hub", tmp_path / "keys"
    put(folder, kept(version))
    log_key(own)
    async with an_axis(folder, own) as axis:
        await whole(axis)
        numbers = await axis.exchange.store.finder.numbered(Bill(), Span(oldest=True), 99)
        details = await axis.exchange.store.details(numbers)
        assert set(details) == set(numbers)
        assert {detail.signer for detail in details.values()} == {"Người ký thử nghiệm"}
        assert all(detail.promulgated and detail.certificate for detail in details.values())
        assert await found(axis, "người ký thử nghiệm") == numbers
        await axis.exchange.change_directory(registered(axis.profile), "renewal")
        newest = await axis.send(VPCP, SON_LA, subject="Của phiên bản mới", document_id="new-1")
        assert await found(axis, "phiên bản mới") == [newest.answer.message.number]


async def test_the_pass_through_old_documents_goes_on_where_it_was(tmp_path: Path, keys: Path) -> None:
    async with an_axis(tmp_path, keys) as axis:
        for _ in range(4):
            await axis.send(VPCP, SON_LA)
        index = axis.exchange.store.index
        assert index is not None
        last = await axis.exchange.store.message(4)
        assert last is not None
        await index.reset()
        await index.index([], Mark(3, 5, last.id))
        again = Indexer(axis.exchange, index)
        assert await again.caught_up(5) == 2
        assert await again.older()
        assert again.behind == 0
        assert not await again.older()
        assert await index.matching(Bill(), ((OneOf((SAID,), (Phrase(("ra", "soat")),)),),), Span(), 9) == [2, 1]


LETTERS = "aàáảãạăằắẳẵặâầấẩẫậdđĐðÐeèéẻẽẹêềếểễệnguyễn TỜTRÌNH0123/-,.(“”)ß ｗﬁ"
TEXT = st.text(st.sampled_from(LETTERS), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(subject=TEXT, signer=TEXT, file=TEXT, code=TEXT)
async def test_every_document_is_found_by_each_of_its_words(
    tmp_path_factory: pytest.TempPathFactory, subject: str, signer: str, file: str, code: str
) -> None:
    """With and without diacritics, composed or not, in capitals or not."""

    folder = tmp_path_factory.mktemp("index")
    store = await SqliteStore.open(folder / "axis.sqlite", search=True)
    try:
        assert store.index is not None
        row = message(1, subject=subject, code=code, key=code)
        detail = Detail(signer=signer, files=(File(file, 1),), attached=1)
        await store.index.index([entry_of(row, detail, [SON_LA], Directory.of(()))], Mark(1, 2))
        for text in (subject, signer, file, code):
            for word in text.split():
                if not fold(word):
                    continue
                spellings = {word, word.upper(), unicodedata.normalize("NFD", word), fold(word)}
                for spelling in spellings:
                    match = match_of(Asked(text=spelling.replace('"', "").strip("*")), View(None), Directory.of(()))
                    assert match is not None
                    assert await store.index.matching(Bill(), match, Span(), 9) == [1], (word, spelling)
    finally:
        await store.close()
