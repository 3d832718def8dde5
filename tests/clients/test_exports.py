"""An export from a hub that lies: what is no export is refused, and none goes on for ever."""

from __future__ import annotations

import msgspec
import pytest

from clients import exports
from clients.errors import UnexpectedAnswer
from clients.transport import Transport
from hub.core.wire import FoundDocument
from hub.core.wire_export import ExportEnd, ExportLine
from tests.clients.test_axis import an_item
from tests.support.hostile import hostile, said

END = b'{"end":{"lines":0}}\n'


async def taken(body: bytes) -> list[object]:
    async with hostile() as hub:
        hub.answers["GET", "/v1/documents:export"] = said(body)
        transport = Transport(hub.url, None, tokens=False)
        try:
            return [one async for one in exports.documents(transport, {})]
        finally:
            await transport.close()


async def test_an_empty_export_is_its_end() -> None:
    assert await taken(END) == [ExportEnd(lines=0)]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}\n",
        b"x\n",
        b"\xff\n",
        b'{"end":{"lines":0}}',
        END + END,
        b'{"document":null,"end":null}\n',
        b'{"end":{"lines":0,"cursor":"7","why":"lines"}}\n',
        b"[" * 100_000 + b"\n",
    ],
    ids=["nothing", "empty", "no json", "no text", "cut off", "two ends", "neither", "a circle", "deep"],
)
async def test_what_is_no_export_is_refused(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        await taken(body)


async def test_a_line_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST_LINE", 1000)
    with pytest.raises(UnexpectedAnswer, match="does not end"):
        await taken(b'"' + b"x" * 5000)


async def test_there_is_an_end_to_what_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST_LINES", 3)
    document = FoundDocument(message=an_item(b"x", b"x").message, states={}, deliveries=[])
    line = msgspec.json.encode(ExportLine(document=document)) + b"\n"
    assert len(await taken(line * 3 + END)) == 4
    with pytest.raises(UnexpectedAnswer, match="more than 3"):
        await taken(line * 4 + END)
