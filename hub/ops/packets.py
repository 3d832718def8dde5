"""The published schemas of data packets, made from the structs that read them.

python -m hub.ops.packets        writes schemas/packets/<kind>-<version>.schema.json; a test compares
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import msgspec

from hub.programmes.registry import PROGRAMMES

FOLDER: Final = Path(__file__).resolve().parents[2] / "schemas" / "packets"


def schemas() -> dict[str, bytes]:
    """Name of the file → its bytes."""
    return {
        f"{called.replace('/', '-')}.schema.json": _schema(called, kind, programme.words.title.en)
        for programme in PROGRAMMES.values()
        for called, kind in programme.packets.items()
    }


def _schema(called: str, kind: type[msgspec.Struct], programme: str) -> bytes:
    made: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": called}
    made["description"] = f"{programme}: the data packet {called}, a file of a document whose name ends in .packet.json"
    made |= msgspec.json.schema(kind)
    return (json.dumps(made, indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode()


def write(folder: Path = FOLDER) -> None:
    folder.mkdir(exist_ok=True)
    for name, data in schemas().items():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    write()
