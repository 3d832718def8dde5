"""A letter as an office issues it, for sandboxes: the leader signs, the clerk writes number and date, the agency signs.

Each act is an incremental update behind the bytes before it (ISO 32000-1, 7.5.6 and 12.8), so the first signature
covers an earlier revision, as the field's do. SubFilter `adbe.pkcs7.detached`, without a time stamp: when it was signed
is the signer's word. Only the standard library and `cryptography` are needed.

The text is ASCII, for the fonts that every reader has know no Vietnamese letters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

_ROOM: Final = 8192
"""Bytes kept for one signature: three certificates of P-256 need half of it."""
_RANGE: Final = b"[0 0000000000 0000000000 0000000000]"
_OPTIONS: Final = (PKCS7Options.DetachedSignature, PKCS7Options.Binary, PKCS7Options.NoCapabilities)
_CATALOGUE, _PAGES, _PAGE, _TEXT, _FONT, _FORM = range(1, 7)


class Signatory(NamedTuple):
    """Whose certificate it is says its subject; its issuers follow it."""

    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    chain: Sequence[x509.Certificate]


def issued(text: str, number: str, leader: Signatory, agency: Signatory) -> bytes:
    """A PDF of one page. ValueError where text or number is no ASCII."""
    letter = _Letter(text)
    letter.sign("leader", leader)
    letter.write(number)
    letter.sign("agency", agency)
    return letter.content


def signed_in_turn(text: str, signatories: Sequence[Signatory]) -> bytes:
    """The same with as many signatures as there are signatories, and nothing written between them."""
    letter = _Letter(text)
    for number, who in enumerate(signatories, 1):
        letter.sign(f"signatory{number}", who)
    return letter.content


class _Letter:
    """`_contents`: objects that draw on its page; `_fields`: its signatures."""

    def __init__(self, text: str) -> None:
        self.content = b""
        self._last, self._table = _FORM, 0
        self._contents, self._fields = [_TEXT], list[int]()
        font = b"<</Type /Font /Subtype /Type1 /BaseFont /Times-Roman>>"
        first = {
            _CATALOGUE: b"<</Type /Catalog /Pages %d 0 R /AcroForm %d 0 R>>" % (_PAGES, _FORM),
            _PAGES: b"<</Type /Pages /Kids [%d 0 R] /Count 1>>" % _PAGE,
            _PAGE: self._page(),
            _TEXT: _drawn(text, 14, 720),
            _FONT: font,
            _FORM: self._form(),
        }
        self._put(first, head=b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def write(self, number: str) -> None:
        """Number and date of the letter: new content, over the page that the leader has signed."""
        self._last += 1
        self._contents.append(self._last)
        self._put({self._last: _drawn(number, 12, 780), _PAGE: self._page()})

    def sign(self, field: str, who: Signatory) -> None:
        value, widget = self._last + 1, self._last + 2
        self._last = widget
        self._fields.append(widget)
        room = b"0" * (2 * _ROOM)
        signature = (
            b"<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached /ByteRange %s /Contents <%s>>>"
        )
        shown = b"<</Type /Annot /Subtype /Widget /FT /Sig /T (%s) /V %d 0 R /P %d 0 R /Rect [0 0 0 0] /F 132>>"
        objects = {
            value: signature % (_RANGE, room),
            widget: shown % (field.encode("ascii"), value, _PAGE),
            _PAGE: self._page(),
            _FORM: self._form(),
        }
        before = len(self.content)
        self._put(objects)
        begin = self.content.index(b"/Contents <" + room, before) + len(b"/Contents ")
        end = begin + len(room) + 2
        ranges = b"[0 %010d %010d %010d]" % (begin, end, len(self.content) - end)
        place = self.content.index(_RANGE, before)
        filled = self.content[:place] + ranges + self.content[place + len(_RANGE) :]
        signed = _signed(filled[:begin] + filled[end:], who).hex().encode()
        self.content = filled[: begin + 1] + signed.ljust(len(room), b"0") + filled[end - 1 :]

    def _page(self) -> bytes:
        page = (
            b"<</Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Contents [%s] "
            b"/Resources <</Font <</F1 %d 0 R>>>> /Annots [%s]>>"
        )
        return page % (_PAGES, _references(self._contents), _FONT, _references(self._fields))

    def _form(self) -> bytes:
        return b"<</Fields [%s] /SigFlags 3>>" % _references(self._fields)

    def _put(self, objects: Mapping[int, bytes], head: bytes = b"") -> None:
        """One more revision: these objects, then a table that says where they are and where the table before is."""
        out, places = BytesIO(), dict[int, int]()
        out.write(self.content or head)
        out.seek(0, 2)
        for number, body in sorted(objects.items()):
            places[number] = out.tell()
            out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
        table = out.tell()
        out.write(b"xref\n" + (b"" if self.content else b"0 1\n0000000000 65535 f \n"))
        out.writelines(b"%d 1\n%010d 00000 n \n" % place for place in places.items())
        before = b" /Prev %d" % self._table if self.content else b""
        out.write(
            b"trailer\n<</Size %d /Root %d 0 R%s>>\nstartxref\n%d\n%%%%EOF\n"
            % (self._last + 1, _CATALOGUE, before, table)
        )
        self.content, self._table = out.getvalue(), table


def _references(numbers: Sequence[int]) -> bytes:
    return b" ".join(b"%d 0 R" % number for number in numbers)


def _drawn(text: str, size: int, height: int) -> bytes:
    safe = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").encode("ascii")
    body = b"BT /F1 %d Tf 72 %d Td (%s) Tj ET" % (size, height, safe)
    return b"<</Length %d>>\nstream\n%s\nendstream" % (len(body), body)


def _signed(content: bytes, who: Signatory) -> bytes:
    builder = PKCS7SignatureBuilder().set_data(content).add_signer(who.chain[0], who.key, SHA256())
    for issuer in who.chain[1:]:
        builder = builder.add_certificate(issuer)
    return builder.sign(Encoding.DER, list(_OPTIONS))
