"""Indicators of QĐ 766/QĐ-TTg (23 June 2022) that can be computed from dossiers, each formula under a version.

The published text of the formulas has a corrupt line and one contradiction (3.2), and NĐ 224/2026 Art. 19 keeps six
measures only; so a figure names the version of its formula, and what is not computed is told with its reason. Every
indicator is a share with its denominator: an agency's figure is that of its own dossiers and of all below it, summed,
never averaged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from typing import Final, NamedTuple

import msgspec

from hub.core.errors import Text
from hub.programmes.onestop.states import DossierState
from hub.programmes.working_days import WorkingDays

_S = DossierState
_ENDS: Final = (_S.SOLVED, _S.RETURNED)
_OTHER_ENDS: Final = (_S.STOPPED, _S.NOT_ACCEPTED, _S.WITHDRAWAL_ASKED)


class Channel(IntEnum):
    """KenhThucHien."""

    DIRECT = 1
    ONLINE = 2
    POST = 3


class Step(msgspec.Struct, frozen=True):
    """One event of the dossier's course: when (Vietnam local), and the state that it brought."""

    at: datetime
    state: DossierState


class Component(msgspec.Struct, frozen=True):
    """A paper of the dossier. digitised: its file is there (DuocSoHoa); reused: DuocTaiSuDung 1 or 2; national: taken
    from the store of national lists (DuocLayTuKhoDMQG)."""

    digitised: bool = False
    reused: bool = False
    national: bool = False


class Dossier(msgspec.Struct, frozen=True, kw_only=True):
    """As much of a dossier as the indicators ask for.

    due              NgayHenTra, None where none was given
    legal_days       the procedure's legal maximum in working days, 0 = unknown
    gives_document   the procedure has to give a document as its result
    results          files of results that are linked
    in_store         a result is linked to the person's store
    complained       the citizen complained, or disliked it
    """

    code: str
    received: datetime
    steps: Sequence[Step]
    due: datetime | None = None
    channel: Channel = Channel.DIRECT
    legal_days: int = 0
    gives_document: bool = False
    components: Sequence[Component] = ()
    results: int = 0
    in_store: bool = False
    complained: bool = False

    @property
    def has_e_result(self) -> bool:
        return self.results > 0


class Window(NamedTuple):
    first: date
    last: date

    @property
    def end(self) -> datetime:
        return datetime.combine(self.last, time(23, 59, 59))


class Share(NamedTuple):
    part: int = 0
    whole: int = 0

    def plus(self, other: Share) -> Share:
        return Share(self.part + other.part, self.whole + other.whole)

    @property
    def percent(self) -> float | None:
        """With two decimals; None where there is nothing to divide by."""
        return round(100 * self.part / self.whole, 2) if self.whole else None


def first(dossier: Dossier, states: Iterable[DossierState]) -> datetime | None:
    """When the first of `states`, in their order of preference, was reached."""
    for state in states:
        for step in dossier.steps:
            if step.state is state:
                return step.at
    return None


def asked(dossier: Dossier) -> int:
    """How often papers were asked for; asking anew without an answer between is one time."""
    states = [step.state for step in dossier.steps]
    return sum(
        1 for n, state in enumerate(states) if state is _S.SUPPLEMENT_ASKED and (not n or states[n - 1] is not state)
    )


def supplement_time(dossier: Dossier, until: datetime) -> timedelta:
    """How long the citizen had to bring papers: from each request to the next other state, or `until`."""
    total, since = timedelta(), None
    for step in dossier.steps:
        if step.state is _S.SUPPLEMENT_ASKED:
            since = since or step.at
        elif since is not None:
            total, since = total + (step.at - since), None
    return total + (max(until, since) - since if since is not None else timedelta())


def ended(dossier: Dossier) -> datetime | None:
    """The end of processing: that of 9, else of 10, else of 8, 3 or a withdrawal; None while it goes on."""
    return first(dossier, _ENDS) or first(dossier, _OTHER_ENDS)


def on_time(dossier: Dossier, window: Window, calendar: WorkingDays) -> bool:
    """Indicator 2.1. Papers asked for more than once make a dossier late; asked for once and not brought, processing
    ended with the request. One that has not ended by the window's last day is judged as if it ended then."""
    if asked(dossier) > 1:
        return False
    end = ended(dossier)
    if end is None and dossier.steps and dossier.steps[-1].state is _S.SUPPLEMENT_ASKED:
        end = first(dossier, (_S.SUPPLEMENT_ASKED,))
    end = end or window.end
    net = end - supplement_time(dossier, end)
    if dossier.due is not None:
        return net <= dossier.due
    if dossier.legal_days:
        return net.date() <= calendar.after(dossier.received.date(), dossier.legal_days)
    return True


Counts = Callable[[Dossier, Window, WorkingDays], bool]


class Indicator(NamedTuple):
    """whole: which dossiers are counted; part: which of those fulfil it; full: the share for full marks, in percent;
    formula: what is divided by what, in words."""

    number: str
    version: str
    vi: str
    en: str
    formula: Text
    whole: Counts
    part: Counts
    full: int = 100


def _all(dossier: Dossier, window: Window, calendar: WorkingDays) -> bool:
    return True


def _gives_document(dossier: Dossier, window: Window, calendar: WorkingDays) -> bool:
    return dossier.gives_document


def _online(dossier: Dossier, window: Window, calendar: WorkingDays) -> bool:
    return dossier.channel is Channel.ONLINE and (dossier.has_e_result or not dossier.gives_document)


def _e_result(dossier: Dossier, window: Window, calendar: WorkingDays) -> bool:
    return dossier.has_e_result


def digitised(dossier: Dossier) -> bool:
    """Whether any of its papers is there as a file."""
    return any(component.digitised for component in dossier.components)


def _digitised(dossier: Dossier, window: Window, calendar: WorkingDays) -> bool:
    return digitised(dossier) and (dossier.has_e_result or not dossier.gives_document)


def _reused(dossier: Dossier, window: Window, calendar: WorkingDays) -> bool:
    return any(component.reused for component in dossier.components)


def _shared(dossier: Dossier, window: Window, calendar: WorkingDays) -> bool:
    return dossier.in_store or any(component.national for component in dossier.components)


def _satisfied(dossier: Dossier, window: Window, calendar: WorkingDays) -> bool:
    return on_time(dossier, window, calendar) and not dossier.complained


QD_766: Final = "QD766-2022"

_F: Final = {
    "2.1": Text(
        "Hồ sơ kết thúc trong kỳ có ngày kết thúc (trừ thời gian công dân bổ sung giấy tờ) không sau ngày hẹn trả ÷ "
        "mọi hồ sơ kết thúc trong kỳ. Yêu cầu bổ sung quá một lần là trễ; không có ngày hẹn thì tính theo thời hạn "
        "của thủ tục.",
        "Dossiers that ended in the period not after their appointment, less the time in which the citizen brought "
        "papers ÷ all that ended in the period. Papers asked for more than once make one late; without an appointment "
        "the procedure's legal maximum counts.",
    ),
    "3.3": Text(
        "Hồ sơ kết thúc trong kỳ nộp trực tuyến (KenhThucHien = 2) và, nếu thủ tục phải trả văn bản, có đường dẫn kết "
        "quả ÷ mọi hồ sơ kết thúc trong kỳ.",
        "Dossiers that ended in the period, came online (KenhThucHien = 2) and, where the procedure has to give a "
        "document, have a link to their result ÷ all that ended in the period.",
    ),
    "4.1": Text(
        "Hồ sơ kết thúc trong kỳ có đường dẫn tệp kết quả ÷ hồ sơ kết thúc trong kỳ của thủ tục phải trả văn bản.",
        "Dossiers that ended in the period with a link to a result's file ÷ those that ended in the period of "
        "procedures that have to give a document.",
    ),
    "4.2": Text(
        "Hồ sơ kết thúc trong kỳ có thành phần đã số hóa kèm tệp và, nếu phải trả văn bản, có kết quả điện tử ÷ mọi hồ "
        "sơ kết thúc trong kỳ.",
        "Dossiers that ended in the period with a digitised paper and its file and, where a document is due, an "
        "electronic result ÷ all that ended in the period.",
    ),
    "4.3": Text(
        "Hồ sơ tiếp nhận trong kỳ có ít nhất một thành phần tái sử dụng ÷ mọi hồ sơ tiếp nhận trong kỳ.",
        "Dossiers received in the period with at least one paper used again ÷ all received in the period.",
    ),
    "4.4": Text(
        "Hồ sơ tiếp nhận trong kỳ có giấy tờ lấy từ kho dữ liệu quốc gia, hoặc kết quả đưa vào kho của công dân ÷ mọi "
        "hồ sơ tiếp nhận trong kỳ.",
        "Dossiers received in the period with a paper from the national store, or a result put into the person's store "
        "÷ all received in the period.",
    ),
    "5.4": Text(
        "Hồ sơ kết thúc trong kỳ đúng hạn và không bị phản ánh, kiến nghị ÷ mọi hồ sơ kết thúc trong kỳ.",
        "Dossiers that ended in the period in time and without a complaint ÷ all that ended in the period.",
    ),
}
"""As this reading computes them: what ended, or was received, in the months that are asked for."""


class NotComputed(NamedTuple):
    """An indicator that the record of the axis does not support, and why."""

    number: str
    name: Text
    why: Text


NOT_COMPUTED: Final = (
    NotComputed(
        "1.4",
        Text("Hồ sơ được đồng bộ", "Dossiers synchronised"),
        Text(
            "Không tính được từ Trục: mẫu số là số lớn hơn giữa số của Cổng dịch vụ công và số của hệ thống báo cáo. "
            "Số của Cổng không đi qua Trục; biểu II.06a trên Trục chốt từ ngày 15 đến ngày 14, không theo tháng.",
            "Not computable from the axis, because its denominator is the larger of the public service portal's count "
            "and the reporting system's. The portal's count does not come over the axis; form II.06a, which does, runs "
            "from day 15 to day 14 and not by months.",
        ),
    ),
    NotComputed(
        "3.2",
        Text("Dịch vụ công trực tuyến", "Online services"),
        Text(
            "Không tính được: công thức trong văn bản tự mâu thuẫn, chưa có bản đính chính; chọn một cách đọc sẽ là "
            "con số của Trục, không phải của QĐ 766.",
            "Not computable, because its published formula contradicts itself and no correction is known; to choose "
            "one reading would make a figure of the axis, not of QĐ 766.",
        ),
    ),
    NotComputed(
        "PAKN",
        Text("Xử lý phản ánh, kiến nghị", "Feedback and complaints handled"),
        Text(
            "Không tính được từ Trục: phản ánh, kiến nghị và các bước xử lý không đi qua Trục; hồ sơ chỉ cho biết có "
            "bị phản ánh hay không.",
            "Not computable from the axis, because feedback and its handling do not come over it; a dossier tells only "
            "whether there was a complaint.",
        ),
    ),
)
"""Told wherever indicators are: in place of a silence."""

INDICATORS: Final = {
    one.number: one
    for one in (
        Indicator("2.1", QD_766, "Giải quyết đúng hạn", "Solved in time", _F["2.1"], _all, on_time),
        Indicator("3.3", QD_766, "Hồ sơ trực tuyến", "Dossiers online", _F["3.3"], _all, _online, 50),
        Indicator("4.1", QD_766, "Cấp kết quả điện tử", "Electronic results", _F["4.1"], _gives_document, _e_result),
        Indicator("4.2", QD_766, "Số hóa hồ sơ, giấy tờ", "Digitised dossiers", _F["4.2"], _all, _digitised, 80),
        Indicator("4.3", QD_766, "Tái sử dụng giấy tờ", "Papers used again", _F["4.3"], _all, _reused, 80),
        Indicator("4.4", QD_766, "Khai thác, chia sẻ dữ liệu", "Data shared", _F["4.4"], _all, _shared),
        Indicator("5.4", QD_766, "Mức độ hài lòng", "Satisfied", _F["5.4"], _all, _satisfied, 90),
    )
}


def share(indicator: Indicator, dossiers: Iterable[Dossier], window: Window, calendar: WorkingDays) -> Share:
    """The indicator of these dossiers. Shares of several agencies are summed with `plus`."""
    counted = [dossier for dossier in dossiers if indicator.whole(dossier, window, calendar)]
    return Share(sum(indicator.part(dossier, window, calendar) for dossier in counted), len(counted))


def marks(indicator: Indicator, figure: Share, weight: float) -> float | None:
    """The marks out of `weight`: all of them from the share for full marks on, in proportion below it."""
    if figure.percent is None:
        return None
    return round(weight * min(1.0, figure.percent / indicator.full), 2)
