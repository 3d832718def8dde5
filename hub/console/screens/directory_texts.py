"""Words of the pages of an operator's changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hub.core.errors import Text

TEXTS: Final[Mapping[str, Text]] = {
    "directory.new": Text("Thêm đơn vị", "Add an agency"),
    "directory.edit": Text("Sửa thông tin", "Edit the entry"),
    "directory.import": Text("Nhập từ tệp", "Import a file"),
    "directory.import.hint": Text(
        "CSV hoặc JSON, tối đa 4 MB và 20.000 mục. CSV chỉ đổi các cột có trong tệp; ô trống là xóa. "
        "Xem trước rồi mới ghi.",
        "CSV or JSON, at most 4 MB and 20,000 entries. A CSV changes the columns that it has; an empty cell empties. "
        "You see what changes before anything does.",
    ),
    "directory.file": Text("Tệp danh mục", "File of entries"),
    "directory.check": Text("Xem trước thay đổi", "Show what would change"),
    "directory.acts": Text("Việc của quản trị", "An operator's acts"),
    "directory.act.register": Text("Thêm đơn vị vào danh mục", "Add an agency to the directory"),
    "directory.act.edit": Text("Sửa thông tin đơn vị", "Edit an entry"),
    "directory.act.suspend": Text("Tạm ngừng đơn vị", "Suspend the agency"),
    "directory.act.resume": Text("Cho hoạt động trở lại", "End the suspension"),
    "directory.act.succeed": Text("Kết thúc, ghi đơn vị kế thừa", "End it and name its successor"),
    "directory.act.certificate": Text("Đăng ký chứng thư", "Register a certificate"),
    "directory.act.import": Text("Nhập danh mục từ tệp", "Import a file of entries"),
    "directory.suspend.why": Text(
        "Đơn vị không gửi, không nhận; khóa của đơn vị không ký được gì.",
        "It neither sends nor receives, and its keys sign nothing.",
    ),
    "directory.resume.why": Text("Đơn vị gửi, nhận và ký như trước.", "It sends, receives and signs as before."),
    "directory.successor": Text("Mã đơn vị kế thừa", "Code of the successor"),
    "directory.successor.hint": Text(
        "Văn bản gửi cho đơn vị này sẽ được chuyển tới đó", "Documents addressed to this agency go there"
    ),
    "directory.last_day": Text("Ngày hoạt động cuối (trống: hôm nay)", "Last day (empty: today)"),
    "directory.certificate": Text("Tệp chứng thư mới của đơn vị", "File of its new certificate"),
    "directory.certificate.hint": Text(
        ".cer, .crt hoặc .pem; chứng thư đang dùng vẫn giữ", ".cer, .crt or .pem; those that it has stay"
    ),
    "directory.certificate.do": Text("Xem trước, đăng ký", "Look at it, and register"),
    "directory.preview": Text("Thay đổi sẽ ghi", "What would change"),
    "directory.entry": Text("Đơn vị", "Agency"),
    "directory.what": Text("Thay đổi", "Change"),
    "directory.fields": Text("Chi tiết", "Details"),
    "directory.empty": Text("(trống)", "(empty)"),
    "directory.read": Text("Đọc {n} mục", "{n} entry read|{n} entries read"),
    "directory.added": Text("{n} đơn vị mới", "{n} new agency|{n} new agencies"),
    "directory.changed": Text("{n} đơn vị thay đổi", "{n} agency changes|{n} agencies change"),
    "directory.why": Text("Lý do, ghi vào vết thao tác", "Reason, kept in the audit trail"),
    "directory.why.needed": Text("Bắt buộc với thay đổi này", "This change needs one"),
    "directory.confirm": Text("Ghi {n} đơn vị", "Change {n} agency|Change {n} agencies"),
    "directory.cancel": Text("Không ghi, quay lại", "Change nothing, go back"),
    "directory.line": Text("Dòng", "Line"),
    "directory.field": Text("Trường", "Field"),
    "directory.fault": Text("Cần sửa", "What to correct"),
    "directory.problems": Text("{n} lỗi cần sửa", "{n} fault to correct|{n} faults to correct"),
    "directory.code": Text("Mã đơn vị (QCVN 102)", "Code (QCVN 102)"),
    "directory.change.added": Text("thêm mới", "new"),
    "directory.change.changed": Text("sửa", "edited"),
    "directory.change.removed": Text("bỏ", "removed"),
    "directory.change.certificate_added": Text("thêm chứng thư", "certificate added"),
    "directory.change.certificate_withdrawn": Text("rút chứng thư", "certificate withdrawn"),
    "directory.change.certificate_changed": Text("đổi thời hạn chứng thư", "times of a certificate"),
    "directory.field.name": Text("Tên", "Name"),
    "directory.field.short_name": Text("Tên ngắn", "Short name"),
    "directory.field.code_qd20": Text("Mã QĐ 20", "Code of Decision 20"),
    "directory.field.tier": Text("Cấp", "Tier"),
    "directory.field.parent": Text("Trực thuộc (mã)", "Below (code)"),
    "directory.field.centre": Text("Trung tâm gửi nhận thay (mã)", "Centre that acts for it (code)"),
    "directory.field.email": Text("Thư điện tử", "E-mail"),
    "directory.field.address": Text("Địa chỉ", "Address"),
    "directory.field.valid_from": Text("Hiệu lực từ", "Valid from"),
    "directory.field.valid_to": Text("Hiệu lực đến", "Valid until"),
    "directory.field.successor": Text("Đơn vị kế thừa", "Successor"),
    "directory.field.heirs": Text("Đơn vị nhận một phần", "Heirs of a part"),
    "directory.field.suspended": Text("Tạm ngừng", "Suspended"),
    "directory.field.signature_policy": Text("Văn bản không ký hợp lệ", "Without a valid signature"),
    "directory.field.signature_profile": Text("Hồ sơ chữ ký", "Signature profile"),
    "directory.field.added": Text("đăng ký", "registered"),
    "directory.field.withdrawn": Text("rút", "withdrawn"),
    "directory.choice.strict": Text("chặt chẽ: Trục từ chối", "strict: the axis refuses"),
    "directory.choice.record": Text("nhận để tham khảo", "taken for information"),
    "directory.choice.legacy": Text("cả C14N 1.0 cũ", "C14N 1.0 of old, too"),
    "deed.directory-changed": Text("Thay đổi danh mục", "Changed the directory"),
}
