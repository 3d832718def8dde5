"""The common parts of all commands: options, languages, JSON, and how errors become exit codes.

A command is a function of `Shared` and its own options. It returns its exit code (None = 0), prints for people with
`say` and rich tables, or for programs one JSON value with `emit`, and lets every error of the two trees (the hub's
`AxisError`, the client's `ClientError`) fly: here they are told in the caller's language with the hint, or as one
problem record under `--json`.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from clients.errors import Busy, ClientError, ProblemError, UnexpectedAnswer, Unreachable
from hub.cli import printing
from hub.cli.help import Helped
from hub.cli.terms import term
from hub.core import wire
from hub.core.directory.check import Problem as EntryProblem
from hub.core.errors import (
    AlreadyRunning,
    AxisError,
    DirectoryRefusal,
    InvalidFields,
    PolicyInvalid,
    Severity,
    Text,
    TryLater,
    Unready,
)

Function = Callable[..., int | None]

_ENTRIES_SHOWN: Final = 500


class Exit(IntEnum):
    OK = 0
    REFUSED = 1
    USAGE = 2
    UNREACHABLE = 3
    LATER = 4
    NOT_KEPT = 5
    RUNNING = 6


_EXITS: Final[tuple[tuple[type[Exception], Exit], ...]] = (
    (Unreachable, Exit.UNREACHABLE),
    (UnexpectedAnswer, Exit.UNREACHABLE),
    (Busy, Exit.LATER),
    (TryLater, Exit.LATER),
    (PolicyInvalid, Exit.USAGE),
    (AlreadyRunning, Exit.RUNNING),
    (ClientError, Exit.REFUSED),
    (AxisError, Exit.REFUSED),
)
"""The first class that fits decides."""


def language() -> str:
    """vi where the locale's messages are Vietnamese, else en."""
    variables = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((value for name in variables if (value := os.environ.get(name))), "")
    return "vi" if locale.lower().startswith("vi") else "en"


DEFAULT_KEYS: Final = "keys/demo"


class Shared(msgspec.Struct, frozen=True):
    """The common options of one invocation; those that a command does not take have their defaults. A command that
    signs nothing takes no --keys, but trusts the roots of TLS in that folder as the others do."""

    url: str = "http://127.0.0.1:8470"
    cacert: Path | None = None
    keys: Path = msgspec.field(default_factory=lambda: Path(os.environ.get("TRUC_KEYS") or DEFAULT_KEYS))
    passphrase_file: Path | None = None
    key: str = ""
    cert: Path | None = None
    agency: str = ""
    policy: Path | None = None
    mtls: bool = False
    proxy: str | None = None
    roots: Path | None = None
    bindings: Path | None = None
    json: bool = False
    lang: str = "en"

    def pick(self, vi: str, en: str) -> str:
        return vi if self.lang == "vi" else en

    def text(self, text: Text) -> str:
        return self.pick(text.vi, text.en)

    def term(self, word: str) -> str:
        """A state, kind, verdict or event of the wire, in the caller's language."""
        return term(self.lang, word)

    def say(self, vi: str, en: str) -> None:
        """A line for people on stdout; nothing under --json."""
        if not self.json:
            printing.line(self.pick(vi, en))

    def warn(self, vi: str, en: str) -> None:
        """A line for people on stderr, under --json too."""
        printing.line(self.pick(vi, en), err=True, fg="yellow")

    def emit(self, value: object) -> None:
        """The one JSON value of this invocation."""
        printing.json(value)


def told_by_hub(record: wire.Wire) -> dict[str, object]:
    """A record for --json, with whose word the verdicts in it are."""
    return {**msgspec.to_builtins(record), "verdicts_by": "hub"}


def tell_notices(shared: Shared, notices: Iterable[wire.Notice]) -> None:
    """What the hub noted of a document that it accepted."""
    for notice in notices:
        detail = ", ".join(notice.subjects) or notice.path
        shared.warn(f"! {notice.code}: {notice.vi}: {detail}", f"! {notice.code}: {notice.en}: {detail}")


def kept(shared: Shared, path: Path, data: bytes) -> Exit:
    """Write the hub's answer. Where the disk does not take it, that is told, with an exit code of its own: the hub has
    it still, and gives it again."""
    try:
        import_module("hub.pki.files").write(path, data)  # most commands never need these
    except OSError as error:
        shared.warn(
            f"! không ghi được {path} ({error.strerror}); Trục vẫn giữ, chạy lại lệnh này với tệp khác",
            f"! {path} could not be written ({error.strerror}); the hub has it still: run this again with another file",
        )
        return Exit.NOT_KEPT
    return Exit.OK


def fail(shared: Shared, error: AxisError | ClientError) -> Exit:
    """Tell an error, and say with which code to exit."""
    if shared.json:
        shared.emit(_problem(error))
    else:
        _tell(shared, error)
    return next(code for kind, code in _EXITS if isinstance(error, kind))


def _tell(shared: Shared, error: AxisError | ClientError) -> None:
    problem = _problem(error)
    said = shared.pick(problem.vi, problem.en)
    if problem.entries:  # each is told below: the codes of their kinds say no more
        said = f"{said.split(' (')[0]} ({len(problem.entries):,})"
    printing.line(f"{problem.code}: {said}", err=True, fg="red")
    for line in entry_lines(shared, problem.entries):
        printing.line(f"  {line}", err=True)
    for line in finding_lines(shared, problem.findings):
        printing.line(f"  {line}", err=True)
    for d in problem.documents:
        printing.line(f"  {d.id.removeprefix('urn:uuid:')}  {d.code}  {d.date}  {d.sender}  {d.subject}", err=True)
    for code, reason in problem.recipients.items():
        printing.line(f"  {code}: {reason}", err=True)
    hint = shared.pick(problem.hint_vi, problem.hint_en)
    if hint:
        printing.line(f"→ {hint}", err=True, dim=True)


def entry_lines(shared: Shared, entries: Sequence[wire.EntryProblem]) -> Iterable[str]:
    """One line for each thing wrong with an entry of the directory: its place, the value found, the right one."""
    for e in entries[:_ENTRIES_SHOWN]:
        line = shared.pick(f"dòng {e.line}", f"line {e.line}") if e.line else ""
        found = f"“{e.value}”" if e.value else shared.pick("(trống)", "(empty)")
        yield f"{', '.join(part for part in (line, e.entry, e.field) if part)}: {found} — {shared.pick(e.vi, e.en)}"
    if (rest := len(entries) - _ENTRIES_SHOWN) > 0:
        yield shared.pick(f"… và {rest:,} chỗ nữa (--json)", f"… and {rest:,} more (--json)")


def finding_lines(shared: Shared, findings: Iterable[wire.Finding]) -> Iterable[str]:
    """One line for each finding: code, sentence, the value found, whose rule it is."""
    for f in findings:
        value = f" [{f.value}]" if f.value else ""
        label = shared.pick("[lưu ý] ", "[notice] ") if f.severity == Severity.NOTICE else ""
        yield f"{label}{f.code}: {shared.pick(f.vi, f.en)}{value} — {f.clause}"


def _problem(error: AxisError | ClientError) -> wire.Problem:
    """Any error in the form in which the hub tells its own."""
    if isinstance(error, ProblemError):
        return error.problem
    findings = error.findings if isinstance(error, InvalidFields) else ()
    recipients = error.facts.get("recipients") if isinstance(error, AxisError) else None
    return wire.Problem(
        type=f"/v1/problems#{error.code}",
        title=error.text.en,
        status=0,
        code=error.code,
        fault=error.fault.value if isinstance(error, AxisError) else "caller",
        detail=error.en,
        vi=error.vi,
        en=error.en,
        hint_vi=error.hint.vi,
        hint_en=error.hint.en,
        expected=error.expected if isinstance(error, AxisError) else "",
        found=error.found,
        findings=[wire.Finding.of(f) for f in findings],
        recipients={str(k): str(v) for k, v in recipients.items()} if isinstance(recipients, dict) else {},
        entries=[wire.EntryProblem(**msgspec.structs.asdict(p)) for p in _entry_problems(error)],
        retry_after=error.retry_after if isinstance(error, TryLater) else 0,
    )


def _entry_problems(error: AxisError | ClientError) -> tuple[EntryProblem, ...]:
    problems = error.facts.get("problems") if isinstance(error, DirectoryRefusal) else None
    return problems if isinstance(problems, tuple) else ()


_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_URL = click.option("--url", envvar="TRUC_URL", default=Shared().url, show_default=True, help="Address of the hub.")
_CACERT = click.option(
    "--cacert", envvar="TRUC_CACERT", type=_FILE, help="The CA of the hub's TLS certificate, PEM or DER."
)
_KEYS = click.option(
    "--keys",
    envvar="TRUC_KEYS",
    type=click.Path(file_okay=False, path_type=Path),
    default=DEFAULT_KEYS,
    show_default=True,
    help="Folder of keys.",
)
_PASSPHRASE = click.option(
    "--passphrase-file", envvar="TRUC_PASSPHRASE_FILE", type=_FILE, help="File with the passphrase of the keys."
)
_KEY = click.option(
    "--key",
    envvar="TRUC_KEY",
    default="",
    metavar="FILE|URI",
    help="Sign with this key: PEM, PKCS#12 (.p12, .pfx), or on a token pkcs11:… [that of the folder of keys].",
)
_CERT = click.option(
    "--cert", envvar="TRUC_CERT", type=_FILE, help="Certificate of --key, where it does not lie with it."
)
_AS = click.option("--as", "agency", envvar="TRUC_AS", required=True, metavar="CODE", help="Your agency's code.")
_AS_OPTIONAL = click.option("--as", "agency", envvar="TRUC_AS", default="", metavar="CODE", help="Your agency's code.")
_AS_AUDITOR = click.option(
    "--as",
    "agency",
    type=click.Choice(["auditor"]),
    callback=lambda context, option, value: value or "",
    help="With the auditor's key: objects too, each export on record.",
)
_MTLS = click.option(
    "--mtls",
    envvar="TRUC_MTLS",
    is_flag=True,
    help="Show the agency's certificate in TLS, ask for no token.",
)
_POLICY = click.option(
    "--policy", envvar="TRUC_POLICY", type=_FILE, help="Trust policy for receipts [<keys>/anchors/log.policy]."
)
_ROOTS = click.option(
    "--anchors",
    "roots",
    envvar="TRUC_ANCHORS",
    type=click.Path(exists=True, path_type=Path),
    help="Roots, issuers and CRLs to verify signatures with, a folder or file [<keys>/anchors].",
)
_DIRECTORY = click.option(
    "--directory",
    "bindings",
    type=_FILE,
    help="Agencies with their certificates as you trust them [the certificate's own name, else the hub's directory].",
)
_JSON = click.option("--json", is_flag=True, help="One JSON value on stdout, nothing else.")
_LANG = click.option(
    "--lang", envvar="TRUC_LANG", type=click.Choice(["vi", "en"]), default=language, help="Language of the output."
)

NAME: Final = "ID|NUMBER/NOTATION"
DOCUMENT: Final = click.option(
    "--document",
    required=True,
    metavar=NAME,
    help="The document: its identifier on the axis, DocumentId, or number/notation.",
)
"""Which one, by any of its names; the hub finds it (`AxisClient.named`)."""

_PROXY: Final = click.option(
    "--proxy",
    metavar="URL",
    envvar="TRUC_PROXY",
    help='Proxy to the hub, "" for none [HTTPS_PROXY, HTTP_PROXY, NO_PROXY of the environment].',
)
_OPTIONS: Final = {
    "hub": (_URL, _CACERT, _PROXY),
    "keys": (_KEYS, _PASSPHRASE),
    "key": (_KEY, _CERT),
    "agency": (_AS, _URL, _CACERT, _KEYS, _PASSPHRASE, _KEY, _CERT, _MTLS, _PROXY, _POLICY),
    "caller": (_AS_OPTIONAL, _URL, _CACERT, _KEYS, _PASSPHRASE, _KEY, _CERT, _MTLS, _PROXY, _POLICY),
    "signer": (_AS, _KEYS, _PASSPHRASE, _KEY, _CERT),
    "judge": (_ROOTS, _DIRECTORY),
    "log": (_AS_AUDITOR, _CACERT, _PROXY, _KEYS, _PASSPHRASE, _KEY, _CERT),
}
"""`hub`: calls it. `keys`: works on a profile. `key`: may sign with a key that lies elsewhere. `agency`: calls it as an
agency; `caller`: perhaps does. `signer`: signs for an agency and calls nobody. `judge`: examines signatures. `log`:
reads one that is named otherwise, perhaps as an auditor."""


def make_command(name: str, *wants: str, example: str) -> Callable[[Function], click.Command]:
    """Make a command of a function of `Shared` and its own options.

    `wants`: keys of `_OPTIONS`, beside --json and --lang which all commands have. `example`: lines for its help.
    """

    def make(function: Function) -> click.Command:
        @functools.wraps(function)
        def run(**given: Any) -> None:
            names = Shared.__struct_fields__
            shared = Shared(**{key: given.pop(key) for key in names if key in given})
            try:
                code = function(shared, **given)
            except (AxisError, ClientError) as error:
                code = fail(shared, error)
            except Unready as error:
                printing.lines(error.lines, err=True)
                code = Exit.USAGE
            click.get_current_context().exit(int(code or Exit.OK))

        decorated: Any = run
        shared_options = [option for want in wants for option in _OPTIONS[want]]
        for option in reversed([*shared_options, _JSON, _LANG]):
            decorated = option(decorated)
        return click.command(name, cls=Helped, epilog=epilog(example))(decorated)

    return make


def epilog(example: str) -> str:
    lines = "\n".join(f"  {line}" for line in example.strip().splitlines())
    return f"\b\nExample · Ví dụ:\n{lines}"
