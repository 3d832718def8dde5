// Assertions and an acknowledgement as two libraries write them: a description on stdin, a list of tokens on stdout.
import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { CompactSign, SignJWT } from "jose";
import jsonwebtoken from "jsonwebtoken";

const { agency, audience, iat, exp, acknowledgement, keys } = JSON.parse(readFileSync(0, "utf8"));
const made = [];
let serial = 0;
const jti = () => `node-0123456789-${serial++}`;
const put = (name, kind, token) => made.push({ name, kind, token });

for (const { alg, kid, pem } of keys) {
  const key = createPrivateKey(pem);
  const jose = (header, aud) =>
    new SignJWT({}).setProtectedHeader(header).setIssuer(agency).setSubject(agency).setAudience(aud)
      .setJti(jti()).setIssuedAt(iat).setNotBefore(iat).setExpirationTime(exp).sign(key);
  put(`jose ${alg}`, "assertion", await jose({ alg, kid }, audience));
  put(`jose ${alg} with typ and two audiences`, "assertion",
    await jose({ typ: "JWT", kid, alg }, ["https://another.example", audience]));
  put(`jose ${alg}`, "acknowledgement",
    await new CompactSign(new TextEncoder().encode(JSON.stringify(acknowledgement)))
      .setProtectedHeader({ alg, kid, typ: acknowledgement.type }).sign(key));
  put(`jsonwebtoken ${alg}`, "assertion",
    jsonwebtoken.sign({ iat }, key,
      { algorithm: alg, keyid: kid, issuer: agency, subject: agency, audience, jwtid: jti(), expiresIn: exp - iat }));
  put(`jsonwebtoken ${alg}`, "acknowledgement",
    jsonwebtoken.sign(JSON.stringify(acknowledgement), key,
      { algorithm: alg, keyid: kid, header: { typ: acknowledgement.type } }));
}
process.stdout.write(JSON.stringify(made));
