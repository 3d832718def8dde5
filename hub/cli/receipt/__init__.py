"""`truc receipt`: show and verify receipts. Its commands are loaded one by one, so that verifying starts fast."""

from __future__ import annotations

import click

from hub.cli.common import epilog
from hub.cli.lazy import LazyGroup, Place

PLACES = {
    "verify": Place("hub.cli.receipt.verify", "Xác minh, không cần Trục hay mạng · verify with no hub and no network"),
    "upgrade": Place("hub.cli.receipt.upgrade", "Lấy bản có nhân chứng ký · get the one that witnesses have cosigned"),
    "show": Place("hub.cli.receipt.show", "Xem một tệp, hoặc lấy từ Trục · show a file, or get one from the hub"),
}

_EXAMPLE = """
truc receipt verify 01a2057f.tlog-proof --policy log.policy --document message.edxml
truc receipt show 01a2057f.tlog-proof"""


@click.group("receipt", cls=LazyGroup, places=PLACES, epilog=epilog(_EXAMPLE))
def command() -> None:
    """Biên nhận: một tệp chứng minh Trục đã làm gì, khi nào, với mã băm nào.

    Receipts: one file that proves the hub's act, its time, and the digest.
    """
