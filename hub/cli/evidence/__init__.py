"""`truc evidence`: a document's whole life in one file, and its audit. Its commands are loaded one by one."""

from __future__ import annotations

import click

from hub.cli.common import epilog
from hub.cli.lazy import LazyGroup, Place

PLACES = {
    "export": Place("hub.cli.evidence.export", "Xuất hồ sơ bằng chứng của văn bản · export a document's life"),
    "verify": Place("hub.cli.evidence.verify", "Kiểm chín bước, không cần Trục · audit in nine steps, offline"),
}

_EXAMPLE = """
truc evidence export 01a2057f-… --as 000.00.00.G22 --out life.zip
truc evidence verify life.zip --policy log.policy --anchors keys/demo/anchors"""


@click.group("evidence", cls=LazyGroup, places=PLACES, epilog=epilog(_EXAMPLE))
def command() -> None:
    """Hồ sơ bằng chứng: một tệp chứa mọi bằng chứng về vòng đời một văn bản, kiểm toán được ngoại tuyến.

    Evidence bundles: one file that proves the whole life of a document, and its audit with no hub and no network.
    """
