"""`truc witness`, `truc receipt upgrade` and `truc sandbox --witness` as people run them."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from hub.core.evidence import receipt
from hub.core.log import policy
from hub.core.log.keys import Algorithm, Verifier
from hub.core.log.witness import origin_hash
from hub.witness import folder as folders
from tests.support.axis import SON_LA, VPCP
from tests.support.process import TRUC, truc
from tests.support.witnesskit import LOG, ORIGIN, History

ROOT = Path(__file__).parents[2]


def test_a_witness_is_made_once_and_prints_what_others_need(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    made = truc("witness", "init", "--name", "w1.example", "--folder", folder, "--lang", "en")
    assert made.returncode == 0, made.stderr
    verifier = Verifier.parse(made.stdout.strip())
    assert (verifier.name, verifier.algorithm) == ("w1.example", Algorithm.COSIGNATURE)
    assert "PRIVATE" not in made.stdout + made.stderr
    again = truc("witness", "init", "--name", "w1.example", "--folder", folder, "--lang", "en")
    assert again.returncode == 2
    assert "made once" in again.stderr

    both = truc("witness", "init", "--name", "w2.example", "--folder", tmp_path / "pq", "--post-quantum", "--json")
    keys = [Verifier.parse(vkey).algorithm for vkey in json.loads(both.stdout)["vkeys"]]
    assert keys == [Algorithm.COSIGNATURE, Algorithm.ML_DSA_44]
    assert truc("witness", "init", "--name", "two words", "--folder", tmp_path / "no").returncode == 2
    assert not (tmp_path / "no" / folders.KEY_FILE).exists()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--folder", "none", "--log", LOG.verifier.vkey), "truc witness init"),
        (("--folder", "w"), "--log VKEY"),
        (("--folder", "w", "--log", "nonsense"), "public key"),
        (("--folder", "w", "--log", "W1"), "of type 1 or 6"),
        (("--folder", "w", "--log", LOG.verifier.vkey, "--tls-key", "x.pem"), "--tls-certificate"),
    ],
)
def test_serving_what_cannot_be_served_is_wrong_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], word: str
) -> None:
    monkeypatch.chdir(tmp_path)
    opened = folders.create(tmp_path / "w", "w1.example")
    opened.state.close()
    other = folders.create(tmp_path / "v", "v.example")
    other.state.close()
    chosen = [other.vkeys[0] if a == "W1" else a for a in arguments]
    done = truc("witness", "serve", *chosen, "--port", "0", "--lang", "en")
    assert done.returncode == 2, done.stderr
    assert word in done.stderr


async def test_serve_and_show(tmp_path: Path) -> None:
    folder, logs = tmp_path / "w", tmp_path / "logs.policy"
    folders.create(folder, "w1.example").state.close()
    logs.write_text(f"log {LOG.verifier.vkey}\nquorum none\n")
    process = subprocess.Popen(  # noqa: ASYNC220
        [*TRUC, "witness", "serve", "--folder", folder, "--logs", logs, "--port", "0", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        told = json.loads(await asyncio.to_thread(process.stdout.readline))
        assert told["logs"] == [ORIGIN]
        async with aiohttp.ClientSession() as session:
            for request, status in ((History("a").request(0, 5), 200), (History("b").request(5, 9), 422)):
                async with session.post(f"{told['url']}/add-checkpoint", data=request) as response:
                    assert response.status == status
            async with session.get(f"{told['url']}/{origin_hash(ORIGIN)}/checkpoint") as response:
                published = await response.read()
        # it may be looked at while it serves
        shown = await asyncio.to_thread(truc, "witness", "show", "--folder", folder, "--json")
        assert shown.returncode == 1, "there is a contradiction"
        found = json.loads(shown.stdout)
        assert found["vkeys"] == told["vkeys"]
        assert [(log["origin"], log["size"], log["note"]) for log in found["logs"]] == [(ORIGIN, 5, published.decode())]
        assert [(c["origin"], c["size"]) for c in found["contradictions"]] == [(ORIGIN, 9)]
        told_people = await asyncio.to_thread(truc, "witness", "show", "--folder", folder, "--lang", "vi")
        assert "--json" in told_people.stdout
    finally:
        process.send_signal(signal.SIGTERM)
        _, logged = await asyncio.to_thread(process.communicate)
    assert process.returncode == 0
    lines = [json.loads(line) for line in logged.decode().splitlines() if line.startswith("{")]
    assert {line["event"] for line in lines} >= {"cosigned", "contradiction"}


def test_a_sandbox_with_a_witness_upgrades_receipts_in_their_files(tmp_path: Path) -> None:
    """The whole way, as the README tells it: send, see that the witness is missing, upgrade, verify with the quorum."""
    folder = tmp_path / "sandbox"
    process = subprocess.Popen(
        [*TRUC, "sandbox", "--folder", folder, "--port", "0", "--witness", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        places = json.loads(process.stdout.readline())
        common = ("--as", VPCP, "--url", places["url"], "--keys", places["keys"], "--lang", "en")
        files = [tmp_path / "one.tlog-proof", tmp_path / "two.tlog-proof"]
        for number, file in enumerate(files, 1):
            options = ("--to", SON_LA, "--number", str(number), "--subject", "V/v", "--receipt", file)
            assert truc("send", *common, *options, places["policy"]).returncode == 0
        original = files[0].read_bytes()
        witnessed = places["policy.witnessed"]
        assert truc("receipt", "verify", files[0], "--policy", places["policy"]).returncode == 0
        assert truc("receipt", "verify", files[0], "--policy", witnessed).returncode == 1

        copy = tmp_path / "copy.tlog-proof"
        for _ in range(50):  # each try is a process of its own; the witness is asked once a second
            done = truc("receipt", "upgrade", *common, "--policy", witnessed, "--out", copy, files[0], "--json")
            assert done.returncode == 0, done.stdout + done.stderr
            if json.loads(done.stdout)[0]["changed"]:
                break
        assert json.loads(done.stdout)[0]["cosigners"] == ["w1"]
        assert files[0].read_bytes() == original
        assert truc("receipt", "verify", copy, "--policy", witnessed).returncode == 0

        both = truc("receipt", "upgrade", *common, "--policy", witnessed, *files)
        assert both.returncode == 0, both.stderr
        assert both.stdout.count("✓") == 2
        again = truc("receipt", "upgrade", *common, "--policy", witnessed, *files, "--json")
        assert [line["changed"] for line in json.loads(again.stdout)] == [False, False]
        trusted = policy.parse(Path(witnessed).read_bytes())
        for file in files:
            alone = [sys.executable, ROOT / "clients" / "verify_receipt.py", file, "--policy", witnessed]
            assert subprocess.run(alone, capture_output=True, check=False).returncode == 0
            proved = receipt.verify(file.read_bytes(), trusted)
            assert [c.name for c in proved.cosigners] == ["w1"]
        assert receipt.parse(files[0].read_bytes()).evidence == receipt.parse(original).evidence

        # a file that is no receipt of this hub's is left alone, and the others go on
        files[0].write_bytes(original.replace(b"index ", b"index 1"))
        mixed = truc("receipt", "upgrade", *common, "--policy", witnessed, *files, "--json")
        assert mixed.returncode == 1
        assert [bool(line.get("problem")) for line in json.loads(mixed.stdout)] == [True, False]
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert process.stdout is not None
        process.stdout.close()
    assert (folder / "witness" / folders.KEY_FILE).stat().st_mode & 0o777 == 0o600
