"""A log that was signed further than its backup is not continued from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.core.log import note
from hub.core.wire import Submitted
from hub.ops.backup import Refused
from hub.ops.backup.restore import Will
from tests.ops.backup.kit import TRUSTING, backed_up, restored, whats
from tests.support.axis import HA_NOI, SON_LA, VPCP, Clock
from tests.support.web import Web
from tests.support.witnesskit import a_hub, a_witness, an_entry, log_of

ASKING = Will()


async def witnessed(web: Web, recipient: str) -> None:
    sent: Submitted = await web.send(VPCP, recipient)
    await web.hub.witnesses.reached(note.parse(sent.receipt.encode().partition(b"\n\n")[2]).checkpoint.size)


async def test_a_rewind_is_refused_whatever_the_operator_accepts(tmp_path: Path, keys: Path) -> None:
    clock = Clock()
    async with a_witness(tmp_path / "w1", [log_of(keys)], clock=clock) as w1:
        async with a_hub(tmp_path / "hub", keys, [w1.entry], clock=clock) as web:
            await witnessed(web, SON_LA)
            await backed_up(tmp_path / "hub", keys, tmp_path / "old")
            await witnessed(web, HA_NOI)
        for will in (ASKING, TRUSTING):
            with pytest.raises(Refused) as refused:
                await restored(tmp_path / "old", tmp_path / "data", keys, will, [w1.entry])
            assert whats(refused.value) == {"log-rewound"}
            assert "w1" in refused.value.faults[0].where
        assert not (tmp_path / "data").exists()


async def test_what_every_witness_agrees_with_is_restored_without_a_word(tmp_path: Path, keys: Path) -> None:
    """Also where the backup is younger than what the witness saw last."""
    clock = Clock()
    async with a_witness(tmp_path / "w1", [log_of(keys)], clock=clock) as w1:
        async with a_hub(tmp_path / "hub", keys, [w1.entry], clock=clock) as web:
            await witnessed(web, SON_LA)
            await web.send(VPCP, HA_NOI)
            await backed_up(tmp_path / "hub", keys, tmp_path / "new")
        done = await restored(tmp_path / "new", tmp_path / "data", keys, ASKING, [w1.entry])
        assert [heard.knows for heard in done.witnesses] == ["agrees"]
        assert await w1.size(done.facts.origin) == done.facts.size
        async with a_hub(tmp_path / "data", keys, [w1.entry], clock=clock) as web:
            await witnessed(web, SON_LA)


async def test_without_the_word_of_every_witness_the_operator_has_to_say_so(tmp_path: Path, keys: Path) -> None:
    clock = Clock()
    away, _ = an_entry(tmp_path / "w2", "w2")
    async with a_witness(tmp_path / "w1", [log_of(keys)], clock=clock) as w1:
        async with a_hub(tmp_path / "hub", keys, [w1.entry], clock=clock) as web:
            await witnessed(web, SON_LA)
            await backed_up(tmp_path / "hub", keys, tmp_path / "b")
        for entries in ([], [away], [w1.entry, away]):
            with pytest.raises(Refused) as refused:
                await restored(tmp_path / "b", tmp_path / "data", keys, ASKING, entries)
            assert whats(refused.value) == {"unwitnessed"}
        done = await restored(tmp_path / "b", tmp_path / "data", keys, TRUSTING, [w1.entry, away])
        assert [(h.name, h.knows) for h in done.witnesses] == [("w1", "agrees"), ("w2", "no answer")]
