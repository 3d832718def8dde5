"""Drafts of reports: one of each key, a person's last word, kept with the store."""

from __future__ import annotations

import msgspec

from hub.core.model import Millis
from hub.store import Store
from hub.store.drafts import DraftKey, ReportDraft

KEY = DraftKey("H52", "II.06a", "", "2026-Q1", "G22")
ROW = ReportDraft(key=KEY, state="NHAP", revision=1, at=Millis(7), by="lan", note="thiếu cột 13", body=b"{}")


async def test_a_draft_is_kept_replaced_and_dropped(store: Store) -> None:
    assert await store.report_draft(KEY) is None
    await store.write(lambda tx: tx.put_report_draft(ROW))
    assert await store.report_draft(KEY) == ROW
    after = msgspec.structs.replace(ROW, state="CHO_DUYET_DON_VI", revision=2, body=b'{"a":1}')
    await store.write(lambda tx: tx.put_report_draft(after))
    assert await store.report_draft(KEY) == after
    assert await store.write(lambda tx: tx.report_draft(KEY)) == after
    await store.write(lambda tx: tx.drop_report_draft(KEY))
    assert await store.report_draft(KEY) is None


async def test_drafts_of_an_agency_are_its_own_in_order_without_bodies(store: Store) -> None:
    keys = [msgspec.structs.replace(KEY, period=period) for period in ("2026-Q2", "2026-Q1")]
    keys += [msgspec.structs.replace(KEY, owner="G01"), msgspec.structs.replace(KEY, agency="H20")]
    for key in keys:
        await store.write(lambda tx, key=key: tx.put_report_draft(msgspec.structs.replace(ROW, key=key)))
    found = await store.report_drafts("H52")
    assert [(row.key.owner, row.key.period, row.body) for row in found] == [
        ("", "2026-Q1", b""),
        ("", "2026-Q2", b""),
        ("G01", "2026-Q1", b""),
    ]
    assert await store.write(lambda tx: tx.report_drafts("H52")) == found
