"""Generated clients of three languages play the whole loop against a hub: token, submit, inbox, content, acknowledge,
status, and what its sender sees of it. `make clients` makes them; what is not made is skipped."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from hub.core import wire
from hub.core.evidence import acknowledgement
from hub.core.model import StatusCode
from hub.core.signature import jws
from tests.interop import generated_clients as made
from tests.interop.fetched import Made
from tests.support.axis import SON_LA, VPCP
from tests.support.web import Web, a_web

pytestmark = pytest.mark.asyncio(loop_scope="module")
SECONDS = 120
DRIVERS: dict[str, tuple[Made, list[str]]] = {
    "Java": (made.JAVA, ["java", "-cp", f"classes{os.pathsep}lib/*", "Driver"]),
    "TypeScript": (made.TYPESCRIPT, ["node", "out/driver.js"]),
    "Go": (made.GO, ["./driver"]),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Web]:
    async with a_web(tmp_path_factory.mktemp("hub"), keys) as opened:
        yield opened


@pytest.mark.parametrize("language", DRIVERS)
async def test_a_generated_client_plays_the_whole_loop(web: Web, language: str) -> None:
    tool, command = DRIVERS[language]
    if tool.lacking:
        pytest.skip(f"{tool.name}: {tool.lacking}")
    document = web.axis.sign(web.axis.document(VPCP, [SON_LA]))
    process = await asyncio.create_subprocess_exec(
        *command, cwd=tool.folder, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None

    async def ask(question: dict[str, str]) -> Any:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(question).encode() + b"\n")
        return json.loads(await process.stdout.readline())

    async with asyncio.timeout(SECONDS):
        start = {"url": web.url, "document": base64.b64encode(document).decode()}
        got = await ask(start | {"sender": web.assertion(VPCP), "recipient": web.assertion(SON_LA)})
        assert got["sent"] == got["message"]
        life = (await web.get(f"/v1/documents/{got['message']}", VPCP)).record(wire.Life)
        assert got["sha256"] == life.message.sha256
        item = acknowledgement.Item(got["message"], got["sha256"], acknowledgement.Outcome.CONTENT_HANDOVER)
        mine = web.credential(SON_LA)
        said = acknowledgement.Acknowledgement(SON_LA, web.axis.clock(), (item,))
        signed = acknowledgement.sign(said, mine.key, jws.key_id(mine.certificate))
        sent = wire.Submitted(message=life.message, receipt="", recipients=[])
        status = web.status(SON_LA, StatusCode.ACCEPTED, sent)
        end = await ask({"signed": signed, "status": base64.b64encode(status).decode()})
        assert (end["acknowledged"], end["state"], end["progress"]) == ("handed_over", "handed_over", "03")
        assert end["receipt"].startswith("c2sp.org/tlog-proof@v1\n")
        process.stdin.close()
        assert await process.wait() == 0
