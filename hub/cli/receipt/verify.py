"""`truc receipt verify`: with no hub and no network; each check is told as it passes.

The verdict is that of `hub.core.evidence.receipt.verify` alone. To name the checks, the same functions are called one
by one before; they can only refuse more, never less.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Final

import click
import msgspec

from hub.cli import printing
from hub.cli.common import Exit, Shared, make_command
from hub.cli.receipt.text import evidence_lines
from hub.core.errors import ProofInvalid
from hub.core.evidence import countersign
from hub.core.evidence import format as ev
from hub.core.evidence import receipt as receipts
from hub.core.evidence.countersign import Countersignature
from hub.core.evidence.format import Kind
from hub.core.evidence.receipt import VerifiedReceipt
from hub.core.log import policy as policies
from hub.core.log.merkle import leaf_hash
from hub.core.log.policy import Policy
from hub.core.model import Millis

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


class Check(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the answer; `problem` is empty where it passed."""

    number: int
    name: str
    ok: bool
    problem: str = ""


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The output of --json."""

    ok: bool
    checks: list[Check]
    evidence: ev.Evidence | None = None
    index: int | None = None
    origin: str = ""
    size: int | None = None
    log: str = ""
    cosigners: tuple[str, ...] = ()
    document_checked: bool = False
    countersignature: Countersignature | None = None
    signed_checked: bool = False
    signature_shown: str = ""


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """One file of several."""

    file: str
    ok: bool
    event: str = ""
    problem: str = ""


class Outcomes(msgspec.Struct, frozen=True):
    """The output of --json for several files."""

    ok: bool
    receipts: list[Outcome]


@make_command(
    "verify",
    example="""
truc receipt verify 01a2057f.tlog-proof --policy log.policy
truc receipt verify 01a2057f.tlog-proof --policy log.policy --document message.edxml --json""",
)
@click.option("--policy", "policy_file", required=True, type=_FILE, help="Whom you trust: logs, witnesses, quorum.")
@click.option("--document", type=_FILE, help="The message's own bytes, to be compared with the digest.")
@click.option("--proof", type=_FILE, help="What proves the document's signature without it: `signatures/` of a bundle.")
@click.option("--signed", type=_FILE, help="What the other party signed: its acknowledgement (JWS) or status message.")
@click.argument("files", type=_FILE, nargs=-1, required=True, metavar="FILE...")
def command(
    shared: Shared,
    policy_file: Path,
    document: Path | None,
    proof: Path | None,
    signed: Path | None,
    files: tuple[Path, ...],
) -> int:
    """Xác minh biên nhận, không cần Trục và không cần mạng.

    Verify receipts with no hub and no network: exit 0 only when every check of every one passed.
    """
    if (document or proof or signed) and len(files) > 1:
        raise click.UsageError("--document, --proof and --signed belong to one receipt: name one FILE")
    policy = policies.parse(policy_file.read_bytes())
    content = document.read_bytes() if document else None
    if len(files) > 1:
        return _several(shared, files, policy)
    counter = signed.read_bytes() if signed else None
    kept = proof.read_bytes() if proof else None
    checks, proved = _checked(shared, files[0].read_bytes(), policy, content, counter, kept)
    shown = _shown(proved, content, kept)
    if shared.json:
        shared.emit(_answer(checks, proved, signed is not None, shown))
    else:
        _tell(shared, checks, proved, shown)
    return Exit.OK if proved else Exit.REFUSED


def _several(shared: Shared, files: tuple[Path, ...], policy: Policy) -> int:
    """One line for each file, with the reason where it does not verify."""
    outcomes = []
    for file in files:
        checks, proved = _checked(shared, file.read_bytes(), policy, None)
        problem = "" if proved else f"{checks[-1].name}: {checks[-1].problem}"
        event = proved.evidence.event.short if proved else ""
        outcomes.append(Outcome(file=str(file), ok=proved is not None, event=event, problem=problem))
    bad = sum(not outcome.ok for outcome in outcomes)
    if shared.json:
        shared.emit(Outcomes(ok=not bad, receipts=outcomes))
    else:
        for outcome in outcomes:
            mark = "✓" if outcome.ok else "✗"
            printing.line(f"{outcome.file}  {outcome.event or outcome.problem}", mark=mark, good=outcome.ok)
        shared.say(f"{len(files) - bad}/{len(files)} xác minh được", f"{len(files) - bad} of {len(files)} verified")
    return Exit.REFUSED if bad else Exit.OK


def _checked(
    shared: Shared,
    data: bytes,
    policy: Policy,
    content: bytes | None,
    signed: bytes | None = None,
    kept: bytes | None = None,
) -> tuple[list[Check], VerifiedReceipt | None]:
    at = Millis(time.time_ns() // 1_000_000)
    checks: list[Check] = []

    def leaf() -> bytes:
        return leaf_hash(ev.entry(Kind.EVIDENCE, receipts.parse(data).evidence))

    steps: list[tuple[str, Callable[[], object]]] = [
        (shared.pick("tệp đúng dạng", "the file is well formed"), lambda: receipts.parse(data)),
        (
            shared.pick("bằng chứng ở dạng chuẩn tắc", "the evidence is canonical"),
            lambda: ev.decode(receipts.parse(data).evidence),
        ),
        (
            shared.pick("nhật ký và nhân chứng theo chính sách đã ký", "log and witnesses of the policy signed"),
            lambda: policy.check(receipts.parse(data).note, at),
        ),
        (
            shared.pick("bằng chứng nằm trong nhật ký đó", "the evidence is in that log"),
            lambda: receipts.verify_leaf(receipts.parse(data), leaf(), policy, at),
        ),
        (
            shared.pick("mốc neo không mới hơn vị trí", "its anchor is not younger than itself"),
            lambda: receipts.verify(data, policy, None, at),
        ),
    ]
    if content is not None:
        name = shared.pick("văn bản đúng mã băm", "the document has that digest")
        steps.append((name, lambda: receipts.verify(data, policy, content, at)))
    shown = kept if kept is not None else content
    if shown is not None:
        name = shared.pick("chữ ký văn bản đúng như bằng chứng nói", "its signature is as the evidence says")
        proof = kept is not None

        def signature() -> None:
            # Loaded when a document or a proof is at hand: a receipt alone is verified without XML.
            import_module("hub.core.evidence.document_signature").check(
                receipts.verify(data, policy, None, at).evidence, shown, proof=proof
            )

        steps.append((name, signature))
    if signed is not None:
        name = shared.pick("đây là thứ bên kia đã ký", "this is what the other party signed")
        steps.append((name, lambda: countersign.check_signed(receipts.verify(data, policy, None, at).evidence, signed)))
    for number, (name, step) in enumerate(steps, 1):
        try:
            step()
        except ProofInvalid as error:
            checks.append(Check(number, name, False, shared.pick(error.vi, error.en)))
            return checks, None
        checks.append(Check(number, name, True))
    return checks, receipts.verify(data, policy, content, at)


def _shown(proved: VerifiedReceipt | None, content: bytes | None, kept: bytes | None) -> str:
    """The roots by which the document's signature was verified; empty where the evidence says that it is none."""
    mark = proved.evidence.signature if proved else None
    if mark is None or mark.verdict != "VALID":
        return ""
    return "document" if content is not None else "proof" if kept is not None else ""


def _answer(checks: list[Check], proved: VerifiedReceipt | None, signed: bool, shown: str) -> Answer:
    if proved is None:
        return Answer(ok=False, checks=checks)
    return Answer(
        ok=True,
        checks=checks,
        evidence=proved.evidence,
        index=proved.index,
        origin=proved.origin,
        size=proved.size,
        log=proved.log,
        cosigners=tuple(c.name for c in proved.cosigners),
        document_checked=proved.document_checked,
        countersignature=proved.countersignature,
        signed_checked=signed,
        signature_shown=shown,
    )


def _tell(shared: Shared, checks: list[Check], proved: VerifiedReceipt | None, shown: str) -> None:
    for check in checks:
        problem = f": {check.problem}" if check.problem else ""
        printing.line(f"{check.number}. {check.name}{problem}", mark="✓" if check.ok else "✗", good=check.ok)
    if proved is None:
        printing.line(shared.pick("KHÔNG XÁC MINH ĐƯỢC", "NOT VERIFIED"), fg="red", bold=True)
        printing.line(f"→ {shared.text(ProofInvalid.hint)}", dim=True)
        return
    printing.line(shared.pick("ĐÃ XÁC MINH", "VERIFIED"), fg="green", bold=True)
    place = f"{proved.origin} #{proved.index} / {proved.size}"
    witnesses = ", ".join(c.name for c in proved.cosigners) or shared.pick("không có", "none")
    rows = [*evidence_lines(shared, proved.evidence, shown), (shared.pick("nhật ký", "log"), place)]
    rows.append((shared.pick("nhân chứng", "witnesses"), witnesses))
    screen = import_module("hub.cli.screen")  # under --json nothing is drawn
    screen.show(screen.pairs(rows))
    if not proved.document_checked:
        shared.say("Chưa đối chiếu văn bản; thêm --document TỆP", "The document was not compared; add --document FILE")
