"""The directory, and how an agency fares."""

from __future__ import annotations

from typing import Final

from hub.core import wire, wire_watch
from hub.http.call import EVERYBODY_KNOWN, EVERYONE, OPERATORS, Route
from hub.routes import public, watch
from hub.routes.table.words import WATCHING, Calls, Described

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        "GET",
        "/v1/agencies",
        public.agencies,
        "Search the directory",
        EVERYONE,
        wire.Agencies,
        public.AgenciesQuery,
    ),
    Route(
        "PUT",
        "/v1/agencies",
        public.change_agencies,
        "Add or replace entries of the directory",
        OPERATORS,
        wire.Changed,
        public.ChangeQuery,
        body=wire.AgencyChanges,
    ),
    Route(
        "GET",
        "/v1/agencies/silent",
        watch.silent,
        "Agencies that were not heard of since a time",
        WATCHING,
        wire_watch.SilentAgencies,
        watch.SilentQuery,
    ),
    Route("GET", "/v1/agencies/{code}", public.agency, "One agency with its certificates", EVERYONE, wire.Agency),
    Route(
        "GET",
        "/v1/agencies/{code}/health",
        watch.health,
        "Why an agency does not fetch: the broken link, in one sentence",
        EVERYBODY_KNOWN,
        wire_watch.AgencyHealth,
    ),
)

CALLS: Final[Calls] = {
    ("GET", "/v1/agencies"): Described("listAgencies", "directory", "By code or words of the name, tier, parent."),
    ("PUT", "/v1/agencies"): Described("putAgencies", "directory", "Whole entries, by code. Operators only."),
    ("GET", "/v1/agencies/{code}"): Described("getAgency", "directory", "By either code: `000.00.00.H52` or `H52`."),
    ("GET", "/v1/agencies/silent"): Described(
        "listSilentAgencies",
        "operation",
        "Those that neither got a token nor fetched nor acknowledged after `since` (by default a day ago) though "
        "something waits for them longer; `all=true`: whether or not something waits. Most that waits comes first. A "
        "time may be some minutes too old after a crash of the hub.",
    ),
    ("GET", "/v1/agencies/{code}/health"): Described(
        "getAgencyHealth",
        "operation",
        "`vi` and `en` name the broken link first. An agency asks for itself (a centre for whom it acts, a successor "
        "for whom it took over), operators and auditors for any; to others no such agency is there.",
    ),
}
