"""Why does an agency not fetch: the facts of it, judged by a table of rules, in one sentence. Pure.

A document reaches people over links: the agency may come in → it gets a token → it looks into its mailbox → it
acknowledges. The first rule that applies names the link that is broken, and the sentence begins with it; then follow
the operator's next questions: how long the certificate lasts, how much waits, how much of it is urgent.

    Không kết nối từ 11:58 hôm qua; chứng thư còn 214 ngày; 31 văn bản chờ, 2 hỏa tốc
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Literal, NamedTuple

import msgspec

from hub.core.contact import Contact
from hub.core.errors import Text
from hub.core.model import VIETNAM, Millis, Priority
from hub.core.report import Waiting

Lang = Literal["vi", "en"]
_MINUTE: Final = 60_000
_HOUR: Final = 3_600_000
_DAY: Final = 86_400_000
QUIET: Final = _HOUR
"""So long a document may wait before its recipient is called absent."""
AWAY: Final = _DAY
"""So long an agency for which nothing waits may stay away."""


class Link(StrEnum):
    """In their order; `WEBHOOKS` beside them."""

    ENTRY = "entry"
    TOKEN = "token"
    FETCH = "fetch"
    ACKNOWLEDGE = "acknowledge"
    WEBHOOKS = "webhooks"


class Hooks(NamedTuple):
    """Of its endpoints of webhooks how many there are, how many fail, how many are off."""

    all: int = 0
    failing: int = 0
    disabled: int = 0


class Faring(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of one agency at `now`. `certificates`: SHA-256 and end of each that counts today; `registered`:
    how many the directory holds at all; `lists`: until when the last revocation list is believed, None where there is
    none. `leases` and `streams` are of this moment."""

    now: Millis
    contact: Contact
    suspended: bool = False
    begins: date | None = None
    ends: date | None = None
    successor: str = ""
    registered: int = 0
    certificates: Sequence[tuple[str, Millis]] = ()
    lists: Millis | None = None
    waiting: Sequence[Waiting] = ()
    leases: int = 0
    streams: int = 0
    hooks: Hooks = Hooks()

    @property
    def today(self) -> date:
        return _local(self.now).date()

    @property
    def documents(self) -> int:
        return sum(w.documents for w in self.waiting)

    @property
    def urgent(self) -> int:
        return sum(w.documents for w in self.waiting if w.lane >= Priority.EXPRESS)

    @property
    def oldest(self) -> Millis | None:
        return min((w.oldest for w in self.waiting), default=None)

    @property
    def certificate(self) -> Millis | None:
        return max((end for _, end in self.certificates), default=None)

    @property
    def late(self) -> bool:
        """Something waits for longer than it should."""
        return self.oldest is not None and self.now - self.oldest >= QUIET

    def quiet(self, at: Millis | None) -> bool:
        """Since then nothing came, and it should have."""
        since = self.now - at if at is not None else None
        return (since is None or since >= QUIET) if self.late else since is not None and since >= AWAY


class Rule(NamedTuple):
    """`says`: the broken link in words, of which `{…}` are filled by `_words`."""

    code: str
    link: Link
    applies: Callable[[Faring], bool]
    says: Text


def _denied(f: Faring) -> bool:
    """A caller under its code is turned away, and it did not come in since."""
    c = f.contact
    return c.denied is not None and f.now - c.denied < AWAY and f.quiet(c.last) and c.denied > (c.last or 0)


def _refused(f: Faring) -> bool:
    c = f.contact
    return c.refused is not None and f.late and c.refused > max(c.fetched or 0, (f.oldest or 0)) and f.quiet(c.fetched)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "ended",
        Link.ENTRY,
        lambda f: f.ends is not None and f.ends < f.today,
        Text("Đã kết thúc hoạt động ngày {ends}{heir}", "Ended on {ends}{heir}"),
    ),
    Rule(
        "not-begun",
        Link.ENTRY,
        lambda f: f.begins is not None and f.today < f.begins,
        Text("Hoạt động từ ngày {begins}", "Begins on {begins}"),
    ),
    Rule("suspended", Link.ENTRY, lambda f: f.suspended, Text("Đang bị tạm đình chỉ", "Suspended")),
    Rule(
        "no-certificate",
        Link.ENTRY,
        lambda f: not f.registered,
        Text("Chưa đăng ký chứng thư", "No certificate is registered"),
    ),
    Rule(
        "certificate-ended",
        Link.ENTRY,
        lambda f: f.certificate is None or f.certificate <= f.now,
        Text("Chứng thư đã hết hạn", "Its certificates have ended"),
    ),
    Rule(
        "lists-ended",
        Link.ENTRY,
        lambda f: f.lists is None or f.lists <= f.now,
        Text(
            "Trục không còn danh sách thu hồi tin được nên không đơn vị nào vào được",
            "The hub has no revocation list that it believes, so no agency can come in",
        ),
    ),
    Rule(
        "denied",
        Link.TOKEN,
        _denied,
        Text("Bị từ chối cấp mã truy cập ({denial}), lần cuối {denied}", "Refused a token ({denial}), last {denied}"),
    ),
    Rule(
        "never-seen",
        Link.TOKEN,
        lambda f: f.late and f.contact.last is None,
        Text("Chưa thấy kết nối lần nào", "Never seen to connect"),
    ),
    Rule(
        "not-connecting",
        Link.TOKEN,
        lambda f: not f.streams and f.contact.last is not None and f.quiet(f.contact.last),
        Text("Không kết nối từ {last}", "Not connected since {last}"),
    ),
    Rule(
        "refused",
        Link.FETCH,
        _refused,
        Text(
            "Kết nối được nhưng bị từ chối ({refusal}), lần cuối {refused}",
            "Connects and is refused ({refusal}), last {refused}",
        ),
    ),
    Rule(
        "not-fetching",
        Link.FETCH,
        lambda f: f.late and f.quiet(f.contact.fetched),
        Text("Kết nối được nhưng không lấy văn bản{fetched}", "Connects, and does not fetch{fetched}"),
    ),
    Rule(
        "not-acknowledging",
        Link.ACKNOWLEDGE,
        lambda f: f.late and f.quiet(f.contact.acknowledged),
        Text("Lấy văn bản nhưng không xác nhận{acknowledged}", "Fetches, and does not acknowledge{acknowledged}"),
    ),
    Rule(
        "webhooks-failing",
        Link.WEBHOOKS,
        lambda f: bool(f.hooks.all) and f.hooks.failing + f.hooks.disabled == f.hooks.all,
        Text("Webhook không tới nơi", "Its webhooks do not arrive"),
    ),
)
"""In this order: a link is judged only where those before it hold."""


class Step(NamedTuple):
    """One link as it stands: `holds`, `broken`, or `unknown` behind a broken one. `at`: when it was last used."""

    link: Link
    state: Literal["holds", "broken", "unknown"]
    at: Millis | None


def broken(f: Faring) -> Rule | None:
    """The first rule that applies; None where documents flow."""
    return next((rule for rule in RULES if rule.applies(f)), None)


def chain(f: Faring) -> list[Step]:
    """The links in their order, the webhooks where it has any."""
    rule, steps = broken(f), []
    used: Mapping[Link, Millis | None] = {
        Link.TOKEN: f.contact.token,
        Link.FETCH: f.contact.fetched,
        Link.ACKNOWLEDGE: f.contact.acknowledged,
    }
    state: Literal["holds", "broken", "unknown"] = "holds"
    for link in (Link.ENTRY, Link.TOKEN, Link.FETCH, Link.ACKNOWLEDGE):
        if rule is not None and link is rule.link:
            steps.append(Step(link, "broken", used.get(link)))
            state = "unknown"
        else:
            steps.append(Step(link, state, used.get(link)))
    if f.hooks.all:
        failing = f.hooks.failing or f.hooks.disabled
        steps.append(Step(Link.WEBHOOKS, "broken" if failing else "holds", None))
    return steps


def sentence(f: Faring) -> Text:
    """The broken link first, in both languages, without a full stop."""
    return Text("; ".join(_parts(f, "vi")), "; ".join(_parts(f, "en")))


def _parts(f: Faring, lang: Lang) -> Iterator[str]:
    rule = broken(f)
    if rule is not None:
        yield _said(rule.says, lang).format_map(_words(f, lang))
    elif f.contact.last is not None:
        yield _pick(lang, "Đang kết nối, lần cuối {}", "Connected, last {}").format(when(f.contact.last, f.now, lang))
    else:
        yield _pick(lang, "Chưa thấy kết nối, và không văn bản nào chờ lâu", "Not seen yet, and nothing waits long")
    if f.certificate is not None and f.certificate > f.now:
        days = (f.certificate - f.now) // _DAY
        one = "certificate ends in {} day" if days == 1 else "certificate ends in {} days"
        yield _pick(lang, "chứng thư còn {} ngày", one).format(days)
    yield _waiting(f, lang)


def _waiting(f: Faring, lang: Lang) -> str:
    if not f.documents:
        return _pick(lang, "không văn bản nào chờ", "nothing waits")
    one = "{} document waits" if f.documents == 1 else "{} documents wait"
    text = _pick(lang, "{} văn bản chờ", one).format(f.documents)
    return text + (_pick(lang, ", {} hỏa tốc", ", {} express").format(f.urgent) if f.urgent else "")


def _words(f: Faring, lang: Lang) -> Mapping[str, str]:
    c, since = f.contact, _pick(lang, " từ {}", " since {}")
    return {
        "begins": _day(f.begins),
        "ends": _day(f.ends),
        "heir": _pick(lang, ", {} kế thừa", ", succeeded by {}").format(f.successor) if f.successor else "",
        "last": when(c.last, f.now, lang),
        "denied": when(c.denied, f.now, lang),
        "denial": c.denial,
        "refused": when(c.refused, f.now, lang),
        "refusal": c.refusal,
        "fetched": since.format(when(c.fetched, f.now, lang)) if c.fetched is not None else "",
        "acknowledged": since.format(when(c.acknowledged, f.now, lang)) if c.acknowledged is not None else "",
    }


def when(at: Millis | None, now: Millis, lang: Lang) -> str:
    """`11:58 hôm nay`, `11:58 hôm qua`, `11:58 22/11/2022`, by Vietnam's clock; empty for None."""
    if at is None:
        return ""
    then, today = _local(at), _local(now).date()
    if then.date() == today:
        return f"{then:%H:%M} {_pick(lang, 'hôm nay', 'today')}"
    if then.date() == today - timedelta(days=1):
        return f"{then:%H:%M} {_pick(lang, 'hôm qua', 'yesterday')}"
    return f"{then:%H:%M} {_day(then.date())}"


def ago(ms: int, lang: Lang) -> str:
    """In one unit: `3 ngày`, `5 phút`."""
    for unit, vi, en in ((_DAY, "ngày", "day"), (_HOUR, "giờ", "hour"), (_MINUTE, "phút", "minute")):
        if ms >= unit:
            count = ms // unit
            return f"{count} {vi}" if lang == "vi" else f"{count} {en}{'s' if count != 1 else ''}"
    return _pick(lang, "dưới một phút", "less than a minute")


def _local(at: Millis) -> datetime:
    return datetime.fromtimestamp(at / 1000, VIETNAM)


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day is not None else ""


def _said(text: Text, lang: Lang) -> str:
    return text.vi if lang == "vi" else text.en


def _pick(lang: Lang, vi: str, en: str) -> str:
    return vi if lang == "vi" else en
