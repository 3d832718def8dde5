"""What was done at the hub is told though the disk here takes nothing; files that editors changed."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clients import verify_receipt as alone
from hub.core.ids import number_of
from hub.core.log import policy
from tests.cli.test_fetch_hostile import Ran
from tests.support.axis import SON_LA, VPCP
from tests.support.logkit import Log, ev, sample
from tests.support.process import TRUC
from tests.support.web import a_web, bare


async def truc(*arguments: object, largest: int = -1) -> Ran:
    """A command in a process of its own, for which the disk is full above files of `largest` bytes."""
    process = await asyncio.create_subprocess_exec(
        *TRUC,
        *map(str, arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"TRUC_LANG": "en"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest)),
    )
    told, wrong = await process.communicate()
    assert process.returncode is not None
    return Ran(process.returncode, told.decode(), wrong.decode())


async def test_what_is_done_is_told_though_its_receipt_cannot_be_written(tmp_path: Path, keys: Path) -> None:
    file, again = tmp_path / "a.txt", tmp_path / "again.tlog-proof"
    await asyncio.to_thread(file.write_text, "a")
    async with a_web(tmp_path / "hub", keys) as web:
        web.axis.clock.run()
        hub = ("--url", web.url, "--keys", keys)
        mine, theirs = ("--as", VPCP, *hub), ("--as", SON_LA, *hub)
        out = ("--receipt", tmp_path / "r.tlog-proof")
        sent = await truc("send", *mine, "--to", SON_LA, "--subject", "x", *out, file, "--json", largest=10)
        assert (sent.code, sent.json["receipt_file"]) == (5, ""), sent
        identifier = sent.json["message"]["id"].removeprefix("urn:uuid:")
        assert f"truc receipt show --as {VPCP} {identifier}" in sent.err
        assert (await truc("receipt", "show", *mine, identifier, "--out", again)).code == 0
        assert await asyncio.to_thread(again.read_text) == sent.json["receipt"]

        refused = await truc("fetch", *theirs, "--out", tmp_path / "full", "--ack", "--json", largest=10)
        assert refused.code == 1
        assert "acknowledged" not in refused.json[0], "what is not kept is not signed for"

        web.hub.exchange.leases.give_back(SON_LA, number_of(identifier))
        assert (await truc("fetch", *theirs, "--out", tmp_path / "in")).code == 0
        acknowledged = await truc("ack", *theirs, tmp_path / "in" / identifier, "--json", largest=10)
        assert (acknowledged.code, acknowledged.json["items"][0]["state"]) == (5, "handed_over")
        assert (await truc("ack", *theirs, tmp_path / "in" / identifier)).code == 0
        assert (tmp_path / "in" / identifier / "handover.tlog-proof").exists()


@contextmanager
def of_so_many_files(folder: Path, most: int) -> Iterator[Path]:
    """A file system of its own that takes no more files than these, folders included; skips where that is not
    allowed."""
    folder.mkdir()
    made = ["mount", "-t", "tmpfs", "-o", f"nr_inodes={most},mode=700", "tmpfs", str(folder)]
    if subprocess.run(made, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


async def test_a_hand_over_is_told_though_its_receipt_finds_no_room(tmp_path: Path, keys: Path) -> None:
    """Room for the folder, the message and what the hub said of it; the receipt would be one file too many."""
    async with a_web(tmp_path / "hub", keys) as web:
        web.axis.clock.run()
        sent = await web.send(VPCP, SON_LA)
        identifier = bare(sent.message.id)
        theirs = ("--as", SON_LA, "--url", web.url, "--keys", keys)
        with of_so_many_files(tmp_path / "small", 4) as small:
            fetched = await truc("fetch", *theirs, "--out", small, "--ack", "--json")
            assert (fetched.code, fetched.json[0]["receipt_not_kept"]) == (5, True), fetched
            assert fetched.json[0]["acknowledged"]["state"] == "handed_over"
            assert fetched.json[0]["acknowledged"]["receipt"]
            folder = small / identifier
            assert await asyncio.to_thread((folder / "message.edxml").exists)
            again = await truc("ack", *theirs, folder)
            assert (again.code, identifier in again.out) == (5, True), again
            remount = ["mount", "-o", "remount,nr_inodes=99", str(small)]
            await asyncio.to_thread(subprocess.run, remount, check=True)
            assert (await truc("ack", *theirs, folder)).code == 0
            assert await asyncio.to_thread((folder / "handover.tlog-proof").exists)


async def test_people_are_told_how_to_get_the_receipt_of_a_hand_over_again(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        web.axis.clock.run()
        sent = await web.send(VPCP, SON_LA)
        with of_so_many_files(tmp_path / "small", 4) as small:
            theirs = ("--as", SON_LA, "--url", web.url, "--keys", keys)
            fetched = await truc("fetch", *theirs, "--out", small, "--ack")
            assert fetched.code == 5
            assert f"truc ack --as {SON_LA} {small / bare(sent.message.id)}" in fetched.err


async def test_a_receipt_or_bundle_that_finds_no_room_is_shown_and_got_again(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        web.axis.clock.run()
        sent = await web.send(VPCP, SON_LA)
        mine = ("--as", VPCP, "--url", web.url, "--keys", keys)
        out = tmp_path / "r"
        for where, largest in ((out, 10), (tmp_path / "nowhere" / "r", -1)):
            shown = await truc("receipt", "show", *mine, sent.message.id, "--out", where, "--json", largest=largest)
            assert (shown.code, shown.json["receipt"][:10]) == (5, "c2sp.org/t"), shown
            assert str(where) in shown.err
            bundle = await truc("evidence", "export", *mine, sent.message.id, "--out", where, largest=largest)
            assert (bundle.code, "Traceback" in bundle.err) == (5, False), bundle
        assert not await asyncio.to_thread(out.exists)
        assert (await truc("receipt", "show", *mine, sent.message.id, "--out", out)).code == 0
        kept = await asyncio.to_thread(out.read_bytes)
        upgraded = await truc("receipt", "upgrade", *mine, out, "--out", tmp_path / "n" / "r", "--json")
        assert (upgraded.code, await asyncio.to_thread(out.read_bytes)) == (5, kept), upgraded


@pytest.fixture
def log() -> Log:
    made = Log()
    made.append(ev.encode(sample()))
    return made


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_policy_reads_the_same_from_every_editor(before: bytes, end: bytes, log: Log) -> None:
    plain = log.policy()
    changed = before + plain.replace(b"\n", end)
    assert policy.parse(changed) == policy.parse(plain)
    assert [k.public for k in alone.Policy(changed).logs] == [k.public for k in alone.Policy(plain).logs]


async def test_a_receipt_with_other_line_ends_says_how_to_get_it_back(log: Log, tmp_path: Path) -> None:
    files = tmp_path / "r", tmp_path / "p"
    for file, data in zip(files, (log.receipt(0).replace(b"\n", b"\r\n"), log.policy()), strict=True):
        await asyncio.to_thread(file.write_bytes, data)
    ran = await truc("receipt", "verify", files[0], "--policy", files[1])
    assert ran.code == 1
    assert "line ends back to LF" in ran.out
    with pytest.raises(alone.Refused, match="CR LF"):
        alone.verify(log.receipt(0).replace(b"\n", b"\r\n"), alone.Policy(log.policy()))
