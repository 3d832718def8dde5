"""Dossiers as the tests write them: the field's members, packets, documents that carry them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from hub.core.model import Millis
from hub.programmes.onestop.programme import Dossiers
from hub.programmes.riding import Case, Event, Fault, Packet, Ridden

PROVINCE, DEPARTMENT, COMMUNE, OTHER = "000.00.00.H52", "000.00.14.H52", "000.00.A0.H52", "000.00.00.H20"
NUMBER = "H52.101-261102-0001"
NINE = Millis(1_798_768_800_000)
"""2027-01-01, nine in the morning in Vietnam: all that the tests tell of has happened."""
HOUR = 3_600_000


def told(**changed: Any) -> dict[str, Any]:
    """A dossier by the field's names; a member that is None is left out."""
    given = {
        "MaHoSo": NUMBER,
        "MaTTHC": "1.004873",
        "TenTTHC": "Cấp Giấy xác nhận tình trạng hôn nhân",
        "KenhThucHien": 2,
        "ChuHoSo": "Trần Thị Mẫu",
        "SoGiayToChuHoSo": "001190000001",
        "NgayTiepNhan": "20261102090000",
        "NgayHenTra": "20261106",
        "TrangThaiHoSo": 4,
        "DonViXuLy": "H52.101",
        "KetQuaLaVanBan": 1,
        **changed,
    }
    return {name: value for name, value in given.items() if value is not None}


def step(at: str, state: int, **more: Any) -> dict[str, Any]:
    return {"MaHoSo": NUMBER, "ThoiDiemXuLy": at, "TrangThai": state, "NguoiXuLy": "Lò Văn Mẫu", **more}


def packet(dossier: Mapping[str, Any] | None = None, progress: Sequence[Mapping[str, Any]] = ()) -> Packet:
    body: dict[str, Any] = {"packet": "dossier/1", "TienDo": [dict(one) for one in progress]}
    if dossier is not None:
        body["HoSo"] = dict(dossier)
    return Packet(name="ho-so.packet.json", kind="dossier", version=1, body=body)


def document(*packets: Packet, sender: str = COMMUNE, to: Sequence[str] = (DEPARTMENT,), **more: Any) -> Ridden:
    given: dict[str, Any] = {
        "number": 1,
        "id": "urn:uuid:018f0000-0000-8000-8000-000000000001",
        "document_id": NUMBER,
        "sender": sender,
        "recipients": tuple(to),
        "code": f"{NUMBER}/Hồ sơ liên thông",
        "subject": f"1.004873/{NUMBER}",
        "accepted": NINE,
        "promulgated": date(2026, 11, 2),
        "application": "MCDT_DT",
        "verdict": "VALID",
        "packets": packets,
        **more,
    }
    return Ridden(**given)


def after(*documents: Ridden) -> tuple[Case | None, list[Fault]]:
    """The one case that these documents make, in their order, and the faults on the way."""
    programme, case, faults = Dossiers(), None, list[Fault]()
    for one in documents:
        for event in programme.read(one):
            if isinstance(event, Fault):
                faults.append(event)
                continue
            made = programme.apply(case, event)
            if isinstance(made, Fault):
                faults.append(made)
            else:
                case = made
    return case, faults


def events(*documents: Ridden) -> list[Event]:
    read = [event for one in documents for event in Dossiers().read(one)]
    return [event for event in read if isinstance(event, Event)]
