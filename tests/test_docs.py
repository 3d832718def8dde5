"""What the documents say is compared with the code."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from hub.cli.main import PLACES, main
from hub.ops.reference import render
from tests.test_layers import HOUSE

ROOT = Path(__file__).parent.parent


def test_the_reference_is_what_the_code_says() -> None:
    assert (ROOT / "hub" / "REFERENCE.md").read_text(encoding="utf-8") == render(), (
        "python -m hub.ops.reference > hub/REFERENCE.md"
    )


PAGES = ["README.md", "CONTRIBUTING.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("document", [*PAGES, "hub/DESIGN.md", "schemas/README.md", "keys/README.md"])
def test_every_file_that_a_document_names_is_there(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    rooms = "core|base|store|delivery|record|admission|upkeep|http|routes|fronts|lab|ops|cli|pki"
    named = re.findall(
        rf"`((?:hub|clients|schemas|keys|tests|docs|contrib|{rooms})/(?:[\w./-]*\w\.(?:py|md|json|xsd|sql|conf|service)|[\w/]+/))`",
        text,
    )
    generated = ("keys/demo/",)
    missing = [
        name
        for name in named
        if name not in generated and not (ROOT / name).exists() and not (ROOT / "hub" / name).exists()
    ]
    assert not missing


def commands(text: str) -> set[tuple[str, ...]]:
    """The `truc …` commands in the shell blocks of a document, options and arguments left out."""
    found = set()
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        for line in re.findall(r"(?:^|\| |/)truc ([^|#\n]*)", block, re.MULTILINE):
            found.add(tuple(line.split()))
    return found


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").split()) < 1_000


def test_every_command_in_the_pages_exists_with_its_options() -> None:
    used = {command for page in PAGES for command in commands((ROOT / page).read_text(encoding="utf-8"))}
    assert len(used) > 30
    for words in used:
        assert words[0] in PLACES, words
        context = click.Context(main)
        command = main.get_command(context, words[0])
        rest = list(words[1:])
        while isinstance(command, click.Group) and rest:
            command = command.get_command(context, rest.pop(0))
        assert command is not None, words
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        assert {word for word in rest if word.startswith("--")} <= known, words


def every_command(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    context = click.Context(group)
    found: list[tuple[str, ...]] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        found += every_command(command, (*path, name)) if isinstance(command, click.Group) else [(*path, name)]
    return found


@pytest.mark.parametrize("path", every_command(main), ids=" ".join)
def test_every_command_has_help_with_an_example_and_json(path: tuple[str, ...]) -> None:
    done = CliRunner().invoke(main, [*path, "--help"])
    assert done.exit_code == 0, done.output
    assert "Example" in done.output
    assert "--json" in done.output
    assert f"truc {' '.join(path)}" in done.output


def test_no_file_names_a_registry_or_this_machine() -> None:
    import subprocess

    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    forbidden = re.compile(
        "|".join(
            [
                "py" + r"pi\.org",
                "python" + r"hosted",
                "/ro" + "ot/",
                "/wo" + "rk/",
                "crates" + r"\.io",
                "proxy.go" + "lang",
            ]
        )
    )
    guilty = []
    for name in listed:
        path = ROOT / name
        if path.suffix not in {".pdf", ".xlsx", ".png"} and path.is_file():
            guilty += [name] if forbidden.search(path.read_text(encoding="utf-8", errors="ignore")) else []
    assert not guilty


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "hub/DESIGN.md"])
def test_every_room_of_the_law_is_named(page: str) -> None:
    words = set(re.findall(r"\w+", (ROOT / page).read_text(encoding="utf-8")))
    assert not [room for room in HOUSE if room.removeprefix("hub.") not in words]


def test_every_place_where_something_waits_stands_in_the_table() -> None:
    text = (ROOT / "hub" / "DESIGN.md").read_text(encoding="utf-8")
    table = text.partition("## What waits")[2].partition("\n## ")[0]
    rooms = ("http", "admission", "record", "delivery", "evidence_export", "exchange.py")
    waits = re.compile(r"create_future\(\)|Semaphore\(|asyncio\.(?:Lock|Event|Condition|Queue)\(\)")
    found = {
        path.relative_to(ROOT / "hub").as_posix()
        for room in rooms
        for path in ((ROOT / "hub" / room).rglob("*.py") if (ROOT / "hub" / room).is_dir() else [ROOT / "hub" / room])
        if waits.search(path.read_text(encoding="utf-8"))
    }
    assert len(found) > 5
    assert not [name for name in sorted(found) if f"`{name}`" not in table]


DECISIONS = (
    (ROOT / "hub" / "DESIGN.md").read_text(encoding="utf-8").partition("\n## Decisions\n")[2].partition("\n## ")[0]
)
SECTIONS = {
    section: body
    for section, _, body in (part.partition("\n") for part in ("\n" + DECISIONS.strip()).split("\n### ")[1:])
}


@pytest.mark.parametrize("section", SECTIONS)
def test_decisions_stand_under_their_room_numbered_from_one_without_a_gap(section: str) -> None:
    places = [ROOT, ROOT / "hub", ROOT / "hub" / "core"]
    assert section in ("house", "packaging") or any(
        (place / name).exists() for place in places for name in (section, f"{section}.py")
    ), f"no room is called {section}"
    begun = [line for line in SECTIONS[section].splitlines() if line.startswith("**")]
    assert begun
    for number, line in enumerate(begun, 1):
        assert line.startswith(f"**{section}-{number}. "), f"write **{section}-{number}. …: {line[:60]}"
        assert re.match(r"\*\*[a-z_]+-\d+\. .+?\.\*\* ", line), f"a title in bold, then the text: {line[:60]}"


def test_every_decision_that_is_quoted_exists() -> None:
    import subprocess

    assert DECISIONS.count("\n### ") == len(SECTIONS), "each room has one section"
    exist = set(re.findall(r"^\*\*([a-z_]+-\d+)\. ", DECISIONS, re.MULTILINE))
    assert len(exist) > 120
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    quoted: list[tuple[str, str]] = []
    for name in listed:
        if name.endswith((".py", ".md", ".toml", ".ts", ".java", ".sh", "Makefile")):
            text = (ROOT / name).read_text(encoding="utf-8")
            quoted += [(name, found) for found in re.findall(r"\bdecisions? (\d+|(?:[a-z_]+-\d+(?:, | and )?)+)", text)]
    assert len(quoted) > 10
    for name, found in quoted:
        assert set(re.split(r", | and ", found.rstrip(", "))) - {"", "and"} <= exist, (name, found)
