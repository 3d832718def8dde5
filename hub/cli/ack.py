"""`truc ack`: sign for messages that were fetched into files."""

from __future__ import annotations

import re
from pathlib import Path

import click

from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import client, run
from hub.cli.files import held, keep_receipt
from hub.cli.screen import short, show, table
from hub.core import wire
from hub.core.acknowledgement import Outcome

_NAMED = re.compile(r"(?:urn:uuid:)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):([0-9a-f]{64})")


@make_command(
    "ack",
    "agency",
    example="""
truc ack --as 000.00.00.H52 inbox/*
truc ack --as 000.00.00.H52 01a2057f-6f84-80c3-b934-da0000000001:<sha256>""",
)
@click.option("--reject", is_flag=True, help="Say that the content is unusable here, in place of received.")
@click.argument("items", nargs=-1, required=True, metavar="FOLDER|ID:SHA256…")
def command(shared: Shared, reject: bool, items: tuple[str, ...]) -> int:
    """Ký xác nhận đã nhận các văn bản đã lưu.

    Acknowledge what `truc fetch` wrote (its folders), or identifiers with the SHA-256 of the bytes that you hold: one
    signature over the digests of all of them.
    """
    named = {_pair(item): Path(item) for item in items}
    outcome = Outcome.CONTENT_REJECTED if reject else Outcome.CONTENT_HANDOVER
    answer = run(_acknowledge(shared, list(named), outcome))
    said = {one.message: one for one in answer.items}
    for (message, _), path in named.items():
        if path.is_dir():
            keep_receipt(path, said.get(message))
    if shared.json:
        shared.emit(answer)
    else:
        columns = shared.pick("mã gói tin|trạng thái|bằng chứng|", "id|state|evidence|").split("|")
        show(table("", columns, (_row(shared, item) for item in answer.items), whole=(0, 2)))
    return Exit.REFUSED if any(item.problem for item in answer.items) else Exit.OK


async def _acknowledge(shared: Shared, pairs: list[tuple[str, str]], outcome: Outcome) -> wire.Acknowledgements:
    async with client(shared) as axis:
        return await axis.acknowledge(pairs, outcome=outcome)


def _pair(item: str) -> tuple[str, str]:
    match = _NAMED.fullmatch(item.lower())
    if match:
        return f"urn:uuid:{match[1]}", match[2]
    try:
        return held(Path(item))
    except ValueError as error:
        raise click.BadParameter(f"neither a folder of `truc fetch` nor ID:SHA256: {error}") from None


def _row(shared: Shared, item: wire.AcknowledgedItem) -> list[object]:
    if item.problem:
        said = shared.pick(item.problem.vi, item.problem.en)
        return [short(item.message), "✗", "", f"{item.problem.code}: {said}"]
    return [short(item.message), item.state, short(item.evidence), shared.pick("lặp lại", "repeated") * item.repeated]
