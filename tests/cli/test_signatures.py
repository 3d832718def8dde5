"""`truc signatures` on real files: a PDF by itself, a message's attachments, both languages, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import Encoding

from hub.cli.main import main
from tests.programmes import pdfs


@pytest.fixture(scope="module")
def anchors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("anchors")
    made = pdfs.offices()
    (folder / "root.pem").write_bytes(made.root.certificate.public_bytes(Encoding.PEM))
    return folder


def run(*arguments: object, lang: str = "en") -> Result:
    return CliRunner().invoke(main, ["signatures", *map(str, arguments)], env={"TRUC_LANG": lang})


def test_a_letter_and_a_fake(tmp_path: Path, anchors: Path) -> None:
    good, fake = tmp_path / "good.pdf", tmp_path / "fake.pdf"
    good.write_bytes(pdfs.issued())
    fake.write_bytes(pdfs.scan())
    whose = ("--agency", pdfs.AGENCY, "--signer", pdfs.LEADER, "--anchors", anchors)
    told = run(good, *whose)
    assert told.exit_code == 0, told.output
    assert "Both signatures are valid and time-stamped" in told.output
    assert "number and date" in told.output
    assert "no revocation list" in told.output
    both = run(good, fake, *whose, lang="vi")
    assert both.exit_code == 1
    assert "hình con dấu không phải là chữ ký số" in both.output


def test_as_json(tmp_path: Path, anchors: Path) -> None:
    file = tmp_path / "other.pdf"
    file.write_bytes(pdfs.FILES["wrong-agency"]())
    told = run(file, "--agency", pdfs.AGENCY, "--signer", pdfs.LEADER, "--anchors", anchors, "--json")
    assert told.exit_code == 1
    (one,) = json.loads(told.stdout)
    assert (one["verdict"], one["signed_by_leader"]) == ("wrong-agency", True)
    assert [(s["role"], s["signer"]) for s in one["signatures"]] == [
        ("person", pdfs.LEADER),
        ("agency", "Bộ Tài chính"),
    ]
