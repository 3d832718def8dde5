"""`truc log watch-agency`: was a certificate registered for us that we did not ask for?"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final, NamedTuple

import click
import msgspec
from cryptography.hazmat.primitives.hashes import SHA256

from clients.errors import Busy, Unreachable
from clients.transport import Transport
from clients.watch import Seen, watch
from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import run, transport
from hub.cli.log.audit import Line, bar, findings_table, lines, now
from hub.cli.screen import local, show, table
from hub.core.audit.agency_watch import Change
from hub.core.audit.log import State
from hub.core.log import policy as policies
from hub.core.log.policy import Policy
from hub.core.signature import foreign
from hub.pki.files import write

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


class Answer(msgspec.Struct, frozen=True):
    """The output of --json, one line a round without --once."""

    ok: bool
    agency: str
    size: int | None
    changes: tuple[Change, ...]
    findings: list[Line]


@make_command(
    "watch-agency",
    "log",
    example="""
truc log watch-agency 000.00.00.H52 https://truc.example --policy log.policy --known ours.pem --once
truc log watch-agency 000.00.00.H52 https://truc.example --policy log.policy --known ours.sha256 --save watch.json""",
)
@click.option("--policy", "policy_file", required=True, type=_FILE, help="Whom you trust: logs, witnesses, quorum.")
@click.option("--known", type=_FILE, multiple=True, help="Your own certificates: PEM, or SHA-256 in hex, one a line.")
@click.option("--acting", multiple=True, metavar="CODE", help="Who acts for your agency, as you know: its centre.")
@click.option("--save", type=click.Path(dir_okay=False, path_type=Path), help="Keep here what was seen, and go on.")
@click.option("--once", is_flag=True, help="Look once, and say by the exit code what was found.")
@click.option("--every", type=click.FloatRange(1), default=60.0, show_default=True, help="Seconds between looks.")
@click.option("--strict", is_flag=True, help="Any change of the entry counts as unexpected, not certificates alone.")
@click.argument("code")
@click.argument("address", metavar="URL")
def command(
    shared: Shared,
    policy_file: Path,
    known: tuple[Path, ...],
    acting: tuple[str, ...],
    save: Path | None,
    once: bool,
    every: float,
    strict: bool,
    code: str,
    address: str,
) -> int:
    """Theo dõi nhật ký công khai: báo ngay khi có chứng thư được đăng ký, hay có bên thay mặt, mà đơn vị không yêu cầu.

    Watch the public log for certificates of your agency, and others that act for it, which you did not ask for. It sees
    that no change is kept back, trusts nobody but the policy's keys, and needs no key of yours. Exit 0: nothing
    unexpected; 1: something is.
    """
    policy = policies.parse(policy_file.read_bytes())
    own = frozenset(digest for path in known for digest in digests_in(shared, path))
    calling = msgspec.structs.replace(shared, url=address.rstrip("/").removesuffix("/log"), agency="")
    state = State.decode(save.read_bytes()) if save is not None and save.exists() else None
    return run(
        _rounds(_Watch(calling, code, own, frozenset(acting), policy, save, strict), state, 0 if once else every)
    )


class _Watch(NamedTuple):
    shared: Shared
    code: str
    own: frozenset[str]
    acting: frozenset[str]
    policy: Policy
    save: Path | None
    strict: bool

    async def look(self, calls: Transport, state: State | None) -> tuple[Seen, bool]:
        with bar(self.shared) as report:
            seen = await watch(
                calls, self.code, self.own, self.policy, now(), saved=state, progress=report, acting=self.acting
            )
        if self.save is not None and seen.state is not None:
            write(self.save, seen.state.encode())
        return seen, not (seen.findings or (seen.changes if self.strict else seen.unexpected))


async def _rounds(watching: _Watch, state: State | None, every: float) -> int:
    """One look, or one after another until the log itself fails. A hub that is away meanwhile is waited for."""
    calls, first = transport(watching.shared), True
    try:
        while True:
            try:
                seen, ok = await watching.look(calls, state)
            except (Unreachable, Busy) as error:
                if first:
                    raise
                watching.shared.warn(f"! {error.vi}", f"! {error.en}")
            else:
                if first or seen.changes or not ok:
                    _tell(watching.shared, watching.code, seen, ok)
                state, first = seen.state or state, False
                if not every or seen.findings:
                    return Exit.OK if ok else Exit.REFUSED
            await asyncio.sleep(every)
    finally:
        await calls.close()


def digests_in(shared: Shared, path: Path) -> list[str]:
    """SHA-256 (hex) of the certificates in a PEM file, or those that a text file lists."""
    data = path.read_bytes()
    if b"-----BEGIN CERTIFICATE-----" in data:
        # The first is the agency's own; issuers that travel with it are nobody's here and do no harm.
        return [c.fingerprint(SHA256()).hex() for c in foreign.certificates_in_pem(data)]
    words = [
        line.split("#")[0].replace(":", "").strip().lower() for line in data.decode("utf-8", "replace").split("\n")
    ]
    found = [word.removeprefix("sha-256").strip() for word in words if word]
    if not all(len(word) == 64 and set(word) <= set("0123456789abcdef") for word in found):
        raise click.UsageError(
            shared.pick(f"{path}: cần PEM hoặc SHA-256 dạng hex", f"{path}: neither PEM nor SHA-256 in hex")
        )
    return found


def _tell(shared: Shared, code: str, seen: Seen, ok: bool) -> None:
    size = seen.checkpoint.size if seen.checkpoint else None
    if shared.json:
        shared.emit(Answer(ok, code, size, seen.changes, lines(seen.findings)))
        return
    if seen.findings:
        findings_table(shared, lines(seen.findings))
    if seen.changes:
        heads = shared.pick(
            "|mục|lúc|thay đổi|SHA-256|bởi|hiệu lực|đến", "|leaf|time|change|SHA-256|by|since|until"
        ).split("|")
        rows = (
            ["✗" if c.unexpected else "", c.leaf, local(c.time), shared.term(c.what), c.digest, c.by, local(c.since),
             local(c.until)]
            for c in seen.changes
        )  # fmt: skip
        show(table(code, heads, rows, right=(1,), whole=(4,)))
    if ok:
        shared.say(f"✓ Không có gì bất thường tới mục {size}", f"✓ nothing unexpected up to leaf {size}")
        return
    shared.say(
        f"✗ {len(seen.unexpected)} thay đổi mà đơn vị không yêu cầu: báo ngay quản trị Trục và kiểm toán viên",
        f"✗ {len(seen.unexpected)} unexpected changes: tell the operator and the auditor at once",
    )
