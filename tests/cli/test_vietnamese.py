"""Who asks for Vietnamese is answered in Vietnamese: tables, errors, and what click says of a wrong call."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from hub.cli import outbox, terms
from hub.cli.common import Shared
from hub.cli.main import main
from hub.cli.option_help import VIETNAMESE
from hub.cli.usage import CLICK, language, said
from hub.core.audit.agency_watch import Happened
from hub.core.bundle.life import Stage
from hub.core.errors import Verdict
from hub.core.evidence.events import NEGATIVE, Event
from hub.core.evidence.format import Kind
from hub.core.model import DeliveryState, MessageKind
from tests.support.axis import VPCP

ROOT = Path(__file__).resolve().parents[2]
VECTORS = ROOT / "tests" / "vectors"
ENGLISH = re.compile(
    r"\b(?:error|usage|try|help|missing|option|options|argument|arguments|command|such|did|you|mean|invalid|value|"
    r"choose|from|is|not|of|does|exist|valid|the|an|and|or|with|for|expected|found|received|waiting|handed|taken|"
    r"refused|expired|document|status|signature|certificate|nothing|findings|verified|cannot|must|needed|needs|has|"
    r"have|file|directory|range|integer|at most|name|folder|keys|store|settings|listens|agencies)\b",
    re.IGNORECASE,
)
NAMES = re.compile(
    r"--[\w-]+|`[^`]*`|https?://\S+|(?:truc|main) [\w -]+|keys/\S+|agencies/"
    r"|\[Errno.*$|\(Cannot connect.*$|(?<=nhận được: )Start tag.*$"
    r"|'[^']*'|\[[^\]]*\]|/\S+|\S+\.(?:edxml|tlog-proof|sqlite|toml|json)\S*|[A-Z][A-Z_]{3,}\w*|→.*$|# .*$",
    re.MULTILINE,
)
"""Options, commands, addresses, paths, codes: the same in every language. What the operating system, libxml2 and
aiohttp say is quoted as they say it."""


def truc(*arguments: object, **env: str) -> str:
    """Everything that the command says."""
    clean = {"TRUC_URL": None, "TRUC_KEYS": None, "TRUC_AS": None, "TRUC_POLICY": None, "COLUMNS": "200"}
    done = CliRunner().invoke(main, [str(a) for a in arguments], env=clean | {"TRUC_LANG": "vi"} | env)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code != 0 or done.output
    return done.output


def untranslated(output: str) -> list[str]:
    return ENGLISH.findall(NAMES.sub(" ", output))


WRONG = [
    ("nothing-like-that",),
    ("sned",),
    ("inbox",),
    ("inbox", "--as", VPCP, "--limit", "0"),
    ("inbox", "--as", VPCP, "--limit", "many"),
    ("inbox", "--as", VPCP, "--state", "lost"),
    ("inbox", "--as", VPCP, "--stat", "waiting"),
    ("inbox", "--as"),
    ("inbox", "--as", VPCP, "--all=yes"),
    ("inbox", "--as", VPCP, "twice"),
    ("check",),
    ("check", "no-such.edxml"),
    ("check", "--anchors", __file__, __file__),
    ("check", "--today", "yesterday", __file__),
    ("status", "--as", VPCP, "--document", "x"),
    ("status", "--as", VPCP, "--document", "x", "--code", "02"),
    ("send", "--as", VPCP),
    ("receipt", "verify", "a.tlog-proof"),
    ("receipt", "verify", "--policy", __file__, "--document", __file__, __file__, __file__),
    ("report", "--csv", "--json"),
    ("fsck", "--data", "x0"),
    ("clock", "trust", "--data", "x0"),
    ("backup", "--data", "x0", "x"),
    ("retention", "apply", "--data", "x0", "--older-than", "400"),
    ("demo", "--folder", VECTORS),
    ("ack", "--as", VPCP, "neither"),
    ("register", "--as", VPCP, "--from", "2026-11-30", "--to", "01/11/2026"),
    ("register", "--as", VPCP, "--from", "2026-11", "--to", "2026-11-30"),
    ("witness", "serve", "--folder", "x"),
]


@pytest.mark.parametrize("arguments", WRONG, ids=lambda a: " ".join(map(str, a))[:60])
def test_a_wrong_call_is_told_in_vietnamese(arguments: tuple[object, ...]) -> None:
    output = truc(*arguments)
    assert "Lỗi: " in output
    assert not untranslated(output), output


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", *sorted(VECTORS.glob("*.edxml")), "--today", "2026-11-22"),
        ("check", VECTORS / "log/golden.policy"),
        ("receipt", "verify", VECTORS / "log/golden.tlog-proof", "--policy", VECTORS / "log/golden.policy"),
        ("inbox", "--as", VPCP, "--url", "http://127.0.0.1:9"),
        ("report", "--url", "http://127.0.0.1:9"),
        ("ready", "--port", "9"),
    ],
    ids=lambda a: str(a[0]),
)
def test_what_a_command_finds_is_told_in_vietnamese(arguments: tuple[object, ...]) -> None:
    assert not untranslated(truc(*arguments)), truc(*arguments)


def test_the_list_of_english_words_finds_english() -> None:
    output = truc("inbox", TRUC_LANG="en")
    assert "Error: " in output
    assert len(untranslated(output)) > 3


def test_states_kinds_verdicts_and_events_have_words() -> None:
    shared = Shared(lang="vi")
    used = {e for e in Event if e not in NEGATIVE or e in (Event.SUBMISSION_REJECTION, Event.CONSIGNMENT_REJECTION)}
    own = {e for e in used if e.value.startswith("urn:truc:")}
    kinds = [kind.name.lower() for kind in Kind]
    states = (*DeliveryState, *MessageKind, *Verdict, *Stage, *Happened)
    for word in (*states, *kinds, *(e.short for e in own), "SubmissionAcceptance"):
        assert shared.term(str(word)) != word
        assert Shared(lang="en").term(str(word)) == word
    assert "đã chuyển đến hộp thư" in Path(outbox.__file__).read_text("utf-8")


def test_a_finding_says_what_it_wants_in_vietnamese() -> None:
    assert terms.compared("vi", "at most 64 bytes", "none") == "cần: tối đa 64 byte; nhận được: không có"
    assert terms.compared("en", "at most 64 bytes", "") == "expected: at most 64 bytes"


@pytest.mark.parametrize(
    ("arguments", "variables", "chosen"),
    [
        (["--lang", "vi"], {"TRUC_LANG": "en"}, "vi"),
        (["inbox", "--lang=en"], {"TRUC_LANG": "vi"}, "en"),
        (["inbox", "--lang"], {"TRUC_LANG": "vi"}, "vi"),
        ([], {"TRUC_LANG": "", "LC_ALL": "vi_VN.UTF-8"}, "vi"),
        ([], {"TRUC_LANG": "", "LC_ALL": "", "LC_MESSAGES": "", "LANG": "C"}, "en"),
    ],
)
def test_the_language_is_known_before_a_command_is(
    arguments: list[str], variables: dict[str, str], chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert language(arguments) == chosen


_MARKED = re.compile("[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]")
MISTAKES = ("exceptions", "types", "parser", "core")
DEVELOPERS = (
    "Error:", "Try '", "Choose from", "Missing parameter", "Missing {param_type}", "Choice(", "Invalid start character",
    "DeprecationWarning", "deprecated", "Options", "Positional", "Commands", "Value must be", "Could not determine",
    "No options defined", "env var", "default:", "Arguments take exactly", "(dynamic)", "Name '", "Boolean option",
    "Did you mean", "(Did you mean",
)  # fmt: skip
"""No sentences of their own, or a programmer's mistakes."""


def messages() -> Iterator[str]:
    """Whatever click marks for translation, with `{}` for each part that is filled in."""
    folder = Path(click.__file__).parent
    for name in MISTAKES:
        for node in ast.walk(ast.parse((folder / f"{name}.py").read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "ngettext"):
                for argument in node.args[:2]:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        yield re.sub(r"\{[^}]*\}", "{}", argument.value)


def test_every_sentence_that_click_has_for_a_users_mistake_is_translated() -> None:
    found = {m for m in messages() if not m.startswith(DEVELOPERS) and m not in ("file", "directory", "path")}
    assert len(found) > 20
    known = {" ".join(english.split()) for english in CLICK}
    missing = {m for m in found if m not in known and f"{m} {{}}." not in known and m != "Missing {}"}
    assert not missing
    assert said("No such option '--x'. Did you mean '--y'?", "vi") == "Không có tùy chọn '--x'. Có phải '--y'?"
    assert said("No such option '--x'.", "en") == "No such option '--x'."


def every_option(command: click.Command, context: click.Context) -> Iterator[click.Option]:
    yield from (p for p in command.get_params(context) if isinstance(p, click.Option))
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from every_option(below, context)


def test_every_option_of_every_command_has_its_help_in_both_languages() -> None:
    stated = {option.help for option in every_option(main, click.Context(main)) if option.help}
    headings = {"Options", "Commands"}
    assert len(stated) > 150
    assert stated | headings == set(VIETNAMESE)
    for english, vietnamese in VIETNAMESE.items():
        assert _MARKED.search(vietnamese.lower()), vietnamese
        assert not _MARKED.search(re.sub(r"\(.*\)", "", english).lower().replace("qđ", ""))


def test_the_help_of_options_is_in_one_language() -> None:
    for path in (("send",), ("serve",), ("keys",), ("receipt", "verify"), ()):
        for lang, heading, other in (("vi", "Tùy chọn:", "Options:"), ("en", "Options:", "Tùy chọn:")):
            told = truc(*path, "--help", TRUC_LANG=lang)
            assert heading in told
            assert other not in told
            assert ("Show this message" in told) == (lang == "en")
            assert ("Cách dùng:" in told) == (lang == "vi")
            assert ("[default:" in told or "[required]" in told) <= (lang == "en")


def test_the_language_of_help_may_be_given_with_it() -> None:
    assert "Mã định danh của đơn vị mình.  [bắt buộc]" in truc("inbox", "--help", "--lang", "vi", TRUC_LANG="en")
    assert "Your agency's code.  [required]" in truc("inbox", "--lang=en", "--help")


def groups(command: click.Command, context: click.Context, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(command, click.Group):
        yield path
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from groups(below, context, (*path, name))


def test_what_a_group_lists_is_in_the_callers_language() -> None:
    found = [path for path in groups(main, click.Context(main), ()) if path]
    assert len(found) > 5
    for path in found:
        for lang, heading in (("en", "Commands:"), ("vi", "Lệnh:")):
            listed = truc(*path, "--help", TRUC_LANG=lang).partition(f"{heading}\n")[2].partition("\n\n")[0]
            assert listed, path
            if "·" not in listed:  # else each line is in both
                assert bool(_MARKED.search(listed)) == (lang == "vi"), listed


def test_the_first_help_fits_a_terminal_of_80_columns() -> None:
    for line in truc("--help", COLUMNS="80").partition("Example")[0].splitlines():
        assert len(line) <= 80, line
