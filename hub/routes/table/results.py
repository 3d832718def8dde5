"""Electronic results, and leaders' signatures."""

from __future__ import annotations

from typing import Final

from hub.core import wire_results, wire_signatures
from hub.http.call import EVERYBODY_KNOWN, EVERYONE, Route
from hub.routes import leaders, results
from hub.routes.table.words import PAGE, Calls, Described

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        "GET",
        "/v1/results/verify",
        results.verify,
        "Whether an electronic result was valid at a time, by its number or the digest of its file",
        EVERYONE,
        wire_results.ResultVerified,
        results.VerifyQuery,
    ),
    Route(
        "GET",
        "/v1/results/measures",
        results.measures,
        "Results claimed, signed, verified and retrievable, by agency",
        EVERYBODY_KNOWN,
        wire_results.ResultMeasures,
        leaders.MonthsQuery,
        holds=PAGE // 8,
    ),
    Route(
        "GET",
        "/v1/leaders",
        leaders.figures,
        "Leaders who sign: shares of documents and of agencies, by tier and agency",
        EVERYBODY_KNOWN,
        wire_signatures.LeaderFigures,
        leaders.MonthsQuery,
        holds=PAGE // 8,
    ),
)

CALLS: Final[Calls] = {
    ("GET", "/v1/results/verify"): Described(
        "verifyResult",
        "results",
        "For anybody. A number alone is answered with standing and issuer; whoever shows the digest of the file, or "
        "the tag in the paper's QR, gets all of it. Nothing is listed. 400 without `result` and `sha256`.",
    ),
    ("GET", "/v1/results/measures"): Described(
        "measureResults",
        "results",
        "An agency's own and those that it acts for; operators and auditors all. Counts of months, made as documents "
        "come; definitions travel along.",
    ),
    ("GET", "/v1/leaders"): Described(
        "measureLeaders",
        "results",
        "Documents with PDF attachments by what these bear. An agency's own and those that it acts for; operators and "
        "auditors all. `state` is `off` where this hub reads no attachments.",
    ),
}
