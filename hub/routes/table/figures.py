"""Figures, reports, open data."""

from __future__ import annotations

from typing import Final

from hub.core import wire, wire_report
from hub.http.call import EVERYONE, Route
from hub.routes import open_data, public, reports
from hub.routes.table.words import PAGE, WATCHING, Calls, Described

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        "GET",
        "/v1/figures",
        public.figures,
        "What flows: rates, tiers, matrix, ledger",
        EVERYONE,
        wire.Figures,
        public.FiguresQuery,
    ),
    Route(
        "GET",
        "/v1/reports/period",
        reports.period,
        "Figures of days, weeks, months or quarters: by tier, and by ministry, province, district and commune",
        WATCHING,
        wire_report.PeriodReport,
        reports.PeriodQuery,
        also=("application/pdf",),
        holds=4 * PAGE,
    ),
    Route(
        "GET",
        "/v1/reports/regime",
        reports.regime,
        "A regime's figures of a period out of the record, by ministry and province",
        WATCHING,
        wire_report.RegimeReports,
        reports.RegimeQuery,
        holds=PAGE,
    ),
    Route(
        "GET",
        "/v1/public/figures.json",
        open_data.as_json,
        "Open data: since the beginning, by month, and of a quarter by tier and unit",
        EVERYONE,
        wire_report.PublicFigures,
        open_data.PublicQuery,
    ),
    Route(
        "GET",
        "/v1/public/figures.csv",
        open_data.as_csv,
        "The same open data as CSV",
        EVERYONE,
        "text/csv",
        open_data.CsvQuery,
    ),
)

CALLS: Final[Calls] = {
    ("GET", "/v1/figures"): Described(
        "getFigures", "figures", "Rates, tiers, the 4 × 4 matrix, latency, and a ledger whose difference is 0."
    ),
    ("GET", "/v1/reports/period"): Described(
        "getPeriodReport",
        "figures",
        "Documents accepted in whole days, weeks, months or quarters of Vietnam, as they stand now. Units of a tier "
        "share nothing and add up to the tier, tiers to the total, steps to the window. `definitions` says what each "
        "figure is, `holes` what the figures do not tell. As PDF (PDF/A-2b, the 400 units with most documents) with "
        "`format=pdf` or `Accept: application/pdf`, where the hub has the extra for it (else 501).",
    ),
    ("GET", "/v1/reports/regime"): Described(
        "getRegimeReport",
        "figures",
        "`regime`: TT01-2020-A. The window is the regime's own: by NĐ 09/2019 Art. 12 a quarter begins on the 15th.",
    ),
    ("GET", "/v1/public/figures.json"): Described(
        "getPublicFigures",
        "figures",
        "QĐ 28/2018/QĐ-TTg Art. 14.3. Open to any site, with an ETag; units with few documents are one line. 404 where "
        "the hub has them switched off.",
    ),
    ("GET", "/v1/public/figures.csv"): Described(
        "getPublicFiguresCsv",
        "figures",
        "One line for each figure's period, tier or unit; UTF-8 with a mark. Heads and words are those of "
        "`public-figures.csv.json` (`lang=codes`), or in the language that `lang` or Accept-Language names.",
    ),
}
