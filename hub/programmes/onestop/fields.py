"""A dossier as the field writes it: the names of the national portal's services, for the packet `dossier/1` and for the
sync services alike.

The packet is written strictly, by the schema that is made of these structs. The services are read as the field's
systems write them: a number may stand as text, and an empty or null member is one that is not there (`cleaned`). Times
are Vietnam local, `yyyyMMddHHmmss`, `yyyyMMddHHmm`, `yyyyMMdd`, or ISO 8601 (a zone that is written is converted).

Members that are not the field's but the axis's own say so. Members with a person in them (names, numbers of papers,
addresses) are taken, for they belong to the dossier, and nothing here hands them on: see `reading`.
"""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import Annotated, Any, Final, Literal

import msgspec

from hub.core.model import VIETNAM

Code = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Word = Annotated[str, msgspec.Meta(max_length=500)]
Prose = Annotated[str, msgspec.Meta(max_length=4_000)]
Time = Annotated[str, msgspec.Meta(max_length=35)]
Bit = Literal[0, 1]
MOST_ENTRIES: Final = 200
"""Entries of each list of one dossier."""
_Entries = msgspec.Meta(max_length=MOST_ENTRIES)
State = Annotated[int, msgspec.Meta(ge=1, le=10)]
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?", re.ASCII)
_LAST_SECOND: Final = (23, 59, 59)
_DAY: Final = 3
"""Numbers of a day."""
YEARS: Final = range(2000, 2100)
TIME: Final = "yyyyMMddHHmmss, yyyyMMdd or ISO 8601"


class Identity(msgspec.Struct, frozen=True, kw_only=True, rename={"kind": "LoaiDinhDanh", "number": "SoDinhDanh"}):
    """DinhDanhCHS: by which paper the applicant is known."""

    kind: Word = ""
    number: Word = ""


class Database(msgspec.Struct, frozen=True, kw_only=True, rename={"code": "MaCSDL"}):
    """DSKetNoiCSDL: a database that was asked while the dossier was taken."""

    code: Word = ""


class Paper(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={
        "file_id": "TepDinhKemId",
        "file_name": "TenTepDinhKem",
        "deleted": "IsDeleted",
        "code": "MaThanhPhanHoSo",
        "link": "DuongDanTaiTepTin",
        "digitised": "DuocSoHoa",
        "reused": "DuocTaiSuDung",
        "national": "DuocLayTuKhoDMQG",
        "replacement": "MaKetQuaThayThe",
    },
):
    """TaiLieuNop: a paper that was handed in. One without a code is known by its title. `reused`: 0 no, 1 reused, 2
    reused and replaced by `replacement`."""

    file_id: Word = ""
    file_name: Word = ""
    deleted: Bit | bool = 0
    code: Word = ""
    link: Prose = ""
    digitised: Bit = 0
    reused: Literal[0, 1, 2] = 0
    national: Bit = 0
    replacement: Word = ""


class ResultPaper(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={
        "title": "TenGiayTo",
        "component": "MaThanhPhanHoSo",
        "paper_id": "GiayToId",
        "link": "DuongDanTepTinKetQua",
        "code": "MaGiayToKetQua",
        "in_store": "DaDongBoKhoCaNhan",
    },
):
    """DanhSachGiayToKetQua: a result. `in_store`, the axis's own member: it lies in the person's store."""

    title: Word = ""
    component: Word = ""
    paper_id: Word = ""
    link: Prose = ""
    code: Word = ""
    in_store: Bit = 0


class Supplement(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={
        "supplement_id": "HoSoBoSungId",
        "asked_by": "NguoiYeuCauBoSung",
        "text": "NoiDungBoSung",
        "asked": "NgayBoSung",
        "answered": "NgayTiepNhanBoSung",
        "state": "TrangThaiBoSung",
        "due_before": "NgayHenTraTruoc",
        "due_after": "NgayHenTraMoi",
    },
):
    """DanhSachHoSoBoSung: papers that were asked for, when they came, and how that moved the appointment."""

    supplement_id: Word = ""
    asked_by: Word = ""
    text: Prose = ""
    asked: Time = ""
    answered: Time = ""
    state: Word = ""
    due_before: Time = ""
    due_after: Time = ""


class Fee(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={
        "title": "TenPhiLePhi",
        "code": "MaPhiLePhi",
        "how": "HinhThucThu",
        "price": "Gia",
        "kind": "LoaiPhiLePhi",
    },
):
    """DanhSachLePhi."""

    title: Word = ""
    code: Word = ""
    how: int = 0
    price: Annotated[int, msgspec.Meta(ge=0, le=10**15)] = 0
    kind: int = 0


class DossierFields(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={
        "number": "MaHoSo",
        "procedure": "MaTTHC",
        "procedure_name": "TenTTHC",
        "field": "MaLinhVuc",
        "field_name": "TenLinhVuc",
        "channel": "KenhThucHien",
        "applicant": "ChuHoSo",
        "applicant_kind": "LoaiDoiTuong",
        "applicant_code": "MaDoiTuong",
        "paper_number": "SoGiayToChuHoSo",
        "email": "Email",
        "phone": "SoDienThoai",
        "summary": "TrichYeuHoSo",
        "submitted": "NgayNopHoSo",
        "received": "NgayTiepNhan",
        "due": "NgayHenTra",
        "state": "TrangThaiHoSo",
        "returned": "NgayTra",
        "returned_how": "ThongTinTra",
        "form": "HinhThuc",
        "ended": "NgayKetThucXuLy",
        "refused": "NgayTuChoi",
        "solving": "DonViXuLy",
        "note": "GhiChu",
        "submitted_at": "NoiNopHoSo",
        "digitised": "HoSoCoThanhPhanSoHoa",
        "by_vneid": "TaiKhoanDuocXacThucVoiVNeID",
        "paid_online": "DuocThanhToanTrucTuyen",
        "identities": "DinhDanhCHS",
        "databases": "DSKetNoiCSDL",
        "papers": "TaiLieuNop",
        "results": "DanhSachGiayToKetQua",
        "supplements": "DanhSachHoSoBoSung",
        "fees": "DanhSachLePhi",
        "legal_days": "ThoiHanGiaiQuyet",
        "gives_document": "KetQuaLaVanBan",
        "complained": "BiPhanAnhKienNghi",
    },
):
    """A dossier. The last three members are the axis's own: the procedure's legal maximum in working days, whether it
    has to give a document as its result, and whether the citizen complained or disliked it. Where they are not there,
    the table `procedures.csv` speaks."""

    number: Code
    procedure: Code
    state: State
    solving: Word = ""
    procedure_name: Prose = ""
    field: Word = ""
    field_name: Word = ""
    channel: Literal[1, 2, 3] = 1
    applicant: Word = ""
    applicant_kind: int = 0
    applicant_code: Word = ""
    paper_number: Word = ""
    email: Word = ""
    phone: Word = ""
    summary: Prose = ""
    submitted: Time = ""
    received: Time = ""
    due: Time = ""
    returned: Time = ""
    returned_how: Prose = ""
    form: Word = ""
    ended: Time = ""
    refused: Time = ""
    note: Prose = ""
    submitted_at: Word = ""
    digitised: Bit = 0
    by_vneid: Bit = 0
    paid_online: Literal[0, 1, 2] = 0
    identities: Annotated[tuple[Identity, ...], _Entries] = ()
    databases: Annotated[tuple[Database, ...], _Entries] = ()
    papers: Annotated[tuple[Paper, ...], _Entries] = ()
    results: Annotated[tuple[ResultPaper, ...], _Entries] = ()
    supplements: Annotated[tuple[Supplement, ...], _Entries] = ()
    fees: Annotated[tuple[Fee, ...], _Entries] = ()
    legal_days: Annotated[int, msgspec.Meta(ge=0, le=1_000)] | None = None
    gives_document: Bit | None = None
    complained: Bit = 0


class Progress(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={
        "number": "MaHoSo",
        "person": "NguoiXuLy",
        "position": "ChucDanh",
        "at": "ThoiDiemXuLy",
        "office": "PhongBanXuLy",
        "text": "NoiDungXuLy",
        "state": "TrangThai",
        "begins": "NgayBatDau",
        "due": "NgayKetThucTheoQuyDinh",
    },
):
    """One step of a dossier's course. Without a deadline of its own it has none: nothing is put in its place."""

    number: Code
    at: Time
    state: State
    person: Word = ""
    position: Word = ""
    office: Word = ""
    text: Prose = ""
    begins: Time = ""
    due: Time = ""


class DossierPacket(msgspec.Struct, frozen=True, kw_only=True, rename={"dossier": "HoSo", "progress": "TienDo"}):
    """The data packet of an edXML document with ApplicationType MCDT_DT: a dossier as it stands, steps of its course,
    or both. Steps are those of the dossier beside them, or where there is none, of any that its sender takes part
    in."""

    packet: Literal["dossier/1"]
    dossier: DossierFields | None = None
    progress: Annotated[tuple[Progress, ...], _Entries] = ()


PACKET: Final = "dossier/1"


def moment(text: str, *, ends: bool = False) -> datetime | None:
    """Vietnam local; None for an empty text, ValueError for any other form, and for a year that no dossier is of. A day
    alone is its beginning, or where it `ends` something its last second."""
    if not text:
        return None
    found = _compact(text, _LAST_SECOND if ends else ()) or _iso(text, _LAST_SECOND if ends else (0, 0, 0))
    if found.year not in YEARS:
        raise ValueError(TIME)
    return found


def _compact(text: str, clock: tuple[int, ...]) -> datetime | None:
    parts = _COMPACT.fullmatch(text)
    if parts is None:
        return None
    given = [int(part) for part in parts.groups() if part is not None]
    return datetime(*given) if len(given) > _DAY else datetime(*given, *clock)  # type: ignore[arg-type]


def _iso(text: str, clock: tuple[int, int, int]) -> datetime:
    if not text.isascii() or text[4:5] != "-":
        raise ValueError(TIME)
    found = datetime.fromisoformat(text)
    if len(text) == len("2026-11-28"):
        return datetime.combine(found, time(*clock))
    if found.tzinfo is not None and found.year in YEARS:
        found = found.astimezone(VIETNAM)
    return found.replace(tzinfo=None, microsecond=0)


def cleaned(value: Any, deep: int = 6) -> Any:
    """Without members that are null or empty, which the field's systems write for those that are not there. A member
    that lies deeper than a dossier's lists is left as it is: no field would take it."""
    if not deep:
        return value
    if isinstance(value, dict):
        return {key: cleaned(part, deep - 1) for key, part in value.items() if part is not None and part != ""}
    return [cleaned(part, deep - 1) for part in value] if isinstance(value, list) else value
