"""A sample country to try things on: keys, directory and settings in one folder, made in about a second.

    <folder>/hub.toml    settings; `truc serve --config` takes it
    <folder>/keys/       a PKI of its own, with keys for `ENTITLED` agencies
    <folder>/data/       the store
    <folder>/policy      the log's key, for `truc receipt verify`

Nothing here is trusted outside the folder. Made once; asked for again it is left as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import msgspec

from hub import pki
from hub.app import opened, system_clock
from hub.config import Settings, load
from hub.core.model import Agency, Tier
from hub.core.worlds import world_2022, world_2025

WORLDS = {"2022": world_2022, "2025": world_2025}

_TOML = """\
# Settings of a sample hub. Every member and its default: README, "Settings".
[hub]
origin = "{origin}"
data = "{data}"
keys = "{keys}"

[http]
host = "{host}"
port = {port}

[mailbox]
# Priority 4 (hỏa tốc hẹn giờ) warns and expires within seconds, so that expiry can be seen.
warn_hours = [24.0, 8.0, 4.0, 1.0, {warn}]
expire_hours = [168.0, 72.0, 48.0, 24.0, {expire}]
sweep_seconds = {sweep}
"""


def entitled(agency: Agency) -> bool:
    """Who gets a key in the sample: the centre, every province, and all of Sơn La down to its communes."""
    return agency.valid_to is None and (
        agency.tier is Tier.CENTRAL
        or (agency.tier is Tier.PROVINCIAL and not agency.parent)
        or agency.code.endswith(".H52")
    )


def with_keys(agencies: Iterable[Agency], profile: pki.Profile) -> list[Agency]:
    """The agencies, those that have a key in `profile` with their certificate."""
    owners = set(profile.agencies())
    at = system_clock()
    return [
        msgspec.structs.replace(a, certificates=(pki.registered(profile.agency(a.code), at),))
        if a.code in owners
        else a
        for a in agencies
    ]


def prepare(
    folder: Path,
    *,
    world: str = "2022",
    host: str = "127.0.0.1",
    port: int = 8470,
    seconds: tuple[float, float] = (60.0, 120.0),
    sweep: float = 1.0,
) -> Settings:
    """The sample in `folder`, made where it is missing. `seconds`: warning and expiry in the lane of priority 4."""
    config = folder / "hub.toml"
    if not config.exists():
        folder.mkdir(parents=True, exist_ok=True)
        warn, expire = (f"{s / 3600:.9f}" for s in seconds)
        text = _TOML.format(
            origin="truc.localhost/log",
            data=(folder / "data").as_posix(),
            keys=(folder / "keys").as_posix(),
            host=host,
            port=port,
            warn=warn,
            expire=expire,
            sweep=sweep,
        )
        asyncio.run(_fill(folder, text, world))
        # Last: a sample that was begun and not finished is begun again.
        config.write_text(text, encoding="utf-8")
    return load(config)


async def _fill(folder: Path, text: str, world: str) -> None:
    draft = folder / "hub.toml.part"
    draft.write_text(text, encoding="utf-8")
    settings = load(draft)
    draft.unlink()
    agencies = WORLDS[world]()
    async with opened(settings) as (exchange, log, profile):
        profile.issue_agencies([a for a in agencies if entitled(a)], system_clock())
        if not len(exchange.directory):
            await exchange.change_directory(with_keys(agencies, profile), "sample")
        (folder / "policy").write_text("".join(f"log {key}\n" for key in log.vkeys) + "quorum none\n")
