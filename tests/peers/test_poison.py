"""One bad message stopped the batch, and a client error looped for ever (eFormidling).

The hub's own batches are in tests/record/test_sequencer.py, an acknowledgement of many in test_acknowledge.py. Here:
a document that can be fetched and not be read, in front of good ones, for good.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from clients.axis import AxisClient
from clients.errors import Busy
from clients.retry import Backoff
from hub.core import wire
from hub.core.ids import number_of
from tests.support.axis import SON_LA, VPCP
from tests.support.process import TRUC
from tests.support.sized import sized
from tests.support.web import Web, a_web


async def poisoned(web: Web) -> tuple[wire.Submitted, list[wire.Submitted]]:
    """A document whose file is gone from the hub's disk, and two good ones behind it."""
    bad = (await web.submit(sized(web.axis, 70_000), VPCP)).record(wire.Submitted)
    web.hub.exchange.blobs.path(bad.message.sha256).unlink()
    return bad, [await web.send(VPCP, SON_LA) for _ in range(2)]


async def fetch(web: Web, keys: Path, out: Path, *more: str) -> tuple[int, list[dict[str, object]]]:
    """`truc fetch` in a process of its own."""
    arguments = ("fetch", "--as", SON_LA, "--url", web.url, "--keys", str(keys), "--out", str(out), "--json", *more)
    process = await asyncio.create_subprocess_exec(*TRUC, *arguments, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, json.loads(output)


async def test_a_document_that_cannot_be_read_keeps_no_other_back(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        web.axis.clock.run()
        bad, good = await poisoned(web)
        code, done = await fetch(web, keys, tmp_path / "in", "--ack")
        assert code == 1
        states = {line["message"]["id"]: line for line in done}  # type: ignore[index]
        assert str(states[bad.message.id]["problem"]).startswith("HUB_INTEGRITY")
        assert "acknowledged" not in states[bad.message.id]
        for one in good:
            assert states[one.message.id]["acknowledged"]["state"] == "handed_over"  # type: ignore[index]
        # It is still there, and still in nobody's way.
        waiting = (await web.get("/v1/inbox", SON_LA)).record(wire.Inbox).items
        assert [item.message.id for item in waiting] == [bad.message.id]
        # As when its lease has lapsed; the clock stays, by which the command's assertion is judged.
        web.hub.exchange.leases.give_back(SON_LA, number_of(bad.message.id))
        later = await web.send(VPCP, SON_LA)
        code, done = await fetch(web, keys, tmp_path / "in", "--ack")
        assert [line["message"]["id"] for line in done if "acknowledged" in line] == [later.message.id]  # type: ignore[index]


async def test_a_document_that_cannot_be_read_is_not_asked_for_again_and_again(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        bad, _ = await poisoned(web)
        mine = web.axis.credential(SON_LA)
        pauses: list[float] = []

        async def sleep(seconds: float) -> None:
            pauses.append(seconds)

        clock = web.axis.clock
        async with AxisClient(
            web.url, SON_LA, mine.key, mine.chain, sleep=sleep, clock=lambda: clock.now / 1000, backoff=Backoff()
        ) as axis:
            with pytest.raises(Busy) as refused:
                await axis.content(bad.message.id)
        assert refused.value.code == "HUB_INTEGRITY"
        assert pauses == []


def now() -> int:
    """The commands have the machine's clock, so this hub gets it too."""
    from hub.app import system_clock

    return system_clock()
