"""The report as one HTML file: everything is in it, nothing is fetched, no script runs; two languages by a switch."""

from __future__ import annotations

from html import escape
from importlib import resources
from typing import Final

from hub.core.errors import Text
from hub.core.model import Tier
from hub.lab.simulate.charts import WIDE, Line, bars, both, compact, duration, lines, matrix
from hub.lab.simulate.report import Lane, Report, Spread

_TIERS: Final = (
    (Tier.CENTRAL, Text("Trung ương", "Central")),
    (Tier.PROVINCIAL, Text("Tỉnh", "Provincial")),
    (Tier.DISTRICT, Text("Huyện", "District")),
    (Tier.COMMUNE, Text("Xã", "Commune")),
)
_PRIORITIES: Final = (
    Text("thường", "normal"),
    Text("khẩn", "urgent"),
    Text("thượng khẩn", "very urgent"),
    Text("hỏa tốc", "express"),
    Text("hỏa tốc hẹn giờ", "timed express"),
)
_STATUSES: Final = {
    "02": Text("từ chối", "refused"),
    "03": Text("tiếp nhận", "accepted"),
    "05": Text("đang xử lý", "in progress"),
    "06": Text("hoàn thành", "finished"),
    "13": Text("lấy lại", "take-back"),
    "15": Text("đồng ý", "agreed"),
}
_LEDGER: Final = ("accepted", "waiting", "handed_over", "taken_back", "refused", "expired", "difference")
_LEDGER_NAMES: Final = (
    Text("chấp nhận", "accepted"),
    Text("đang chờ", "waiting"),
    Text("đã giao", "handed over"),
    Text("lấy lại", "taken back"),
    Text("từ chối", "refused"),
    Text("hết hạn", "expired"),
    Text("chênh lệch", "difference"),
)
_SECONDS: Final = Text("giây từ lúc bắt đầu", "seconds since the start")
_COUNT: Final = Text("số lượng", "count")


def page(report: Report) -> str:
    """The whole document."""
    style = (resources.files("hub.lab.simulate") / "page.css").read_text(encoding="utf-8")
    title = "truc simulate: một ngày của Trục"
    return (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{title}</title><style>{style}</style></head><body>"
        '<input type="radio" name="lang" id="vi" checked><input type="radio" name="lang" id="en">'
        f"<main>{_header(report)}{_cards(report)}{_charts(report)}{_verdict(report)}{_tables(report)}"
        f"{_footer(report)}</main></body></html>\n"
    )


def _header(r: Report) -> str:
    verdict = (
        Text("Mọi bất biến đều giữ", "Every invariant holds") if r.ok else Text("CÓ SAI LỆCH", "AN INVARIANT FAILS")
    )
    told = Text(
        f"{r.options['agencies']} đơn vị bốn cấp, mỗi đơn vị một khóa; {_mode(r).vi}; hạt giống {r.options['seed']}",
        f"{r.options['agencies']} agencies of four tiers, each with its key; {_mode(r).en}; seed {r.options['seed']}",
    )
    return (
        '<header><nav><label for="vi">Tiếng Việt</label><label for="en">English</label></nav>'
        f"<h1>{both(Text('Mô phỏng Trục liên thông văn bản', 'The document axis under load'))}</h1>"
        f'<p class="sub">{both(told)} · {escape(r.made)}</p>'
        f'<p class="verdict {"good" if r.ok else "bad"}">{"✓" if r.ok else "✗"} {both(verdict)}</p></header>'
    )


def _mode(r: Report) -> Text:
    rate = r.options["rate"]
    if rate:
        return Text(f"vòng mở, {rate:g} văn bản/giây", f"open loop, {rate:g} documents/s")
    return Text(f"vòng kín, {r.options['closed']} nơi gửi", f"closed loop, {r.options['closed']} senders")


def _cards(r: Report) -> str:
    cards = (
        (
            Text("văn bản", "documents"),
            compact(r.documents),
            Text(f"{r.documents_per_s:g}/giây", f"{r.documents_per_s:g}/s"),
        ),
        (
            Text("lượt giao", "deliveries"),
            compact(r.deliveries),
            Text(f"{r.fanout:g}/văn bản", f"{r.fanout:g} per document"),
        ),
        (Text("trạng thái", "statuses"), compact(r.statuses), Text("đã ký, tới bên kia", "signed, passed on")),
        (
            Text("chấp nhận, p50", "accepted, p50"),
            duration(r.accept.p50),
            Text(f"p99 {duration(r.accept.p99)}", f"p99 {duration(r.accept.p99)}"),
        ),
        (
            Text("tới nơi nhận, p50", "handed over, p50"),
            duration(r.delivery.p50),
            Text(f"p99 {duration(r.delivery.p99)}", f"p99 {duration(r.delivery.p99)}"),
        ),
        (
            Text("biên nhận xác minh", "receipts verified"),
            compact(r.receipts_verified),
            Text(f"trên {compact(r.receipts_given)}", f"of {compact(r.receipts_given)}"),
        ),
    )
    inner = "".join(
        f'<div class="card"><b>{escape(value)}</b><span>{both(name)}</span><small>{both(more)}</small></div>'
        for name, value, more in cards
    )
    return f'<section class="cards">{inner}</section>'


def _charts(r: Report) -> str:
    flow = lines(
        [
            Line(Text("giao tới nơi nhận /s", "handed over /s"), "c2", [(s.at, s.deliveries) for s in r.timeline]),
            Line(Text("trạng thái /s", "statuses /s"), "c3", [(s.at, s.statuses) for s in r.timeline]),
            Line(
                Text("văn bản chấp nhận /s", "documents accepted /s"), "c1", [(s.at, s.documents) for s in r.timeline]
            ),
        ],
        _SECONDS,
        Text("trên giây", "per second"),
        area=True,
        width=WIDE,
    )
    hub = lines(
        [
            Line(Text("bộ nhớ của Trục, MB", "the hub's memory, MB"), "c4", [(s.at, s.rss_mb) for s in r.timeline]),
            Line(
                Text("bộ xử lý của Trục, %", "the hub's processor, %"),
                "c5",
                [(s.at, s.cpu_percent) for s in r.timeline],
            ),
        ],
        _SECONDS,
        Text("MB, %", "MB, %"),
    )
    return (
        _panel(Text("Dòng văn bản", "What flowed"), flow, wide=True)
        + _panel(Text("Bao lâu thì xong", "How long it took"), _latencies(r.accept, r.delivery))
        + _panel(Text("Trục dùng bao nhiêu", "What the hub used"), hub)
        + _panel(
            Text("Số nơi nhận của một văn bản", "Recipients of a document"),
            bars([(_COUNT, "c1", list(r.fanouts.values()))], list(r.fanouts), Text("nơi nhận", "recipients"), _COUNT),
        )
        + _panel(
            Text("Cỡ văn bản", "Sizes of documents"),
            bars([(_COUNT, "c4", list(r.sizes.values()))], list(r.sizes), Text("đã ký", "as signed"), _COUNT),
        )
    )


def _latencies(accept: Spread, delivery: Spread) -> str:
    """Both spreads over the classes that are not empty in one of them."""
    full = [i for i in range(len(accept.classes)) if accept.classes[i] or delivery.classes[i]]
    places = range(full[0], full[-1] + 1) if full else range(0)
    names = [duration(edge) for edge in accept.edges] + [f"> {duration(accept.edges[-1])}"]

    def shares(of: Spread) -> list[float]:
        return [100 * of.classes[i] / max(1, of.count) for i in places]

    return bars(
        [
            (Text("chấp nhận kèm biên nhận, %", "accepted with a receipt, %"), "c1", shares(accept)),
            (Text("từ chấp nhận tới ký nhận, %", "from acceptance to hand-over, %"), "c2", shares(delivery)),
        ],
        [names[i] for i in places],
        Text("không quá", "at most"),
        Text("%", "%"),
    )


def _panel(title: Text, content: str, *, wide: bool = False) -> str:
    return f'<section class="panel{" wide" if wide else ""}"><h2>{both(title)}</h2>{content}</section>'


def _verdict(r: Report) -> str:
    rows = []
    for i in r.invariants:
        wrong = "".join(f"<li>{escape(text)}</li>" for text in i.wrong)
        rows.append(
            f'<tr class="{"good" if i.holds else "bad"}"><td class="mark">{"✓" if i.holds else "✗"}</td>'
            f"<td>{both(Text(i.vi, i.en))}{f'<ul>{wrong}</ul>' if wrong else ''}</td>"
            f'<td class="num">{i.counted:,}</td></tr>'
        )
    names = both(Text("bất biến", "invariant")), both(Text("đã xét", "looked at"))
    head = f"<tr><th></th><th>{names[0]}</th><th class='num'>{names[1]}</th></tr>"
    return _panel(
        Text("Kiểm bằng sổ của chính các đơn vị", "Checked from the agencies' own books"),
        f"<table>{head}{''.join(rows)}</table>",
        wide=True,
    )


def _tables(r: Report) -> str:
    cells = {(f.sender, f.recipient): f.deliveries for f in r.figures.matrix}
    tiers = [(tier.value, text) for tier, text in _TIERS]
    return (
        _panel(
            Text("Cấp gửi (dòng) tới cấp nhận (cột)", "Sending tier (row) to receiving tier (column)"),
            matrix(cells, tiers, Text("lượt giao", "deliveries")),
        )
        + _panel(Text("Theo độ khẩn (ms)", "By priority (ms)"), _lanes(r.lanes))
        + _panel(Text("Sổ cân: chấp nhận = các trạng thái", "The ledger: accepted = the states"), _ledger(r), wide=True)
        + _panel(Text("Trạng thái đã báo, từ chối", "Statuses reported, refusals"), _outcomes(r))
        + _panel(Text("Máy và tham số", "Machine and parameters"), _machine(r))
    )


def _lanes(lanes: list[Lane]) -> str:
    head = "".join(
        f"<th class='num'>{both(text)}</th>"
        for text in (
            _COUNT,
            Text("nhận p50", "accept p50"),
            Text("nhận p99", "accept p99"),
            Text("giao p50", "deliver p50"),
            Text("giao p99", "deliver p99"),
        )
    )
    rows = "".join(
        f"<tr><td>{both(_PRIORITIES[lane.priority])}</td><td class='num'>{lane.documents:,}</td>"
        + "".join(
            f"<td class='num'>{value:,.1f}</td>"
            for value in (lane.accept_p50, lane.accept_p99, lane.delivery_p50, lane.delivery_p99)
        )
        + "</tr>"
        for lane in lanes
    )
    return f"<table><tr><th></th>{head}</tr>{rows}</table>"


def _ledger(r: Report) -> str:
    names = dict(_TIERS) | {"all": Text("tất cả", "all")}
    head = "".join(f"<th class='num'>{both(text)}</th>" for text in _LEDGER_NAMES)
    rows = "".join(
        f"<tr{' class=sum' if line.name == 'all' else ''}>"
        f"<td>{both(names.get(line.name, Text(line.name, line.name)))}</td>"
        + "".join(f"<td class='num'>{getattr(line, member):,}</td>" for member in _LEDGER)
        + "</tr>"
        for line in r.figures.ledger
    )
    return f"<table><tr><th></th>{head}</tr>{rows}</table>"


def _outcomes(r: Report) -> str:
    rows = [
        f"<tr><td>{code}</td><td>{both(_STATUSES.get(code, Text(code, code)))}</td><td class='num'>{count:,}</td></tr>"
        for code, count in r.outcomes.items()
    ]
    rows += [
        f"<tr><td>✗</td><td>{escape(what)}</td><td class='num'>{count:,}</td></tr>" for what, count in r.refused.items()
    ]
    return f"<table>{''.join(rows)}</table>"


def _machine(r: Report) -> str:
    m, o = r.machine, r.options
    used = f"hub {r.hub_cpu_seconds:g}, players {r.players_cpu_seconds:g}, of {r.seconds:g} s; {r.bytes / 1e6:,.1f} MB"
    pairs = (
        ("CPU", f"{m.processor}, {m.processors} × ; {m.memory_gb:g} GB; load {m.load:g}"),
        ("OS", f"{m.system}; fsync {m.fsync_ms:g} ms"),
        ("Python", f"{m.python}; SQLite {m.sqlite}; {m.openssl}; libxml2 {m.libxml2}; aiohttp {m.aiohttp}"),
        ("truc", f"{m.truc}; --agencies {o['agencies']} --documents {o['documents']} --sizes {o['sizes']} "
                 f"--processes {o['processes']} --seed {o['seed']}"),
        ("CPU s", used),
        ("late p99", f"{r.generator_late_ms_p99:g} ms"),
    )  # fmt: skip
    return "<table>" + "".join(f"<tr><td>{k}</td><td>{escape(v)}</td></tr>" for k, v in pairs) + "</table>"


def _footer(r: Report) -> str:
    text = Text(
        "Tỷ lệ theo số liệu thực địa: 3,59 lượt giao mỗi văn bản; 82 % tiếp nhận, 68 % đang xử lý, 6,7 % từ chối, "
        "5,5 % hoàn thành, 15 % cập nhật, 0,6 % lấy lại. Độ khẩn và luồng giữa các cấp là giả định. "
        "Trình tạo tải dùng chung bộ xử lý với Trục.",
        "Shares as measured in the field: 3.59 deliveries per document; 82 % accepted, 68 % in progress, "
        "6.7 % refused, 5.5 % finished, 15 % updates, 0.6 % taken back. Priorities and the flow between tiers are "
        "assumed. The load generator shares the processors with the hub.",
    )
    return f"<footer>{both(text)}</footer>"
