"""The directory's rules, one by one, and the same rules as properties over drawn directories."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.core.directory.routing import (
    ANYONE,
    REASON_TEXT,
    Directory,
    Reason,
    TierPolicy,
    active,
    may_act_for,
    route,
    settle,
)
from hub.core.errors import DirectoryRefusal, SenderNotAllowed, TierForbidden, UndeliverableRecipients
from hub.core.model import Agency, RegisteredCertificate, Tier

C, P, D, X = Tier.CENTRAL, Tier.PROVINCIAL, Tier.DISTRICT, Tier.COMMUNE
TODAY = date(2025, 7, 2)
YESTERDAY = TODAY - timedelta(days=1)
TOMORROW = TODAY + timedelta(days=1)

VPCP = Agency("000.00.00.G22", "Văn phòng Chính phủ", C, "G22")
SON_LA = Agency("000.00.00.H52", "Ủy ban nhân dân tỉnh Sơn La", P, "H52", centre="00.52.W00", short_name="UBND Sơn La")
CENTRE = Agency("00.52.W00", "Trung tâm liên thông tỉnh Sơn La", P, parent="000.00.00.H52")
HEALTH = Agency("000.00.18.H52", "Sở Y tế tỉnh Sơn La", P, "H52.18", parent=SON_LA.code, centre=CENTRE.code)
MAI_SON = Agency("000.00.33.H52", "Ủy ban nhân dân huyện Mai Sơn", D, "H52.33", parent=SON_LA.code, centre=CENTRE.code)
CO_NOI = Agency("000.03.33.H52", "Ủy ban nhân dân xã Cò Nòi", X, "H52.33.03", parent=MAI_SON.code, centre=CENTRE.code)
ODD = Agency("vxp.saas.03", "Hệ thống Đắk R'lấp", D)
WORLD = (VPCP, SON_LA, CENTRE, HEALTH, MAI_SON, CO_NOI, ODD)


def certificate(content: bytes = b"der", **changes: object) -> RegisteredCertificate:
    return replace(RegisteredCertificate(hashlib.sha256(content).hexdigest(), content), **changes)


def reasons(agencies: Sequence[Agency]) -> set[tuple[str, str]]:
    """(entry, reason) of every problem that refuses these agencies."""
    with pytest.raises(DirectoryRefusal) as refused:
        Directory.of(agencies)
    return {(p.entry, p.reason) for p in refused.value.facts["problems"]}  # type: ignore[attr-defined]


# -- construction ----------------------------------------------------------------------------------------------


def test_either_code_finds_the_same_entry() -> None:
    directory = Directory.of(WORLD)
    for agency in WORLD:
        assert directory.get(agency.code) is agency
        assert directory[agency.code_qd20 or agency.code] is agency
    assert directory.get("H53") is None
    assert "H52.18" in directory
    assert "" not in directory
    assert list(directory) == list(WORLD)
    assert len(directory) == len(WORLD)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (replace(HEALTH, code=SON_LA.code), (SON_LA.code, "duplicate_code")),
        (replace(HEALTH, code_qd20="G22"), (HEALTH.code, "duplicate_code")),
        (replace(HEALTH, code_qd20=VPCP.code), (HEALTH.code, "duplicate_code")),
        (replace(HEALTH, code="G22", code_qd20=""), (VPCP.code, "duplicate_code")),
        (replace(HEALTH, parent="000.00.00.H99"), (HEALTH.code, "parent_unknown")),
        (replace(HEALTH, parent="H52"), (HEALTH.code, "parent_unknown")),
        (replace(HEALTH, successor="H53"), (HEALTH.code, "successor_unknown")),
        (replace(HEALTH, centre="00.53.W00"), (HEALTH.code, "centre_unknown")),
        (replace(HEALTH, parent=HEALTH.code), (HEALTH.code, "parent_cycle")),
        (replace(HEALTH, successor=HEALTH.code), (HEALTH.code, "successor_cycle")),
        (replace(HEALTH, valid_from=TODAY, valid_to=YESTERDAY), (HEALTH.code, "validity_reversed")),
        (replace(HEALTH, tier=C), (HEALTH.code, "tier_above_parent")),
        (replace(HEALTH, name=""), (HEALTH.code, "name_malformed")),
        (replace(HEALTH, name=" Sở Y tế"), (HEALTH.code, "name_malformed")),
        (replace(HEALTH, name="Sở\nY tế"), (HEALTH.code, "name_malformed")),
        (replace(HEALTH, code=""), ("", "code_malformed")),
        (replace(HEALTH, code="../H52"), ("../H52", "code_malformed")),
        (replace(HEALTH, code="H52 18"), ("H52 18", "code_malformed")),
        (replace(HEALTH, code="H52.YTế"), ("H52.YTế", "code_malformed")),
        (replace(HEALTH, code_qd20="H52\n"), (HEALTH.code, "code_malformed")),
        (replace(HEALTH, certificates=(certificate(sha256="0" * 64),)), (HEALTH.code, "certificate_malformed")),
        (replace(HEALTH, certificates=(certificate(), certificate())), (HEALTH.code, "certificate_malformed")),
    ],
)
def test_an_entry_that_breaks_a_rule_is_named_with_it(entry: Agency, reason: tuple[str, str]) -> None:
    rest = [agency for agency in WORLD if agency is not HEALTH]
    assert reasons([*rest, entry]) == {reason}


def test_all_problems_are_told_at_once_in_both_languages() -> None:
    broken = [
        replace(VPCP, name=""),
        SON_LA,
        CENTRE,
        replace(HEALTH, parent="?", code_qd20="G22", valid_from=TOMORROW, valid_to=TODAY),
        replace(MAI_SON, tier=C),
    ]
    assert reasons(broken) == {
        (VPCP.code, "name_malformed"),
        (HEALTH.code, "parent_unknown"),
        (HEALTH.code, "duplicate_code"),
        (HEALTH.code, "validity_reversed"),
        (MAI_SON.code, "tier_above_parent"),
    }
    with pytest.raises(DirectoryRefusal) as refused:
        Directory.of(broken)
    assert all(p.vi and p.en for p in refused.value.facts["problems"])  # type: ignore[attr-defined]
    assert HEALTH.code in refused.value.vi


def test_each_cycle_is_named_once_from_its_smallest_code() -> None:
    ring = [Agency(c, c, X, parent=p) for c, p in (("c", "a"), ("a", "b"), ("b", "c"), ("tail", "a"))]
    with pytest.raises(DirectoryRefusal) as refused:
        Directory.of(ring)
    assert [(p.entry, p.value) for p in refused.value.facts["problems"]] == [  # type: ignore[attr-defined]
        ("a", "a → b → c → a")
    ]


def test_a_code_may_be_the_same_in_both_systems() -> None:
    assert Directory.of([replace(ODD, code_qd20=ODD.code)])[ODD.code].name == ODD.name


# -- changes ---------------------------------------------------------------------------------------------------


def test_a_change_makes_a_new_directory_and_leaves_the_old_one() -> None:
    old = Directory.of(WORLD)
    new = old.with_changes([replace(HEALTH, code_qd20="H52.81", name="Sở Sức khỏe")])
    assert new["H52.81"].name == "Sở Sức khỏe"
    assert "H52.18" not in new
    assert old["H52.18"] is HEALTH
    assert "H52.81" not in old


def test_two_agencies_may_swap_their_codes_in_one_change() -> None:
    swapped = Directory.of(WORLD).with_changes(
        [replace(HEALTH, code_qd20="H52.33"), replace(MAI_SON, code_qd20="H52.18")]
    )
    assert swapped["H52.33"].code == HEALTH.code
    assert swapped["H52.18"].code == MAI_SON.code


def test_a_parent_that_moves_down_is_refused_for_its_children_s_sake() -> None:
    with pytest.raises(DirectoryRefusal) as refused:
        Directory.of(WORLD).with_changes([replace(SON_LA, tier=D)])
    assert {p.entry for p in refused.value.facts["problems"]} == {CENTRE.code, HEALTH.code}  # type: ignore[attr-defined]


def test_a_change_that_closes_a_ring_is_refused() -> None:
    directory = Directory.of([replace(HEALTH, centre="", parent="", successor=ODD.code), ODD])
    with pytest.raises(DirectoryRefusal) as refused:
        directory.with_changes([replace(ODD, successor=HEALTH.code)])
    assert [p.reason for p in refused.value.facts["problems"]] == ["successor_cycle"]  # type: ignore[attr-defined]


_CODES = tuple("abcdef")
_REFERENCE = st.sampled_from(("", "", *_CODES))
_DAY = st.none() | st.dates(YESTERDAY, TOMORROW)
_AGENCY = st.builds(
    Agency,
    code=st.sampled_from(_CODES),
    name=st.sampled_from(("Sở Y tế", "Sở Xây dựng", "Xã Đắk Sơn", "")),
    tier=st.sampled_from(Tier),
    code_qd20=st.sampled_from(("", "", "q1", "q2", "a")),
    parent=_REFERENCE,
    successor=_REFERENCE,
    centre=_REFERENCE,
    valid_from=_DAY,
    valid_to=_DAY,
    suspended=st.booleans(),
)
_AGENCIES = st.lists(_AGENCY, max_size=6, unique_by=lambda a: a.code)
_SOUND = _AGENCY.map(lambda a: replace(a, name="Sở", tier=X, parent="", successor="", centre="", valid_to=None))


def outcome(agencies: Sequence[Agency]) -> Directory | None:
    try:
        return Directory.of(agencies)
    except DirectoryRefusal:
        return None


@given(st.lists(_SOUND, max_size=6, unique_by=lambda a: a.code), st.lists(_AGENCY, max_size=3), st.booleans())
@settings(max_examples=300)
def test_a_change_is_accepted_exactly_when_the_whole_would_be(
    before: list[Agency], changes: list[Agency], warm: bool
) -> None:
    old = outcome(before)
    if old is None:
        return
    if warm:  # indexes made before the change are brought up to date by it
        old.search("s"), old.children("a"), old.acts_for("a")
    whole = {a.code: a for a in before} | {a.code: a for a in changes}
    twice = len({a.code for a in changes}) < len(changes)
    expected = None if twice else outcome(list(whole.values()))
    try:
        new = old.with_changes(changes)
    except DirectoryRefusal:
        assert expected is None
        return
    assert expected is not None
    assert list(new) == list(expected)
    for code in (*_CODES, "q1", "q2"):
        assert new.get(code) == expected.get(code)
        assert new.children(code) == expected.children(code)
        assert new.acts_for(code) == expected.acts_for(code)
    for query in ("so", "dak", "q1", "a", ""):
        assert new.search(query) == expected.search(query)


@given(_AGENCIES)
@settings(max_examples=200)
def test_whatever_is_accepted_obeys_the_rules(agencies: list[Agency]) -> None:
    directory = outcome(agencies)
    if directory is None:
        return
    for agency in directory:
        for reference in (agency.parent, agency.successor, agency.centre):
            assert reference == "" or directory[reference].code == reference
        for field in ("parent", "successor"):
            seen, at = {agency.code}, getattr(agency, field)
            while at:
                assert at not in seen
                seen.add(at)
                at = getattr(directory[at], field)


# -- finding ---------------------------------------------------------------------------------------------------


def test_children_and_centres_are_found_by_either_code_in_order() -> None:
    directory = Directory.of(WORLD)
    assert directory.children("H52") == [CENTRE, HEALTH, MAI_SON]
    assert directory.children(MAI_SON.code) == [CO_NOI]
    assert directory.children("nobody") == []
    assert directory.acts_for(CENTRE.code) == [SON_LA, HEALTH, MAI_SON, CO_NOI]
    assert directory.acts_for(HEALTH.code) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("sơn la", [CENTRE, SON_LA, HEALTH]),
        ("SON LA", [CENTRE, SON_LA, HEALTH]),
        ("la son", [CENTRE, SON_LA, HEALTH]),
        ("sơ", [CENTRE, SON_LA, HEALTH, MAI_SON]),
        ("y te", [HEALTH]),
        ("ơn", []),
        ("ubnd", [SON_LA]),
        ("h52.33", [MAI_SON, CO_NOI]),
        ("H52.33.03", [CO_NOI]),
        ("000.00.3", [MAI_SON]),
        ("52.W00", []),
        ("VXP", [ODD]),
        ("dak rlap", []),
        ("đắk r'lấp", [ODD]),
        ("dak r lap", [ODD]),
        ("h52 y tế", [HEALTH]),
        ("không có", []),
        (" - ", sorted(WORLD, key=lambda a: a.code)),
        ("", sorted(WORLD, key=lambda a: a.code)),
    ],
)
def test_search_by_code_prefix_or_words_without_accents(query: str, found: list[Agency]) -> None:
    assert Directory.of(WORLD).search(query) == found


def test_search_filters() -> None:
    ended = replace(MAI_SON, valid_to=YESTERDAY)
    directory = Directory.of([ended if a is MAI_SON else a for a in WORLD])
    assert directory.search(tier=D) == [ended, ODD]
    assert directory.search(tier=D, on=TODAY) == [ODD]
    assert directory.search(tier=D, on=YESTERDAY) == [ended, ODD]
    assert directory.search(parent="H52", tier=P) == [CENTRE, HEALTH]
    assert directory.search("mai", parent="H52") == [ended]
    assert directory.search("cò nòi", parent="H52") == []
    assert directory.search(limit=0) == []
    assert Directory.of().search("sơn la") == []


@given(st.sampled_from(("", "son", "h52", "uy ban")), st.integers(1, 8), st.sampled_from(("", "H52")))
def test_pages_follow_each_other_without_gap_or_overlap(query: str, limit: int, parent: str) -> None:
    directory = Directory.of(WORLD)
    pages: list[Agency] = []
    after = ""
    while page := directory.search(query, parent=parent, limit=limit, after=after):
        assert len(page) <= limit
        pages += page
        after = page[-1].code
    assert pages == directory.search(query, parent=parent, limit=1000)


# -- routing ---------------------------------------------------------------------------------------------------


def ended(agency: Agency, successor: str = "", on: date = YESTERDAY) -> Agency:
    return replace(agency, valid_to=on, successor=successor)


def undeliverable(directory: Directory, *codes: str) -> dict[str, str]:
    with pytest.raises(UndeliverableRecipients) as refused:
        route(directory, "G22", codes, TODAY)
    assert all(code in refused.value.en for code in codes if code in refused.value.facts["recipients"])  # type: ignore[operator]
    return refused.value.facts["recipients"]  # type: ignore[return-value]


def test_recipients_are_delivered_in_the_order_asked_under_the_codes_written() -> None:
    way = route(Directory.of(WORLD), "G22", ["H52.18", "000.00.00.H52", "vxp.saas.03"], TODAY)
    assert way.sender is VPCP
    assert [(d.recipient, d.asked, d.forwarded_from, d.also_asked) for d in way.deliveries] == [
        (HEALTH, "H52.18", "", ()),
        (SON_LA, "000.00.00.H52", "", ()),
        (ODD, "vxp.saas.03", "", ()),
    ]


def test_one_agency_under_two_codes_is_one_delivery() -> None:
    way = route(Directory.of(WORLD), "G22", ["H52", "H52.18", "000.00.00.H52", "H52"], TODAY)
    assert [(d.recipient.code, d.asked, d.also_asked) for d in way.deliveries] == [
        (SON_LA.code, "H52", ("000.00.00.H52",)),
        (HEALTH.code, "H52.18", ()),
    ]


def test_an_ended_agency_s_documents_go_to_the_end_of_its_line_of_successors() -> None:
    chain = [VPCP, SON_LA, CENTRE, HEALTH, ended(MAI_SON, HEALTH.code), ended(CO_NOI, MAI_SON.code), ODD]
    way = route(Directory.of(chain), "G22", ["H52.33.03"], TODAY)
    assert [(d.recipient, d.asked, d.forwarded_from) for d in way.deliveries] == [(HEALTH, "H52.33.03", CO_NOI.code)]


def test_an_agency_reached_directly_and_by_forwarding_is_one_delivery() -> None:
    directory = Directory.of([VPCP, SON_LA, CENTRE, HEALTH, ended(MAI_SON, HEALTH.code)])
    (direct,) = route(directory, "G22", ["H52.18", "H52.33"], TODAY).deliveries
    assert (direct.recipient, direct.asked, direct.forwarded_from, direct.also_asked) == (
        HEALTH,
        "H52.18",
        "",
        ("H52.33",),
    )
    (forwarded,) = route(directory, "G22", ["H52.33", "H52.18"], TODAY).deliveries
    assert (forwarded.asked, forwarded.forwarded_from, forwarded.also_asked) == ("H52.33", MAI_SON.code, ("H52.18",))


def test_the_last_day_of_validity_is_still_valid() -> None:
    directory = Directory.of([VPCP, SON_LA, CENTRE, HEALTH, ended(MAI_SON, HEALTH.code, on=TODAY)])
    assert route(directory, "G22", ["H52.33"], TODAY).deliveries[0].recipient.code == MAI_SON.code
    assert route(directory, "G22", ["H52.33"], TOMORROW).deliveries[0].recipient is HEALTH


def test_every_recipient_that_cannot_be_served_is_named_with_its_reason() -> None:
    directory = Directory.of(
        [
            VPCP,
            SON_LA,
            CENTRE,
            replace(HEALTH, suspended=True),
            ended(MAI_SON),
            ended(CO_NOI, HEALTH.code),
            replace(ODD, valid_from=TOMORROW),
        ]
    )
    assert undeliverable(directory, "H52", "H99", "H52.18", "H52.33", "H52.33.03", "vxp.saas.03", "G22") == {
        "H99": "unknown",
        "H52.18": "suspended",
        "H52.33": "expired_without_successor",
        "H52.33.03": "suspended",
        "vxp.saas.03": "not_yet_valid",
        "G22": "self",
    }


def test_a_successor_that_has_not_begun_cannot_receive_yet() -> None:
    directory = Directory.of(
        [VPCP, replace(ODD, valid_from=TOMORROW), ended(replace(HEALTH, parent="", centre=""), ODD.code)]
    )
    assert undeliverable(directory, "H52.18") == {"H52.18": "not_yet_valid"}


def test_forwarding_back_to_the_sender_is_sending_to_oneself() -> None:
    directory = Directory.of([VPCP, ended(ODD, VPCP.code)])
    assert undeliverable(directory, ODD.code) == {ODD.code: "self"}


def test_no_recipient_at_all_is_refused() -> None:
    assert undeliverable(Directory.of(WORLD)) == {}


def test_a_loop_of_successors_ends_with_a_reason_even_outside_a_directory() -> None:
    loop = {
        "a": Agency("a", "A", X, valid_to=YESTERDAY, successor="b"),
        "b": Agency("b", "B", X, valid_to=YESTERDAY, successor="a"),
    }
    assert settle(loop.get, "a", TODAY) is Reason.SUCCESSOR_LOOP


def test_every_reason_has_a_sentence_in_both_languages() -> None:
    assert set(REASON_TEXT) == set(Reason)
    assert all(text.vi and text.en for text in REASON_TEXT.values())


@pytest.mark.parametrize(
    ("sender", "reason"),
    [
        (replace(VPCP, suspended=True), "suspended"),
        (replace(VPCP, valid_from=TOMORROW), "not_yet_valid"),
        (ended(VPCP), "expired"),
        (ended(VPCP, ODD.code), "expired"),
        (replace(VPCP, code="x", code_qd20="y"), "unknown"),
    ],
)
def test_a_sender_that_is_not_in_office_sends_nothing(sender: Agency, reason: str) -> None:
    with pytest.raises(SenderNotAllowed) as refused:
        route(Directory.of([sender, ODD]), VPCP.code, [ODD.code], TODAY)
    assert refused.value.facts["reason"] == reason


@given(_AGENCIES, st.lists(st.sampled_from((*_CODES, "q1", "q2", "zz")), max_size=6))
@settings(max_examples=300)
def test_a_route_is_either_whole_or_names_what_is_missing(agencies: list[Agency], codes: list[str]) -> None:
    directory = outcome([*agencies, VPCP])
    if directory is None:
        return
    try:
        way = route(directory, "G22", codes, TODAY)
    except UndeliverableRecipients as refused:
        named: dict[str, str] = refused.facts["recipients"]  # type: ignore[assignment]
        assert set(named) <= set(codes)
        for code, reason in named.items():
            assert settle(directory.get, code, TODAY) in (Reason(reason), VPCP)
        return
    reached = [d.recipient.code for d in way.deliveries]
    assert len(set(reached)) == len(reached)
    assert all(active(d.recipient, TODAY) and not d.recipient.suspended for d in way.deliveries)
    assert {code for d in way.deliveries for code in (d.asked, *d.also_asked)} == set(codes)
    for delivery in way.deliveries:
        named_first = directory[delivery.asked]
        forwarded = named_first.code != delivery.recipient.code
        assert delivery.forwarded_from == (named_first.code if forwarded else "")


# -- tiers -----------------------------------------------------------------------------------------------------


def test_anyone_writes_to_anyone_unless_told_otherwise() -> None:
    assert ANYONE.allowed == {(a, b) for a in Tier for b in Tier}
    for sender in (VPCP, HEALTH, MAI_SON, CO_NOI):
        for recipient in (SON_LA, ODD, CENTRE):
            assert route(Directory.of(WORLD), sender.code, [recipient.code], TODAY).deliveries


def test_a_tier_policy_names_all_recipients_that_it_forbids() -> None:
    policy = TierPolicy.of({"commune": ["district", "commune"], "district": []})
    directory = Directory.of(WORLD, policy)
    assert route(directory, CO_NOI.code, [MAI_SON.code, ODD.code], TODAY).deliveries
    with pytest.raises(TierForbidden) as refused:
        route(directory, CO_NOI.code, ["H52", "vxp.saas.03", "G22"], TODAY)
    assert refused.value.facts["recipients"] == {"H52": "provincial", "G22": "central"}
    with pytest.raises(TierForbidden):
        route(directory, MAI_SON.code, [CO_NOI.code], TODAY)
    assert route(directory, "G22", [CO_NOI.code], TODAY).deliveries


def test_the_tier_that_counts_is_the_one_that_receives() -> None:
    policy = TierPolicy.of({"central": ["district"]})
    directory = Directory.of([VPCP, SON_LA, CENTRE, HEALTH, ended(MAI_SON, HEALTH.code)], policy)
    with pytest.raises(TierForbidden):
        route(directory, "G22", ["H52.33"], TODAY)


def test_a_policy_survives_a_change_and_can_be_exchanged() -> None:
    strict = TierPolicy.of({"central": []})
    directory = Directory.of(WORLD, strict).with_changes([replace(HEALTH, name="Sở")])
    assert directory.policy is strict
    assert directory.with_policy(ANYONE).policy is ANYONE
    assert list(directory.with_policy(ANYONE)) == list(directory)


@pytest.mark.parametrize("table", [{"city": []}, {"central": ["city"]}, {"central": "commune"}])
def test_a_policy_of_unknown_tiers_is_refused(table: dict[str, list[str]]) -> None:
    with pytest.raises(DirectoryRefusal):
        TierPolicy.of(table)


# -- acting for others -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("caller", "agency", "may"),
    [
        (HEALTH.code, HEALTH.code, True),
        (HEALTH.code, "H52.18", True),
        (CENTRE.code, "H52.18", True),
        (CENTRE.code, SON_LA.code, True),
        (SON_LA.code, HEALTH.code, False),
        (HEALTH.code, CENTRE.code, False),
        (CENTRE.code, VPCP.code, False),
        ("", ODD.code, False),
        ("nobody", ODD.code, False),
        (CENTRE.code, "nobody", False),
    ],
)
def test_only_the_agency_and_its_centre_may_act_for_it(caller: str, agency: str, may: bool) -> None:
    assert may_act_for(Directory.of(WORLD), caller, agency) is may
