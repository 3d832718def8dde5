"""`truc results`, `truc leaders`, and what `truc show` tells of attachments, against a real hub and offline."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from hub.programmes.results import owner, paper
from tests.cli.test_fetch_hostile import Ran, truc
from tests.programmes import on_hub, pdfs
from tests.support.axis import SON_LA, VPCP
from tests.support.web import Web, a_web, bare

CODE = "H52.01-261120-0001-KQ1"
NAME = "Giấy phép xây dựng"
PERSON = "052099001234"
Common = tuple[object, ...]


def told(ran: Ran) -> Any:
    """The JSON among the lines that the hub in this process logs."""
    return json.JSONDecoder().raw_decode(ran.out, ran.out.index("{\n"))[0]


@asynccontextmanager
async def a_hub(folder: Path, keys: Path) -> AsyncIterator[tuple[Web, Common, Common]]:
    """A hub of today; how the issuer calls it, and how anybody does."""
    async with a_web(folder, keys) as web:
        on_hub.trusting(web)
        web.axis.clock.run()
        hub = ("--url", web.url, "--keys", keys)
        yield web, ("--as", SON_LA, *hub), ("--url", web.url)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Their maker has an event loop of its own."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "giay-phep.pdf").write_bytes(pdfs.issued())
    return folder


async def test_a_result_from_registration_to_revocation(tmp_path: Path, keys: Path, files: Path) -> None:
    file = files / "giay-phep.pdf"
    async with a_hub(tmp_path / "hub", keys) as (web, mine, anybody):
        policy = tmp_path / "log.policy"
        policy.write_bytes((await web.get("/log/vkey")).body)
        kept = [tmp_path / name for name in ("a.edxml", "a.tlog-proof", "b.edxml", "b.tlog-proof")]
        about = ("--code", CODE, "--name", NAME, "--procedure", "1.009994", "--owner", PERSON, "--last", "2099-01-01")
        ran = await truc(
            "results", "register", *mine, "--to", VPCP, *about, "--save", kept[0], "--receipt", kept[1], "--json", file
        )
        assert ran.code == 0, ran
        assert PERSON.encode() not in kept[0].read_bytes()
        assert await web.hub.exchange.leaders.caught_up(60) == 0  # type: ignore[union-attr]
        ran = await truc("results", "verify", *anybody, file, "--json")
        assert (ran.code, told(ran)["standing"]) == (0, "valid"), ran
        (one,) = told(ran)["items"]
        assert (one["name"], one["file"], one["retrievable"]) == (NAME, "valid", True)
        shown = await truc("show", *mine, bare(one["document"]))
        assert "signatures inside the attachments: A competent person's signature holds" in shown.out
        assert pdfs.LEADER in shown.out

        drawn = ("results", "qr", *anybody, "--code", CODE, "--name", NAME, "--procedure", "1.009994")
        ran = await truc(*drawn, "--owner", PERSON, "--out", tmp_path / "qr.svg", "--json")
        assert (tmp_path / "qr.svg").read_bytes().startswith(b"<?xml")
        said = paper.paper_in(told(ran)["address"])
        assert said == paper.Paper(CODE, "1.009994", owner.tag(owner.digest(PERSON, CODE)), NAME)
        ran = await truc("results", "verify", *anybody, "--qr", told(ran)["address"], "--json")
        assert told(ran)["items"][0]["name"] == NAME
        ran = await truc("results", "verify", *anybody, "--code", CODE, "--json")
        assert "name" not in told(ran)["items"][0]
        assert PERSON in told(await truc(*drawn, "--owner", PERSON, "--print-owner", "--json"))["address"]

        pair = ("--policy", policy, "--document", kept[0], "--receipt", kept[1])
        ran = await truc("results", "verify", file, *pair)
        assert ran.code == 0, ran
        assert "A later revocation or succession is not known" in ran.out

        web.axis.clock.forward(1_000)
        gone = ("--reason", "Cấp sai đối tượng", "--save", kept[2], "--receipt", kept[3])
        assert (await truc("results", "revoke", *mine, "--to", VPCP, "--code", CODE, *gone)).code == 0
        ran = await truc("results", "verify", *anybody, file)
        assert ran.code == 1
        assert "REVOKED" in ran.out
        assert "Cấp sai đối tượng" in ran.out
        both = (*pair, "--document", kept[2], "--receipt", kept[3])
        assert (await truc("results", "verify", file, *both)).code == 1
        assert (await truc("results", "verify", file, *pair)).code == 0  # what it does not hold it does not know
        ran = await truc("results", "verify", file, *pair[:-1], kept[3])
        assert ran.code == 1  # a receipt of another document

        ran = await truc("results", "list", *mine)
        assert CODE in ran.out
        assert "revoked" in ran.out
        ran = await truc("results", "measures", *mine, "--json")
        assert (told(ran)["total"]["claimed"], told(ran)["total"]["verified"]) == (1, 1)
        ran = await truc("leaders", "--as", "operator", "--url", web.url, "--keys", keys, "--json")
        assert (told(ran)["total"]["leader"], told(ran)["total"]["share_documents"]) == (1, 1.0)
        assert "share of documents" in (await truc("leaders", *mine)).out


async def test_odd_use_is_told(tmp_path: Path, files: Path) -> None:
    file = files / "giay-phep.pdf"
    assert (await truc("results", "verify")).code == 2
    assert (await truc("results", "verify", "--code", "H52")).code == 2
    assert (await truc("results", "verify", "--document", file, file)).code == 2
    assert (await truc("results", "qr", "--code", CODE, "--name", NAME, "--owner", "Nguyễn Văn A")).code == 2
    assert (await truc("results", "qr", "--code", CODE, "--name", NAME, "--out", tmp_path / "qr.gif")).code == 2
