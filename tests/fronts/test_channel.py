"""Frames arrive as they were sent, however the bytes are cut; errors keep their code, words and facts."""

from __future__ import annotations

import asyncio
import socket
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core import errors
from hub.core.error_records import ErrorRecord, error_of, record_of
from hub.core.errors import AxisError, DeliveryConflict, IdentityConflict, Refusal, TooMany, Unavailable, Unexpected
from hub.core.model import DeliveryState, MessageKind, Millis
from hub.fronts import frames
from hub.fronts.channel import MOST, Channel
from hub.fronts.front_side import HubProxy
from hub.record.acts.delivery import Acknowledged
from hub.store import DeliveryRow

ROW = DeliveryRow(
    message=7,
    recipient="000.00.00.H52",
    kind=MessageKind.DOCUMENT,
    seq=1,
    lane=0,
    state=DeliveryState.WAITING,
    placed_at=Millis(1),
)
QUESTIONS: list[frames.FromFront] = [
    frames.Fetch(1, "000.00.00.H52", 50, 1.5, 4_000, ("000.00.21.H52",)),
    frames.Hold(2, ROW),
    frames.GiveUp(1),
    frames.Ready(),
    frames.Figures([("a", "a_total", {"x": "y"}, 1.0)]),
]


def sent(*what: frames.FromFront) -> bytes:
    bodies = [frames.encode(frame) for frame in what]
    return b"".join(len(body).to_bytes(4, "big") + body for body in bodies)


@settings(max_examples=60)
@given(st.lists(st.sampled_from(QUESTIONS), max_size=6), st.lists(st.integers(0, 400), max_size=8))
def test_frames_come_whole_wherever_the_stream_is_cut(questions: list[frames.FromFront], cuts: list[int]) -> None:
    data, got = sent(*questions), list[frames.FromFront]()
    channel: Channel[frames.FromFront] = Channel(frames.from_front, got.append, lambda: None)
    places = sorted({0, len(data), *(c for c in cuts if c < len(data))})
    for start, stop in pairwise(places):
        channel.data_received(data[start:stop])
    assert got == questions


def test_a_length_that_no_end_of_ours_sends_is_not_waited_for() -> None:
    channel: Channel[frames.FromFront] = Channel(frames.from_front, lambda frame: None, lambda: None)
    with pytest.raises(ValueError, match="no end of ours"):
        channel.data_received((MOST + 1).to_bytes(4, "big"))


async def test_what_is_sent_in_one_round_of_the_loop_goes_out_in_order_and_the_end_is_told_once() -> None:
    got, lost = list[frames.FromFront](), list[str]()
    ours, theirs = socket.socketpair()
    loop = asyncio.get_running_loop()
    all_here, gone = asyncio.Event(), asyncio.Event()

    def take(frame: frames.FromFront) -> None:
        got.append(frame)
        if len(got) == len(QUESTIONS):
            all_here.set()

    def lose() -> None:
        lost.append("lost")
        gone.set()

    hub: Channel[frames.FromFront] = Channel(frames.from_front, take, lose)
    front: Channel[frames.FromHub] = Channel(frames.from_hub, lambda frame: None, lambda: None)
    await loop.create_connection(lambda: hub, sock=ours)
    await loop.create_connection(lambda: front, sock=theirs)
    for question in QUESTIONS:
        front.send(question)
    await all_here.wait()
    front.close()
    await gone.wait()
    front.send(frames.Ready())  # after the end: nothing, and no error
    assert got == QUESTIONS
    assert lost == ["lost"]


FINDING = errors.Finding(
    code="N.MessageHeader.Subject",
    severity=errors.Severity.ERROR,
    clause="QCVN 102",
    path="/edXML",
    found="x",
    right=errors.Text("đúng", "right"),
    vi="sai",
    en="wrong",
    line=3,
)


def plain() -> list[AxisError]:
    """Made when they are needed: another test looks for errors that somebody holds."""
    return [
        IdentityConflict(expected="sha-256 a", found="sha-256 b", message="urn:uuid:1"),
        DeliveryConflict(expected="waiting", found="expired"),
        TooMany(retry_after=2.5, expected="fewer", found="more"),
        Unavailable(found="disk"),
    ]


def test_an_error_is_the_same_on_the_other_side() -> None:
    for error in plain():
        failed = frames.from_hub(frames.encode(frames.Failed(1, record_of(error))))
        assert isinstance(failed, frames.Failed)
        back = error_of(failed.error)
        assert type(back) is type(error)
        assert (back.en, back.vi, back.facts) == (error.en, error.vi, error.facts)
        assert getattr(back, "retry_after", 0) == getattr(error, "retry_after", 0)


def test_what_nobody_foresaw_tells_nothing_of_itself() -> None:
    told = record_of(RuntimeError("a path, a key"))
    assert isinstance(error_of(told), Unexpected)
    assert "path" not in repr(told)


def test_every_error_of_the_tree_is_the_same_on_the_other_side() -> None:
    for leaf in errors.leaves():
        error = made(leaf)
        back = error_of(msgspec.msgpack.decode(msgspec.msgpack.encode(record_of(error)), type=ErrorRecord))
        assert type(back) is leaf
        assert (back.code, back.en, back.vi, back.hint) == (error.code, error.en, error.vi, error.hint)
        assert {**back.facts, "findings": ()} == {**error.facts, "findings": ()}
        for member in ("retry_after", "verdict", "step", "findings"):
            assert getattr(back, member, None) == getattr(error, member, None)


def made(leaf: type[AxisError]) -> AxisError:
    """One of that class, with everything that it can say."""
    if issubclass(leaf, errors.InvalidFields):
        return leaf([FINDING])
    if issubclass(leaf, errors.SignatureRefusal):
        return leaf(errors.Verdict.WRONG_NAMESPACE, expected="a", found="b", step=3)
    if issubclass(leaf, errors.TryLater):
        return leaf(retry_after=2.5, expected="a", found="b")
    return leaf(expected="a", found="b", message="urn:uuid:1")


def test_a_refusal_inside_an_answer_crosses_as_one() -> None:
    items = (Acknowledged(message="urn:uuid:1", refusal=DeliveryConflict(expected="a", found="b")),)
    frame = frames.from_hub(frames.encode(frames.Entered(3, {5: b"receipt"}, acknowledged=items)))
    assert isinstance(frame, frames.Entered)
    (item,) = frames.sealed(frame).answer
    assert isinstance(item.refusal, Refusal)
    assert item.refusal.en == items[0].refusal.en  # type: ignore[union-attr]
    assert frame.receipts == {5: b"receipt"}


async def test_who_waits_when_the_hub_ends_is_told_to_try_again_and_nobody_waits_after() -> None:
    remote = HubProxy(lambda frame, urgent=False: None)
    waiting = asyncio.create_task(remote.hold(ROW).__aenter__())
    await asyncio.sleep(0)
    remote.lose()
    with pytest.raises(Unavailable):
        await waiting
    with pytest.raises(Unavailable):
        await remote.fetch("a", 1, 60.0)


async def test_who_goes_away_gives_up_its_question() -> None:
    told = list[frames.FromFront]()
    remote = HubProxy(lambda frame, urgent=False: told.append(frame))
    task = asyncio.create_task(remote.fetch("a", 1, 60.0))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert told == [frames.Fetch(1, "a", 1, 60.0, 0, ()), frames.GiveUp(1)]
    assert remote.waiting == 0
    remote.answered(frames.Fetched(1, []))  # too late: nothing happens
