"""The expected and the found in faults of electronic results."""

from __future__ import annotations

from typing import Final

RESULTS: Final = {
    "the number of a dossier with -KQ1": "mã hồ sơ kèm -KQ1",
    "the sender, or an agency whose heir it is": "bên gửi, hoặc cơ quan mà bên gửi kế thừa",
    "another result": "kết quả khác",
    "an attachment of that name with the digest in sha256": "tệp đính kèm đúng tên, có mã băm ghi ở sha256",
    "no such attachment": "không có tệp đính kèm ấy",
    "a day not before first": "ngày không trước first",
    "the paper that it is a copy of": "giấy tờ được sao",
    "a digest, or for the kind none a description alone": "mã băm, hoặc với loại none thì chỉ có mô tả",
    "a time with its zone": "thời điểm có múi giờ",
    "a time before the registration": "thời điểm trước khi đăng ký",
    "a number that is not registered yet": "mã chưa được đăng ký",
    "a result that this issuer registered": "kết quả do cơ quan này đăng ký",
    "a result that is not revoked yet": "kết quả chưa bị thu hồi",
    "result or sha256": "result hoặc sha256",
    "a time that has passed": "thời điểm đã qua",
    "a month not before since": "tháng không trước since",
    "a result that stands": "kết quả còn hiệu lực đăng ký",
    "at most {} results of one issuer by one number or one file": (
        "tối đa {} kết quả của một cơ quan cấp cho một mã hoặc một tệp"
    ),
    "a number of the sender's province or ministry": "mã thuộc tỉnh, bộ hoặc ngành của bên gửi",
}
