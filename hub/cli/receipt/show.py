"""`truc receipt show`: the content of a receipt; from a file, or got from the hub by identifier."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from clients import receipts
from clients.receipts import Proof
from hub.cli.common import NAME, Exit, Shared, kept, make_command
from hub.cli.connect import client, policy, run
from hub.cli.receipt.text import evidence_lines
from hub.cli.screen import pairs, show
from hub.core.model import Millis

_NO_TIME: Final = Millis(2**53)
"""Showing asks nothing about when cosignatures were made."""


@make_command(
    "show",
    "caller",
    example="""
truc receipt show 01a2057f.tlog-proof
truc receipt show --as 000.00.00.G22 01a2057f-6f84-80c3-b934-da0000000001 --out 01a2057f.tlog-proof
truc receipt show --as 000.00.00.G22 07/QĐ-VX
truc receipt show --as 000.00.00.G22 --evidence 01a2057f-738c-8768-8aff-5a000000000a""",
)
@click.option("--evidence", is_flag=True, help="The identifier is that of an evidence, not of a message.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Keep the receipt in this file.")
@click.argument("what", metavar=f"FILE|{NAME}")
def command(shared: Shared, evidence: bool, out: Path | None, what: str) -> int:
    """Xem biên nhận trong một tệp, hoặc lấy biên nhận của một gói tin từ Trục.

    Show the receipt in a file, or get that of a message (or, with --evidence, of one evidence) from the hub. A document
    is named by its identifier, its DocumentId, or number and notation.
    """
    proof = _proof(shared, what, evidence)
    code = Exit.OK if out is None else kept(shared, out, proof.raw)
    if shared.json:
        verified = {"verified_by": proof.log, "index": proof.index, "origin": proof.origin, "size": proof.size}
        shared.emit(verified | {"evidence": proof.evidence, "receipt": proof.raw.decode()})
        return code
    place = f"{proof.origin} #{proof.index} / {proof.size}"
    show(pairs([*evidence_lines(shared, proof.evidence), (shared.pick("nhật ký", "log"), place)]))
    if not proof.log:
        shared.warn(
            "! Chưa xác minh khóa của nhật ký: truc receipt verify TỆP --policy CHÍNH-SÁCH",
            "! the log's key was not verified: truc receipt verify FILE --policy POLICY",
        )
    return code


def _proof(shared: Shared, what: str, evidence: bool) -> Proof:
    path = Path(what)
    if path.is_file():
        return receipts.prove(path.read_bytes(), policy(shared), _NO_TIME, quorum=False)
    if not shared.agency:
        raise click.UsageError(
            shared.pick(f"không có tệp {what}; lấy từ Trục cần --as", f"no file {what}; --as needed")
        )
    return run(_get(shared, what, evidence))


async def _get(shared: Shared, identifier: str, evidence: bool) -> Proof:
    async with client(shared) as axis:
        if evidence:
            return await axis.receipt_of_evidence(identifier)
        return await axis.receipt((await axis.named(identifier)).id)
