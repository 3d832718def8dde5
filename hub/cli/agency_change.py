"""`truc agencies add|suspend|resume|succeed|certify`: an operator's changes of one agency.

Each command asks the hub for the effect of its change and whether it would be accepted, shows the difference, and asks;
then it changes just that, if nobody has changed the entry meanwhile. `--yes` is the answer of a script, `--dry-run`
ends before the question.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from msgspec.structs import replace

from clients.axis import AxisClient
from clients.errors import UnexpectedAnswer
from hub.cli import agency_diff, printing
from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import OPERATOR, client, look_up, run
from hub.cli.screen import pairs, show
from hub.core import wire
from hub.core.directory import amend
from hub.core.directory import wire as convert
from hub.core.directory.check import duplicate, refusal
from hub.core.directory.files import day
from hub.core.errors import DirectoryRefusal, NotFound
from hub.core.model import Agency, Millis, Tier, vietnam_date
from hub.core.signature import foreign

F = TypeVar("F", bound=Callable[..., Any])

_YES: Final = click.option("--yes", is_flag=True, help="Ask nothing: for scripts.")
_NAMES: Final = {x509.NameOID.ORGANIZATION_IDENTIFIER: "organizationIdentifier"}
_DRY_RUN: Final = click.option("--dry-run", is_flag=True, help="Check and show the change, make none.")


class _Day(click.ParamType[date]):
    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return value if isinstance(value, date) else day(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


def _asking(function: F) -> F:
    return _YES(_DRY_RUN(function))


@make_command(
    "add",
    "hub",
    "keys",
    "key",
    example='truc agencies add 213.01.01.H52 --name "UBND xã Mường Thử" --tier commune --parent 000.00.00.H52',
)
@click.option("--name", required=True)
@click.option("--tier", type=click.Choice([t.value for t in Tier]), required=True)
@click.option("--parent", default="", metavar="CODE", help="The agency above it.")
@click.option("--centre", default="", metavar="CODE", help="The agency that sends and fetches for it.")
@click.option("--code-qd20", default="", metavar="CODE", help="Its code of QĐ 20/2020.")
@click.option("--short-name", default="")
@click.option("--email", default="")
@click.option("--address", default="")
@click.option("--from", "valid_from", type=_Day(), help="First day on which it sends and receives.")
@_asking
@click.argument("code")
def add(shared: Shared, yes: bool, dry_run: bool, code: str, tier: str, **fields: Any) -> int:
    """Thêm một đơn vị vào danh mục của Trục.

    Add an agency to a hub's directory. Give it keys with `truc keys agency add CODE --register`, or register the
    certificate that it has with `truc agencies certify`.
    """
    made = Agency(code=code, tier=Tier(tier), **fields)

    def of(old: Agency | None) -> Agency:
        if old is not None and old.code == code:
            raise refusal([duplicate(code, "code", code)])
        return made

    return _change(shared, code, of, yes, dry_run)


@make_command("suspend", "hub", "keys", "key", example="truc agencies suspend 000.00.00.H52")
@_asking
@click.argument("code")
def suspend(shared: Shared, yes: bool, dry_run: bool, code: str) -> int:
    """Tạm ngừng một đơn vị: không gửi, không nhận, khóa của đơn vị không ký được gì.

    Suspend an agency: it neither sends nor receives, and its keys sign nothing.
    """
    return _change(shared, code, lambda old: replace(_there(old, code), suspended=True), yes, dry_run)


@make_command("resume", "hub", "keys", "key", example="truc agencies resume 000.00.00.H52")
@_asking
@click.argument("code")
def resume(shared: Shared, yes: bool, dry_run: bool, code: str) -> int:
    """Cho một đơn vị đang tạm ngừng hoạt động trở lại.

    End the suspension of an agency.
    """
    return _change(shared, code, lambda old: replace(_there(old, code), suspended=False), yes, dry_run)


@make_command(
    "succeed",
    "hub",
    "keys",
    "key",
    example="""
truc agencies succeed 000.00.00.H63 000.00.00.H38 --last-day 2025-06-30
truc agencies succeed 000.04.31.H26 000.00.A1.H26 --heir 000.00.A2.H26""",
)
@click.option("--last-day", type=_Day(), help="The last day on which it sends and receives [today in Vietnam].")
@click.option("--heir", "heirs", multiple=True, metavar="CODE", help="A further agency that took over a part; repeat.")
@_asking
@click.argument("code")
@click.argument("successor")
def succeed(
    shared: Shared, yes: bool, dry_run: bool, code: str, successor: str, last_day: date | None, heirs: tuple[str, ...]
) -> int:
    """Kết thúc một đơn vị và ghi đơn vị kế thừa: văn bản gửi cho đơn vị cũ được chuyển tới đó.

    End an agency and name its successor: documents addressed to it go there. Where it was split, the successor is the
    main heir, and --heir tells of the others.
    """
    end = last_day or vietnam_date(_now())

    def of(old: Agency | None) -> Agency:
        return amend.ended(_there(old, code), end, successor, heirs)

    return _change(shared, code, of, yes, dry_run)


@make_command("certify", "hub", "keys", "key", example="truc agencies certify 000.00.00.H52 H52.cer")
@_asking
@click.argument("code")
@click.argument("certificate", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def certify(shared: Shared, yes: bool, dry_run: bool, code: str, certificate: Path) -> int:
    """Đăng ký chứng thư của đơn vị (.cer, .crt, .pem; DER hoặc PEM); chứng thư đã có vẫn giữ.

    Register an agency's certificate (.cer, .crt, .pem; DER or PEM); those that it has stay.
    """
    read = _certificate(certificate)
    digest = hashlib.sha256(read.public_bytes(Encoding.DER)).hexdigest()
    if not shared.json:
        show(pairs(_described(shared, read, digest)))

    def of(old: Agency | None) -> Agency:
        return amend.certified(_there(old, code), read, _now())

    return _change(shared, code, of, yes, dry_run)


COMMANDS: Final = (add, suspend, resume, succeed, certify)


def _change(shared: Shared, code: str, of: Callable[[Agency | None], Agency], yes: bool, dry_run: bool) -> int:
    """Show the changed entry, ask, and do it."""
    if shared.json and not (yes or dry_run):
        raise click.UsageError("--json: --yes | --dry-run")
    old, new = run(_prepared(shared, code, of))
    told = amend.changes({} if old is None else {old.code: old}, [new])
    agency_diff.tell(shared, told, [new])
    done = 0
    if told and not dry_run:
        if not yes and not printing.confirm(shared.pick("Ghi thay đổi này?", "Make this change?")):
            shared.say("Không thay đổi gì", "Nothing was changed")
            return Exit.REFUSED
        done = run(_made(shared, code, old, new))
    if shared.json:
        shared.emit({"code": new.code, "changes": len(told), "dry_run": dry_run, "diff": told})
    elif not told:
        shared.say("Không có gì để thay đổi", "There is nothing to change")
    elif done:
        shared.say(f"✓ Đã ghi {new.code}", f"✓ {new.code} was changed")
    return Exit.OK


async def _prepared(shared: Shared, code: str, of: Callable[[Agency | None], Agency]) -> tuple[Agency | None, Agency]:
    """The entry as it is and as it would be, which the hub has checked."""
    async with client(shared, OPERATOR) as axis:
        old = await _entry(axis, code)
        new = of(old)
        if new != old:
            await axis.put_agencies([convert.to_wire(new)], dry_run=True)
        return old, new


async def _made(shared: Shared, code: str, old: Agency | None, new: Agency) -> int:
    async with client(shared, OPERATOR) as axis:
        now = await _entry(axis, code)
        if now != old:
            raise DirectoryRefusal(
                expected=shared.pick("đơn vị như vừa hiển thị", "the entry that was shown"),
                found=shared.pick("có người vừa thay đổi; chạy lại lệnh", "it was changed meanwhile; run this again"),
            )
        return await axis.put_agencies([convert.to_wire(new)])


async def _entry(axis: AxisClient, code: str) -> Agency | None:
    (found,) = await look_up(axis, [code])
    return entry(found) if found is not None else None


def entry(record: wire.Agency) -> Agency:
    """The entry that a hub shows. UnexpectedAnswer for an answer that is none."""
    try:
        return convert.from_wire(record)
    except ValueError as error:
        raise UnexpectedAnswer(f"no entry of a directory ({error})") from None


def _there(old: Agency | None, code: str) -> Agency:
    if old is None:
        raise NotFound(expected="a registered agency", found=code)
    return old


def _certificate(path: Path) -> x509.Certificate:
    try:
        if path.stat().st_size > foreign.MAX_FILE:
            raise foreign.TooCostly(f"at most {foreign.MAX_FILE} bytes", str(path.stat().st_size))
        return amend.own_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"{path}: {error}") from None


def _described(shared: Shared, certificate: x509.Certificate, digest: str) -> list[tuple[str, object]]:
    since, until = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return [
        (shared.pick("chủ thể", "subject"), certificate.subject.rfc4514_string(_NAMES)),
        (shared.pick("CA cấp", "issuer"), certificate.issuer.rfc4514_string(_NAMES)),
        (shared.pick("số hiệu", "serial"), f"{certificate.serial_number:X}"),
        (
            shared.pick("hiệu lực", "valid"),
            f"{since:%Y-%m-%d} – {until:%Y-%m-%d}",
        ),
        ("SHA-256", digest),
    ]


def _now() -> Millis:
    return Millis(time.time_ns() // 1_000_000)
