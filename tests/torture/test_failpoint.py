"""The switch for named instants: complete, exact, and not there in service."""

from __future__ import annotations

import ast
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from hub.base import failpoint
from hub.base.failpoint import POINTS, Armed, InvalidFailpoints, Rule, parse
from hub.lab.torture import kills
from tests.support.axis import AGENCIES
from tests.support.process import HubProcess, free_port, truc

HUB = Path(failpoint.__file__).parents[1]
HIT = """
from hub.base import failpoint
for _ in range(5):
    failpoint.hit('batch.commit')
    print('x', flush=True)
"""


def test_every_instant_of_the_list_is_in_the_code_once_and_no_other() -> None:
    calls = [
        node.args[0].value
        for path in HUB.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "failpoint.hit"
        and isinstance(node.args[0], ast.Constant)
    ]
    assert Counter(calls) == Counter(list(POINTS))


def test_without_the_variable_it_is_a_function_that_does_nothing() -> None:
    assert not os.environ.get(failpoint.VARIABLE)
    assert failpoint.hit is failpoint._nothing
    assert failpoint.ARMED == ""


def test_it_costs_next_to_nothing() -> None:
    """A batch takes a millisecond of processor time and more, and passes some ten instants."""
    assert min(_cost() for _ in range(5)) < 2e-6


def _cost() -> float:
    began = time.process_time()
    for _ in range(100_000):
        failpoint.hit("batch.commit")
    return (time.process_time() - began) / 100_000


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("", []),
        ("batch.commit=kill", [Rule("batch.commit", "kill")]),
        ("blob.write=torn@3; batch.begin=fail:EIO@2+;", [
            Rule("blob.write", "torn", 3), Rule("batch.begin", "fail:EIO", 2, True)]),
    ],
)  # fmt: skip
def test_what_is_written_is_what_is_read(text: str, rules: list[Rule]) -> None:
    assert parse(text) == rules
    assert parse("; ".join(map(str, rules))) == rules


@pytest.mark.parametrize(
    "text", ["nowhere=kill", "batch.commit", "batch.commit=explode", "batch.commit=kill@0", "batch.commit=fail:ENOPE",
             "batch.commit=torn", "batch.commit=kill@1 batch.begin=kill"],
)  # fmt: skip
def test_what_is_no_instant_or_no_action_is_refused(text: str) -> None:
    with pytest.raises(InvalidFailpoints):
        parse(text)


def test_the_nth_time_and_from_then_on() -> None:
    once, always = Armed(parse("batch.commit=fail:ENOSPC@2")), Armed(parse("batch.commit=fail:EIO@2+"))
    for armed, expected in ((once, [0, 28, 0, 0]), (always, [0, 5, 5, 5])):
        found = []
        for _ in range(4):
            try:
                armed.hit("batch.commit")
                found.append(0)
            except OSError as error:
                found.append(error.errno or -1)
        assert found == expected


def test_killed_is_killed_at_that_time() -> None:
    environment = os.environ | {failpoint.VARIABLE: "batch.commit=kill@3"}
    done = subprocess.run([sys.executable, "-c", HIT], capture_output=True, env=environment, check=False)
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, b"x\nx\n")


def test_stopped_waits_until_it_is_told() -> None:
    environment = os.environ | {failpoint.VARIABLE: "batch.commit=stop@2"}
    with subprocess.Popen([sys.executable, "-c", HIT], stdout=subprocess.PIPE, env=environment) as process:
        pid, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        os.kill(pid, signal.SIGCONT)
        assert process.communicate()[0] == b"x\n" * 5


def test_torn_writes_half_and_dies(tmp_path: Path) -> None:
    path = tmp_path / "file"
    code = (
        "import os; from hub.base import failpoint\n"
        f"fd = os.open({str(path)!r}, os.O_WRONLY | os.O_CREAT)\n"
        "failpoint.hit('blob.write', descriptor=fd, data=b'0123456789')\n"
    )
    environment = os.environ | {failpoint.VARIABLE: "blob.write=torn"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    assert (done.returncode, path.read_bytes()) == (-signal.SIGKILL, b"01234")


async def test_a_hub_says_that_it_is_made_to_fail(tmp_path: Path) -> None:
    from hub.lab.hub_process import fill, settled

    await fill(tmp_path, settled(tmp_path, tmp_path / "keys", 0), AGENCIES, AGENCIES)
    armed = {failpoint.VARIABLE: "batch.commit=kill@99"}
    async with HubProcess(tmp_path / "hub.toml", free_port(), armed) as hub:
        assert hub.stop() == 0
    lines = [json.loads(line) for line in (tmp_path / "hub.log").read_text().splitlines()]
    assert [line["set"] for line in lines if line["event"] == "failpoints-armed"] == ["batch.commit=kill@99"]


def test_the_list_is_told() -> None:
    assert json.loads(truc("torture", "--list", "--json").stdout) == POINTS
    assert "batch.committed" in truc("torture", "--list").stdout


def test_a_seed_draws_the_same_kills_and_comes_to_every_instant() -> None:
    def first(seed: int, many: int) -> list[kills.Kill]:
        drawn = kills.draw(seed)
        return [next(drawn) for _ in range(many)]

    assert first(7, 200) == first(7, 200) != first(8, 200)
    assert [kill.number for kill in first(7, 200)] == list(range(1, 201))
    assert {kill.rule.point for kill in first(7, 42) if kill.rule} == set(POINTS)
    assert any(kill.rule is None for kill in first(7, 42))
