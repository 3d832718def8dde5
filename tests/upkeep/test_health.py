"""What runs out is measured, told at /metrics and /readyz, and beyond the settings' bounds the hub says that it is not
ready; it goes on all the same."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import msgspec
import pytest

from hub.base.config import HealthSettings, HttpSettings
from hub.base.metrics import Metrics
from hub.core import wire
from hub.core.health import Bounds, Measured, unwell
from hub.core.model import Millis
from hub.upkeep.health import Health
from tests.store.rows import AT
from tests.support.axis import HA_NOI, HOUR, MAI_SON, SON_LA, VPCP, priority
from tests.support.web import Web, a_web

DAY = 24 * HOUR


@pytest.mark.parametrize(
    ("measured", "bounds", "status"),
    [
        (Measured(), Bounds(disk_free=1, certificate=DAY, crl=DAY, waiting=1), None),
        (Measured(disk_free=10), Bounds(disk_free=10), None),
        (Measured(disk_free=9), Bounds(disk_free=10), "disk-low"),
        (Measured(certificates={"seal": Millis(AT + 1)}), Bounds(), None),
        (Measured(certificates={"seal": AT}), Bounds(), "certificate-ending"),
        (Measured(certificates={"tls": Millis(AT + DAY)}), Bounds(certificate=DAY), "certificate-ending"),
        (Measured(certificates={"anchors": AT}), Bounds(), None),
        (Measured(lists=(AT, Millis(AT + 1))), Bounds(), None),
        (Measured(lists=(AT, Millis(AT - 1))), Bounds(), "crl-ending"),
        (Measured(lists=(Millis(AT + DAY),)), Bounds(crl=DAY), "crl-ending"),
        (Measured(oldest={0: Millis(AT - DAY)}), Bounds(), None),
        (Measured(oldest={0: Millis(AT - DAY + 1), 4: AT}), Bounds(waiting=DAY), None),
        (Measured(oldest={0: Millis(AT - DAY), 4: AT}), Bounds(waiting=DAY), "waiting-long"),
    ],
)
def test_each_bound_is_the_last_moment_that_is_well(measured: Measured, bounds: Bounds, status: str | None) -> None:
    found = unwell(measured, bounds, AT)
    assert (found and found.status) == status


def figures(text: str) -> dict[str, float]:
    lines = re.findall(r"^(truc_(?:disk|certificate|crl|oldest)\S*) (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in lines}


async def ready(web: Web) -> tuple[int, wire.Health]:
    answer = await web.get("/readyz")
    return answer.status, msgspec.json.decode(answer.body, type=wire.Health)


async def test_what_runs_out_is_told(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        await web.send(VPCP, SON_LA)
        web.axis.clock.forward(HOUR)
        web.tokens.clear()
        urgent = await web.send(VPCP, MAI_SON, other=priority(3))
        web.axis.clock.forward(HOUR)
        await web.hub.health.measure()
        status, health = await ready(web)
        assert (status, health.status) == (200, "ok")
        assert health.disk_free is not None
        assert 0 < health.disk_free <= shutil.disk_usage(tmp_path).total
        assert set(health.certificates) == {"seal", "anchors"}
        assert "2026-11-" < health.first_crl_ends <= health.crl_ends
        assert health.oldest_waiting == {"0": "2026-11-22T04:00:00.000Z", "3": urgent.message.accepted_at}
        text = (await web.get("/metrics")).body.decode()
        told = figures(text)
        ages = [told[f'truc_oldest_waiting_seconds{{lane="{lane}"}}'] for lane in range(5)]
        assert ages == [7200.0, 0.0, 0.0, 3600.0, 0.0]
        assert told["truc_disk_free_bytes"] > 0
        now = web.axis.clock() / 1000
        assert told["truc_crl_ends_seconds"] > now
        assert told['truc_certificate_ends_seconds{certificate="seal"}'] > now
        assert not [code for code in (VPCP, SON_LA, MAI_SON, HA_NOI) if code in text]


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        (HealthSettings(disk_free_mb=1 << 30), "disk-low"),
        (HealthSettings(certificate_hours=87_600.0), "certificate-ending"),
        (HealthSettings(crl_hours=8_760.0), "crl-ending"),
        (HealthSettings(waiting_hours=1.0), "waiting-long"),
    ],
)
async def test_beyond_a_bound_the_hub_is_not_ready_and_goes_on(
    tmp_path: Path, keys: Path, settings: HealthSettings, status: str
) -> None:
    async with a_web(tmp_path / "hub", keys, health=settings) as web:
        await web.send(VPCP, SON_LA)
        web.axis.clock.forward(HOUR)
        await web.hub.health.measure()
        code, health = await ready(web)
        assert (code, health.status) == (503, status)
        assert health.reason
        assert health.disk_free
        web.tokens.clear()
        await web.send(VPCP, SON_LA)
        assert (await web.get("/healthz")).status == 200


async def test_the_certificate_of_tls_counts_and_one_that_is_none_does_not(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        seal = web.axis.profile.hub("seal").certificate
        for file, names in (("seal.cert.pem", {"tls", "anchors"}), ("log.key.pem", {"anchors"})):
            http = HttpSettings(tls_certificate=str(keys / "hub" / file))
            own = Health(web.hub.exchange, msgspec.structs.replace(web.hub.settings, http=http), Metrics(), None)
            await own.measure()
            assert set(own.measured.certificates) == names
            if "tls" in names:
                assert own.measured.certificates["tls"] == seal.not_valid_after_utc.timestamp() * 1000
