"""`truc attention`: the most urgent work first, as the console's overview shows it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType

from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import OPERATOR, asked
from hub.cli.screen import local, show, table
from hub.core.wire_watch import AttentionItem


@make_command("attention", "hub", "keys", "key", example="truc attention\ntruc attention --json")
def command(shared: Shared) -> int:
    """Việc cần xử lý, nặng nhất trước, kèm bước tiếp theo; thoát 1 khi có.

    The most urgent work first, with the next step; exit 1 where there is some.
    """

    found = asked(shared, lambda axis: axis.attention(), OPERATOR)
    if shared.json:
        shared.emit(found)
    elif found.items:
        show(listed(shared, found.items))
    else:
        shared.say(f"✓ Không có việc cần xử lý, {local(found.at)}", f"✓ Nothing needs doing, {local(found.at)}")
    return Exit.REFUSED if found.items else Exit.OK


def listed(shared: Shared, items: Sequence[AttentionItem]) -> RenderableType:
    columns = shared.pick("hạng|việc|từ|bước tiếp theo", "rank|matter|since|next step").split("|")
    rows = (
        [
            i.rank,
            shared.pick(i.vi, i.en),
            local(i.since) or (f"→ {local(i.until)}" if i.until else ""),
            shared.pick(i.do_vi, i.do_en),
        ]
        for i in items
    )
    return table("", columns, rows)
