"""PDF files as offices make them, and as nobody should: made here, byte by byte and signature by signature.

`python -m tests.programmes.pdfs FOLDER` writes them for a look in a PDF reader.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final, NamedTuple

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from hub.core.model import Millis
from hub.pdf import letter as letters

NOW: Final = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""When all of them are signed and received; certificates are of the same time, so no clock matters."""

RECEIVED: Final = Millis(int(NOW.timestamp() * 1000) + 3_600_000)
AGENCY: Final = "Ủy ban nhân dân tỉnh Sơn La"
LEADER: Final = "Nguyễn Văn Mẫu"
_YEAR: Final = timedelta(days=365)


class Key(NamedTuple):
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def _issue(
    name: str,
    issuer: Key | None,
    *,
    organization: str = "",
    begin: datetime = NOW - _YEAR,
    end: datetime = NOW + _YEAR,
    stamps: bool = False,
) -> Key:
    # pyHanko's own authority of time stamps has RSA alone.
    key = rsa.generate_private_key(65537, 2048) if stamps else ec.generate_private_key(ec.SECP256R1())
    attributes = [x509.NameAttribute(NameOID.COUNTRY_NAME, "VN")]
    if organization:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    subject = x509.Name([*attributes, x509.NameAttribute(NameOID.COMMON_NAME, name)])
    is_authority = issuer is None
    use = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not is_authority,
                content_commitment=not is_authority,
                key_cert_sign=is_authority,
                crl_sign=is_authority,
                **use,
            ),
            critical=True,
        )
    )
    if issuer:
        point = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        builder = builder.add_extension(point, critical=False)
    if stamps:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return Key(builder.sign(issuer.key if issuer else key, SHA256()), key)


class Offices:
    """An authority and those who have certificates of it, made once."""

    def __init__(self) -> None:
        self.root = _issue("Root CA (mẫu)", None, begin=NOW - 9 * _YEAR, end=NOW + 9 * _YEAR)
        self.stranger = _issue("Another CA", None)
        self.leader = _issue(LEADER, self.root, organization=AGENCY)
        self.agency = _issue(AGENCY, self.root, organization=AGENCY)
        self.other_agency = _issue("Bộ Tài chính", self.root, organization="Bộ Tài chính")
        self.unknown = _issue(LEADER, self.stranger, organization=AGENCY)
        self.expired = _issue(LEADER, self.root, organization=AGENCY, end=NOW + timedelta(minutes=30))
        self.revoked = _issue(LEADER, self.root, organization=AGENCY)
        self.stamps = _issue("TSA (mẫu)", self.root, begin=NOW - 2 * _YEAR, end=NOW + 4 * _YEAR, stamps=True)
        self.list = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.root.certificate.subject)
            .last_update(NOW - timedelta(days=1))
            .next_update(NOW + timedelta(days=6))
            .add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(self.revoked.certificate.serial_number)
                .revocation_date(NOW - timedelta(days=2))
                .build()
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.root.key.public_key()), critical=False
            )
            .add_extension(x509.CRLNumber(1), critical=False)
            .sign(self.root.key, SHA256())
        )

    @property
    def roots(self) -> tuple[bytes, ...]:
        return (self.root.certificate.public_bytes(Encoding.DER),)

    @property
    def crls(self) -> tuple[bytes, ...]:
        return (self.list.public_bytes(Encoding.DER),)


@cache
def offices() -> Offices:
    return Offices()


# -- files without signatures ----------------------------------------------------------------------------------


def _file(objects: Iterable[bytes]) -> bytes:
    """A file of numbered objects, the first of them its catalogue."""
    out = BytesIO()
    out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, content))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer\n<</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, start))
    return out.getvalue()


def _stream(content: bytes, head: bytes = b"") -> bytes:
    return b"<<%s /Length %d>>\nstream\n%s\nendstream" % (head, len(content), content)


def letter() -> bytes:
    """One page of text."""
    text = b"BT /F1 14 Tf 72 720 Td (Van ban mau) Tj ET"
    return _file(
        [
            b"<</Type /Catalog /Pages 2 0 R>>",
            b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
            b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources <</Font <</F1 5 0 R>>>>>>",
            _stream(text),
            b"<</Type /Font /Subtype /Type1 /BaseFont /Times-Roman>>",
        ]
    )


def scan() -> bytes:
    """One page that is a picture, as a paper with a stamp on it comes out of a scanner."""
    pixels = zlib.compress(bytes((200, 30, 30)) * 64)
    head = (
        b"/Type /XObject /Subtype /Image /Width 8 /Height 8 /BitsPerComponent 8 "
        b"/ColorSpace /DeviceRGB /Filter /FlateDecode"
    )
    return _file(
        [
            b"<</Type /Catalog /Pages 2 0 R>>",
            b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
            b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
            b"/Resources <</XObject <</I 5 0 R>>>>>>",
            _stream(b"q 595 0 0 842 0 0 cm /I Do Q"),
            _stream(pixels, head),
        ]
    )


# -- what is done to a file ------------------------------------------------------------------------------------


def sign(content: bytes, who: Key, field: str, *, stamped: bool = False, cades: bool = True) -> bytes:
    """One more signature, as an incremental update."""
    made = offices()
    chain = SimpleCertificateStore()
    signer = signers.SimpleSigner(_certificate(who), _private(who), chain)
    stamper = DummyTimeStamper(_certificate(made.stamps), _private(made.stamps), fixed_dt=NOW) if stamped else None
    subfilter = SigSeedSubFilter.PADES if cades else SigSeedSubFilter.ADOBE_PKCS7_DETACHED
    meta = signers.PdfSignatureMetadata(field_name=field, subfilter=subfilter, md_algorithm="sha256")
    out = signers.PdfSigner(meta, signer, timestamper=stamper).sign_pdf(IncrementalPdfFileWriter(BytesIO(content)))
    return bytes(out.getvalue())


def number_and_date(content: bytes) -> bytes:
    """What the clerk writes onto the first page after the leader has signed: new content."""
    writer = IncrementalPdfFileWriter(BytesIO(content))
    added = writer.add_object(generic.StreamObject(stream_data=b"BT /F1 12 Tf 72 780 Td (So: 1842) Tj ET"))
    page = writer.root["/Pages"]["/Kids"][0]
    page[generic.NameObject("/Contents")] = generic.ArrayObject([page.raw_get("/Contents"), added])
    writer.update_container(page)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def encrypted(content: bytes) -> bytes:
    writer = copy_into_new_writer(PdfFileReader(BytesIO(content)))
    writer.encrypt("bí mật")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _certificate(who: Key) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(who.certificate.public_bytes(Encoding.DER))


def _private(who: Key) -> asn1_keys.PrivateKeyInfo:
    return asn1_keys.PrivateKeyInfo.load(who.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


# -- the files -------------------------------------------------------------------------------------------------


def issued(
    *, stamped: bool = True, between: bool = True, leader: Key | None = None, agency: Key | None = None
) -> bytes:
    """As an office issues it: the leader signs, the clerk writes number and date, the agency signs."""
    made = offices()
    content = sign(letter(), leader or made.leader, "leader", stamped=stamped)
    if between:
        content = number_and_date(content)
    return sign(content, agency or made.agency, "agency", stamped=stamped)


def signatory(who: Key) -> letters.Signatory:
    return letters.Signatory(who.key, (who.certificate,))


def altered() -> bytes:
    """One letter of the signed text is another."""
    content = issued()
    place = content.index(b"Van ban mau") + 4
    return content[:place] + b"B" + content[place + 1 :]


FILES: Final[dict[str, Callable[[], bytes]]] = {
    "valid": issued,
    "valid-nothing-between": lambda: issued(between=False),
    "valid-untimed": lambda: issued(stamped=False),
    "valid-older-subfilter": lambda: sign(
        sign(letter(), offices().leader, "a", cades=False), offices().agency, "b", cades=False
    ),
    "valid-line-end-added": lambda: issued() + b"\r\n",
    "sandbox-letter": lambda: letters.issued(
        "Van ban (mau)", "So: 1842", signatory(offices().leader), signatory(offices().agency)
    ),
    "no-signature": letter,
    "image-only": scan,
    "modified-after": lambda: number_and_date(issued()),
    "digest-mismatch": altered,
    "unknown-issuer": lambda: issued(leader=offices().unknown),
    "expired-no-timestamp": lambda: issued(leader=offices().expired, stamped=False),
    "expired-with-timestamp": lambda: issued(leader=offices().expired),
    "revoked": lambda: issued(leader=offices().revoked),
    "one-signature-only": lambda: sign(letter(), offices().agency, "agency", stamped=True),
    "leader-only": lambda: sign(letter(), offices().leader, "leader", stamped=True),
    "wrong-agency": lambda: issued(agency=offices().other_agency),
    "encrypted": lambda: encrypted(letter()),
    "cut-off": lambda: issued()[:400],
    "no-pdf": lambda: b"PK\x03\x04 a zip",
}


def many_revisions(count: int) -> bytes:
    """Empty updates, each with its own table: 38 s in a library that believes them all."""
    out = bytearray(letter())
    for _ in range(count):
        start = out.rfind(b"startxref\n")
        before = int(out[start + 10 :].split(b"\n", 1)[0])
        place = len(out)
        out += b"xref\n0 0\ntrailer\n<</Size 6 /Root 1 0 R /Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (before, place)
    return bytes(out)


def many_fields(count: int) -> bytes:
    """A form whose fields are signatures without a value."""
    fields = b" ".join(b"%d 0 R" % (number + 6) for number in range(count))
    first = [
        b"<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [%s] /SigFlags 3>>>>" % fields,
        b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
        b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]>>",
        b"<<>>",
        b"<<>>",
    ]
    return _file([*first, *(b"<</FT /Sig /T (f%d)>>" % number for number in range(count))])


def deep(levels: int) -> bytes:
    """Pages inside pages."""
    return _file([b"<</Type /Catalog /Pages 2 0 R /X " + b"[" * levels + b"]" * levels + b">>", b"<<>>"])


def ring() -> bytes:
    """A tree of pages that is its own child."""
    return _file([b"<</Type /Catalog /Pages 2 0 R>>", b"<</Type /Pages /Kids [2 0 R 2 0 R] /Count 9>>"])


def bomb(size: int) -> bytes:
    """An object stream that unpacks to `size` bytes."""
    packed = zlib.compress(b" " * size, 9)
    head = b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode"
    return _file([b"<</Type /Catalog /Pages 2 0 R /AcroForm 3 0 R>>", b"<<>>", _stream(packed, head)])


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in FILES.items():
        (folder / f"{name}.pdf").write_bytes(make())
