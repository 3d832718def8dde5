"""Every pattern of the product on hostile text, held to a budget that grows with the text and no faster.

    python -m tests.support.patterns                prints each pattern, and ends at the first that is slow
    python -m tests.support.patterns PATTERN …      the same for these

Where patterns come from: the values of all modules, and every call of `re` and every `pattern=` in their source. A call
whose pattern is made inside a function of things that only the function knows cannot be held to anything: it is told as
unaccountable.

What they get: a pattern's own tree says where it repeats. For each repetition the text up to it, then as many as fit of
what it repeats (of several kinds: blanks, letters, digits, the pattern's own signs), then something that fits nowhere;
also the beginning again and again, the whole again and again, and runs of blanks and signs alone.

What they may take: processor time of this process, in units of a search that is known to be linear and runs here, in
this process, on as much text. A pattern that goes through its text a few dozen times passes; one that goes through the
rest of it at each place is above its budget by a factor of a hundred at 256 KB, so neither a slow nor a busy machine
decides. The timer counts processor time as well and ends a search that has used three times its budget.
"""

from __future__ import annotations

import ast
import importlib
import math
import re
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[2]
SIZES: Final = (16 * 1024, 256 * 1024)
"""The first finds most that are slow, without waiting for them, and tells which texts are the worst."""
WORST: Final = 12
"""So many texts, the slowest at the first size, are tried at the last."""
TIMES: Final = 20
"""How often the reference may be paid for the same text. What is quadratic pays hundreds of times at the last size."""
SECONDS: Final = 600
"""Of the processor, for all: the end of this process where a search does not even hear the timer."""
_CALLS: Final = {"compile", "match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
_NOWHERE: Final = "\x00\x01"
_COMMON: Final = " a0\n\t-<>:\"'A_\u0301ậ"
_WHOLE: Final = {"match", "fullmatch"}
_PREFIXES: Final = 6
BOUNDED: Final[dict[str, tuple[int, str]]] = {}
"""Patterns, as they are written, that only ever get text of so many characters, and what sees to it. There is none: a
linear pattern is better."""


class Found(NamedTuple):
    """A pattern, and where it stands. `at_start`: its module holds it against the beginning of a text only."""

    place: str
    pattern: re.Pattern[Any]
    at_start: bool


class Hostile(NamedTuple):
    """`head`, then `body` as often as fits, then `tail`."""

    head: str
    body: str
    tail: str

    def text(self, size: int) -> str:
        return self.head + self.body * max(1, (size - len(self.head)) // len(self.body)) + self.tail


# where they are


def sources() -> dict[str, Path]:
    paths = [path for top in ("hub", "clients") for path in sorted((ROOT / top).rglob("*.py"))]
    return {".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): p for p in paths}


def collect() -> tuple[list[Found], list[str]]:
    """Each pattern once, and the calls that cannot be accounted for."""
    found: dict[tuple[Any, int], Found] = {}
    lost: list[str] = []

    def add(place: str, pattern: re.Pattern[Any], *, at_start: bool) -> None:
        before = found.get(key := (pattern.pattern, pattern.flags))
        found[key] = Found(place, pattern, at_start and (before is None or before.at_start))

    for name, path in sources().items():
        module = vars(importlib.import_module(name))
        tree = ast.parse(path.read_text("utf-8"))
        anchored = _held_at_the_start(tree)
        for variable, value in list(module.items()):
            for pattern in _values(value):
                add(name, pattern, at_start=variable in anchored)
        for node, function in _written(tree):
            place = f"{name}:{function or node.lineno}"
            made = [re.compile(text) for text in TABLES[place](module)] if place in TABLES else _made(node, module)
            for pattern in made:
                if (pattern.pattern, pattern.flags) not in found:
                    add(place, pattern, at_start=_name_of(node) in _WHOLE)
            if not made and (function or not any(f.place == name for f in found.values())):
                lost.append(place)
    return list(found.values()), lost


def _held_at_the_start(tree: ast.AST) -> set[str]:
    """Names that are used for nothing but `match` and `fullmatch`."""
    every = [n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
    held = [
        n.value.id
        for n in ast.walk(tree)
        if isinstance(n, ast.Attribute) and n.attr in _WHOLE and isinstance(n.value, ast.Name)
    ]
    return {name for name in held if every.count(name) == held.count(name)}


def _values(thing: object, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(thing, re.Pattern):
        yield thing
    elif isinstance(thing, dict) and depth < 4:
        for value in list(thing.values()):
            yield from _values(value, depth + 1)
    elif isinstance(thing, tuple | list | set | frozenset) and depth < 4:
        for value in thing:
            yield from _values(value, depth + 1)
    elif isinstance(thing, type) and depth < 2:
        yield from _values(dict(vars(thing)), depth + 1)


def _written(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Calls that name a pattern, with the function that they stand in, if any."""
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    inside = {id(n): function.name for function in functions for n in ast.walk(function)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _pattern_of(node) is not None:
            yield node, inside.get(id(node), "")


def _name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _pattern_of(call: ast.Call) -> ast.expr | None:
    module = call.func.value if isinstance(call.func, ast.Attribute) else None
    if _name_of(call) in _CALLS and isinstance(module, ast.Name) and module.id == "re":
        return call.args[0]
    if _name_of(call) == "Meta":
        return next((k.value for k in call.keywords if k.arg == "pattern"), None)
    return None


def _made(call: ast.Call, names: dict[str, Any]) -> list[re.Pattern[Any]]:
    """What the call makes, as far as the names of its module tell."""
    written = _pattern_of(call)
    assert written is not None
    wanted: ast.expr = call if _name_of(call) == "compile" else written
    try:
        value = eval(compile(ast.Expression(wanted), "<pattern>", "eval"), dict(names))
    except NameError:
        return []
    return [value if isinstance(value, re.Pattern) else re.compile(value)]


def _texts(form: Any) -> Iterator[str]:
    if isinstance(form, str):
        yield form
    elif isinstance(form, dict):
        for inner in form.values():
            yield from _texts(inner)
    elif isinstance(form, list | tuple):
        for inner in form:
            yield from _texts(inner)


TABLES: Final[dict[str, Callable[[dict[str, Any]], Iterator[str]]]] = {
    "clients.verify_receipt:fits": lambda module: _texts(module["EVIDENCE"]),
}
"""Functions that take their patterns from a table, and the table."""


# what they get


def attacks(pattern: re.Pattern[Any]) -> list[Hostile]:
    """Texts that a careless pattern of this form goes through again and again."""
    written, flags = pattern.pattern, pattern.flags
    if isinstance(written, bytes):
        written, flags = written.decode("latin-1"), flags & ~re.LOCALE
    tree = parser.parse(written, flags)
    signs = "".join(dict.fromkeys(_COMMON + "".join(_literals(tree))))
    made: dict[Hostile, None] = {}
    for head, body in _repetitions(tree, "", signs):
        made[Hostile(head, body, _NOWHERE)] = made[Hostile("", head + body * 70, _NOWHERE)] = None
    whole = _sample(tree, signs)
    if made:
        for sign in " \n-a0":
            made[Hostile("", sign, _NOWHERE)] = None
        for at in range(1, len(whole), 1 + len(whole) // _PREFIXES):
            made[Hostile("", whole[:at], _NOWHERE)] = None
    for text in (whole, whole[:-1], whole[1:], whole + " "):
        made[Hostile("", text or " ", _NOWHERE)] = None
    return list(made)


def fitting(pattern: str) -> str:
    """A text that it takes."""
    made = _sample(parser.parse(pattern), _COMMON)
    assert re.search(pattern, made), (pattern, made)
    return made


def _literals(items: Iterable[Any]) -> Iterator[str]:
    for item in _walk(items):
        if item[0] in (codes.LITERAL, codes.NOT_LITERAL):
            yield chr(item[1])
        elif item[0] is codes.IN:
            for kind, value in item[1]:
                if kind is codes.LITERAL:
                    yield chr(value)
                elif kind is codes.RANGE:
                    yield chr(value[0])


def _walk(items: Iterable[Any]) -> Iterator[Any]:
    for item in items:
        yield item
        for part in _parts(item):
            yield from _walk(part)


def _parts(item: Any) -> list[Any]:
    kind, value = item
    if kind in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
        return [value[2]]
    if kind is codes.SUBPATTERN:
        return [value[3]]
    if kind is codes.BRANCH:
        return list(value[1])
    if kind in (codes.ASSERT, codes.ASSERT_NOT):
        return [value[1]]
    return [value] if kind is codes.ATOMIC_GROUP else []


def _repetitions(items: Sequence[Any], before: str, signs: str) -> Iterator[tuple[str, str]]:
    """For each repetition that may be long: a text that leads to it, and things that it repeats."""
    for item in items:
        kind, value = item
        if kind in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT) and value[1] > 8:
            for body in _bodies(value[2], signs):
                yield before, body
        for part in _parts(item):
            yield from _repetitions(part, before, signs)
        before += _sample([item], signs)


def _bodies(items: Sequence[Any], signs: str) -> list[str]:
    if len(items) == 1 and items[0][0] in (codes.IN, codes.ANY, codes.NOT_LITERAL, codes.CATEGORY):
        return [sign for sign in signs if _fits(items[0], sign)][:3] or ["x"]
    return [_sample(items, signs) or "x"]


def _sample(items: Iterable[Any], signs: str) -> str:
    return "".join(_one(item, signs) for item in items)


def _one(item: Any, signs: str) -> str:
    kind, value = item
    if kind is codes.LITERAL:
        return chr(int(value))
    if kind in (codes.IN, codes.ANY, codes.NOT_LITERAL, codes.CATEGORY):
        every = (chr(point) for point in range(0x20, 0x3000))
        return next((sign for sign in (*signs[1:], *every) if _fits(item, sign)), "x")
    if kind in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
        return _sample(value[2], signs) * max(1, int(value[0]))
    if kind is codes.SUBPATTERN:
        return _sample(value[3], signs)
    if kind is codes.BRANCH:
        return _sample(value[1][0], signs)
    return _sample(value, signs) if kind is codes.ATOMIC_GROUP else ""


def _fits(item: Any, sign: str) -> bool:
    kind, value = item
    if kind is codes.ANY:
        return sign != "\n"
    if kind is codes.NOT_LITERAL:
        return sign != chr(value)
    if kind is codes.CATEGORY:
        return _of(value, sign)
    negated = value[0][0] is codes.NEGATE
    return negated != any(_in(k, v, sign) for k, v in value if k is not codes.NEGATE)


def _in(kind: Any, value: Any, sign: str) -> bool:
    if kind is codes.LITERAL:
        return bool(ord(sign) == value)
    if kind is codes.RANGE:
        return bool(value[0] <= ord(sign) <= value[1])
    return _of(value, sign)


def _of(category: Any, sign: str) -> bool:
    word = sign.isalnum() or sign == "_"
    kinds = {
        codes.CATEGORY_SPACE: sign.isspace(),
        codes.CATEGORY_DIGIT: sign.isdecimal(),
        codes.CATEGORY_WORD: word,
        codes.CATEGORY_NOT_SPACE: not sign.isspace(),
        codes.CATEGORY_NOT_DIGIT: not sign.isdecimal(),
        codes.CATEGORY_NOT_WORD: not word,
    }
    return kinds[category]


# where they end


def ends_early(pattern: re.Pattern[Any]) -> bool:
    """Whether it takes a `$` for the end of a text: `re` lets one line end stand behind that, so what goes on would be
    no longer what was checked. `\\Z` is the end; `$(?!\\n)` is, where the pattern is published and has to be ECMA's."""
    written = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    return not pattern.flags & re.MULTILINE and _unguarded(parser.parse(written, pattern.flags & ~re.LOCALE))


def _unguarded(items: Iterable[Any]) -> bool:
    told = list(items)
    for item, after in zip(told, [*told[1:], None], strict=True):
        if item == (codes.AT, codes.AT_END) and not (after and _is_guard(after)):
            return True
    return any(_unguarded(part) for item in told for part in _parts(item))


def _is_guard(item: Any) -> bool:
    kind, value = item
    return kind is codes.ASSERT_NOT and value[0] == 1 and list(value[1]) == [(codes.LITERAL, 10)]


# what they may take


class TooSlow(Exception):
    pass


def _ring(*_: object) -> None:
    raise TooSlow


def use(pattern: re.Pattern[Any], text: Any, *, at_start: bool = False) -> None:
    """All that a search can be made to do: as a whole, at the beginning, and unless `at_start` from each place."""
    pattern.fullmatch(text)
    if at_start:
        pattern.match(text)
    else:
        for _ in pattern.finditer(text):
            pass


def reference(size: int) -> float:
    """Seconds of the processor for a search that is linear: one match at each place."""
    one, text = re.compile("[a-z]"), "a" * size
    times = []
    for _ in range(3):
        began = time.process_time()
        use(one, text)
        times.append(time.process_time() - began)
    return max(sorted(times)[1], size * 20e-9)


def spent(found: Found, text: Any, most: float) -> float:
    """Seconds of the processor, at most three times `most`: then TooSlow."""
    signal.setitimer(signal.ITIMER_PROF, 3 * most + 0.02)
    began = time.process_time()
    try:
        use(found.pattern, text, at_start=found.at_start)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return time.process_time() - began


def slow(found: Found, most_characters: int | None = None) -> str:
    """What it is slow on; empty where it is not."""
    every = attacks(found.pattern)
    for size in SIZES if most_characters is None else (most_characters,):
        budget = TIMES * UNITS.setdefault(size, reference(size))
        took: dict[Hostile, float] = {}
        for attack in every:
            made = attack.text(size)
            text: Any = made.encode("utf-8", "replace") if isinstance(found.pattern.pattern, bytes) else made
            took[attack] = min(_attempts(found, text, budget))
            if took[attack] > budget:
                return f"{attack} × {size}: more than {TIMES} times what a linear search takes"
        every = sorted(every, key=lambda attack: -took[attack])[:WORST]
    return ""


def _attempts(found: Found, text: Any, budget: float) -> Iterator[float]:
    """Its times, until one is within the budget or far beyond it."""
    for _ in range(3):
        try:
            took = spent(found, text, budget)
        except TooSlow:
            yield math.inf  # no noise is three times that
            return
        yield took
        if took <= budget:
            return


UNITS: Final[dict[int, float]] = {}


def main() -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    signal.signal(signal.SIGPROF, _ring)
    given = [Found("given", re.compile(text), at_start=False) for text in sys.argv[1:]]
    patterns, lost = (given, []) if given else collect()
    for place in lost:
        print(f"{place}: a pattern that is made inside a function: nobody can hold it to anything", flush=True)
    for found in patterns:
        print(f"{found.place}: {found.pattern.pattern!r}", flush=True)
        bound = BOUNDED.get(str(found.pattern.pattern))
        if why := slow(found, bound[0] if bound else None):
            print(f"SLOW {why}", flush=True)
            return 1
        if ends_early(found.pattern):
            print("OPEN: a line end may stand behind its `$`: `\\Z`, or `$(?!\\n)` where it is published", flush=True)
            return 1
    print(f"{len(patterns)} patterns", flush=True)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
