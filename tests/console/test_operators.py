"""The first account is made by the operator's key, over the interface and on the command line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from hub.core.wire_accounts import AccountChanged, Accounts
from tests.console.kit import Visitor, a_console
from tests.support.axis import SON_LA
from tests.support.web import OPERATOR, Answer, Web


@pytest_asyncio.fixture
async def web(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    async with a_console(tmp_path / "hub", keys, samples=False) as opened:
        yield opened


async def change(web: Web, **members: str) -> Answer:
    return await web.call("POST", "/v1/accounts", OPERATOR, json=members)


async def test_an_operator_makes_accounts_and_who_made_them_is_on_the_trail(web: Web) -> None:
    made = (await change(web, name="lan", change="add", role="administrator", title="Lan")).record(AccountChanged)
    assert made.account.first
    visitor = Visitor(web)
    assert (await visitor.sign_in("lan", made.first_password)).status == 303
    listed = (await web.get("/v1/accounts", OPERATOR)).record(Accounts)
    assert [(a.name, a.role, a.second_factor) for a in listed.items] == [("lan", "administrator", False)]
    again = (await change(web, name="lan", change="reset")).record(AccountChanged)
    assert again.first_password != made.first_password
    assert (await visitor.get("/console/login/password")).status == 303  # its session ended
    assert (await Visitor(web).sign_in("lan", made.first_password)).status == 401
    (await change(web, name="lan", change="disable")).record(AccountChanged)
    assert (await Visitor(web).sign_in("lan", again.first_password)).status == 401
    (await change(web, name="lan", change="enable")).record(AccountChanged)
    assert (await Visitor(web).sign_in("lan", again.first_password)).status == 303
    deeds = [(d.account, d.role, d.deed) for d in await web.store.deeds(20) if d.target == "lan"]
    kinds = ("account-enabled", "account-disabled", "account-reset", "account-added")
    assert deeds == [(OPERATOR, OPERATOR, kind) for kind in kinds]


async def test_what_makes_no_account_is_refused(web: Web) -> None:
    for members in (
        {"name": "An", "change": "add"},
        {"name": "a", "change": "add"},
        {"name": "../x", "change": "add"},
        {"name": "an\n", "change": "add"},
        {"name": "an", "change": "add", "role": "clerk"},
        {"name": "an", "change": "add", "role": "clerk", "agency": "000.99.99.H52"},
        {"name": "an", "change": "add", "role": "operator", "agency": SON_LA},
        {"name": "an", "change": "add", "role": "king"},
        {"name": "an", "change": "away"},
    ):
        assert (await change(web, **members)).status == 400, members
    for verb in ("reset", "disable", "enable"):
        assert (await change(web, name="nobody", change=verb)).status == 404
    (await change(web, name="an", change="add")).record(AccountChanged)
    assert (await change(web, name="an", change="add")).status == 400
    assert [a.name for a in (await web.get("/v1/accounts", OPERATOR)).record(Accounts).items] == ["an"]
