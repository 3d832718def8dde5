"""`truc tasks`: steering tasks: mine to do, that I gave, the board; and acts, each a signed document."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from clients import compose
from hub.cli.common import Shared, epilog, make_command
from hub.cli.connect import client, run
from hub.cli.help import Group
from hub.cli.programmes import CSV, DAY, FOR, LIMIT, PARENT, STANDS, list_cases, show_board, show_case
from hub.cli.send import sent_document
from hub.core import typed
from hub.core.edxml import Attachment
from hub.core.errors import NotFound
from hub.core.wire_programmes import Case
from hub.programmes.tasks.packets import NAME
from hub.programmes.tasks.states import WHOSE, By, TaskAct
from hub.programmes.tasks.words import ASSIGNEE, ASSIGNER, WORDS

_EXAMPLE = """
truc tasks list --as 000.00.00.H52
truc tasks list --as 000.00.00.G22 --given --stands overdue
truc tasks act accept "NV1@000.00.00.G22/000.00.00.H52" --as 000.00.00.H52
truc tasks board --as operator"""
_ACTS = [act.value for act in TaskAct if act is not TaskAct.ASSIGN]


@click.group("tasks", cls=Group, epilog=epilog(_EXAMPLE))
def command() -> None:
    """Nhiệm vụ giao: việc phải làm, việc đã giao, bảng tổng hợp.

    Steering tasks: mine to do, those that I gave, the board. A task is assigned with `truc send --steering 1 --task
    CODE --due DAY`.
    """


@make_command("list", "agency", example=_EXAMPLE)
@click.option("--given", is_flag=True, help="Those that you gave, in place of those that you have to do.")
@click.option("--state", type=click.Choice([str(one) for one in WORDS.states]), help="In this state.")
@STANDS
@FOR
@LIMIT
@CSV
def listed(shared: Shared, given: bool, as_csv: bool, **more: Any) -> int:
    """Việc phải làm, hoặc việc đã giao (--given).

    Tasks to do, or those that were given (--given).
    """
    role = "" if shared.agency in ("operator", "auditor") else ASSIGNER if given else ASSIGNEE
    return list_cases(shared, "tasks", as_csv, role=role, **more)


@make_command("show", "agency", example='truc tasks show "NV1@000.00.00.G22/000.00.00.H52" --as 000.00.00.H52')
@click.argument("task")
def show_one(shared: Shared, task: str) -> int:
    """Một nhiệm vụ với các văn bản của nó.

    A task with its documents.
    """
    return show_case(shared, "tasks", task)


@make_command("board", "agency", example="truc tasks board --as 000.00.00.H52 --day 2026-12-31")
@click.option("--given", is_flag=True, help="Of those that gave them, not of those that have to do them.")
@PARENT
@DAY
@CSV
def board(shared: Shared, given: bool, as_csv: bool, **more: str) -> int:
    """Bảng nhiệm vụ theo cơ quan và cấp; tổng luôn bằng các dòng cộng lại.

    The board by agency and tier; its lines always sum up to the total.
    """
    return show_board(shared, "tasks", as_csv, {"role": ASSIGNER if given else ASSIGNEE} | more)


@make_command(
    "act",
    "agency",
    example="""
truc tasks act accept "NV1@000.00.00.G22/000.00.00.H52" --as 000.00.00.H52
truc tasks act report "NV1@000.00.00.G22/000.00.00.H52" --as 000.00.00.H52 bao-cao.pdf
truc tasks act extend "NV1@000.00.00.G22/000.00.00.H52" --as 000.00.00.G22 --due 2026-12-31 --reason "Bão" """,
)
@click.option("--reason", default="", help="Why, in words.")
@click.option("--due", type=click.DateTime(["%Y-%m-%d", "%d/%m/%Y"]), help="With extend: the new deadline.")
@click.option("--subject", default="", help="Subject of the document [made of the act and the task].")
@click.option("--number", default="", help="Number (số) [the time of sending, MMDDhhmmss and tenths].")
@click.option("--receipt", type=click.Path(dir_okay=False, path_type=Path), help="Where to keep the receipt.")
@click.argument("act", type=click.Choice(_ACTS))
@click.argument("task")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def act_on(
    shared: Shared,
    act: str,
    task: str,
    files: tuple[Path, ...],
    reason: str,
    due: datetime | None,
    subject: str,
    number: str,
    receipt: Path | None,
) -> int:
    """Nhận, từ chối, báo cáo, xác nhận, làm lại, gia hạn, tạm hoãn, tiếp tục, hủy: một văn bản có ký gửi bên kia.

    Accept, refuse, report, confirm, redo, extend, suspend, resume or cancel a task: a signed document, sent to the
    other side with the packet task/1.
    """
    if (due is not None) is not (act == TaskAct.EXTEND):
        raise click.UsageError("--due: extend")
    return run(_act(shared, TaskAct(act), task, files, reason, due, subject, number, receipt))


async def _act(
    shared: Shared,
    act: TaskAct,
    name: str,
    paths: tuple[Path, ...],
    reason: str,
    due: datetime | None,
    subject: str,
    number: str,
    receipt: Path | None,
) -> int:
    async with client(shared) as axis:
        task = (await axis.case("tasks", name)).case
        code, sides = _code(task), {party.role: party.agency for party in task.parties}
        packet = {"packet": "task/1", "act": act.value, "tasks": [code], "assigner": sides[ASSIGNER]}
        typed.check({"reason": reason})
        packet |= {"reason": reason} if reason else {}
        packet |= {"due": due.date().isoformat()} if due is not None else {}
        files = [compose.attachment(path.name, path.read_bytes(), n) for n, path in enumerate(paths, 1)]
        files.append(_packet(packet, len(files) + 1))
        by_assignee = WHOSE[act] is By.ASSIGNEE
        whose, other = sides[ASSIGNEE], sides[ASSIGNER]
        other = other if shared.agency != other else whose  # an act that is not one's own is a letter to the other side
        given = {
            "recipients": (other,),
            "subject": subject or f"{WORDS.acts[act].vi}: {code}",
            "number": number,
            "tasks": (code,),
            "steering": 2 if act is TaskAct.REPORT else None,
            "response_for": [await axis.answering(_of(task))] if by_assignee else [],
        }
        return await sent_document(shared, axis, given, files, receipt)


def _code(task: Case) -> str:
    return str((task.body or {}).get("code") or task.id.partition("@")[0])


def _of(task: Case) -> str:
    """The document that assigned it."""
    found = (task.body or {}).get("of")
    if not isinstance(found, str):
        raise NotFound(expected="a task whose document you may read", found=task.id)
    return found


def _packet(packet: dict[str, Any], number: int) -> Attachment:
    return compose.attachment(NAME, msgspec.json.format(msgspec.json.encode(packet)), number)


for one in (listed, show_one, board, act_on):
    command.add_command(one)
