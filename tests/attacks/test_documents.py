"""Every attack of the register is refused, with exactly the code that names it; every oddity is accepted."""

from __future__ import annotations

import pytest

from hub.core import edxml
from hub.core.errors import AxisError, Verdict, leaves
from tests.attacks.build import ATTACKS, ODDITIES, build
from tests.attacks.simulator import MESSAGE, Simulator


@pytest.mark.parametrize("name", ATTACKS)
def test_refused(name: str) -> None:
    attack = ATTACKS[name]
    simulator = build(attack.change)
    with pytest.raises(AxisError) as refusal:
        simulator.submit()
    assert refusal.value.code == attack.code, refusal.value.en


@pytest.mark.parametrize("name", ODDITIES)
def test_accepted_as_the_same_document(name: str) -> None:
    verified = build(ODDITIES[name]).submit()
    assert verified.signature.verdict is Verdict.VALID
    assert verified.message == edxml.read(edxml.parse(MESSAGE.encode()))


def test_the_simulator_is_honest() -> None:
    """Without a change it is accepted, so each attack is refused for its change alone."""
    assert Simulator().submit().signature.verdict is Verdict.VALID


def test_every_verdict_and_every_xml_refusal_has_an_attack() -> None:
    codes = {attack.code for attack in ATTACKS.values()}
    assert {f"SIGNATURE_{v}" for v in Verdict if v is not Verdict.VALID} <= codes
    xml = {"FORMAT_MALFORMED_XML", "FORMAT_FORBIDDEN_XML", "FORMAT_TOO_COMPLEX", "FORMAT_NOT_EDXML"}
    assert xml <= codes & ({leaf.code for leaf in leaves()} | codes)
