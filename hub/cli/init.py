"""`truc init`: a folder for a hub in service, under somebody else's certificate authority."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import msgspec

from hub.base import private
from hub.base.config import InvalidSettings, Settings, load
from hub.base.runtime import system_clock
from hub.cli.common import Shared, make_command
from hub.cli.connect import write_policy
from hub.cli.settings import refused_settings
from hub.core.errors import Text
from hub.pki.files import write
from hub.pki.profile import open_profile
from hub.pki.requests import ask

_REQUESTS: Final = ("tls", "seal", "operator", "auditor")
_GIVEN: Final = {
    "hub": ("origin", "data", "keys"),
    "http": ("host", "port", "public_url", "tls_certificate", "tls_key"),
}
_HEAD: Final = (
    "# Cấu hình của Trục. Dòng bắt đầu bằng # là giá trị mặc định. Đường dẫn tương đối tính từ tệp này.",
    "# Settings of a hub. What is commented out is the default. Paths that are relative are beside this file.",
    "# Every setting, with its bounds: hub/REFERENCE.md. Then: truc config check --config hub.toml",
)
_NEXT: Final = (
    Text(
        "1. Chứng thư gốc, CA cấp dưới và CRL của CA chuyên dùng Chính phủ → {keys}/anchors/ (.crt .cer .crl …)",
        "1. The State CA's root, issuing certificates and CRLs → {keys}/anchors/ (.crt .cer .crl …)",
    ),
    Text(
        "2. Gửi {keys}/requests/*.csr.pem cho CA; nhận về: truc keys take --keys {keys} CHỨNG-THƯ…",
        "2. Hand {keys}/requests/*.csr.pem to the CA; what it returns: truc keys take --keys {keys} CERTIFICATE…",
    ),
    Text(
        "3. Khóa của người vận hành và kiểm toán ({keys}/hub/operator.key.pem, auditor.key.pem) giao cho họ giữ; Trục "
        "chỉ cần chứng thư",
        "3. Give operator and auditor their keys ({keys}/hub/operator.key.pem, auditor.key.pem); the hub needs their "
        "certificates only",
    ),
    Text(
        "4. truc config check --config {config}; truc serve --config {config}",
        "4. truc config check --config {config}; truc serve --config {config}",
    ),
)


@make_command("init", example='truc init /etc/truc --host truc.example.gov.vn --organization "Cục Văn thư"')
@click.option("--host", required=True, metavar="NAME", help="Name under which agencies reach the hub.")
@click.option("--organization", default="", metavar="NAME", help="Who runs it; stands in the requests.")
@click.option("--origin", default="", help="Name of the log, for ever [<host>/log].")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def command(shared: Shared, host: str, organization: str, origin: str, folder: Path) -> None:
    """Chuẩn bị thư mục cho một Trục chạy thật: hub.toml có chú thích, khóa, yêu cầu cấp chứng thư (CSR).

    Prepare a folder for a hub in service: a commented hub.toml, the log's key, and keys with requests (CSR) for TLS,
    seal, operator and auditor, for the State's CA. No demo CA is made. An existing file is never overwritten.
    """
    config, keys = folder / "hub.toml", folder / "keys"
    if config.exists():
        raise click.UsageError(shared.pick(f"{config} đã có", f"{config} exists"))
    private.umask()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / "hub.toml.part"
    name = origin or f"{host.lower()}/log"
    write(draft, "\n".join(_lines(_chosen(host, name))).encode())
    try:
        load(draft)
    except InvalidSettings as error:
        draft.unlink()
        raise refused_settings(error) from None
    held = open_profile(keys, system_clock())
    requests = [ask(held, use, organization, [host]) for use in _REQUESTS]
    policy = write_policy(held, name)
    draft.replace(config)
    if shared.json:
        shared.emit({"config": str(config), "requests": [str(path) for path in requests], "policy": str(policy)})
        return
    shared.say(f"✓ {config}, khóa và {len(requests)} yêu cầu", f"✓ {config}, keys and {len(requests)} requests")
    for step in _NEXT:
        line = shared.text(step)
        shared.say(line.format(keys=keys, config=config), line.format(keys=keys, config=config))


def _chosen(host: str, origin: str) -> Settings:
    default = Settings()
    replace = msgspec.structs.replace
    return replace(
        default,
        hub=replace(default.hub, origin=origin, data="data", keys="keys"),
        http=replace(
            default.http,
            host="0.0.0.0",
            port=443,
            public_url=f"https://{host}",
            tls_certificate="keys/hub/tls.cert.pem",
            tls_key="keys/hub/tls.key.pem",
        ),
    )


def _lines(settings: Settings) -> Iterator[str]:
    yield from _HEAD
    for section in msgspec.structs.fields(Settings):
        values = getattr(settings, section.name)
        given = _GIVEN.get(section.name, ())
        yield ""
        yield f"[{section.name}]" if given else f"# [{section.name}]"
        yield from (f"# {line.strip()}" for line in (type(values).__doc__ or "").splitlines() if line.strip())
        for member in msgspec.structs.fields(type(values)):
            line = f"{member.name} = {_toml(getattr(values, member.name))}"
            yield line if member.name in given else f"# {line}"
    yield ""


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)
