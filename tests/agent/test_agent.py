"""`truc agent` over real HTTP: who is let in, what is shown, what is signed and what never is."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from hub.agent.looking import Kind, Shown
from hub.agent.service import WRONG_CODES, Agent, serving
from hub.core import edxml
from hub.core.edxml import ResponseFor, Staff, Status
from hub.core.evidence import acknowledgement
from hub.core.evidence.acknowledgement import Acknowledgement, Item, Outcome
from hub.core.model import StatusCode
from hub.core.signature import jws, xmldsig
from tests.support.axis import NOON, SON_LA, VPCP, a_document, keyring, organ

ORIGIN: Final = "https://hub.example"


class Desk:
    """Whoever sits at the terminal: says `yes`, and remembers what was shown."""

    def __init__(self) -> None:
        self.yes = True
        self.seen: list[Shown] = []
        self.codes: list[str] = []

    async def ask(self, shown: Sequence[Shown]) -> bool:
        self.seen += shown
        return self.yes


class Page:
    """A page that asks."""

    def __init__(self, session: aiohttp.ClientSession, port: int, desk: Desk) -> None:
        self.session, self.port, self.desk = session, port, desk
        self.headers = {"Origin": ORIGIN}

    async def ask(self, method: str, path: str, told: Any = None, **headers: str) -> tuple[int, Any, Any]:
        url = f"http://127.0.0.1:{self.port}{path}"
        async with self.session.request(method, url, json=told, headers=self.headers | headers) as answer:
            body = await answer.json() if answer.status != 204 else None
            return answer.status, body, answer.headers

    async def pair(self) -> None:
        status, told, _ = await self.ask("POST", "/v1/pair", {"code": self.desk.codes[-1]})
        assert status == 200, told
        self.headers["Authorization"] = f"Bearer {told['session']}"

    async def sign(self, *tasks: dict[str, Any]) -> tuple[int, Any]:
        status, told, _ = await self.ask("POST", "/v1/sign", {"tasks": list(tasks)})
        return status, told


@asynccontextmanager
async def a_page(keys: Path, *kinds: Kind) -> AsyncIterator[Page]:
    desk = Desk()
    credential = keyring(str(keys)).agency(SON_LA)
    agent = Agent(SON_LA, credential, ORIGIN, desk.ask, desk.codes.append, frozenset(kinds))
    async with serving(agent, 0) as port, aiohttp.ClientSession() as session:
        yield Page(session, port, desk)


def a_letter(sender: str = SON_LA) -> str:
    return edxml.build(a_document(sender, [VPCP], 7, subject="V/v thử")).decode()


def a_status(code: StatusCode) -> str:
    meant = ResponseFor(VPCP, "7/VPCP-KSTT", f"{VPCP},2026/11/20,7/VPCP-KSTT")
    return edxml.build(Status(organ(SON_LA), meant, Staff(), code, "lý do")).decode()


def an_acknowledgement(data: bytes, sha256: str = "", recipient: str = SON_LA) -> dict[str, Any]:
    item = Item(f"urn:uuid:{'0' * 8}-0000-0000-0000-{'0' * 12}", sha256 or hashlib.sha256(data).hexdigest(),
                Outcome.CONTENT_HANDOVER)  # fmt: skip
    payload = acknowledgement.encode(Acknowledgement(recipient, NOON, (item,)))
    return {"payload": payload.decode(), "documents": [base64.b64encode(data).decode()]}


async def test_only_pages_of_the_one_origin_are_answered(keys: Path) -> None:
    async with a_page(keys) as page:
        for headers in (
            {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": f"{ORIGIN}.evil"},
            {"Host": "evil.example"}, {"Host": f"evil.example:{page.port}"},
        ):  # fmt: skip
            for method, path in (("OPTIONS", "/v1/sign"), ("GET", "/v1/agent"), ("POST", "/v1/pair")):
                status, told, sent = await page.ask(method, path, None, **headers)
                assert (status, told["code"]) == (403, "origin-wrong"), (headers, path)
                assert "Access-Control-Allow-Origin" not in sent
        status, _, sent = await page.ask(
            "OPTIONS", "/v1/sign", None, **{"Access-Control-Request-Private-Network": "true"}
        )
        assert status == 204
        assert sent["Access-Control-Allow-Origin"] == ORIGIN
        assert sent["Access-Control-Allow-Private-Network"] == "true"
        assert "Access-Control-Allow-Credentials" not in sent
        assert (await page.ask("GET", "/v1/agent"))[1] == {"agency": SON_LA, "paired": False}
        assert (await page.ask("GET", "/elsewhere"))[0] == 404


async def test_a_code_pairs_once_and_guesses_run_out(keys: Path) -> None:
    async with a_page(keys) as page:
        first = page.desk.codes[0]
        assert (await page.sign({"edxml": a_letter()}))[0] == 401
        await page.pair()
        assert (await page.ask("GET", "/v1/agent"))[1]["paired"]
        assert (await page.ask("POST", "/v1/pair", {"code": first}))[0] == 403, "a code is good once"
        before = page.desk.codes[-1]
        for _ in range(WRONG_CODES):
            await page.ask("POST", "/v1/pair", {"code": "wrong"})
        assert (await page.ask("POST", "/v1/pair", {"code": before}))[0] == 403, "after wrong ones it is another"
        old = dict(page.headers)
        await page.pair()
        page.headers = old
        assert (await page.sign({"edxml": a_letter()}))[0] == 401, "a new session ends the one before"


async def test_what_is_shown_is_read_from_the_bytes_that_are_signed(keys: Path) -> None:
    async with a_page(keys) as page:
        await page.pair()
        text = a_letter()
        status, told = await page.sign({"edxml": text})
        assert status == 200, told
        (shown,) = page.desk.seen
        assert (shown.kind, shown.code, shown.subject) == (Kind.DOCUMENTS, "7/VPCP-KSTT", "V/v thử")
        assert shown.parties[0].endswith(f"({VPCP})")
        assert shown.digest == hashlib.sha256(text.encode()).hexdigest()
        (signed,) = told["signed"]
        credential = keyring(str(keys)).agency(SON_LA)
        again = xmldsig.sign(text.encode(), credential.key, credential.chain)
        assert signed.encode() == again, "the agent signs the document itself, and nothing else"


async def test_nothing_is_signed_that_nobody_agreed_to(keys: Path) -> None:
    async with a_page(keys, Kind.ACKNOWLEDGEMENTS, Kind.STATUSES) as page:
        await page.pair()
        page.desk.yes = False
        data = edxml.build(a_document(VPCP, [SON_LA], 7))
        assert (await page.sign(an_acknowledgement(data), {"edxml": a_status(StatusCode.ACCEPTED)}))[0] == 200
        assert page.desk.seen == [], "agreed to beforehand"
        for text in (a_letter(), a_status(StatusCode.REFUSED), a_status(StatusCode.AGREED)):
            status, told = await page.sign({"edxml": a_status(StatusCode.ACCEPTED)}, {"edxml": text})
            assert (status, told["code"]) == (403, "declined")
        assert len(page.desk.seen) == 6, "one that is asked for has the whole request asked for"


async def test_an_acknowledgement_needs_the_bytes_that_it_is_about(keys: Path) -> None:
    async with a_page(keys) as page:
        await page.pair()
        data = edxml.build(a_document(VPCP, [SON_LA], 7, subject="V/v nhận"))
        status, told = await page.sign(an_acknowledgement(data))
        assert status == 200
        credential = keyring(str(keys)).agency(SON_LA)
        said = acknowledgement.verify(told["signed"][0], {jws.key_id(credential.certificate): credential.certificate})
        assert said.items[0].sha256 == hashlib.sha256(data).hexdigest()
        assert page.desk.seen[0].subject == "V/v nhận"
        for wrong in (
            an_acknowledgement(data, sha256="0" * 64),
            an_acknowledgement(data, recipient=VPCP),
            an_acknowledgement(data) | {"documents": []},
            an_acknowledgement(b"<no/>"),
        ):
            assert (await page.sign(wrong))[0] == 422, wrong
        assert len(page.desk.seen) == 1


@pytest.mark.parametrize(
    "task",
    [
        {},
        {"edxml": a_letter(VPCP)},
        {"edxml": "<edXML/>"},
        {"edxml": "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"},
        {"edxml": a_letter(), "payload": "{}"},
        {"payload": "{}"},
        {"edxml": a_letter().replace("V/v thử", "Tối mật")},
    ],
)
async def test_what_is_no_message_of_this_agency_is_not_even_shown(keys: Path, task: dict[str, Any]) -> None:
    async with a_page(keys) as page:
        await page.pair()
        assert (await page.sign(task))[0] == 422
        assert page.desk.seen == []


async def test_hostile_requests_are_answered(keys: Path) -> None:
    async with a_page(keys) as page:
        await page.pair()
        for told in ([], {"tasks": 3}, {"tasks": [{"digest": "AA=="}]}, "x", {"tasks": [], "more": 1}):
            assert (await page.ask("POST", "/v1/sign", told))[0] == 400, told
        assert (await page.sign())[0] == 429
        assert (await page.sign(*[{"edxml": "<x/>"}] * 101))[0] == 429
        assert (await page.ask("POST", "/v1/pair", {"code": "ế" * 50}))[0] == 403


async def test_a_session_of_any_bytes_is_one_that_nobody_knows(keys: Path) -> None:
    """Bytes that are no UTF-8 reach the agent as lone surrogates."""
    async with a_page(keys) as page:
        await page.pair()
        for shown in (b"\xff", b"Bearer \xed\xa0\x80", b"Bearer caf\xc3\xa9"):
            reader, writer = await asyncio.open_connection("127.0.0.1", page.port)
            head = f"GET /v1/agent HTTP/1.1\r\nHost: 127.0.0.1:{page.port}\r\nOrigin: {ORIGIN}\r\nConnection: close\r\n"
            writer.write(head.encode() + b"Authorization: " + shown + b"\r\n\r\n")
            told = await reader.read()
            writer.close()
            assert told.startswith(b"HTTP/1.1 200"), told
            assert told.endswith(b'"paired":false}')
