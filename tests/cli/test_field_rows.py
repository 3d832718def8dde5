"""Every row of `docs/field.md`: what the field sends, and what comes of it now.

The third column of the table is held against what is seen: each word in backticks must be in what the commands said,
or name a test of its own. So a stranger may read the table alone.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
import structlog

from hub.core.model import Millis, vietnam_date
from tests.cli.test_directory_changes import truc
from tests.cli.test_fetch_hostile import Ran
from tests.support.axis import SON_LA, VPCP
from tests.support.process import TRUC
from tests.support.web import Web, a_web

ROOT: Final = Path(__file__).parents[2]
VECTORS: Final = ROOT / "tests/vectors"
FIELD, STATE, STATUSES = VECTORS / "field", VECTORS / "state-ca", VECTORS / "statuses"
TABLE: Final = ROOT / "docs/field.md"
TODAY: Final = ("--today", "2026-11-22")
OLD, NEW = "211.01.01.H52", "212.01.01.H52"


class Place:
    """A folder, and a hub in it once somebody asks for one."""

    def __init__(self, folder: Path, keys: Path) -> None:
        self.folder, self.keys = folder, keys
        self.said: list[str] = []

    async def check(self, *arguments: object) -> Ran:
        return await self.run("check", *arguments, *TODAY)

    async def run(self, *arguments: object) -> Ran:
        ran = await truc(*arguments)
        self.said.append(f"exit {ran.code} {ran.out} {ran.err}")
        return ran

    async def serve(self, anchors: str) -> None:
        """`truc serve` in a folder that has these anchors alone."""

        def copy() -> None:
            target = self.folder / "prod/anchors"
            target.mkdir(parents=True)
            for file in (STATE / anchors).iterdir():
                (target / file.name).write_bytes(file.read_bytes())

        await asyncio.to_thread(copy)
        process = await asyncio.create_subprocess_exec(
            *TRUC, "serve", "--keys", "prod", "--data", "data", "--port", "0",
            cwd=self.folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        told, _ = await process.communicate()
        made = await asyncio.to_thread(lambda: sorted((self.folder / "prod").rglob("*.key.pem")))
        self.said.append(f"exit {process.returncode} {told.decode()} keys made: {len(made)}")


class AtHub:
    """Two agencies at a hub, by the commands."""

    def __init__(self, place: Place, web: Web) -> None:
        self.place, self.web = place, web
        self.hub = ("--url", web.url, "--keys", place.keys)

    async def send(self, file: Path, *more: object, sender: str = VPCP) -> Ran:
        receipt = self.place.folder / f"{len(self.place.said)}.tlog-proof"
        return await self.run(sender, "send", "--edxml", file, "--sign", "--receipt", receipt, *more)

    async def run(self, who: str, command: str, *more: object) -> Ran:
        return await self.place.run(command, "--as", who, *self.hub, *more)

    async def fetch(self, who: str = SON_LA) -> None:
        out = self.place.folder / "got"
        await self.run(who, "fetch", "--out", out, "--ack")
        for file in sorted(await asyncio.to_thread(lambda: list(out.rglob("files/*")))):
            begin = (await asyncio.to_thread(file.read_bytes))[:8]
            self.place.said.append(f"{file.name}: {begin!r}")

    async def agencies(self, *arguments: object) -> Ran:
        return await self.place.run("agencies", *arguments[:1], *self.hub, *arguments[1:])

    async def bring(self, name: str, *more: object) -> Ran:
        return await self.agencies("import", *more, FIELD / name)


Played = Callable[[Place], Awaitable[None]]
PLAYED: Final[dict[str, Played]] = {}


def row(*names: str) -> Callable[[Played], Played]:
    """The function that plays these rows."""

    def made(played: Played) -> Played:
        PLAYED.update(dict.fromkeys(names, played))
        return played

    return made


def checked(name: str, file: Path, *more: object, accepted: str = "") -> None:
    """A row that `truc check` plays, and with `accepted` the hub as well."""

    async def play(place: Place) -> None:
        await place.check(*more, file)
        if accepted:
            async with at_hub(place) as hub:
                await hub.send(file)
                if accepted == "fetched":
                    await hub.fetch()

    PLAYED[name] = play


class at_hub:
    """A hub for as long as a row needs one; it reads as a function."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._web = a_web(place.folder / "hub", place.keys)

    async def __aenter__(self) -> AtHub:
        web = await self._web.__aenter__()
        web.axis.clock.run()
        return AtHub(self._place, web)

    async def __aexit__(self, *error: object) -> None:
        await self._web.__aexit__(*error)  # type: ignore[arg-type]


LEGACY: Final = ("--anchors", STATE / "anchors", "--directory", STATE / "agencies-legacy.json")
ROOTS: Final = ("--anchors", STATE / "anchors")

checked("a1", FIELD / "a1-zip-under-its-own-type.edxml", accepted="fetched")
checked("a2", FIELD / "a2-zip-cut-short.edxml", accepted="sent")
checked("a3", FIELD / "a3-bytes-that-were-read-as-text.edxml")
checked("a4", FIELD / "a4-63-files.edxml", accepted="sent")
checked("a5", FIELD / "a5-31-files-with-xlink.edxml", accepted="sent")
checked("a6", FIELD / "a6-15-files-legacy-signed.edxml", *LEGACY)
checked("b1", FIELD / "b1-trace-of-nobody.edxml", accepted="sent")
checked("b2", FIELD / "b2-signer-without-position.edxml", accepted="sent")
checked("b3", FIELD / "b3-no-typedetail.edxml", accepted="sent")
checked("c1", FIELD / "c1-mojibake.edxml", accepted="sent")
checked("c2", FIELD / "c2-replacement-characters.edxml", accepted="sent")
checked("c3", FIELD / "c3-tcvn3.edxml", accepted="sent")
checked("c4", FIELD / "c4-question-marks.edxml", accepted="sent")
checked("c5", FIELD / "c5-escaped-twice.edxml", accepted="sent")
checked("c6", FIELD / "c6-null-and-na.edxml", accepted="sent")
checked("d1", FIELD / "d1-secret-in-an-element-not-known.edxml", accepted="sent")
checked("e1", STATE / "nonrepudiation-only.edxml", *ROOTS)
checked("e2", STATE / "adobe-document-trust.edxml", *ROOTS)
checked("e3", STATE / "signed-well.edxml", "--anchors", STATE / "anchors-list-with-critical-idp")
checked("e4", STATE / "signed-well.edxml", "--anchors", STATE / "anchors-as-handed-out")
checked("e7", STATE / "legacy-with-subject-name.edxml", *LEGACY)
checked("e8", STATE / "legacy-with-issuer-serial.edxml", *LEGACY)
checked("e9", STATE / "legacy-with-issuer-serial.edxml", *ROOTS)
checked("e10", STATE / "signature-with-id.edxml", *ROOTS)


@row("a7")
async def an_empty_file(place: Place) -> None:
    empty = place.folder / "empty.txt"
    await asyncio.to_thread(empty.touch)
    async with at_hub(place) as hub:
        await hub.run(VPCP, "send", "--to", SON_LA, "--subject", "x", empty)


@row("e5")
async def serve_with_what_the_ca_handed_out(place: Place) -> None:
    await place.serve("anchors-as-handed-out")


@row("e6")
async def serve_with_anchors_alone(place: Place) -> None:
    await place.serve("anchors")


def answered(name: str, document: str, *statuses: str) -> None:
    async def play(place: Place) -> None:
        async with at_hub(place) as hub:
            sent = (await hub.send(STATUSES / f"{document}.edxml", "--json")).json["message"]
            await hub.fetch()
            for status in statuses:
                ran = await hub.send(STATUSES / f"{status}.edxml", "--json", sender=SON_LA)
                about = "this" if ran.json.get("message", {}).get("about") == sent["id"] else "no"
                again = "repeated" if ran.json.get("repeated") else "new"
                place.said.append(f"{again} status {ran.json['message']['status_code']} about {about} document")

    PLAYED[name] = play


answered("f1", "document-33", "status-code-without-date")
answered("f2", "document-07", "status-7")
answered("f3", "document-07", "status-spaces")
answered("f4", "document-33", "status-03-first", "status-03-again")


@row("f5")
async def sent_again_after_it_was_taken_back(place: Place) -> None:
    text, saved = place.folder / "f.txt", place.folder / "x.edxml"
    await asyncio.to_thread(text.write_text, "x")
    async with at_hub(place) as hub:
        sent = ("--to", SON_LA, "--subject", "x", "--number", "1", "--save", saved, text)
        made = await hub.run(VPCP, "send", *sent, "--receipt", place.folder / "r", "--json")
        await hub.run(VPCP, "take-back", "--document", made.json["message"]["id"], "--reason", "nhầm")
        place.said.clear()
        await hub.run(VPCP, "send", "--edxml", saved, "--receipt", place.folder / "again")


@row("g1")
async def a_column_that_is_absent(place: Place) -> None:
    async with at_hub(place) as hub:
        await hub.bring("g1-suspended.csv")
        await hub.bring("g1-three-columns.csv")
        entry = hub.web.axis.exchange.directory["205.01.01.H52"]
        place.said.append(f"suspended: {entry.suspended}, parent: {entry.parent}, QĐ 20: {entry.code_qd20}")


def imported(name: str, file: str, *more: str) -> None:
    async def play(place: Place) -> None:
        async with at_hub(place) as hub:
            await hub.bring(file, *more)

    PLAYED[name] = play


imported("g2", "g2-duplicate.csv", "--dry-run")
imported("g3", "g2-invisible-character.csv", "--dry-run")
imported("g4", "g2-name-on-two-lines.csv", "--dry-run")
imported("g5", "g3-sep-line.csv")
imported("g6", "g3-unicode-text-utf16.csv")
imported("g7", "g3-empty-columns.csv")
imported("g8", "g4-twenty-faults.csv", "--dry-run")


@row("g9")
async def a_merger_in_mid_flight(place: Place) -> None:
    text, merged = place.folder / "f.txt", place.folder / "m.csv"
    await asyncio.to_thread(text.write_text, "x")
    async with at_hub(place) as hub:
        await hub.bring("g5-old.csv")
        given = [hub.web.axis.exchange.directory[code] for code in (OLD, NEW)]
        # The keys of the run are everybody's: these two have theirs beside them.
        await asyncio.to_thread(hub.web.axis.profile.issue_agencies, given, hub.web.axis.clock())
        for code in (OLD, NEW):
            done = await hub.agencies("certify", "--yes", code, place.keys / "agencies" / f"{code}.cert.pem")
            assert done.code == 0, done
        hub.web.axis.clock.run()  # from when the certificates count
        sent = await hub.run(
            VPCP, "send", "--to", OLD, "--subject", "x", text, "--receipt", place.folder / "r", "--json"
        )
        yesterday = vietnam_date(Millis(hub.web.axis.clock())) - timedelta(days=1)
        told = (FIELD / "g5-merged.csv").read_text("utf-8").replace("YESTERDAY", yesterday.isoformat())
        await asyncio.to_thread(merged.write_text, told, "utf-8")
        await hub.agencies("import", merged)
        place.said.clear()
        await hub.fetch(NEW)
        name = sent.json["message"]["id"]
        await hub.run(NEW, "status", "--document", name, "--code", "03")
        await hub.run(VPCP, "outbox", "--document", name)


@row("h4")
async def a_terminal_of_latin_1(place: Place) -> None:
    process = await asyncio.create_subprocess_exec(
        *TRUC, "check", FIELD / "c1-mojibake.edxml", "--lang", "vi",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={"PYTHONIOENCODING": "latin-1", "PATH": str(Path(sys.executable).parent)},
    )  # fmt: skip
    told, _ = await process.communicate()
    place.said.append(f"exit {process.returncode} {told.decode('latin-1')}")


# the table

_ROW: Final = re.compile(r"^\| (?P<name>[a-h][0-9]+) \| (?P<came>[^|]+) \| (?P<now>[^|]+) \|$", re.MULTILINE)
_WORD: Final = re.compile(r"`([^`]+)`")


def rows() -> dict[str, str]:
    """By name, what comes now."""
    return {match["name"]: match["now"] for match in _ROW.finditer(TABLE.read_text("utf-8"))}


def words(text: str) -> list[str]:
    return _WORD.findall(text)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize("name", list(PLAYED))
async def test_a_row_of_the_field(name: str, tmp_path: Path, keys: Path) -> None:
    place = Place(tmp_path, keys)
    await PLAYED[name](place)
    said = " ".join(" ".join(place.said).split())
    assert "Traceback" not in said
    asked = [word for word in words(rows()[name]) if not word.startswith("tests/")]
    assert [word for word in asked if word not in said] == [], said
    assert asked, "a row says what is seen"


def test_every_row_is_played_here_or_names_its_test() -> None:
    table = rows()
    assert set(PLAYED) <= set(table)
    for name in table:
        named = [word for word in words(table[name]) if word.startswith("tests/")]
        assert named or name in PLAYED, name
        for test in named:
            file, _, function = test.partition("::")
            assert re.search(rf"def {function}\b", (ROOT / file).read_text("utf-8")), test


def test_every_input_of_the_field_is_in_a_row() -> None:
    text = TABLE.read_text("utf-8")
    files = [path for folder in (FIELD, STATE, STATUSES) for path in folder.glob("*.edxml")] + [*FIELD.glob("*.csv")]
    assert [file.name for file in files if file.name not in text] == []
