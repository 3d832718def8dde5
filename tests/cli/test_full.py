"""A disk that is full, folders that are not there, arguments that are no text: one sentence, and no traceback."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.test_answers import a_hub
from tests.cli.test_not_kept import truc
from tests.support.process import TRUC

VECTOR = Path(__file__).parents[2] / "schemas" / "vectors" / "4-document.signed.edxml"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
@pytest.mark.parametrize("arguments", [("check", str(VECTOR)), ("--version",)])
@pytest.mark.parametrize(
    ("lang", "told"), [("vi", "không thực hiện được: -: Hết chỗ"), ("en", "not done: -: No space")]
)
def test_where_nobody_can_take_what_is_printed_that_is_said(arguments: tuple[str, ...], lang: str, told: str) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*TRUC, *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=600,
            env=os.environ | {"TRUC_LANG": lang, "PYTHONUTF8": "1"},
        )
    said = done.stderr.decode()
    assert done.returncode == 1, said
    assert told in said
    assert "Traceback" not in said
    assert len(said.splitlines()) == 1


async def test_a_register_says_where_it_lies_and_what_it_cannot_do(tmp_path: Path, keys: Path) -> None:
    days = ("--from", "2020-01-01", "--to", "9999-12-31", "--lang", "en")
    async with a_hub(tmp_path / "hub", keys) as (web, _, theirs):
        file = tmp_path / "so.xlsx"
        file.write_bytes(b"that of last month")
        ran = await truc("register", *theirs, *days, "--xlsx", str(file))
        assert ran.code == 0, ran
        assert str(tmp_path / "so (2).xlsx") in ran.out.replace("\n", "")
        assert file.read_bytes() == b"that of last month"
        nowhere = tmp_path / "nowhere" / "so.xlsx"
        ran = await truc("register", *theirs, *days, "--xlsx", str(nowhere))
        assert (ran.code, f"not done: {nowhere}: No such file" in ran.err) == (1, True), ran
        ran = await truc("register", *theirs, "--from", "2026-12-01", "--to", "2026-01-01")
        assert (ran.code, "before the first day" in ran.err or "trước ngày đầu" in ran.err) == (2, True), ran
        for call in (("find", *theirs, "\udcff"), ("show", *theirs, "\udcff")):
            ran = await truc(*call, "--lang", "en")
            assert (ran.code, "not text in UTF-8" in ran.err) == (2, True), ran
        del web
