"""Why an agency does not fetch, which agencies are silent, the most urgent work, and the alerts that stand."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from aiohttp import web

from hub import access
from hub.core import alerts, faring, wire, wire_watch
from hub.core.alerts import Alert
from hub.core.attention import DAY, RANKS, Item
from hub.core.faring import Faring
from hub.core.model import Agency, Millis, Priority, iso_utc
from hub.exchange import Exchange
from hub.http.call import Call, answer
from hub.routes import views
from hub.upkeep import faring as gathering

_HOUR: Final = 3_600_000


class SilentQuery(wire.Wire, frozen=True, kw_only=True):
    """`since`: not heard of after this time, by default a day ago; `all`: also those for which nothing waits;
    `cursor`: how many were seen."""

    since: str = ""
    all: bool = False
    limit: wire.Limit = 50
    cursor: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{0,7}\Z")] = ""


async def health(call: Call) -> web.StreamResponse:
    """Why one agency does not fetch: for itself, operators and auditors."""
    exchange, hub_only = call.context.exchange, call.hub_only
    agency = access.fares(exchange.directory, call.caller, call.path["code"], exchange.clock())
    found = await gathering.faring(exchange, hub_only.attention, hub_only.webhooks, agency)
    return answer(view(found, agency, exchange))


def view(f: Faring, agency: Agency, exchange: Exchange) -> wire_watch.AgencyHealth:
    said, rule, c = faring.sentence(f), faring.broken(f), f.contact
    began = [crl.last_update_utc.timestamp() * 1000 for crl in exchange.anchors.crls]
    return wire_watch.AgencyHealth(
        agency=agency.code,
        name=agency.name,
        at=iso_utc(f.now),
        vi=said.vi,
        en=said.en,
        broken=rule.code if rule is not None else "",
        links=[wire_watch.Link(link=s.link.value, state=s.state, at=_at(s.at)) for s in faring.chain(f)],
        token=_at(c.token),
        fetched=_at(c.fetched),
        acknowledged=_at(c.acknowledged),
        refused=_at(c.refused),
        refusal=c.refusal,
        denied=_at(c.denied),
        denial=c.denial,
        suspended=f.suspended,
        valid_to=str(f.ends or ""),
        successor=f.successor,
        certificates=tuple(
            wire_watch.CertificateLeft(sha256=sha256, ends=iso_utc(end), days=(end - f.now) // DAY)
            for sha256, end in f.certificates
        ),
        lists_until=_at(f.lists),
        lists_age_hours=int(f.now - max(began)) // _HOUR if began else -1,
        waiting=tuple(
            wire_watch.LaneWaiting(
                lane=w.lane, documents=w.documents, oldest=iso_utc(w.oldest), expires_at=_at(w.ends_at)
            )
            for w in f.waiting
        ),
        documents=f.documents,
        oldest=_at(f.oldest),
        leases=f.leases,
        streams=f.streams,
        webhooks=wire_watch.HooksHealth(endpoints=f.hooks.all, failing=f.hooks.failing, disabled=f.hooks.disabled),
    )


async def silent(call: Call) -> web.StreamResponse:
    """Agencies that were not heard of since a time."""
    query: SilentQuery = call.query
    now = call.context.exchange.clock()
    since = views.moment_asked(query.since) if query.since else Millis(now - DAY)
    found = await call.hub_only.attention.silent(since, waiting=not query.all)
    start = int(query.cursor or 0)
    items = [
        wire_watch.Silent(
            agency=agency.code,
            name=agency.name,
            last=_at(last),
            documents=sum(w.documents for w in waits),
            urgent=sum(w.documents for w in waits if w.lane >= Priority.EXPRESS),
            oldest=_at(min((w.oldest for w in waits), default=None)),
        )
        for agency, last, waits in found[start : start + query.limit]
    ]
    end = start + len(items)
    cursor = str(end) if items and end < len(found) else ""
    return answer(wire_watch.SilentAgencies(items=items, since=iso_utc(since), total=len(found), cursor=cursor))


async def attention(call: Call) -> web.StreamResponse:
    """The most urgent work first."""
    at, items = await call.hub_only.attention.items()
    name = call.hub_only.alerts.name
    return answer(wire_watch.AttentionList(items=[_item(item, at, name) for item in items], at=iso_utc(at)))


def _item(item: Item, at: Millis, name: alerts.Names) -> wire_watch.AttentionItem:
    alert = alerts.of_item(item, at)
    said, do = alerts.title(alert, at, name), alerts.advice(alert, at, name)
    return wire_watch.AttentionItem(
        what=item.what.value,
        rank=RANKS[item.what],
        severity=alert.severity.value,
        count=item.count,
        vi=said.vi,
        en=said.en,
        do_vi=do.vi,
        do_en=do.en,
        since=_at(item.since),
        until=_at(item.until),
        agencies=item.agencies,
        of=item.of,
        lane=item.lane,
        why=item.why,
    )


async def standing(call: Call) -> web.StreamResponse:
    """The alerts that are not over, and how they are told."""
    kept, now = call.hub_only.alerts, call.context.exchange.clock()
    settings = call.context.settings.alerts
    hooks = call.hub_only.webhooks.desk.of("") if settings.webhooks else []
    return answer(
        wire_watch.StandingAlerts(
            items=[_standing(alert, now, kept.name) for alert in kept.standing],
            mail=bool(settings.smtp_host),
            webhooks=sum(hook.state == "active" for hook in hooks),
            mail_failure=kept.mail_why,
        )
    )


def _standing(alert: Alert, now: Millis, name: alerts.Names) -> wire_watch.StandingAlert:
    said, do = alerts.title(alert, now, name), alerts.advice(alert, now, name)
    return wire_watch.StandingAlert(
        code=alert.code,
        severity=alert.severity.value,
        vi=said.vi,
        en=said.en,
        do_vi=do.vi,
        do_en=do.en,
        raised=iso_utc(alert.since),
        since=iso_utc(alert.found if alert.found is not None else alert.since),
        told_at=iso_utc(alert.told_at),
        notices=alert.notices,
        count=alert.count,
        agencies=alert.agencies,
        of=alert.of,
        mailed=alert.mailed >= alert.notices,
    )


async def test(call: Call) -> web.StreamResponse:
    """Tell a harmless thing by every way, now. TooMany after some within an hour."""
    tried = await call.hub_only.alerts.test()
    return answer(wire_watch.AlertsTested(mailed=tried.mailed, webhooks=tried.hooks, mail_failure=tried.mail))


def _at(at: Millis | None) -> str:
    return iso_utc(at) if at is not None else ""
