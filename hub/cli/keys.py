"""`truc keys`: the profile of keys, certificates and revocation lists, and their registration at a hub."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click
import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from hub.base.config import HubSettings
from hub.cli import printing
from hub.cli.common import Shared, epilog, make_command
from hub.cli.connect import OPERATOR, client, passphrase, profile, run, usable_keys, write_policy
from hub.cli.help import Group
from hub.cli.keys_requests import request, take_
from hub.cli.screen import progress, show, table
from hub.core import wire
from hub.core.directory import wire as convert
from hub.core.directory.files import from_csv, from_json
from hub.core.errors import Text
from hub.core.model import Agency, Millis, Tier, iso_utc
from hub.core.signature.anchors import DAY, shortened
from hub.pki.files import certificates_in, file_name
from hub.pki.issue import Credential
from hub.pki.profile import Profile, ensure_profile, registered

_REASONS: Final = ("keyCompromise", "affiliationChanged", "superseded", "cessationOfOperation", "privilegeWithdrawn")
_ORIGIN = click.option("--origin", default=HubSettings().origin, show_default=True, help="Name of the hub's log.")
_REGISTER = click.option("--register", is_flag=True, help="Register the certificate at the hub, as its operator.")

_EXAMPLE = """
truc keys init
truc keys agency add 000.00.00.H52 --name "UBND tỉnh Sơn La" --register
truc keys show"""


@click.group("keys", cls=Group, epilog=epilog(_EXAMPLE))
def command() -> None:
    """Khóa và chứng thư: tạo hồ sơ, cấp, gia hạn, thu hồi, CRL, chính sách tin cậy.

    Keys and certificates: make a profile, issue, renew, revoke, publish CRLs, write the trust policy.
    """


@click.group(
    "agency", cls=Group, epilog=epilog("truc keys agency add 000.00.00.H52\ntruc keys agency revoke 000.00.00.H52")
)
def agency() -> None:
    """Khóa của đơn vị: cấp, gia hạn, thu hồi.

    Agencies' keys: issue, renew, revoke.
    """


@make_command("init", "keys", example="truc keys init --keys keys/demo")
@_ORIGIN
def init(shared: Shared, origin: str) -> None:
    """Tạo bộ khóa thử nghiệm: CA, khóa của Trục, khóa nhật ký; không ghi đè gì đã có.

    Make a demo profile: CAs, the hub's keys, the log's key, and a policy that trusts that log. Existing files stay.
    """
    with usable_keys(shared):
        held = ensure_profile(shared.keys, _now(), passphrase=passphrase(shared))
        path = write_policy(held, origin)
    if shared.json:
        shared.emit({"keys": str(shared.keys), "policy": str(path), "agencies": held.agencies()})
        return
    shared.say(
        f"✓ Hồ sơ khóa {shared.keys}; chính sách tin cậy {path}", f"✓ profile {shared.keys}; trust policy {path}"
    )
    shared.say("Tiếp theo: truc keys agency add MÃ", "Next: truc keys agency add CODE")


_FIRST_KEY: Final = {
    True: Text("Tạo: truc keys agency add MÃ", "Make one: truc keys agency add CODE"),
    False: Text(
        "Xin CA: truc keys request MÃ; để chạy thử: truc keys init; khóa của Trục: truc config check",
        "Ask the CA: truc keys request CODE; to try things: truc keys init; the hub's own: truc config check",
    ),
}
"""By whether the profile has a CA of its own."""


@make_command("show", "keys", example="truc keys show\ntruc keys show --json")
def show_keys(shared: Shared) -> None:
    """Xem các chứng thư trong hồ sơ và thời hạn của chúng; không hiện khóa bí mật.

    Show the profile's certificates and until when they are good; never a private key.
    """
    held = profile(shared)
    with usable_keys(shared):
        lines = [_line(code, c) for code in held.agencies() for c in _certificates(held, code)]
    lists = {shortened(crl.issuer): _time(crl.next_update_utc) for crl in held.anchor_files().crls}
    if shared.json:
        shared.emit({"keys": str(shared.keys), "certificates": lines, "crls": lists})
        return
    if not lines:
        shared.say(
            f"Chưa có khóa đơn vị nào trong {shared.keys}. {_FIRST_KEY[held.has_own_ca()].vi}",
            f"No agency has a key in {shared.keys}. {_FIRST_KEY[held.has_own_ca()].en}",
        )
        return
    columns = shared.pick("đơn vị|tên|hết hạn|SHA-256", "agency|name|not after|SHA-256").split("|")
    show(table("", columns, ([line["agency"], line["name"], line["not_after"], line["sha256"]] for line in lines)))
    for name, due in lists.items():
        shared.say(f"{name}: cập nhật trước {due}", f"{name}: next update {due}")


@make_command("policy", "keys", example="truc keys policy > log.policy")
@_ORIGIN
def policy(shared: Shared, origin: str) -> None:
    """In chính sách tin cậy vào nhật ký của hồ sơ này, để xác minh biên nhận.

    Print the policy that trusts this profile's log: the file for `truc receipt verify --policy`. Hand it to others by a
    way that you trust; a policy got from the hub itself proves nothing.
    """
    with usable_keys(shared):
        path = write_policy(profile(shared), origin)
    if shared.json:
        shared.emit({"file": str(path), "policy": path.read_text(encoding="utf-8")})
    else:
        printing.lines(path.read_text(encoding="utf-8").splitlines())


@make_command("crl", "keys", example="truc keys crl")
def crl(shared: Shared) -> None:
    """Phát hành CRL mới vào anchors/; cần làm ít nhất vài ngày một lần.

    Publish fresh CRLs into anchors/: at least every few days; a running hub reads them by itself.
    """
    held = profile(shared)
    with usable_keys(shared), held.locked():
        lists = held.publish_crls(_now())
    told = {name: {"revoked": len(made), "next_update": _time(made.next_update_utc)} for name, made in lists.items()}
    if shared.json:
        shared.emit(told)
    for name, line in told.items():
        shared.say(
            f"✓ {name}: {line['revoked']} chứng thư bị thu hồi, hiệu lực đến {line['next_update']}",
            f"✓ {name}: {line['revoked']} revoked, good until {line['next_update']}",
        )


@make_command(
    "add",
    "keys",
    "hub",
    example="""
truc keys agency add 000.00.00.H52 --name "UBND tỉnh Sơn La" --register
truc keys agency add --from agencies.json""",
)
@click.option("--name", default="", help="Name in the certificate [the code].")
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="All agencies of a JSON or CSV.",
)
@_REGISTER
@click.argument("codes", nargs=-1, metavar="CODE…")
def add(shared: Shared, name: str, source: Path | None, register: bool, codes: tuple[str, ...]) -> None:
    """Cấp khóa và chứng thư cho đơn vị; đơn vị đã có khóa thì giữ nguyên.

    Issue keys and certificates; an agency that has one keeps it.
    """
    if not codes and source is None:
        raise click.UsageError("CODE… | --from FILE")
    entries = [Agency(code=code, name=name or code, tier=Tier.CENTRAL) for code in codes]
    if source is not None:
        data = source.read_bytes()
        entries += from_csv(data) if source.suffix.lower() == ".csv" else from_json(data)
    with usable_keys(shared):
        held = ensure_profile(shared.keys, _now(), passphrase=passphrase(shared))
        made = _issue(held, entries)
    shared.say(
        f"✓ Cấp mới {made} trong {len(entries)} đơn vị; khóa ở {shared.keys}/agencies",
        f"✓ {made} of {len(entries)} newly issued; keys in {shared.keys}/agencies",
    )
    changes = run(_register(shared, held, [entry.code for entry in entries])) if register else 0
    if shared.json:
        shared.emit({"issued": made, "asked": len(entries), "registered": changes})
    elif register:
        shared.say(f"✓ Đăng ký với Trục: {changes} thay đổi", f"✓ registered at the hub: {changes} changes")
    else:
        shared.say("Đăng ký với Trục: thêm --register", "To register them at the hub: add --register")


@make_command("renew", "keys", "hub", example="truc keys agency renew 000.00.00.H52 --overlap-days 30 --register")
@click.option(
    "--overlap-days", type=click.FloatRange(0, 365), default=30.0, show_default=True, help="The old one stays good."
)
@_REGISTER
@click.argument("code")
def renew(shared: Shared, overlap_days: float, register: bool, code: str) -> None:
    """Tạo khóa và chứng thư mới; chứng thư cũ còn dùng được trong thời gian chuyển tiếp.

    Make a new key and certificate; the old certificate stays good during the overlap, then it is revoked.
    """
    held, at = profile(shared), _now()
    until = Millis(at + int(overlap_days * DAY))
    with usable_keys(shared):
        old = held.agency(code)
        fresh = held.renew_agency(code, at, overlap_until=until)
    changes = run(_replace(shared, code, old, fresh, until)) if register else 0
    if shared.json:
        line = _line(code, fresh.certificate)
        shared.emit({"certificate": line, "old_until": iso_utc(until), "registered": changes})
        return
    shared.say(
        f"✓ Khóa mới của {code}; chứng thư cũ còn dùng đến {iso_utc(until)}",
        f"✓ a new key of {code}; the old certificate stays good until {iso_utc(until)}",
    )
    if register:
        shared.say(f"✓ Đăng ký với Trục: {changes} thay đổi", f"✓ registered at the hub: {changes} changes")
    else:
        shared.say("Chưa đăng ký với Trục (--register)", "Not registered at the hub yet (--register)")


@make_command("revoke", "keys", example="truc keys agency revoke 000.00.00.H52 --reason keyCompromise")
@click.option("--reason", type=click.Choice(_REASONS), default="keyCompromise", show_default=True)
@click.option(
    "--certificate",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="This one [the agency's present one].",
)
@click.argument("code")
def revoke(shared: Shared, reason: str, certificate: Path | None, code: str) -> None:
    """Thu hồi chứng thư của đơn vị và phát hành CRL.

    Revoke an agency's certificate and publish the CRL; a running hub reads it within five minutes.
    """
    held = profile(shared)
    with usable_keys(shared):
        chosen = certificates_in(certificate)[0] if certificate else held.agency(code).certificate
        listed = held.revoke(chosen, _now(), reason)
    if shared.json:
        shared.emit({"certificate": _line(code, chosen), "reason": reason, "revoked": len(listed)})
        return
    shared.say(
        f"✓ Đã thu hồi chứng thư của {code} ({reason}); CRL mới ở {shared.keys}/anchors",
        f"✓ revoked the certificate of {code} ({reason}); the new CRL is in {shared.keys}/anchors",
    )


for _command in (init, show_keys, policy, crl, agency, request, take_):
    command.add_command(_command)
for _command in (add, renew, revoke):
    agency.add_command(_command)


def _issue(held: Profile, entries: list[Agency]) -> int:
    return held.issue_agencies(progress("keys", entries), _now())


async def _register(shared: Shared, held: Profile, codes: list[str]) -> int:
    """Add the present certificates to the hub's entries, which have to be there."""
    async with client(shared, OPERATOR) as axis:
        entries = [await axis.agency_of(code) for code in codes]
        return await axis.put_agencies([_with(entry, held.agency(entry.code)) for entry in entries])


def _with(entry: wire.Agency, credential: Credential) -> wire.Agency:
    mine = convert.certificate_to_wire(registered(credential, _now()))
    if any(c.sha256 == mine.sha256 for c in entry.certificates):
        return entry
    return msgspec.structs.replace(entry, certificates=[*entry.certificates, mine])


async def _replace(shared: Shared, code: str, old: Credential, fresh: Credential, until: Millis) -> int:
    async with client(shared, OPERATOR) as axis:
        entry = _with(await axis.agency_of(code), fresh)
        gone = old.certificate.fingerprint(SHA256()).hex()
        ended = [
            msgspec.structs.replace(c, withdrawn=iso_utc(until)) if c.sha256 == gone else c for c in entry.certificates
        ]
        return await axis.put_agencies([msgspec.structs.replace(entry, certificates=ended)])


def _certificates(held: Profile, code: str) -> list[x509.Certificate]:
    """The present one, and those in their overlap."""
    folder, stem = held.folder / "agencies", file_name(code)
    paths = [folder / f"{stem}.cert.pem", *sorted(folder.glob(f"{stem}.until-*.cert.pem"))]
    return [certificates_in(path)[0] for path in paths]


def _line(code: str, certificate: x509.Certificate) -> dict[str, str]:
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return {
        "agency": code,
        "name": str(names[0].value) if names else "",
        "not_after": _time(certificate.not_valid_after_utc),
        "sha256": certificate.fingerprint(SHA256()).hex(),
    }


def _time(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else ""


def _now() -> Millis:
    return Millis(time.time_ns() // 1_000_000)
