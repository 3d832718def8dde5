"""`truc ready`: ask the hub of these settings, from its own machine, whether it takes submissions."""

from __future__ import annotations

import http.client
import ssl
from pathlib import Path

import click
import msgspec

from hub.base.config import InvalidSettings, Settings, load
from hub.cli.common import Exit, Shared, make_command
from hub.cli.settings import refused_settings
from hub.cli.terms import term
from hub.core.wire import Health
from hub.core.wire_maintenance import MAINTENANCE
from hub.pki.profile import Profile

_SECONDS = 5.0
_MOST = 1024 * 1024
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
_EXAMPLE = """
truc ready --config hub.toml        for a container's health check, a load balancer's script, a deployment that waits
"""


@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings in TOML; defaults without.")
@click.option("--port", type=click.IntRange(1, 65535), help="In place of the settings'.")
def _ready(shared: Shared, config: Path | None, port: int | None) -> int:
    """Trục trên máy này có đang nhận văn bản không? Thoát 0: có; 4: chưa; 3: không kết nối được.

    Does the hub on this machine take submissions? Exit 0: yes; 4: not now, and why; 3: nobody answers.

    In maintenance it takes none and is well all the same: exit 0, so that nobody ends a hub that lets its mailboxes run
    dry.

    Under TLS the hub's own certificate is expected, under any name; where the hub asks for one too, its operator's is
    shown.
    """
    try:
        settings = load(config)
    except InvalidSettings as error:
        raise refused_settings(error) from None
    try:
        health = _asked(settings, port or settings.http.port)
    except (OSError, http.client.HTTPException, msgspec.MsgspecError) as error:
        shared.emit({"status": "unreachable", "reason": str(error)}) if shared.json else None
        where = f"{settings.http.host}:{port or settings.http.port}"
        shared.warn(f"{where} không trả lời: {error}", f"nobody answers at {where}: {error}")
        if config is None and port is None:
            shared.warn("→ --config TỆP: địa chỉ lấy từ cấu hình", "→ --config FILE: the settings name the address")
        return Exit.UNREACHABLE
    shared.emit(health) if shared.json else shared.say(
        *(f"{word} {health.reason}".strip() for word in (term("vi", health.status), health.status))
    )
    return Exit.OK if health.status in ("ok", MAINTENANCE) else Exit.LATER


command = make_command("ready", example=_EXAMPLE)(_ready)


def _asked(settings: Settings, port: int) -> Health:
    host = _ANYWHERE.get(settings.http.host, settings.http.host)
    if settings.http.tls_key:
        link: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, port, timeout=_SECONDS, context=_context(settings)
        )
    else:
        link = http.client.HTTPConnection(host, port, timeout=_SECONDS)
    try:
        link.request("GET", "/readyz")
        return msgspec.json.decode(link.getresponse().read(_MOST), type=Health)
    finally:
        link.close()


def _context(settings: Settings) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # the very certificate is trusted, not its issuer
    context.load_verify_locations(cafile=settings.http.tls_certificate)
    if settings.http.client_certificates == "required":
        context.load_cert_chain(*Profile(Path(settings.hub.keys)).files_of("operator", "hub"))
    return context
