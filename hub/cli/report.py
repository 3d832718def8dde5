"""`truc report`: the figures that the law asks for (QĐ 28/2018 Art. 11, 14.3), as tables, JSON or CSV.

CSV is in long form, one figure a line: `section,row,column,value`. Sections: window, totals, rates, tiers, matrix
(row: sending tier; column: receiving tier, with ` handed_over` for those that were fetched), latency, ledger.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import click
import msgspec
from rich.text import Text

from hub.cli import printing, report_period
from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import public_client, run
from hub.cli.report_period import DAY, Asked, as_day
from hub.cli.screen import Pairs, Rows, local, pairs, show, table
from hub.core import wire
from hub.core.model import Tier

_TIERS: Final = {
    Tier.CENTRAL: ("trung ương", "central"),
    Tier.PROVINCIAL: ("tỉnh", "provincial"),
    Tier.DISTRICT: ("huyện", "district"),
    Tier.COMMUNE: ("xã", "commune"),
}
ALL: Final = "all"
"""Name of the ledger's last line."""

_RATES: Final = ("per_second", "per_minute", "per_day")
_TOTALS: Final = ("documents", "deliveries", "statuses", "bytes", "signed", "signed_share")
_BOM: Final = "\ufeff"

Line = tuple[str, str, str, object]


@make_command(
    "report",
    "caller",
    example="""
truc report
truc report --since 2026-11-01 --until 2026-12-01 --csv > thang-11.csv
truc report --period month --from 2026-01-01 --to 2026-06-30 --xlsx sau-thang.xlsx
truc report --regime TT01-2020-A --period 2026-Q1 --agency H52""",
)
@click.option("--since", default="", metavar="TIME", help="First moment: a Vietnam day or RFC 3339 [all].")
@click.option("--until", default="", metavar="TIME", help="First moment after the window [now].")
@click.option(
    "--period", default="", metavar="day|week|month|quarter", help="By ministry, province, district, commune."
)
@click.option("--from", "first", type=DAY, default=None, metavar="DAY", help="With --period: first day [today].")
@click.option("--to", "last", type=DAY, default=None, metavar="DAY", help="With --period: last day [that of --from].")
@click.option("--regime", default="", metavar="CODE", help="A regime filled from the record; --period is then 2026-Q1.")
@click.option("--agency", "whose", default="", metavar="CODE", help="With --regime: of this agency alone.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV; of figures: section,row,column,value. UTF-8 with BOM.")
@click.option("--xlsx", type=click.Path(dir_okay=False, path_type=Path), help="With --period: write an XLSX file.")
@click.option("--pdf", type=click.Path(dir_okay=False, path_type=Path), help="With --period: write a PDF file.")
def command(
    shared: Shared,
    since: str,
    until: str,
    period: str,
    first: datetime | None,
    last: datetime | None,
    regime: str,
    whose: str,
    as_csv: bool,
    xlsx: Path | None,
    pdf: Path | None,
) -> int:
    """Số liệu gửi, nhận văn bản: tần suất, bốn cấp, ma trận, độ trễ, sổ cân đối.

    Figures of the axis: rates, tiers, the 4 × 4 matrix, latency, and the ledger, whose difference has to be 0 (exit 1
    where it is not). With --period the figures of whole days, weeks, months or quarters by ministry, province, district
    and commune, and with --regime those that a regime asks for: with the operator's key, or as `auditor`.
    """
    if as_csv + shared.json + (xlsx is not None) + (pdf is not None) > 1:
        raise click.UsageError("--csv | --xlsx | --pdf | --json")
    if period or regime or xlsx is not None or pdf is not None:
        if since or until:
            raise click.UsageError("--from | --to")
        asked = Asked(period, as_day(first), as_day(last), regime, whose)
        if pdf is not None:
            return report_period.write_pdf(shared, asked, pdf)
        return report_period.tell(shared, asked, as_csv, xlsx)
    figures = run(_figures(shared, since, until))
    if shared.json:
        shared.emit(figures)
    elif as_csv:
        printing.csv(_csv(figures))
    else:
        _tell(shared, figures)
    return Exit.REFUSED if any(line.difference for line in figures.ledger) else Exit.OK


async def _figures(shared: Shared, since: str, until: str) -> wire.Figures:
    async with public_client(shared) as axis:
        return await axis.figures(since, until)


def _tell(shared: Shared, figures: wire.Figures) -> None:
    since = local(figures.since) if not figures.since.startswith("1970-") else shared.pick("ngày đầu", "the beginning")
    shared.say(f"Từ {since} đến {local(figures.until)}", f"From {since} until {local(figures.until)}")
    show(_totals(shared, figures), _rates(shared, figures), _tier_table(shared, figures), _matrix(shared, figures))
    show(_ledger(shared, figures))
    if not figures.documents:
        shared.say(
            "Chưa có văn bản nào trong khoảng này. Gửi thử: truc send --help; hoặc xem truc demo",
            "No document in this window yet. Send one: truc send --help; or look at truc demo",
        )


def _totals(shared: Shared, f: wire.Figures) -> Pairs:
    latency = (
        f"p50 {f.latency.p50} ms, p99 {f.latency.p99} ms (n = {f.latency.measured})" if f.latency.measured else "–"
    )
    return pairs(
        [
            (shared.pick("văn bản", "documents"), f"{f.documents:,}"),
            (shared.pick("lượt nhận", "deliveries"), f"{f.deliveries:,}"),
            (shared.pick("trạng thái", "statuses"), f"{f.statuses:,}"),
            (shared.pick("dung lượng", "bytes"), f"{f.bytes:,}"),
            (shared.pick("có chữ ký hợp lệ", "validly signed"), f"{f.signed:,} ({f.signed_share:.1%})"),
            (shared.pick("từ gửi đến nhận", "submission to hand-over"), latency),
        ]
    )


def _rates(shared: Shared, f: wire.Figures) -> Rows:
    names = shared.pick("mỗi giây|mỗi phút|mỗi ngày", "per second|per minute|per day").split("|")
    columns = shared.pick(
        "tần suất|văn bản|lượt nhận|cao nhất, văn bản|cao nhất, lượt nhận",
        "rate|documents|deliveries|peak documents|peak deliveries",
    )
    rates: list[wire.Rate] = [getattr(f, name) for name in _RATES]
    rows = [
        [name, f"{r.documents:,.3f}", f"{r.deliveries:,.3f}", f"{r.peak_documents:,}", f"{r.peak_deliveries:,}"]
        for name, r in zip(names, rates, strict=True)
    ]
    return table("", columns.split("|"), rows, right=(1, 2, 3, 4))


def _tier_table(shared: Shared, f: wire.Figures) -> Rows:
    columns = shared.pick("cấp|đơn vị|có gửi nhận|tỷ lệ|gửi|nhận", "tier|agencies|exchanged|share|sent|received")
    rows = [
        [
            tier_name(shared, t.tier),
            f"{t.agencies:,}",
            f"{t.exchanged:,}",
            f"{t.share:.1%}",
            f"{t.sent:,}",
            f"{t.received:,}",
        ]
        for t in f.tiers
    ]
    return table("", columns.split("|"), rows, right=(1, 2, 3, 4, 5))


def _matrix(shared: Shared, f: wire.Figures) -> Rows:
    cells = {(flow.sender, flow.recipient): flow for flow in f.matrix}
    tiers = [tier.value for tier in Tier]
    rows = [
        [tier_name(shared, sender), *(_cell(cells.get((sender, recipient))) for recipient in tiers)] for sender in tiers
    ]
    title = shared.pick("Lượt nhận giữa các cấp (đã nhận / tất cả)", "Deliveries between tiers (fetched / all)")
    head = shared.pick("gửi ↓ nhận →", "from ↓ to →")
    return table(title, [head, *(tier_name(shared, t) for t in tiers)], rows, right=(1, 2, 3, 4))


def _cell(flow: wire.Flow | None) -> str:
    return f"{flow.handed_over:,} / {flow.deliveries:,}" if flow and flow.deliveries else "·"


def _ledger(shared: Shared, f: wire.Figures) -> Rows:
    columns = shared.pick(
        "sổ cân đối|đã nhận|đang chờ|đã giao|đã lấy lại|bị từ chối|hết hạn|chênh lệch",
        "ledger|accepted|waiting|handed over|taken back|refused|expired|difference",
    )
    rows = []
    for line in f.ledger:
        figures = (line.accepted, line.waiting, line.handed_over, line.taken_back, line.refused, line.expired)
        difference = Text(f"{line.difference:,}", style="green" if line.difference == 0 else "bold red")
        rows.append([tier_name(shared, line.name), *(f"{n:,}" for n in figures), difference])
    return table("", columns.split("|"), rows, right=(1, 2, 3, 4, 5, 6, 7))


def tier_name(shared: Shared, name: str) -> str:
    if name == ALL:
        return shared.pick("tất cả", "all")
    return shared.pick(*_TIERS[Tier(name)]) if name in set(Tier) else name


def _csv(figures: wire.Figures) -> str:
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(("section", "row", "column", "value"))
    writer.writerows(lines(figures))
    return _BOM + target.getvalue()


def lines(f: wire.Figures) -> Iterator[Line]:
    """All figures in long form."""
    yield "window", "", "since", f.since
    yield "window", "", "until", f.until
    for name in _TOTALS:
        yield "totals", "", name, getattr(f, name)
    for name in _RATES:
        yield from _members("rates", name, getattr(f, name))
    for tier in f.tiers:
        yield from _members("tiers", tier.tier, tier, "tier")
    for flow in f.matrix:
        yield "matrix", flow.sender, flow.recipient, flow.deliveries
        yield "matrix", flow.sender, f"{flow.recipient} handed_over", flow.handed_over
    yield from _members("latency", "", f.latency)
    for line in f.ledger:
        yield from _members("ledger", line.name, line, "name")


def _members(section: str, row: str, record: wire.Wire, *skipped: str) -> Iterator[Line]:
    for name, value in msgspec.structs.asdict(record).items():
        if name not in skipped:
            yield section, row, name, value
