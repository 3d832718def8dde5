"""Webhooks as receivers verify them: in Python, Java and TypeScript the same are believed and the same refused."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from clients.webhooks import MAX_BODY, Keys, verify
from hub.core.errors import ProofInvalid
from hub.core.model import Millis
from hub.core.webhooks import payload, signing
from tests.interop.fetched import TYPESCRIPT

ROOT = Path(__file__).resolve().parents[2]
NOW = Millis(1_795_320_000_000)
SECRET, OLD = bytes(range(32)), bytes(range(1, 33))
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
NOTICE = payload.challenge("test_1", "wh_1", "Sơn La", NOW)
HEADERS = signing.sign(NOTICE.id, NOW, NOTICE.body, [SECRET, OLD], KEY)
TEXTS = {
    "new": signing.secret_text(SECRET),
    "old": signing.secret_text(OLD),
    "public": signing.public_text(KEY.public_key()),
}
STRANGER = signing.secret_text(bytes(32))
FORGED = signing.sign(NOTICE.id, NOW, NOTICE.body, [KEY.public_key().public_bytes_raw()], None)

Case = tuple[dict[str, str], str, str, int, bool]
"""Headers, body, key, seconds since the epoch, and whether it is believed."""
CASES: Final[dict[str, Case]] = {
    **{name: (HEADERS, NOTICE.body.decode(), text, NOW // 1000, True) for name, text in TEXTS.items()},
    "a stranger's secret": (HEADERS, NOTICE.body.decode(), STRANGER, NOW // 1000, False),
    "another body": (HEADERS, NOTICE.body.decode() + " ", TEXTS["new"], NOW // 1000, False),
    "another body, by the public key": (HEADERS, NOTICE.body.decode() + " ", TEXTS["public"], NOW // 1000, False),
    "another identifier": (HEADERS | {"webhook-id": "test_2"}, NOTICE.body.decode(), TEXTS["new"], NOW // 1000, False),
    "old": (HEADERS, NOTICE.body.decode(), TEXTS["new"], NOW // 1000 + 301, False),
    "of the future": (HEADERS, NOTICE.body.decode(), TEXTS["new"], NOW // 1000 - 301, False),
    "no signature": (HEADERS | {"webhook-signature": ""}, NOTICE.body.decode(), TEXTS["new"], NOW // 1000, False),
    "rubbish": (
        HEADERS | {"webhook-signature": "v1 v1, v1a,x"},
        NOTICE.body.decode(),
        TEXTS["public"],
        NOW // 1000,
        False,
    ),
    "the public key as a secret": (FORGED, NOTICE.body.decode(), TEXTS["public"], NOW // 1000, False),
}


@pytest.mark.parametrize("name", CASES)
def test_python(name: str) -> None:
    headers, body, key, now, believed = CASES[name]
    if believed:
        event = verify(headers, body.encode(), Keys.parse(key), now=now)
        assert (event.id, event.type, event.challenge) == ("test_1", "webhook.challenge", "Sơn La")
    else:
        with pytest.raises(ProofInvalid):
            verify(headers, body.encode(), Keys.parse(key), now=now)


def test_python_reads_no_body_that_is_none() -> None:
    for body in (b"x" * (MAX_BODY + 1), b"[]", b"\xff", b"[" * 5_000):
        headers = signing.sign("test_1", NOW, body, [SECRET], None)
        with pytest.raises(ProofInvalid):
            verify(headers, body, Keys((SECRET,)), now=NOW / 1000)


def judged(command: list[str], cases: Path) -> dict[str, bool]:
    done = subprocess.run([*command, str(cases)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return {name: word == "true" for name, word in (line.split("\t") for line in done.stdout.splitlines())}


EXPECTED: Final = {name: case[-1] for name, case in CASES.items()}


def test_typescript(tmp_path: Path) -> None:
    if TYPESCRIPT.lacking:
        pytest.skip(f"{TYPESCRIPT.name}: {TYPESCRIPT.lacking}")
    cases = tmp_path / "cases.json"
    cases.write_text(json.dumps(CASES), "utf-8")
    program = tmp_path / "check.mjs"
    program.write_text(
        f"import {{ verifyWebhook }} from {json.dumps(str(TYPESCRIPT.folder / 'out' / 'truc.js'))};\n"
        "import { readFileSync } from 'node:fs';\n"
        "for (const [name, [headers, body, key, now]] of Object.entries(JSON.parse(readFileSync(process.argv[2])))) {\n"
        "  let held = true;\n"
        "  try { verifyWebhook(headers, Buffer.from(body), [key], now * 1000); } catch { held = false; }\n"
        "  console.log(`${name}\\t${held}`);\n"
        "}\n"
    )
    assert judged(["node", str(program)], cases) == EXPECTED


JAVA: Final = """
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.time.Instant;
import java.util.*;

public class Check {
    public static void main(String[] a) throws Exception {
        for (String line : Files.readAllLines(Path.of(a[0]))) {
            String[] f = line.split("\\t", -1);
            Map<String, String> headers =
                Map.of("webhook-id", f[1], "webhook-timestamp", f[2], "webhook-signature", f[3]);
            boolean held = true;
            try {
                Truc.verifyWebhook(headers, f[4].getBytes(StandardCharsets.UTF_8), List.of(f[5]),
                    Instant.ofEpochSecond(Long.parseLong(f[6])));
            } catch (SecurityException refused) {
                held = false;
            }
            System.out.println(f[0] + "\\t" + held);
        }
    }
}
"""


@pytest.mark.skipif(shutil.which("javac") is None, reason="no JDK here")
def test_java(tmp_path: Path) -> None:
    (tmp_path / "Check.java").write_text(JAVA)
    sources = [str(ROOT / "clients" / "java" / "Truc.java"), str(tmp_path / "Check.java")]
    subprocess.run(["javac", "-Xlint:all", "-Werror", "-d", str(tmp_path), *sources], check=True, timeout=60)
    cases = tmp_path / "cases.tsv"
    lines = [
        "\t".join((name, *(h[n] for n in (signing.ID, signing.TIMESTAMP, signing.SIGNATURE)), body, key, str(now)))
        for name, (h, body, key, now, _) in CASES.items()
    ]
    cases.write_text("\n".join(lines), "utf-8")
    assert judged(["java", "-cp", str(tmp_path), "Check"], cases) == EXPECTED
