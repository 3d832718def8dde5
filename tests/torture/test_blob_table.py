"""Every call by which a large document's bytes come to their file × {fails, done but reported as failed, torn}: the
sender is told to try again, and what he then is told is true. The rows are the calls that are made, one by one."""

from __future__ import annotations

import ast
import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import hub
from hub.core.edxml import Attachment
from hub.core.errors import IdentityConflict, Unavailable
from hub.store.blobs import Blobs
from tests.exchange.kit import audit, only, refused, verified
from tests.support.axis import SON_LA, VPCP, Axis, Clock, an_axis
from tests.torture.disk import Fault

CALLS = ("open", "write", "fsync", "replace", "mkdir", "unlink")
ERRORS = (errno.ENOSPC, errno.EIO, errno.EROFS)


class Calls:
    """Those of this process to files below `folder`; number `at` meets `fault`."""

    def __init__(self, folder: Path, at: int, fault: Fault, error: int) -> None:
        self.folder, self.at, self.fault, self.error = str(folder), at, fault, error
        self.seen: list[str] = []

    def _ours(self, name: str, first: object) -> bool:
        path = os.readlink(f"/proc/self/fd/{first}") if name in ("write", "fsync") else os.fspath(first)  # type: ignore
        return path.startswith((f"{self.folder}/spool", f"{self.folder}/blobs"))

    def wrap(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def called(first: Any, *more: Any, **named: Any) -> Any:
            if not self._ours(name, first):
                return real(first, *more, **named)
            number = len(self.seen)
            self.seen.append(name)
            if number != self.at:
                return real(first, *more, **named)
            if self.fault is Fault.DONE:
                done = real(first, *more, **named)
                if name == "open":
                    os.close(done)
            elif self.fault is Fault.TORN and name == "write":
                real(first, bytes(more[0])[: len(more[0]) // 2])
            raise OSError(self.error, os.strerror(self.error))

        return called


@contextmanager
def failing(monkeypatch: pytest.MonkeyPatch, calls: Calls) -> Iterator[None]:
    with monkeypatch.context() as patch:
        for name in CALLS:
            patch.setattr(os, name, calls.wrap(name, getattr(os, name)))
        yield


def large(axis: Axis) -> bytes:
    return axis.sign(axis.document(VPCP, [SON_LA]), [Attachment("f", "f.pdf", data=b"%PDF-1.4 " + bytes(90_000))])


@pytest.mark.parametrize("fault", Fault)
async def test_no_failing_call_leaves_a_row_without_its_file(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    at, reached = 0, True
    names: list[str] = []
    while reached:
        folder = tmp_path / f"case-{at}"
        async with an_axis(folder, keys, Clock()) as axis:
            data = large(axis)
            calls = Calls(folder, at, fault, ERRORS[at % len(ERRORS)])
            try:
                with failing(monkeypatch, calls):
                    await axis.submit(data, VPCP)
            except Unavailable:
                assert at < len(calls.seen)
                message = await axis.exchange.store.message(1)
                assert message is None, "there is a row, and its sender was told that nothing is certain of the file"
            reached = at < len(calls.seen)
            names += calls.seen[at : at + 1]
        await _again(folder, keys, data)
        shutil.rmtree(folder)
        at += 1
    # open and writes of the spool, its fsync, two folders with their parents' fsync, the name and its fsync
    assert names.count("fsync") == 4
    assert names.count("mkdir") == 2
    assert names.count("replace") == 1
    assert names.count("write") >= 1


async def _again(folder: Path, keys: Path, data: bytes) -> None:
    """After a restart the same bytes are accepted, and what is in the file is what was signed."""
    async with an_axis(folder, keys, Clock()) as axis:
        sealed = await axis.submit(data, VPCP)
        verified(axis, only(sealed), data)
        message = sealed.answer.message
        assert axis.exchange.blobs.path(message.sha256).read_bytes() == data
        assert list((folder / "spool").iterdir()) == []
        await audit(axis)


async def test_a_large_document_that_is_refused_leaves_no_file(tmp_path: Path, keys: Path) -> None:
    """Else whoever may send could fill the disk with what is refused."""
    async with an_axis(tmp_path, keys, Clock()) as axis:
        document = axis.document(VPCP, [SON_LA])
        first = axis.sign(document, [Attachment("f", "f.pdf", data=b"%PDF-1.4 " + bytes(90_000))])
        other = axis.sign(document, [Attachment("f", "f.pdf", data=b"%PDF-1.4 " + bytes(95_000))])
        accepted = (await axis.submit(first, VPCP)).answer.message
        await refused(IdentityConflict, axis.submit(other, VPCP))
        assert list(axis.exchange.blobs.names()) == [accepted.sha256]
        # The first one, sent again, is not refused; nor does it lose its file when something else is.
        assert (await axis.submit(first, VPCP)).answer.repeated
        assert list(axis.exchange.blobs.names()) == [accepted.sha256]


def test_a_file_that_somebody_else_may_need_stays(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path, inline=10)

    def kept() -> str:
        spool = blobs.spool()
        spool.write(b"x" * 100)
        blobs.claim(spool.sha256)
        blobs.keep(spool)
        spool.close()
        return spool.sha256

    for ends in ([False, True], [True, False]):  # one is refused and one accepted, in either order
        name = kept()
        kept()
        for named in ends:
            blobs.settle(name, named=named)
        assert list(blobs.names()) == [name]
        blobs.remove(name)
    name = kept()
    kept()
    blobs.settle(name, named=False)
    assert list(blobs.names()) == [name], "the other one has not ended"
    blobs.settle(name, named=False)
    assert list(blobs.names()) == []
    blobs.settle(kept(), named=True)
    blobs.settle(kept(), named=False)
    assert list(blobs.names()) == [name], "it was there before: a row may name it"


WRITERS = {
    "hub.store.blobs": "this table",
    "hub.store.sqlite": "the folder of a record that does not exist yet",
    "hub.store.sqlite.connection": "test_disk_table; the lock file is never read",
    "hub.store.sqlite.derived": "derived, made again where it is lost or damaged: tests/store/test_search.py, "
    "tests/store/test_programmes.py",
    "hub.upkeep.highwater": "test_high_water",
    "hub.http.secret": "test_secret",
    "hub.store.sqlite.snapshot": "a backup's own folder, whole or not there: tests/backup",
    "hub.evidence_export.export": "a command's own output",
    "hub.base.failpoint": "what tears is torn on purpose",
    "hub.base.private": "closes what others may read and writes nothing: tests/test_private.py",
    "hub.http.taken": "tests/http/test_taken.py",
    "hub.upkeep.clock": "one word, whole or not there, that is lost without harm: tests/clock",
}
_WRITES = {"write_bytes", "write_text", "mkdir", "makedirs", "replace", "rename", "unlink", "truncate", "touch"}
_OS = {"os.open", "os.write", "os.fsync", "os.ftruncate"}


def test_nothing_else_of_a_running_hub_writes_to_the_disk() -> None:
    """A new place that writes needs rows of its own: name its table here."""
    root = Path(hub.__file__).parent
    tools = ("core", "pki", "fronts", "witness", "ops", "lab", "cli")
    paths = [p for p in root.rglob("*.py") if p.relative_to(root).parts[0] not in (*tools, "app")]
    found = {}
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func)
            owner = name.rpartition(".")[0]
            structs = owner.endswith("structs") or isinstance(node.func, ast.Name) or name.startswith("'")
            text = name.endswith(".replace") and owner != "os" and (len(node.args) == 2 or bool(node.keywords))
            if name in _OS or (name.rpartition(".")[2] in _WRITES and not structs and not text):
                module = ".".join(path.relative_to(root.parent).with_suffix("").parts).removesuffix(".__init__")
                found.setdefault(module, set()).add(name)
    assert set(found) <= set(WRITERS), {m: names for m, names in found.items() if m not in WRITERS}
