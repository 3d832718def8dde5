"""What a command does not need it does not import: so it starts fast, on any machine, at any load."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PROGRAM = """
import json, sys
from hub.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert end.code in (0, None), end.code
sys.stderr.write(json.dumps(sorted(sys.modules)))
"""
SERVER = {"aiohttp", "aiosqlite", "pysqlite3", "uvloop", "structlog", "prometheus_client", "lxml", "asyncio"}
LIBRARIES = SERVER | {"cryptography", "msgspec", "rich"}


def imported(*arguments: str) -> set[str]:
    """The modules that a process has loaded when the command has ended."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr))


@pytest.mark.parametrize("arguments", [("--help",), ("-h",), ("--version",)])
def test_help_and_version_import_click_and_the_table_of_commands_alone(arguments: tuple[str, ...]) -> None:
    modules = imported(*arguments)
    assert LIBRARIES.isdisjoint(modules)
    assert {m for m in modules if m.split(".")[0] in ("hub", "clients")} <= {
        "hub", "hub.cli", "hub.cli.lazy", "hub.cli.main",
        "hub.cli.help", "hub.cli.option_help", "hub.cli.option_help_desk", "hub.cli.option_help_results",
        "hub.cli.reports_help", "hub.cli.usage", "hub.core", "hub.core.phrases",  # words alone
    }  # fmt: skip


@pytest.mark.parametrize("command", ["receipt", "check", "log", "evidence"])
def test_what_works_offline_imports_no_server(command: str) -> None:
    modules = imported(command, "--help")
    assert (SERVER - {"lxml", "asyncio"}).isdisjoint(modules)
    assert not {
        m for m in modules if m.startswith(("hub.http", "hub.routes", "hub.app", "hub.store.sqlite", "hub.lab.bench"))
    }


def test_verifying_a_receipt_imports_neither_network_nor_xml() -> None:
    modules = imported("receipt", "verify", "--help")
    assert (SERVER | {"rich"}).isdisjoint(modules)


def test_a_hub_imports_no_tools_and_not_what_its_workers_need() -> None:
    modules = imported("serve", "--help")
    tools = ("hub.lab.bench", "hub.lab.simulate", "hub.lab.demo", "hub.ops.fsck", "hub.admission.workers.worker")
    assert not {m for m in modules if m.startswith(tools)}
