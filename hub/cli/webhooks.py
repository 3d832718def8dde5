"""`truc webhooks`: the addresses that the hub sends an agency's events to."""

from __future__ import annotations

import click
import msgspec

from hub.cli import printing
from hub.cli.common import Exit, Shared, epilog, make_command
from hub.cli.connect import asked
from hub.cli.help import Group
from hub.cli.screen import local, show, table
from hub.cli.webhooks_listen import listen
from hub.core import wire_hooks
from hub.core.evidence.kinds import TYPES

_EXAMPLE = """
truc webhooks add https://trao-doi.sonla.gov.vn/truc --as 000.00.00.H52
truc webhooks test wh_1 --as 000.00.00.H52
truc webhooks listen --as 000.00.00.H52"""
_ID = click.argument("identifier", metavar="ID")
_OUTCOMES = {
    "delivered": "đã nhận",
    "gone": "máy nhận không còn dùng",
    "address-refused": "địa chỉ không được phép",
    "name-unknown": "không phân giải được tên miền",
    "not-connected": "không kết nối được",
    "tls": "lỗi TLS",
    "timeout": "quá thời gian",
    "no-http": "trả lời không phải HTTP",
    "redirect": "chuyển hướng",
    "status": "trả lời HTTP",
    "busy": "đang bận",
    "challenge": "không trả lời đúng lời thử",
}


@click.group("webhooks", cls=Group, epilog=epilog(_EXAMPLE))
def command() -> None:
    """Webhook: Trục tự báo sự kiện tới địa chỉ của đơn vị (Standard Webhooks).

    Webhooks: the hub tells an address of yours the events, signed, thin, at least once (Standard Webhooks).
    """


@make_command("add", "agency", example="truc webhooks add https://trao-doi.sonla.gov.vn/truc --as 000.00.00.H52")
@click.argument("address", metavar="URL")
@click.option("--type", "types", multiple=True, type=click.Choice(TYPES), help="Only these events; several.")
def add(shared: Shared, address: str, types: tuple[str, ...]) -> int:
    """Đăng ký địa chỉ nhận; khóa bí mật chỉ hiện một lần.

    Register where webhooks are to go. The secret is shown this once: put it where the receiver reads it, then test.
    """

    return _with_secret(shared, asked(shared, lambda axis: axis.add_webhook(address, types)))


@make_command("rotate", "agency", example="truc webhooks rotate wh_1 --as 000.00.00.H52")
@_ID
def rotate(shared: Shared, identifier: str) -> int:
    """Đổi khóa bí mật; khóa cũ còn ký thêm một thời gian.

    A new secret, shown this once. Until the time told both sign, so the receiver can take its time.
    """

    return _with_secret(shared, asked(shared, lambda axis: axis.rotate_webhook(identifier)))


def _with_secret(shared: Shared, made: wire_hooks.Webhook) -> int:
    if shared.json:
        shared.emit(msgspec.to_builtins(made))
        return Exit.OK
    _tell(shared, made)
    printing.line(made.secret, bold=True)
    shared.say(
        "Khóa bí mật chỉ hiện lần này. Đặt vào máy nhận, rồi:",
        "The secret is shown this once. Give it to the receiver:",
    )
    printing.line(f"  truc webhooks test {made.id} --as {shared.agency}")
    return Exit.OK


@make_command("list", "agency", example="truc webhooks list --as 000.00.00.H52")
def listed(shared: Shared) -> int:
    """Xem các địa chỉ nhận của đơn vị.

    The agency's endpoints, and the hub's public keys.
    """

    found = asked(shared, lambda axis: axis.webhooks())
    if shared.json:
        shared.emit(msgspec.to_builtins(found))
        return Exit.OK
    vi, en = "mã|trạng thái|địa chỉ|lần gửi cuối|kết quả", "id|state|address|last sent|outcome"
    rows = (
        [hook.id, _state(shared, hook), hook.url, local(hook.sent_at), _outcome(shared, hook)] for hook in found.items
    )
    if found.items:
        show(table("", shared.pick(vi, en).split("|"), rows, whole=(0,)))
    else:
        add_one = f"truc webhooks add URL --as {shared.agency}"
        shared.say(f"Chưa có webhook nào: {add_one}", f"No webhooks yet: {add_one}")
    for key in found.keys:
        printing.line(key)
    return Exit.OK


@make_command("show", "agency", example="truc webhooks show wh_1 --as 000.00.00.H52")
@_ID
def shown(shared: Shared, identifier: str) -> int:
    """Xem một địa chỉ nhận, và cần làm gì khi không gửi được.

    One endpoint: its health, the remedy where it does not take messages, and the last tries, the newest first: up to
    100 of them, 30 days back.
    """

    found = asked(shared, lambda axis: axis.webhook(identifier))
    if shared.json:
        shared.emit(msgspec.to_builtins(found))
    else:
        _tell(shared, found)
        _tell_attempts(shared, found)
    return Exit.OK


@make_command("remove", "agency", example="truc webhooks remove wh_1 --as 000.00.00.H52")
@_ID
def remove(shared: Shared, identifier: str) -> int:
    """Xóa địa chỉ nhận: từ nay không gửi tới đó nữa.

    From now on nothing is sent there.
    """

    gone = asked(shared, lambda axis: axis.remove_webhook(identifier))
    if shared.json:
        shared.emit(msgspec.to_builtins(gone))
    else:
        shared.say(f"Đã xóa {gone.id}: {gone.url}", f"Removed {gone.id}: {gone.url}")
    return Exit.OK


@make_command("test", "agency", example="truc webhooks test wh_1 --as 000.00.00.H52")
@_ID
def test(shared: Shared, identifier: str) -> int:
    """Gửi thử thách; máy nhận lặp lại đúng thì webhook hoạt động.

    Have the hub send a challenge. A receiver that repeats it is active; one that was disabled goes on where it stopped.
    Exit 1 where it did not, with the remedy.
    """

    tested = asked(shared, lambda axis: axis.test_webhook(identifier))
    if shared.json:
        shared.emit(msgspec.to_builtins(tested))
    else:
        hook = tested.webhook
        word = shared.pick("đạt", "passed") if tested.ok else _outcome(shared, hook)
        printing.line(f"{hook.id}  {word}", mark="✓" if tested.ok else "✗", good=tested.ok)
        if not tested.ok:
            shared.say(hook.advice_vi, hook.advice_en)
    return Exit.OK if tested.ok else Exit.REFUSED


@make_command("pause", "agency", example="truc webhooks pause wh_1 --as 000.00.00.H52\ntruc webhooks pause wh_1 --undo")
@_ID
@click.option("--undo", is_flag=True, help="Go on where it was paused.")
def pause(shared: Shared, identifier: str, undo: bool) -> int:
    """Tạm dừng gửi tới địa chỉ nhận, hoặc gửi tiếp; những gì xảy ra trong lúc đó được giữ lại.

    Send nothing there for now, or go on; events that happen meanwhile wait and are sent afterwards.
    """

    found = asked(shared, lambda axis: axis.pause_webhook(identifier, paused=not undo))
    if shared.json:
        shared.emit(msgspec.to_builtins(found))
    else:
        _tell(shared, found)
    return Exit.OK


@make_command(
    "failures", "agency", example="truc webhooks failures wh_1 --as 000.00.00.H52\ntruc webhooks failures wh_1 --json"
)
@_ID
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
def failures(shared: Shared, identifier: str, limit: int) -> int:
    """Xem những lần gửi không thành.

    Messages that it did not take: waiting for another try, or given up.
    """

    found = asked(shared, lambda axis: axis.webhook_failures(identifier, limit=limit))
    if shared.json:
        shared.emit(msgspec.to_builtins(found))
        return Exit.OK
    vi, en = "mã|loại|trạng thái|số lần|gửi lại lúc|kết quả", "id|type|state|tries|again at|outcome"
    rows = (
        [row.id, row.type, shared.term(row.state), row.attempts, local(row.next_at), _outcome(shared, row)]
        for row in found.items
    )
    if found.items:
        show(table("", shared.pick(vi, en).split("|"), rows, whole=(0,)))
    else:
        shared.say("Không có lần gửi nào bị lỗi.", "Nothing failed.")
    return Exit.OK


@make_command(
    "replay",
    "agency",
    example="""
truc webhooks replay wh_1 --since 2026-11-22 --as 000.00.00.H52
truc webhooks replay wh_1 --failure evt_21_0_1f0e9a3c_000-00-00-H52 --as 000.00.00.H52""",
)
@_ID
@click.option("--since", default="", metavar="TIME", help="A day of Vietnam or an RFC 3339 time: everything from then.")
@click.option("--failure", default="", metavar="ID", help="One of `truc webhooks failures`.")
def replay(shared: Shared, identifier: str, since: str, failure: str) -> int:
    """Gửi lại: một lần lỗi, hoặc tất cả từ một thời điểm.

    Have it sent again: one failure, or everything since a time. Receivers know a seen message by its identifier.
    """
    if bool(since) == bool(failure):
        raise click.UsageError("--since TIME | --failure ID")

    found = asked(shared, lambda axis: axis.replay_webhooks(identifier, since=since, failure=failure))
    if shared.json:
        shared.emit(msgspec.to_builtins(found))
    else:
        _tell(shared, found)
    return Exit.OK


for _command in (add, listed, shown, test, rotate, pause, remove, failures, replay, listen):
    command.add_command(_command)


def _state(shared: Shared, hook: wire_hooks.Webhook) -> str:
    state = shared.term(hook.state)
    return f"{state} ({shared.term(hook.why)})" if hook.why else state


def _outcome(shared: Shared, one: wire_hooks.Webhook | wire_hooks.WebhookFailure | wire_hooks.WebhookAttempt) -> str:
    outcome = shared.pick(_OUTCOMES.get(one.outcome, one.outcome), one.outcome)
    return f"{outcome} {one.status or ''}".strip()


def _tell(shared: Shared, hook: wire_hooks.Webhook) -> None:
    printing.line(f"{hook.id}  {_state(shared, hook)}  {hook.url}")
    if hook.types:
        printing.line(f"  {' '.join(hook.types)}")
    if hook.failures:
        since, again = local(hook.failing_since), local(hook.retry_at)
        shared.say(
            f"  {hook.failures} lần lỗi liên tiếp từ {since}, thử lại {again}",
            f"  {hook.failures} failures in a row since {since}, again at {again}",
        )
    if hook.outcome not in ("", "delivered"):
        shared.say(f"  {_outcome(shared, hook)}: {hook.advice_vi}", f"  {_outcome(shared, hook)}: {hook.advice_en}")
    if hook.old_secret_until:
        until = local(hook.old_secret_until)
        shared.say(f"  khóa cũ còn ký đến {until}", f"  the old secret signs too until {until}")


def _tell_attempts(shared: Shared, hook: wire_hooks.Webhook) -> None:
    if not hook.attempts:
        return
    vi, en = "lúc|loại|kết quả|ms|mã", "at|type|outcome|ms|id"
    rows = ([local(one.at), one.type, _outcome(shared, one), one.ms, one.id] for one in hook.attempts)
    show(table("", shared.pick(vi, en).split("|"), rows, right=(3,)))
