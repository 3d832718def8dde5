"""The expected and the found in faults of national reporting."""

from __future__ import annotations

from typing import Final

REPORTING: Final = {
    "a code of its own: this one is a regime that comes with the hub": (
        "mã riêng: mã này là của chế độ báo cáo có sẵn trong hệ thống"
    ),
    "a period that is opened for at most {} recipients by one document": (
        "mỗi văn bản mở kỳ báo cáo cho tối đa {} nơi nhận"
    ),
    "a recipient of the document, as the one who receives the report": ("nơi nhận báo cáo là một nơi nhận của văn bản"),
    "a recipient of the document, as the one whose report it is": ("đơn vị có báo cáo là một nơi nhận của văn bản"),
    "a report without a mark of secrecy": "báo cáo không mang dấu mật",
    "a regime that comes with the hub, or the agency that sent it down as its owner": (
        "chế độ có sẵn trong hệ thống, hoặc owner là cơ quan đã ban hành chế độ"
    ),
    "version {}": "phiên bản {}",
    "a report or an open period of this agency": "báo cáo hoặc kỳ đang mở của đơn vị này",
    "one of the acts {}": "một trong các bước {}",
    "{} of a report that is {}": "{} với báo cáo đang ở trạng thái {}",
    "no further act": "không còn bước nào",
    "no figure of this regime": "chỉ tiêu có trong chế độ",
    "no text of this regime": "nội dung có trong đề cương của chế độ",
    "a figure; 0 where there is nothing": "số liệu; không phát sinh thì ghi 0",
    "a value: plan, estimate or actual": "một giá trị: plan (kế hoạch), estimate (ước) hoặc actual (thực hiện)",
    "no rows: this regime has totals alone": "không chia dòng: chế độ này chỉ có số tổng",
    "the sum of its rows, {}": "bằng tổng các dòng, {}",
    "a whole number, such as 1250": "số nguyên, ví dụ 1250",
    "at most {} figures": "tối đa {} số liệu",
    "one line for each code and row; {} stood above": "mỗi mã và dòng chỉ một lần; {} đã có ở trên",
    "a report that is overdue": "báo cáo quá hạn",
    "a number and a notation": "số và ký hiệu",
    "an agency whose report is due": "đơn vị đang phải nộp báo cáo",
    "an agency that reports to the sender": "đơn vị báo cáo cho nơi gửi",
    "a report that was sent": "báo cáo đã gửi",
    "a report as in the packet report/1": "báo cáo đúng dạng gói report/1",
    "first is not after last, moved not before due": "first không sau last, moved không trước due",
    "a period is 2026, 2026-H1, 2026-9M, 2026-Q1 or 2026-03, of 2000 to 2199": (
        "kỳ báo cáo ghi là 2026, 2026-H1, 2026-9M, 2026-Q1 hoặc 2026-03, từ năm 2000 đến 2199"
    ),
    "a day from {} to {}": "ngày từ {} đến {}",
    "regime: at most {} bytes": "chế độ báo cáo: tối đa {} byte",
    "regime.code: 1 to 40 of A-Z a-z 0-9 . _ -, a letter or digit first": (
        "regime.code: 1 đến 40 ký tự A-Z a-z 0-9 . _ -, bắt đầu bằng chữ hoặc số"
    ),
    "indicators: codes of 1 to {} characters": "indicators: mã từ 1 đến {} ký tự",
    "at most {} agencies": "tối đa {} đơn vị",
    "close_day is 0 to 28, months -12 to 12": "close_day từ 0 đến 28, months từ -12 đến 12",
    "a deadline has either a day of the month or working days after the cut-off": (
        "thời hạn là một ngày trong tháng, hoặc số ngày làm việc sau ngày chốt số liệu"
    ),
    "day is 1 to 28, months -12 to 36, working_days 1 to 250": (
        "day từ 1 đến 28, months từ -12 đến 36, working_days từ 1 đến 250"
    ),
    "indicators: 1 to {}, each code once": "indicators: từ 1 đến {}, mỗi mã một lần",
    "values: at least one of plan, estimate, actual": "values: ít nhất một trong plan, estimate, actual",
    "spans: a periodic regime names its periods (NĐ 09/2019 Art. 11.2)": (
        "spans: chế độ báo cáo định kỳ phải nêu kỳ báo cáo (NĐ 09/2019 Điều 11.2)"
    ),
    "indicators.{}: part and whole are codes of sums": "indicators.{}: part và whole là mã của chỉ tiêu cộng dồn",
    "identities: {} and its parts are codes of sums": "identities: {} và các thành phần là mã của chỉ tiêu cộng dồn",
    "milestones: {} and {} are codes of sums": "milestones: {} và {} là mã của chỉ tiêu cộng dồn",
    "figures: each indicator once for each row": "figures: mỗi chỉ tiêu một lần cho mỗi dòng",
    "reason: a report is returned with a reason": "reason: trả lại báo cáo phải nêu lý do",
    "a report of at most {} bytes": "báo cáo tối đa {} byte",
    "a regime: {}, or one with its owner": "chế độ báo cáo: {}, hoặc chế độ khác kèm owner",
    "a period of the regime: {}": "kỳ báo cáo có trong chế độ: {}",
    "a hub that keeps programmes": "Trục có lưu dữ liệu chương trình",
    "revision {}: somebody else wrote this draft": "phiên bản {}: người khác vừa sửa bản nháp này",
    "receiver: an agency that the report goes to": "receiver: đơn vị nhận báo cáo",
    "at most {} reports of one period": "tối đa {} báo cáo trong một kỳ",
    # a list of internal procedures
    "a list of at most {} bytes": "danh sách tối đa {} byte",
    "CSV in UTF-8 or UTF-16, or XLSX": "CSV mã UTF-8 hoặc UTF-16, hoặc XLSX",
    "a CSV file": "tệp CSV",
    "at most {} columns": "tối đa {} cột",
    "line {}": "dòng {}",
    "this column": "có cột này",
    "a head as in the template, or none": "tên cột như trong mẫu, hoặc để trống",
    "each column once": "mỗi cột một lần",
    "a procedure on each line": "mỗi dòng một thủ tục",
    "at most {} procedures": "tối đa {} thủ tục",
    "at most {} fields": "tối đa {} lĩnh vực",
    "cells below a head alone": "chỉ có ô dưới tên cột",
    "yes, for a procedure that was reviewed": "yes (có), vì thủ tục đã rà soát thì đã công bố",
    "each code once; it stood on line {}": "mỗi mã một lần; mã này đã có ở dòng {}",
    "a cost before, where something was cut": "chi phí trước rà soát, vì thủ tục đã được cắt giảm",
    "a cost after, where it was simplified or replaced": "chi phí sau rà soát, vì thủ tục được đơn giản hóa, thay thế",
    "nothing, where it was not simplified or replaced": "để trống, vì thủ tục không được đơn giản hóa, thay thế",
    "1 to {} characters": "từ 1 đến {} ký tự",
    "a text that is no formula": "chữ, không phải công thức",
    "a whole number, 0 to {}": "số nguyên từ 0 đến {}",
    "hours, 0 to {}, with at most two decimals, such as 1.5": "số giờ từ 0 đến {}, tối đa hai số lẻ, ví dụ 1.5",
    "a cost, or hours, for a procedure with times a year": "chi phí hoặc số giờ, vì có số lần một năm",
    "the times a year": "số lần một năm",
    "hours x people x wage + other costs, {}": "bằng giờ × người × đồng/giờ + chi phí khác, {}",
    "at most {} đồng a year": "tối đa {} đồng một năm",
    "the wage an hour, where there are hours": "chi phí nhân công một giờ, vì có số giờ",
    "a regime that asks for the figures of internal procedures": "chế độ báo cáo hỏi số liệu thủ tục nội bộ",
    # files that are read as sheets
    "an XLSX file": "tệp XLSX",
    "an XLSX file of at most {} bytes": "tệp XLSX tối đa {} byte",
    "an XLSX file with a sheet": "tệp XLSX có trang tính",
    "at most {} files in an XLSX file": "tối đa {} tệp thành phần trong tệp XLSX",
    "at most {} different texts in an XLSX file": "tối đa {} chuỗi khác nhau trong tệp XLSX",
    "cells that say where they stand, such as B7": "ô có địa chỉ, ví dụ B7",
    "at most {} rows and {} columns": "tối đa {} hàng và {} cột",
    "a text that the file has": "chuỗi có trong tệp",
}
