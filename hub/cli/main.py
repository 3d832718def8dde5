"""`truc`: the table of commands. Nothing but click is imported until one is invoked."""

from __future__ import annotations

import click

from hub.cli.lazy import LazyGroup, Place

_RUN, _EXCHANGE = "Run · Chạy Trục", "Exchange · Gửi và nhận"
_PROVE, _MANAGE = "Prove and report · Kiểm chứng, báo cáo", "Manage · Quản trị"
_LABORATORY = "Laboratory, not for service · Phòng thử nghiệm, không dùng khi chạy thật"

PLACES = {
    "serve": Place("hub.cli.serve", "Chạy một Trục · run a hub", _RUN),
    "sandbox": Place("hub.cli.sandbox", "Trục thử nghiệm có sẵn đơn vị và khóa · a hub to try things on", _LABORATORY),
    "witness": Place("hub.cli.witness", "Nhân chứng cho nhật ký của người khác · witness others' logs", _RUN),
    "tsa": Place("hub.cli.tsa", "Máy cấp dấu thời gian thử nghiệm · a time-stamp authority to try with", _LABORATORY),
    "demo": Place("hub.cli.demo", "Xem một ngày của Trục · watch a day of the axis", _LABORATORY),
    "send": Place("hub.cli.send", "Ký và gửi văn bản · sign and send a document", _EXCHANGE),
    "inbox": Place("hub.cli.inbox", "Xem văn bản đến · look at the mailbox", _EXCHANGE),
    "fetch": Place("hub.cli.fetch", "Nhận văn bản về tệp · fetch documents into files", _EXCHANGE),
    "ack": Place("hub.cli.ack", "Ký xác nhận đã nhận · acknowledge what was fetched", _EXCHANGE),
    "status": Place("hub.cli.status", "Báo trạng thái xử lý · report a status", _EXCHANGE),
    "take-back": Place("hub.cli.take_back", "Lấy lại văn bản đã gửi · take a document back", _EXCHANGE),
    "outbox": Place("hub.cli.outbox", "Xem văn bản đã gửi · what was sent, and where it is", _EXCHANGE),
    "find": Place("hub.cli.find", "Tìm văn bản · find documents", _EXCHANGE),
    "show": Place("hub.cli.show", "Xem một văn bản · show one document", _EXCHANGE),
    "dossiers": Place("hub.cli.dossiers", "Hồ sơ một cửa, chỉ số QĐ 766 · one-stop dossiers", _EXCHANGE),
    "register": Place("hub.cli.register", "Sổ văn bản đến, đi · registers of documents", _EXCHANGE),
    "drafts": Place("hub.cli.drafts", "Dự thảo văn bản · drafts of letters", _EXCHANGE),
    "groups": Place("hub.cli.groups", "Nhóm nơi nhận · groups of recipients", _EXCHANGE),
    "directions": Place("hub.cli.directions", "Bút phê của lãnh đạo · a leader's directions", _EXCHANGE),
    "corrections": Place("hub.cli.corrections", "Đính chính sổ văn bản · corrections of registers", _EXCHANGE),
    "watch": Place("hub.cli.watch", "Theo dõi sự kiện · follow events as they happen", _EXCHANGE),
    "tasks": Place("hub.cli.tasks", "Nhiệm vụ giao: việc phải làm, đã giao · steering tasks", _EXCHANGE),
    "agent": Place("hub.cli.agent", "Phần mềm ký cho trang của văn thư · sign for the pages of a console", _EXCHANGE),
    "webhooks": Place("hub.cli.webhooks", "Báo sự kiện tới máy của đơn vị · have events sent to you", _EXCHANGE),
    "check": Place("hub.cli.check", "Kiểm tra tệp edXML, không cần mạng · validate edXML files offline", _PROVE),
    "signatures": Place("hub.cli.signatures", "Chữ ký số bên trong tệp PDF · signatures inside PDF files", _PROVE),
    "results": Place("hub.cli.results", "Kết quả điện tử: đăng ký, tra cứu, thu hồi · electronic results", _PROVE),
    "leaders": Place("hub.cli.leaders", "Lãnh đạo ký số: tỷ lệ · leaders who sign", _PROVE),
    "receipt": Place("hub.cli.receipt", "Xem, xác minh biên nhận · show and verify receipts", _PROVE),
    "evidence": Place("hub.cli.evidence", "Hồ sơ bằng chứng trọn vòng đời · a document's whole life, proved", _PROVE),
    "log": Place("hub.cli.log", "Kiểm toán nhật ký, theo dõi chứng thư · audit the log, watch certificates", _PROVE),
    "report": Place("hub.cli.report", "Số liệu gửi nhận · figures of the axis", _PROVE),
    "reports": Place("hub.cli.reports", "Chế độ báo cáo: lập, gửi, đôn đốc · periodic reports of agencies", _PROVE),
    "centre": Place("hub.cli.centre", "Trung tâm điều hành: cả nước tới từng đơn vị · the country's board", _PROVE),
    "simulate": Place("hub.cli.simulate", "Mô phỏng cả nước gửi nhận · play the country", _LABORATORY),
    "torture": Place(
        "hub.cli.torture", "Buộc dừng Trục giữa lúc có tải, rồi đối chiếu · kill a hub under load", _LABORATORY
    ),
    "soak": Place(
        "hub.cli.soak", "Chạy nhiều giờ, xem có gì tăng dần không · hours of traffic: what creeps?", _LABORATORY
    ),
    "bench": Place("hub.cli.bench", "Đo tốc độ so với chuẩn và thư viện khác · measure, as ratios", _LABORATORY),
    "agencies": Place("hub.cli.agencies", "Danh mục đơn vị · the directory of agencies", _MANAGE),
    "accounts": Place("hub.cli.accounts", "Tài khoản của trang quản trị · people of the console", _MANAGE),
    "programmes": Place(
        "hub.cli.programmes", "Chương trình trên văn bản: hồ sơ, bảng, lỗi · what rides on documents", _MANAGE
    ),
    "attention": Place("hub.cli.attention", "Việc cần xử lý, nặng nhất trước · the most urgent work first", _MANAGE),
    "alerts": Place("hub.cli.alerts", "Cảnh báo đang có, gửi thử · alerts that stand, and a test", _MANAGE),
    "keys": Place("hub.cli.keys", "Khóa, chứng thư, CRL · keys, certificates, CRLs", _MANAGE),
    "remind": Place("hub.cli.remind", "Nhắc lại, gia hạn văn bản đang chờ · tell again, or give more time", _MANAGE),
    "maintenance": Place(
        "hub.cli.maintenance", "Bảo trì: tạm không nhận văn bản mới · take no messages for a while", _MANAGE
    ),
    "retention": Place(
        "hub.cli.retention", "Xóa nội dung cũ, giữ bằng chứng · delete old bytes, keep evidence", _MANAGE
    ),
    "init": Place("hub.cli.init", "Chuẩn bị một Trục chạy thật · prepare a hub for service", _RUN),
    "config": Place("hub.cli.config", "Kiểm tra, xem cấu hình · check and show settings", _RUN),
    "ready": Place("hub.cli.ready", "Trục có đang nhận văn bản không · does the hub take submissions?", _RUN),
    "clock": Place("hub.cli.clock", "Xác nhận đồng hồ máy chủ · say that the clock is right", _MANAGE),
    "backup": Place("hub.cli.backup", "Sao lưu Trục đang chạy · back up a running hub", _MANAGE),
    "restore": Place("hub.cli.restore", "Khôi phục bản sao lưu · put a backup in place", _MANAGE),
    "fsck": Place("hub.cli.fsck", "Kiểm tra toàn bộ dữ liệu của Trục · check a hub's whole record", _MANAGE),
}

EPILOG = """\b
Exit codes · Mã thoát
  0  ok · thành công
  1  refused, an error found, not verified
     bị từ chối, có lỗi, không xác minh được
  2  wrong use, missing key or file · dùng sai, thiếu khóa hoặc tệp
  3  the hub cannot be reached · không kết nối được tới Trục
  4  try later · thử lại sau
  5  done at the hub, but a file could not be written here
     Trục đã nhận, nhưng không ghi được tệp tại đây

\b
Environment · Biến môi trường
  TRUC_URL     address of the hub · địa chỉ Trục  (http://127.0.0.1:8470)
  TRUC_CACERT  the CA of the hub's TLS · CA cấp chứng thư TLS cho Trục
  TRUC_KEYS    folder of keys · thư mục khóa      (keys/demo)
  TRUC_AS      your agency's code · mã đơn vị
  TRUC_LANG    vi | en                          (vi where LANG begins with vi)

\b
Example · Ví dụ:
  truc send --as 000.00.00.G22 --to 000.00.00.H52 --number 1011 --notation VPCP-KSTT \\
       --subject "V/v rà soát thủ tục hành chính" cong-van.pdf
"""


@click.group(
    cls=LazyGroup,
    places=PLACES,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(package_name="truc", message="%(prog)s %(version)s")
def main() -> None:
    """Trục liên thông văn bản quốc gia: gửi, nhận, ký số, biên nhận xác minh được.

    The document axis: signed edXML between agencies, with receipts that anyone can verify.
    """


if __name__ == "__main__":
    main()
