"""No pattern of the product takes longer than its text is long, whatever the text; and what nobody parsed yet is
searched without patterns."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from hub.admission.workers.worker import codes_in
from hub.core.signature.archive import read_pem_or_der
from hub.http.head import HEAD_BYTES, TOKEN_BYTES, bearer_in
from tests.support.patterns import ROOT, ends_early

MEGABYTE = 1024 * 1024
HEAD = b"POST /v1/documents HTTP/1.1\r\nHost: hub\r\n"
WERE_SLOW = (
    r"\r\nAuthorization: *Bearer +([^\r\n]{1,2000})\r\n",
    r"OrganId>\s*([^<>&]{1,64}?)\s*<",
    r"(?s)(-----BEGIN (CERTIFICATE|X509 CRL)-----\s.*?-----END \2-----)",
    r"(a+)+b",
    r"\s+$",
)


def judged(*patterns: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.support.patterns", *patterns]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_pattern_of_the_product_is_linear() -> None:
    told = judged()
    assert told.returncode == 0, told.stdout[-2_000:] + told.stderr[-2_000:]
    assert int(told.stdout.split()[-2]) > 50


@pytest.mark.parametrize("pattern", WERE_SLOW)
def test_a_careless_pattern_is_found_out(pattern: str) -> None:
    told = judged(pattern)
    assert told.returncode == 1, told.stdout + told.stderr
    assert "SLOW" in told.stdout


@pytest.mark.parametrize("pattern", ["^[a-z]+$", "^(a|b$)", "(?:x|y)?$", r"^a$(?!b)", r"a(?=b$)"])
def test_a_pattern_behind_whose_end_a_line_end_may_stand_is_found_out(pattern: str) -> None:
    assert ends_early(re.compile(pattern))
    assert not ends_early(re.compile(pattern.replace("$", r"$(?!\n)")))
    assert not ends_early(re.compile(pattern.replace("$", r"\Z")))


# a budget of steps: each of these passes over its bytes with searches whose number is bounded


@pytest.mark.parametrize(
    ("head", "token"),
    [
        (b"Authorization: Bearer abc\r\n\r\n", b"abc"),
        (b"AUTHORIZATION:\tbEARER   abc  \r\n\r\n", b"abc"),
        (b"authorization:Bearer abc\r\nX: y", b"abc"),
        (b"X: y\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n", b"a"),
        (b"X: y\r\nAuthorization: Basic abc\r\n\r\n", b""),
        (b"Authorization: Bearer\r\n\r\n", b""),
        (b"Authorization: Bearer abc", b""),  # its end has not come
        (b"X: y\r\n\r\nAuthorization: Bearer abc\r\n", b""),  # a body
        (b"X-Authorization: Bearer abc\r\n\r\n", b""),
        (b"X: y\r\n" * 65 + b"Authorization: Bearer abc\r\n\r\n", b""),  # more than the listener takes
        (b"X: " + b"y" * HEAD_BYTES + b"\r\nAuthorization: Bearer abc\r\n\r\n", b""),
        (b"Authorization: Bearer " + b"a" * TOKEN_BYTES + b"\r\n\r\n", b"a" * TOKEN_BYTES),
        (b"Authorization: Bearer " + b"a" * (TOKEN_BYTES + 1) + b"\r\n\r\n", b""),
        (b"Authorization: Bearer " + b" " * MEGABYTE, b""),
        (b"\r\n" * MEGABYTE, b""),
    ],
)
def test_a_token_in_first_bytes(head: bytes, token: bytes) -> None:
    assert bearer_in(HEAD + head) == token


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        (b"<a:OrganId>G22</a:OrganId><OrganId>\n H52 \n</OrganId>", {"G22", "H52"}),
        (b"<OrganId>G&amp;22</OrganId><OrganId><b>", set()),
        (b"<OrganId>" + b" " * MEGABYTE + b"<", set()),
        (b"OrganId>" * 100_000, set()),
        (b"<OrganId>" + b"x" * 64 + b"<", {"x" * 64}),
        (b"<OrganId>" + b"x" * 65 + b"<", set()),
        ("<OrganId>Số</OrganId>".encode(), {"Số"}),
    ],
)
def test_codes_in_bytes_that_nobody_parsed(data: bytes, codes: set[str]) -> None:
    assert codes_in(data) == codes


def test_pem_blocks_without_an_end_are_none() -> None:
    begins = b"-----BEGIN CERTIFICATE-----\n-----BEGIN X509 CRL-----\n-----BEGIN -----END " * (MEGABYTE // 64)
    assert read_pem_or_der(begins) == ([], [])
