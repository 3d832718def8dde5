"""A hub as a process of its own, as `truc serve` starts it, to be killed and started again."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

TRUC = (sys.executable, "-m", "hub.cli.main")


_PORTS = itertools.count(os.getpid() * 97)
"""Runs side by side begin at different places, and none gives a port twice."""


def free_port() -> int:
    """A port that nobody listens on now: the hub keeps its address over a restart, as clients expect. It lies below
    those that the system hands out by itself, so no other test's connection takes it in the meantime."""
    for number in itertools.islice(_PORTS, 1_000):
        port = 20_000 + number % 12_000
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("a thousand ports are taken")


class HubProcess:
    """Use as an async context; `kill` is SIGKILL, `stop` is SIGTERM."""

    def __init__(
        self, config: Path, port: int, environment: dict[str, str] | None = None, arguments: tuple[str, ...] = ()
    ) -> None:
        self.config = config
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._arguments = arguments
        self._environment = os.environ | (environment or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._log = config.parent / "hub.log"

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    async def start(self) -> None:
        """Returns when it listens."""
        line = await asyncio.to_thread(self._launch)
        assert line, self._log.read_text()[-2000:]
        assert json.loads(line)["url"] == self.url

    def _launch(self) -> bytes:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*TRUC, "serve", "--config", str(self.config), "--port", str(self.port), "--json", *self._arguments],
                stdout=subprocess.PIPE,
                stderr=log,
                env=self._environment,
            )
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        process = self._process
        if process is None:
            return 0
        self._process = None
        process.send_signal(number)
        code = process.wait(timeout=20)
        if process.stdout is not None:
            process.stdout.close()
        return code

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()


def truc(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own."""
    return subprocess.run([*TRUC, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=600)
