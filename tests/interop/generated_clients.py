"""Clients that generators make of `schemas/openapi.json`, compiled with the drivers of `generated/`: `make clients`.

openapi-generator makes the Java and TypeScript clients, oapi-codegen the Go one. They are made again when the
description changes; the test that plays with them skips what is not made.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

from tests.interop.fetched import HERE, Jar, Made, fetch_jar, go_environment, npm_ci, run, tell

OPENAPI: Final = HERE.parents[1] / "schemas" / "openapi.json"
GENERATOR: Final = Jar(
    "org.openapitools:openapi-generator-cli:7.25.0", "41ce4f6b07f196676439d710759fa1ced7a08066d06ff1bf314681470289efae"
)
OAPI_CODEGEN: Final = "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2"
_DRIVERS: Final = HERE / "generated"
_DEPENDENCIES: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"


def _generate(place: Path, generator: str, out: str, *more: str) -> None:
    fetch_jar(GENERATOR, place)
    jar = GENERATOR.file
    run(["java", "-jar", jar, "generate", "-i", str(OPENAPI), "-g", generator, "-o", out, *more], place)
    (place / jar).unlink()


def _java(place: Path) -> None:
    # The generator's default library; its "native" one writes a file as a JSON string.
    names = "openApiNullable=false,apiPackage=truc.api,modelPackage=truc.model,invokerPackage=truc"
    _generate(place, "java", "generated", "--library", "okhttp-gson", "--additional-properties", names)
    pom = str(place / "generated" / "pom.xml")
    run(
        ["mvn", "-q", "-B", "-f", pom, _DEPENDENCIES, f"-DoutputDirectory={place / 'lib'}", "-DincludeScope=compile"],
        place,
    )
    sources = [str(path) for path in sorted((place / "generated" / "src" / "main").rglob("*.java"))]
    (place / "sources").write_text("\n".join([*sources, *map(str, JAVA.sources[1:])]))
    run(["javac", "-nowarn", "-cp", "lib/*", "-d", "classes", "@sources"], place)


def _typescript(place: Path) -> None:
    for path in TYPESCRIPT.sources[1:]:
        shutil.copy(path, place)
    _generate(place, "typescript-fetch", "generated")
    npm_ci(place)
    options = ["--module", "commonjs", "--target", "es2022", "--lib", "es2022,dom,dom.asynciterable", "--skipLibCheck"]
    run(["npx", "--no-install", "tsc", "--strict", *options, "--outDir", "out", "driver.ts"], place)


def _go(place: Path) -> None:
    for path in GO.sources[1:]:
        shutil.copy(path, place)
    run(["go", "install", OAPI_CODEGEN], place, GOBIN=str(place), GOFLAGS="-trimpath", GOTOOLCHAIN="local")
    (place / "truc").mkdir()
    run(["./oapi-codegen", "-generate", "types,client", "-package", "truc", "-o", "truc/truc.go", str(OPENAPI)], place)
    run(["go", "build", "-o", "driver", "."], place, **go_environment())
    (place / "oapi-codegen").unlink()


JAVA: Final = Made(
    "generated-java",
    ("java", "javac", "mvn"),
    (OPENAPI, _DRIVERS / "java" / "Driver.java"),
    _java,
    repr(GENERATOR),
    "clients",
)
TYPESCRIPT: Final = Made(
    "generated-typescript",
    ("java", "mvn", "node", "npm"),
    (OPENAPI, *(_DRIVERS / "typescript" / name for name in ("driver.ts", "package.json", "package-lock.json"))),
    _typescript,
    repr(GENERATOR),
    "clients",
)
GO: Final = Made(
    "generated-go",
    ("go",),
    (OPENAPI, *(_DRIVERS / "go" / name for name in ("main.go", "go.mod", "go.sum"))),
    _go,
    OAPI_CODEGEN,
    "clients",
)

if __name__ == "__main__":
    sys.exit(tell((JAVA, TYPESCRIPT, GO), "generated clients"))
