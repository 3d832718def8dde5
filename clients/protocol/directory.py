"""Agencies, and how they fare."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from clients.errors import UnexpectedAnswer
from clients.protocol.call import JSON_BODY, Call, Request, Response, get, record
from hub.core import wire, wire_watch


def agencies(
    text: str = "", tier: str = "", parent: str = "", limit: int = 50, cursor: str = ""
) -> Call[wire.Agencies]:
    return get(
        "/v1/agencies",
        wire.Agencies,
        authorized=False,
        text=text,
        tier=tier,
        parent=parent,
        limit=limit,
        cursor=cursor,
    )


def agency(code: str) -> Call[wire.Agency]:
    call = get(f"/v1/agencies/{quote(code, safe='')}", wire.Agency, authorized=False)

    def asked_for(response: Response) -> wire.Agency:
        """Keys and certificates go by the code: another agency's entry is no answer."""
        found = call.read(response)
        if code.strip().casefold() not in (found.code.casefold(), found.code_qd20.casefold()):
            raise UnexpectedAnswer(f"the entry of {found.code[:100]} for {code}")
        return found

    return Call(call.request, asked_for)


def put_agencies(entries: Sequence[wire.Agency], *, dry_run: bool = False) -> Call[wire.Changed]:
    """Add entries or replace them whole, by code; or ask for the effect of that. Operators only."""
    body = msgspec.json.encode(wire.AgencyChanges(agencies=list(entries)))
    query = (("dry_run", "true"),) if dry_run else ()
    request = Request(method="PUT", path="/v1/agencies", query=query, headers=JSON_BODY, body=body)
    return Call(request, record(wire.Changed))


def agency_health(code: str) -> Call[wire_watch.AgencyHealth]:
    """Why it does not fetch: of the caller itself, or for operators and auditors of any."""
    return get(f"/v1/agencies/{quote(code, safe='')}/health", wire_watch.AgencyHealth)


def silent_agencies(since: str, everyone: bool, limit: int, cursor: str) -> Call[wire_watch.SilentAgencies]:
    """Operators and auditors only."""
    every = "true" if everyone else ""
    return get("/v1/agencies/silent", wire_watch.SilentAgencies, since=since, all=every, limit=limit, cursor=cursor)
