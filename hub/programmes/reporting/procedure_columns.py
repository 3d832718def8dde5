"""The columns of a list of internal procedures, in both languages, and a few lines that show how it is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple


class Column(NamedTuple):
    """example: as a person would write it."""

    code: str
    vi: str
    en: str
    example: str
    needed: bool = False


def _side(side: str, vi: str, en: str, example: tuple[str, ...]) -> Iterator[Column]:
    steps, hours, people, other, cost, times = example
    yield Column(f"steps_{side}", f"Số bước {vi}", f"Steps {en}", steps)
    yield Column(f"hours_{side}", f"Số giờ một lần {vi}", f"Hours each time {en}", hours)
    yield Column(f"people_{side}", f"Số người {vi}; trống là 1", f"People {en}; empty is 1", people)
    yield Column(f"other_{side}", f"Chi phí khác một lần {vi}, đồng", f"Other costs each time {en}, đồng", other)
    yield Column(
        f"cost_{side}",
        f"Chi phí một lần {vi}, đồng; trống thì tính = giờ × người × đồng/giờ + chi phí khác",
        f"Cost each time {en}, đồng; empty is hours × people × wage + other costs",
        cost,
    )
    yield Column(f"times_{side}", f"Số lần một năm {vi}", f"Times a year {en}", times)


COLUMNS: Final = (
    Column("code", "Mã thủ tục, mỗi mã một dòng", "Code of the procedure, each once", "1.000001", needed=True),
    Column("name", "Tên thủ tục", "Name", "Cử cán bộ đi công tác", needed=True),
    Column("field", "Lĩnh vực", "Field", "Tổ chức cán bộ", needed=True),
    Column("class", "Nhóm: A giữa các cơ quan, B trong nội bộ", "A between agencies, B inside one", "B", needed=True),
    Column(
        "level",
        "Cấp: central (trung ương), provincial (tỉnh), district (huyện), commune (xã)",
        "Level: central, provincial, district, commune",
        "provincial",
        needed=True,
    ),
    Column("announced", "Đã công bố: yes (có), no (không); trống là no", "Announced: yes, no; empty is no", "yes"),
    Column("public", "Đã công khai: yes (có), no (không); trống là no", "Made public: yes, no; empty is no", "no"),
    Column(
        "decision",
        "Phương án: kept (giữ nguyên), simplified (đơn giản hóa), replaced (thay thế), abolished (bãi bỏ); "
        "trống là chưa rà soát",
        "Decision: kept, simplified, replaced, abolished; empty is not reviewed yet",
        "simplified",
        needed=True,
    ),
    Column("wage", "Chi phí nhân công một giờ, đồng", "Wage an hour, đồng", "45000"),
    *_side("before", "trước rà soát", "before", ("8", "16.5", "2", "20000", "", "120")),
    *_side("after", "sau rà soát", "after", ("5", "6", "2", "0", "", "120")),
)
NAMES: Final = tuple(column.code for column in COLUMNS)
NEEDED: Final = tuple(column.code for column in COLUMNS if column.needed)

EXAMPLE: Final = (
    dict(zip(NAMES, (column.example for column in COLUMNS), strict=True)),
    {
        "code": "1.000002",
        "name": "Lấy ý kiến thẩm định giữa các sở",
        "field": "Xây dựng văn bản",
        "class": "A",
        "level": "provincial",
        "announced": "yes",
        "public": "yes",
        "decision": "simplified",
        "cost_before": "1024000",
        "times_before": "3228",
        "cost_after": "231000",
    },
    {
        "code": "1.000003",
        "name": "Báo cáo tháng bằng giấy",
        "field": "Tổ chức cán bộ",
        "class": "B",
        "level": "commune",
        "announced": "yes",
        "decision": "abolished",
        "wage": "45000",
        "steps_before": "4",
        "hours_before": "3",
        "times_before": "12",
    },
)
"""Lines that show how a list is written. The second: 1,024,000 → 231,000 đồng, 3,228 times a year, 77.44 % saved."""
_WORDS: Final = frozenset({"code", "name", "field", "class", "level", "announced", "public", "decision"})


def example_rows() -> Iterable[list[str | int | float]]:
    """The example's cells in the order of the columns, numbers as numbers."""
    for line in EXAMPLE:
        yield [_cell(name, line.get(name, "")) for name in NAMES]


def _cell(name: str, text: str) -> str | int | float:
    if name in _WORDS or not text:
        return text
    return int(text) if text.isdecimal() else float(text)


def explained(lang: str) -> Iterable[list[str | int | float]]:
    """What stands in each column, for people: the template's second sheet."""
    yes = "bắt buộc" if lang == "vi" else "needed"
    for one in COLUMNS:
        yield [one.code, one.vi if lang == "vi" else one.en, yes if one.needed else "", one.example]
