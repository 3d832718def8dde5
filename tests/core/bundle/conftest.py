from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.bundle.kit import Life, make


@pytest.fixture(scope="session")
def life(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Life:
    """One life and its bundles, for all tests that only read them."""
    return make(tmp_path_factory.mktemp("life"), keys)
