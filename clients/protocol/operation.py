"""Figures, reports, alerts, accounts and health."""

from __future__ import annotations

import msgspec

from clients.protocol.call import JSON, JSON_BODY, MAX_OUTBOX, Call, Request, body_of, get, record
from hub.core import wire, wire_accounts, wire_centre, wire_report, wire_watch
from hub.core.wire_maintenance import MaintenanceChange, MaintenanceState
from hub.core.wire_remind import Remind, RemindedAll


def accounts() -> Call[wire_accounts.Accounts]:
    """People of the console. Operators only."""
    return get("/v1/accounts", wire_accounts.Accounts)


def change_account(change: wire_accounts.AccountChange) -> Call[wire_accounts.AccountChanged]:
    """Add, reset, disable or enable an account. Operators only."""
    request = Request(method="POST", path="/v1/accounts", headers=JSON_BODY, body=msgspec.json.encode(change))
    return Call(request, record(wire_accounts.AccountChanged))


def attention() -> Call[wire_watch.AttentionList]:
    """Operators and auditors only."""
    return get("/v1/attention", wire_watch.AttentionList)


def centre(parent: str) -> Call[wire_centre.Centre]:
    return get("/v1/centre", wire_centre.Centre, parent=parent)


def alerts() -> Call[wire_watch.StandingAlerts]:
    """Operators and auditors only."""
    return get("/v1/alerts", wire_watch.StandingAlerts)


def prove_alerts() -> Call[wire_watch.AlertsTested]:
    """Operators only. The hub waits for the mail server: up to `alerts.smtp_seconds`."""
    request = Request(method="POST", path="/v1/alerts/test", headers=JSON_BODY, again=False, wait=120.0)
    return Call(request, record(wire_watch.AlertsTested))


def figures(since: str = "", until: str = "") -> Call[wire.Figures]:
    """`since`, `until`: RFC 3339 times or days; empty for the hub's default."""
    return get("/v1/figures", wire.Figures, authorized=False, since=since, until=until)


def period_report(period: str, first: str = "", last: str = "") -> Call[wire_report.PeriodReport]:
    """`period`: day, week, month or quarter; `first`, `last`: days. Operators and auditors."""
    call = get("/v1/reports/period", wire_report.PeriodReport, period=period, first=first, last=last)
    return Call(msgspec.structs.replace(call.request, most=MAX_OUTBOX), call.read)


def period_pdf(period: str, first: str = "", last: str = "", lang: str = "vi") -> Call[bytes]:
    """The same report as PDF; ProblemError HUB_NOT_INSTALLED of a hub that makes none."""
    given = {"period": period, "first": first, "last": last, "format": "pdf", "lang": lang}
    query = tuple((name, value) for name, value in given.items() if value)
    headers = {"Accept": "application/pdf"}
    request = Request(method="GET", path="/v1/reports/period", query=query, headers=headers, most=MAX_OUTBOX, wait=60)
    return Call(request, body_of)


def regime_report(regime: str, period: str, agency: str = "") -> Call[wire_report.RegimeReports]:
    """`regime`: TT01-2020-A; `period`: 2026-Q1; `agency`: that one alone. Operators and auditors."""
    call = get("/v1/reports/regime", wire_report.RegimeReports, regime=regime, period=period, agency=agency)
    return Call(msgspec.structs.replace(call.request, most=MAX_OUTBOX), call.read)


def health() -> Call[wire.Health]:
    """`/readyz`; 503 with a reason is an answer too."""
    request = Request(method="GET", path="/readyz", headers={"Accept": JSON}, authorized=False, again=False)
    return Call(request, record(wire.Health, (200, 503)))


def maintenance() -> Call[MaintenanceState]:
    """Whether messages are taken. For anybody."""
    return get("/v1/maintenance", MaintenanceState)


def remind(wanted: Remind) -> Call[RemindedAll]:
    """Tell of documents again, or give more time. Operators only; not repeated by itself, for days add up."""
    body = msgspec.json.encode(wanted)
    request = Request(method="POST", path="/v1/deliveries:remind", headers=JSON_BODY, body=body, again=False)
    return Call(request, record(RemindedAll))


def change_maintenance(change: MaintenanceChange) -> Call[MaintenanceState]:
    """Begin or end maintenance. Operators only."""
    request = Request(method="POST", path="/v1/maintenance", headers=JSON_BODY, body=msgspec.json.encode(change))
    return Call(request, record(MaintenanceState))
