"""Acts on several rows at once: agencies that are suspended or resumed, endpoints whose webhooks are sent again,
documents that wait told of again or given more time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import msgspec
from aiohttp import web

from hub import reminding
from hub.access import Right
from hub.console import several
from hub.console.census import census
from hub.console.page import Page, Visit
from hub.console.screens import agencies
from hub.console.screens.directory import CHANGED
from hub.console.several import Outcome
from hub.core.errors import AxisError, BadRequest, NotFound, Text
from hub.core.webhooks.targets import shown
from hub.core.wire_remind import Reminder
from hub.webhooks.registry import identifier_of

_MOST_NOTICES: Final = 1_000
_NAMED: Final = 3
Do = Callable[[Visit, str, bool, str], Awaitable[Outcome]]
"""The outcome that one row would have, or, where it is sure, had for that reason."""


async def _done(visit: Visit, row: str, do: Do, *, sure: bool, why: str) -> Outcome:
    try:
        return await do(visit, row, sure, why)
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
    outcomes = [await _done(visit, row, acts[act], sure=sure, why=why) for row in rows]
    title = visit.t(f"several.{act}")
    if not sure:
        return several.preview(visit, title, outcomes, act, back)
    good = [one.code for one in outcomes if not one.why]
    if good:
        more = f" +{len(good) - 1}" if len(good) > 1 else ""
        await visit.accounts.record(visit.who, _DEEDS[act], good[0] + more, f"{act}: {why}")
    return several.told(visit, title, outcomes, back)


def _suspending(on: bool) -> Do:
    async def do(visit: Visit, row: str, sure: bool, why: str) -> Outcome:
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


async def _replay(visit: Visit, row: str, sure: bool, why: str) -> Outcome:
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


def _reminding(days: int) -> Do:
    """The rows are identifiers without their prefix, as in the addresses of documents."""

    async def do(visit: Visit, row: str, sure: bool, why: str) -> Outcome:
        exchange, href, told = visit.exchange, f"/console/documents/{row}", Reminder(message=row[:64])
        recipients: Sequence[str]
        if sure:
            (done,) = await reminding.remind(exchange, visit.caller, [told], days, why)
            if done.refusal is not None and not done.recipients:  # of some alone: one was fetched meanwhile
                raise done.refusal
            recipients = done.recipients
        else:
            recipients = [recipient for _, recipient in await reminding.waiting(exchange, told)]
        name = ", ".join(visit.name_of(code) for code in recipients[:_NAMED])
        rest = len(recipients) - _NAMED
        note = visit.t("several.told", n=len(recipients))
        done_word = f"{visit.t('several.done')}: " if sure else ""
        return Outcome(f"{name} +{rest}" if rest > 0 else name, row, href=href, note=done_word + note)

    return do


_AGENCIES: Final[Mapping[str, Do]] = {"suspend": _suspending(True), "resume": _suspending(False)}
_WEBHOOKS: Final[Mapping[str, Do]] = {"replay": _replay}
_DOCUMENTS: Final[Mapping[str, Do]] = {"notify": _reminding(0), "extend-7": _reminding(7), "extend-30": _reminding(30)}
DOCUMENTS: Final = tuple(_DOCUMENTS)
REMINDED: Final = "documents-reminded"
_DEEDS: Final = (
    dict.fromkeys(_AGENCIES, CHANGED) | {"replay": "webhooks-replayed"} | dict.fromkeys(_DOCUMENTS, REMINDED)
)


async def of_agencies(visit: Visit) -> web.StreamResponse:
    return await _several(visit, _AGENCIES, "/console/agencies")


async def of_webhooks(visit: Visit) -> web.StreamResponse:
    return await _several(visit, _WEBHOOKS, "/console/failures")


async def of_documents(visit: Visit) -> web.StreamResponse:
    return await _several(visit, _DOCUMENTS, "/console/documents")


PAGES: Final = (
    Page("POST", "/console/documents/several", of_documents, Right.RUN, "nav.documents", again="/console/documents"),
    Page("POST", "/console/agencies/several", of_agencies, Right.RUN, "nav.agencies", again="/console/agencies"),
    Page("POST", "/console/failures/several", of_webhooks, Right.RUN, "nav.failures", again="/console/failures"),
)
TEXTS: Final[Mapping[str, Text]] = {
    **several.TEXTS,
    "several.told": Text("{n} nơi nhận", "{n} recipient|{n} recipients"),
    "several.notify": Text("Nhắc lại nhiều văn bản đang chờ", "Tell of several documents again"),
    "several.extend-7": Text("Gia hạn 7 ngày cho nhiều văn bản", "Give 7 more days to several documents"),
    "several.extend-30": Text("Gia hạn 30 ngày cho nhiều văn bản", "Give 30 more days to several documents"),
    "several.notify.do": Text("Nhắc lại", "Tell again"),
    "several.extend-7.do": Text("Gia hạn 7 ngày", "7 more days"),
    "several.extend-30.do": Text("Gia hạn 30 ngày", "30 more days"),
    "deed.documents-reminded": Text("Nhắc lại hoặc gia hạn văn bản", "Told of documents again, or gave more time"),
}
