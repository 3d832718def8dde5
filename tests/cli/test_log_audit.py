"""A real hub process, audited from outside: by `truc log`, and by programs that are not ours, Go's among them."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import aics_tlog
import aiohttp
import pytest
import pytest_asyncio
from click.testing import CliRunner, Result
from tlog_scales import reader as scales

from clients.axis import AxisClient
from hub.cli.main import main
from hub.core.evidence import receipt
from hub.core.log import merkle, note, tiles
from hub.core.log.keys import Checkpoint
from hub.core.log.merkle import Tree
from hub.core.log.policy import Policy
from hub.core.log.policy import parse as parse_policy
from hub.core.model import StatusCode
from hub.lab.sandbox import prepare
from hub.pki import profile as pki
from tests.interop.test_go_sumdb import ask, checker
from tests.support.axis import HA_NOI, SON_LA, VPCP, a_document
from tests.support.process import HubProcess, free_port, truc

__all__ = ["checker"]
pytestmark = pytest.mark.asyncio(loop_scope="module")


def invoke(*arguments: object) -> Result:
    """A command in this process: starting one for each would take most of the time."""
    env = {"TRUC_LANG": "en", "TRUC_KEYS": None, "TRUC_AS": None, "TRUC_URL": None}
    return CliRunner().invoke(main, [str(a) for a in arguments], env=env, catch_exceptions=False)


class Running(NamedTuple):
    folder: Path
    hub: HubProcess
    receipts: list[bytes]

    @property
    def policy(self) -> Path:
        return self.folder / "policy"

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    def client(self, code: str) -> AxisClient:
        mine = pki.Profile(self.keys).agency(code)
        return AxisClient(self.hub.url, code, mine.key, mine.chain, policy=self.trusted)

    @property
    def trusted(self) -> Policy:
        return parse_policy(self.policy.read_bytes())

    async def truc(self, *arguments: object) -> tuple[int, Any]:
        """Exit code, and what --json printed."""
        done = await asyncio.to_thread(invoke, "log", *arguments, "--json")
        assert done.stdout, done.output
        return done.exit_code, json.loads(done.stdout)

    async def audit(self, *arguments: object) -> tuple[int, Any]:
        return await self.truc("audit", *arguments, "--policy", self.policy)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    folder = tmp_path_factory.mktemp("process")
    await asyncio.to_thread(prepare, folder)
    async with HubProcess(folder / "hub.toml", free_port()) as hub:
        here = Running(folder, hub, [])
        await live(here, 12)
        yield here


async def live(here: Running, documents: int) -> None:
    async with here.client(VPCP) as vpcp, here.client(SON_LA) as son_la:
        for _ in range(documents):
            number = random.randrange(10**6)
            sent = await vpcp.send(a_document(VPCP, [SON_LA, HA_NOI], number))
            here.receipts.append(sent.proof.raw)
        items = await son_la.fetch(documents)
        await son_la.acknowledge([(item.message.id, item.message.sha256) for item in items])
        await son_la.status(StatusCode.ARRIVED, items[0].message)
        await son_la.status(StatusCode.ACCEPTED, items[0].message)


# truc log


async def test_the_public_part_and_then_only_what_is_new(running: Running, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    code, first = await running.audit(running.hub.url, "--save", state)
    assert (code, first["findings"]) == (0, [])
    assert first["checked"]["leaves"] == first["size"] > 400
    assert first["checked"]["tiles"] > 2
    await live(running, 2)
    code, second = await running.audit(running.hub.url, "--since", state, "--save", state)
    assert (code, second["findings"]) == (0, [])
    assert second["checked"]["leaves"] == second["size"] - first["size"] > 0


async def test_an_auditor_checks_every_evidence_and_is_on_record_itself(running: Running, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    who = ("--as", "auditor", "--keys", running.keys)
    code, first = await running.audit(running.hub.url, *who, "--save", state)
    assert (code, first["findings"]) == (0, [])
    assert first["checked"]["evidence"] > 24
    assert first["checked"]["ContentHandover"] >= 12
    code, second = await running.audit(running.hub.url, *who, "--since", state)
    assert (code, second["checked"]["EvidenceExported"]) == (0, 1)


async def test_a_copy_is_audited_without_the_hub(running: Running, tmp_path: Path) -> None:
    out = tmp_path / "copy"
    who = ("--as", "auditor", "--keys", running.keys)
    code, made = await running.truc("export", running.hub.url, "--out", out, *who)
    assert code == 0
    code, answer = await running.audit(out)
    assert (code, answer["size"], answer["findings"]) == (0, made["size"], [])
    assert answer["checked"]["evidence"] > 24
    code, again = await running.truc("export", running.hub.url, "--out", out, *who)
    assert (again["size"], again["files"] < 10) == (made["size"] + 1, True)
    assert (await running.audit(out))[0] == 0
    victim = out / "objects" / "000"
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.write_bytes(data)
    code, answer = await running.audit(out)
    assert code == 1
    assert {line["what"] for line in answer["findings"]} <= {"object-differs", "object-missing"}


async def test_a_hubs_own_folder_is_audited_as_a_copy(running: Running, tmp_path: Path) -> None:
    copy = tmp_path / "data"
    shutil.copytree(running.folder / "data", copy)
    code, answer = await running.audit(copy)
    assert (code, answer["findings"]) == (0, [])
    with closing(sqlite3.connect(copy / "axis.sqlite", isolation_level=None)) as db:
        row = db.execute("SELECT number, object FROM leaf WHERE event='ContentHandover' LIMIT 1").fetchone()
        db.execute("UPDATE leaf SET object=? WHERE number=?", (row[1].replace(b'"in"', b'"ou"'), row[0]))
    code, answer = await running.audit(copy)
    assert code == 1
    found = {line["what"]: line for line in answer["findings"]}
    assert "root-differs" in found
    assert found["object-unreadable"]["leaf"] == row[0]


async def test_an_agency_watches_its_certificates(running: Running, tmp_path: Path) -> None:
    known, state = tmp_path / "ours.pem", tmp_path / "state.json"
    certificate = running.keys / "agencies" / f"{SON_LA}.cert.pem"
    known.write_bytes(certificate.read_bytes())
    watch = ("watch-agency", SON_LA, running.hub.url, "--policy", running.policy, "--once", "--acting", "00.52.W00")
    code, answer = await running.truc(*watch, "--known", known, "--save", state)
    assert (code, answer["ok"]) == (0, True)
    assert {change["what"] for change in answer["changes"]} == {
        "entry-changed",
        "delegation-began",
        "certificate-added",
    }
    code, answer = await running.truc(*watch)
    assert (code, answer["ok"]) == (1, False), "without --known nothing is expected"
    code, answer = await running.truc(*watch, "--known", known, "--save", state)
    assert (code, answer["changes"]) == (0, [])
    (tmp_path / "list").write_text(f"# ours\n{answer['size']}\n")
    done = await asyncio.to_thread(invoke, "log", *watch, "--known", tmp_path / "list")
    assert done.exit_code == 2


async def test_exit_codes(running: Running, tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    assert (await running.audit(nobody))[0] == 3
    done = await asyncio.to_thread(truc, "log", "audit", tmp_path, "--policy", running.policy)
    assert done.returncode == 2, "in a process of its own"
    other = tmp_path / "other"
    pki.ensure_profile(other, 1_795_320_000_000)  # type: ignore[arg-type]
    code, answer = await running.audit(running.hub.url, "--as", "auditor", "--keys", other)
    assert (code, answer["code"]) == (1, "ACCESS_UNAUTHENTICATED")


# by others


async def everything(here: Running) -> tuple[bytes, dict[str, bytes], Checkpoint]:
    """Every file of the log under its newest checkpoint, as any C2SP client would fetch it."""
    async with aiohttp.ClientSession(f"{here.hub.url}/log/") as session:

        async def get(path: str) -> bytes:
            async with session.get(path) as answer:
                assert answer.status == 200, path
                return await answer.read()

        signed = await get("checkpoint")
        checkpoint = note.parse(signed).checkpoint
        files, level = {}, 0
        while count := checkpoint.size >> 8 * level:
            for n in range(-(-count // 256)):
                width = min(256, count - 256 * n)
                for path in (tiles.tile_path(level, n, width), *([tiles.entries_path(n, width)] if level == 0 else [])):
                    files[path] = await get(path)
            level += 1
        return signed, files, checkpoint


def leaf_hashes(files: dict[str, bytes]) -> list[bytes]:
    found = sorted((tiles.parse_tile_path(path), data) for path, data in files.items() if path.startswith("tile/0/"))
    return [data[i : i + 32] for _, data in found for i in range(0, len(data), 32)]


def tree_of(files: dict[str, bytes]) -> Tree:
    kept: dict[tuple[int, int], bytes] = {}
    tree = Tree(lambda level, n: kept[level, n])
    for leaf in leaf_hashes(files):
        tree.append(leaf)
    kept.update({(level, n): hashes for level, n, hashes in tree.take_full_tiles()})
    return tree


async def test_go_audits_the_running_hubs_log(running: Running, checker: Path) -> None:
    early, _, before = await everything(running)
    await live(running, 2)
    signed, files, checkpoint = await everything(running)
    tree, size = tree_of(files), checkpoint.size
    keys = [log.verifier.vkey for log in running.trusted.logs]
    served = {path: data for path, data in files.items() if "entries" not in path}
    base = {"kind": "tiles", "size": size, "root": checkpoint.root, "tiles": served}
    questions: list[dict[str, Any]] = [
        {"kind": "open", "note": signed, "keys": keys, "count": 1, "text": checkpoint.text.decode()},
        {"kind": "open", "note": early, "keys": keys, "count": 1, "text": before.text.decode()},
        base | {"old": before.size, "proof": tree.consistency(before.size)},
        base | {"old": 256, "proof": tree.consistency(256)},
        *(base | {"index": n, "proof": tree.inclusion(n)} for n in (0, 255, 256, size - 1)),
        {"kind": "consistency", "old": before.size, "was": before.root, "size": size, "root": checkpoint.root,
         "proof": tree.consistency(before.size)},
    ]  # fmt: skip
    for data in running.receipts[-3:]:
        read = receipt.parse(data)
        claimed = note.parse(read.note).checkpoint
        entry = b"\1\1" + receipt.sha256(read.evidence).digest()
        leaf = merkle.leaf_hash(entry)
        questions += [
            {"kind": "leaf", "entry": entry, "leaf": leaf},
            {"kind": "inclusion", "index": read.index, "size": claimed.size, "root": claimed.root, "leaf": leaf,
             "proof": list(read.proof)},
        ]  # fmt: skip
    assert ask(checker, questions) == [""] * len(questions)
    path = tiles.tile_path(0, 0)
    spoiled = served | {path: served[path][:-1] + bytes([served[path][-1] ^ 1])}
    assert ask(checker, [base | {"index": 255, "proof": tree.inclusion(255), "tiles": spoiled}]) != [""]


async def test_aics_tlog_audits_the_running_hubs_log(running: Running) -> None:
    signed, files, checkpoint = await everything(running)
    log = aics_tlog.parse_vkey(running.trusted.logs[0].verifier.vkey)
    good = aics_tlog.verify_checkpoint(aics_tlog.parse_note(signed), log, [], 0)
    assert good.ok, good
    reader = aics_tlog.MemoryTileReader(files)
    aics_tlog.audit_tiles(reader, checkpoint.size, checkpoint.root)
    assert aics_tlog.tree_root_from_tiles(reader, checkpoint.size) == checkpoint.root
    for data in running.receipts:
        read = receipt.parse(data)
        claimed = note.parse(read.note).checkpoint
        entry = b"\1\1" + receipt.sha256(read.evidence).digest()
        assert aics_tlog.verify_leaf_inclusion(entry, read.index, claimed.size, list(read.proof), claimed.root)
    flipped = {path: data[:-1] + bytes([data[-1] ^ 1]) for path, data in files.items() if path == "tile/0/000"}
    with pytest.raises(Exception, match=r"."):
        aics_tlog.audit_tiles(aics_tlog.MemoryTileReader(files | flipped), checkpoint.size, checkpoint.root)


async def test_tlog_scales_reads_the_running_hubs_log(running: Running) -> None:
    _, files, checkpoint = await everything(running)
    tree = tree_of(files)

    class Backend:
        def get(self, *path: str) -> bytes | None:
            return files.get("/".join(path))

    reader = scales.TilesReader(Backend())
    reader.set_size(checkpoint.size)
    assert reader.mth(0, checkpoint.size) == checkpoint.root
    for index in (0, 256, checkpoint.size - 1):
        assert reader.get_inclusion_proof(index, checkpoint.size).node_hashes == tree.inclusion(index)
        assert merkle.leaf_hash(reader.get_entry(index)) == leaf_hashes(files)[index]


# last: it takes the hub apart


async def test_a_hub_set_back_to_an_older_copy_is_convicted(running: Running, tmp_path: Path) -> None:
    """The database is restored from yesterday and the hub runs on: its log is another one, and its auditors see it."""
    state, data = tmp_path / "state.json", running.folder / "data"
    assert running.hub.stop() == 0
    yesterday = Path(shutil.copytree(data, tmp_path / "yesterday"))
    await running.hub.start()
    await live(running, 3)
    assert (await running.audit(running.hub.url, "--save", state))[0] == 0
    kept = state.read_bytes()
    assert running.hub.stop() == 0
    shutil.rmtree(data)
    shutil.copytree(yesterday, data)
    await running.hub.start()
    code, answer = await running.audit(running.hub.url, "--since", state, "--save", state)
    assert (code, [line["what"] for line in answer["findings"]]) == (1, ["log-shrunk"])
    await live(running, 4)
    code, answer = await running.audit(running.hub.url, "--since", state, "--save", state)
    assert (code, [line["what"] for line in answer["findings"]]) == (1, ["history-rewritten"])
    assert state.read_bytes() == kept, "the state that convicts it is never overwritten"
