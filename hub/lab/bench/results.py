"""The report of a run: one flat object for programs, a table with targets for people."""

from __future__ import annotations

from typing import Final, NamedTuple

from hub.core.errors import Text
from hub.lab.bench.rounds import Figure
from hub.lab.bench.suite import Measured


class Target(NamedTuple):
    """A figure that is aimed at: at least, or (`most`) at most `value`."""

    key: str
    value: float
    text: Text
    most: bool = False

    def met(self, figure: Figure) -> bool:
        return figure.median <= self.value if self.most else figure.median >= self.value

    @property
    def wanted(self) -> str:
        return f"{'≤' if self.most else '≥'} {self.value:g}"


TARGETS: Final = (
    Target("verify_vs_signxml_4k", 5, Text("xác minh so với signxml, 4 kB", "verify ÷ signxml, 4 kB")),
    Target("verify_vs_signxml_10k", 5, Text("xác minh so với signxml, 10 kB", "verify ÷ signxml, 10 kB")),
    Target("verify_vs_xmlsec_4k", 2.5, Text("xác minh so với xmlsec, 4 kB", "verify ÷ python-xmlsec, 4 kB")),
    Target("verify_vs_xmlsec_10k", 2.5, Text("xác minh so với xmlsec, 10 kB", "verify ÷ python-xmlsec, 10 kB")),
    Target("accept_vs_floor_64", 0.7, Text("chấp nhận so với chuẩn, 64 nơi gửi", "accept ÷ floor, 64 senders")),
    Target("accept_1mb_vs_floor", 0.7, Text("chấp nhận 1 MB so với chuẩn", "accept 1 MB ÷ floor")),
    Target("life_vs_floor", 0.25, Text("trọn vòng đời so với chuẩn", "whole life ÷ floor")),
    Target("accept_vs_pyas2", 30, Text("chấp nhận so với pyas2lib", "accept ÷ pyas2lib")),
    Target("half_load_ms_p99", 50, Text("p99 ở nửa tải, ms", "p99 at half load, ms"), most=True),
    Target(
        "urgent_flood_vs_idle_p99", 3, Text("khẩn khi ngập so với khi rỗi, p99", "urgent p99, flood ÷ idle"), most=True
    ),
    Target("lone_accept_ms_p50", 5, Text("gửi đơn lẻ p50, ms", "a lone submission p50, ms"), most=True),
)
ABSOLUTES: Final = {
    "accept_per_s_1": Text("chấp nhận /s, 1 nơi gửi", "accepted /s, 1 sender"),
    "accept_per_s_16": Text("chấp nhận /s, 16 nơi gửi", "accepted /s, 16 senders"),
    "accept_per_s_64": Text("chấp nhận /s, 64 nơi gửi", "accepted /s, 64 senders"),
    "accept_per_s_256": Text("chấp nhận /s, 256 nơi gửi", "accepted /s, 256 senders"),
    "batch_single_per_s": Text("chấp nhận /s, 4 nơi gửi, từng văn bản", "accepted /s, 4 senders, single calls"),
    "batch_per_s_16": Text("như trên, 16 văn bản mỗi lần gọi", "the same, 16 in a call"),
    "batch_per_s_64": Text("như trên, 64 văn bản mỗi lần gọi", "the same, 64 in a call"),
    "batch_64_vs_single": Text("64 mỗi lần gọi so với từng văn bản", "64 in a call ÷ single calls"),
    "batch_16_vs_single": Text("16 mỗi lần gọi so với từng văn bản", "16 in a call ÷ single calls"),
    "batch_1_vs_single": Text("1 mỗi lần gọi so với từng văn bản", "1 in a call ÷ single calls"),
    "life_per_s": Text("trọn vòng đời /s (3,59 nơi nhận)", "whole lives /s (3.59 recipients)"),
    "life_single_per_s": Text("như trên, từng văn bản một", "the same, each document by itself"),
    "life_deliveries_per_s": Text("lượt giao /s", "deliveries /s"),
    "floor_per_s": Text("chuẩn /s, 4 kB", "floor /s, 4 kB"),
    "mix_per_s": Text("hỗn hợp X-Road /s", "X-Road's mix /s"),
    "mix_mb_per_s": Text("hỗn hợp X-Road, MB/s", "X-Road's mix, MB/s"),
    "verify_ours_per_s_4k": Text("xác minh /s, 4 kB", "verified /s, 4 kB"),
    "pyas2_per_s": Text("pyas2lib nhận và trả MDN /s", "pyas2lib, received and answered /s"),
    "driver_cpu_64": Text("trình tạo tải dùng, phần bộ xử lý", "the load generator's share of a processor"),
}
REQUIRED: Final = (
    *(t.key for t in TARGETS),
    "accept_per_s_64",
    "life_per_s",
    "life_single_per_s",
    "batch_16_vs_single",
    "batch_64_vs_single",
    "lone_accept_ms_p50",
)


def flat(measured: Measured) -> dict[str, object]:
    """Medians under their names; the lowest and highest round of every ratio and rate with `_low` and `_high`; null for
    skipped ones."""
    told: dict[str, object] = dict.fromkeys(REQUIRED)
    for name, figure in measured.figures.items():
        told[name] = rounded(figure.median)
        if figure.rounds > 1:
            told[f"{name}_low"], told[f"{name}_high"] = rounded(figure.low), rounded(figure.high)
    told |= {f"machine_{name}": getattr(measured.machine, name) for name in measured.machine.__struct_fields__}
    told["rounds"] = max((f.rounds for f in measured.figures.values()), default=0)
    told["seconds"] = rounded(measured.seconds)
    told["skipped"] = "; ".join(f"{name}: {why}" for name, why in measured.skipped.items())
    told["wrong"] = "; ".join(measured.wrong)
    return told


def rounded(value: float) -> float:
    """Four digits tell more than a run can."""
    return float(f"{value:.4g}") if abs(value) < 1e4 else float(round(value))
