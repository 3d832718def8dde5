"""What befalls the files beside the record: the hub starts, takes documents and says what is wrong; what can be made
again is, by itself, and the same. One row for each fault."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from hub.core import wire, wire_programmes
from hub.core import wire_dossiers as records
from hub.store.sqlite.derived import DerivedFile
from tests.exchange.test_bringing import NUMBER, body, dossier
from tests.support.axis import SON_LA, VPCP
from tests.support.web import Web, a_web

FILES = ("programmes.sqlite", "signatures.sqlite")
SERVICES = "/v1/programmes/dossiers/services"


def remove(path: Path) -> None:
    for name in ("", "-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 + 100)


def garbage(path: Path) -> None:
    remove(path)
    path.write_bytes(b"no database" * 5_000)


def garbled(path: Path) -> None:
    """Whole pages in the middle, behind a sound head."""
    data = bytearray(path.read_bytes())
    data[4096:-4096] = b"\xa5" * len(data[4096:-4096])
    path.write_bytes(bytes(data))


def later(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version=99")
    db.close()


def folder(path: Path) -> None:
    remove(path)
    path.mkdir()


class Row(NamedTuple):
    harm: Callable[[Path], None]
    lasts: bool = False
    """Whether it cannot be made again until somebody does something."""


TABLE = {
    "missing": Row(remove),
    "truncated": Row(truncate),
    "garbage": Row(garbage),
    "garbled": Row(garbled),
    "of a later version": Row(later),
    "cannot be opened": Row(folder, lasts=True),
}


BRIEFLY: Final = 0.3
"""Seconds for an answer that will not come; one that comes may take as long as a busy machine needs."""


async def told(web: Web, data: bytes, status: int = 200) -> records.ServiceAnswer | None:
    answer = await web.call("POST", SERVICES, SON_LA, data=data, headers={"Content-Type": "application/json"})
    assert answer.status == status, answer.body
    return answer.record(records.ServiceAnswer) if status == 200 else None


async def found(web: Web) -> list[wire_programmes.BoardLine]:
    answer = await web.get("/v1/programmes/dossiers/board?role=receiving", SON_LA)
    return list(answer.record(wire_programmes.Board).lines)


async def ready(web: Web) -> wire.Health:
    return (await web.get("/readyz")).record(wire.Health)


@pytest.mark.parametrize("fault", TABLE)
async def test_no_file_beside_the_record_takes_acceptance_down(
    tmp_path: Path, keys: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Break it: do not make a damaged file again, or let the start depend on it."""
    data, harm = tmp_path / "hub", TABLE[fault]
    async with a_web(data, keys) as web:
        assert await told(web, body([dossier()])) is not None
        before = await found(web)
        assert before[0].total == 1
    for name in FILES:
        harm.harm(data / name)
    async with a_web(data, keys) as web:
        await web.send(VPCP, SON_LA)
        if harm.lasts:
            with monkeypatch.context() as brief:
                brief.setattr("hub.bringing._PATIENCE", BRIEFLY)
                await told(web, body([dossier(TrangThaiHoSo=4)]), 503)
            assert "programmes" in (await ready(web)).derived
            assert b'truc_derived_lost{file="programmes"} 1.0' in (await web.get("/metrics")).body
            assert (await web.get("/v1/programmes/dossiers/board", SON_LA)).status == 503
            for name in FILES:
                (data / name).rmdir()
        while (await ready(web)).derived or await found(web) != before:
            assert (await web.get("/v1/programmes/dossiers/board", SON_LA)).status == 200
        answer = await told(web, body([dossier(TrangThaiHoSo=9)]))
        assert answer is not None
        assert [row.error_code for row in answer.data] == ["0"]
        case = await web.get(f"/v1/programmes/dossiers/cases/{NUMBER}", SON_LA)
        assert case.record(wire_programmes.CaseLife).case.state == "solved"


@pytest.mark.parametrize("pragma", ["max_page_count=1", "query_only=ON"], ids=["disk full", "read-only"])
async def test_what_cannot_be_written_is_told_and_caught_up_later(
    tmp_path: Path, keys: Path, pragma: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Break it: answer "recorded" from a fold that was not written."""
    async with a_web(tmp_path / "hub", keys) as web:
        assert await told(web, body([dossier()])) is not None
        store = web.store.programmes
        assert isinstance(store, DerivedFile)

        async def setting(text: str) -> None:
            await store._written(lambda db: db.execute(f"PRAGMA {text}").fetchall())

        await setting(pragma)
        sent = await web.send(VPCP, SON_LA)
        assert sent.receipt
        many = body([dossier(MaHoSo=f"H52.13-261102-{n:04}", TrangThaiHoSo=9) for n in range(200)])
        with monkeypatch.context() as brief:
            brief.setattr("hub.bringing._PATIENCE", BRIEFLY)
            await told(web, many, 503)
        assert "programmes" in (await ready(web)).derived
        await setting("max_page_count=1000000" if "page" in pragma else "query_only=OFF")
        while (await ready(web)).derived:
            await web.get("/v1/programmes/dossiers/board", SON_LA)
        answer = await told(web, many)
        assert answer is not None
        assert {row.error_code for row in answer.data} == {"0"}
