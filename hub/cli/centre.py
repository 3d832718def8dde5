"""`truc centre`: one board of documents and of all programmes, from the country down to one agency."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import click

from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import OPERATOR, asked
from hub.cli.results.measures import of_dossiers
from hub.cli.screen import local, pairs, show, table
from hub.core.wire_centre import Centre, CentreCases, CentreLine

_FLOW: Final = (
    ("có gửi nhận", "exchange"),
    ("gửi", "sent"),
    ("lượt nhận", "deliveries"),
    ("chờ", "waiting"),
    ("quá hạn nhận", "expired"),
)


@make_command(
    "centre",
    "hub",
    "keys",
    "key",
    example="truc centre\ntruc centre --parent 000.00.00.H52\ntruc centre --as 000.00.00.H52 --json",
)
@click.option(
    "--as", "caller", default=OPERATOR, show_default=True, metavar="CODE", help="operator, auditor, or an agency."
)
@click.option("--parent", default="", metavar="CODE", help="Below this agency [the country, or the caller].")
@click.option("--services", is_flag=True, help="Dossiers of the essential services.")
@click.option("--all", "every", is_flag=True, help="Also the agencies that have nothing, each by itself.")
def command(shared: Shared, caller: str, parent: str, services: bool, every: bool) -> int:
    """Trung tâm điều hành: văn bản lưu thông, ai báo cáo, việc gì trễ; từ cả nước xuống từng đơn vị.

    The centre: documents, reports and overdue cases, from the country down to one agency.
    """

    found = asked(shared, lambda axis: axis.centre(parent), caller)
    if shared.json:
        shared.emit(found)
        return Exit.OK
    place = " › ".join([shared.pick("cả nước", "the country"), *(one.name for one in found.above)])
    show(
        pairs(
            [
                (shared.pick("nơi", "place"), place),
                (shared.pick("lúc", "as of"), local(found.as_of)),
                (shared.pick("văn bản từ", "documents since"), str(found.since)),
                (shared.pick("chưa tính vào", "not counted yet"), found.behind),
            ]
        ),
        table("", _columns(shared, found), _rows(shared, found, every)),
    )
    show(of_dossiers(shared, found.shares, found.measures))
    if services:
        show(
            table(
                "",
                shared.pick("dịch vụ|hồ sơ|trực tuyến", "service|dossiers|online").split("|"),
                _services(shared, found),
            )
        )
    return Exit.OK


def _columns(shared: Shared, found: Centre) -> list[str]:
    programmes = (shared.pick(one.vi, one.en) for one in found.programmes)
    return [
        shared.pick("đơn vị", "agency"),
        *(shared.pick(*name) for name in _FLOW),
        *programmes,
        shared.pick("mã", "code"),
    ]


def _rows(shared: Shared, found: Centre, every: bool) -> Iterator[list[object]]:
    """The total last; one row for all that have nothing, unless `every` one is asked for."""
    listed, quiet = (found.lines, []) if every else found.told_apart()
    itself, total = shared.pick("chính đơn vị này", "the agency itself"), shared.pick("tổng", "total")
    rest = [(shared.pick("đơn vị khác", "others"), found.rest)] if found.rest is not None else []
    for name, line in [
        *((itself if line.code == found.root else line.name or line.code, line) for line in listed),
        *rest,
    ]:
        yield [name, *_figures(shared, line), line.code]
    if quiet:
        agencies = sum(line.flow.agencies for line in quiet)
        none = shared.pick(f"{len(quiet)} đơn vị chưa có gì (--all)", f"{len(quiet)} agencies without anything (--all)")
        yield [none, f"0/{agencies}", 0, 0, 0, 0, *("–" for _ in found.programmes), ""]
    yield [total, *_figures(shared, found.total), found.total.code]


def _figures(shared: Shared, line: CentreLine) -> list[object]:
    flow = line.flow
    cases = (_counted(shared, one) if one.total else "–" for one in line.cases)
    return [f"{flow.active}/{flow.agencies}", flow.sent, flow.received, flow.waiting, flow.expired, *cases]


def _counted(shared: Shared, one: CentreCases) -> str:
    told = shared.pick(f"{one.open} mở, {one.ended} xong", f"{one.open} open, {one.ended} ended")
    return told + (shared.pick(f", {one.overdue} quá hạn", f", {one.overdue} overdue") if one.overdue else "")


def _services(shared: Shared, found: Centre) -> Iterator[list[object]]:
    for one in found.services:
        yield [f"{one.service} {shared.pick(one.vi, one.en)}", one.received, one.online]
