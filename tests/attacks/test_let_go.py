"""What was refused is let go at once, not when the collector of circles comes by.

An error that keeps its own traceback alive keeps the frames in it, and with them the bytes of the document: a flood of
large ones that are refused, each for almost nothing, would fill the memory. So here the collector is off.
"""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from hub.core.errors import AxisError
from hub.store.blobs import Spool
from tests.support.axis import SON_LA, VPCP, recall
from tests.support.sized import sized
from tests.support.web import Web, a_web, until

pytestmark = pytest.mark.asyncio(loop_scope="module")
SMALL, THREAD, FILE = 5_000, 40_000, 200_000
"""Verified on the loop; in a thread; in a thread from a file."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Web]:
    async with a_web(tmp_path_factory.mktemp("hub"), keys) as opened:
        yield opened


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def held() -> list[object]:
    return [thing for thing in gc.get_objects() if isinstance(thing, Spool | AxisError)]


async def let_go() -> None:
    """A thread may be about to let go. A circle never does: the collector is off."""
    await until(lambda: not held())


def documents(web: Web) -> dict[str, list[bytes]]:
    """By why they are refused."""
    honest = [sized(web.axis, size) for size in (7_000, THREAD, FILE)]
    document = web.axis.document(VPCP, [SON_LA])
    return {
        "no XML": [b"a" * size for size in (SMALL, THREAD, FILE)],
        "changed": [data.replace(b"Signature>", b"Signature >", 1).replace(b"VV", b"VW", 1) for data in honest],
        "nobody's": [sized(web.axis, size, "000.00.00.X99") for size in (7_000, THREAD, FILE)],
        "a recall of nothing": [web.axis.sign(msgspec.structs.replace(document, business=recall("none")))],
    }


@pytest.mark.parametrize("why", ["no XML", "changed", "nobody's", "a recall of nothing"])
async def test_a_refused_document_is_let_go(web: Web, no_collector: None, why: str) -> None:
    for data in documents(web)[why]:
        answer = await web.call("POST", "/v1/documents", VPCP, data=BytesIO(data))
        assert 400 <= answer.status < 500
        del answer
        await let_go()


async def test_an_identity_that_is_taken_is_let_go(web: Web, no_collector: None) -> None:
    document = web.axis.document(VPCP, [SON_LA])
    assert (await web.submit(web.axis.sign(document), VPCP)).status == 201
    other = web.axis.sign(msgspec.structs.replace(document, subject="V/v khác"))
    assert (await web.submit(other, VPCP)).problem.code == "CONFLICT_DOCUMENT_ID"
    await let_go()


async def test_what_was_accepted_is_let_go_too(web: Web, no_collector: None) -> None:
    for size in (7_000, THREAD, FILE):
        assert (await web.submit(sized(web.axis, size), VPCP)).status == 201
        await let_go()
