"""One-stop dossiers: the field's sync services, and indicators; cases and boards are among those of all programmes."""

from __future__ import annotations

from typing import Final

from hub.core import wire_dossiers as records
from hub.http.call import AGENCIES, EVERYBODY_KNOWN, Route
from hub.routes.programmes import dossiers
from hub.routes.table.words import PAGE, Calls, Described

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        "POST",
        "/v1/programmes/dossiers/services",
        dossiers.service,
        "The field's sync services of one-stop systems: DongBoHoSoMC, CapNhatTienDoHoSoMC, TraCuuHoSo",
        AGENCIES,
        records.ServiceAnswer,
        media="application/json",
        holds=PAGE // 4,
        told=dossiers.refused,
    ),
    Route(
        "GET",
        "/v1/programmes/dossiers/indicators",
        dossiers.indicators,
        "Indicators of QĐ 766/QĐ-TTg, per unit and rolled up",
        EVERYBODY_KNOWN,
        records.Indicators,
        dossiers.IndicatorsQuery,
        holds=PAGE // 2,
    ),
)

CALLS: Final[Calls] = {
    ("POST", "/v1/programmes/dossiers/services"): Described(
        "syncDossiers",
        "programmes",
        'The body is `{"madonvi", "service", "data": [{…}]}` with the field\'s names, at most 1 MB and 200 rows. What '
        "is there is changed, what is not is added; `isUpdating` and `session` are not looked at. Each row has its own "
        "`error_code`, which tells what became of it: 0 only where its dossier has it. Rows that are right are "
        "taken in also where others are not. The answer is durable, and `receipt` proves the whole body, refused "
        "rows included. The same bytes again are the same call, answered as before. 503 while "
        "dossiers are not up to the record.",
    ),
    ("GET", "/v1/programmes/dossiers/indicators"): Described(
        "getIndicators",
        "programmes",
        "Lines sum up to the total; a share is computed from sums, and absent where it has no denominator. Each "
        "formula has its version. An agency asks below itself, or below one that stands below it.",
    ),
}
