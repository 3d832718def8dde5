"""Names of tiles and entry bundles: one name for each, and nothing else parses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.errors import ProofInvalid
from hub.core.log import tiles


@pytest.mark.parametrize(
    ("level", "n", "width", "path"),
    [
        (0, 1234067, 256, "tile/0/x001/x234/067"),
        (0, 273, 112, "tile/0/273.p/112"),
        (1, 0, 17, "tile/1/000.p/17"),
        (tiles.ENTRIES, 1000, 256, "tile/entries/x001/000"),
        (tiles.ENTRIES, 5, 1, "tile/entries/005.p/1"),
    ],
)
def test_paths(level: int, n: int, width: int, path: str) -> None:
    assert tiles.tile_path(level, n, width) == path
    assert tiles.parse_tile_path(path) == (level, n, width)


@given(st.integers(-1, 7), st.integers(0, tiles.MAX_TILE), st.integers(1, 256))
def test_a_path_comes_back(level: int, n: int, width: int) -> None:
    assert tiles.parse_tile_path(tiles.tile_path(level, n, width)) == (level, n, width)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/00/000",
        "tile/8/000",
        "tile/-1/000",
        "tile/0/0",
        "tile/0/x000/001",
        "tile/0/001/067",
        "tile/0/x001/x067",
        "tile/0/000.p/256",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p/1.p/1",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/٠٠٠",
        "tile/0/../000",
        "tile/entries/000.p/256",
        "tile/0/" + "x999/" * 40 + "999",
    ],
)
def test_other_names_are_refused(path: str) -> None:
    with pytest.raises(ProofInvalid):
        tiles.parse_tile_path(path)


def test_no_name_for_a_tile_that_cannot_be() -> None:
    for level, n, width in ((8, 0, 256), (0, -1, 256), (0, 0, 0), (0, 0, 257)):
        with pytest.raises(ValueError, match="no such tile"):
            tiles.tile_path(level, n, width)


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=256))
def test_bundles_come_back_and_only_whole(entries: list[bytes]) -> None:
    bundle = tiles.encode_entries(entries)
    assert tiles.decode_entries(bundle, len(entries)) == entries
    for wrong, count in (
        (bundle[:-1], len(entries)),
        (bundle + b"\0", len(entries)),
        (bundle, len(entries) - 1),
        (bundle, len(entries) + 1),
    ):
        with pytest.raises(ProofInvalid):
            tiles.decode_entries(wrong, count)


def test_bundles_have_bounds() -> None:
    assert tiles.encode_entries([b"ab"]) == b"\0\x02ab"
    for entries in ([], [b""] * 257, [bytes(65536)]):
        with pytest.raises(ValueError, match="bundle"):
            tiles.encode_entries(entries)
