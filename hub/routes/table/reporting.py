"""National reporting: regimes, table of senders, sums, reports until they are sent."""

from __future__ import annotations

from typing import Final

from hub.core import wire_reporting as records
from hub.http.call import AGENCIES, EVERYBODY_KNOWN, Route
from hub.routes.programmes.reporting import calls
from hub.routes.programmes.reporting.filling import XLSX
from hub.routes.table.words import PAGE, WHOSE, Calls, Described

_TAG: Final = "programmes"
_AT: Final = "/v1/programmes/reporting"

ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", f"{_AT}/regimes", calls.regimes, "Regimes in force", EVERYBODY_KNOWN, records.Regimes),
    Route(
        "GET",
        f"{_AT}/regime",
        calls.regime,
        "A regime; of a period its days and deadlines, and who reports to the caller",
        EVERYBODY_KNOWN,
        records.RegimeTold,
        calls.ReportRegimeQuery,
    ),
    Route(
        "GET",
        f"{_AT}/table",
        calls.table,
        "Who has sent and who is late, by tier",
        EVERYBODY_KNOWN,
        records.ReportTable,
        calls.ReportTableQuery,
        holds=PAGE,
    ),
    Route(
        "GET",
        f"{_AT}/sums",
        calls.sums,
        "Sums over the tiers, with the holes shown",
        EVERYBODY_KNOWN,
        records.ReportSums,
        calls.ReportSumsQuery,
        holds=PAGE,
    ),
    Route(
        "GET",
        f"{_AT}/fill",
        calls.fill,
        "A report to be sent, filled as far as the hub can",
        AGENCIES,
        records.FilledReport,
        calls.ReportOwedQuery,
        holds=PAGE,
    ),
    Route(
        "GET",
        f"{_AT}/form",
        calls.form,
        "The same as an XLSX form",
        AGENCIES,
        XLSX,
        calls.ReportOwedQuery,
        holds=PAGE,
    ),
    Route(
        "POST",
        f"{_AT}/form",
        calls.read_form,
        "Read an XLSX form that was filled in; nothing is kept",
        AGENCIES,
        records.FilledReport,
        calls.ReportOwedQuery,
        media=XLSX,
        holds=4 * PAGE,
    ),
    Route(
        "POST",
        f"{_AT}/check",
        calls.check,
        "What is wrong with a report, before it is signed; nothing is kept",
        AGENCIES,
        records.FilledReport,
        body=records.ReportTold,
    ),
    Route("GET", f"{_AT}/drafts", calls.drafts, "Reports that the agency has begun", AGENCIES, records.Drafts,
          calls.ReportDraftsQuery),
    Route("POST", f"{_AT}/drafts", calls.save_draft, "Keep a draft, or ask for its approval", AGENCIES,
          records.DraftTold, calls.ReportDraftsQuery, body=records.DraftWrite),
    Route("DELETE", f"{_AT}/drafts", calls.drop_draft, "Throw a draft away", AGENCIES, records.Drafts,
          calls.ReportDraftQuery),
)  # fmt: skip

CALLS: Final[Calls] = {
    ("GET", f"{_AT}/regimes"): Described(
        "listRegimes", _TAG, "Those that come with the hub, and those that an agency sent down (packet `regime/1`)."
    ),
    ("GET", f"{_AT}/regime"): Described(
        "getRegime",
        _TAG,
        "With `period` also `tiers`: until when each tier reports, and its agencies that report to the caller by the "
        "directory. A deadline on a day off is told twice, as named and as moved; `deadline` is the one that binds.",
    ),
    ("GET", f"{_AT}/table"): Described(
        "getReportTable",
        _TAG,
        "For one receiver: `expected` = `in_time` + `late` + `waited_for` + `overdue`, in each tier and in all. Late "
        "goes by the day on which the axis accepted the first version; a return does not make a report late. An "
        "agency asks for itself and for agencies below it.",
    ),
    ("GET", f"{_AT}/sums"): Described(
        "getReportSums",
        _TAG,
        "Each agency counts once. An agency that did not report is in `missing`, never a zero; ratios are computed "
        "from sums. `milestones`: of a regime that has some, what was to be reached by when. `agencies` is a page: "
        "`limit` and `cursor`; all else is of the whole on every page.",
    ),
    ("GET", f"{_AT}/fill"): Described(
        "fillReport",
        _TAG,
        "`origin` says where the figures come from: the agency's draft, the hub's record (TT01-2020-A), the sums of "
        f"those below it, the version that was returned, or nowhere. `wrong` is all that does not hold. {WHOSE}",
    ),
    ("GET", f"{_AT}/form"): Described(
        "getReportForm", _TAG, f"The columns are code, row, plan, estimate, actual. {WHOSE}"
    ),
    ("POST", f"{_AT}/form"): Described(
        "readReportForm",
        _TAG,
        "At most 1 MB. Formulas are not computed: of one the value counts that was saved with it. `wrong` names cells "
        f"(`G7`) and figures. {WHOSE}",
    ),
    ("POST", f"{_AT}/check"): Described(
        "checkReport", _TAG, "Identities (3 = 7 + 11), figures that lack or are none. 422 for a mark of secrecy."
    ),
    ("GET", f"{_AT}/drafts"): Described("listReportDrafts", _TAG, f"Without those that were sent meanwhile. {WHOSE}"),
    ("POST", f"{_AT}/drafts"): Described(
        "saveReportDraft",
        _TAG,
        "`state`: NHAP, or CHO_DUYET_DON_VI where somebody has to approve it. `revision` is the one that was read, so "
        f"that nobody overwrites another. A draft is the agency's own: no evidence, seen by nobody else. {WHOSE}",
    ),
    ("DELETE", f"{_AT}/drafts"): Described("dropReportDraft", _TAG, f"The answer lists those that are left. {WHOSE}"),
}
