"""The calls that concern no single document: webhooks, the directory, figures, and the watch over the axis."""

from __future__ import annotations

from collections.abc import Sequence

from clients import protocol
from clients.transport import Transport
from hub.core import wire, wire_accounts, wire_centre, wire_hooks, wire_programmes, wire_watch
from hub.core.wire_maintenance import MaintenanceChange, MaintenanceState
from hub.core.wire_remind import Remind, RemindedAll


class HubCalls:
    """`AxisClient` has all of them."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    # the hub

    async def figures(self, since: str = "", until: str = "") -> wire.Figures:
        """Traffic in [since, until): RFC 3339 times or Vietnam days."""
        return await self._transport.call(protocol.figures(since, until))

    async def health(self) -> wire.Health:
        return await self._transport.call(protocol.health())

    # webhooks

    async def webhooks(self, *, agency: str = "") -> wire_hooks.Webhooks:
        """The agency's endpoints, and the hub's public keys (`clients.webhooks` verifies)."""
        return await self._transport.call(protocol.webhooks(agency))

    async def webhook(self, identifier: str, *, agency: str = "") -> wire_hooks.Webhook:
        return await self._transport.call(protocol.webhook(identifier, agency))

    async def add_webhook(self, url: str, types: Sequence[str] = (), *, agency: str = "") -> wire_hooks.Webhook:
        """Register an endpoint: the answer has its secret, and no later one. Nothing comes before `test_webhook`."""
        return await self._transport.call(protocol.add_webhook(url, types, agency))

    async def remove_webhook(self, identifier: str, *, agency: str = "") -> wire_hooks.Webhook:
        return await self._transport.call(protocol.remove_webhook(identifier, agency))

    async def rotate_webhook(self, identifier: str, *, agency: str = "") -> wire_hooks.Webhook:
        """With a new secret; the old one signs too until `old_secret_until`."""
        return await self._transport.call(protocol.rotate_webhook(identifier, agency))

    async def pause_webhook(self, identifier: str, *, paused: bool = True, agency: str = "") -> wire_hooks.Webhook:
        """Nothing is sent there until it is resumed (`paused` false); events meanwhile wait."""
        return await self._transport.call(protocol.pause_webhook(identifier, agency, paused=paused))

    async def test_webhook(self, identifier: str, *, agency: str = "") -> wire_hooks.WebhookTested:
        """Have the hub send a challenge; an endpoint that repeats it is active from then on."""
        return await self._transport.call(protocol.prove_webhook(identifier, agency))

    async def webhook_failures(
        self, identifier: str, *, agency: str = "", limit: int = 50, cursor: str = ""
    ) -> wire_hooks.WebhookFailures:
        return await self._transport.call(protocol.webhook_failures(identifier, agency, limit, cursor))

    async def replay_webhooks(
        self, identifier: str, *, agency: str = "", since: str = "", failure: str = ""
    ) -> wire_hooks.Webhook:
        """Have one failure, or everything since a time, sent again."""
        call = protocol.replay_webhooks(identifier, agency, since=since, failure=failure)
        return await self._transport.call(call)

    # the directory

    async def search(
        self, text: str = "", *, tier: str = "", parent: str = "", limit: int = 50, cursor: str = ""
    ) -> wire.Agencies:
        """By the beginning of a code or words of a name, with or without accents."""
        return await self._transport.call(protocol.agencies(text, tier, parent, limit, cursor))

    async def agency_of(self, code: str) -> wire.Agency:
        """One agency, by either of its codes, with its certificates."""
        return await self._transport.call(protocol.agency(code))

    async def agency_health(self, code: str) -> wire_watch.AgencyHealth:
        """Why it does not fetch: of the caller itself, or for operators and auditors of any."""
        return await self._transport.call(protocol.agency_health(code))

    async def silent_agencies(
        self, since: str = "", *, everyone: bool = False, limit: int = 50, cursor: str = ""
    ) -> wire_watch.SilentAgencies:
        """Not heard of since then (a day ago) though documents wait; `everyone`: whether or not any does."""
        return await self._transport.call(protocol.silent_agencies(since, everyone, limit, cursor))

    # what rides on documents

    async def programmes(self) -> wire_programmes.Programmes:
        """Their words, and how much each has."""
        return await self._transport.call(protocol.programmes())

    async def cases(self, programme: str, **asked: str | int) -> wire_programmes.Cases:
        """Cases that this agency is a party of; `asked`: role, kind, state, stands, sort, limit, cursor, agency."""
        return await self._transport.call(protocol.cases(programme, asked))

    async def case(self, programme: str, case: str, after: int = 0) -> wire_programmes.CaseLife:
        """One, with its events, each proved by a document."""
        return await self._transport.call(protocol.case(programme, case, after))

    async def board(self, programme: str, **asked: str | int) -> wire_programmes.Board:
        """How many cases stand how; `asked`: role, parent, kind, day."""
        return await self._transport.call(protocol.board(programme, asked))

    async def ridden_faults(self, programme: str = "all", **asked: str | int) -> wire_programmes.RiddenFaults:
        """What programmes did not understand of documents that this agency sent or was sent."""
        return await self._transport.call(protocol.ridden_faults(programme, asked))

    async def attention(self) -> wire_watch.AttentionList:
        """The most urgent work first (operators and auditors)."""
        return await self._transport.call(protocol.attention())

    async def centre(self, parent: str = "") -> wire_centre.Centre:
        """Traffic and every programme's counts, below an agency (the caller; the country for operators and
        auditors)."""
        return await self._transport.call(protocol.centre(parent))

    async def alerts(self) -> wire_watch.StandingAlerts:
        """Alerts that stand (operators and auditors)."""
        return await self._transport.call(protocol.alerts())

    async def test_alerts(self) -> wire_watch.AlertsTested:
        """Send a harmless one by every way (operators)."""
        return await self._transport.call(protocol.prove_alerts())

    async def put_agencies(self, entries: Sequence[wire.Agency], *, dry_run: bool = False) -> int:
        """Add entries or replace them whole (operators only); how many changes that made, or would make."""
        return (await self._transport.call(protocol.put_agencies(entries, dry_run=dry_run))).changes

    async def accounts(self) -> list[wire_accounts.Account]:
        """Accounts of the console (operators only)."""
        return (await self._transport.call(protocol.accounts())).items

    async def change_account(self, change: wire_accounts.AccountChange) -> wire_accounts.AccountChanged:
        """Add, reset, disable or enable one of them (operators only)."""
        return await self._transport.call(protocol.change_account(change))

    async def maintenance(self) -> MaintenanceState:
        """Whether messages are taken."""
        return await self._transport.call(protocol.maintenance())

    async def change_maintenance(self, change: MaintenanceChange) -> MaintenanceState:
        """Begin or end maintenance (operators only)."""
        return await self._transport.call(protocol.change_maintenance(change))

    async def remind(self, wanted: Remind) -> RemindedAll:
        """Tell of documents that wait again, or give more time (operators only); each with its outcome."""
        return await self._transport.call(protocol.remind(wanted))
