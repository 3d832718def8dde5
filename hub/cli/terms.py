"""States, kinds, verdicts and events in the language of the command: one table for all that people read."""

from __future__ import annotations

from hub.core.terms import PRIORITIES, compared, pick, term

__all__ = ["PRIORITIES", "compared", "looks_unproved", "pick", "term"]


def looks_unproved(count: int) -> tuple[str, str]:
    """Of an audit or check that counted so many, in Vietnamese and English."""
    return (
        f"! {count} lượt xem bằng tài khoản: nhật ký không đủ để chứng minh (không phải lỗi)",
        f"! {count} looks by an account: not provable from the record (no fault)",
    )
