"""Programmes: data that ride on documents. Calls that one programme alone answers stand behind those of all."""

from __future__ import annotations

from typing import Final

from hub.core import wire_centre
from hub.core import wire_programmes as records
from hub.http.call import EVERYBODY_KNOWN, EVERYONE, Route
from hub.routes.programmes import centre, generic
from hub.routes.table.words import PAGE, Calls, Described

_OWN: Final = (
    "An agency sees the cases that it, or an agency that it acts for, is a party of; an operator those of all without "
    "titles and bodies; an auditor all, on record."
)

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        "GET",
        "/v1/centre",
        centre.board,
        "One board of what flows and of every programme, from the country down to one agency",
        EVERYBODY_KNOWN,
        wire_centre.Centre,
        centre.CentreQuery,
        holds=PAGE,
    ),
    Route(
        "GET",
        "/v1/public/programmes.json",
        centre.open_data,
        "Open data: the programmes' cases by ministry and province, and the essential services",
        EVERYONE,
        wire_centre.PublicProgrammes,
    ),
    Route(
        "GET",
        "/v1/programmes",
        generic.programmes,
        "Programmes: their words, and how much each has",
        EVERYBODY_KNOWN,
        records.Programmes,
    ),
    Route(
        "GET",
        "/v1/programmes/{programme}/cases",
        generic.cases,
        "Cases of a programme",
        EVERYBODY_KNOWN,
        records.Cases,
        generic.CasesQuery,
        also=(generic.CSV,),
        holds=PAGE // 2,
    ),
    Route(
        "GET",
        "/v1/programmes/{programme}/cases/{case}",
        generic.case,
        "A case with its events, each proved by a document",
        EVERYBODY_KNOWN,
        records.CaseLife,
        generic.CaseQuery,
        holds=PAGE // 2,
    ),
    Route(
        "GET",
        "/v1/programmes/{programme}/board",
        generic.board,
        "How many cases stand how, by agency and tier, from the country down",
        EVERYBODY_KNOWN,
        records.Board,
        generic.BoardQuery,
        also=(generic.CSV,),
        holds=PAGE // 2,
    ),
    Route(
        "GET",
        "/v1/programmes/{programme}/faults",
        generic.faults,
        "What a programme did not understand of accepted documents",
        EVERYBODY_KNOWN,
        records.RiddenFaults,
        generic.FaultsQuery,
    ),
)

CALLS: Final[Calls] = {
    ("GET", "/v1/centre"): Described(
        "getCentre",
        "programmes",
        "Of this month's documents, and of the cases of every programme in its first role. Each agency is in one line "
        "and one tier, so both add up to the total, and a line is the total of the board below it. An agency sees the "
        "board of itself and of all below it; who watches the axis every one.",
    ),
    ("GET", "/v1/public/programmes.json"): Described(
        "getPublicProgrammes",
        "programmes",
        "Open to any site, with an ETag. Ministries and provinces of few cases are one line; of too few in all nothing "
        "is told. 404 where the hub has its public figures switched off.",
    ),
    ("GET", "/v1/programmes"): Described(
        "getProgrammes",
        "programmes",
        "Kinds, states, roles and acts of each in both languages; `packets` are its data packets, whose fields are "
        "`schemas/packets/<kind>-<version>.schema.json`. `behind`: accepted documents that are not in the cases yet.",
    ),
    ("GET", "/v1/programmes/{programme}/cases"): Described(
        "findCases",
        "programmes",
        f"{_OWN} `stands` and `overdue` are of the day of the answer. A page may be short, or empty, and still have a "
        "`cursor`. As csv no cell is a formula; `X-Next-Cursor` continues.",
    ),
    ("GET", "/v1/programmes/{programme}/cases/{case}"): Described(
        "getCase",
        "programmes",
        f"{_OWN} Each event names the document that brought it: `GET /v1/documents/{{id}}/receipt` proves it. The "
        "identifier of a case is percent-encoded in the path.",
    ),
    ("GET", "/v1/programmes/{programme}/board"): Described(
        "getBoard",
        "programmes",
        "`lines` sum up to `total`, and so do `tiers`. An agency asks below itself, or below one that stands below it; "
        "who watches the axis below anybody. What is late is judged for `day`.",
    ),
    ("GET", "/v1/programmes/{programme}/faults"): Described(
        "getFaults",
        "programmes",
        "Of documents that the caller sent or was sent; they were accepted and delivered all the same. `programme`: a "
        "name, `frame` for packets that no programme reads, `all` for all. `limit` counts documents, at most 20 "
        "an answer; the faults of one come together.",
    ),
}
