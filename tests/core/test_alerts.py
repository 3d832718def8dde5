"""Alerts are raised once, told again after a time, told when over; and their words are complete in both languages."""

from __future__ import annotations

import pytest

from hub.core.alerts import TABLE, TEST, Alert, Severity, advice, done, letter, step, title
from hub.core.attention import Item, What
from hub.core.model import Millis

NOW = Millis(1_795_320_000_000)
MINUTE, HOUR = 60_000, 3_600_000
REPEAT, SETTLE = 24 * HOUR, 5 * MINUTE
DISK = Item(what=What.DISK, why="9 MB")


def after(standing: list[Alert], at: int, *items: Item) -> list[Alert]:
    return step(standing, items, Millis(NOW + at), repeat=REPEAT, settle=SETTLE)


def test_one_that_stands_is_told_once_and_again_after_a_time() -> None:
    (raised,) = after([], 0, DISK)
    assert (raised.code, raised.notices, raised.since, raised.severity) == ("disk", 1, NOW, Severity.CRITICAL)
    assert after([raised], REPEAT - 1, DISK) == [raised]
    (again,) = after([raised], REPEAT, DISK)
    assert (again.notices, again.since, again.told_at) == (2, NOW, NOW + REPEAT)
    assert again.reference != raised.reference


def test_it_is_over_when_it_stays_away_and_not_when_it_flickers() -> None:
    standing = after([], 0, DISK)
    standing = after(standing, MINUTE)
    assert standing[0].over_at is None
    standing = after(standing, 2 * MINUTE, DISK)
    assert (standing[0].gone_at, standing[0].notices) == (None, 1)
    standing = after(after(standing, 3 * MINUTE), 3 * MINUTE + SETTLE - 1)
    assert standing[0].over_at is None
    (over,) = after(standing, 3 * MINUTE + SETTLE)
    assert (over.over_at, over.notices) == (NOW + 3 * MINUTE + SETTLE, 2)
    assert after([over], HOUR) == [over], "until it was told"
    assert not done(over, mail=True, hooks=False)
    assert done(over, mail=False, hooks=False)
    (anew,) = after([over], HOUR, DISK)
    assert (anew.since, anew.notices, anew.over_at) == (NOW + HOUR, 1, None)


def test_what_it_says_is_as_fresh_as_the_look() -> None:
    standing = after([], 0, Item(what=What.SILENT, count=5, agencies=("A",), of=1))
    (fresh,) = after(standing, MINUTE, Item(what=What.SILENT, count=9, agencies=("A", "B"), of=2))
    assert (fresh.count, fresh.of, fresh.notices) == (9, 2, 1)
    assert title(fresh, NOW).vi == "2 đơn vị để văn bản chờ quá lâu"


@pytest.mark.parametrize("code", [*What, TEST])
def test_every_code_has_words_in_both_languages(code: str) -> None:
    alert = Alert(
        code=str(code), since=NOW, told_at=NOW, count=3, of=5, agencies=("A", "B"), why="w", until=Millis(NOW + HOUR)
    )
    texts = [*title(alert, NOW), *advice(alert, NOW)]
    assert all(texts)
    assert not [text for text in texts if "{" in text]
    assert title(alert, NOW).vi != title(alert, NOW).en
    assert len(TABLE) == len(What) + 1


def test_a_hostile_name_is_no_line_of_a_letter() -> None:
    alert = Alert(code="silent", since=NOW, told_at=NOW, agencies=("A",), of=2)
    made = letter(alert, NOW, "truc.example", lambda code: "Sở\r\nBcc: x@y.example\u202e")
    assert not [line for line in made.body.splitlines() if line.startswith("Bcc")]
    assert "\u202e" not in made.body
    assert "\n" not in made.subject
    assert "<U+000D><U+000A>Bcc" in made.body
