"""A time-stamp authority of RFC 3161, real in format and signature, for demonstrations and tests.

`Authority.answer` is the whole of it: a request in, a response out, signed with the PKI's time-stamp certificate. A
request that it does not understand it refuses with the failure code of RFC 3161 section 2.4.2. `serving` puts it behind
HTTP (section 3.4). The clock is the caller's; a production hub asks an authority whose clock is not the hub's.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Final

from aiohttp import web
from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from hub.core.errors import ProofInvalid
from hub.core.log import timestamp, tsp
from hub.core.model import Millis, to_datetime
from hub.pki.issue import Credential

POLICY: Final = "2.25.316245690123877152960.1"
"""Policy of the demonstration authority: an OID from a UUID (X.667), nobody's arc."""

_BAD_ALGORITHM, _BAD_REQUEST, _BAD_FORMAT, _UNACCEPTED_POLICY, _UNACCEPTED_EXTENSION = 0, 2, 5, 15, 16
_ECDSA_SHA256: Final = x509.ObjectIdentifier("1.2.840.10045.4.3.2")
_RSA_SHA256: Final = x509.ObjectIdentifier("1.2.840.113549.1.1.11")
_MOST: Final = 10_000


class Refusal(Exception):
    """The refusals of the authority: a bit of PKIFailureInfo, and why."""

    def __init__(self, bit: int, text: str) -> None:
        super().__init__(text)
        self.bit = bit


class Authority:
    """`credential`: key and certificate with EKU timeStamping, followed by its issuers."""

    def __init__(
        self,
        credential: Credential,
        clock: Callable[[], Millis],
        *,
        policy: str = POLICY,
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._key = credential.key
        self._chain = credential.chain
        self._clock = clock
        self._policy = x509.ObjectIdentifier(policy)
        self._entropy = entropy

    def answer(self, query: bytes) -> bytes:
        """TimeStampResp for a TimeStampReq, both DER. Never raises for any bytes of a caller."""
        try:
            request = self._read(query)
        except Refusal as refusal:
            status = tsp.PkiStatusInfo(status=2, texts=[str(refusal)], failure=_bit(refusal.bit))
            return tsp.encode(tsp.TimeStampResp(status=status))
        token = self._token(self._info(request), bool(request.cert_req))
        return tsp.encode(tsp.TimeStampResp(status=tsp.PkiStatusInfo(status=0), token=token))

    def _read(self, query: bytes) -> tsp.TimeStampReq:
        try:
            request = tsp.decode(tsp.TimeStampReq, query[:_MOST], "a time-stamp request")
        except ProofInvalid:
            raise Refusal(_BAD_FORMAT, "not a TimeStampReq in DER") from None
        if request.version != 1:
            raise Refusal(_BAD_REQUEST, "version 1 is served")
        if request.imprint.algorithm.algorithm != tsp.SHA256:
            raise Refusal(_BAD_ALGORITHM, "SHA-256 is served")
        if len(request.imprint.digest) != 32:
            raise Refusal(_BAD_FORMAT, "SHA-256 has 32 bytes")
        if request.policy is not None and request.policy != self._policy:
            raise Refusal(_UNACCEPTED_POLICY, f"the policy is {self._policy.dotted_string}")
        if request.extensions:
            raise Refusal(_UNACCEPTED_EXTENSION, "no extension is served")
        return request

    def _info(self, request: tsp.TimeStampReq) -> bytes:
        return tsp.encode(
            tsp.TSTInfo(
                version=1,
                policy=self._policy,
                imprint=request.imprint,
                serial=int.from_bytes(self._entropy(16), "big") >> 1,
                gen_time=asn1.GeneralizedTime(to_datetime(self._clock())),
                accuracy=tsp.Accuracy(seconds=1),
                nonce=request.nonce,
            )
        )

    def _token(self, info: bytes, with_certificates: bool) -> tsp.Token:
        sha = tsp.AlgorithmIdentifier(algorithm=tsp.SHA256)
        certificate = self._chain[0]
        signed = asn1.SetOf(sorted(self._attributes(info, certificate), key=tsp.encode))
        signer = tsp.SignerInfo(
            version=1,
            sid=tsp.IssuerAndSerial(issuer=_tlv(certificate.issuer.public_bytes()), serial=certificate.serial_number),
            digest_algorithm=sha,
            signed=signed,
            signature_algorithm=self._algorithm(),
            signature=self._sign(tsp.encode(signed)),
        )
        chain = sorted(self._chain, key=lambda c: c.public_bytes(Encoding.DER)) if with_certificates else None
        content = tsp.SignedData(
            version=3,
            digest_algorithms=asn1.SetOf([sha]),
            content=tsp.EncapsulatedContent(kind=tsp.TST_INFO, content=info),
            certificates=chain,
            signers=asn1.SetOf([signer]),
        )
        return tsp.Token(kind=tsp.SIGNED_DATA, content=content)

    @staticmethod
    def _attributes(info: bytes, certificate: x509.Certificate) -> list[tsp.Attribute]:
        named = tsp.EssCertIdV2(digest=sha256(certificate.public_bytes(Encoding.DER)).digest())
        values = {
            tsp.CONTENT_TYPE: tsp.TST_INFO,
            tsp.MESSAGE_DIGEST: sha256(info).digest(),
            tsp.SIGNING_CERTIFICATE_V2: tsp.SigningCertificateV2(certificates=[named]),
        }
        return [
            tsp.Attribute(kind=kind, values=asn1.SetOf([_tlv(tsp.encode(value))])) for kind, value in values.items()
        ]

    def _algorithm(self) -> tsp.AlgorithmIdentifier:
        if isinstance(self._key, rsa.RSAPrivateKey):
            return tsp.AlgorithmIdentifier(algorithm=_RSA_SHA256, parameters=asn1.Null())
        return tsp.AlgorithmIdentifier(algorithm=_ECDSA_SHA256)

    def _sign(self, data: bytes) -> bytes:
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))


def _tlv(der: bytes) -> asn1.TLV:
    return asn1.decode_der(asn1.TLV, der)


def _bit(number: int) -> asn1.BitString:
    """PKIFailureInfo with one bit set, in as few bytes as DER allows (a named bit list has no trailing zeros)."""
    size = number // 8 + 1
    value = bytearray(size)
    value[-1] = 0x80 >> number % 8
    return asn1.BitString(bytes(value), 7 - number % 8)


@asynccontextmanager
async def serving(authority: Authority, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """The authority behind HTTP until the block ends; gives its URL. POST application/timestamp-query to it."""

    async def stamp(request: web.Request) -> web.Response:
        if request.content_type != timestamp.QUERY_TYPE:
            raise web.HTTPUnsupportedMediaType(text=f"send {timestamp.QUERY_TYPE}\n")
        return web.Response(body=authority.answer(await request.read()), content_type=timestamp.REPLY_TYPE)

    app = web.Application(client_max_size=_MOST)
    app.router.add_post("/", stamp)
    runner = web.AppRunner(app, keepalive_timeout=15, access_log=None, handler_cancellation=True)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        bound = runner.addresses[0][1]
        yield f"http://{f'[{host}]' if ':' in host else host}:{bound}/"
    finally:
        await runner.cleanup()
