"""Simulator and bench run, what they claim holds, and the invariants can fail. Nothing here looks at a clock."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from clients.transport import Credential, Transport
from hub.lab.bench import exports, hooks, leaders, material, papers, searching, suite
from hub.lab.bench.results import REQUIRED, flat
from hub.lab.simulate import corpus
from hub.lab.simulate.boards import Boards
from hub.lab.simulate.check import Merged, Seen, check
from hub.lab.simulate.page import page
from hub.lab.simulate.records import Books
from hub.lab.simulate.report import Report, report_of
from hub.lab.simulate.riding import Ride
from hub.lab.simulate.run import Moment, Options, Played, perform
from tests.support.web import AUDITOR, a_web

DOCUMENTS, AGENCIES = 60, 55


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("corpus")


@pytest.fixture(scope="module")
def played(home: Path) -> Played:
    """One small run: a hub process of its own, two client processes, a corpus that is kept."""
    phases: list[str] = []

    def told(phase: str, done: int, of: int, moment: Moment | None) -> None:
        phases.append(phase)

    options = Options(agencies=AGENCIES, documents=DOCUMENTS, sizes="small", corpus=home, seed=17)
    result = perform(options, told)
    assert list(dict.fromkeys(phases))[-2:] == ["verifying", "checking"]
    return result


def test_the_country_plays_and_every_invariant_holds(played: Played) -> None:
    assert [(i.name, i.wrong) for i in played.invariants if not i.holds] == []
    assert {i.name for i in played.invariants} >= {
        "delivered",
        "once",
        "bytes",
        "ledger",
        "books",
        "receipts",
        "record",
        "programmes",
    }
    merged = played.merged
    assert len(merged.sent) == DOCUMENTS
    assert len(merged.handed) >= DOCUMENTS
    assert {s.code for s in merged.said} >= {"02", "03", "05"}
    assert played.seen.waiting.keys() == {merged.codes.index(code) for code in merged.asleep}
    assert merged.receipts_verified == merged.receipts_given > DOCUMENTS


def test_what_rides_on_documents_is_answered_and_counted(played: Played) -> None:
    """Boards hold what the agencies sent; faults would stand among the wrong."""
    (told,) = [i for i in played.invariants if i.name == "programmes"]
    merged, boards = played.merged, played.seen.programmes
    assert boards is not None
    assert (told.wrong, boards.wrong) == ([], [])
    assert merged.dossiers == DOCUMENTS, "one for each document by the sync services"
    counts = boards.counts
    assert counts["dossiers"][0] > DOCUMENTS, "some were handed over in documents"
    assert 0 < counts["tasks"][1] < counts["tasks"][0]
    assert counts["reporting"][1] > 0
    assert counts["results"] == (1, 0)
    rides = [merged.library[s.number].sending.riding for s in merged.sent]
    assert {one.ride for one in rides if one is not None} == set(Ride)


def test_a_kept_corpus_is_the_same_plan_again(played: Played, home: Path) -> None:
    about = corpus.read_about(home)
    assert about == played.about
    again = list(corpus.Library(home))
    assert [e.sending.number for e in again] == list(range(1, DOCUMENTS + 1))
    with pytest.raises(corpus.Unfit):
        perform(Options(corpus=home, url="http://127.0.0.1:9"), lambda *_: None)


def _books(played: Played) -> list[Books]:
    return copy.deepcopy(played.books)


def _lose(books: list[Books], seen: Seen) -> Seen:
    first = next(b for b in books if any(h.number for h in b.handed))
    first.handed.remove(next(h for h in first.handed if h.number))
    return seen


def _double(books: list[Books], seen: Seen) -> Seen:
    first = next(b for b in books if b.handed)
    first.handed.append(first.handed[0])
    return seen


def _alter(books: list[Books], seen: Seen) -> Seen:
    first = next(b for b in books if any(h.number for h in b.handed))
    place = next(i for i, h in enumerate(first.handed) if h.number)
    first.handed[place] = msgspec.structs.replace(first.handed[place], sha256="0" * 64)
    return seen


def _accept_twice(books: list[Books], seen: Seen) -> Seen:
    first = next(b for b in books if b.sent)
    first.sent.append(first.sent[0])
    return seen


def _swallow(books: list[Books], seen: Seen) -> Seen:
    said = {s.id for b in books for s in b.said}
    first = next(b for b in books if any(h.id in said for h in b.handed))
    first.handed.remove(next(h for h in first.handed if h.id in said))
    return seen


def _refuse(books: list[Books], seen: Seen) -> Seen:
    books[0].refused["status 03", "STATUS_OUT_OF_ORDER", 0] += 1
    return seen


def _break_a_receipt(books: list[Books], seen: Seen) -> Seen:
    books[0].broken.append("receipt: another root")
    return seen


def _break_an_answer(books: list[Books], seen: Seen) -> Seen:
    books[0].broken.append("fetch 0: Broken")
    return seen


def _differ(books: list[Books], seen: Seen) -> Seen:
    lines = [msgspec.structs.replace(line, difference=1) for line in seen.figures.ledger]
    return msgspec.structs.replace(seen, figures=msgspec.structs.replace(seen.figures, ledger=lines))


def _find_fault(books: list[Books], seen: Seen) -> Seen:
    return msgspec.structs.replace(seen, fsck={"ok": False})


def _lose_a_dossier(books: list[Books], seen: Seen) -> Seen:
    books[0].dossiers += 1
    return seen


def _misunderstand(books: list[Books], seen: Seen) -> Seen:
    assert seen.programmes is not None
    return msgspec.structs.replace(seen, programmes=Boards(seen.programmes.counts, ["tasks: TASK_UNKNOWN"]))


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        (_lose, "delivered"),
        (_double, "once"),
        (_alter, "bytes"),
        (_accept_twice, "accepted"),
        (_swallow, "passed on"),
        (_refuse, "refusals"),
        (_break_a_receipt, "receipts"),
        (_break_an_answer, "sound"),
        (_differ, "ledger"),
        (_lose, "books"),
        (_find_fault, "record"),
        (_lose_a_dossier, "programmes"),
        (_misunderstand, "programmes"),
    ],
)
def test_an_invariant_sees_its_fault(played: Played, fault: Callable[[list[Books], Seen], Seen], name: str) -> None:
    books = _books(played)
    seen = fault(books, played.seen)
    assert name in {i.name for i in check(Merged(played.merged.library, books), seen) if not i.holds}


class _Page(HTMLParser):
    """Collects what a page would fetch or run, and how many charts it has."""

    def __init__(self) -> None:
        super().__init__()
        self.outside: list[str] = []
        self.charts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.charts += tag == "svg"
        if tag in {"script", "link", "img", "iframe"} or any(name in {"src", "href"} for name, _ in attrs):
            self.outside.append(tag)


def test_the_report_is_one_page_and_one_record(played: Played) -> None:
    report = report_of(played)
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report
    assert report.ok
    assert report.documents == DOCUMENTS
    assert sum(report.fanouts.values()) == DOCUMENTS == sum(report.accept.classes)
    shown = _Page()
    text = page(report)
    shown.feed(text)
    assert shown.outside == []
    assert shown.charts == 5
    assert "Mọi bất biến đều giữ" in text
    assert "Every invariant holds" in text
    assert "http://" not in text
    failed = page(msgspec.structs.replace(report, ok=False))
    assert "AN INVARIANT FAILS" in failed


def test_one_event_reaches_every_endpoint_that_is_measured() -> None:
    found = hooks.measure(8, world=material.agencies)
    assert not found.wrong, found.wrong
    figures = found.figures
    assert figures["hooks"] == 8
    assert 0 <= (figures["hooks_first_s"] or 0) <= (figures["hooks_all_s"] or 0)
    assert figures["hooks_unbound_all_s"] is not None


def test_results_are_registered_and_verified_in_each_way() -> None:
    """Its own hub, with room for all numbers that it asks after."""
    found = papers.measure(extent=papers.Extent(rounds=1, each=8))
    assert not found.wrong, found.wrong
    for name in ("register", "number", "digest", "tag"):
        assert (found.figures[f"results_{name}_us"] or 0) > 0, name
        assert found.figures[f"results_{name}_ratio"] is not None, name


def test_files_of_one_and_of_ten_signatures_are_read_in_the_bounded_child() -> None:
    found = leaders.measure(extent=leaders.Extent(rounds=1, each=1, counts=(1, 10)))
    assert (found.wrong, found.skipped) == ([], [])
    for count in (1, 10):
        assert (found.figures[f"signatures_{count}_per_s"] or 0) > 0
        assert (found.figures[f"signatures_{count}_child_mb"] or 0) > 1
    assert (found.figures["signatures_1_kb"] or 0) < (found.figures["signatures_10_kb"] or 0)


async def test_every_form_of_an_export_is_read_to_its_end(tmp_path: Path, keys: Path) -> None:
    """The store as `truc bench --exports` fills it, and its reader, without the processes around them."""
    async with a_web(tmp_path, keys) as web:
        exchange = web.hub.exchange
        await exchange.change_directory(material.agencies(), "test")
        assert [count async for count in searching.filled(exchange, exchange.settings, 40)] == [40]
        held = web.axis.profile.hub(AUDITOR)
        caller = Credential(AUDITOR, held.key, held.chain)
        hub = Transport(web.url, caller, clock=lambda: web.axis.clock() / 1000)
        try:
            while await exchange.indexing.caught_up(60):
                pass
            found = {form: await exports.exported(hub, form) for form in (*exports.FORMS, "docx")}
        finally:
            await hub.close()
    assert "docx" in found.pop("docx").refused
    assert [one.refused for one in found.values()] == ["", "", ""]
    assert found["jsonl"].size > found["csv"].size > 40 * 100
    assert found["xlsx"].size > 5_000


def test_the_bench_measures_every_part() -> None:
    measured = suite.measure(suite.TINY)
    told = flat(measured)
    assert told["wrong"] == ""
    assert told["skipped"] == ""
    missing = [key for key in REQUIRED if not isinstance(told.get(key), float)]
    assert missing == []
    assert all(float(str(told[key])) > 0 for key in REQUIRED)
    assert json.loads(msgspec.json.encode(told)) == told
    assert not any(isinstance(value, (dict, list)) for value in told.values())
