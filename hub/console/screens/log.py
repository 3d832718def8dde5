"""The log: how long it is, how fresh, its witnesses; and whether it is one history, computed again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from aiohttp import web

from hub.access import Right
from hub.console.page import Page, PageQuery, Visit
from hub.console.ui import Cell, Column, Table, Tile
from hub.core.errors import AxisError, ProofInvalid, Text
from hub.core.evidence import format as ev
from hub.core.log import merkle, note, proofs
from hub.core.log.keys import Checkpoint
from hub.core.model import Millis
from hub.store import CheckpointRow, CosignedRow, Transaction

_OLDER: Final = 5
"""Earlier checkpoints of which it is computed that the last continues them."""

_LATE_MS: Final = 10 * 60_000


class LogQuery(PageQuery, frozen=True, kw_only=True):
    """`check`: compute it now."""

    check: bool = False


class Step(NamedTuple):
    """A thing that was computed, and whether it came out right."""

    text: str
    good: bool
    detail: str = ""


async def show(visit: Visit) -> web.StreamResponse:
    query = visit.query or LogQuery()
    store, t = visit.exchange.store, visit.t
    last, stamp = await store.last_checkpoint(), await store.last_timestamp()
    steps = await _checked(visit) if query.check and last is not None else []
    tiles = [Tile(t("log.size"), visit.num(last.size if last is not None else 0), t("log.size.note"))]
    if last is not None:
        tiles.append(Tile(t("log.age"), visit.age(visit.now - last.at), visit.moment(last.at)))
    if stamp is not None:
        tiles.append(Tile(t("log.stamp"), visit.age(visit.now - stamp.at), visit.moment(stamp.at)))
    return visit.page(
        "log.html",
        tiles=tiles,
        last=last,
        origin=visit.hub.log.origin,
        vkeys=visit.hub.log.vkeys,
        witnesses=await _witnesses(visit, last),
        steps=steps,
        good=all(step.good for step in steps),
        checked=bool(steps),
    )


async def _witnesses(visit: Visit, last: CheckpointRow | None) -> Table:
    """The last real use of each, and its age: never that it can be reached. A witness is late that has not signed a
    checkpoint that is older than some minutes."""
    t, store = visit.t, visit.exchange.store
    rows = []
    for verifier in visit.hub.log.witnesses:
        kept = await store.last_cosigned(verifier.id)
        at, size = _stated(kept, verifier.id, visit), kept.size if kept is not None else 0
        first = await store.leaf(size)
        late = first is not None and visit.now - first.at > _LATE_MS
        behind = max(0, (last.size if last is not None else 0) - size)
        state = "failing" if kept is None else "warned" if late else "good"
        rows.append(
            (
                Cell(verifier.name),
                Cell(state=state),
                Cell(visit.age(visit.now - at) if at is not None else t("log.never")),
                Cell(visit.moment(at) if at is not None else "–"),
                Cell(visit.num(size)),
                Cell(visit.num(behind)),
            )
        )
    columns = (
        Column(t("log.witness"), head=True),
        Column(t("log.state")),
        Column(t("log.cosigned")),
        Column(t("log.cosigned.at")),
        Column(t("log.cosigned.size"), number=True),
        Column(t("log.behind"), number=True),
    )
    return Table(t("log.witnesses"), columns, rows, t("log.witnesses.none"))


def _stated(kept: CosignedRow | None, witness: str, visit: Visit) -> Millis | None:
    """The time that the witness itself put under the checkpoint."""
    if kept is None:
        return None
    log = visit.hub.log
    opened = note.open_note(kept.note, (*log.verifiers, *log.witnesses))
    return next((s.at for s in opened.signed if s.verifier.id == witness and s.at is not None), kept.at)


# The check: nothing of it is remembered, all is computed from stored bytes.


async def _checked(visit: Visit) -> list[Step]:
    t, store, log = visit.t, visit.exchange.store, visit.hub.log
    last = await store.last_checkpoint()
    assert last is not None
    rows = [await store.checkpoint_covering(last.size * part // _OLDER - 1) for part in range(1, _OLDER)]
    kept = await store.last_cosigned()
    known = (*log.verifiers, *log.witnesses)
    older = {row.size: row.root for row in rows if row is not None and row.size < last.size}
    seen: Checkpoint | None = None
    if kept is not None and kept.size <= last.size:
        seen = note.open_note(kept.note, known).checkpoint
        older[seen.size] = seen.root
    signed = note.open_note(last.note, log.verifiers)
    steps = [
        Step(t("log.step.signed", name=log.origin), signed.checkpoint == Checkpoint(log.origin, last.size, last.root))
    ]
    try:
        root, continued = await store.inspect(lambda tx: computed(tx, last, older))
    except AxisError as error:
        return [*steps, Step(t("log.step.root", n=last.size), False, str(error)[:200])]
    steps.append(Step(t("log.step.root", n=last.size), root == last.root, root.hex()))
    for size, good in sorted(continued.items()):
        text = "log.step.witnessed" if seen is not None and size == seen.size else "log.step.continues"
        steps.append(Step(t(text, n=size), good))
    return steps


def computed(tx: Transaction, last: CheckpointRow, older: Mapping[int, bytes]) -> tuple[bytes, dict[int, bool]]:
    """The root of all leaves, from the stored tiles and the leaves behind them and nothing else; and for each earlier
    size and root whether the last continues it, by a proof of consistency. IntegrityAlarm for tiles that are none."""
    width = merkle.TILE_WIDTH
    tail = [
        merkle.leaf_hash(ev.entry(ev.Kind(row.kind), row.object))
        for row in tx.leaves(last.size - last.size % width, last.size % width)
    ]
    tree = merkle.Tree.open(last.size, tail, tx.read_tile)
    continued = {}
    for size, root in older.items():
        try:
            proofs.verify_consistency(size, root, last.size, last.root, tree.consistency(size))
            continued[size] = True
        except ProofInvalid:
            continued[size] = False
    return tree.root(), continued


PAGES: Final = (Page("GET", "/console/log", show, Right.PROOFS, "nav.log", LogQuery),)
TEXTS: Final[Mapping[str, Text]] = {
    "log.size": Text("Mục trong nhật ký", "Leaves"),
    "log.size.note": Text("mỗi bằng chứng một mục, chỉ thêm, không sửa", "one for each evidence: added, never changed"),
    "log.age": Text("Điểm kiểm tra cuối", "Last checkpoint"),
    "log.stamp": Text("Dấu thời gian cuối (TSA)", "Last time stamp (TSA)"),
    "log.never": Text("chưa lần nào", "never"),
    "log.witnesses": Text("Nhân chứng", "Witnesses"),
    "log.witness": Text("Nhân chứng", "Witness"),
    "log.state": Text("Trạng thái", "State"),
    "log.cosigned": Text("Ký lần cuối cách đây", "Last cosigned, ago"),
    "log.cosigned.at": Text("Lúc", "At"),
    "log.cosigned.size": Text("Trên số mục", "Over leaves"),
    "log.behind": Text("Còn thiếu", "Behind by"),
    "log.witnesses.none": Text(
        "Không có nhân chứng nào. Thêm trong [witness]: thiếu họ, chỉ người giữ điểm kiểm tra cũ mới thấy lịch sử "
        "bị viết lại.",
        "There is no witness. Add some in [witness]: without them only who keeps old checkpoints sees a rewritten "
        "history.",
    ),
    "log.check": Text("Kiểm tra nhất quán", "Check consistency"),
    "log.check.title": Text("Một lịch sử duy nhất?", "One history?"),
    "log.check.why": Text(
        "Tính lại gốc cây từ các mảnh đã lưu, rồi chứng minh điểm kiểm tra cuối nối tiếp những điểm trước.",
        "The root is computed again from the stored tiles, and it is proved that the last checkpoint continues "
        "earlier ones.",
    ),
    "log.check.good": Text("Nhất quán: một lịch sử, không mục nào bị đổi", "Consistent: one history, no leaf changed"),
    "log.check.bad": Text(
        "KHÔNG nhất quán: giữ nguyên dữ liệu, chạy truc fsck", "NOT consistent: change nothing, run truc fsck"
    ),
    "log.step.signed": Text("Điểm kiểm tra cuối có chữ ký của {name}", "The last checkpoint is signed by {name}"),
    "log.step.root": Text("Gốc của {n} mục, tính lại từ các mảnh", "Root of {n} leaves, computed from the tiles"),
    "log.step.continues": Text("Nối tiếp điểm kiểm tra {n} mục", "Continues the checkpoint of {n} leaves"),
    "log.step.witnessed": Text(
        "Nối tiếp điểm kiểm tra {n} mục mà nhân chứng đã ký",
        "Continues the checkpoint of {n} leaves that witnesses signed",
    ),
    "log.yourself": Text("Tự kiểm tra, không cần tin máy chủ này", "Check it yourself, without trusting this server"),
    "log.yourself.why": Text(
        "Máy chủ nói dối thì trang này cũng nói dối. Ai cũng có thể tải toàn bộ nhật ký, tính lại và so với lần trước:",
        "A server that lies has a page that lies. Anybody can take the whole log, compute it again and compare it with "
        "the last time:",
    ),
    "log.yourself.receipt": Text("Xác minh một biên nhận trong trình duyệt", "Verify a receipt in the browser"),
    "log.yourself.note": Text("Điểm kiểm tra", "Checkpoint"),
    "log.yourself.keys": Text("Khóa công khai và chính sách", "Public keys and policy"),
    "log.origin": Text("Tên nhật ký", "Name of the log"),
    "log.root": Text("Gốc cây", "Root"),
    "log.key": Text("Khóa", "Key"),
}
