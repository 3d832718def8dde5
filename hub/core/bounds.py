"""The values that a type allows, in words of both languages, and the faults of a record that it refuses: for settings,
whose types carry their bounds (`msgspec.Meta`), so that one description makes the check, the message and the
reference."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import ValidationError
from msgspec.inspect import (
    BoolType,
    EnumType,
    FloatType,
    IntType,
    LiteralType,
    Metadata,
    StrType,
    StructType,
    TupleType,
    Type,
    VarTupleType,
    type_info,
)

from hub.core.errors import Text

_PLACE: Final = " - at `$"
_UNKNOWN: Final = "unknown field `"
_STEP: Final = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")
_MOST_TOLD: Final = 80


def allowed(kind: Type) -> Text:
    """The values that may stand there."""
    match kind:
        case Metadata(type=plain):
            return allowed(plain)
        case IntType(ge=least, le=most):
            return Text(f"số nguyên từ {_figure(least)} đến {_figure(most)}", f"a whole number {_range(least, most)}")
        case FloatType(ge=least, le=most):
            return Text(f"số từ {_figure(least)} đến {_figure(most)}", f"a number {_range(least, most)}")
        case BoolType():
            return Text("true hoặc false", "true or false")
        case LiteralType(values=values):
            return _one_of(values)
        case EnumType(cls=enum):
            return _one_of([member.value for member in enum])
        case StrType(pattern=str(pattern)):
            return Text(f"chuỗi theo mẫu {pattern}", f"text of the form {pattern}")
        case StrType(max_length=most):
            return Text(f"chuỗi tối đa {most} ký tự", f"text of at most {most} characters")
        case TupleType(item_types=items):
            each = allowed(items[0])
            return Text(f"{len(items)} giá trị, mỗi giá trị là {each.vi}", f"{len(items)} values, each {each.en}")
        case VarTupleType(item_type=item):
            each = allowed(item)
            return Text(f"danh sách, mỗi mục là {each.vi}", f"a list, each {each.en}")
        case StructType(fields=fields):
            names = ", ".join(field.encode_name for field in fields)
            return Text(f"bảng gồm {names}", f"a table of {names}")
    raise LookupError(type(kind).__name__)


def explained(record: Any, kind: type, error: ValidationError) -> Text:
    """The error of converting `record` to `kind`: the member by name, the expected value, the found one."""
    told = str(error)
    _, _, place = told.partition(_PLACE)
    steps = _STEP.findall(place.removesuffix("`"))
    here, value, at = type_info(kind), record, ""
    for name, index in steps:
        here, value = _inner(here, name, index), _taken(value, name, index)
        at += f".{name}" if name else f"[{index}]"
    unknown, closed, _ = told.partition(_UNKNOWN)[2].partition("`")
    if closed:
        at, want, found = f"{at}.{unknown}", allowed(here), unknown
    else:
        want, found = allowed(here), _shown(value)
    return said(at.removeprefix("."), want, found)


def said(at: str, want: Text, found: str) -> Text:
    return Text(f"{at}: cần {want.vi}; nhận được {found}", f"{at}: expected {want.en}; found {found}")


def _inner(kind: Type, name: str, index: str) -> Type:
    match kind:
        case StructType(fields=fields):
            return next(field.type for field in fields if field.encode_name == name)
        case TupleType(item_types=items):
            return items[int(index) if index.isdigit() else 0]
        case VarTupleType(item_type=item):
            return item
    raise LookupError(type(kind).__name__)


def _taken(value: Any, name: str, index: str) -> Any:
    if name and isinstance(value, Mapping):
        return value.get(name, "…")
    if index.isdigit() and isinstance(value, Sequence) and int(index) < len(value):
        return value[int(index)]
    return value


def _shown(value: Any) -> str:
    text = str(value) if isinstance(value, str | int | float) else f"{type(value).__name__} {value!r}"
    return text[:_MOST_TOLD] or '""'


def _range(least: float | None, most: float | None) -> str:
    return f"from {_figure(least)} to {_figure(most)}"


def _figure(bound: float | None) -> str:
    assert bound is not None, "every number has both bounds"
    return f"{bound:,}" if isinstance(bound, int) else f"{bound:,g}"


def _one_of(values: Sequence[Any]) -> Text:
    listed = ", ".join(f'"{value}"' for value in values)
    return Text(f"một trong {listed}", f"one of {listed}")
