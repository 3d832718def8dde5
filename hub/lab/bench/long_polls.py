"""Eleven thousand agencies that wait at their mailboxes, from one process, and how soon they hear of a document.

Their tokens are made with the hub's own secret, which the bench may read because the hub is its own: the measure is not
of so many grants. Each agency has one connection with one long poll on it.
"""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from hub.core import wire
from hub.core.signature import token
from hub.lab.bench.material import Shelf, agencies
from hub.lab.calls import now
from hub.lab.http import Address, Connection, connect, head
from hub.lab.processes import Talk
from hub.lab.simulate.player import run

_WAIT: Final = 50
_AT_ONCE: Final = 200
_LIFE: Final = 3_600_000
_SPARE: Final = 200
_BETWEEN: Final = 0.02


class Waiting(msgspec.Struct, frozen=True):
    """How many wait by now."""

    connections: int
    seconds: float


class Heard(msgspec.Struct, frozen=True):
    """Seconds from sending a document until its recipient's poll was answered."""

    latencies: list[float]
    wrong: list[str]


def crowd(talk: Talk, url: str, folder: Path, material: Path, codes: Sequence[str]) -> None:
    """The process: opens the polls and says Waiting; on "send" sends the lot `notice` and says Heard."""
    run(_crowd(talk, url, folder, material, codes))


async def _crowd(talk: Talk, url: str, folder: Path, material: Path, codes: Sequence[str]) -> None:
    address, secret = Address.of(url), (folder / "data" / "token.secret").read_bytes()
    codes = codes[: _room(len(codes))]
    began = time.perf_counter()
    heard: dict[str, float] = {}
    polls = await _open(address, secret, codes, heard)
    talk.say(Waiting(len(polls), time.perf_counter() - began))
    await asyncio.to_thread(talk.hear)
    talk.say(await _send(address, secret, Shelf(material, "notice"), set(codes), heard))
    await asyncio.to_thread(talk.hear)
    for poll in polls:
        poll.cancel()
    await asyncio.gather(*polls, return_exceptions=True)


async def _open(
    address: Address, secret: bytes, codes: Sequence[str], heard: dict[str, float]
) -> list[asyncio.Task[None]]:
    """A long poll for each, started a few at a time; `heard` learns when a poll brought a message."""
    body = msgspec.json.encode(wire.FetchRequest(limit=10, wait=_WAIT, content=True))
    polls = []
    for start in range(0, len(codes), _AT_ONCE):
        some = codes[start : start + _AT_ONCE]
        connections = await asyncio.gather(*(connect(address) for _ in some))
        for code, connection in zip(some, connections, strict=True):
            top = _head(address, secret, code, "/v1/inbox/fetch", len(body), "application/json")
            polls.append(asyncio.create_task(_wait(connection, top, body, heard)))
        await asyncio.sleep(0)
    return polls


async def _wait(connection: Connection, top: bytes, body: bytes, heard: dict[str, float]) -> None:
    while True:
        reply = await connection.call(top, body)
        at = time.perf_counter()
        for item in msgspec.json.decode(reply.body, type=wire.Inbox).items:
            heard[item.message.sha256] = at


async def _send(address: Address, secret: bytes, shelf: Shelf, polling: set[str], heard: dict[str, float]) -> Heard:
    """One document after another, each a little later, to agencies that wait."""
    codes, sent, wrong = [a.code for a in agencies()], dict[str, float](), []
    connection = await connect(address)
    for position in range(len(shelf)):
        data, piece = shelf.data(position), shelf.pieces[position]
        top = _head(address, secret, codes[piece.sender], "/v1/documents", len(data), "application/xml")
        at = time.perf_counter()
        reply = await connection.call(top, data)
        if reply.status != 201:
            wrong.append(f"{reply.status}: {reply.body[:200]!r}")
            continue
        answer = msgspec.json.decode(reply.body, type=wire.Submitted)
        if polling.issuperset(answer.recipients):
            sent[answer.message.sha256] = at
        await asyncio.sleep(_BETWEEN)
    await asyncio.sleep(1.0)
    wrong += [f"nobody heard of {sha256}" for sha256 in sent if sha256 not in heard]
    return Heard([heard[sha256] - at for sha256, at in sent.items() if sha256 in heard], wrong)


def _head(address: Address, secret: bytes, code: str, path: str, length: int, media: str) -> bytes:
    access = token.Access(code, "agency", "jwt-bearer:agency", "", now() + _LIFE)
    bearer = f"Authorization: Bearer {token.mint(access, (secret,))}"
    return head("POST", path, f"{address.host}:{address.port}", length, bearer, f"Content-Type: {media}")


def _room(wanted: int) -> int:
    """How many connections this process may open, once it was allowed as many files as that takes."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted + _SPARE if hard == resource.RLIM_INFINITY else min(wanted + _SPARE, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return min(wanted, most - _SPARE)
