"""Accounts of the console, for the operator: the first one is made here, by `truc accounts add`."""

from __future__ import annotations

from aiohttp import web

from hub.access import Role
from hub.accounts.book import Accounts, Who
from hub.accounts.passwords import COST_SECONDS
from hub.core.errors import BadRequest
from hub.core.model import iso_utc
from hub.core.wire_accounts import Account, AccountChange, AccountChanged
from hub.core.wire_accounts import Accounts as Listed
from hub.http import milliseconds, peer
from hub.http.call import Call, answer
from hub.store import AccountRow


async def listed(call: Call) -> web.StreamResponse:
    return answer(Listed(items=[_told(row) for row in call.hub_only.accounts.all()]))


async def change(call: Call) -> web.StreamResponse:
    asked: AccountChange = call.body
    accounts = call.hub_only.accounts
    who = Who(call.caller.agency, call.caller.role, peer.address(call.request))
    if asked.agency and call.context.exchange.directory.get(asked.agency) is None:
        raise BadRequest(expected="a registered agency", found=asked.agency)
    first = await _done(accounts, asked, who)
    row = accounts.get(asked.name)
    assert row is not None, "accounts are never taken away"
    return answer(AccountChanged(account=_told(row), first_password=first))


async def _done(accounts: Accounts, asked: AccountChange, who: Who) -> str:
    if asked.change == "add":
        milliseconds.ahead(COST_SECONDS)
        return await accounts.add(asked.name, Role(asked.role), asked.agency, asked.title, who)
    if asked.change == "reset":
        milliseconds.ahead(COST_SECONDS)
        return await accounts.reset(asked.name, who)
    await accounts.allow(asked.name, who, allowed=asked.change == "enable")
    return ""


def _told(row: AccountRow) -> Account:
    return Account(
        name=row.name,
        role=Role(row.role).value,
        made_at=iso_utc(row.made_at),
        agency=row.agency,
        title=row.title,
        first=row.first,
        second_factor=bool(row.second),
        disabled=row.disabled,
        seen_at=iso_utc(row.seen_at) if row.seen_at else "",
    )
