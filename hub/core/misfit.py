"""A record that its type refuses, in words: where, the value that may stand there, and the one that does.

In        the type, and the error of msgspec that read it; its own sentences are English, so none of them goes out.
Out       short English phrases, each with its Vietnamese in `hub.core.phrases`: the values of a word are all named, a
          day is shown by an example.
May use   nothing.
A crash   here would turn a refusal into a 500, so nothing in here raises: a place that cannot be found again is told
          without its type.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import inspect

_AT: Final = " - at `"
_MISSING: Final = "Object missing required field `"
_UNKNOWN: Final = "Object contains unknown field `"
_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_GOT: Final = re.compile(r", got `([^`]*)`")
_NAMED: Final = re.compile(r"Invalid (?:enum )?value (.*)")
_BYTE: Final = re.compile(r"\(byte (\d+)\)")
_LONGEST: Final = 200
_DEEPEST: Final = 64
"""Steps of a place that are looked up; none of our records is so deep."""
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")

DAY: Final = "a day as 2025-06-30"
TIME: Final = "a time as 2026-11-22T08:00:00Z, or a day as 2026-11-22"
JSON: Final = "JSON in UTF-8"
_ANY: Final = "a value as in the schema"
_OTHER: Final = "another value"
_FOUND: Final = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number with a fraction",
    "bool": "true or false",
    "null": "null",
    "array": "a list",
    "object": "an object",
}
"""msgspec's names of JSON's kinds of values."""


class Unfit(ValueError):
    """A refusal in a phrase of `hub.core.phrases`, or in a word that stands in the text itself."""


class Misfit(NamedTuple):
    """`place`: of the value, as `items[2].sha256`; empty for the whole. `holder`: place of the object that lacks the
    member `missing`."""

    place: str
    expected: str
    found: str
    holder: str = ""
    missing: str = ""

    @property
    def told(self) -> str:
        """Place and right value as one phrase."""
        return f"`{self.place}`: {self.expected}" if self.place else self.expected


def misfit(kind: Any, error: Exception, given: Mapping[str, str] | None = None) -> Misfit:
    """`given`: the texts that stand under the record's members, where they are at hand, to be quoted."""
    if not isinstance(error, msgspec.ValidationError):
        return Misfit("", JSON, unreadable(error))
    told, _, where = str(error).rpartition(_AT)
    told, where = (told, where.removesuffix("`").rpartition("` in `")[2]) if told else (str(error), "$")
    place = where.removeprefix("$").removeprefix(".")
    if told.startswith(_MISSING):
        name = told.removeprefix(_MISSING).removesuffix("`")
        at = f"{place}.{name}".removeprefix(".")
        return Misfit(at, _wanted(kind, f"{where}.{name}"), "nothing", place, name)
    if told.startswith(_UNKNOWN):
        name = told.removeprefix(_UNKNOWN).removesuffix("`")
        return Misfit(place, _wanted(kind, where), _cut(name))
    if isinstance(error.__cause__, msgspec.ValidationError):  # of a type within a rule of ours: English of msgspec
        return Misfit(place, _ANY, _OTHER)
    if error.__cause__ is not None:  # a rule of ours over several members: its words are a phrase
        return Misfit(place, told, _OTHER)
    value = (given or {}).get(place)
    return Misfit(place, _wanted(kind, where), _cut(value) if value is not None else _found(told))


def words_of(kind: type) -> Mapping[str, tuple[str, ...]]:
    """The members of a record that are one of some words, with the words, though its type takes any text: a reader of
    answers lets a later word pass, a call must name one that there is."""
    return _words_of(kind)


def one_of(values: Iterable[Any]) -> str:
    return f"one of {', '.join(f'`{value}`' for value in values)}"


@lru_cache(maxsize=512)
def _words_of(kind: type) -> Mapping[str, tuple[str, ...]]:
    described = inspect.type_info(kind)
    fields = described.fields if isinstance(described, inspect.StructType) else ()
    return {field.encode_name: words for field in fields if (words := _words(field.type))}


def _words(kind: inspect.Type) -> tuple[str, ...]:
    listed = (kind.extra_json_schema or {}).get("enum", ()) if isinstance(kind, inspect.Metadata) else ()
    return tuple(listed) if all(isinstance(word, str) for word in listed) else ()


def unreadable(error: Exception) -> str:
    """What stands there in place of JSON, by the error of msgspec or of Python that read it, as a phrase."""
    if isinstance(error, RecursionError):
        return "too many levels"
    if isinstance(error, UnicodeError):
        return "another encoding"
    if isinstance(error, Unfit):
        return str(error)
    if isinstance(error, json.JSONDecodeError):
        early = error.pos >= len(error.doc.rstrip())
        return "an end that is too early" if early else f"another sign at byte {len(error.doc[: error.pos].encode())}"
    if isinstance(error, msgspec.DecodeError):
        at = _BYTE.search(str(error))
        return f"another sign at byte {at[1]}" if at is not None else "an end that is too early"
    return "a number of too many digits"  # Python's bound, the one other ValueError of its reader


@lru_cache(maxsize=1_024)
def _type_at(kind: Any, steps: tuple[tuple[str, str], ...]) -> inspect.Type | None:
    here: inspect.Type | None = inspect.type_info(kind)
    for name, index in steps:
        here = _inner(here, name, index) if here is not None else None
    return here


def _wanted(kind: Any, where: str) -> str:
    if where.count(".") + where.count("[") > _DEEPEST or len(where) > 4 * _LONGEST:
        return _ANY
    steps = tuple((name, index if index == "..." or not index else "0") for name, index in _STEP.findall(where))
    found = _type_at(kind, steps)
    return allowed(found) if found is not None else _ANY


def _inner(kind: inspect.Type, name: str, index: str) -> inspect.Type | None:
    match kind:
        case inspect.Metadata(type=plain):
            return _inner(plain, name, index)
        case inspect.UnionType(types=types):
            inner = (_inner(one, name, index) for one in types)
            return next((one for one in inner if one is not None), None)
        case inspect.StructType(fields=fields) if name:
            return next((field.type for field in fields if field.encode_name == name), None)
        case inspect.DictType(value_type=value) if index:
            return value
        case inspect.TupleType(item_types=items) if index and items:
            return items[0]
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item) if index:
            return item
        case inspect.SetType(item_type=item) | inspect.FrozenSetType(item_type=item) if index:
            return item
    return None


def allowed(kind: inspect.Type) -> str:
    """The values of the type, as an English phrase of `hub.core.phrases`."""
    if words := _words(kind):
        return one_of(words)
    match kind:
        case inspect.Metadata(type=plain, extra_json_schema=more):
            examples = (more or {}).get("examples")
            return f"text as {examples[0]}" if examples else allowed(plain)
        case inspect.UnionType(types=types):
            listed = [allowed(one) for one in types if not isinstance(one, inspect.NoneType)]
            return listed[0] if len(listed) == 1 else _ANY
        case inspect.LiteralType(values=values):
            return one_of(values)
        case inspect.EnumType(cls=enum):
            return one_of(member.value for member in enum)
    return _bounded(kind) or _PLAIN.get(type(kind), _ANY)


def _bounded(kind: inspect.Type) -> str:
    """A value of JSON's own kinds, where the type says more of it."""
    match kind:
        case inspect.IntType(ge=least, le=most):
            return _number("a whole number", least, most)
        case inspect.FloatType(ge=least, le=most):
            return _number("a number", least, most)
        case inspect.StrType(pattern=str(pattern)):
            return f"text of the form {pattern}"
        case inspect.StrType(max_length=int(most)):
            return f"text of at most {most} characters"
        case inspect.ListType(max_length=int(most)) | inspect.VarTupleType(max_length=int(most)):
            return f"a list of at most {most} values"
        case inspect.DictType(min_length=int(least), max_length=int(most)):
            return f"an object of {least} to {most} members"
        case inspect.StructType(fields=fields) if fields:
            return f"an object with {', '.join(f'`{field.encode_name}`' for field in fields)}"
    return ""


_PLAIN: Final[dict[type[inspect.Type], str]] = {
    inspect.StrType: "a text",
    inspect.BoolType: "true or false",
    inspect.NoneType: "null",
    inspect.DateType: DAY,
    inspect.DateTimeType: "a time as 2026-11-22T08:00:00Z",
    inspect.BytesType: "bytes in base64",
    inspect.ListType: "a list",
    inspect.VarTupleType: "a list",
    inspect.TupleType: "a list",
    inspect.DictType: "an object",
    inspect.StructType: "an object",
}


def _number(what: str, least: float | None, most: float | None) -> str:
    if least is not None and most is not None:
        return f"{what} from {least} to {most}"
    if least is not None:
        return f"{what} of at least {least}"
    return f"{what} of at most {most}" if most is not None else what


def _found(told: str) -> str:
    """The kind of value that stands there, or the word itself where the error names it."""
    if (named := _NAMED.match(told)) is not None:
        return _cut(named[1].removeprefix("'").removesuffix("'"))
    got = _GOT.search(told)
    return _FOUND.get(got[1], got[1]) if got is not None else _OTHER


def _cut(text: str) -> str:
    shown = _CONTROL.sub(" ", text.encode("utf-8", "replace").decode())
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"
