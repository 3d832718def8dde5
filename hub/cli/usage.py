"""Usage errors in Vietnamese: click's own sentences and ours.

`tests/cli/test_vietnamese.py` compares the table with every message that click can make of a user's mistake.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from hub.core.phrases import Phrases

CLICK: Final = {
    "Invalid value: {}": "Giá trị không hợp lệ: {}",
    "Invalid value for {}: {}": "Giá trị không hợp lệ cho {}: {}",
    "Missing argument {}.": "Thiếu tham số {}.",
    "Missing option {}.": "Thiếu tùy chọn {}.",
    "Missing argument {}. Choose from: {}": "Thiếu tham số {}. Chọn một trong: {}",
    "Missing option {}. Choose from: {}": "Thiếu tùy chọn {}. Chọn một trong: {}",
    "No such option {}.": "Không có tùy chọn {}.",
    "No such option {}. Did you mean {}?": "Không có tùy chọn {}. Có phải {}?",
    "No such option {}. (Did you mean one of: {}?)": "Không có tùy chọn {}. (Có phải một trong: {}?)",
    "No such command {}.": "Không có lệnh {}.",
    "No such command {}. Did you mean {}?": "Không có lệnh {}. Có phải {}?",
    "No such command {}. (Did you mean one of: {}?)": "Không có lệnh {}. (Có phải một trong: {}?)",
    "Missing command.": "Thiếu tên lệnh.",
    "Got unexpected extra argument ({})": "Thừa tham số ({})",
    "Got unexpected extra arguments ({})": "Thừa các tham số ({})",
    "Option {} does not take a value.": "Tùy chọn {} không nhận giá trị.",
    "Option {} requires an argument.": "Tùy chọn {} cần một giá trị.",
    "Option {} requires {} arguments.": "Tùy chọn {} cần {} giá trị.",
    "Argument {} takes {} values.": "Tham số {} nhận {} giá trị.",
    "{} is not one of {}.": "{} không thuộc {}.",
    "{} does not match the format {}.": "{} không đúng dạng {}.",
    "{} does not match the formats {}.": "{} không đúng dạng nào trong {}.",
    "{} is not in the range {}.": "{} nằm ngoài khoảng {}.",
    "{} is not a valid {}.": "{} không phải {} hợp lệ.",
    "{} is not a valid boolean. Recognized values: {}": "{} không phải giá trị đúng/sai. Các giá trị: {}",
    "{} is not a valid UUID.": "{} không phải UUID hợp lệ.",
    "{} {} is a file.": "{} {} là tệp.",
    "{} {} is a directory.": "{} {} là thư mục.",
    "{} {} is not readable.": "{} {} không đọc được.",
    "{} {} is not writable.": "{} {} không ghi được.",
    "{} {} is not executable.": "{} {} không chạy được.",
    "{} {} does not exist.": "{} {} không tồn tại.",
    "{} values are required, but {} was given.": "Cần {} giá trị, chỉ có {}.",
    "{} values are required, but {} were given.": "Cần {} giá trị, nhưng có {}.",
    "Takes {} values but 1 was given.": "Cần {} giá trị, chỉ có 1.",
    "Takes {} values but {} were given.": "Cần {} giá trị, nhưng có {}.",
    "Could not open file {}: {}": "Không mở được tệp {}: {}",
    "{} is not {}.": "{} không phải {}.",
    "unknown error": "lỗi không rõ",
    "Aborted!": "Đã hủy.",
}
_WORDS: Final = {
    "file": "tệp",
    "directory": "thư mục",
    "path": "đường dẫn",
    "File": "Tệp",
    "Directory": "Thư mục",
    "Path": "Đường dẫn",
    "integer": "số nguyên",
    "integer range": "số nguyên",
    "float": "số",
    "float range": "số",
    "No such file or directory": "Không có tệp hoặc thư mục này",
    "Permission denied": "Không có quyền",
    "No space left on device": "Hết chỗ trên đĩa",
}
_OURS: Final = {
    "no store in {}: name the folder with --data": "không có dữ liệu của Trục trong {}: chỉ thư mục bằng --data",
    "no keys of this hub: {}; name their folder with --keys": "không có khóa của Trục này: {}; chỉ thư mục bằng --keys",
    "no keys of this hub: {}; --keys names their folder, --with-keys brings them": (
        "không có khóa của Trục này: {}; chỉ thư mục bằng --keys, hoặc lấy từ bản sao bằng --with-keys"
    ),
    "not done: {}: {}": "không thực hiện được: {}: {}",
    "not text in UTF-8: {}": "không phải văn bản UTF-8: {}",
    "no folder {}: name it with --data": "không có thư mục {}: chỉ bằng --data",
    "{} is not empty": "{} không trống",
    "{} holds something else: name an empty folder with --folder": "{} có thứ khác: chỉ thư mục trống bằng --folder",
    "{} is no sandbox (it has no hub.toml): not removed": (
        "{} không phải Trục thử nghiệm (không có hub.toml): không xóa"
    ),
    "--document, --proof and --signed belong to one receipt: name one FILE": (
        "--document, --proof và --signed đi với một biên nhận: nêu đúng một TỆP"
    ),
    "neither a folder of `truc fetch` nor ID:SHA256: {}": "không phải thư mục của `truc fetch` hay ID:SHA256: {}",
    "--as CODE, or --data DIR": "--as MÃ, hoặc --data THƯ_MỤC",
    "{} certificates; one is wanted, the agency's own": "{} chứng thư; cần đúng một, của chính đơn vị",
    "{}: {} certificates; one is wanted, the agency's own": "{}: {} chứng thư; cần đúng một, của chính đơn vị",
}
_KEYS: Final = {
    "no {} in {}": "không có {} trong {}",
    "{} holds no certificate": "{} không có chứng thư",
    "{} holds no Ed25519 key": "{} không có khóa Ed25519",
    "{} holds no ML-DSA-44 key": "{} không có khóa ML-DSA-44",
    "{} is a key of the log": "{} là khóa của nhật ký",
    "{} cannot be opened: wrong passphrase, or not a key": "{} không mở được: sai mật khẩu, hoặc không phải khóa",
    "{} holds a key of another kind": "{} là khóa loại khác",
    "{}: key and certificate do not fit each other; renew it": "{}: khóa và chứng thư không khớp; hãy làm lại",
}
_PHRASES: Final = Phrases(CLICK, _WORDS, _OURS, _KEYS)
_USAGE: Final = (
    ("Usage:", "Cách dùng:"),
    ("[OPTIONS]", "[TÙY CHỌN]"),
    ("COMMAND [ARGS]...", "LỆNH [THAM SỐ]..."),
)


def language(arguments: Sequence[str] = ()) -> str:
    """vi or en, as `--lang`, TRUC_LANG or the locale say: before a command has read its options, or where it could
    not."""
    for word, following in pairwise([*arguments, ""]):
        chosen = following if word == "--lang" else word.removeprefix("--lang=") if "=" in word else ""
        if chosen in ("vi", "en"):
            return chosen
    names = ("TRUC_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    chosen = next((value for name in names if (value := os.environ.get(name))), "")
    return "vi" if chosen.lower().startswith("vi") else "en"


def usage(line: str, lang: str) -> str:
    """A line of click's usage."""
    for english, vietnamese in _USAGE if lang == "vi" else ():
        line = line.replace(english, vietnamese)
    return line


def said(message: str, lang: str) -> str:
    return _PHRASES.vi(message) if lang == "vi" else message


def errors(lang: str) -> tuple[str, str]:
    """The text before the sentence, and the line that leads to the help: command and option follow."""
    return ("Lỗi: ", "Xem trợ giúp: {} {}") if lang == "vi" else ("Error: ", "Try '{} {}' for help.")
