"""The values that a type allows, and those that stand there instead."""

from __future__ import annotations

from typing import Final

MISFIT: Final = {
    "one of {}": "một trong {}",
    "a whole number": "số nguyên",
    "a whole number from {} to {}": "số nguyên từ {} đến {}",
    "a whole number of at least {}": "số nguyên từ {} trở lên",
    "a whole number of at most {}": "số nguyên không quá {}",
    "a number from {} to {}": "số từ {} đến {}",
    "a number of at least {}": "số từ {} trở lên",
    "a number of at most {}": "số không quá {}",
    "a number with a fraction": "số có phần thập phân",
    "the parameters {}": "các tham số {}",
    "no parameters": "không có tham số nào",
    "a text": "chuỗi ký tự",
    "text as {}": "chuỗi dạng {}",
    "text of at most {} characters": "chuỗi tối đa {} ký tự",
    "true or false": "true hoặc false",
    "bytes in base64": "dữ liệu dạng base64",
    "a list": "danh sách",
    "a list of at most {} values": "danh sách tối đa {} giá trị",
    "an object": "đối tượng JSON",
    "an object with {}": "đối tượng JSON gồm {}",
    "a time as 2026-11-22T08:00:00Z": "thời điểm như 2026-11-22T08:00:00Z",
    "a value as in the schema": "giá trị như trong lược đồ",
    "a time as 2026-11-22T08:00:00Z, or a day as 2026-11-22": (
        "thời điểm như 2026-11-22T08:00:00Z, hoặc ngày như 2026-11-22"
    ),
    "an end that is too early": "nội dung bị ngắt giữa chừng",
    "another sign at byte {}": "ký tự sai tại byte {}",
    "another encoding": "mã hóa khác",
    "an object of {} to {} members": "đối tượng JSON có từ {} đến {} thành phần",
    "a number of too many digits": "số có quá nhiều chữ số",
    "a member that stands twice": "thành phần xuất hiện hai lần",
    "too many levels": "quá nhiều cấp lồng nhau",
}
