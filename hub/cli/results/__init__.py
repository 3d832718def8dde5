"""`truc results`: electronic results of procedures. Its commands are loaded one by one."""

from __future__ import annotations

import click

from hub.cli.common import epilog
from hub.cli.lazy import LazyGroup, Place

PLACES = {
    "register": Place("hub.cli.results.register", "Đăng ký kết quả cùng tệp đã ký · register a result"),
    "verify": Place("hub.cli.results.verify", "Tra cứu theo tệp, mã, QR; cả khi không có mạng · verify, offline too"),
    "revoke": Place("hub.cli.results.revoke", "Thu hồi, hủy kết quả · revoke a result"),
    "supersede": Place("hub.cli.results.supersede", "Thay bằng kết quả khác · put another in its place"),
    "list": Place("hub.cli.results.listing", "Kết quả của đơn vị · the agency's results"),
    "qr": Place("hub.cli.results.qr", "Mã QR in trên giấy (TCVN 7322) · the QR of a paper"),
    "measures": Place("hub.cli.results.measures", "Đăng ký, ký, kiểm tra đạt, tải lại được · honest measures"),
}

_EXAMPLE = """
truc results register --as 000.00.00.H52 --to 000.00.00.G22 --code H52.01-261120-0001-KQ1 \\
     --name "Giấy phép xây dựng" giay-phep.pdf
truc results verify giay-phep.pdf
truc results qr --code H52.01-261120-0001-KQ1 --name "Giấy phép xây dựng" --out qr.svg"""


@click.group("results", cls=LazyGroup, places=PLACES, epilog=epilog(_EXAMPLE))
def command() -> None:
    """Kết quả điện tử: đăng ký, tra cứu, thu hồi, mã QR.

    Electronic results: register, verify, revoke, QR.
    """
