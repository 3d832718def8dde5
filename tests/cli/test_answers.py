"""`send` answers, changes and assigns; it asks who sits at a terminal; lists stay readable at 80 columns."""

from __future__ import annotations

import asyncio
import os
import pty
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

from hub.core import edxml
from hub.core.edxml import Document
from hub.core.model import Business, StatusCode
from tests.cli.test_fetch_hostile import Ran
from tests.cli.test_not_kept import truc
from tests.support.axis import HA_NOI, SON_LA, VPCP, recall
from tests.support.process import TRUC
from tests.support.web import Web, a_web, bare


@asynccontextmanager
async def a_hub(folder: Path, keys: Path) -> AsyncIterator[tuple[Web, tuple[object, ...], tuple[object, ...]]]:
    """A hub of today, and how two agencies call it."""
    async with a_web(folder, keys) as web:
        web.axis.clock.run()
        hub = ("--url", web.url, "--keys", keys)
        yield web, ("--as", VPCP, *hub), ("--as", SON_LA, *hub)


async def sent_as(web: Web, ran: Ran, reader: str) -> Document:
    """What the hub holds of what was sent."""
    assert ran.code == 0, ran
    identifier = bare(ran.json["message"]["id"])
    content = (await web.get(f"/v1/documents/{identifier}/content", reader)).body
    document = edxml.read(edxml.parse(content))
    assert isinstance(document, Document)
    return document


async def test_a_reply_is_made_of_what_was_received(tmp_path: Path, keys: Path) -> None:
    async with a_hub(tmp_path / "hub", keys) as (web, _, theirs):
        first = await web.send(VPCP, SON_LA)
        out = ("--receipt", tmp_path / "r", "--json", "--subject", "V/v trả lời")
        for number, name in enumerate((first.message.code, bare(first.message.id))):
            ran = await truc("send", *theirs, "--reply-to", name, *out, "--number", number)
            reply = await sent_as(web, ran, VPCP)
            (answered,) = reply.response_for
            assert (answered.organ_id, answered.code) == (VPCP, first.message.code)
            assert (answered.document_id, answered.promulgation_date) == (first.message.document_id, date(2026, 11, 20))
            assert [organ.organ_id for organ in reply.recipients] == [VPCP], "to whom it answers"
        elsewhere = await truc("send", *theirs, "--reply-to", first.message.code, "--to", HA_NOI, *out, "--number", 4)
        assert [organ.organ_id for organ in (await sent_as(web, elsewhere, HA_NOI)).recipients] == [HA_NOI]
        unknown = await truc("send", *theirs, "--reply-to", "404/X", *out)
        assert (unknown.code, unknown.json["code"]) == (1, "ACCESS_NOT_FOUND")


async def test_what_is_to_be_done_is_said_by_the_tables(tmp_path: Path, keys: Path) -> None:
    async with a_hub(tmp_path / "hub", keys) as (web, mine, _):
        plain = ("send", *mine, "--to", SON_LA, "--subject", "x", "--receipt", tmp_path / "r", "--json")
        work = ("--task", "NV-1", "--task", "NV-2", "--steering", 1, "--application", "MCDT_DT", "--due", "2099-12-01")
        document = await sent_as(web, await truc(*plain, *work), SON_LA)
        assert (document.steering_type, document.task_codes) == (1, ("NV-1", "NV-2"))
        assert (document.application_type, document.due_date) == ("MCDT_DT", date(2099, 12, 1))
        wrong = ("--steering", 9, "--application", "OTHER", "--task", " ", "--task", "n" * 101, "--due", "2001-01-01")
        refused = await truc(*plain, *wrong)
        assert (refused.code, refused.json["code"]) == (1, "FORMAT_INVALID_FIELDS")
        told = {finding["code"]: finding for finding in refused.json["findings"]}
        assert set(told) == {
            "M.MessageHeader.SteeringType",
            "M.MessageHeader.ApplicationType",
            "M.MessageHeader.ResponseForTask.TaskCode",
            "R.MessageHeader.ResponseForTask.TaskCode",
            "M.MessageHeader.DueDate",
        }
        steering = told["M.MessageHeader.SteeringType"]
        assert all(f"{n} (" in steering["rule"] and f"{n} (" in steering["rule_vi"] for n in range(4))
        assert "MCDT_DT" in told["M.MessageHeader.ApplicationType"]["en"]
        assert (await web.get("/v1/outbox", VPCP)).body.count(b'"message"') == 1, "what is wrong is not sent"


async def test_what_changes_a_document_names_it_as_one_likes(tmp_path: Path, keys: Path) -> None:
    async with a_hub(tmp_path / "hub", keys) as (web, mine, _):
        first = await web.send(VPCP, SON_LA)
        await web.take(SON_LA, first)
        plain = (
            "send",
            *mine,
            "--to",
            SON_LA,
            "--subject",
            "x",
            "--receipt",
            tmp_path / "r",
            "--json",
            "--reason",
            "vì",
        )
        update = await truc(*plain, "--number", 1, "--update-of", first.message.code, "--add", HA_NOI)
        made = (await sent_as(web, update, SON_LA)).business
        assert made is not None
        assert (made.type, made.document_id, made.reason) == (Business.UPDATE, first.message.document_id, "vì")
        assert [(r.organ_id, r.added) for r in made.receivers] == [(HA_NOI, True)]
        new = await truc(*plain, "--number", 2, "--replace", bare(first.message.id))
        made = (await sent_as(web, new, SON_LA)).business
        assert made is not None
        assert (made.type, made.replacements[0].document_id) == (Business.REPLACEMENT, first.message.document_id)
        back = await truc(*plain, "--number", 3, "--recall", first.message.code)
        assert back.json["message"]["about"] == first.message.id
        elsewhere = await truc(*plain, "--number", 5, "--update-of", "of another axis")
        assert [notice["code"] for notice in elsewhere.json["notices"]] == ["ORIGINAL_UNKNOWN"]
        assert (await truc(*plain, "--add", HA_NOI)).code == 2


_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Terminal:
    """A command at a terminal of its own, and a person who reads and types."""

    def __init__(self, columns: int = 80) -> None:
        self._mine, self._its = pty.openpty()
        self.columns = columns
        self.said = ""

    async def run(self, *arguments: object, lang: str = "en") -> None:
        env = os.environ | {"TRUC_LANG": lang, "COLUMNS": str(self.columns), "TERM": "dumb", "NO_COLOR": "1"}
        self._process = await asyncio.create_subprocess_exec(
            *TRUC, *map(str, arguments), stdin=self._its, stdout=self._its, stderr=self._its, env=env,
            start_new_session=True,
        )  # fmt: skip
        os.close(self._its)
        self._reader = asyncio.StreamReader()
        pipe = os.fdopen(self._mine, "rb", buffering=0)
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(self._reader), pipe)

    async def answer(self, question: str, text: str) -> None:
        """Wait until it asks this, then type."""
        await self._until(question)
        os.write(self._mine, f"{text}\n".encode())

    async def ends(self) -> int:
        await self._until(None)
        self._transport.close()
        return await self._process.wait()

    def widest(self) -> int:
        return max(len(_COLOUR.sub("", line)) for line in self.said.split("\n"))

    async def _until(self, words: str | None) -> None:
        start = len(self.said)
        async with asyncio.timeout(60):
            while words is None or words not in self.said[start:]:
                try:
                    data = await self._reader.read(4096)
                except OSError:  # a terminal whose other end is closed
                    data = b""
                if not data:
                    assert words is None, f"never asked {words!r}: {self.said}"
                    return
                self.said += data.decode("utf-8", "replace").replace("\r", "")


async def test_send_asks_who_sits_at_a_terminal(tmp_path: Path, keys: Path) -> None:
    file, empty = tmp_path / "công văn.txt", tmp_path / "empty.txt"
    await asyncio.to_thread(file.write_text, "nội dung")
    await asyncio.to_thread(empty.write_text, "")
    async with a_hub(tmp_path / "hub", keys) as (web, mine, _):
        person = Terminal()
        await person.run("send", *mine, "--receipt", tmp_path / "r")
        await person.answer("Recipient (code, or words of its name)", "không có nơi này")
        await person.answer("other words", "ủy ban")
        await person.answer("Which line", "")
        await person.answer("Recipient (code", SON_LA)
        await person.answer("Another recipient", "Hà Nội")
        await person.answer("Another recipient", "")
        await person.answer("Number", "123456789012345")
        await person.answer("Number", "77")
        await person.answer("Subject", "Báo cáo MẬT")
        await person.answer("FORMAT_STATE_SECRET", "V/v rà soát")
        await person.answer("Urgency", "7")
        await person.answer("Urgency", "2")
        await person.answer("File to attach", str(tmp_path / "none"))
        await person.answer("No such file", str(empty))
        await person.answer("empty, or no file", str(file))
        await person.answer("File to attach", "")
        await person.answer("Sign and send?", "y")
        assert await person.ends() == 0, person.said
        assert "R.MessageHeader.Code" in person.said
        assert "accepted, durably" in person.said
        outbox = (await web.get("/v1/outbox", VPCP)).body
        assert b'"priority":2' in outbox
        assert "77/" in outbox.decode()
        assert "V/v rà soát" in outbox.decode()
        assert outbox.count(b'"recipient"') == 2


async def test_nothing_is_sent_without_a_yes(tmp_path: Path, keys: Path) -> None:
    async with a_hub(tmp_path / "hub", keys) as (web, mine, _):
        person = Terminal()
        await person.run("send", *mine, "--to", SON_LA, "--subject", "x", "--number", "5", lang="vi")
        await person.answer("Độ khẩn", "")
        await person.answer("Tệp đính kèm", "")
        await person.answer("Ký và gửi?", "n")
        assert await person.ends() == 1
        assert "Đã hủy" in person.said
        assert (await web.get("/v1/outbox", VPCP)).body == b'{"items":[]}'


async def test_without_a_terminal_it_says_what_is_missing(tmp_path: Path, keys: Path) -> None:
    ran = await truc("send", "--as", VPCP, "--keys", keys, "--url", "http://127.0.0.1:1")
    assert (ran.code, "--to, --subject needed" in ran.err) == (2, True)


async def test_lists_are_whole_in_eighty_columns(tmp_path: Path, keys: Path) -> None:
    async with a_hub(tmp_path / "hub", keys) as (web, mine, theirs):
        first = await web.send(VPCP, SON_LA, subject="V/v rà soát, đơn giản hóa " * 5)
        await web.take(SON_LA, first)
        asking = await web.send(VPCP, SON_LA, business=recall(first.message.document_id, "Ban hành nhầm"))
        await web.submit(web.status(SON_LA, StatusCode.DISAGREED, first), SON_LA, "/v1/statuses")
        again = await web.send(VPCP, SON_LA, business=recall(first.message.document_id, "Vẫn nhầm"))
        out = tmp_path / "r.tlog-proof"
        await truc("receipt", "show", *mine, bare(first.message.id), "--out", out)
        for lang, *arguments in (
            ("vi", "inbox", *theirs),
            ("en", "inbox", *theirs, "--state", "handed_over"),
            ("vi", "outbox", *mine),
            ("vi", "outbox", *mine, "--document", bare(first.message.id)),
            ("vi", "receipt", "show", *mine, out),
        ):
            person = Terminal()
            await person.run(*arguments, lang=lang)
            await person.ends()
            assert person.widest() <= 80, (arguments, person.said)
            if arguments[0] == "inbox":
                agency = re.sub(r"\s+", " ", person.said)
                assert f"{VPCP} Văn phòng Chính phủ" in agency
                assert "Vẫn nhầm" in agency
                assert "--code 15|16" in agency
            if "--state" not in arguments and arguments[0] == "inbox":
                assert bare(asking.message.id) in person.said
                assert bare(again.message.id) in person.said


async def test_watch_tells_what_a_message_is_about(tmp_path: Path, keys: Path) -> None:
    async with a_hub(tmp_path / "hub", keys) as (web, _, theirs):
        first = await web.send(VPCP, SON_LA)
        await web.take(SON_LA, first)
        asking = await web.send(VPCP, SON_LA, business=recall(first.message.document_id, "Ban hành nhầm"))
        person = Terminal()
        await person.run("watch", *theirs, "--since", "0", "--count", "2")
        assert await person.ends() == 0
        assert person.widest() <= 80, person.said
        told = re.sub(r"\s+", " ", person.said)
        assert "reason: Ban hành nhầm" in told
        assert f"id {bare(asking.message.id)}" in told
        assert f"recalls {first.message.document_id}" in told
