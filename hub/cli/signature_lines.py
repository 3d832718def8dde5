"""Signatures inside PDF files, in lines for people: of `truc signatures` and of `truc show`."""

from __future__ import annotations

from collections.abc import Mapping

from hub.cli import printing
from hub.cli.common import Shared
from hub.cli.screen import local
from hub.core.errors import Text
from hub.core.wire.signatures import PdfSignature, SignedFile
from hub.programmes.signatures import telling
from hub.programmes.signatures.looked import GOOD


def tell(shared: Shared, file: SignedFile) -> None:
    """A file and its signatures, for people."""
    good = file.verdict in GOOD
    printing.line(f"{file.name}: {shared.pick(file.vi, file.en)}", mark="✓" if good else "✗", good=good)
    for one in file.signatures:
        _tell_signature(shared, one)
    if file.content_added_between:
        shared.say(
            "    giữa các chữ ký có ghi thêm nội dung, như số và ngày văn bản",
            "    content was added between the signatures, as number and date are",
        )


def _tell_signature(shared: Shared, one: PdfSignature) -> None:
    role, source = shared.text(_known(telling.ROLES, one.role)), shared.text(_known(telling.SOURCES, one.time_source))
    printing.line(f"    {role}: {one.signer or '–'} · {shared.text(_known(telling.OF_ONE, one.verdict))}")
    when = " · ".join(part for part in (local(one.time), source) if part)
    printing.line(f"      {when} · {one.issuer or '–'}", dim=True)
    if not one.revocation_known:
        shared.say("      (không có CRL để đối chiếu)", "      (no revocation list to compare with)")


def _known(words: Mapping[str, Text], word: str) -> Text:
    """A hub of another version may have more of them."""
    return words.get(word, Text(word, word))
