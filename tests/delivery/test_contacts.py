"""How often each agency is told no, against what is usual for it: known after a day, and fading after a week."""

from __future__ import annotations

from hub.core.model import Millis
from hub.core.report import Surge
from hub.delivery.contacts import Refusals

HOUR = 3_600_000
BEGAN = 1_000_000 * HOUR


def told(refusals: Refusals, agency: str, hour: int, count: int, code: str = "C") -> None:
    for n in range(count):
        refusals.count(agency, code, Millis(BEGAN + hour * HOUR + n))


def by_agency(refusals: Refusals, hour: int) -> dict[str, Surge]:
    return {s.agency: s for s in refusals.turned_away(Millis(BEGAN + hour * HOUR + HOUR - 1))}


def test_of_an_agency_and_of_all_this_hour_is_held_against_the_hours_before() -> None:
    refusals = Refusals()
    for hour in range(24):
        told(refusals, "A", hour, 2)
        told(refusals, "A", hour, 1, "D")
        told(refusals, "B", hour, 1)
    assert by_agency(refusals, 23) == {}, "before a day has passed nobody knows what is usual"
    told(refusals, "A", 24, 10)
    told(refusals, "A", 24, 5, "D")
    told(refusals, "N", 24, 7)
    found = by_agency(refusals, 24)
    at = Millis(BEGAN + 24 * HOUR)
    assert found == {"A": Surge("A", 15, 3.0, at), "N": Surge("N", 7, 0.0, at), "": Surge("", 22, 4.0, at)}
    assert by_agency(refusals, 25) == {}, "nobody was told no in this hour"


def test_what_is_usual_fades_and_who_is_quiet_is_forgotten() -> None:
    refusals = Refusals()
    for hour in range(7 * 24):
        told(refusals, "A", hour, 4)
    told(refusals, "A", 8 * 24, 4)
    assert 3.4 <= by_agency(refusals, 8 * 24)["A"].usual <= 3.5
    told(refusals, "A", 30 * 24, 4)
    assert by_agency(refusals, 30 * 24)["A"].usual == 0.0
    assert refusals._past == {}
