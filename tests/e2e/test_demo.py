"""The demonstration is a test too: every step of its story is checked, and it ends with 0 only when all held."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.core.model import Tier
from tests.support.process import truc

pytestmark = pytest.mark.real_clock


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    folder = tmp_path_factory.mktemp("demo") / "var"
    done = truc("demo", "--folder", folder, "--json")
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)


def test_the_story_crosses_four_tiers(told: tuple[Path, dict[str, object]]) -> None:
    figures = told[1]["figures"]
    cells = {(c["sender"], c["recipient"]): c["deliveries"] for c in figures["matrix"]}
    down = [(Tier.CENTRAL, Tier.PROVINCIAL), (Tier.PROVINCIAL, Tier.DISTRICT), (Tier.PROVINCIAL, Tier.COMMUNE)]
    up = [(Tier.COMMUNE, Tier.DISTRICT), (Tier.DISTRICT, Tier.PROVINCIAL), (Tier.PROVINCIAL, Tier.CENTRAL)]
    assert all(cells[pair] > 0 for pair in down + up)


def test_every_end_of_a_delivery_occurs_and_the_ledger_has_no_difference(told: tuple[Path, dict[str, object]]) -> None:
    everything = told[1]["figures"]["ledger"][-1]
    ends = {name: everything[name] for name in ("handed_over", "waiting", "taken_back", "refused", "expired")}
    assert all(ends.values()), ends
    assert sum(ends.values()) == everything["accepted"]
    assert everything.get("difference", 0) == 0


def test_every_programme_is_played_and_the_centre_has_it(told: tuple[Path, dict[str, object]]) -> None:
    folder, said = told
    cases = {one["programme"]: (one["total"], one["open"], one["ended"]) for one in said["centre"]["cases"]}
    assert cases == {"reporting": (2, 1, 1), "tasks": (2, 1, 1), "dossiers": (1, 0, 1), "results": (1, 0, 1)}
    assert said["result"] == "valid", "verified offline, by its receipt"
    assert any("inside ket-qua.pdf: leader, then agency" in step["en"] for step in said["steps"])
    changed = (folder / "receipts" / "ket-qua.pdf").read_bytes().replace(b"Thong bao", b"Thong bap")
    (folder / "other.pdf").write_bytes(changed)
    (registering,) = [p for p in (folder / "receipts").glob("*.edxml") if b"ket-qua.pdf" in p.read_bytes()]
    proofs = ("--document", registering, "--receipt", registering.with_suffix(".tlog-proof"))
    asked = truc("results", "verify", folder / "other.pdf", "--policy", folder / "policy", *proofs, "--json")
    assert json.loads(asked.stdout)["standing"] == "unknown", "one letter of the file is another"


def test_its_receipts_fail_when_the_document_is_another(told: tuple[Path, dict[str, object]]) -> None:
    folder, _ = told
    documents = sorted((folder / "receipts").glob("*.edxml"))
    receipt = documents[0].with_suffix(".tlog-proof")
    policy = ("--policy", folder / "policy")
    assert truc("receipt", "verify", receipt, *policy, "--document", documents[0]).returncode == 0
    assert truc("receipt", "verify", receipt, *policy, "--document", documents[1]).returncode == 1
