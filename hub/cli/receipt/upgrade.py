"""`truc receipt upgrade`: kept receipts, under checkpoints that witnesses have cosigned since."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
import msgspec

from clients.errors import ClientError
from clients.receipts import Proof, is_better
from hub.cli import printing
from hub.cli.common import Exit, Shared, fail, make_command
from hub.cli.connect import client, run
from hub.core.errors import AxisError
from hub.pki.files import write

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


class Upgraded(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the output of --json. `cosigners` are the policy's names of the witnesses that signed."""

    file: str
    changed: bool
    size: int = 0
    cosigners: tuple[str, ...] = ()
    problem: str = ""


@make_command(
    "upgrade",
    "agency",
    example="""
truc receipt upgrade --as 000.00.00.G22 01a2057f.tlog-proof --policy policy.witnessed
truc receipt upgrade --as 000.00.00.G22 archive/*.tlog-proof --policy policy.witnessed --json""",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write here, and leave the FILE as it is.")
@click.argument("files", type=_FILE, nargs=-1, required=True, metavar="FILE...")
def command(shared: Shared, out: Path | None, files: tuple[Path, ...]) -> int:
    """Lấy bản mới nhất của biên nhận: cùng bằng chứng, dưới mốc nhật ký mà các nhân chứng đã ký.

    Get the newest form of a kept receipt: the same evidence, under a checkpoint that witnesses have cosigned. A file is
    replaced only by a receipt that proves the same and was cosigned by more witnesses.
    """
    if out is not None and len(files) > 1:
        raise click.UsageError("--out FILE")
    return run(_upgrade(shared, files, out))


async def _upgrade(shared: Shared, files: Sequence[Path], out: Path | None) -> int:
    code = Exit.OK
    told = []
    async with client(shared) as axis:
        for file in files:
            try:
                told.append(_kept(file, out, *await axis.upgraded(_read(file))))
            except OSError as error:
                code = Exit.NOT_KEPT
                told.append(Upgraded(str(file), changed=False, problem=f"{error.strerror}: {out or file}"))
            except (AxisError, ClientError) as error:
                if len(files) == 1:
                    return fail(shared, error)
                code = Exit.REFUSED if code is Exit.OK else code
                told.append(Upgraded(str(file), changed=False, problem=shared.pick(error.vi, error.en)))
    if shared.json:
        shared.emit(told)
        return code
    for line in told:
        _tell(shared, line)
    return code


def _read(file: Path) -> bytes:
    return file.read_bytes()


def _kept(file: Path, out: Path | None, before: Proof, after: Proof) -> Upgraded:
    better = is_better(before, after)
    best = after if better else before
    if better or out is not None:
        write(out or file, best.raw)
    return Upgraded(str(file), changed=better, size=best.size, cosigners=best.cosigners)


def _tell(shared: Shared, line: Upgraded) -> None:
    if line.problem:
        printing.line(f"✗ {line.file}: {line.problem}", fg="red", err=True)
        return
    witnesses = ", ".join(line.cosigners) or shared.pick(
        "chưa có nhân chứng nào theo chính sách", "no witness of the policy"
    )
    mark = "✓" if line.changed else "="
    printing.line(f"{mark} {line.file}  {line.size}  {witnesses}")
