"""The log on the console: as long and as fresh as it is, and one history by what is stored and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest_asyncio

from hub.console.screens.log import computed
from hub.core.log import note
from hub.core.log.keys import Algorithm, Checkpoint, Signer
from hub.upkeep.witnesses import KeepCosignature
from tests.console.browser import PHONE, WIDE, Tab, a_browser, needs_chromium
from tests.console.kit import Visitor, a_console
from tests.support.axis import HOUR, SON_LA, VPCP
from tests.support.web import Web


@pytest_asyncio.fixture
async def web(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    async with a_console(tmp_path / "hub", keys) as opened:
        yield opened


async def test_the_check_computes_and_says_what(web: Web) -> None:
    for _ in range(6):
        await web.send(VPCP, SON_LA)
    web.axis.clock.forward(HOUR + HOUR // 2)
    last = await web.store.last_checkpoint()
    assert last is not None
    visitor = await Visitor(web).enter("operator")
    await visitor.get("/console/log")
    assert last.root.hex() in visitor.text
    assert "1 h 30 min" in visitor.text
    assert "There is no witness" in visitor.text
    assert "One history" not in visitor.text
    await visitor.get("/console/log?check=true")
    assert "Consistent: one history" in visitor.text
    assert visitor.text.count("Continues the checkpoint of") >= 2
    assert (await web.store.last_checkpoint()) == last


async def test_another_history_is_not_passed_for_this_one(web: Web) -> None:
    for _ in range(4):
        await web.send(VPCP, SON_LA)
    last, early = await web.store.last_checkpoint(), await web.store.checkpoint_covering(1)
    assert last is not None
    assert early is not None
    root, continued = await web.store.inspect(lambda tx: computed(tx, last, {early.size: early.root}))
    assert (root, continued) == (last.root, {early.size: True})
    root, continued = await web.store.inspect(lambda tx: computed(tx, last, {early.size: bytes(32)}))
    assert (root, continued) == (last.root, {early.size: False})
    other = msgspec.structs.replace(last, root=bytes(32))
    root, continued = await web.store.inspect(lambda tx: computed(tx, other, {early.size: early.root}))
    assert root != other.root
    assert not any(continued.values())


async def test_a_witness_is_told_by_its_last_word_and_its_age(web: Web) -> None:
    signer = Signer.from_seed("w.example", bytes(32), Algorithm.COSIGNATURE)
    web.hub.log.witnesses = (signer.verifier,)
    await web.send(VPCP, SON_LA)
    visitor = await Visitor(web).enter("auditor")
    await visitor.get("/console/log")
    assert "w.example" in visitor.text
    assert "never" in visitor.text
    last = await web.store.last_checkpoint()
    assert last is not None
    checkpoint = Checkpoint(web.hub.log.origin, last.size, last.root)
    line = note.cosign(checkpoint, signer, web.axis.clock())
    await web.hub.exchange.sequencer.submit(KeepCosignature(last.size, signer.verifier.id, line), receipts=False)
    web.axis.clock.forward(HOUR // 2)
    await visitor.get("/console/log?check=true")
    assert "30 min" in visitor.text
    assert "leaves that witnesses signed" in visitor.text
    assert "Consistent: one history" in visitor.text


@needs_chromium
async def test_the_log_in_a_browser(web: Web) -> None:
    for _ in range(6):
        await web.send(VPCP, SON_LA)
    async with a_browser() as browser:
        for width, theme in ((WIDE, "light"), (PHONE, "dark")):
            tab = await Tab.opened(browser, web, "operator", width=width, theme=theme)
            await tab.go("/console/log")
            await tab.page.get_by_role("link", name="Kiểm tra nhất quán").click()
            await tab.page.wait_for_url("**/console/log?check=true")
            await tab.accessible()
            await tab.fits()
            await tab.picture(f"log-{theme}-{width}")
            await tab.close()
