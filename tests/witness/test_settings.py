"""Settings of witnesses, and a witness behind TLS with a CA of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.base.config import InvalidSettings, WitnessEntry, load
from hub.core.log import note
from hub.core.log.keys import Algorithm, Signer
from tests.support.axis import SON_LA, VPCP, Clock, keyring
from tests.support.web import until
from tests.support.witnesskit import LOG, a_hub, a_witness, log_of

W1 = Signer.from_seed("w1.example", bytes(32), Algorithm.COSIGNATURE).verifier.vkey
W2 = Signer.from_seed("w2.example", bytes([1]) * 32, Algorithm.ML_DSA_44).verifier.vkey


def toml(*entries: tuple[str, str, str], more: str = "") -> str:
    tables = [f'[[witness.witnesses]]\nname = "{n}"\nvkey = "{v}"\nurl = "{u}"' for n, v, u in entries]
    return "\n".join([f"[witness]\n{more}", *tables, ""])


def test_several_witnesses_with_keys_of_either_kind(tmp_path: Path) -> None:
    file = tmp_path / "hub.toml"
    file.write_text(
        toml(("w1", W1, "https://w1.example"), ("w2", W2, "http://w2.example/p/"), more="interval_seconds = 5")
    )
    witness = load(file).witness
    assert [entry.verifier.vkey for entry in witness.witnesses] == [W1, W2]
    assert witness.interval_seconds == 5
    file.write_text("[hub]\npost_quantum = true\n")
    assert load(file).hub.post_quantum
    assert load(file).witness.witnesses == ()


@pytest.mark.parametrize(
    ("entries", "word"),
    [
        ([("w1", "w1.example+00000000+BAAA", "https://w")], "w1"),
        ([("w1", W1.replace("w1.example", "w9.example"), "https://w")], "key id"),
        ([("w1", LOG.verifier.vkey, "https://w")], "no witness' key"),
        ([("w1", W1, "https://w"), ("w1", W2, "https://v")], "each name and each key once"),
        ([("w1", W1, "https://w"), ("w2", W1, "https://v")], "each name and each key once"),
        ([("w1", W1, "ftp://w")], "url"),
        ([("w 1", W1, "https://w")], "name"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(
    tmp_path: Path, entries: list[tuple[str, str, str]], word: str
) -> None:
    file = tmp_path / "hub.toml"
    file.write_text(toml(*entries))
    with pytest.raises(InvalidSettings, match=word):
        load(file)


async def test_over_tls_only_with_the_ca_that_was_named(tmp_path: Path, keys: Path) -> None:
    profile, clock, log = keyring(str(keys)), Clock(), log_of(keys)
    assert profile.hub("tls").certificate
    tls = {
        "tls_certificate": str(keys / "hub" / "tls.cert.pem"),
        "tls_key": str(keys / "hub" / "tls.key.pem"),
    }
    async with a_witness(tmp_path / "w1", [log], clock=clock, **tls) as w1:
        assert w1.url.startswith("https://")
        entry = WitnessEntry("w1", w1.verifier.vkey, w1.url.replace("127.0.0.1", "localhost"))
        async with a_hub(tmp_path / "no", keys, [entry], clock=clock) as web:
            await web.send(VPCP, SON_LA)
            await until(lambda: 'outcome="unreachable"' in web.hub.witnesses._metrics.render().decode())
            assert web.hub.witnesses.sizes == {"w1": 0}
        ca = str(keys / "anchors" / "root.cert.pem")
        async with a_hub(tmp_path / "hub", keys, [entry], clock=clock, tls_ca=ca) as web:
            await web.send(VPCP, SON_LA)
            last = await web.hub.exchange.store.last_checkpoint()
            assert last is not None
            await web.hub.witnesses.reached(last.size)
            published = (await web.get("/log/checkpoint/cosigned")).body
            assert note.open_note(published, [w1.verifier]).signed
