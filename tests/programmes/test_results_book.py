"""Electronic results: packets in documents, the book that they make, and what a stranger is told of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.model import Millis, from_iso_utc
from hub.programmes.results import asking, book, owner, paper
from hub.programmes.results.asking import Asked
from hub.programmes.results.book import Entry
from hub.programmes.results.packets import OwnerKind, ResultPacket
from hub.programmes.results.programme import Results, digest_case, entry_of, leads_of
from hub.programmes.results.validity import Standing
from hub.programmes.riding import Case, Fault, File, Packet, Ridden

T0 = from_iso_utc("2026-11-10T02:00:00.000Z")
DAY = 86_400_000
CODE = "H52.01-261110-0001-KQ1"
NEXT = "H52.01-261110-0001-KQ2"
FILE = "a" * 64
SON_LA, OTHER, HEIR = "000.00.00.H52", "000.00.00.G22", "000.00.00.H99"
UNIT, SIBLING = "000.00.01.H52", "000.00.02.H52"


def ridden(
    *bodies: dict[str, Any],
    by: str = SON_LA,
    day: int = 0,
    files: Sequence[File] | None = None,
    heir_of: tuple[str, ...] = (),
) -> Ridden:
    """With the files that its registrations name, where none are given."""
    if files is None:
        files = [File(f"{n}.pdf", body["sha256"], 9) for n, body in enumerate(bodies) if "sha256" in body]
    packets = tuple(
        Packet(name=f"{n}.packet.json", kind=body["packet"].partition("/")[0], version=1, body=body)
        for n, body in enumerate(bodies)
    )
    return Ridden(
        number=day + 1,
        id=f"urn:uuid:document-{by}-{day}",
        document_id=f"{by},{day}",
        sender=by,
        recipients=("000.00.00.H01",),
        code=f"{day}/KQ",
        subject="V/v trả kết quả",
        accepted=Millis(T0 + day * DAY),
        promulgated=date(2026, 11, 10),
        verdict="VALID",
        files=tuple(files),
        packets=packets,
        heir_of=heir_of,
    )


def registered(code: str = CODE, **more: Any) -> dict[str, Any]:
    return {"packet": "result/1", "code": code, "name": "Giấy phép xây dựng", "sha256": FILE} | more


def revoked(code: str = CODE, **more: Any) -> dict[str, Any]:
    return {"packet": "result-revocation/1", "code": code, "reason": "Cấp sai đối tượng"} | more


def superseded(code: str = CODE, successor: str = NEXT, **more: Any) -> dict[str, Any]:
    return {"packet": "result-succession/1", "code": code, "successor": successor} | more


def played(*documents: Ridden) -> tuple[dict[str, Case], list[Fault]]:
    """The fold, as the frame does it."""
    programme, cases, faults = Results(), dict[str, Case](), list[Fault]()
    for document in documents:
        for made in programme.read(document):
            done = made if isinstance(made, Fault) else programme.apply(cases.get(made.case), made)
            if isinstance(done, Fault):
                faults.append(done)
            else:
                cases[done.id] = done
    return cases, faults


def entry(cases: dict[str, Case], name: str = f"{CODE}@{SON_LA}") -> Entry:
    return entry_of(cases[name].body)


def ask(
    cases: dict[str, Case], number: str = "", sha256: str = "", owner: str = "", day: int = 99
) -> list[asking.Told]:
    start = cases.get(number or digest_case(sha256))
    entries = [entry(cases, name) for name in asking.few(leads_of(start.body)) if name in cases] if start else []
    return asking.told(entries, Asked(number, sha256, owner, Millis(T0 + day * DAY)))


def test_a_registration_is_found_by_number_and_by_digest() -> None:
    cases, faults = played(ridden(registered()))
    assert not faults
    assert cases[f"{CODE}@{SON_LA}"].parties == (("issuer", SON_LA), ("told", "000.00.00.H01"))
    for found in (ask(cases, CODE), ask(cases, sha256=FILE)):
        assert asking.standing(found) == "valid"
    assert asking.standing(ask(cases, "H52.01-261110-0009-KQ1")) == "unknown"
    assert asking.standing(ask(cases, CODE, day=-1)) == "unknown"


def test_a_number_alone_is_answered_without_words() -> None:
    number = owner.digest("052 099 001 234", CODE)
    cases, _ = played(ridden(registered(owner={"kind": "citizen", "digest": number})))
    assert [one.whole for one in ask(cases, CODE)] == [False]
    assert [one.whole for one in ask(cases, CODE, owner="0" * 16)] == [False]
    assert [one.whole for one in ask(cases, CODE, owner=owner.tag(number))] == [True]
    assert [one.whole for one in ask(cases, CODE, sha256=FILE)] == [True]


def test_another_file_under_a_registered_number_is_unknown() -> None:
    cases, _ = played(ridden(registered()))
    (one,) = ask(cases, CODE, sha256="b" * 64)
    assert (one.verdict.standing, one.same_file, one.whole) == (Standing.UNKNOWN, False, False)


def test_only_the_issuer_and_its_heir_revoke() -> None:
    cases, faults = played(ridden(registered()), ridden(revoked(), by=OTHER, day=1))
    assert [fault.code for fault in faults] == [book.NOT_YOURS]
    cases, faults = played(ridden(registered()), ridden(revoked(), by=UNIT, day=1))
    assert [fault.code for fault in faults] == [book.UNKNOWN]
    cases, faults = played(ridden(registered()), ridden(revoked(issuer=SON_LA), by=UNIT, day=1))
    assert [(fault.code, fault.place) for fault in faults] == [(book.NOT_ISSUER, "0.packet.json $.issuer")]
    assert asking.standing(ask(cases, CODE)) == "valid"
    heir = ridden(revoked(issuer=SON_LA), by=HEIR, day=2, heir_of=(SON_LA,))
    cases, faults = played(ridden(registered()), heir)
    assert not faults
    assert cases[f"{CODE}@{SON_LA}"].parties[:2] == (("issuer", SON_LA), ("heir", HEIR))
    assert entry(cases).revoked == book.Ended(heir.accepted, HEIR, heir.id, "Cấp sai đối tượng")
    assert asking.standing(ask(cases, CODE, day=1)) == "valid"
    assert asking.standing(ask(cases, CODE, day=2)) == "revoked"


def test_a_second_revocation_changes_nothing() -> None:
    cases, faults = played(ridden(registered()), ridden(revoked(), day=1), ridden(revoked(reason="khác"), day=2))
    assert [fault.code for fault in faults] == [book.ENDED]
    assert entry(cases).revoked is not None
    assert entry(cases).revoked.told == "Cấp sai đối tượng"  # type: ignore[union-attr]
    case = cases[f"{CODE}@{SON_LA}"]
    assert (case.ended is not None, case.late) == (True, False), "a board counts it among those that have ended"


def test_a_successor_takes_its_place() -> None:
    new = ridden(registered(NEXT, sha256="b" * 64), superseded(), day=3)
    cases, faults = played(ridden(registered()), new)
    assert not faults
    (one,) = ask(cases, CODE)
    assert (one.verdict.standing, one.verdict.detail) == (Standing.SUPERSEDED, NEXT)
    assert asking.standing(ask(cases, NEXT)) == "valid"
    assert cases[f"{CODE}@{SON_LA}"].state == "superseded"


def test_an_unknown_successor_is_told() -> None:
    _, faults = played(ridden(registered()), ridden(superseded(), day=1))
    assert [fault.code for fault in faults] == [book.UNKNOWN]


@pytest.mark.parametrize(
    "made", [registered(), revoked(), superseded(), superseded(successor="H52.01-261110-0003-KQ1")]
)
def test_a_number_of_another_province_is_not_the_senders(made: dict[str, Any]) -> None:
    """Told from the packet alone, so before the document is sent; and the true issuer's answer stays as it was."""
    before, _ = played(ridden(registered()))
    after, faults = played(ridden(registered()), ridden(made, by=OTHER, day=1))
    assert {(fault.code, fault.found) for fault in faults} == {(book.NOT_YOURS, "H52.01")}
    assert after == before
    first, _ = played(ridden(made, by=OTHER))
    assert not first


@pytest.mark.parametrize("number", ["000.00.01.H52-261110-0001-KQ1", CODE])
def test_two_agencies_under_one_number_are_both_told_and_the_unit_counts(number: str) -> None:
    cases, faults = played(
        ridden(registered(number, sha256="c" * 64), by=SIBLING),
        ridden(revoked(number), by=SIBLING, day=1),
        ridden(registered(number), by=UNIT, day=2),
    )
    assert not faults
    assert [one.entry.issuer for one in ask(cases, number)] == [UNIT, SIBLING]
    assert asking.standing(ask(cases, number)) == "valid"
    assert [one.entry.issuer for one in ask(cases, number, sha256=FILE)] == [UNIT]
    assert asking.standing(ask(cases, number, sha256=FILE)) == "valid"


def test_agencies_with_an_equal_right_are_several() -> None:
    cases, faults = played(
        ridden(registered(), by=SIBLING),
        ridden(registered(sha256="c" * 64), by="000.00.03.H52", day=1),
        ridden(revoked(), by=SIBLING, day=2),
    )
    assert not faults
    assert asking.standing(ask(cases, CODE)) == asking.SEVERAL


def test_a_file_that_others_register_too_is_found_at_its_issuer() -> None:
    """Twenty numbers of one agency take no room from the next one's, and an answer has one of each issuer first."""
    many = [registered(f"000.00.00.G22-261110-{n:04}-KQ1") for n in range(20)]
    cases, faults = played(ridden(*many, by=OTHER), ridden(registered(), by=UNIT, day=1))
    assert [fault.code for fault in faults] == [book.REGISTERED] * 4
    assert {"of one issuer" in fault.expected for fault in faults} == {True}
    shown = asking.few(leads_of(cases[digest_case(FILE)].body))
    assert {name.rpartition("@")[2] for name in shown[:2]} == {UNIT, OTHER}
    assert f"{CODE}@{UNIT}" in {book.name(one.entry.number, one.entry.issuer) for one in ask(cases, sha256=FILE)}
    names = [f"G{n}-261110-0001-KQ{k}@000.00.00.G{n}" for n in range(10, 90) for k in (1, 2)]
    assert len({name.rpartition("@")[2] for name in asking.few(names)}) == len(asking.few(names)) == asking.MOST


def test_a_digest_without_its_file_leads_nowhere() -> None:
    cases, faults = played(ridden(registered(), files=()))
    assert not faults
    assert ask(cases, sha256=FILE) == []
    assert asking.standing(ask(cases, CODE, sha256=FILE)) == "valid"


@pytest.mark.parametrize(
    ("made", "place"),
    [
        (registered(name="\u202e"), "$.name"),
        (registered(name="Giấy\u200bphép"), "$.name"),
        (registered(kind="\x1b[2J"), "$.kind"),
        (registered(owner={"kind": "none", "described": "Hộ\x00"}), "$.owner.described"),
        (revoked(reason="\ufeff"), "$.reason"),
        (revoked(decision="12\u2066"), "$.decision"),
    ],
)
def test_a_text_with_a_letter_that_hides_is_refused(made: dict[str, Any], place: str) -> None:
    cases, faults = played(ridden(made))
    assert [(fault.code, fault.place) for fault in faults] == [("PACKET_FIELDS", f"0.packet.json {place}")]
    assert faults[0].found.startswith("U+")
    assert not cases


def test_a_number_is_registered_once_by_one_agency() -> None:
    cases, faults = played(ridden(registered()), ridden(registered(sha256="d" * 64), day=1))
    assert [fault.code for fault in faults] == [book.REGISTERED]
    assert ask(cases, sha256="d" * 64) == []  # its digest leads nowhere, for that registration was refused
    assert asking.standing(ask(cases, CODE, sha256=FILE)) == "valid"


def test_the_file_that_came_with_it() -> None:
    files = [File("giay-phep.pdf", FILE, 9)]
    cases, faults = played(ridden(registered(file="giay-phep.pdf"), files=files))
    assert not faults
    assert entry(cases).attached
    assert [one.name for one in cases[f"{CODE}@{SON_LA}"].measures] == ["claimed", "claimed-dossiers", "attached"]
    _, faults = played(ridden(registered(file="giay-phep.pdf"), files=()))
    assert [(fault.code, fault.found) for fault in faults] == [(book.FILE, "no such attachment")]
    _, faults = played(ridden(registered(file="giay-phep.pdf", sha256="e" * 64), files=files))
    assert [(fault.code, fault.found) for fault in faults] == [(book.FILE, FILE)]


@pytest.mark.parametrize(
    ("more", "code", "place"),
    [
        ({"code": "52-KQ"}, book.NUMBER, "$.code"),
        ({"code": "H52.01-261110-0001-KQ0"}, book.NUMBER, "$.code"),
        ({"first": "2026-11-10", "last": "2026-11-09"}, book.VALIDITY, "$.last"),
        ({"copy": "sao-y"}, book.COPY, "$.copy_of"),
        ({"owner": {"kind": "none", "digest": "a" * 64}}, book.OWNER, "$.owner"),
        ({"owner": {"kind": "citizen"}}, book.OWNER, "$.owner"),
        ({"converted": {"at": "2026-11-09T08:00:00", "by": "Lê Mẫu"}}, book.VALIDITY, "$.converted.at"),
        ({"converted": {"at": "2026-11-11T08:00:00+07:00", "by": "Lê Mẫu"}}, book.VALIDITY, "$.converted.at"),
        ({"sha256": "A" * 64}, "PACKET_FIELDS", "$.sha256"),
        ({"sha256": FILE + "\n"}, "PACKET_FIELDS", "$.sha256"),
        ({"owner": {"kind": "citizen", "digest": FILE + "\n"}}, "PACKET_FIELDS", "$.owner.digest"),
        ({"owner": {"kind": "none", "digest": "\n"}}, "PACKET_FIELDS", "$.owner.digest"),
        ({"copy": "photo"}, "PACKET_FIELDS", "$.copy"),
        ({"owner": {"kind": "citizen", "digest": "052099001234"}}, "PACKET_FIELDS", "$.owner.digest"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(more: dict[str, Any], code: str, place: str) -> None:
    cases, faults = played(ridden(registered(**more)))
    assert [(fault.code, fault.place) for fault in faults] == [(code, f"0.packet.json {place}")]
    assert not cases


def test_a_copy_and_a_conversion_are_marked() -> None:
    body = registered(
        copy="trich-sao",
        copy_of={"described": "Sổ đăng ký 12/1998"},
        converted={"at": "2026-11-09T08:00:00+07:00", "by": "Lê Mẫu"},
    )
    cases, faults = played(ridden(body))
    assert not faults
    result = entry(cases).result
    assert result.copy == "trich-sao"
    assert result.converted is not None
    assert result.converted.at == from_iso_utc("2026-11-09T01:00:00.000Z")


def test_no_number_of_a_person_is_kept() -> None:
    """The digest depends on the result, so one person's papers do not find each other."""
    first, second = owner.digest("052099001234", CODE), owner.digest("052099001234", NEXT)
    assert first == owner.digest(" 052 099 001 234 ", CODE) != second
    with pytest.raises(ValueError, match="personal number"):
        owner.digest("Nguyễn Văn A", CODE)


ACTS = st.lists(
    st.tuples(st.sampled_from([registered, revoked, superseded]), st.sampled_from([SON_LA, OTHER]), st.booleans()),
    max_size=8,
)


@given(ACTS)
def test_what_has_ended_never_stands_again(acts: list[tuple[Any, str, bool]]) -> None:
    documents = [ridden(make(CODE if first else NEXT), by=by, day=day) for day, (make, by, first) in enumerate(acts)]
    seen: dict[str, Standing] = {}
    for count in range(len(documents) + 1):
        cases, _ = played(*documents[:count])
        for name, case in cases.items():
            if case.kind != "result":
                continue
            standing = asking.told([entry(cases, name)], Asked("", FILE, "", Millis(T0 + 99 * DAY)))
            now = standing[0].verdict.standing
            assert not (seen.get(name) is not None and seen[name] is not Standing.VALID and now is Standing.VALID)
            seen[name] = now


PACKET = ResultPacket(packet="result/1", code=CODE, name="Giấy phép xây dựng", sha256=FILE, procedure="1.009994")


def test_a_qr_says_what_the_law_asks_and_sends_nothing() -> None:
    held = paper.Paper(CODE, "1.009994", "0123456789abcdef", "Giấy phép xây dựng")
    made = paper.address("https://truc.example.gov.vn/", held)
    assert made.startswith("https://truc.example.gov.vn/results#c=H52.01-261110-0001-KQ1&t=1.009994&o=")
    assert paper.paper_in(made) == held
    assert paper.paper_of(PACKET) == held._replace(applicant="")
    assert paper.paper_of(PACKET, "052099001234").applicant == "052099001234"
    with pytest.raises(ValueError, match="at most"):
        paper.address("https://" + "a" * 1_000, held)
    with pytest.raises(ValueError, match="number"):
        paper.paper_in("https://truc.example.gov.vn/results")


def test_an_owner_of_no_number_is_described() -> None:
    cases, faults = played(ridden(registered(owner={"kind": "none", "described": "Hộ ông Mẫu"})))
    assert not faults
    kept = entry(cases).packet.owner
    assert kept is not None
    assert kept.kind is OwnerKind.NONE


def test_packets_come_back_as_they_were() -> None:
    assert msgspec.convert(json.loads(msgspec.json.encode(PACKET)), ResultPacket) == PACKET
