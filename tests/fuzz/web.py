"""The target `http`: any bytes on a connection to a real hub. No answer is 5xx, and each connection ends in time.

An input may name what cannot be known beforehand: `@AGENCY@`, `@OPERATOR@`, `@AUDITOR@` become access tokens, `@ID@`
the identifier of a document that waits, `@SHA@` its digest, `@DOC@` a good document's bytes.
"""

from __future__ import annotations

import asyncio
import logging
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import structlog

from tests.support.axis import SON_LA, VPCP, keyring
from tests.support.web import AUDITOR, OPERATOR, Web, a_web, bare

SECONDS: Final = 20.0
"""Within which a connection that will send nothing more has been answered and closed."""

_HEAD: Final = "Host: hub\r\nConnection: close\r\n"
_AS: Final = "Authorization: Bearer @{}@\r\n"
_JSON: Final = "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}"


def _call(line: str, role: str = "", body: str = "", *more: str) -> str:
    text = f"{line} HTTP/1.1\r\n{_HEAD}{_AS.format(role) if role else ''}{''.join(f'{one}' for one in more)}"
    return text + (_JSON.format(len(body), body) if body else "\r\n")


REQUESTS: Final = {
    "health": _call("GET /readyz"),
    "submit": _call("POST /v1/documents", "AGENCY", "", "Transfer-Encoding: chunked\r\n") + "4\r\n<a/>\r\n0\r\n\r\n",
    "token": _call(
        "POST /v1/token", "", '{"grant_type":"urn:ietf:params:oauth:grant-type:jwt-bearer","assertion":"e30.e30.AA"}'
    ),
    "life": _call("GET /v1/documents/@ID@", "AGENCY"),
    "content": _call("GET /v1/documents/@ID@/content", "AGENCY", "", "Range: bytes=1-20\r\nIf-None-Match: *\r\n"),
    "receipt": _call("GET /v1/documents/@ID@/receipt", "AGENCY"),
    "evidence": _call("GET /v1/documents/@ID@/evidence?document=true&statuses=false", "AUDITOR"),
    "inbox": _call("GET /v1/inbox?state=waiting&limit=2&cursor=0.1", "AGENCY"),
    "fetch": _call("POST /v1/inbox/fetch", "AGENCY", '{"limit":2,"wait":0}'),
    "acknowledge": _call("POST /v1/inbox/acknowledge", "AGENCY", '{"items":[{"message":"@ID@","sha256":"@SHA@"}]}'),
    "signed": _call("POST /v1/inbox/acknowledge", "AGENCY", '{"signed":"e30.e30.AA","agency":"H52"}'),
    "outbox": _call("GET /v1/outbox?limit=3&cursor=5", "AGENCY"),
    "agencies": _call("GET /v1/agencies?text=s%C6%A1n&tier=provincial&limit=2"),
    "agency": _call("GET /v1/agencies/000.00.00.H52"),
    "put": _call(
        "PUT /v1/agencies",
        "OPERATOR",
        '{"agencies":[{"code":"000.00.00.X01","name":"x","tier":"central","valid_from":"2020-01-01",'
        '"certificates":[{"sha256":"00","der":"MAA="}]}]}',
    ),
    "figures": _call("GET /v1/figures?since=2026-11-22&until=2026-11-23T00:00:00Z"),
    "log": _call("GET /log/tile/entries/000.p/3"),
    "objects": _call("GET /log/objects/directory?start=0&count=3"),
    "leaves": _call("GET /v1/audit/leaves?start=0&count=3", "AUDITOR"),
    "checkpoints": _call("GET /v1/audit/checkpoints?above=1&count=2", "AUDITOR"),
    "audit-signed": _call("GET /v1/audit/signed/00", "AUDITOR"),
    "head": _call("HEAD /v1/inbox?limit=1", "AGENCY"),
    "pipelined": _call("GET /healthz").replace("Connection: close\r\n", "") + _call("GET /metrics"),
    "expect": _call("POST /v1/statuses", "AGENCY", "", "Expect: 100-continue\r\nContent-Length: 4\r\n") + "<a/>",
}
_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})")


@contextmanager
def hub() -> Iterator[Callable[[bytes], None]]:
    """A hub in this process and the target that calls it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    runner = asyncio.Runner()
    with tempfile.TemporaryDirectory() as folder, runner:
        keyring(str(Path(folder) / "keys"))
        opening = a_web(Path(folder) / "hub", Path(folder) / "keys", header_seconds=2.0, body_seconds=2.0)
        web = runner.run(opening.__aenter__())
        try:
            words = runner.run(_words(web))

            def target(data: bytes) -> None:
                for name, word in words.items():
                    data = data.replace(name, word)
                runner.run(_one(web, data))

            yield target
        finally:
            runner.run(opening.__aexit__(None, None, None))
            structlog.reset_defaults()


async def _words(web: Web) -> dict[bytes, bytes]:
    sent = await web.send(VPCP, SON_LA)
    document = web.axis.sign(web.axis.document(VPCP, [SON_LA]))
    words = {
        "@AGENCY@": await web.token(SON_LA),
        "@OPERATOR@": await web.token(OPERATOR),
        "@AUDITOR@": await web.token(AUDITOR),
        "@ID@": bare(sent.message.id),
        "@SHA@": sent.message.sha256,
    }
    return {name.encode(): word.encode() for name, word in words.items()} | {b"@DOC@": document}


async def _one(web: Web, data: bytes) -> None:
    """What comes back to these bytes: nothing, or answers of which none is 5xx."""
    reader, writer = await asyncio.open_connection(*web.address)
    answer = b""
    try:
        with suppress(ConnectionError):
            writer.write(data)
            writer.write_eof()
            async with asyncio.timeout(SECONDS):
                while more := await reader.read(1 << 20):
                    answer += more
    finally:
        writer.close()
    found = _STATUS.match(answer)
    assert not answer or found, answer[:80]
    assert not found or found[1] < b"500", answer[:2000]
