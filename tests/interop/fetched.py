"""Programs and libraries of other languages that tests use as oracles: fetched once, built once, kept in the user's
cache under the digest of what they are made of.

    python -m tests.interop.fetched      fetch and build what is missing; says aloud what cannot be had here, and why

Tests never fetch: what is not in the cache, its test skips with the same words. Versions are exact; what is downloaded
is held against a digest (an npm lock file, `go.sum`, SHA-256 of a jar).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

HERE: Final = Path(__file__).parent
_SECONDS: Final = 600


class Unavailable(Exception):
    """It cannot be made here; the text says why."""


class Jar(NamedTuple):
    """An artifact of Maven Central: `group:name:version[:packaging[:classifier]]`, and the SHA-256 of its file."""

    artifact: str
    sha256: str

    @property
    def file(self) -> str:
        _, name, version, *more = self.artifact.split(":")
        return f"{name}-{version}{''.join(f'-{c}' for c in more[1:])}.jar"


NIMBUS: Final = Jar(
    "com.nimbusds:nimbus-jose-jwt:10.9", "64d613d91140bad0dab8f0c41960f919ec8705a9ced9418146598b4b3ae71349"
)


class Made(NamedTuple):
    """Something to make in an empty folder. `needs`: programs of this machine; `sources`: what it is made of."""

    name: str
    needs: tuple[str, ...]
    sources: tuple[Path, ...]
    make: Callable[[Path], None]
    pins: str = ""
    target: str = "interop-tools"
    """The target of the Makefile that makes it."""

    @property
    def folder(self) -> Path:
        """Where it lies once it is made."""
        parts = [self.pins.encode(), *(f"{p.name}\0".encode() + p.read_bytes() for p in self.sources)]
        return cache() / f"{self.name}-{hashlib.sha256(b''.join(parts)).hexdigest()[:24]}"

    @property
    def lacking(self) -> str:
        """Why it is not there; empty where it is."""
        missing = [need for need in self.needs if shutil.which(need) is None]
        if missing:
            return f"no {' and no '.join(missing)} here"
        return "" if self.folder.exists() else f"not made yet: make {self.target}, with the registries in reach"

    def fetch(self) -> str:
        """Make it where it is missing. Why it could not be made, or empty."""
        if self.folder.exists() or any(shutil.which(need) is None for need in self.needs):
            return self.lacking
        with tempfile.TemporaryDirectory(dir=cache()) as name:
            place = Path(name) / "made"
            place.mkdir()
            try:
                self.make(place)
            except Unavailable as error:
                return str(error)
            try:
                place.rename(self.folder)  # whole before it has its name: two runs may make it at once
            except OSError:
                return self.lacking
        return ""


def cache() -> Path:
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    try:
        folder = base / "truc-tests"
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        folder = Path(tempfile.gettempdir()) / f"truc-tests-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def run(command: list[str], place: Path, **environment: str) -> None:
    """A step of making. Unavailable with its last words where it fails."""
    try:
        done = subprocess.run(
            command,
            cwd=place,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{command[0]} took more than {_SECONDS} s") from None
    if done.returncode:
        last = " ".join(done.stdout.split()[-30:])
        raise Unavailable(f"{command[0]} failed: {last[-300:]}")


def fetch_jar(jar: Jar, place: Path) -> None:
    """By Maven's own client, from wherever this machine gets its artifacts."""
    plugin = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
    run(["mvn", "-q", "-B", plugin, f"-Dartifact={jar.artifact}", f"-DoutputDirectory={place}"], place)
    found = hashlib.sha256((place / jar.file).read_bytes()).hexdigest()
    if found != jar.sha256:
        raise Unavailable(f"{jar.file} has SHA-256 {found}, not the one expected")


def npm_ci(place: Path) -> None:
    run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], place)


def go_environment() -> dict[str, str]:
    return {"GOFLAGS": "-mod=readonly -trimpath", "GOTOOLCHAIN": "local", "GOWORK": "off", "CGO_ENABLED": "0"}


_JWT: Final = HERE / "jwt_libraries"


def _node(place: Path) -> None:
    for path in NODE_JWT.sources:
        shutil.copy(path, place)
    npm_ci(place)


def _java(place: Path) -> None:
    fetch_jar(NIMBUS, place)
    run(["javac", "-cp", NIMBUS.file, "-d", ".", *map(str, JAVA_JWT.sources)], place)


def _go(place: Path) -> None:
    for path in GO_JWT.sources:
        shutil.copy(path, place)
    run(["go", "build", "-o", "assertions", "."], place, **go_environment())


NODE_JWT: Final = Made(
    "jwt-node",
    ("node", "npm"),
    tuple(_JWT / "node" / name for name in ("package.json", "package-lock.json", "main.mjs")),
    _node,
)
JAVA_JWT: Final = Made("jwt-java", ("java", "javac", "mvn"), (_JWT / "java" / "Assertions.java",), _java, repr(NIMBUS))
GO_JWT: Final = Made("jwt-go", ("go",), tuple(_JWT / "go" / name for name in ("go.mod", "go.sum", "main.go")), _go)

_COMPILER: Final = HERE / "generated" / "typescript"
_CLIENT: Final = HERE.parents[1] / "clients" / "typescript" / "truc.ts"


def _typescript(place: Path) -> None:
    for path in TYPESCRIPT.sources:
        shutil.copy(path, place)
    npm_ci(place)
    # Its module is an ES module whatever else is beside it.
    (place / "package.json").write_text('{"type": "module"}')
    options = ["--strict", "--module", "nodenext", "--target", "es2022", "--outDir", "out"]
    run(["node", "node_modules/typescript/bin/tsc", *options, _CLIENT.name], place)


TYPESCRIPT: Final = Made(
    "client-typescript",
    ("node", "npm"),
    (_CLIENT, *(_COMPILER / name for name in ("package.json", "package-lock.json"))),
    _typescript,
)

TOOLS: Final = (NODE_JWT, JAVA_JWT, GO_JWT, TYPESCRIPT)


def tell(tools: Sequence[Made], what: str) -> int:
    """Make what is missing. Always 0: a machine without Java or without a network still runs all other tests."""
    lacking = {tool.name: why for tool in tools if (why := tool.fetch())}
    for name, why in lacking.items():
        print(f"skipped: {name}: {why}")
    print(f"{what}: {len(tools) - len(lacking)} ready, {len(lacking)} skipped")
    return 0


if __name__ == "__main__":
    sys.exit(tell(TOOLS, "tools of other languages"))
