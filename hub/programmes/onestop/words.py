"""The programme's words in both languages, and the meaning of each of its faults."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from hub.core.errors import Text
from hub.programmes.onestop import measures
from hub.programmes.onestop.essential import Essential, services
from hub.programmes.onestop.indicators import INDICATORS, Channel
from hub.programmes.onestop.states import NAMES, DossierState
from hub.programmes.riding import Vocabulary

STATES: Final = {state: state.name.lower().replace("_", "-") for state in DossierState}
"""The word of each state; the field's number is the state's own."""
BY_WORD: Final = {word: state for state, word in STATES.items()}
KINDS: Final = {Channel.DIRECT: "direct", Channel.ONLINE: "online", Channel.POST: "post"}

RECEIVING: Final = "receiving"
SOLVING: Final = "solving"
JOINT: Final = "joint"
PASSED: Final = "passed"
SOURCE: Final = "source"
NAMED: Final = "named"
"""Said to solve it by a sync service of another body; it has not spoken, and nobody handed the dossier over to it."""

_WORDS: Final = Vocabulary(
    title=Text("Hồ sơ một cửa", "One-stop dossiers"),
    kinds={
        "direct": Text("Nộp trực tiếp", "Handed in"),
        "online": Text("Trực tuyến", "Online"),
        "post": Text("Bưu chính", "By post"),
    },
    states={STATES[state]: Text(name.vi, name.en) for state, name in NAMES.items()},
    roles={
        RECEIVING: Text("Một cửa tiếp nhận", "Receiving one-stop"),
        SOLVING: Text("Đơn vị giải quyết", "Solving agency"),
        JOINT: Text("Đơn vị phối hợp", "Taking part"),
        PASSED: Text("Đã chuyển tiếp", "Passed on"),
        SOURCE: Text("Đơn vị đồng bộ", "Told by"),
        NAMED: Text("Được đơn vị khác nêu là nơi giải quyết", "Named by another as the solving agency"),
    },
    acts={
        "filed": Text("Cập nhật hồ sơ", "Dossier told"),
        "sent": Text("Chuyển hồ sơ", "Handed over"),
        "moved": Text("Cập nhật tiến độ", "Progress told"),
        "answered": Text("Đơn vị giải quyết báo trạng thái", "Status reported"),
    },
    measures={
        measures.RECEIVED: Text("Tiếp nhận", "Received"),
        measures.ONLINE: Text("Tiếp nhận trực tuyến", "Received online"),
        measures.ENDED: Text("Đã giải quyết", "Ended"),
        measures.EARLY: Text("Giải quyết trước hạn", "Ended early"),
        measures.DOCUMENTS: Text("Phải trả kết quả là văn bản", "A document is due"),
        measures.TIMED: Text("Đã xong trong số tiếp nhận", "Solved of those received"),
        measures.SOLVED: Text("Giải quyết xong (9, 10)", "Solved (9, 10)"),
        measures.LINKED: Text("Giải quyết xong có kết quả điện tử", "Solved with an electronic result"),
        measures.SOLVED_DIGITISED: Text("Giải quyết xong, có số hóa", "Solved and digitised"),
        measures.DIGITISED: Text("Tiếp nhận có số hóa", "Received and digitised"),
        measures.DAYS: Text("Số ngày làm việc", "Working days"),
        **{number: Text(f"{number} {one.vi}", f"{number} {one.en}") for number, one in INDICATORS.items()},
    },
    faults={
        "DOSSIER_NUMBER": Text("Mã số hồ sơ sai", "The dossier's number is wrong"),
        "DOSSIER_TIME": Text("Thời điểm sai định dạng", "A time is not written as it should be"),
        "DOSSIER_MISSING": Text("Thiếu trường bắt buộc", "A field that has to be there is missing"),
        "DOSSIER_ORDER": Text(
            "Thời điểm sai thứ tự: trước khi tiếp nhận, hoặc trước bước đã ghi nhận",
            "A time is out of order: before the reception, or before a step that is known",
        ),
        "DOSSIER_AHEAD": Text(
            "Thời điểm ở tương lai so với lúc gửi đến Trục", "A time lies after the moment at which it was told"
        ),
        "DOSSIER_EMPTY": Text("Gói không có hồ sơ, không có tiến độ", "The packet has neither a dossier nor a step"),
        "DOSSIER_UNKNOWN": Text("Chưa có hồ sơ này", "No dossier of that number was told of yet"),
        "DOSSIER_NOT_YOURS": Text(
            "Hồ sơ của đơn vị khác; nơi gửi không tham gia giải quyết",
            "The dossier is another's, and the sender takes no part in it",
        ),
        "DOSSIER_UNIT": Text(
            "Đơn vị trong mã số hồ sơ không có trong danh mục, hoặc không hoạt động vào ngày đó",
            "The unit of the dossier's number is not in the directory, or was not in office on that day",
        ),
        "SYNC_BODY": Text("Nội dung lời gọi sai", "The body of the call is wrong"),
        "SYNC_SERVICE": Text("Không có dịch vụ này", "There is no such service"),
        "DOSSIER_STATE": Text("Không thể chuyển sang trạng thái này", "The dossier cannot come into this state"),
        "DOSSIER_LONG": Text("Hồ sơ có quá nhiều bước", "The dossier has too many steps"),
        "DOSSIER_SHOWN": Text(
            "Trích yếu có họ tên người nộp; họ tên chỉ được để trong gói dữ liệu",
            "The subject names the applicant, whose name belongs into the packet alone",
        ),
    },
)


def words(of: Sequence[Essential]) -> Vocabulary:
    """With the names of these essential services."""
    names = {one.measure: one.name for one in of}
    names |= {one.online: Text(f"{one.name.vi}: trực tuyến", f"{one.name.en}: online") for one in of}
    return replace(_WORDS, measures={**_WORDS.measures, **names}, things=frozenset(names))


WORDS: Final = words(services())
"""With those that are shipped, for programs that speak of dossiers away from a hub."""
