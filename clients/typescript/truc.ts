// An agency's connection to a document axis, in one file, on Node (20 or later) alone. Copy it into your system.
//
//   const axis = new Truc({ url, agency: "000.00.00.H52", key: pemOfKey, certificates: pemOfChain });
//   const signed = axis.sign(edxml);                  // sign once, keep the bytes, send those
//   const sent = await axis.send(signed);             // the same bytes again after a lost answer: the same receipt
//   verifyReceipt(sent.receipt, vkey, signed);
//   for (const message of await axis.fetch(50, 20)) {
//     const bytes = await axis.content(message);      // its digest was compared
//     await keep(bytes);                              // durably, before the next line
//     await axis.acknowledge([message]);
//     await axis.status(axis.sign(status));
//   }
//
// Answers are as schemas/openapi.json describes them. A refusal is a Problem: its code is stable. 429, 503 and lost
// connections are tried again here for a minute: everything may be repeated as it was.

import * as crypto from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const ACKNOWLEDGEMENT = "truc-acknowledgement/1";
const DS = "http://www.w3.org/2000/09/xmldsig#";
const EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#";
const PORTION = 64;
const PATIENCE = 60_000;

export interface Message { id: string; sha256: string; kind: string; sender: string; subject: string }
export interface Submitted { message: Message; receipt: string; recipients: string[]; repeated?: boolean }
export interface Acknowledged { message: string; state?: string; receipt?: string; problem?: { code: string } }
export interface Refusal { status: number; code: string; retry_after?: number }
export interface Outcome { status: number; submitted?: Submitted; problem?: Refusal }
interface Line extends Outcome { index?: number; end?: { items: number; problem?: Refusal } }
export interface Life { message: Message; deliveries: { recipient: string; state: string; progress?: string }[] }

/** What a hub refuses, in its own words. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly told: Record<string, unknown>;

  constructor(status: number, told: Record<string, unknown>) {
    super(`${told.code ?? `HTTP ${status}`}: ${told.detail ?? ""}`);
    this.status = status;
    this.code = String(told.code ?? "");
    this.told = told;
  }
}

export class Truc {
  private readonly url: string;
  private readonly agency: string;
  private readonly key: crypto.KeyObject;
  private readonly chain: crypto.X509Certificate[];
  private token = "";
  private until = 0;

  /** `key`: PKCS#8 in PEM; `certificates`: yours first, then at most two issuers, in PEM. */
  constructor(settings: { url: string; agency: string; key: string; certificates: string }) {
    this.url = settings.url;
    this.agency = settings.agency;
    this.key = crypto.createPrivateKey(settings.key);
    const blocks = settings.certificates.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    this.chain = blocks.slice(0, 3).map((pem) => new crypto.X509Certificate(pem));
  }

  async send(signed: Buffer<ArrayBuffer>): Promise<Submitted> {
    return JSON.parse((await this.call("POST", "/v1/documents", "application/xml", signed)).toString());
  }

  async status(signed: Buffer<ArrayBuffer>): Promise<Submitted> {
    return JSON.parse((await this.call("POST", "/v1/statuses", "application/xml", signed)).toString());
  }

  /**
   * Signed documents and statuses, in their order, many in one call; one by one where the hub has no such call. A
   * Problem where the hub stays busy: send the same list again, what was accepted is known.
   */
  async sendAll(signed: Buffer<ArrayBuffer>[]): Promise<Outcome[]> {
    const became: Outcome[] = [];
    let end = Date.now() + PATIENCE;
    for (let most = PORTION; became.length < signed.length; ) {
      const portion = portionOf(signed, became.length, most);
      if (portion.length === 1 || most === 1) {
        became.push(await this.alone(portion[0]));
        continue;
      }
      let settled: Outcome[], why: Refusal | undefined;
      try {
        ({ settled, why } = await this.together(portion));
      } catch (error) {
        if (!(error instanceof Problem) || ![404, 405, 413].includes(error.status)) throw error;
        most = error.status === 413 ? portion.length >> 1 : 1;
        continue;
      }
      became.push(...settled);
      if (settled.length) end = Date.now() + PATIENCE;
      if (!why || (settled.length && !later(why))) continue;
      const wait = 1000 * (why.retry_after ?? 1);
      if (!later(why) || Date.now() + wait > end) throw new Problem(why.status, { ...why });
      await sleep(wait);
    }
    return became;
  }

  private async alone(signed: Buffer<ArrayBuffer>): Promise<Outcome> {
    try {
      const submitted = await this.send(signed);
      return { status: submitted.repeated ? 200 : 201, submitted };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return { status: error.status, problem: { status: error.status, ...error.told } as unknown as Refusal };
    }
  }

  /** What is settled of these, in their order; why the rest is not. */
  private async together(portion: Buffer<ArrayBuffer>[]): Promise<{ settled: Outcome[]; why?: Refusal }> {
    const body = Buffer.concat(portion.flatMap((one) => [Buffer.from(`${one.length}\n`), one])); // each behind its length
    const answer = await this.call("POST", "/v1/documents:batch", "application/vnd.truc.batch", body, 240);
    const lines: Line[] = answer.toString().trimEnd().split("\n").map((line) => JSON.parse(line));
    const end = lines.find((line) => line.end)?.end;
    if (!end) throw new Error("an answer without its end");
    const settled: Outcome[] = [];
    for (let index = 0; index < end.items; index++) {
      const said = lines.find((line) => line.index === index);
      if (!said) throw new Error(`an answer without item ${index}`);
      if (said.problem && later(said.problem)) return { settled, why: said.problem };
      settled.push(said);
    }
    return { settled, why: end.problem };
  }

  /** Messages under a lease, waiting up to `wait` seconds for the first: acknowledge each before it ends. */
  async fetch(limit: number, wait: number): Promise<Message[]> {
    const answer = await this.call("POST", "/v1/inbox/fetch", "application/json", JSON.stringify({ limit, wait }), wait);
    return JSON.parse(answer.toString()).items.map((item: { message: Message }) => item.message);
  }

  /** The bytes of a message as its sender signed them. */
  async content(message: Message): Promise<Buffer> {
    const bytes = await this.call("GET", `/v1/documents/${bare(message.id)}/content`);
    if (sha256(bytes).toString("hex") !== message.sha256) throw new Error("other bytes than were announced");
    return bytes;
  }

  /** Signs that these messages are held. What became of each: its state, or its problem. */
  async acknowledge(messages: Message[]): Promise<Acknowledged[]> {
    const items = messages.map((m) => ({ messageId: m.id, sha256: m.sha256, event: "ContentHandover" }));
    const said = { type: ACKNOWLEDGEMENT, recipient: this.agency, time: new Date().toISOString(), items };
    const body = JSON.stringify({ signed: this.jws(ACKNOWLEDGEMENT, said) });
    return JSON.parse((await this.call("POST", "/v1/inbox/acknowledge", "application/json", body)).toString()).items;
  }

  async life(id: string): Promise<Life> {
    return JSON.parse((await this.call("GET", `/v1/documents/${bare(id)}`)).toString());
  }

  /** The document with its signature (docs/signature.md); every other byte stays as it was. */
  sign(edxml: Buffer): Buffer<ArrayBuffer> {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(edxml);
    const end = [...text.matchAll(/<\/(?:[^\s<>:/]+:)?edXMLHeader\s*>/g)];
    if (end.length !== 1 || text.includes("<![CDATA[")) throw new Error("expected one header and no CDATA");
    const [hash, method] = this.method();
    const uri = hash === "sha256" ? "http://www.w3.org/2001/04/xmlenc#sha256" : "http://www.w3.org/2001/04/xmldsig-more#sha384";
    const digest = crypto.createHash(hash).update(canonical(text)).digest("base64");
    const empty = (name: string, algorithm: string) => `<${name} Algorithm="${algorithm}"></${name}>`;
    const transforms = empty("Transform", `${DS}enveloped-signature`) + empty("Transform", EXCLUSIVE);
    const info =
      `<SignedInfo xmlns="${DS}">${empty("CanonicalizationMethod", EXCLUSIVE)}${empty("SignatureMethod", method)}` +
      `<Reference URI=""><Transforms>${transforms}</Transforms>${empty("DigestMethod", uri)}` +
      `<DigestValue>${digest}</DigestValue></Reference></SignedInfo>`;
    const holders = this.chain.map((one) => `<X509Certificate>${one.raw.toString("base64")}</X509Certificate>`).join("");
    const value = this.raw(Buffer.from(info)).toString("base64");
    const signature =
      `<Signature xmlns="${DS}">${info}<SignatureValue>${value}</SignatureValue>` +
      `<KeyInfo><X509Data>${holders}</X509Data></KeyInfo></Signature>`;
    return Buffer.from(text.slice(0, end[0].index) + signature + text.slice(end[0].index));
  }

  /** Hash, and XMLDSig's name of the algorithm, as the key is. */
  private method(): [string, string] {
    if (this.key.asymmetricKeyType === "rsa") return ["sha256", "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"];
    const hash = this.key.asymmetricKeyDetails?.namedCurve === "secp384r1" ? "sha384" : "sha256";
    return [hash, `http://www.w3.org/2001/04/xmldsig-more#ecdsa-${hash}`];
  }

  private raw(data: Buffer): Buffer {
    const [hash] = this.method();
    if (this.key.asymmetricKeyType !== "rsa") return crypto.sign(hash, data, { key: this.key, dsaEncoding: "ieee-p1363" });
    return crypto.sign(hash, data, { key: this.key, padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
  }

  private jws(typ: string, payload: object): string {
    const [hash] = this.method();
    const alg = `${this.key.asymmetricKeyType === "rsa" ? "PS" : "ES"}${hash.slice(3)}`;
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const signed = `${part({ alg, typ, kid: sha256(this.chain[0].raw).toString("hex") })}.${part(payload)}`;
    return `${signed}.${this.raw(Buffer.from(signed)).toString("base64url")}`;
  }

  private async authorization(): Promise<string> {
    if (Date.now() < this.until) return `Bearer ${this.token}`;
    const iat = Math.floor(Date.now() / 1000);
    const claims = { iss: this.agency, sub: this.agency, aud: `${this.url}/v1/token`, iat, exp: iat + 300, jti: crypto.randomUUID() };
    const body = JSON.stringify({ grant_type: GRANT, assertion: this.jws("JWT", claims) });
    const headers = { "Content-Type": "application/json" };
    const answer = await good(await fetch(`${this.url}/v1/token`, { method: "POST", headers, body }));
    const granted = JSON.parse(answer.toString());
    this.token = granted.access_token;
    this.until = Date.now() + (granted.expires_in - 30) * 1000;
    return `Bearer ${this.token}`;
  }

  private async call(method: string, path: string, media = "", body?: Uint8Array<ArrayBuffer> | string, wait = 0): Promise<Buffer> {
    const end = Date.now() + PATIENCE;
    for (let pause = 200; ; pause = Math.min(2 * pause, 10_000)) {
      let rest = pause * (1 + Math.random());
      try {
        const headers: Record<string, string> = { Authorization: await this.authorization() };
        if (media) headers["Content-Type"] = media;
        const signal = AbortSignal.timeout(PATIENCE + wait * 1000);
        return await good(await fetch(this.url + path, { method, headers, body, signal, redirect: "error" }));
      } catch (error) {
        if (error instanceof Problem) {
          if (error.status === 401 && this.token) this.until = 0;
          else if (![429, 503].includes(error.status) || error.code === "HUB_INTEGRITY") throw error;
          rest = Math.max(rest, 1000 * Number(error.told.retry_after ?? 0));
        }
        if (Date.now() + rest > end) throw error;
      }
      await sleep(rest);
    }
  }
}

async function good(answer: Response): Promise<Buffer> {
  const body = Buffer.from(await answer.arrayBuffer());
  if (answer.ok) return body;
  const spoken = (answer.headers.get("content-type") ?? "").startsWith("application/problem+json");
  throw new Problem(answer.status, spoken ? JSON.parse(body.toString()) : {});
}

function portionOf(signed: Buffer<ArrayBuffer>[], from: number, most: number): Buffer<ArrayBuffer>[] {
  let to = from + 1;
  for (let size = signed[from].length; to < signed.length && to - from < most; to++) {
    size += signed[to].length;
    if (size > 16 * 1024 * 1024) break;
  }
  return signed.slice(from, to);
}

const later = (why: Refusal) => [429, 503].includes(why.status) && why.code !== "LIMIT_REFUSALS";
const bare = (id: string) => encodeURIComponent(id.replace("urn:uuid:", ""));

function sha256(...parts: Buffer[]): Buffer {
  return crypto.createHash("sha256").update(Buffer.concat(parts)).digest();
}

function need(holds: boolean, expected: string): asserts holds {
  if (!holds) throw new Error(`expected ${expected}`);
}

/**
 * The event in a webhook, or an error: that the hub signed these very bytes within five minutes of `now`. `keys`: the
 * endpoint's secret (whsec_…), in a rotation both, or the hub's public key (whpk_…). Answer a `webhook.challenge` with its
 * `data.challenge`; leave out an `id` that was seen before.
 */
export function verifyWebhook(
  headers: Record<string, string | string[] | undefined>, body: Buffer, keys: string[], now = Date.now(),
): { id: string; type: string; timestamp: string; data: Record<string, any> } {
  const [id, time, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((n) => String(headers[n] ?? ""));
  need(id !== "" && !id.includes(".") && /^[0-9]{1,12}$/.test(time), "a webhook's identifier and time");
  const signed = Buffer.concat([Buffer.from(`${id}.${time}.`), body]);
  const holds = (version: string, value: Buffer, key: string): boolean => {
    const raw = Buffer.from(key.slice(key.indexOf("_") + 1), "base64");
    if (version === "v1" && key.startsWith("whsec_")) {
      const mine = crypto.createHmac("sha256", raw).update(signed).digest();
      return mine.length === value.length && crypto.timingSafeEqual(mine, value);
    }
    if (version !== "v1a" || !key.startsWith("whpk_")) return false;
    const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw]);
    return crypto.verify(null, signed, crypto.createPublicKey({ key: der, format: "der", type: "spki" }), value);
  };
  const offered = signatures.split(" ").slice(0, 20).map((one) => one.split(","));
  need(
    offered.some(([version, value]) => keys.some((key) => holds(version, Buffer.from(value ?? "", "base64"), key))),
    "a signature by a known key",
  );
  need(Math.abs(Number(time) * 1000 - now) <= 300_000, "a time within five minutes");
  return { id, ...JSON.parse(body.toString()) };
}

/**
 * The evidence in a receipt, or an error: that the log of `vkey` (/log/vkey, compared by another way) committed to it,
 * and that it is about `document`, byte for byte.
 */
export function verifyReceipt(receipt: string, vkey: string, document: Buffer): Record<string, any> {
  const gap = receipt.indexOf("\n\n");
  const lines = receipt.slice(0, gap).split("\n");
  need(gap > 0 && lines.length >= 3 && lines[0] === "c2sp.org/tlog-proof@v1", "a receipt");
  need(lines[1].startsWith("extra ") && lines[2].startsWith("index "), "evidence and its number");
  const evidence = Buffer.from(lines[1].slice(6), "base64");
  const note = receipt.slice(gap + 2);
  const half = note.indexOf("\n\n");
  const checkpoint = note.slice(0, half).split("\n");
  need(half > 0 && checkpoint.length === 3, "a checkpoint of three lines");
  checkNote(`${note.slice(0, half)}\n`, note.slice(half + 2), vkey, checkpoint[0]);

  let node = sha256(Buffer.from([0, 1, 1]), sha256(evidence)); // 0x00, entry version 1, kind 1: evidence
  let position = BigInt(lines[2].slice(6));
  let last = BigInt(checkpoint[1]) - 1n;
  need(position >= 0n && position <= last, "a number below the size of the tree");
  for (const sibling of lines.slice(3).map((line) => Buffer.from(line, "base64"))) {
    need(last > 0n, "a path that is no longer than the tree is deep");
    if (position & 1n || position === last) {
      node = sha256(Buffer.from([1]), sibling, node);
      for (; position !== 0n && !(position & 1n); position >>= 1n) last >>= 1n;
    } else {
      node = sha256(Buffer.from([1]), node, sibling);
    }
    position >>= 1n;
    last >>= 1n;
  }
  need(last === 0n && node.equals(Buffer.from(checkpoint[2], "base64")), "a path to the signed root");
  const told = JSON.parse(evidence.toString());
  const digest = Buffer.from(told.UserContentInfo.PartsInfo[0].DigestValue, "base64");
  need(digest.equals(sha256(document)), "a receipt of this document");
  return told;
}

function checkNote(text: string, signatures: string, vkey: string, origin: string): void {
  const [name, , ...rest] = vkey.trim().split("+");
  const raw = Buffer.from(rest.join("+"), "base64"); // 0x01: Ed25519, then the key
  need(raw.length === 33 && raw[0] === 1 && name === origin, "the key of the log that signed");
  const id = sha256(Buffer.from(`${name}\n`), raw).subarray(0, 4);
  const jwk = { kty: "OKP", crv: "Ed25519", x: raw.subarray(1).toString("base64url") };
  const key = crypto.createPublicKey({ key: jwk, format: "jwk" });
  const blobs = signatures.split("\n").filter((line) => line.startsWith(`\u2014 ${origin} `));
  const mine = blobs.map((line) => Buffer.from(line.slice(line.lastIndexOf(" ") + 1), "base64"));
  const blob = mine.find((one) => one.subarray(0, 4).equals(id));
  need(blob !== undefined && crypto.verify(null, Buffer.from(text), key, blob.subarray(4)), "the log's signature");
}

// --- exclusive canonical XML (W3C), of documents without DOCTYPE, comments and processing instructions

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const TAG = /<(\/?)([^\s<>/=]+)((?:\s+[^\s<>/=]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;
const ATTRIBUTE = /([^\s<>/=]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/g;

function plain(text: string): string {
  return text.replace(/&(?:#x([0-9a-fA-F]+)|#([0-9]+)|(\w+));/g, (all, hex, decimal, name) => {
    if (hex || decimal) return String.fromCodePoint(parseInt(hex ?? decimal, hex ? 16 : 10));
    need(name in ENTITIES, `a known entity, not ${all}`);
    return ENTITIES[name];
  });
}

const REFERENCES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;" };
const inText = (text: string) => text.replace(/[&<>\r]/g, (c) => REFERENCES[c]);
const inAttribute = (text: string) => text.replace(/[&<"\t\n\r]/g, (c) => REFERENCES[c]);
const before = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const prefixOf = (name: string) => (name.includes(":") ? name.slice(0, name.indexOf(":")) : "");

interface Scope { name: string; bound: Record<string, string>; written: Record<string, string> }

/** The whole document in exclusive C14N, as bytes. */
export function canonical(text: string): Buffer {
  let rest = text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n").replace(/^<\?xml [^>]*\?>/, "").trim();
  need(!/<[!?]/.test(rest), "no DOCTYPE, no comment, no CDATA, no processing instruction");
  const open: Scope[] = [{ name: "", bound: { "": "", xml: "http://www.w3.org/XML/1998/namespace" }, written: { "": "" } }];
  const out: string[] = [];
  for (let at = 0; at < rest.length; ) {
    if (rest[at] !== "<") {
      const end = rest.indexOf("<", at);
      need(end > 0 && open.length > 1, "text inside the root only");
      out.push(inText(plain(rest.slice(at, end))));
      at = end;
      continue;
    }
    TAG.lastIndex = at;
    const found = TAG.exec(rest);
    need(found !== null, `well-formed XML at ${rest.slice(at, at + 40)}`);
    at = TAG.lastIndex;
    const [, closing, name, attributes, alone] = found;
    if (!closing) {
      need(open.length > 1 || out.length === 0, "one root");
      open.push(startTag(name, attributes, open[open.length - 1], out));
    }
    if (closing || alone) {
      need(open.pop()?.name === name && open.length > 0, `the end of another element than ${name}`);
      out.push(`</${name}>`);
    }
  }
  need(open.length === 1 && out.length > 0, "every element ended");
  return Buffer.from(out.join(""));
}

function startTag(name: string, text: string, outer: Scope, out: string[]): Scope {
  const scope: Scope = { name, bound: { ...outer.bound }, written: { ...outer.written } };
  const given: [string, string][] = [];
  for (const [, key, double, single] of text.matchAll(ATTRIBUTE)) {
    const value = plain((double ?? single ?? "").replace(/[\t\n]/g, " "));
    if (key === "xmlns") scope.bound[""] = value;
    else if (key.startsWith("xmlns:")) scope.bound[key.slice(6)] = value;
    else given.push([key, value]);
  }
  out.push(`<${name}`);
  const used = new Set([prefixOf(name), ...given.map(([key]) => prefixOf(key)).filter((prefix) => prefix)]);
  for (const prefix of [...used].sort(before)) {
    const uri = scope.bound[prefix];
    need(uri !== undefined, `a namespace for ${prefix}`);
    if (prefix === "xml" || scope.written[prefix] === uri) continue;
    scope.written[prefix] = uri;
    out.push(` xmlns${prefix ? `:${prefix}` : ""}="${inAttribute(uri)}"`);
  }
  const space = (key: string) => (prefixOf(key) ? scope.bound[prefixOf(key)] : "");
  const local = (key: string) => key.slice(key.indexOf(":") + 1);
  given.sort(([a], [b]) => before(space(a), space(b)) || before(local(a), local(b)));
  out.push(...given.map(([key, value]) => ` ${key}="${inAttribute(value)}"`), ">");
  return scope;
}

// --- to try it with: node truc.js URL POLICY KEYS SENDER RECIPIENT DOCUMENT STATUS

function holds(receipt: string, vkey: string, document: Buffer): boolean {
  try {
    return Boolean(verifyReceipt(receipt, vkey, document));
  } catch {
    return false;
  }
}

/** An example of schemas/vectors with a number of its own and dated today, so that it can be sent over and over. */
function filled(file: string, number: number): Buffer {
  const today = new Date(Date.now() + 7 * 3600_000).toISOString().slice(0, 10).replaceAll("-", "/"); // in Vietnam
  return Buffer.from(readFileSync(file, "utf8").replaceAll("2026/11/20", today).replaceAll("7816", `${number}`));
}

/** One round between two agencies of a sandbox, as JSON: what docs/connect.md does in Python. */
async function main(args: string[]): Promise<void> {
  if (args.length !== 7) {
    console.error("usage: node truc.js URL POLICY KEYS SENDER RECIPIENT DOCUMENT STATUS   (docs/connect.md)");
    process.exit(2);
  }
  const [url, policy, keys, from, to, document, status] = args;
  const number = Math.floor(Date.now() / 100) % 1_000_000_000;
  const connected = (agency: string) => {
    const read = (kind: string) => readFileSync(`${keys}/agencies/${agency}.${kind}.pem`, "utf8");
    return new Truc({ url, agency, key: read("key"), certificates: read("cert") });
  };
  const [sender, recipient] = [connected(from), connected(to)];
  const vkey = readFileSync(policy, "utf8").split("\n")[0].replace("log ", "");

  const signed = sender.sign(filled(document, number));
  const none = Buffer.from("<edXML/>");
  const batch = (await sender.sendAll([none, signed, none, signed])).map((one) => String(one.status));
  const sent = await sender.send(signed);
  verifyReceipt(sent.receipt, vkey, signed);
  const { repeated } = await sender.send(signed);
  const mine: Message[] = []; // others may wait there, too: those are left alone
  while (mine.length === 0) {
    const messages = await recipient.fetch(50, 5);
    need(messages.length > 0, "the document that was sent");
    mine.push(...messages.filter((message) => message.id === sent.message.id));
  }
  const same = (await recipient.content(mine[0])).equals(signed);
  const [became] = await recipient.acknowledge(mine);
  await recipient.status(recipient.sign(filled(status, number)));
  const { state, progress } = (await sender.life(sent.message.id)).deliveries[0];
  const refused = await sender.send(Buffer.from("<edXML/>")).then(() => "", (problem) => problem.code);
  const forged = holds(sent.receipt, vkey, Buffer.of()) || holds(sent.receipt.replace("\nindex ", "\nindex 1"), vkey, signed);
  console.log(JSON.stringify({ forged, repeated, same, acknowledged: became.state, state, progress, refused, batch }));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (process.argv[2] === "c14n") process.stdout.write(canonical(readFileSync(process.argv[3], "utf8")));
  else await main(process.argv.slice(2));
}
