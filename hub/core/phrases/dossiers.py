"""The expected and the found in faults of one-stop dossiers, and of the services that bring them."""

from __future__ import annotations

from typing import Final

DOSSIERS: Final = {
    "a folder": "thư mục",
    "a file that can be read": "tệp đọc được",
    "CSV": "tệp CSV",
    "the columns {}": "các cột {}",
    "at most {} lines": "tối đa {} dòng",
    "{} to {} characters": "{} đến {} ký tự",
    "a whole number from 0 to {}": "số nguyên từ 0 đến {}",
    "a procedure's code, such as 1.001193": "mã thủ tục, ví dụ 1.001193",
    "each code once": "mỗi mã một lần",
    "a service's number, 01 to 99": "số của dịch vụ, 01 đến 99",
    "each service once": "mỗi dịch vụ một lần",
    "each procedure of one service, once": "mỗi thủ tục thuộc một dịch vụ, một lần",
    "unknown where no procedure is named, and only there": "unknown khi không có mã thủ tục, và chỉ khi đó",
    "a dossier's number, such as H20.14-200703-0002": "mã số hồ sơ, ví dụ H20.14-200703-0002",
    "a number of the day {}": "mã số của ngày {}",
    "yyyyMMddHHmmss, yyyyMMdd or ISO 8601": "yyyyMMddHHmmss, yyyyMMdd hoặc ISO 8601",
    "{}; or ThoiHanGiaiQuyet": "{}; hoặc ThoiHanGiaiQuyet",
    "the code of the agency that solves the dossier": "mã đơn vị giải quyết hồ sơ",
    "a time that is not before the reception": "thời điểm không trước khi tiếp nhận",
    "a time that is not before the last step": "thời điểm không trước bước cuối đã ghi nhận",
    "a time that is not after the moment of the call or the document": (
        "thời điểm không sau lúc gọi dịch vụ hoặc lúc gửi văn bản"
    ),
    "a number in digits alone": "số chỉ viết bằng chữ số",
    "a time that is not before the request": "thời điểm không trước khi yêu cầu bổ sung",
    "the code of an agency in the directory": "mã đơn vị có trong danh mục",
    "an agency that was in office on {}": "đơn vị đang hoạt động vào ngày {}",
    "cases that are up to the record": "hồ sơ của chương trình đã đọc đến văn bản mới nhất",
    "{} documents behind": "còn {} văn bản chưa đọc",
    "JSON in UTF-8": "JSON mã hóa UTF-8",
    "HoSo or TienDo": "HoSo hoặc TienDo",
    "a subject without the applicant's name": "trích yếu không có họ tên người nộp",
    "a name": "họ tên",
    "a state that may follow {}": "trạng thái có thể tiếp theo trạng thái {}",
    "at most {} steps of a dossier": "hồ sơ tối đa {} bước",
    "a dossier that was told of before its steps": "hồ sơ đã được gửi trước các bước tiến độ",
    "an agency of the dossier's province or ministry, or one that takes part in it": (
        "đơn vị thuộc tỉnh hoặc bộ của hồ sơ, hoặc đơn vị tham gia giải quyết"
    ),
    "a state": "một trạng thái",
    "a time that is not before the {}": "thời điểm không trước {}",
}
