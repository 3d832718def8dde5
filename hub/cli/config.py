"""`truc config`: are the settings right, and where does each value come from?"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import msgspec

from hub.app.lists import programmes_of
from hub.base.config import InvalidSettings, Settings, load, paths
from hub.cli.common import Exit, Shared, epilog, make_command
from hub.cli.connect import policy_path
from hub.cli.help import Group
from hub.cli.screen import show, table
from hub.cli.settings import refused_settings
from hub.core.errors import AxisError, ListInvalid, Text
from hub.core.log import policy as policies
from hub.pki.profile import Profile
from hub.pki.requests import Lack, missing

_CONFIG = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Settings in TOML; defaults without.",
)
_SECRETS: Final = (
    re.compile(r"(?<=://)[^/@\s]+(?=@)"),
    re.compile(r"(?<=pin-value=)[^&;\s]*"),
)
_HIDDEN: Final = "…"


@click.group(
    "config", cls=Group, epilog=epilog("truc config check --config hub.toml\ntruc config show --config hub.toml")
)
def command() -> None:
    """Kiểm tra, xem cấu hình của Trục.

    Check and show a hub's settings.
    """


@make_command("show", example="truc config show --config hub.toml --json")
@_CONFIG
def show_(shared: Shared, config: Path | None) -> None:
    """Xem từng giá trị và nguồn của nó (tệp hay mặc định); bí mật được che, đường dẫn viết đầy đủ.

    Show each value and where it comes from, the file or the default; secrets are hidden, paths written in full.
    """
    settings, given = _read(config)
    rows = list(_values(settings, given))
    if shared.json:
        values = [{"name": name, "value": value, "from": origin} for name, value, origin in rows]
        shared.emit({"config": str(config or ""), "values": values})
        return
    told = [(name, value, shared.term(origin)) for name, value, origin in rows]
    show(table("", shared.pick("tên|giá trị|nguồn", "name|value|from").split("|"), told))


@make_command("check", example="truc config check --config hub.toml")
@_CONFIG
def check(shared: Shared, config: Path | None) -> int:
    """Kiểm tra cấu hình: giá trị, tệp, khóa, chứng thư, tên nhật ký so với log.policy; không thay đổi gì.

    Check the settings before a hub is started with them: every value, the files that they name, keys, certificates,
    the log's name against log.policy. Nothing is changed. Exit 1 where the hub would not start, or not be the same as
    before.
    """
    settings, _ = _read(config)
    faults, advice = list(_faults(settings)), list(_advice(settings))
    if shared.json:
        both = ((True, faults), (False, advice))
        told = [{"needed": needed, "vi": text.vi, "en": text.en} for needed, texts in both for text in texts]
        shared.emit({"config": str(config or ""), "ok": not faults, "findings": told})
        return Exit.REFUSED if faults else Exit.OK
    for text in faults:
        shared.say(f"✗ {text.vi}", f"✗ {text.en}")
    for text in advice:
        shared.say(f"- {text.vi}", f"- {text.en}")
    if not faults:
        shared.say("✓ cấu hình dùng được", "✓ the settings can be used")
    return Exit.REFUSED if faults else Exit.OK


for _command in (check, show_):
    command.add_command(_command)


def _read(config: Path | None) -> tuple[Settings, dict[str, dict[str, object]]]:
    try:
        settings = load(config)
    except InvalidSettings as error:
        raise refused_settings(error) from None
    return settings, tomllib.loads(config.read_text(encoding="utf-8")) if config else {}


def _values(settings: Settings, given: dict[str, dict[str, object]]) -> Iterator[tuple[str, str, str]]:
    for section in msgspec.structs.fields(Settings):
        values = getattr(settings, section.name)
        for member in msgspec.structs.fields(type(values)):
            origin = "file" if member.name in given.get(section.name, {}) else "default"
            yield f"{section.name}.{member.name}", _plain(getattr(values, member.name)), origin


def _plain(value: object) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    for secret in _SECRETS:
        text = secret.sub(_HIDDEN, text)
    return text


def _lacks(settings: Settings, profile: Profile) -> list[Lack]:
    hub, http = settings.hub, settings.http
    return missing(profile, seal=hub.seal, seal_key=hub.seal_key, tls=(http.tls_certificate, http.tls_key))


def _faults(settings: Settings) -> Iterator[Text]:
    profile = Profile(Path(settings.hub.keys))
    lacks = _lacks(settings, profile)
    if not profile.has_own_ca():
        for lack in lacks:
            if lack.needed:
                yield Text(
                    f"thiếu {_with_command(lack, lack.what.vi)}", f"missing: {_with_command(lack, lack.what.en)}"
                )
    yield from _of_origin(settings)
    for section, member in paths():
        value = getattr(getattr(settings, section), member)
        if value and section not in ("hub", "http") and not Path(value).exists():
            yield Text(f"{section}.{member}: không có {value}", f"{section}.{member}: there is no {value}")
    if settings.programmes.lists and Path(settings.programmes.lists).exists():
        try:
            programmes_of(settings)
        except ListInvalid as error:
            yield Text(f"programmes.lists: {error.vi}", f"programmes.lists: {error.en}")


def _with_command(lack: Lack, what: str) -> str:
    return f"{what}: {lack.command}" if lack.command else what


def _of_origin(settings: Settings) -> Iterator[Text]:
    """The log's name is for ever: receipts, policies and the record itself have it."""
    own, path = settings.hub.origin, policy_path(Path(settings.hub.keys))
    if path.exists():
        try:
            named = [log.verifier.name for log in policies.parse(path.read_bytes()).logs]
        except AxisError as error:
            yield Text(f"{path}: {error.vi}", f"{path}: {error.en}")
        else:
            if own not in named:
                yield Text(
                    f"hub.origin = {own}, nhưng {path} tin nhật ký {', '.join(named)}",
                    f"hub.origin = {own}, but {path} trusts the log {', '.join(named)}",
                )
    mark = Path(settings.hub.high_water or Path(settings.hub.data) / "high-water")
    if mark.is_file():
        recorded = mark.read_text(encoding="utf-8", errors="replace").partition("\n")[0]
        if recorded != own:
            yield Text(
                f"hub.origin = {own}, nhưng dữ liệu là của nhật ký {recorded[:200]} ({mark})",
                f"hub.origin = {own}, but the record is of the log {recorded[:200]} ({mark})",
            )


def _advice(settings: Settings) -> Iterator[Text]:
    http = settings.http
    profile = Profile(Path(settings.hub.keys))
    for lack in _lacks(settings, profile):
        if not lack.needed:
            yield Text(_with_command(lack, lack.what.vi), _with_command(lack, lack.what.en))
    if profile.has_own_ca():
        yield Text("CA thử nghiệm: không dùng cho chạy thật", "a demo CA: not for service")
    if http.tls_key and not http.public_url:
        yield Text("http.public_url trống: tên mà đơn vị dùng", "http.public_url is empty: the name that agencies use")
