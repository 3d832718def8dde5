"""The expected and the found in faults of data packets that ride on documents, and of records that programmes keep."""

from __future__ import annotations

from typing import Final

RIDING: Final = {
    "a data packet of at most {} bytes": "gói dữ liệu tối đa {} byte",
    "JSON in UTF-8, each member once": "JSON mã hóa UTF-8, mỗi thành phần xuất hiện một lần",
    "at most {} values": "tối đa {} giá trị",
    "at most {} levels": "tối đa {} cấp lồng nhau",
    "text of Unicode, and numbers up to {}": "chuỗi ký tự Unicode, và số không quá {}",
    'an object with "packet": "<kind>/<version>"': 'đối tượng có "packet": "<loại>/<phiên bản>"',
    "a case of yours": "hồ sơ mà đơn vị là một bên",
    "sort=due for open cases": "sort=due chỉ dùng cho hồ sơ đang mở",
    "no programme": "không có chương trình nào",
    "no programmes here": "tiến trình này không có chương trình",
    "{}: {}": "{}: {}",
    "the bytes of the document": "nội dung văn bản",
    "deleted": "đã xóa",
    "a signature that is valid": "chữ ký hợp lệ",
    "files that can be unpacked": "tệp giải nén được",
    "no kind": "không có loại nào",
    "an identifier of 1 to {} printable characters": "mã từ 1 đến {} ký tự in được",
    "at most {} faults": "tối đa {} lỗi",
    "{} faults": "{} lỗi",
    "at most {} events": "tối đa {} sự kiện",
    "{} events": "{} sự kiện",
    "a programme without errors": "chương trình chạy không lỗi",
    "one that failed": "chương trình gặp lỗi",
    "another value": "giá trị khác",
    "the field {}": "trường {}",
    "a value of the type {}": "giá trị kiểu {}",
    "{} <= {}": "{} <= {}",
    "{} >= {}": "{} >= {}",
    "a length <= {}": "độ dài <= {}",
    "a length >= {}": "độ dài >= {}",
    "text of the form {}": "chuỗi theo mẫu {}",
    "one of the words in the schema of the packet": "một trong các từ nêu trong lược đồ của gói",
    "a {} in the form of RFC 3339": "giá trị {} theo dạng RFC 3339",
    "a value as in the schema of the packet": "giá trị như trong lược đồ của gói",
}
