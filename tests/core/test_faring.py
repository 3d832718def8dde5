"""Why an agency does not fetch: each rule names its link, and the sentence begins with the one that is broken."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from hub.core.contact import Contact
from hub.core.faring import QUIET, RULES, Faring, Hooks, Link, ago, broken, chain, sentence, when
from hub.core.model import Millis
from hub.core.report import Waiting

NOW = Millis(1_795_320_000_000)  # 11:00, 22 November 2026 in Vietnam
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def before(ms: int) -> Millis:
    return Millis(NOW - ms)


def waits(documents: int = 1, *, lane: int = 0, age: int = 3 * HOUR) -> Waiting:
    return Waiting("A", lane, documents, before(age), None)


def contact(**times: Any) -> Contact:
    """Came by every way five minutes ago, but for these."""
    recent = dict.fromkeys(("token", "fetched", "acknowledged"), before(5 * MINUTE))
    return Contact(**(recent | times))


def well(**changes: Any) -> Faring:
    base = Faring(
        now=NOW,
        contact=contact(),
        registered=1,
        certificates=[("aa", Millis(NOW + 214 * DAY + HOUR))],
        lists=Millis(NOW + DAY),
    )
    return msgspec.structs.replace(base, **changes)


AWAY = contact(token=before(2 * HOUR), fetched=before(2 * HOUR), acknowledged=before(2 * HOUR))

CASES: list[tuple[str, dict[str, Any]]] = [
    ("ended", {"ends": date(2026, 11, 21), "suspended": True}),
    ("not-begun", {"begins": date(2026, 11, 23)}),
    ("suspended", {"suspended": True, "registered": 0}),
    ("no-certificate", {"registered": 0, "certificates": []}),
    ("certificate-ended", {"certificates": [("aa", NOW)]}),
    ("lists-ended", {"lists": NOW}),
    (
        "denied",
        {
            "contact": Contact(fetched=before(2 * HOUR), denied=before(MINUTE), denial="ACCESS_UNAUTHENTICATED"),
            "waiting": [waits()],
        },
    ),
    ("never-seen", {"contact": Contact(), "waiting": [waits()]}),
    ("not-connecting", {"contact": AWAY, "waiting": [waits()]}),
    (
        "refused",
        {
            "contact": contact(fetched=before(2 * HOUR), refused=before(MINUTE), refusal="ACCESS_FORBIDDEN"),
            "waiting": [waits()],
        },
    ),
    ("not-fetching", {"contact": contact(fetched=None), "waiting": [waits()]}),
    ("not-acknowledging", {"contact": contact(acknowledged=before(2 * HOUR)), "waiting": [waits()]}),
    ("webhooks-failing", {"hooks": Hooks(2, 1, 1)}),
]


@pytest.mark.parametrize(("code", "changes"), CASES, ids=[code for code, _ in CASES])
def test_each_rule_finds_its_case(code: str, changes: dict[str, Any]) -> None:
    found = well(**changes)
    rule = broken(found)
    assert rule is not None
    assert rule.code == code
    for said in sentence(found):
        assert said
        assert "{" not in said
    states = {step.link: step.state for step in chain(found)}
    assert states[rule.link] == "broken"


def test_every_rule_has_a_case_and_one_that_is_well_breaks_none() -> None:
    assert [rule.code for rule in RULES] == [code for code, _ in CASES]
    assert broken(well()) is None
    assert broken(well(waiting=[waits(9, age=QUIET - 1)], contact=AWAY)) is None, "nothing waits for long yet"
    assert broken(well(waiting=[waits()])) is None
    assert {step.state for step in chain(well())} == {"holds"}
    assert len({rule.code for rule in RULES}) == len(RULES)


def test_links_are_judged_up_to_the_broken_one() -> None:
    steps = chain(well(contact=AWAY, waiting=[waits()], hooks=Hooks(1, 0, 0)))
    assert [(step.link, step.state) for step in steps] == [
        (Link.ENTRY, "holds"),
        (Link.TOKEN, "broken"),
        (Link.FETCH, "unknown"),
        (Link.ACKNOWLEDGE, "unknown"),
        (Link.WEBHOOKS, "holds"),
    ]
    assert steps[1].at == before(2 * HOUR)


def test_the_sentence_is_the_one_that_an_operator_reads_first() -> None:
    yesterday = contact(token=before(23 * HOUR + 2 * MINUTE), fetched=before(30 * HOUR), acknowledged=before(30 * HOUR))
    found = well(contact=yesterday, waiting=[waits(29), waits(2, lane=3, age=HOUR)])
    assert sentence(found) == (
        "Không kết nối từ 11:58 hôm qua; chứng thư còn 214 ngày; 31 văn bản chờ, 2 hỏa tốc",
        "Not connected since 11:58 yesterday; certificate ends in 214 days; 31 documents wait, 2 express",
    )
    assert sentence(well()) == (
        "Đang kết nối, lần cuối 10:55 hôm nay; chứng thư còn 214 ngày; không văn bản nào chờ",
        "Connected, last 10:55 today; certificate ends in 214 days; nothing waits",
    )
    ended = well(ends=date(2026, 6, 30), successor="000.00.00.H26")
    assert sentence(ended).vi.startswith("Đã kết thúc hoạt động ngày 30/06/2026, 000.00.00.H26 kế thừa; ")


def test_one_who_holds_a_stream_open_is_connected_though_its_token_is_old() -> None:
    assert broken(well(contact=contact(token=before(3 * DAY), fetched=before(3 * DAY)), streams=1)) is None
    quiet = Contact(token=before(DAY))
    assert (rule := broken(well(contact=quiet))) is not None
    assert rule.code == "not-connecting", "a day without a word, though nothing waits"


def test_a_stranger_that_asks_in_its_name_breaks_no_link_of_one_that_comes() -> None:
    assert broken(well(contact=contact(denied=before(MINUTE), denial="ACCESS_UNAUTHENTICATED"))) is None


def test_times_are_vietnams() -> None:
    assert when(Millis(NOW - 11 * HOUR), NOW, "vi") == "00:00 hôm nay"
    assert when(Millis(NOW - 11 * HOUR - 1), NOW, "vi") == "23:59 hôm qua"
    assert when(Millis(NOW - 35 * HOUR - 1), NOW, "en") == "23:59 20/11/2026"
    assert (ago(59_999, "vi"), ago(MINUTE, "en"), ago(2 * DAY, "vi")) == ("dưới một phút", "1 minute", "2 ngày")
