"""Acts on several rows at once: agencies that are suspended or resumed, endpoints whose webhooks are sent again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import msgspec
from aiohttp import web

from hub.access import Right
from hub.console import several
from hub.console.census import census
from hub.console.page import Page, Visit
from hub.console.screens import agencies
from hub.console.screens.directory import CHANGED
from hub.console.several import Outcome
from hub.core.errors import AxisError, BadRequest, NotFound, Text
from hub.core.webhooks.targets import shown
from hub.webhooks.registry import identifier_of

_MOST_NOTICES: Final = 1_000
Do = Callable[[Visit, str, bool], Awaitable[Outcome]]
"""The outcome that one row would have, or with the last argument had."""


async def _done(visit: Visit, act: str, row: str, do: Do, *, sure: bool) -> Outcome:
    try:
        return await do(visit, row, sure)
    except AxisError as error:
        return Outcome(row, row, error.vi if visit.lang == "vi" else error.en)


async def _several(visit: Visit, acts: Mapping[str, Do], back: str) -> web.StreamResponse:
    form = await visit.form()
    act, rows = form.get("act", 20), several.chosen(form)
    if act not in acts:
        raise BadRequest(expected=", ".join(acts), found=act)
    sure, why = form.get("sure", 1) == "1", form.get("why", 300)
    if sure and not why:
        visit.error = BadRequest(expected="the reason of this change", found="none", field="why")
        sure = False
    outcomes = [await _done(visit, act, row, acts[act], sure=sure) for row in rows]
    title = visit.t(f"several.{act}")
    if not sure:
        return several.preview(visit, title, outcomes, act, back)
    good = [one.code for one in outcomes if not one.why]
    if good:
        more = f" +{len(good) - 1}" if len(good) > 1 else ""
        deed = CHANGED if act in _AGENCIES else "webhooks-replayed"
        await visit.accounts.record(visit.who, deed, good[0] + more, f"{act}: {why}")
    return several.told(visit, title, outcomes, back)


def _suspending(on: bool) -> Do:
    async def do(visit: Visit, row: str, sure: bool) -> Outcome:
        agency = visit.exchange.directory.get(row)
        if agency is None or agency.code != row:
            return Outcome(row, row, visit.t("several.gone"))
        at = agencies.address(row)
        if agency.suspended is on:
            return Outcome(agency.name, row, visit.t("several.same"), at)
        wanted = msgspec.structs.replace(agency, suspended=on)
        visit.exchange.would_change([wanted])
        if sure:
            by = f"{visit.caller.role}:{visit.caller.agency} {visit.caller.auth}"
            await visit.exchange.change_directory([wanted], by, {row: agency})
            census(visit).changed()
        return Outcome(agency.name, row, href=at)

    return do


async def _replay(visit: Visit, row: str, sure: bool) -> Outcome:
    desk = visit.hub.webhooks.desk
    hook = next((h for h in desk.everything() if identifier_of(h.number) == row), None)
    if hook is None:
        raise NotFound(found=row[:80])
    name = f"{visit.name_of(hook.agency) if hook.agency else visit.t('role.operator')} · {shown(hook.url)}"
    if hook.state != "active":
        return Outcome(name, row, visit.t("webhooks.state.disabled"), f"/console/webhooks/{row}")
    notices = await desk.failures(hook, _MOST_NOTICES, "")
    if sure:
        for notice in notices:
            await desk.replay_one(hook, notice.id)
    note = visit.t("several.messages", n=len(notices))
    return Outcome(name, row, href=f"/console/webhooks/{row}", note=note)


_AGENCIES: Final[Mapping[str, Do]] = {"suspend": _suspending(True), "resume": _suspending(False)}
_WEBHOOKS: Final[Mapping[str, Do]] = {"replay": _replay}


async def of_agencies(visit: Visit) -> web.StreamResponse:
    return await _several(visit, _AGENCIES, "/console/agencies")


async def of_webhooks(visit: Visit) -> web.StreamResponse:
    return await _several(visit, _WEBHOOKS, "/console/failures")


PAGES: Final = (
    Page("POST", "/console/agencies/several", of_agencies, Right.RUN, "nav.agencies", again="/console/agencies"),
    Page("POST", "/console/failures/several", of_webhooks, Right.RUN, "nav.failures", again="/console/failures"),
)
TEXTS: Final[Mapping[str, Text]] = several.TEXTS
