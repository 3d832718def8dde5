"""Gathers the facts of one agency: memory, directory and one look into its mailbox."""

from __future__ import annotations

from hub.core.faring import Faring, Hooks
from hub.core.model import Agency, Millis
from hub.exchange import Exchange
from hub.upkeep.attention import Attention
from hub.webhooks.service import Webhooks


async def faring(exchange: Exchange, attention: Attention, webhooks: Webhooks, agency: Agency) -> Faring:
    """As it is now."""
    now, code = exchange.clock(), agency.code
    anchors = exchange.anchors
    lists = [crl.next_update_utc for crl in anchors.crls if crl.next_update_utc is not None]
    hooks = [hook for hook in webhooks.desk.of(code) if hook.state in ("active", "disabled")]
    return Faring(
        now=now,
        contact=exchange.contacts.of(code),
        suspended=agency.suspended,
        begins=agency.valid_from,
        ends=agency.valid_to,
        successor=agency.successor,
        registered=len([c for c in agency.certificates if c.withdrawn is None or now < c.withdrawn]),
        certificates=attention.certificates(agency, now),
        lists=Millis(int(max(lists).timestamp() * 1000) + anchors.grace) if lists else None,
        waiting=await exchange.store.waiting_of(code),
        leases=len(exchange.leases.held(code, now)),
        streams=exchange.notices.listeners(code),
        hooks=Hooks(
            len(hooks),
            sum(hook.state == "active" and hook.failures > 0 for hook in hooks),
            sum(hook.state == "disabled" for hook in hooks),
        ),
    )
