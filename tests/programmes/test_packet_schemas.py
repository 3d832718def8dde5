"""The published schemas of data packets are those of the code."""

from __future__ import annotations

import json

from hub.ops.packets import FOLDER, schemas
from hub.programmes.registry import PACKETS, PROGRAMMES


def test_the_committed_schemas_are_the_code_s() -> None:
    made = schemas()
    assert {path.name for path in FOLDER.iterdir()} == set(made), "python -m hub.ops.packets"
    for name, data in made.items():
        assert (FOLDER / name).read_bytes() == data, "python -m hub.ops.packets"


def test_every_packet_has_one_and_is_of_one_programme() -> None:
    assert len(schemas()) == len(PACKETS) == sum(len(one.packets) for one in PROGRAMMES.values())
    for data in schemas().values():
        assert json.loads(data)["$schema"]


def test_every_word_of_a_programme_is_in_both_languages() -> None:
    for programme in PROGRAMMES.values():
        words = programme.words
        for named in (words.kinds, words.states, words.roles, words.acts, words.measures, words.faults):
            assert all(text.vi and text.en for text in named.values()), programme.name
        assert words.states
        assert words.roles
