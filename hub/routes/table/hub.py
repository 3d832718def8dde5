"""Tokens, and the hub itself: things to do, alerts, accounts, health."""

from __future__ import annotations

from typing import Final

from hub.core import wire, wire_accounts, wire_watch
from hub.core.wire_maintenance import MaintenanceChange, MaintenanceState
from hub.core.wire_remind import Remind, RemindedAll
from hub.http.call import EVERYONE, OPERATORS, Route
from hub.routes import accounts, documents, maintenance, public, reminding, watch
from hub.routes.table.words import NOTE, WATCHING, Calls, Described

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        "POST",
        "/v1/token",
        documents.token,
        "Get an access token for a signed assertion",
        EVERYONE,
        wire.TokenAnswer,
        body=wire.TokenRequest,
    ),
    Route("GET", "/v1/attention", watch.attention, "What needs doing first", WATCHING, wire_watch.AttentionList),
    Route("GET", "/v1/alerts", watch.standing, "Alerts that stand", WATCHING, wire_watch.StandingAlerts),
    Route(
        "POST",
        "/v1/alerts/test",
        watch.test,
        "Send something harmless by every way that alerts go",
        OPERATORS,
        wire_watch.AlertsTested,
    ),
    Route("GET", "/v1/accounts", accounts.listed, "Accounts of the console", OPERATORS, wire_accounts.Accounts),
    Route(
        "POST",
        "/v1/accounts",
        accounts.change,
        "Add, reset, disable or enable an account of the console",
        OPERATORS,
        wire_accounts.AccountChanged,
        body=wire_accounts.AccountChange,
    ),
    Route("GET", "/v1/maintenance", maintenance.state, "Whether messages are taken", EVERYONE, MaintenanceState),
    Route(
        "POST",
        "/v1/maintenance",
        maintenance.change,
        "Begin or end maintenance: no message is taken meanwhile",
        OPERATORS,
        MaintenanceState,
        body=MaintenanceChange,
    ),
    Route(
        "POST",
        "/v1/deliveries:remind",
        reminding.remind,
        "Tell of documents that wait again, or give their recipients more time",
        OPERATORS,
        RemindedAll,
        body=Remind,
    ),
    Route("GET", "/v1/problems", public.problem_kinds, "Every code of a problem", EVERYONE, wire.ProblemKinds),
    Route("GET", "/healthz", public.healthy, "The process runs", EVERYONE, wire.Health),
    Route("GET", "/readyz", public.ready, "The hub takes submissions", EVERYONE, wire.Health),
    Route("GET", "/metrics", public.metrics, "Metrics for Prometheus", EVERYONE, NOTE),
)

CALLS: Final[Calls] = {
    ("POST", "/v1/token"): Described(
        "getToken",
        "access",
        "`assertion`: a JWT by a registered key of the agency, ES256 or PS256, `kid` the SHA-256 of its certificate in "
        "hex; `iss` and `sub` the agency's code, `aud` this address, `iat`, `exp` at most 300 s later, `jti` of 16 to "
        "100 characters, used once. Any spelling of JSON; also as a form, as RFC 7523 writes it.",
    ),
    ("GET", "/v1/attention"): Described(
        "listAttention", "operation", "Ranked, the gravest first, some seconds old. The console shows the same list."
    ),
    ("GET", "/v1/alerts"): Described("listAlerts", "operation", "Those that stand, and how they are told."),
    ("POST", "/v1/alerts/test"): Described(
        "testAlerts", "operation", "A mail and a webhook that say that nothing is to be done. Operators only."
    ),
    ("GET", "/v1/accounts"): Described("listAccounts", "operation", "Who may sign in to the console. Operators only."),
    ("POST", "/v1/accounts"): Described(
        "changeAccount",
        "operation",
        "Operators only; each change is on the console's trail. `add` and `reset` answer with a first password, told "
        "this once. `reset` also takes the second factor and ends every session, `disable` ends them.",
    ),
    ("GET", "/v1/maintenance"): Described("getMaintenance", "operation", "Since when, until about when, and why."),
    ("POST", "/v1/maintenance"): Described(
        "changeMaintenance",
        "operation",
        "Operators only. Meanwhile submissions are refused with 503 HUB_MAINTENANCE and a time; fetching, "
        "acknowledging, reading and the log go on, and deadlines stand still. Stated in the public log, kept over a "
        "restart, over when an operator says so.",
    ),
    ("POST", "/v1/deliveries:remind"): Described(
        "remindDeliveries",
        "operation",
        "Operators only. A HandoverWarning for each delivery, with the operator and the reason in it, of which streams "
        "and webhooks of recipient and sender tell; with `days` it carries the later end. Each item has its own "
        "outcome; 200 also where some were refused.",
    ),
    ("GET", "/v1/problems"): Described(
        "listProblems", "figures", "Status, whose fault, what it says and what to do, in both languages."
    ),
    ("GET", "/healthz"): Described("getHealth", "operation", "Without looking at anything."),
    ("GET", "/readyz"): Described("getReadiness", "operation", "503 with a `reason`: halted, clock-in-doubt, …"),
    ("GET", "/metrics"): Described("getMetrics", "operation", "Prometheus' text format."),
}
