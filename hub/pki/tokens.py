"""Keys on tokens: PKCS#11, by a URI after RFC 7512, for parties that sign with a key that never leaves its device.

    pkcs11:token=VPCP;object=ky?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=/etc/truc/pin

    token, serial, model, manufacturer   which token        object, id       which key on it
    module-path   the library; else the variable TRUC_PKCS11_MODULE
    pin-source    a file with the PIN (`file:` or a path); without it the PIN is asked for

Rules: **one session for each token in a process, and one operation at a time**: libraries of tokens are told
`C_Initialize(NULL)`, that is not to lock, and end in memory errors when two threads come in. Hashing is done here; the
token gets the digest. A token that was pulled out is looked for once more, then the answer is "later": acts that wait
for a seal are not acknowledged. `python-pkcs11` is an extra (`truc[pkcs11]`): without it a file's key works as before,
and a URI's error names the package to install.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import unquote, unquote_to_bytes

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.serialization import KeySerializationEncryption

from hub.core.errors import Unavailable
from hub.core.signature import foreign
from hub.pki.files import PkiError
from hub.pki.issue import SigningKey
from hub.pki.troubles import KEY_ABSENT, PIN_LOCKED, PIN_WRONG, TOKEN_ABSENT, TOKENS_SEVERAL, Trouble, kind_of

T = TypeVar("T")

SCHEME: Final = "pkcs11:"
MODULE: Final = "TRUC_PKCS11_MODULE"
_MAX_PIN: Final = 256
_PATH: Final = frozenset({"token", "serial", "model", "manufacturer", "object", "id", "type"})
_QUERY: Final = frozenset({"module-path", "pin-source", "pin-value"})
_DIGEST_INFO: Final = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
"""The bytes that RSASSA-PKCS1-v1_5 puts before a digest (RFC 8017 section 9.2)."""


class Uri(NamedTuple):
    """`named`: the attributes that name a token and an object on it, decoded."""

    named: dict[str, str]
    id: bytes
    module: str
    pin_file: str
    pin: bytes | None


def is_uri(where: str) -> bool:
    return where.lower().startswith(SCHEME)


def shown(where: str) -> str:
    """A URI without its query, where a PIN may stand."""
    return where.partition("?")[0][:300]


def parse(where: str) -> Uri:
    """PkiError for a text that is no such URI, or has an attribute that is not understood."""
    path, _, query = where[len(SCHEME) :].partition("?")
    parts = {**_attributes(path, ";", _PATH), **_attributes(query, "&", _QUERY)}
    source = unquote(parts.get("pin-source", "")).removeprefix("file:")
    if source.startswith("|"):
        raise PkiError("pin-source: a file, no command")
    if unquote(parts.pop("type", "private")) != "private":
        raise PkiError("type=private is what signs")
    return Uri(
        named={k: unquote(v) for k, v in parts.items() if k in _PATH and k != "id"},
        id=unquote_to_bytes(parts.get("id", "")),
        module=unquote(parts.get("module-path", "")) or os.environ.get(MODULE, ""),
        pin_file="/" + source.lstrip("/") if source.startswith("//") else source,
        pin=unquote_to_bytes(parts["pin-value"]) if "pin-value" in parts else None,
    )


def _attributes(text: str, between: str, known: frozenset[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, text.split(between)):
        name, equals, value = part.partition("=")
        if not equals or name not in known or name in found:
            raise PkiError(f"a pkcs11: URI with {', '.join(sorted(known))}; found {name[:40]}")
        found[name] = value
    return found


class Token:
    """One token of this process, with its one session; opened when it is first needed."""

    def __init__(self, uri: Uri, secret: Callable[[], bytes | None]) -> None:
        self.uri = uri
        self._secret = secret
        self._place: tuple[str, bytes] | None = None
        self._refused: PkiError | None = None

    def session(self) -> Any:
        if self._refused is not None:
            raise self._refused
        if self._place is None or self._place not in _sessions:
            token = self._token(_library(self.uri.module))
            self._place = (self.uri.module, bytes(token.serial))
            if self._place not in _sessions:
                _sessions[self._place] = self._opened(token)
        return _sessions[self._place]

    def forget(self) -> None:
        """The session is gone, or may be: the next call opens another."""
        session = _sessions.pop(self._place, None) if self._place is not None else None
        if session is not None:
            with contextlib.suppress(Exception):  # of a token that is not there any more
                session.close()

    def begin_again(self) -> None:
        """The library forgets all that it knows of its tokens, and every session on them with it."""
        for place in [place for place in _sessions if place[0] == self.uri.module]:
            _sessions.pop(place)
        name = f"token {self.uri.named.get('token', '')}".strip()
        try:
            _library(self.uri.module).reinitialize()
        except _binding().PKCS11Error as error:
            raise Trouble(TOKEN_ABSENT, name, _named(error)) from None

    def _opened(self, token: Any) -> Any:
        pin = self._pin()
        try:
            return token.open(user_pin=pin.decode() if pin else None)
        except Exception as error:
            name = f"token {token.label.strip()}"
            told, kind = f"{name}: {_named(error)}", kind_of(error)
            trouble = Trouble(kind, name, told) if kind else PkiError(told)
            if kind in (PIN_WRONG, PIN_LOCKED):
                self._refused = trouble  # tried again and again a wrong PIN locks the token
            raise trouble from None

    def _token(self, library: Any) -> Any:
        wanted = self.uri.named
        try:
            every = [slot.get_token() for slot in library.get_slots(token_present=True)]
        except Exception as error:
            raise PkiError(f"{Path(self.uri.module).name}: {_named(error)}") from None
        ready = _binding().TokenFlag.TOKEN_INITIALIZED
        fits = [one for one in every if one.flags & ready and _fits(one, wanted)]
        if len(fits) != 1:
            why = f"one token is wanted, {len(fits)} fit {wanted or 'the URI'}; name it by token= or serial="
            named = f"token {wanted['token']}" if "token" in wanted else "the URI" if fits else "token"
            raise Trouble(TOKENS_SEVERAL if fits else TOKEN_ABSENT, named, why)
        return fits[0]

    def _pin(self) -> bytes | None:
        if self.uri.pin is not None:
            return self.uri.pin
        if not self.uri.pin_file:
            return self._secret()
        try:
            with Path(self.uri.pin_file).open("rb") as file:
                return file.read(_MAX_PIN).strip()
        except OSError as error:
            raise PkiError(f"pin-source: {error.strerror}") from None


_lock = threading.RLock()
_tokens: dict[tuple[object, ...], Token] = {}
_sessions: dict[tuple[str, bytes], Any] = {}
"""By library and serial number: two URIs may name one token."""


def find(where: str, secret: Callable[[], bytes | None]) -> tuple[SigningKey, list[x509.Certificate]]:
    """The one private key that the URI names, and the certificates on its token. PkiError names the object that is not
    there."""
    uri = parse(where)
    if not uri.module:
        raise PkiError(f"module-path=… in the URI, or {MODULE}: the token's library")
    with _lock:
        which = {k: v for k, v in uri.named.items() if k != "object"}
        token = _tokens.setdefault((uri.module, *sorted(which.items())), Token(uri, secret))
        try:
            return _asked(token, lambda: (_key(token, uri, where), list(_certificates(token))))
        except PkiError:
            _tokens.pop((uri.module, *sorted(which.items())), None)  # asked again, the PIN is asked for again
            raise


def _asked(token: Token, work: Callable[[], T]) -> T:
    """The result of `work` in the token's session; once more in a new one, where the old one is gone: a token that was
    pulled out and put back. Where the library finds nothing, it begins again: some never see a token that came back.
    PkiError has the token's words."""
    for last in (False, True):
        try:
            return work()
        except Trouble as trouble:
            if last or trouble.kind not in (TOKEN_ABSENT, KEY_ABSENT):
                raise
            token.begin_again()
        except _binding().PKCS11Error as error:
            token.forget()
            if last:
                kind, name = kind_of(error), f"token {token.uri.named.get('token', '')}".strip()
                raise (Trouble(kind, name, _named(error)) if kind else PkiError(_named(error))) from None
    raise AssertionError("unreachable")


def _key(token: Token, uri: Uri, where: str) -> SigningKey:
    _, public = _pair(token, uri, where)
    if isinstance(public, ec.EllipticCurvePublicKey):
        return TokenEcKey(token, uri, where, public)
    return TokenRsaKey(token, uri, where, public)


def _pair(token: Token, uri: Uri, where: str) -> tuple[Any, ec.EllipticCurvePublicKey | rsa.RSAPublicKey]:
    p11 = _binding()
    names = p11.Attribute
    wanted: dict[Any, Any] = {names.CLASS: p11.ObjectClass.PRIVATE_KEY}
    if "object" in uri.named:
        wanted[names.LABEL] = uri.named["object"]
    if uri.id:
        wanted[names.ID] = uri.id
    found = _objects(token, wanted)
    if len(found) != 1:
        why = f"one private key is wanted, {len(found)} fit {shown(where)}; name it by object= or id="
        raise Trouble(KEY_ABSENT, uri.named.get("object", ""), why)
    return found[0], _public(token, found[0])


def _public(token: Token, private: Any) -> ec.EllipticCurvePublicKey | rsa.RSAPublicKey:
    """The public half: the token's own object of the same id, else the certificate's."""
    p11 = _binding()
    if private.key_type == p11.KeyType.RSA:
        modulus, exponent = (
            int.from_bytes(private[name], "big") for name in (p11.Attribute.MODULUS, p11.Attribute.PUBLIC_EXPONENT)
        )
        return rsa.RSAPublicNumbers(exponent, modulus).public_key()
    same = {p11.Attribute.CLASS: p11.ObjectClass.PUBLIC_KEY, p11.Attribute.ID: private[p11.Attribute.ID]}
    for public in _objects(token, same):
        curve = _CURVES.get(bytes(public[p11.Attribute.EC_PARAMS]))
        point = _octets(bytes(public[p11.Attribute.EC_POINT]))
        if curve is not None:
            return ec.EllipticCurvePublicKey.from_encoded_point(curve, point)
    for certificate in _certificates(token, bytes(private[p11.Attribute.ID])):
        key = certificate.public_key()
        if isinstance(key, ec.EllipticCurvePublicKey):
            return key
    raise PkiError("the token has no public key on P-256 or P-384 beside the private one, and no certificate")


def _objects(token: Token, wanted: dict[Any, Any]) -> list[Any]:
    """All at once: a search that is left open keeps the session from doing anything else."""
    return list(token.session().get_objects(wanted))


_CURVES: Final = {
    bytes.fromhex("06082a8648ce3d030107"): ec.SECP256R1(),
    bytes.fromhex("06052b81040022"): ec.SECP384R1(),
}


def _octets(point: bytes) -> bytes:
    """An EC point, which some tokens wrap in an OCTET STRING."""
    return point[2:] if point[:1] == b"\x04" and len(point) > 2 and point[1] == len(point) - 2 else point


def _certificates(token: Token, identifier: bytes = b"") -> Iterator[x509.Certificate]:
    p11 = _binding()
    wanted: dict[Any, Any] = {p11.Attribute.CLASS: p11.ObjectClass.CERTIFICATE}
    if identifier:
        wanted[p11.Attribute.ID] = identifier
    for one in _objects(token, wanted):
        try:
            yield foreign.certificate(bytes(one[p11.Attribute.VALUE]))
        except ValueError:
            continue  # of another kind, or one that nobody could use


class TokenKey:
    """The part that keys of both kinds share. `private_*` have no answer: the key does not leave its token."""

    def __init__(self, token: Token, uri: Uri, where: str, public: Any) -> None:
        self._token = token
        self._uri = uri
        self._where = where
        self._public = public

    def public_key(self) -> Any:
        return self._public

    @property
    def key_size(self) -> int:
        return int(self._public.key_size)

    def signed(self, data: bytes, mechanism: str, parameter: Any = None) -> bytes:
        """The token's signature over `data`. Unavailable where it is not there, or does not do it."""
        p11 = _binding()

        def work() -> bytes:
            private, _ = _pair(self._token, self._uri, self._where)
            return bytes(private.sign(data, mechanism=p11.Mechanism[mechanism], mechanism_param=parameter))

        with _lock:
            try:
                return _asked(self._token, work)
            except PkiError as error:
                found = f"{shown(self._where)}: {_named(error)}"
                raise Unavailable(expected="the token that signs", found=found) from error

    def private_numbers(self) -> Any:
        raise PkiError("a key on a token stays there")

    def private_bytes(self, encoding: Any, format: Any, encryption_algorithm: KeySerializationEncryption) -> bytes:
        raise PkiError("a key on a token stays there")

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: Any) -> Any:
        return self


class TokenEcKey(TokenKey, ec.EllipticCurvePrivateKey):
    @property
    def curve(self) -> ec.EllipticCurve:
        return self._public.curve  # type: ignore[no-any-return]

    def exchange(self, algorithm: ec.ECDH, peer_public_key: ec.EllipticCurvePublicKey) -> bytes:
        raise PkiError("a key that signs")

    def sign(self, data: Any, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        raw = self.signed(_digest(data, signature_algorithm.algorithm), "ECDSA")
        half = len(raw) // 2
        return encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))


class TokenRsaKey(TokenKey, rsa.RSAPrivateKey):
    def decrypt(self, ciphertext: bytes, padding: Any) -> bytes:
        raise PkiError("a key that signs")

    def sign(self, data: Any, padding: Any, algorithm: Any) -> bytes:
        digest = _digest(data, algorithm)
        kind = algorithm._algorithm if isinstance(algorithm, Prehashed) else algorithm
        if isinstance(padding, _Pss):
            p11 = _binding()
            name = kind.name.upper()
            return self.signed(digest, "RSA_PKCS_PSS", (p11.Mechanism[name], p11.MGF[name], kind.digest_size))
        return self.signed(_DIGEST_INFO[kind.name] + digest, "RSA_PKCS")


_Pss: Final = padding.PSS


def _digest(data: Any, algorithm: Any) -> bytes:
    if isinstance(algorithm, Prehashed):
        return bytes(data)
    made = hashes.Hash(algorithm)
    made.update(data)
    return made.finalize()


def _binding() -> Any:
    try:
        return import_module("pkcs11")
    except ImportError:
        raise PkiError("keys on tokens need python-pkcs11: pip install 'truc[pkcs11]'") from None


def _library(module: str) -> Any:
    try:
        library = _binding().lib(module)
        if not library.initialized:  # it could not begin again where nothing was there
            library.initialize()
        return library
    except PkiError:
        raise
    except Exception as error:
        raise PkiError(f"{module[:200]} is no library of tokens: {_named(error)}") from None


def _fits(token: Any, wanted: dict[str, str]) -> bool:
    said = {
        "token": token.label,
        "serial": token.serial.decode(errors="replace") if isinstance(token.serial, bytes) else str(token.serial),
        "model": token.model,
        "manufacturer": token.manufacturer_id,
    }
    return all(said[name].strip() == value for name, value in wanted.items() if name in said)


def _named(error: Exception) -> str:
    """The error of a token's library is a class and, mostly, nothing else."""
    return str(error)[:200] or type(error).__name__
