"""`truc programmes`: cases, boards and faults of programmes; the derived store, made again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import RenderableType

from hub.app import opened
from hub.base.config import Settings
from hub.base.runtime import configure_logging
from hub.cli import printing
from hub.cli.common import Exit, Shared, epilog, make_command
from hub.cli.connect import asked, client, pages, run
from hub.cli.help import Group
from hub.cli.screen import local, pairs, short, show, table
from hub.cli.settings import stored_settings
from hub.core import register
from hub.core.wire_programmes import Board, BoardLine, Case, CaseLife, RiddenFaults
from hub.following.following import Following
from hub.programmes.registry import PROGRAMMES
from hub.programmes.riding import Vocabulary
from hub.routes.programmes.views import BOARD_COLUMNS, CASE_COLUMNS, board_cells, case_cells, head

_EXAMPLE = """
truc programmes status --as operator
truc programmes cases tasks --as 000.00.00.H52 --stands overdue
truc programmes board tasks --as operator
truc programmes rebuild --config hub.toml"""
_NAMES = click.Choice(list(PROGRAMMES))
_PROGRAMME = click.argument("programme", type=_NAMES)
FOR = click.option("--for", "whose", default="", metavar="CODE", help="Cases of this agency, of which you act.")
STANDS = click.option(
    "--stands", type=click.Choice(["any", "open", "overdue", "ended"]), default="any", help="How it stands today."
)
LIMIT = click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="Most lines.")
CSV = click.option(
    "--csv", "as_csv", is_flag=True, help="CSV on standard output; UTF-8 with BOM, safe in a spreadsheet."
)
PARENT = click.option("--parent", default="", metavar="CODE", help="Below this agency.")
DAY = click.option("--day", default="", metavar="DAY", help="The day on which it is judged what is late [today].")


@click.group("programmes", cls=Group, epilog=epilog(_EXAMPLE))
def command() -> None:
    """Các chương trình trên văn bản: hồ sơ, bảng tổng hợp, lỗi.

    Programmes on documents: their cases, boards and faults.
    """


@make_command("status", "agency", example="truc programmes status --as operator")
def status(shared: Shared) -> int:
    """Mỗi chương trình có bao nhiêu hồ sơ, còn bao nhiêu văn bản chưa đọc.

    How many cases each programme has, and how many documents are not read yet.
    """
    found = asked(shared, lambda axis: axis.programmes())
    if shared.json:
        shared.emit(found)
        return Exit.OK
    columns = shared.pick(
        "chương trình|tên|hồ sơ|đang mở|sự kiện|lỗi", "programme|title|cases|open|events|faults"
    ).split("|")
    show(
        table(
            "", columns, ([p.name, shared.pick(p.vi, p.en), p.cases, p.open, p.events, p.faults] for p in found.items)
        )
    )
    if found.behind:
        shared.warn(f"còn {found.behind} văn bản chưa đọc", f"{found.behind} documents are not read yet")
    return Exit.OK


@make_command("cases", "agency", example="truc programmes cases tasks --as 000.00.00.H52 --stands overdue")
@_PROGRAMME
@click.option("--role", default="", help="As which party.")
@click.option("--kind", default="", help="Of this kind.")
@click.option("--state", default="", help="In this state.")
@STANDS
@FOR
@LIMIT
@CSV
def cases(shared: Shared, programme: str, as_csv: bool, **given: Any) -> int:
    """Hồ sơ của một chương trình, mới nhất trước.

    Cases of a programme, the newest first.
    """
    return list_cases(shared, programme, as_csv, **given)


def list_cases(shared: Shared, programme: str, as_csv: bool, *, whose: str, limit: int, **given: str | None) -> int:
    """Up to `limit` of them, though the hub may answer in shorter pages."""
    found = run(
        _look(shared, programme, limit, {"agency": whose} | {name: value or "" for name, value in given.items()})
    )
    words = PROGRAMMES[programme].words
    if shared.json:
        shared.emit({"items": found})
    elif as_csv:
        rows = case_cells(found, words, shared.lang)
        printing.csv("".join(register.csv_lines(rows, head(CASE_COLUMNS, shared.lang))))
    elif found:
        show(listed(shared, found, words))
    else:
        shared.say("Không có hồ sơ nào.", "There is no case.")
    return Exit.OK


async def _look(shared: Shared, programme: str, limit: int, given: dict[str, str]) -> list[Case]:
    items: list[Case] = []
    async with client(shared) as axis:
        async for page in pages(lambda cursor: axis.cases(programme, **given, limit=limit, cursor=cursor), True):
            items += page.items
            if len(items) >= limit:
                break
    return items[:limit]


def listed(shared: Shared, items: Sequence[Case], words: Vocabulary) -> RenderableType:
    columns = shared.pick("mã|nội dung|trạng thái|hạn|", "case|title|state|due|").split("|")
    return table(
        "",
        columns,
        ([c.id, c.title, _word(shared, words.states, c.state), c.due, marks(shared, c)] for c in items),
        whole=(0,),
    )


def marks(shared: Shared, case: Case) -> str:
    late = case.overdue or case.late
    told = [shared.pick(mark.vi, mark.en) for mark in case.marks]
    return ", ".join(told or ([shared.pick("quá hạn", "late")] if late else []))


@make_command(
    "show", "agency", example='truc programmes show tasks "NV1@000.00.00.G22/000.00.00.H52" --as 000.00.00.H52'
)
@_PROGRAMME
@click.argument("case")
def show_one(shared: Shared, programme: str, case: str) -> int:
    """Một hồ sơ với các sự kiện; mỗi sự kiện do một văn bản chứng minh.

    A case with its events, each proved by a document.
    """
    return show_case(shared, programme, case)


def show_case(shared: Shared, programme: str, case: str) -> int:
    found: CaseLife = asked(shared, lambda axis: axis.case(programme, case))
    if shared.json:
        shared.emit(found)
        return Exit.OK
    words, one = PROGRAMMES[programme].words, found.case
    parties = [
        (_word(shared, words.roles, p.role), f"{p.name} ({p.agency})" if p.name else p.agency) for p in one.parties
    ]
    told = [
        (shared.pick("mã", "case"), one.id),
        (shared.pick("nội dung", "title"), one.title),
        (shared.pick("trạng thái", "state"), _word(shared, words.states, one.state)),
        (shared.pick("hạn", "due"), " ".join(filter(None, (one.due, marks(shared, one))))),
        *parties,
    ]
    columns = shared.pick("ngày|việc|cơ quan|văn bản", "day|act|by|document").split("|")
    rows = ([e.day, _word(shared, words.acts, e.act), e.name or e.by, short(e.document)] for e in found.events)
    show(pairs(told), table("", columns, rows, whole=(3,)))
    if found.after:
        shared.say("… còn nữa (--json)", "… there is more (--json)")
    shared.say(
        f"Biên nhận của mỗi văn bản: truc receipt show --as {shared.agency} MÃ",
        f"The receipt of each document: truc receipt show --as {shared.agency} ID",
    )
    return Exit.OK


@make_command("board", "agency", example="truc programmes board tasks --as operator --parent 000.00.00.H52")
@_PROGRAMME
@click.option("--role", default="", help="As which party.")
@click.option("--kind", default="", help="Of this kind.")
@PARENT
@DAY
@CSV
def board(shared: Shared, programme: str, as_csv: bool, **given: Any) -> int:
    """Bảng theo cơ quan và cấp; tổng luôn bằng các dòng cộng lại.

    A board by agency and tier; its lines always sum up to the total.
    """
    return show_board(shared, programme, as_csv, given)


def show_board(shared: Shared, programme: str, as_csv: bool, given: dict[str, str]) -> int:
    found: Board = asked(shared, lambda axis: axis.board(programme, **given))
    if shared.json:
        shared.emit(found)
    elif as_csv:
        lines = register.csv_lines(board_cells(found, shared.lang), head(BOARD_COLUMNS, shared.lang))
        printing.csv("".join(lines))
    else:
        _draw_board(shared, found)
    return Exit.OK


def _draw_board(shared: Shared, found: Board) -> None:
    columns = head(BOARD_COLUMNS, shared.lang)
    tiers: list[BoardLine] = list(found.tiers)
    rows = [["", shared.term(one.tier) if one.tier else "–", "", *map(str, _figures(one))] for one in tiers]
    title = shared.pick(f"Ngày {found.day}", f"On {found.day}")
    show(
        table(title, columns, board_cells(found, shared.lang)), table(shared.pick("Theo cấp", "By tier"), columns, rows)
    )


def _figures(one: BoardLine) -> tuple[int, ...]:
    return one.agencies, one.total, one.open, one.overdue, one.ended, one.late


@make_command("faults", "agency", example="truc programmes faults all --as 000.00.00.H52")
@click.argument("programme", type=click.Choice([*PROGRAMMES, "frame", "all"]), default="all")
@click.option("--code", default="", help="Of this code alone.")
@click.option("--day", default="", metavar="YYYY-MM-DD", help="Of documents accepted on this day.")
@FOR
@LIMIT
def faults(shared: Shared, programme: str, code: str, day: str, whose: str, limit: int) -> int:
    """Điều các chương trình không hiểu trong văn bản đã gửi, đã nhận; thoát 1 khi có.

    Parts of sent and received documents that programmes did not understand; exit 1 where there is one.
    """
    given: dict[str, str | int] = {"agency": whose, "limit": limit, "code": code, "day": day}
    found: RiddenFaults = asked(shared, lambda axis: axis.ridden_faults(programme, **given))
    if shared.json:
        shared.emit(found)
    elif found.items:
        columns = shared.pick("lúc|văn bản|chỗ|lỗi", "at|document|place|fault").split("|")
        rows = ([local(f.at), short(f.document), f.place, f"{f.code}: {shared.pick(f.vi, f.en)}"] for f in found.items)
        show(table("", columns, rows, whole=(0, 1)))
    else:
        shared.say("✓ Không có lỗi nào", "✓ There is no fault")
    return Exit.REFUSED if found.items else Exit.OK


_CONFIG = click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings in TOML; defaults without."
)
_DATA = click.option("--data", help="Folder of the store, in place of the settings'.")
_KEYS_FOLDER = click.option("--keys", "keys_folder", help="Folder of the keys, in place of the settings'.")


@make_command("rebuild", example="truc programmes rebuild --config hub.toml")
@_CONFIG
@_DATA
@_KEYS_FOLDER
def rebuild(shared: Shared, config: Path | None, data: str | None, keys_folder: str | None) -> int:
    """Lập lại mọi hồ sơ từ văn bản đầu tiên, rồi cộng lại các bảng để đối chiếu.

    Derive all cases again from the first document on, and count the boards again. The hub must not run meanwhile; a
    running one derives a store again by itself that is missing, damaged or of another version. Exit 1 where the cases
    add up to other counts.
    """
    settings = stored_settings(config, data, keys_folder)
    configure_logging("warning")
    figures, wrong = run(_rebuilt(settings))
    if shared.json:
        shared.emit({"programmes": figures, "wrong": wrong})
    else:
        for name, counts in figures.items():
            told = ", ".join(f"{shared.term(what)} {n:,}" for what, n in counts.items())
            printing.line(f"{name}: {told}", mark="✓")
        for line in wrong:
            printing.line(f"✗ {line}", err=True)
    return Exit.REFUSED if wrong else Exit.OK


async def _rebuilt(settings: Settings) -> tuple[dict[str, dict[str, int]], list[str]]:
    async with opened(settings) as (exchange, _, _):
        following, store = exchange.following, exchange.store.programmes
        assert isinstance(following, Following)
        assert store is not None
        await following.rebuild()
        while await following.step():
            pass
        figures = {name: counts._asdict() for name, counts in (await store.figures()).items()}
        return figures, await store.recounted()


def _word(shared: Shared, words: Any, code: str) -> str:
    found = words.get(code)
    return shared.text(found) if found is not None else code


for one in (status, cases, show_one, board, faults, rebuild):
    command.add_command(one)
