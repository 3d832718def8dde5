"""The measures of the conference of 11 November 2022, with the dossiers as their denominator: 5.92 % of results were
electronic ones of legal value, 17.5 % of dossiers were digitised at reception.

Both are asked here of dossiers that came over the axis alone, and each says what it divides by what. A share above
100 % is possible where a result is registered for a dossier that the axis was never told of; it is shown as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from hub.core.errors import Text
from hub.programmes.onestop import measures
from hub.programmes.onestop.indicators import Share
from hub.programmes.results.programme import DOSSIERS
from hub.programmes.signatures.counting import DOSSIER_VERIFIED


class Measured(NamedTuple):
    """`part` and `whole` are names of sums; `then`: the figure of November 2022 that asked the same."""

    code: str
    name: Text
    defined: Text
    part: str
    whole: str
    then: str = ""


MEASURED: Final = (
    Measured(
        "results-verified",
        Text("Kết quả điện tử đã kiểm tra chữ ký", "Electronic results with a verified signature"),
        Text(
            "Hồ sơ có kết quả thứ nhất (-KQ1) đăng ký trong kỳ, tệp có trên Trục và chữ ký của cơ quan đạt ÷ mọi hồ sơ "
            "giải quyết xong (trạng thái 9, 10) trong kỳ.",
            "Dossiers whose first result (-KQ1) was registered in the period, with its file on the axis and the "
            "agency's signature verified ÷ all dossiers solved (states 9, 10) in the period.",
        ),
        DOSSIER_VERIFIED,
        measures.SOLVED,
        "5.92",
    ),
    Measured(
        "results-registered",
        Text("Kết quả điện tử đã đăng ký", "Electronic results registered"),
        Text(
            "Hồ sơ có kết quả thứ nhất (-KQ1) đăng ký trên Trục trong kỳ ÷ mọi hồ sơ giải quyết xong trong kỳ.",
            "Dossiers whose first result (-KQ1) was registered on the axis in the period ÷ all dossiers solved in the "
            "period.",
        ),
        DOSSIERS,
        measures.SOLVED,
    ),
    Measured(
        "results-linked",
        Text("Hồ sơ có đường dẫn kết quả điện tử", "Dossiers with a link to an electronic result"),
        Text(
            "Hồ sơ giải quyết xong trong kỳ có đường dẫn tệp kết quả ÷ mọi hồ sơ giải quyết xong trong kỳ. Đường dẫn "
            "không chứng minh chữ ký.",
            "Dossiers solved in the period with a link to a result's file ÷ all dossiers solved in the period. A link "
            "proves no signature.",
        ),
        measures.LINKED,
        measures.SOLVED,
    ),
    Measured(
        "digitised-received",
        Text("Hồ sơ số hóa ở khâu tiếp nhận", "Dossiers digitised at reception"),
        Text(
            "Hồ sơ tiếp nhận trong kỳ có ít nhất một thành phần đã số hóa kèm tệp ÷ mọi hồ sơ tiếp nhận trong kỳ, theo "
            "khai báo của một cửa.",
            "Dossiers received in the period with at least one digitised paper and its file ÷ all dossiers received in "
            "the period, as the one-stop told it.",
        ),
        measures.DIGITISED,
        measures.RECEIVED,
        "17.5",
    ),
    Measured(
        "digitised-solved",
        Text("Hồ sơ số hóa trên hồ sơ đã giải quyết", "Digitised ones of solved dossiers"),
        Text(
            "Hồ sơ giải quyết xong trong kỳ có ít nhất một thành phần đã số hóa kèm tệp ÷ mọi hồ sơ giải quyết xong "
            "trong kỳ.",
            "Dossiers solved in the period with at least one digitised paper and its file ÷ all dossiers solved in the "
            "period.",
        ),
        measures.SOLVED_DIGITISED,
        measures.SOLVED,
    ),
)
OF_DOSSIERS: Final = (
    measures.DIGITISED,
    measures.LINKED,
    measures.RECEIVED,
    measures.SOLVED,
    measures.SOLVED_DIGITISED,
)
"""The sums of dossiers that they are made of."""


def shares(counts: Mapping[str, int]) -> Iterator[tuple[Measured, Share]]:
    """Each of them out of sums by name."""
    for one in MEASURED:
        yield one, Share(counts.get(one.part, 0), counts.get(one.whole, 0))
