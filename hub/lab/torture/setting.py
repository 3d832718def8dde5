"""The ground of a hub to be tortured: a folder, agencies with keys, settings under which everything comes soon, and a
witness, which is not killed and so can say whether it was ever shown a second history."""

from __future__ import annotations

import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Final

import msgspec

from hub.base.config import HttpSettings
from hub.base.runtime import system_clock
from hub.core.log.policy import Policy
from hub.core.log.policy import parse as parse_policy
from hub.core.model import Agency, Tier
from hub.lab import hub_process
from hub.lab.country import world_2022
from hub.lab.simulate import plan
from hub.pki.profile import Profile
from hub.witness import folder as witness_folder
from hub.witness.service import Witness
from hub.witness.state import State
from hub.witness.web import serving

ORIGIN: Final = "truc.localhost/load"
AGENCIES: Final = 9
SLEEPER: Final = AGENCIES - 1
"""Position of the agency that never fetches: documents sent to it with the highest priority run out."""

LEASE_SECONDS: Final = 3.0
_TOML: Final = """
[mailbox]
warn_hours = [24.0, 8.0, 4.0, 1.0, 0.0002]
expire_hours = [168.0, 72.0, 48.0, 24.0, 0.0004]
lease_seconds = {lease}
sweep_seconds = 0.1
[witness]
interval_seconds = 0.05
timeout_seconds = 2.0
retry_seconds = 0.2
[[witness.witnesses]]
name = "w1"
vkey = "{vkey}"
url = "{url}"
"""


class Setting(msgspec.Struct, frozen=True):
    folder: Path
    profile: Profile
    agencies: list[Agency]
    policy: Policy
    port: int
    witness: State

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def make_keys(folder: Path, seed: int) -> list[Agency]:
    """The agencies that play, of all four tiers, with keys in `folder`."""
    chosen = plan.choose(world_2022(), AGENCIES, seed)
    # Without those that they stand under, which are not in this directory: a hub starts sooner with a small one.
    agencies = [msgspec.structs.replace(agency, parent="", centre="") for agency in chosen]
    # The last one sleeps; of the centre there is one only, and it sends most.
    agencies.sort(key=lambda agency: agency.tier is not Tier.CENTRAL)
    hub_process.issue_keys(folder, agencies)
    return agencies


@asynccontextmanager
async def prepared(folder: Path, keys: Path, agencies: list[Agency], fronts: int = 0) -> AsyncIterator[Setting]:
    """A new hub in `folder`, not yet running, and its witness, running until the block ends."""
    shutil.rmtree(folder, ignore_errors=True)
    port = _free_port()
    await hub_process.fill(folder, hub_process.settled(folder, keys, port, fronts), agencies, agencies)
    policy = parse_policy((folder / "policy").read_bytes())
    opened = witness_folder.create(folder / "witness", "w1.truc.localhost")
    with closing(opened.state):
        witness = Witness(opened.signers, [log.verifier for log in policy.logs], opened.state, system_clock)
        async with serving(witness, HttpSettings(port=0)) as url:
            with (folder / "hub.toml").open("a", encoding="utf-8") as config:
                config.write(_TOML.format(lease=LEASE_SECONDS, vkey=opened.vkeys[0], url=url))
            yield Setting(folder, Profile(keys), agencies, policy, port, opened.state)


def _free_port() -> int:
    """A hub keeps its address over all its lives."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
