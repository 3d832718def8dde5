"""The law of the house, as `hub/DESIGN.md` draws it: who may import whom.

Read aloud: the core stands on nothing of ours; then, each on those before it, base, store, record, delivery, admission,
access, accounts, exchange, bringing, auditing, finding, following, evidence export, webhooks, upkeep, http, routes,
pki, appointments, console, fronts and the app. The witness, the signing agent, the operators' tools, the laboratory and
the command line come last. Clients see the core only. No module imports a later room, no modules stand in a circle, no
import hides inside a function, and the core has no clock, chance, files or network.
import hides inside a function, and the core has no clock, chance, files or network.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

HOUSE = (
    "hub.core",  # what messages, signatures, the log and evidence are: pure
    "hub.base",  # settings, metrics, the event loop
    "hub.programmes",  # what rides on the axis: reports, tasks, dossiers, results
    "hub.pdf",  # signatures inside PDF files, read in a process of their own
    "hub.typeset",  # reports as PDF, set in a process of its own
    "hub.store",  # the contract of the record; hub.store.sqlite keeps it
    "hub.record",  # acts, evidence, the log, one durable batch
    "hub.delivery",  # mailboxes, leases, notices
    "hub.admission",  # from bytes to an act
    "hub.access",  # who may see what
    "hub.accounts",  # people who sign in to the console
    "hub.exchange",  # the story of a document
    "hub.reminding",  # documents that wait, told of again or given more time
    "hub.bringing",  # what sync services of programmes bring
    "hub.auditing",  # an auditor's looks, on record
    "hub.finding",  # search, and its index
    "hub.following",  # what programmes derive from the record
    "hub.desk",  # an agency's own drafts, groups, directions, corrections
    "hub.evidence_export",  # a document's life as a bundle
    "hub.webhooks",  # what happens, sent to whoever asked for it
    "hub.upkeep",  # what the hub does on its own account
    "hub.http",  # the server below its routes
    "hub.routes",  # /v1
    "hub.pki",  # keys and certificates of a hub
    "hub.appointments",  # who may run the axis and who may audit it
    "hub.console",  # pages for people
    "hub.fronts",  # front processes
    "hub.app",  # where the parts are chosen
    "hub.witness",  # a witness of others' logs
    "hub.agent",  # an agency's key beside a clerk's browser
    "hub.ops",  # backup, fsck, the reference
    "hub.lab",  # sandbox, country, simulate, bench, torture, demo
    "hub.cli",  # the command line
)
"""From the ground to the roof: a room may import those before it, and itself."""

CORE = (
    "hub.core.phrases",
    "hub.core.errors",
    "hub.core.error_records",
    "hub.core.model",
    "hub.core.terms",
    "hub.core.misfit",
    "hub.core.strict",
    "hub.core.ids",
    "hub.core.canonical",
    "hub.core.leaf_object",
    "hub.core.shown",
    "hub.core.typed",
    "hub.core.words",
    "hub.core.bounds",
    "hub.core.timekeeping",
    "hub.core.health",
    "hub.core.framing",
    "hub.core.wire_words",
    "hub.core.wire",
    "hub.core.wire_signatures",
    "hub.core.wire_results",
    "hub.core.wire_check",
    "hub.core.wire_desk",
    "hub.core.wire_export",
    "hub.core.register",
    "hub.core.wire_accounts",
    "hub.core.wire_maintenance",
    "hub.core.wire_remind",
    "hub.core.report",
    "hub.core.wire_report",
    "hub.core.wire_reporting",
    "hub.core.wire_programmes",
    "hub.core.wire_dossiers",
    "hub.core.wire_centre",
    "hub.core.period_words",
    "hub.core.period_table",
    "hub.core.period",
    "hub.core.attention",
    "hub.core.contact",
    "hub.core.faring",
    "hub.core.alerts",
    "hub.core.wire_watch",
    "hub.core.edxml",
    "hub.core.signature",
    "hub.core.log",
    "hub.core.directory",
    "hub.core.genuine",
    "hub.core.doctor",
    "hub.core.evidence",
    "hub.core.webhooks",
    "hub.core.wire_hooks",
    "hub.core.bundle",
    "hub.core.audit",
)
"""The same inside the core."""

ONLY = {
    "clients": ("hub.core", "clients"),
    "hub.pki": ("hub.core", "hub.pki"),
    "hub.witness": ("hub.core", "hub.base", "hub.pki", "hub.http.listener", "hub.witness"),
    "hub.agent": ("hub.core", "hub.base", "hub.pki", "hub.http.listener", "hub.agent"),
    "hub.lab.country": ("hub.core", "hub.lab.country"),
    "hub.programmes": ("hub.core", "hub.programmes"),
}
"""Rooms that see less than their place would allow. A witness is no part of a hub: it shares the listener alone."""

CHOOSERS = ("hub.app", "hub.fronts.process", "hub.ops", "hub.lab", "hub.cli", "hub.store.sqlite")
"""Who may name an implementation of the store; all others know the contract."""

TOOLS = ("hub.ops", "hub.lab", "hub.cli")
WITH_CLIENTS = ("hub.lab", "hub.cli")
"""The hub does not know its clients; tools drive it through them."""

MAY_USE = {"lxml", "cryptography", "msgspec"}
IMPURE = {
    *("os", "sys", "time", "asyncio", "socket", "ssl", "logging", "secrets", "subprocess", "pathlib"),
    *("tempfile", "shutil", "signal", "importlib"),
}
FACTS = ("hub.lab.country.tables", "hub.programmes.tables")
"""Each reads the files of its own package, the same wherever it runs."""
CLOCKS = {"now", "utcnow", "today", "urandom", "perf_counter"}
PURE = ("hub.core", "hub.lab.country", "hub.programmes")

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


def named(tree: ast.AST) -> Iterator[str]:
    """Modules of ours that are loaded by their name when they are needed: they count for the order of the rooms."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            yield from (a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str))


def ours(name: str) -> bool:
    return name.split(".")[0] in ("hub", "clients", "tests")


def within(name: str, *rooms: str) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


def place(name: str, rooms: tuple[str, ...]) -> int | None:
    return next((number for number, room in enumerate(rooms) if within(name, room)), None)


IMPORTS = sorted({(n, i) for n, tree in TREES.items() for i in (*imported(tree), *named(tree)) if ours(i)})


def test_every_module_has_a_room() -> None:
    loose = {name for name in MODULES if not within(name, "clients", *HOUSE)} - {"hub"}
    assert not loose
    assert not {name for name in MODULES if within(name, "hub.core") and place(name, CORE) is None} - {"hub.core"}


def test_no_room_imports_a_later_one() -> None:
    for rooms in (HOUSE, CORE):
        for name, other in IMPORTS:
            here, there = place(name, rooms), place(other, rooms)
            if here is not None and there is not None:
                assert there <= here, f"{name} imports {other}, and {rooms[here]} comes before {rooms[there]}"


def test_the_hub_does_not_know_its_clients_nor_anybody_the_tests() -> None:
    wrong = [(name, other) for name, other in IMPORTS if within(other, "clients") and within(name, "hub")]
    assert not [pair for pair in wrong if not within(pair[0], *WITH_CLIENTS)]
    assert not [pair for pair in IMPORTS if within(pair[1], "tests")]


def test_some_rooms_see_less_than_their_place_allows() -> None:
    for room, allowed in ONLY.items():
        assert not [(n, other) for n, other in IMPORTS if within(n, room) and not within(other, *allowed)]


def test_the_parts_of_a_hub_are_chosen_in_few_places() -> None:
    wrong = [(name, other) for name, other in IMPORTS if within(other, "hub.store.sqlite")]
    assert not [pair for pair in wrong if not within(pair[0], *CHOOSERS)]


def test_there_are_no_circles() -> None:
    graph = {name: {i for i in imported(tree) if i in MODULES} for name, tree in TREES.items()}
    tuple(TopologicalSorter(graph).static_order())


def test_the_core_is_pure() -> None:
    for name, tree in TREES.items():
        if not within(name, *PURE):
            continue
        used = {i.split(".")[0] for i in imported(tree) if not ours(i)}
        impure = IMPURE - {"importlib"} if name in FACTS else IMPURE
        assert used <= (MAY_USE | sys.stdlib_module_names) - impure, (name, used & impure)
        calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
        assert not [c.attr for c in calls if isinstance(c, ast.Attribute) and c.attr in CLOCKS], name
        assert not [c.id for c in calls if isinstance(c, ast.Name) and c.id in {"open", "print", "input"}], name
        assert "random" not in used or within(name, "hub.lab.country"), "chance is for a made-up country, with a seed"


def test_no_import_hides_inside_a_function() -> None:
    """The tools load what is heavy or optional when it is needed, and that is never a module of ours."""
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    hidden = [(n, i) for n, t in TREES.items() for f in ast.walk(t) if isinstance(f, functions) for i in imported(f)]
    assert not [(name, i) for name, i in hidden if ours(i) or not within(name, *TOOLS)]


def test_every_room_tells_its_story() -> None:
    """What comes in, what goes out, what it may use, what a crash in it means."""
    silent = [name for name in MODULES if MODULES[name].name == "__init__.py" and not ast.get_docstring(TREES[name])]
    assert not silent
