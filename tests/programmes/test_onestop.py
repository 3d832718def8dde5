"""One-stop dossiers: numbers in all forms, the ten states, clocks, the indicators of QĐ 766."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.programmes.onestop.clocks import accept_due, appointment, counts_from, hand_over_due, return_due
from hub.programmes.onestop.codes import dossier_number, result_number
from hub.programmes.onestop.indicators import (
    INDICATORS,
    Channel,
    Component,
    Dossier,
    Share,
    Step,
    Window,
    asked,
    ended,
    marks,
    on_time,
    share,
    supplement_time,
)
from hub.programmes.onestop.states import FINAL, GROUPS, NAMES, NEXT, PAUSED, DossierState, Group, Move, move
from hub.programmes.working_days import vietnam

S = DossierState
CALENDAR = vietnam()


@pytest.mark.parametrize(
    ("text", "unit", "day", "portal"),
    [
        ("000.00.14.H20-200703-0002", "000.00.14.H20", date(2020, 7, 3), ""),
        ("H15.50.05.13-261008-0975", "H15.50.05.13", date(2026, 10, 8), ""),
        ("H15.50.05.13-261008-090123", "H15.50.05.13", date(2026, 10, 8), "09"),
        ("G09.20-20260609-0092637", "G09.20", date(2026, 6, 9), ""),
    ],
)
def test_the_forms_of_a_dossiers_number(text: str, unit: str, day: date, portal: str) -> None:
    number = dossier_number(text)
    assert (number.text, number.unit, number.day, number.by_portal) == (text, unit, day, portal)
    assert result_number(f"{text}-KQ2") == result_number(f"{text}-KQ(2)")
    assert result_number(f"{text}-KQ2").text == f"{text}-KQ2"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "H20-200703-2",
        "H20-201303-0002",
        "H20-260230-0002",
        "h20-200703-0002",
        "H20-200703-0002 ",
        "H20-200703-٠٠٠٢",
        "A" * 60 + "-200703-0002",
        "H20..1-200703-0002",
    ],
)
def test_what_is_no_dossiers_number(text: str) -> None:
    with pytest.raises(ValueError):
        dossier_number(text)
    with pytest.raises(ValueError):
        result_number(f"{text}-KQ1")


def test_a_result_is_counted_from_one() -> None:
    with pytest.raises(ValueError):
        result_number("H20-200703-0002-KQ0")


def test_every_state_has_a_name_a_group_and_a_way_to_it() -> None:
    assert set(NAMES) == set(GROUPS) == set(NEXT) == set(S)
    assert {S.REGISTERED}.union(*NEXT.values()) == set(S)
    assert {S.NOT_ACCEPTED, S.STOPPED, S.RETURNED} == FINAL
    assert {S.SUPPLEMENT_ASKED, S.PAYMENT_ASKED} == PAUSED
    assert {state for state, group in GROUPS.items() if group is Group.SOLVED} == {7, 9, 10}


@pytest.mark.parametrize(
    ("before", "after", "how"),
    [
        (None, S.IN_PROGRESS, Move.NEXT),
        (S.REGISTERED, S.ACCEPTED, Move.NEXT),
        (S.REGISTERED, S.SOLVED, Move.SKIPPED),
        (S.SOLVED, S.SOLVED, Move.REPEATED),
        (S.SOLVED, S.IN_PROGRESS, Move.NEXT),
        (S.SOLVED, S.STOPPED, Move.IMPOSSIBLE),
        (S.SOLVED, S.SUPPLEMENT_ASKED, Move.IMPOSSIBLE),
        (S.RETURNED, S.STOPPED, Move.IMPOSSIBLE),
        (S.RETURNED, S.IN_PROGRESS, Move.IMPOSSIBLE),
        (S.IN_PROGRESS, S.REGISTERED, Move.IMPOSSIBLE),
        (S.IN_PROGRESS, S.RETURNED, Move.SKIPPED),
    ],
)
def test_which_state_may_follow_which(before: S | None, after: S, how: Move) -> None:
    assert move(before, after) is how


def test_the_rule_of_three_in_the_afternoon() -> None:
    friday = datetime(2026, 11, 27, 14, 59)
    assert counts_from(friday, CALENDAR) == date(2026, 11, 27)
    assert hand_over_due(friday, CALENDAR) == datetime(2026, 11, 27, 17, 30)
    late = datetime(2026, 11, 27, 15, 1)
    assert counts_from(late, CALENDAR) == date(2026, 11, 30)
    assert hand_over_due(late, CALENDAR) == datetime(2026, 11, 30, 7, 30)
    assert appointment(late, 5, CALENDAR) == date(2026, 12, 7)


def test_eight_working_hours_and_three_working_days() -> None:
    assert accept_due(datetime(2026, 11, 26, 9, 0), CALENDAR) == datetime(2026, 11, 27, 9, 0)
    assert accept_due(datetime(2026, 11, 27, 16, 0), CALENDAR) == datetime(2026, 11, 30, 16, 0)
    assert accept_due(datetime(2026, 11, 28, 3, 0), CALENDAR) == datetime(2026, 11, 30, 17, 30)
    assert return_due(datetime(2026, 11, 27, 16, 0), CALENDAR) == date(2026, 12, 2)


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 11, day, hour)


def dossier(*steps: tuple[int, S], **more: object) -> Dossier:
    known = {"code": "H20-261102-0001", "received": at(2), "due": at(20), **more}
    return Dossier(**known, steps=tuple(Step(at(day), state) for day, state in steps))  # type: ignore[arg-type]


NOVEMBER = Window(date(2026, 11, 1), date(2026, 11, 30))


@pytest.mark.parametrize(
    ("steps", "good"),
    [
        ([(2, S.ACCEPTED), (19, S.SOLVED), (25, S.RETURNED)], True),  # 9 before 10
        ([(2, S.ACCEPTED), (21, S.RETURNED)], False),
        ([(2, S.ACCEPTED), (18, S.STOPPED)], True),
        ([(2, S.ACCEPTED), (21, S.NOT_ACCEPTED)], False),
        ([(2, S.ACCEPTED)], False),  # no end: the window's last day
        ([(2, S.ACCEPTED), (5, S.SUPPLEMENT_ASKED)], True),  # asked once and not brought
        ([(2, S.ACCEPTED), (5, S.SUPPLEMENT_ASKED), (10, S.IN_PROGRESS), (24, S.SOLVED)], True),  # less five days
        ([(2, S.ACCEPTED), (5, S.SUPPLEMENT_ASKED), (10, S.IN_PROGRESS), (26, S.SOLVED)], False),
        (
            [(2, S.ACCEPTED), (5, S.SUPPLEMENT_ASKED), (6, S.IN_PROGRESS), (7, S.SUPPLEMENT_ASKED), (8, S.SOLVED)],
            False,  # asked twice
        ),
    ],
)
def test_in_time_or_late(steps: list[tuple[int, S]], good: bool) -> None:
    assert on_time(dossier(*steps), NOVEMBER, CALENDAR) is good


def test_without_an_appointment_the_legal_maximum_counts() -> None:
    steps = ((2, S.ACCEPTED), (9, S.SOLVED))
    assert on_time(dossier(*steps, due=None, legal_days=5), NOVEMBER, CALENDAR)
    assert not on_time(dossier(*steps, due=None, legal_days=4), NOVEMBER, CALENDAR)


def test_asking_again_without_an_answer_is_one_request() -> None:
    one = dossier((2, S.ACCEPTED), (5, S.SUPPLEMENT_ASKED), (6, S.SUPPLEMENT_ASKED), (8, S.SOLVED))
    assert asked(one) == 1
    assert supplement_time(one, at(8)) == timedelta(days=3)
    assert ended(one) == at(8)


def test_the_other_indicators_and_their_sums() -> None:
    paper = dossier((2, S.ACCEPTED), (3, S.SOLVED), gives_document=True)
    online = dossier(
        (2, S.ACCEPTED),
        (3, S.SOLVED),
        gives_document=True,
        channel=Channel.ONLINE,
        results=1,
        components=(Component(digitised=True, reused=True),),
        in_store=True,
    )
    bare = dossier((2, S.ACCEPTED), (3, S.SOLVED), channel=Channel.ONLINE, complained=True)
    figures = {n: share(i, (paper, online, bare), NOVEMBER, CALENDAR) for n, i in INDICATORS.items()}
    assert figures == {
        "2.1": Share(3, 3),
        "3.3": Share(2, 3),
        "4.1": Share(1, 2),
        "4.2": Share(1, 3),
        "4.3": Share(1, 3),
        "4.4": Share(1, 3),
        "5.4": Share(2, 3),
    }
    assert figures["4.2"].percent == 33.33
    assert marks(INDICATORS["3.3"], figures["3.3"], 22) == 22.0
    assert marks(INDICATORS["4.2"], figures["4.2"], 22) == 9.17
    assert Share().percent is None
    assert marks(INDICATORS["4.2"], Share(), 22) is None


STEPS = st.lists(st.builds(Step, st.datetimes(datetime(2026, 11, 1), datetime(2026, 11, 30)), st.sampled_from(S)))


@given(STEPS, st.sampled_from(sorted(INDICATORS)), st.booleans())
def test_sums_of_agencies_are_the_figure_of_their_centre(steps: list[Step], number: str, gives: bool) -> None:
    made = [
        Dossier(code="x", received=at(2), steps=sorted(steps[:n], key=lambda s: s.at), gives_document=gives)
        for n in range(len(steps) + 1)
    ]
    indicator = INDICATORS[number]
    whole = share(indicator, made, NOVEMBER, CALENDAR)
    parts = share(indicator, made[::2], NOVEMBER, CALENDAR).plus(share(indicator, made[1::2], NOVEMBER, CALENDAR))
    assert whole == parts
    assert whole.part <= whole.whole
