"""A body of a sync service without its persons: in the same form, read to the same facts, and nothing else in it.

Retention puts it in the place of the bytes as received. The members that stay are listed here; all others go, those
that nobody knows too. Of a link stays that there is one. A row that was refused as it stands is null: its place stays.
The result is read again before anything goes: where one fact differs there is none.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from hub.programmes.onestop import sync
from hub.programmes.onestop.fields import cleaned
from hub.programmes.onestop.procedures import Procedure
from hub.programmes.onestop.sync import Units
from hub.programmes.riding import Fault
from hub.programmes.working_days import WorkingDays

_DOSSIER: Final = frozenset(
    {
        "MaHoSo",
        "MaTTHC",
        "TenTTHC",
        "MaLinhVuc",
        "KenhThucHien",
        "NgayNopHoSo",
        "NgayTiepNhan",
        "NgayHenTra",
        "TrangThaiHoSo",
        "NgayTra",
        "NgayKetThucXuLy",
        "NgayTuChoi",
        "DonViXuLy",
        "HoSoCoThanhPhanSoHoa",
        "ThoiHanGiaiQuyet",
        "KetQuaLaVanBan",
        "BiPhanAnhKienNghi",
    }
)
_LISTS: Final = {
    "TaiLieuNop": frozenset({"IsDeleted", "DuocSoHoa", "DuocTaiSuDung", "DuocLayTuKhoDMQG"}),
    "DanhSachGiayToKetQua": frozenset({"DaDongBoKhoCaNhan"}),
    "DanhSachHoSoBoSung": frozenset({"NgayBoSung", "NgayTiepNhanBoSung", "NgayHenTraTruoc", "NgayHenTraMoi"}),
}
_LINKS: Final = frozenset({"DuongDanTaiTepTin", "TepDinhKemId", "DuongDanTepTinKetQua"})
_THERE: Final = "x"
"""In place of a link."""
_STEP: Final = frozenset({"MaHoSo", "ThoiDiemXuLy", "TrangThai", "NgayKetThucTheoQuyDinh"})


def reduced(data: bytes, units: Units, calendar: WorkingDays) -> bytes | None:
    """None where the facts would not be the same. The reduced form of a reduced body is itself."""
    call = sync.body(data)
    if isinstance(call, Fault):
        return None
    before = list(sync.rows(call.service, call.data, units, calendar, _generous))
    data_of = _dossier if call.service == sync.DOSSIERS else _step
    kept = [
        None if isinstance(row.made, Fault) else data_of(cleaned(given))
        for row, given in zip(before, call.data, strict=True)
    ]
    after = list(sync.rows(call.service, kept, units, calendar, _generous))
    if [_facts(row) for row in before] != [_facts(row) for row in after]:
        return None
    return msgspec.json.encode({"madonvi": call.unit, "service": call.service, "data": kept})


def _generous(code: str) -> Procedure:
    """Every procedure with a legal maximum, so that a row which any list of procedures makes a dossier of is kept,
    whichever list is in use now and later."""
    return Procedure(code, legal_days=1)


def _facts(row: sync.Row) -> object:
    return None if isinstance(row.made, Fault) else (row.number, row.made)


def _dossier(row: dict[str, Any]) -> dict[str, Any]:
    made = {key: value for key, value in row.items() if key in _DOSSIER}
    for name, members in _LISTS.items():
        if name in row:
            made[name] = [_entry(entry, members) for entry in row[name]]
    return made


def _entry(entry: dict[str, Any], members: frozenset[str]) -> dict[str, Any]:
    facts = {key: value for key, value in entry.items() if key in members}
    return facts | {key: _THERE for key in entry if key in _LINKS}


def _step(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key in _STEP}
