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
    "figures: each indicator once for each row": "figures: mỗi chỉ tiêu một lần cho mỗi dòng",
    "reason: a report is returned with a reason": "reason: trả lại báo cáo phải nêu lý do",
    "a report of at most {} bytes": "báo cáo tối đa {} byte",
    "a regime: {}, or one with its owner": "chế độ báo cáo: {}, hoặc chế độ khác kèm owner",
    "a period of the regime: {}": "kỳ báo cáo có trong chế độ: {}",
    "a hub that keeps programmes": "Trục có lưu dữ liệu chương trình",
    "revision {}: somebody else wrote this draft": "phiên bản {}: người khác vừa sửa bản nháp này",
    "receiver: an agency that the report goes to": "receiver: đơn vị nhận báo cáo",
    "at most {} reports of one period": "tối đa {} báo cáo trong một kỳ",
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
