"""The sentences of libxml2 that a broken message calls forth most; a rarer one is quoted as the library says it."""

from __future__ import annotations

from typing import Final

_SAID: Final = {
    "Document is empty": "văn bản trống",
    "Start tag expected, '<' not found": "không có thẻ mở đầu '<'",
    "StartTag: invalid element name": "tên phần tử không hợp lệ",
    "Extra content at the end of the document": "có nội dung thừa sau phần tử gốc",
    "Premature end of data in tag {} line {}": "nội dung hết khi thẻ {} ở dòng {} chưa đóng",
    "Opening and ending tag mismatch: {} line {} and {}": "thẻ mở {} ở dòng {} không khớp thẻ đóng {}",
    "Couldn't find end of Start Tag {} line {}": "thẻ mở {} ở dòng {} không có dấu kết thúc",
    "Couldn't find end of Start Tag {}": "thẻ mở {} không có dấu kết thúc",
    "Namespace prefix {} on {} is not defined": "tiền tố {} của {} chưa khai báo không gian tên",
    "Namespace prefix {} for {} on {} is not defined": "tiền tố {} của {} trong {} chưa khai báo không gian tên",
    "Attribute {} redefined": "thuộc tính {} ghi hai lần",
    "Entity {} not defined": "thực thể {} chưa định nghĩa",
    "Specification mandates value for attribute {}": "thuộc tính {} phải có giá trị",
    "Unescaped '<' not allowed in attributes values": "giá trị thuộc tính không được chứa '<'",
    "Input is not proper UTF-8, indicate encoding !": "nội dung không đúng mã UTF-8",
    "PCDATA invalid Char value {}": "ký tự không được phép, mã {}",
    "xmlParseEntityRef: no name": "dấu & không có tên thực thể",
    "attributes construct error": "thuộc tính viết sai",
    "expected '>'": "thiếu dấu '>'",
}
XML: Final = {
    f"{english}{place}": f"{vietnamese}{at}"
    for english, vietnamese in (("{}", "{}"), *_SAID.items())
    for place, at in ((", line {}, column {}", ", dòng {}, cột {}"), *([("", "")] if english != "{}" else ()))
}
