"""A sample country to try things on: keys, directory and settings in one folder, made in about a second.

    <folder>/hub.toml    settings; `truc serve --config` takes it
    <folder>/keys/       a PKI of its own, with keys for `ENTITLED` agencies
    <folder>/data/       the store
    <folder>/policy      the log's key, for `truc receipt verify`
    <folder>/witness/    with `--witness`: a witness in the same process, to see how it goes. One that is worth
                         something runs elsewhere, and belongs to somebody else
    <folder>/policy.witnessed   the log's key and the witness', whose signature it asks for

Nothing here is trusted outside the folder. Made once; asked for again it is left as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import msgspec

from hub.access import Role
from hub.app import opened
from hub.base.config import HttpSettings, Settings, WitnessEntry, load
from hub.base.runtime import system_clock
from hub.core.log import policy as policies
from hub.core.model import Agency, Tier
from hub.lab.country import world_2022, world_2025
from hub.pki import profile as pki
from hub.pki import tsa
from hub.witness import folder as witness_folder
from hub.witness.service import Witness
from hub.witness.web import serving

SAMPLES = (
    ("quan-tri", Role.OPERATOR, "", "Quản trị Trục"),
    ("kiem-toan", Role.AUDITOR, "", "Kiểm toán viên"),
    ("van-thu-tinh", Role.CLERK, "000.00.00.H52", "Văn thư UBND tỉnh Sơn La"),
    ("van-thu-bo", Role.CLERK, "000.00.00.G22", "Văn thư Văn phòng Chính phủ"),
    ("quan-tri-tai-khoan", Role.ADMINISTRATOR, "", "Quản trị tài khoản"),
)
"""Accounts of a sandbox's console, without a password: (name, role, agency, title). They enter a sandbox alone."""

WORLDS = {"2022": world_2022, "2025": world_2025}

_TOML = """\
# Settings of a sample hub. Every member and its default: hub/REFERENCE.md.
[hub]
origin = "{origin}"
data = "{data}"
keys = "{keys}"

[http]
host = "{host}"
port = {port}

[clock]
# A sample may rest for as long as it likes.
ahead_days = 3650.0

[mailbox]
# Priority 4 (hỏa tốc hẹn giờ) warns and expires within seconds, so that expiry can be seen.
warn_hours = [24.0, 8.0, 4.0, 1.0, {warn}]
expire_hours = [168.0, 72.0, 48.0, 24.0, {expire}]
lease_seconds = {lease}
sweep_seconds = {sweep}

[webhooks]
# So that `truc webhooks listen` can be called on this machine.
plain = true
"""


def entitled(agency: Agency) -> bool:
    """The agencies that get a key in the sample: the centre, every province, and all of Sơn La down to its communes."""
    return agency.valid_to is None and (
        agency.tier is Tier.CENTRAL or agency.code.startswith("000.00.00.H") or agency.code.endswith((".H52", ".K52"))
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
    lease: float = 60.0,
) -> Settings:
    """The sample in `folder`, made where it is missing. `seconds`: warning and expiry in the lane of priority 4."""
    config = folder / "hub.toml"
    if not config.exists():
        folder.mkdir(parents=True, exist_ok=True)
        warn, expire = (f"{s / 3600:.9f}" for s in seconds)
        text = _TOML.format(
            origin="truc.localhost/log",
            data="data",
            keys="keys",
            host=host,
            port=port,
            warn=warn,
            expire=expire,
            sweep=sweep,
            lease=lease,
        )
        asyncio.run(_fill(folder, text, world))
        # Last: a sample that was begun and not finished is begun again.
        config.write_text(text, encoding="utf-8")
    _from_before(config)
    return _own(load(config), folder)


def _from_before(config: Path) -> None:
    """A sample of an earlier version named its folders as they are seen from where it was made."""
    text = was = config.read_text(encoding="utf-8")
    for part in ("data", "keys"):
        text = text.replace(f'{part} = "{(config.parent / part).as_posix()}"', f'{part} = "{part}"')
    if text != was:
        config.write_text(text, encoding="utf-8")


def _own(settings: Settings, folder: Path) -> Settings:
    """A sample's data and keys are its own, as the command line names its folder."""
    mine = {"data": str(folder / "data"), "keys": str(folder / "keys")}
    return msgspec.structs.replace(settings, hub=msgspec.structs.replace(settings.hub, **mine))


async def _fill(folder: Path, text: str, world: str) -> None:
    draft = folder / "hub.toml.part"
    draft.write_text(text, encoding="utf-8")
    settings = _own(load(draft), folder)
    draft.unlink()
    agencies = WORLDS[world]()
    pki.ensure_profile(folder / "keys", system_clock())
    async with opened(settings) as (exchange, log, profile):
        profile.issue_agencies([a for a in agencies if entitled(a)], system_clock())
        if not len(exchange.directory):
            await exchange.change_directory(with_keys(agencies, profile), "sample")
        policy = "".join(f"log {key}\n" for key in log.vkeys) + "quorum none\n"
        for path in (folder / "policy", folder / "keys" / "anchors" / "log.policy"):
            path.write_text(policy, encoding="utf-8")


WITNESS = "w1"


@asynccontextmanager
async def witnessing(settings: Settings, folder: Path) -> AsyncIterator[Settings]:
    """The settings with a witness in them that runs until the block ends, on the port after the hub's."""
    opened = _witness(folder / "witness")
    logs = policies.parse((folder / "policy").read_bytes()).logs
    with closing(opened.state):
        witness = Witness(opened.signers, [log.verifier for log in logs], opened.state, system_clock)
        port = settings.http.port + 1 if settings.http.port else 0
        async with serving(witness, HttpSettings(port=port)) as url:
            entry = WitnessEntry(name=WITNESS, vkey=opened.vkeys[0], url=url)
            policy = policies.Policy(logs, (policies.Witness(WITNESS, entry.verifier),), (), WITNESS)
            (folder / "policy.witnessed").write_text(policy.encode(), encoding="utf-8")
            replaced = msgspec.structs.replace(settings.witness, witnesses=(entry,))
            yield msgspec.structs.replace(settings, witness=replaced)


@asynccontextmanager
async def stamping(settings: Settings) -> AsyncIterator[Settings]:
    """The settings with a time-stamp authority in them that runs until the block ends, two ports after the hub's."""
    authority = tsa.Authority(pki.Profile(Path(settings.hub.keys)).hub("tsa"), system_clock)
    port = settings.http.port + 2 if settings.http.port else 0
    async with tsa.serving(authority, port=port) as url:
        replaced = msgspec.structs.replace(settings.timestamp, url=url, minutes=0.1)
        yield msgspec.structs.replace(settings, timestamp=replaced)


def _witness(place: Path) -> witness_folder.Opened:
    if (place / witness_folder.KEY_FILE).exists():
        return witness_folder.load(place)
    return witness_folder.create(place, "w1.truc.localhost")
