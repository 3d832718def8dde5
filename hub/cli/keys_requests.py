"""`truc keys request`, `truc keys take`: certificates from somebody else's authority."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from hub.base.runtime import system_clock
from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import profile, secret, usable_keys
from hub.core.signature.anchors import shortened
from hub.pki.issue import HUB_USES
from hub.pki.requests import Refused, Taken, ask, kind_of, take
from hub.pki.signers import open_key

_FILES: Final = click.Path(exists=True, dir_okay=False, path_type=Path)

_EXAMPLE = """
truc keys request seal --organization "Cục Văn thư"
truc keys request tls --host truc.example.gov.vn
truc keys request 000.00.00.H52 --organization "UBND tỉnh Sơn La\""""


@make_command("request", "keys", "key", example=_EXAMPLE)
@click.option("--organization", default="", metavar="NAME", help="Who asks; stands in the request.")
@click.option("--host", "hosts", multiple=True, metavar="NAME", help="Of the server, for tls; may be given again.")
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
def request(shared: Shared, organization: str, hosts: tuple[str, ...], names: tuple[str, ...]) -> None:
    """Tạo khóa và yêu cầu cấp chứng thư (CSR): tls, seal, tsa, operator, auditor, hoặc mã đơn vị.

    Make a key and the request for its certificate: NAME is tls, seal, tsa, operator, auditor, operator-<name>,
    auditor-<name>, or an agency's code. Hand the request to the CA; `truc keys take` puts the returned certificate in
    place.
    """
    if shared.key and len(names) > 1:
        raise click.UsageError("--key: NAME")
    if "tls" in names and not hosts:
        raise click.UsageError("tls: --host")
    for name in names:
        if kind_of(name) == "agency" and name.count(".") < 2:
            raise click.BadParameter(f"{name}: {', '.join(HUB_USES)}, operator-<name>, auditor-<name> | 000.00.00.H52")
    with usable_keys(shared):
        held = profile(shared)
        with held.locked():
            pass  # the folders
        own = open_key(shared.key, secret(shared)) if shared.key else None
        made = {name: ask(held, name, organization, hosts, own) for name in names}
    if shared.json:
        shared.emit({"requests": {name: str(path) for name, path in made.items()}})
    for name, path in made.items():
        shared.say(f"✓ {name}: yêu cầu ở {path}", f"✓ {name}: the request is {path}")
    shared.say(
        "Gửi cho CA; nhận chứng thư thì: truc keys take CHỨNG-THƯ",
        "Hand it to the CA; then: truc keys take CERTIFICATE",
    )


@make_command("take", "keys", example="truc keys take seal.cer tls.p7b")
@click.argument("files", nargs=-1, required=True, type=_FILES, metavar="CERTIFICATE…")
def take_(shared: Shared, files: tuple[Path, ...]) -> int:
    """Đặt chứng thư CA đã cấp vào đúng chỗ, sau khi kiểm tra khóa, chuỗi, thời hạn, mục đích.

    Put certificates that the CA returned in their place, PEM or DER, once each is checked: over a key that asked here,
    a path to anchors/, in date, fit for its use. Nothing changes for one that fails.
    """
    done: list[Taken] = []
    failed: list[tuple[Path, Refused]] = []
    with usable_keys(shared):
        held = profile(shared)
        for file in files:
            try:
                done.append(take(held, file.read_bytes(), system_clock()))
            except Refused as error:
                failed.append((file, error))
    if shared.json:
        shared.emit(
            {
                "taken": [{"name": one.name, "file": str(one.path), "unchecked": _text(shared, one)} for one in done],
                "refused": [{"file": str(file), "vi": why.text.vi, "en": why.text.en} for file, why in failed],
            }
        )
    for one in done:
        subject = shortened(one.certificate.subject)
        until = f"{one.certificate.not_valid_after_utc:%Y-%m-%d}"
        shared.say(
            f"✓ {one.name}: {subject}, dùng đến {until} → {one.path}",
            f"✓ {one.name}: {subject}, good until {until} → {one.path}",
        )
        if one.unchecked is not None:
            shared.warn(f"! {one.name}: {one.unchecked.vi}", f"! {one.name}: {one.unchecked.en}")
    for file, why in failed:
        shared.warn(f"✗ {file}: {why.text.vi}", f"✗ {file}: {why.text.en}")
    return Exit.REFUSED if failed else Exit.OK


def _text(shared: Shared, one: Taken) -> str:
    return shared.text(one.unchecked) if one.unchecked else ""
