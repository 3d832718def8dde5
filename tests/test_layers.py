"""Who may import whom, as `hub/DESIGN.md` draws it; no cycles, none hidden inside a function, and a core without a
clock, chance, files or network."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CORE = ("hub.core",)
# fmt: off
LOGIC = (
    "hub.store", "hub.config", "hub.leases", "hub.notices", "hub.counters", "hub.scribe", "hub.log", "hub.acts",
    "hub.sequencer", "hub.admission", "hub.mailboxes", "hub.sight", "hub.exchange", "hub.looks", "hub.manifests",
    "hub.fsck", "hub.export", "hub.export_parts", "hub.reliance", "hub.retention", "hub.rotation", "hub.turns",
    "hub.batching", "hub.offload", "hub.heavy", "hub.examining", "hub.timekeeper", "hub.refusals",
)
IMPURE = {
    "os", "sys", "time", "asyncio", "socket", "ssl", "logging", "secrets", "subprocess", "pathlib", "tempfile",
    "shutil", "signal",
}
# fmt: on
LOWER = (*CORE, *LOGIC, "hub.store.blobs", "hub.metrics", "hub.runtime", "hub.version", "hub.failpoint", "hub.private")
TOOLS = ("hub.cli", "hub.demo", "hub.simulate", "hub.bench", "hub.torture")
KEYS = ("hub.pki", "hub.pki_files", "hub.pki_issue")

# A module of ours → what of ours it may import; the longest prefix counts. `hub.store` alone is the protocol.
MAY: dict[str, tuple[str, ...]] = {
    "hub.core": CORE,
    "hub.failpoint": (),
    "hub.store": CORE,
    "hub.store.blobs": (*CORE, "hub.failpoint"),
    "hub.store.sqlite": (*CORE, "hub.store", "hub.store.sqlite", "hub.failpoint"),
    "hub.config": CORE,
    "hub.metrics": (),
    "hub.runtime": CORE,
    "hub.version": (),
    "hub.private": (),
    **dict.fromkeys(LOGIC[2:], (*CORE, *LOGIC, "hub.store.blobs", "hub.failpoint")),
    **dict.fromkeys(KEYS, (*CORE, *KEYS)),
    "hub.tsa": (*CORE, *KEYS),
    "hub.courier": (*LOWER, "hub.courier"),
    "hub.api": (*LOWER, "hub.courier", "hub.api"),
    "hub.witness": (*CORE, *KEYS, "hub.config", "hub.witness", "hub.api.listener"),
    "hub.reference": (*LOWER, "hub.api"),
    "hub.front": (*LOWER, "hub.api", "hub.front"),
    "hub.appointments": (*LOWER, *KEYS, "hub.api.door"),
    "hub.front.process": (*LOWER, *KEYS, "hub.store.sqlite", "hub.api", "hub.front", "hub.appointments"),
    "hub.app": (
        *(*LOWER, *KEYS, "hub.tsa", "hub.store.sqlite", "hub.courier", "hub.api", "hub.front", "hub.appointments"),
    ),
    "hub.backup": (*LOWER, *KEYS, "hub.store.sqlite", "hub.courier", "hub.app", "hub.backup"),
    "hub.sandbox": (*LOWER, *KEYS, "hub.app", "hub.tsa", "hub.witness"),
    **dict.fromkeys(TOOLS, ("hub", "clients")),
    "hub": (),
    "clients": (*CORE, "clients"),
}
CORE_MAY_USE = {"lxml", "cryptography", "msgspec"}
CLOCKS = {"now", "utcnow", "today", "urandom", "perf_counter"}

PATHS = [path for top in ("hub", "clients") for path in sorted((ROOT / top).rglob("*.py"))]
MODULES = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in PATHS}
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in MODULES.items()}


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "absolute imports only"
            for alias in node.names:
                inside = f"{node.module}.{alias.name}"
                yield inside if inside in MODULES else str(node.module)


def ours(name: str) -> bool:
    return name.split(".")[0] in ("hub", "clients", "tests")


def within(name: str, prefixes: tuple[str, ...]) -> bool:
    """`hub.store` allows the protocol alone; every other prefix allows what is below it too."""
    return any(name == p or (p != "hub.store" and name.startswith(f"{p}.")) for p in prefixes)


def rule_of(name: str) -> tuple[str, ...]:
    return MAY[max((p for p in MAY if name == p or name.startswith(f"{p}.")), key=len)]


def test_a_module_imports_only_what_lies_below_it() -> None:
    found = {n: sorted(i for i in imported(t) if ours(i) and not within(i, rule_of(n))) for n, t in TREES.items()}
    wrong = {name: above for name, above in found.items() if above}
    assert not wrong, {name: f"may import {rule_of(name)}, not {above}" for name, above in wrong.items()}


def test_there_are_no_cycles() -> None:
    graph = {name: {i for i in imported(tree) if i in MODULES} for name, tree in TREES.items()}
    tuple(TopologicalSorter(graph).static_order())


def test_the_core_is_pure() -> None:
    for name, tree in TREES.items():
        if not within(name, CORE):
            continue
        used = {i.split(".")[0] for i in imported(tree) if not ours(i)}
        assert used <= (CORE_MAY_USE | sys.stdlib_module_names) - IMPURE, (name, used & IMPURE)
        calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
        assert not [c.attr for c in calls if isinstance(c, ast.Attribute) and c.attr in CLOCKS], name
        assert not [c.id for c in calls if isinstance(c, ast.Name) and c.id in {"open", "print", "input"}], name
        assert "random" not in used or name.startswith("hub.core.worlds"), "chance is for made-up worlds, with a seed"


def test_no_import_hides_inside_a_function() -> None:
    """The tools load what is heavy or optional when it is needed, and that is never a module of ours."""
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    hidden = [(n, i) for n, t in TREES.items() for f in ast.walk(t) if isinstance(f, functions) for i in imported(f)]
    assert not [(name, i) for name, i in hidden if ours(i) or not within(name, TOOLS)]
