"""`truc ack`: sign for messages that were fetched into files."""

from __future__ import annotations

import re
from pathlib import Path

import click
import msgspec

from clients.axis import AxisClient
from clients.errors import SignatureNotHeld
from hub.cli.common import NAME, Exit, Shared, make_command
from hub.cli.connect import client, judge_of, run
from hub.cli.files import held, keep_receipt
from hub.cli.screen import short, show, table
from hub.core import wire
from hub.core.evidence.acknowledgement import Outcome

_NAMED = re.compile(r"(?P<name>[^\n]+):(?P<sha256>[0-9a-fA-F]{64})")
_ID = re.compile(r"(?:urn:uuid:)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


@make_command(
    "ack",
    "agency",
    "judge",
    example="""
truc ack --as 000.00.00.H52 inbox/*
truc ack --as 000.00.00.H52 01a2057f-6f84-80c3-b934-da0000000001:<sha256>""",
)
@click.option("--reject", is_flag=True, help="Say that the content is unusable here, in place of received.")
@click.option("--unverified", is_flag=True, help="Sign also for documents whose signature does not hold here.")
@click.argument("items", nargs=-1, required=True, metavar=f"FOLDER|{NAME}:SHA256…")
def command(shared: Shared, reject: bool, unverified: bool, items: tuple[str, ...]) -> int:
    """Ký xác nhận đã nhận các văn bản đã lưu; văn bản có chữ ký không đúng thì không ký.

    Acknowledge the folders that `truc fetch` wrote, or identifiers (DocumentIds, numbers with notation) with the
    SHA-256 of the bytes that you hold: one signature over the digests of all of them. A document in a folder whose own
    signature does not hold against the roots at hand is left out.
    """
    named = {_pair(item): Path(item) for item in items}
    outcome = Outcome.CONTENT_REJECTED if reject else Outcome.CONTENT_HANDOVER
    named, answer, refused = run(_acknowledge(shared, named, outcome, reject or unverified))
    said = {one.message: one for one in answer.items}
    code = Exit.OK
    for (message, _), path in named.items():
        try:
            if path.is_dir():
                keep_receipt(path, said.get(message))
        except OSError as error:
            shared.warn(f"! {path}: {error}", f"! {path}: {error}")
            code = Exit.NOT_KEPT
    if shared.json:
        shared.emit(msgspec.to_builtins(answer) | ({"not_signed_for": refused} if refused else {}))
    else:
        columns = shared.pick("mã gói tin|trạng thái|bằng chứng|", "id|state|evidence|").split("|")
        rows = [_row(shared, item) for item in answer.items]
        rows += [[short(message), "✗", "", why] for message, why in refused.items()]
        show(table("", columns, rows, whole=(0, 2)))
        if refused:
            shared.warn(f"→ {SignatureNotHeld.hint.vi}", f"→ {SignatureNotHeld.hint.en}")
    missing = len(answer.items) + len(refused) < len(named)
    return Exit.REFUSED if refused or missing or any(item.problem for item in answer.items) else code


async def _acknowledge(
    shared: Shared, named: dict[tuple[str, str], Path], outcome: Outcome, all_of_them: bool
) -> tuple[dict[tuple[str, str], Path], wire.Acknowledgements, dict[str, str]]:
    """The same by identifiers, the hub's answer, and why each of the others was not signed for."""
    refused: dict[str, str] = {}
    async with client(shared, judge=judge_of(shared)) as axis:
        named = {(await _identifier(axis, name), sha256): path for (name, sha256), path in named.items()}
        for (message, _), path in named.items():
            if not all_of_them and path.exists():
                kept = held(path)
                judged = await axis.judge(kept.content, kept.message.verdict)
                if judged.refuted:
                    refused[message] = f"{SignatureNotHeld.code}: {shared.pick(judged.vi, judged.en)}"
        pairs = [pair for pair in named if pair[0] not in refused]
        answer = await axis.acknowledge(pairs, outcome=outcome) if pairs else wire.Acknowledgements(items=[])
        return named, answer, refused


async def _identifier(axis: AxisClient, name: str) -> str:
    match = _ID.fullmatch(name.lower())
    return f"urn:uuid:{match[1]}" if match else (await axis.named(name, side="received")).id


def _pair(item: str) -> tuple[str, str]:
    """A name of the message, and the SHA-256 of its bytes."""
    match = _NAMED.fullmatch(item)
    if match:
        return match["name"], match["sha256"].lower()
    try:
        kept = held(Path(item))
        return kept.message.id, kept.sha256
    except ValueError as error:
        raise click.BadParameter(f"neither a folder of `truc fetch` nor ID:SHA256: {error}") from None


def _row(shared: Shared, item: wire.AcknowledgedItem) -> list[object]:
    if item.problem:
        said = shared.pick(item.problem.vi, item.problem.en)
        return [short(item.message), "✗", "", f"{item.problem.code}: {said}"]
    return [
        short(item.message),
        shared.term(item.state),
        short(item.evidence),
        shared.pick("lặp lại", "repeated") * item.repeated,
    ]
