"""Foreign implementations of XMLDSig, each as one function: raise, or the signature is good."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import signxml
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree

from hub.core.model import to_datetime
from hub.pki.issue import Credential
from tests.attacks.simulator import AT, DS, ECDSA, EXCLUSIVE, INCLUSIVE, PSS, RSA

JAVA = shutil.which("java")
XMLSEC1 = shutil.which("xmlsec1")
ORACLE = Path(__file__).with_name("XmlDsigOracle.java")


def by_signxml(data: bytes, certificate: x509.Certificate) -> None:
    pem = certificate.public_bytes(Encoding.PEM).decode()
    config = signxml.SignatureConfiguration(verification_time=to_datetime(AT))
    signxml.XMLVerifier().verify(data, x509_cert=pem, expect_config=config)


def by_xmlsec(data: bytes, certificate: x509.Certificate) -> None:
    context = xmlsec.SignatureContext()
    pem = certificate.public_bytes(Encoding.PEM)
    context.key = xmlsec.Key.from_memory(pem, xmlsec.KeyFormat.CERT_PEM)
    context.verify(next(etree.fromstring(data).iter(f"{{{DS}}}Signature")))


def by_xmlsec1(data: bytes, certificate: x509.Certificate, folder: Path) -> None:
    pem, document = folder / "certificate.pem", folder / "document.xml"
    pem.write_bytes(certificate.public_bytes(Encoding.PEM))
    document.write_bytes(data)
    assert XMLSEC1 is not None
    subprocess.run([XMLSEC1, "--verify", "--pubkey-cert-pem", pem, document], check=True, capture_output=True)


Oracle = Callable[[bytes, x509.Certificate], None]
# libxmlsec as python-xmlsec binds it has no RSASSA-PSS
KNOWS: dict[str, tuple[Oracle, ...]] = {
    ECDSA: (by_signxml, by_xmlsec),
    RSA: (by_signxml, by_xmlsec),
    PSS: (by_signxml,),
}


def sign_with_signxml(data: bytes, signer: Credential, method: str) -> bytes:
    root = etree.fromstring(data)
    place = etree.SubElement(next(root.iter("{*}edXMLHeader")), f"{{{DS}}}Signature", {"Id": "placeholder"})
    tool = signxml.XMLSigner(signature_algorithm=signxml.SignatureMethod(method), c14n_algorithm=EXCLUSIVE)
    assert place is not None
    signed = tool.sign(root, key=signer.key, cert=[signer.certificate])
    return bytes(etree.tostring(signed, xml_declaration=True, encoding="UTF-8"))


def sign_with_xmlsec(data: bytes, signer: Credential, *, c14n: str = EXCLUSIVE, prefix: str | None = None) -> bytes:
    inclusive = c14n == INCLUSIVE
    form = xmlsec.constants.TransformInclC14N if inclusive else xmlsec.constants.TransformExclC14N
    is_ec = isinstance(signer.key, ec.EllipticCurvePrivateKey)
    method = xmlsec.constants.TransformEcdsaSha256 if is_ec else xmlsec.constants.TransformRsaSha256
    root = etree.fromstring(data)
    node = xmlsec.template.create(root, form, method, ns=prefix)
    next(root.iter("{*}edXMLHeader")).append(node)
    reference = xmlsec.template.add_reference(node, xmlsec.constants.TransformSha256, uri="")
    for transform in (xmlsec.constants.TransformEnveloped, form):
        xmlsec.template.add_transform(reference, transform)
    xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(node))
    data_node = next(node.iter(f"{{{DS}}}X509Data"))
    xmlsec.template.x509_data_add_certificate(data_node)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(key_pem(signer), xmlsec.KeyFormat.PEM)
    context.key.load_cert_from_memory(signer.certificate.public_bytes(Encoding.PEM), xmlsec.KeyFormat.PEM)
    context.sign(node)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def key_pem(signer: Credential) -> bytes:
    return signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class SigningJob(NamedTuple):
    data: bytes
    signer: Credential
    method: str


def run_jdk(
    folder: Path, verify: dict[str, bytes], sign: dict[str, SigningJob]
) -> tuple[dict[str, str], dict[str, bytes]]:
    """What the JDK says of each document, and what it signed."""
    (folder / "verify").mkdir()
    (folder / "sign").mkdir()
    for name, data in verify.items():
        (folder / "verify" / f"{name}.xml").write_bytes(data)
    for name, job in sign.items():
        place = folder / "sign" / name
        place.mkdir()
        (place / "document.xml").write_bytes(job.data)
        (place / "method.txt").write_text(job.method)
        (place / "certificate.der").write_bytes(job.signer.certificate.public_bytes(Encoding.DER))
        key = job.signer.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        (place / "key.der").write_bytes(key)
    assert JAVA is not None
    run = subprocess.run([JAVA, ORACLE, folder], check=True, capture_output=True, text=True, timeout=120)
    said = dict(line.split("\t", 1) for line in run.stdout.splitlines())
    verdicts = {name.removesuffix(".xml"): verdict for name, verdict in said.items()}
    return verdicts, {name: (folder / "sign" / name / "signed.xml").read_bytes() for name in sign}
