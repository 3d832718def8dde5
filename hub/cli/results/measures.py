"""`truc results measures`: results claimed, signed, verified and retrievable, with their denominators."""

from __future__ import annotations

from collections.abc import Sequence

import click
from rich.console import RenderableType

from clients.protocol import results as calls
from hub.cli import printing
from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import call_alone
from hub.cli.screen import show, table, who
from hub.core.wire_results import DossierMeasure, OfDossiers, ResultLine

SINCE = click.option("--since", default="", metavar="MONTH", help="From this month on [January of this year].")
UNTIL = click.option("--until", default="", metavar="MONTH", help="Up to this month [this one].")


@make_command(
    "measures",
    "caller",
    example="""
truc results measures --as operator --since 2026-01 --until 2026-12
truc results measures --as 000.00.00.H52 --json""",
)
@SINCE
@UNTIL
@click.option("--of", "whose", default="", metavar="CODE", help="Of this agency only.")
def command(shared: Shared, since: str, until: str, whose: str) -> int:
    """Đo kết quả điện tử: đã đăng ký, có chữ ký, chữ ký đạt, tải lại được.

    Measure electronic results: claimed, signed, verified, retrievable; a link alone counts as none of these.
    """
    found = call_alone(shared, calls.measure_results(since, until, whose))
    if shared.json:
        shared.emit(found)
        return Exit.OK
    columns = shared.pick(
        "cơ quan|đăng ký|từ giấy|có tệp|có chữ ký|chữ ký đạt|tỷ lệ đạt",
        "agency|claimed|from paper|with file|signed|verified|share verified",
    ).split("|")
    lines = [found.total, *found.lines]
    show(
        table(f"{found.first} – {found.last}", columns, (_row(shared, one) for one in lines), right=(1, 2, 3, 4, 5, 6))
    )
    shared.say(found.defined_vi, found.defined_en)
    show(of_dossiers(shared, found.total.of_dossiers, found.measures))
    for means in found.measures:
        printing.line(f"  {shared.pick(means.vi, means.en)}: {shared.pick(means.defined_vi, means.defined_en)}")
    if not found.read:
        shared.warn(
            "! Trục này không đọc tệp PDF: cột chữ ký không nói lên điều gì",
            "! this hub reads no PDF files: the columns of signatures say nothing",
        )
    return Exit.OK


def of_dossiers(shared: Shared, shares: Sequence[OfDossiers], measures: Sequence[DossierMeasure]) -> RenderableType:
    """A table of shares of dossiers, with their counts."""
    columns = shared.pick("trên hồ sơ|tử số|mẫu số|tỷ lệ|11/2022", "of dossiers|numerator|denominator|share|11/2022")
    told = {one.code: one for one in measures}
    rows = [
        [
            shared.pick(told[one.code].vi, told[one.code].en),
            one.part,
            one.whole,
            f"{one.percent:g} %" if one.percent is not None else "–",
            f"{told[one.code].then} %" if told[one.code].then else "",
        ]
        for one in shares
    ]
    return table("", columns.split("|"), rows, right=(1, 2, 3, 4))


def _row(shared: Shared, one: ResultLine) -> list[object]:
    name = shared.pick("tất cả", "all") if one.key == "all" else who(one.key, one.name)
    share = f"{one.share_verified:.2%}" if one.share_verified is not None else "–"
    return [name, one.claimed, one.converted, one.attached, one.signed, one.verified, share]
