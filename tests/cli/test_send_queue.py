"""`truc send` of a folder: a queue, in its order, each message with its receipt beside it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from hub.core import edxml
from hub.core.model import VIETNAM
from hub.lab.sandbox import prepare
from tests.support.axis import SON_LA, VPCP, a_document
from tests.support.process import HubProcess, free_port, truc


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("sandbox")
    prepare(folder)
    process = HubProcess(folder / "hub.toml", free_port())
    asyncio.run(process.start())
    try:
        yield process.url, folder
    finally:
        process.stop()


def test_a_folder_is_a_queue(sandbox: tuple[str, Path], tmp_path: Path) -> None:
    url, folder = sandbox
    queue = tmp_path / "out"
    queue.mkdir()
    today = datetime.now(VIETNAM).date()
    for n in range(5):
        made = msgspec.structs.replace(a_document(VPCP, [SON_LA], 700 + n), promulgation_date=today)
        made = msgspec.structs.replace(made, document_id=edxml.document_id(VPCP, today, made.code))
        (queue / f"{n}.edxml").write_bytes(edxml.build(made, []))
    (queue / "5.edxml").write_bytes(b"<edXML/>")
    options = ("--url", url, "--keys", str(folder / "keys"), "--policy", str(folder / "policy"), "--as", VPCP, "--json")
    done = truc("send", *options, "--sign", str(queue))
    told = json.loads(done.stdout)
    assert (done.returncode, len(told)) == (1, 6), done.stderr
    assert sum(bool(one.get("receipt_file")) for one in told) == 5
    assert [one["problem"][:7] for one in told if one["file"].endswith("5.edxml")] == ["FORMAT_"]
    assert sorted(p.name for p in queue.glob("*.tlog-proof")) == [f"{n}.tlog-proof" for n in range(5)]
    # Again: the folder's rest is what has no receipt; files that are named go again and are known.
    (queue / "5.edxml").unlink()
    assert json.loads(truc("send", *options, "--sign", str(queue)).stdout) == []
    named = truc("send", *options, str(queue / "0.edxml"), str(queue / "1.edxml"))
    assert [one["repeated"] for one in json.loads(named.stdout)] == [True, True]
