"""Whatever the usual JWT libraries write by their own habits gets a token, and acknowledges: PyJWT and joserfc here,
jose, jsonwebtoken, Nimbus and golang-jwt as programs of their own languages (`jwt_libraries/`)."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jws as joserfc_jws
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import ECKey, RSAKey

from hub.core import wire
from hub.core.evidence import acknowledgement
from hub.core.model import Millis, iso_utc
from hub.core.signature import assertion, jws
from tests.interop import fetched
from tests.support.axis import SON_LA, VPCP
from tests.support.tokens import ec_key, keys_of, kid_of, rsa_key
from tests.support.web import Web, a_web

AT = Millis(1_795_334_400_123)
AUDIENCE = "https://hub.example.gov.vn/v1/token"
KEYS = keys_of(ec_key(), rsa_key())
URN = "urn:uuid:00000000-0000-8000-8000-000000000001"


def key_entry(key: jws.PrivateKey, kid: str) -> dict[str, str]:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {"alg": jws.algorithm_of(key), "kid": kid, "pem": pem}


def asked(audience: str, at: Millis, keys: list[dict[str, str]], message: str, sha256: str) -> dict[str, Any]:
    item = {"messageId": message, "sha256": sha256, "event": "ContentHandover"}
    signed = {"type": acknowledgement.TYPE, "recipient": SON_LA, "time": iso_utc(at), "items": [item]}
    now = at // 1000
    return {
        "agency": SON_LA,
        "audience": audience,
        "iat": now,
        "exp": now + 300,
        "keys": keys,
        "acknowledgement": signed,
    }


def by_pyjwt(a: dict[str, Any]) -> list[dict[str, str]]:
    made = []
    for number, key in enumerate(a["keys"]):
        claims = {"iss": a["agency"], "sub": a["agency"], "iat": a["iat"], "exp": datetime.fromtimestamp(a["exp"], UTC)}
        for name, more in (
            ("plain", {"aud": a["audience"]}),
            ("a list", {"aud": [a["audience"]], "nbf": a["iat"], "exp": a["exp"] + 0.25, "scope": "inbox"}),
        ):
            jti = {"jti": f"pyjwt-0123456789-{name}-{number}"}
            text = jwt.encode(claims | jti | more, key["pem"], key["alg"], headers={"kid": key["kid"]})
            made.append({"name": f"PyJWT, {name}", "kind": "assertion", "token": text})
        headers = {"kid": key["kid"], "typ": acknowledgement.TYPE}
        payload = json.dumps(a["acknowledgement"], indent=2).encode()
        text = jwt.api_jws.encode(payload, key["pem"], key["alg"], headers=headers)
        made.append({"name": "PyJWT", "kind": "acknowledgement", "token": text})
    return made


def by_joserfc(a: dict[str, Any]) -> list[dict[str, str]]:
    made = []
    for number, key in enumerate(a["keys"]):
        private = (ECKey if key["alg"] == "ES256" else RSAKey).import_key(key["pem"])
        names = {"iss": a["agency"], "sub": a["agency"], "aud": a["audience"], "iat": a["iat"], "exp": a["exp"]}
        text = joserfc_jwt.encode(
            {"kid": key["kid"], "alg": key["alg"]},
            names | {"jti": f"joserfc-0123456789-{number}"},
            private,
            [key["alg"]],
        )
        made.append({"name": "joserfc", "kind": "assertion", "token": text})
        header = {"typ": acknowledgement.TYPE, "kid": key["kid"], "alg": key["alg"]}
        text = joserfc_jws.serialize_compact(header, json.dumps(a["acknowledgement"]), private, [key["alg"]])
        made.append({"name": "joserfc", "kind": "acknowledgement", "token": text})
    return made


def by_program(tool: fetched.Made, *command: str) -> Any:
    def ask(a: dict[str, Any]) -> list[dict[str, str]]:
        if tool.lacking:
            pytest.skip(f"{tool.name}: {tool.lacking}")
        done = subprocess.run(
            [*command],
            cwd=tool.folder,
            input=json.dumps(a).encode(),
            capture_output=True,
            timeout=60,
            check=False,
            env=os.environ,
        )
        assert done.returncode == 0, done.stderr.decode()
        return list(json.loads(done.stdout))

    return ask


WRITERS = {
    "PyJWT": (by_pyjwt, 3),
    "joserfc": (by_joserfc, 2),
    "jose and jsonwebtoken": (by_program(fetched.NODE_JWT, "node", "main.mjs"), 5),
    "Nimbus": (
        by_program(fetched.JAVA_JWT, "java", "-cp", f"{fetched.NIMBUS.file}{os.pathsep}.", "Assertions"),
        3,
    ),
    "golang-jwt": (by_program(fetched.GO_JWT, "./assertions"), 3),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Web]:
    async with a_web(tmp_path_factory.mktemp("hub"), keys, tokens_per_minute=1000) as opened:
        yield opened


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", WRITERS)
async def test_what_a_library_writes_is_taken(web: Web, name: str) -> None:
    """By both algorithms where the token is read; over HTTP with the key that the directory holds."""
    write, each = WRITERS[name]
    both = [key_entry(key, kid_of(key)) for key in (ec_key(), rsa_key())]
    made = write(asked(AUDIENCE, AT, both, URN, "a" * 64))
    assert len(made) == 2 * each, name
    for one in made:
        if one["kind"] == "assertion":
            assert assertion.verify(one["token"], KEYS, AUDIENCE, AT).subject == SON_LA, one["name"]
        else:
            read = acknowledgement.verify(one["token"], KEYS)
            assert (read.recipient, read.time, read.items[0].message_id) == (SON_LA, AT, URN), one["name"]

    sent = await web.send(VPCP, SON_LA)
    mine = web.credential(SON_LA)
    entry = key_entry(mine.key, jws.key_id(mine.certificate))
    assert entry["alg"] == "ES256"
    for one in write(asked(f"{web.url}/v1/token", web.axis.clock(), [entry], sent.message.id, sent.message.sha256)):
        if one["kind"] == "assertion":
            assert (await web.grant(one["token"])).status == 200, one["name"]
            assert (await web.grant(one["token"])).status == 401, f"{one['name']}, a second time"
        else:
            answer = await web.call("POST", "/v1/inbox/acknowledge", SON_LA, json={"signed": one["token"]})
            (item,) = answer.record(wire.Acknowledgements).items
            assert (item.state, item.problem) == ("handed_over", None), one["name"]
