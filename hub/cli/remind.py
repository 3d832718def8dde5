"""`truc remind`: have recipients told again of documents that wait, or give them more time."""

from __future__ import annotations

import click

from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import OPERATOR, asked
from hub.cli.screen import local, short, show, table
from hub.cli.several import identifiers
from hub.core.wire_remind import MOST_DOCUMENTS, Remind, Reminded, Reminder


@make_command(
    "remind",
    "hub",
    "keys",
    "key",
    example="""
truc remind 01a2057f-6f84-80c3-b934-da0000000001 --reason "Sắp hết hạn"
truc remind --stdin --days 7 --reason "Bão số 5, mất điện" < cho-nhan.txt""",
)
@click.argument("documents", nargs=-1, metavar="ID…")
@click.option("--stdin", is_flag=True, help="Identifiers from standard input too, one a line.")
@click.option("--days", type=click.IntRange(0, 90), default=0, help="Put off their end by so many days; 0: tell again.")
@click.option("--recipient", default="", metavar="CODE", help="Only this recipient [all for whom they wait].")
@click.option("--reason", required=True, help="Told to sender and recipient, and on record.")
def command(shared: Shared, documents: tuple[str, ...], stdin: bool, days: int, recipient: str, reason: str) -> int:
    """Nhắc lại hoặc gia hạn các văn bản đang chờ nhận; kết quả báo riêng từng văn bản.

    Have recipients told again of documents that wait, or with --days give them more time. Each document has its own
    outcome; exit 1 where one was refused.
    """
    names = identifiers(documents, stdin=stdin)
    if not names:
        raise click.UsageError(shared.pick("cần ID hoặc --stdin", "ID or --stdin"))
    told: list[Reminded] = []
    for first in range(0, len(names), MOST_DOCUMENTS):
        items = [Reminder(message=name[:64], recipient=recipient) for name in names[first : first + MOST_DOCUMENTS]]
        wanted = Remind(items=items, reason=reason, days=days)
        told += _asked(shared, wanted)
    if shared.json:
        shared.emit({"items": told})
    else:
        columns = shared.pick("văn bản|nơi nhận|kết thúc|", "document|recipients|ends|").split("|")
        show(table("", columns, (_row(shared, one) for one in told), whole=(0,)))
    return Exit.REFUSED if any(one.problem for one in told) else Exit.OK


def _asked(shared: Shared, wanted: Remind) -> list[Reminded]:
    return asked(shared, lambda axis: axis.remind(wanted), OPERATOR).items


def _row(shared: Shared, one: Reminded) -> list[object]:
    why = f"{one.problem.code}: {shared.pick(one.problem.vi, one.problem.en)}" if one.problem else ""
    return [short(one.message), len(one.recipients) or "✗", local(one.ends_at), why]
