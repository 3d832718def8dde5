"""`truc leaders`: leaders' signatures, as shares with their denominators."""

from __future__ import annotations

import click

from clients.protocol import results as calls
from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import call_alone
from hub.cli.results.measures import SINCE, UNTIL
from hub.cli.screen import show, table, who
from hub.core.wire_signatures import LeaderLine


@make_command(
    "leaders",
    "caller",
    example="""
truc leaders --as operator --since 2026-01 --until 2026-12
truc leaders --as 000.00.00.H52 --json""",
)
@SINCE
@UNTIL
@click.option("--of", "whose", default="", metavar="CODE", help="Of this agency only.")
def command(shared: Shared, since: str, until: str, whose: str) -> int:
    """Lãnh đạo ký số: tỷ lệ văn bản, tỷ lệ cơ quan có chữ ký của người có thẩm quyền, theo cấp.

    Leaders' signatures: the share of documents, and of agencies, whose attachments bear a person's valid signature.
    """
    found = call_alone(shared, calls.leaders(since, until, whose))
    if shared.json:
        shared.emit(found)
        return Exit.OK
    if found.state == "off":
        shared.warn(
            "! Trục này chưa cài phần đọc tệp PDF (truc[pdf]): không có số liệu",
            "! this hub reads no PDF files (the extra truc[pdf] is missing): there are no figures",
        )
    columns = shared.pick(
        "cấp, cơ quan|văn bản đã đọc|lãnh đạo ký|chỉ cơ quan|chữ ký lỗi|không ký|chưa đọc|tỷ lệ văn bản|tỷ lệ cơ quan",
        "tier, agency|read|by a leader|agency only|faulty|unsigned|unread|share of documents|share of agencies",
    ).split("|")
    lines = [found.total, *found.tiers, *found.lines]
    numbers = tuple(range(1, len(columns)))
    show(table(f"{found.first} – {found.last}", columns, (_row(shared, one) for one in lines), right=numbers))
    shared.say(found.defined_vi, found.defined_en)
    if found.behind:
        shared.warn(f"! còn {found.behind} văn bản chưa đọc tới", f"! {found.behind} documents were not looked at yet")
    return Exit.OK


def _row(shared: Shared, one: LeaderLine) -> list[object]:
    name = (
        shared.pick("tất cả", "all")
        if one.key == "all"
        else who(one.key, one.name)
        if one.name
        else shared.term(one.key)
    )
    read = one.leader + one.agency + one.faulty + one.unsigned
    shares = [f"{share:.2%}" if share is not None else "–" for share in (one.share_documents, one.share_agencies)]
    return [name, read, one.leader, one.agency, one.faulty, one.unsigned, one.unread, *shares]
