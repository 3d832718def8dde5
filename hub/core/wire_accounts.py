"""People of the console, as records of the wire. No secret of theirs is told but a first password, once."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from hub.core.wire import Wire

RoleName = Literal["operator", "auditor", "clerk", "administrator"]
_Text = Annotated[str, msgspec.Meta(max_length=100)]


class Account(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`agency`: whose clerk it is. `first`: its first password was not changed yet. `seen_at`: of its last
    sign-in."""

    name: str
    role: RoleName
    made_at: str
    agency: str = ""
    title: str = ""
    first: bool = False
    second_factor: bool = False
    disabled: bool = False
    seen_at: str = ""


class Accounts(Wire, frozen=True, kw_only=True, omit_defaults=True):
    items: list[Account]


class AccountChange(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The change of the account of that name. `role`, `agency` and `title` are of `add`."""

    name: _Text
    change: Literal["add", "reset", "disable", "enable"]
    role: RoleName = "operator"
    agency: _Text = ""
    title: _Text = ""


class AccountChanged(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`first_password`: told this once, after `add` and `reset`; it has to be changed within seven days."""

    account: Account
    first_password: str = ""
