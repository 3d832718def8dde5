"""The demonstration's last scene: the centre's board has all that was played, at every tier."""

from __future__ import annotations

from hub.core.wire_centre import Centre, CentreCases
from hub.lab.demo import dossiers
from hub.lab.demo.story import OPERATOR, SON_LA, Cast, Stage, Step, need

PLAYED = {"tasks": 2, "dossiers": 1, "results": 1, "reporting": 2}
"""Cases of each programme in the country, as the scenes before made them."""


async def scene(s: Stage, c: Cast) -> Step:
    """The country, a province, and the way further down: each line is the total of the board below it."""
    country = await (await s.client(OPERATOR)).centre()
    counted = {one.programme: one.total for one in country.total.cases}
    need(counted == PLAYED, f"the cases that were played, not {counted}")
    need(not country.behind and _adds_up(country), "lines that add up to the total")
    province = await (await s.client(SON_LA)).centre()
    services = {one.service: (one.received, one.online) for one in province.services}
    need(services[dossiers.SERVICE] == (1, 1), "the dossier counted for its essential service")
    below = await (await s.client(SON_LA)).centre(c.district)
    need(below.total.flow == next(x.flow for x in province.lines if x.code == c.district), "the same one step down")
    need(_dossiers(below.total.cases) == _dossiers(province.total.cases) == 1, "the commune's dossier at every tier")
    s.centre = country
    named = list(zip(country.programmes, country.total.cases, strict=True))
    vi = ", ".join(f"{words.vi.lower()} {one.total}" for words, one in named)
    en = ", ".join(f"{words.en.lower()} {one.total}" for words, one in named)
    sent = country.total.flow.sent
    return Step(
        f"Bảng của trung tâm cộng khớp từ cả nước đến xã: văn bản {sent}, {vi}",
        f"The centre's board adds up from the country to a commune: documents {sent}, {en}",
    )


def _dossiers(cases: tuple[CentreCases, ...]) -> int:
    return sum(one.total for one in cases if one.programme == "dossiers")


def _adds_up(board: Centre) -> bool:
    lines = [*board.lines, *([board.rest] if board.rest is not None else [])]
    for number, one in enumerate(board.total.cases):
        if sum(line.cases[number].total for line in lines) != one.total or one.total != one.open + one.ended:
            return False
    return bool(board.total.flow.sent) and sum(line.flow.sent for line in lines) == board.total.flow.sent
