/* Verifies a receipt (C2SP tlog-proof) in this page: what clients/verify_receipt.py does, with WebCrypto, and the same
   verdict on every vector of the project (tests/console/test_verify.py). It asks nobody: the page's policy forbids it.
   First the verification, which knows no page; then the page. */

const MAX_BYTES = 1_000_000, LEEWAY = 60n, MOST_EVIDENCE = 700_000;
const utf8 = new TextEncoder();

export class Refused extends Error {
  constructor(vi, en, pending = false) { super(en); this.vi = vi; this.en = en; this.pending = pending; }
}
const need = (holds, vi, en) => { if (!holds) throw new Refused(vi, en); };
const cut = (text) => text.slice(0, 60);

/* Texts that have one spelling only. */
const unbase64 = (text, length) => {
  let raw = null;
  try { raw = atob(text); } catch { /* refused below */ }
  need(raw && btoa(raw) === text && (length === undefined || raw.length === length), `base64 sai: ${cut(text)}`, `bad base64: ${cut(text)}`);
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
};
const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
const decimal = (text) => {
  need(/^(?:0|[1-9][0-9]{0,18})$/.test(text) && BigInt(text) < 1n << 63n, `số thập phân sai: ${cut(text)}`, `bad decimal number: ${cut(text)}`);
  return BigInt(text);
};
const decoded = (bytes) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
const plainText = (bytes) => {
  need(bytes.length <= MAX_BYTES, "biên nhận quá lớn", "the receipt is too large");
  let text = null;
  try { text = decoded(bytes); } catch { throw new Refused("biên nhận không phải UTF-8", "the receipt is not UTF-8"); }
  need(!text.includes("\r\n"), "tệp đã bị đổi dấu xuống dòng (CR LF): lấy lại bản gốc", "its line ends were converted (CR LF): get it again");
  // eslint-disable-next-line no-control-regex
  need(!/[\x00-\x09\x0b-\x1f]/.test(text), "biên nhận có ký tự điều khiển", "the receipt has control characters");
  return text;
};
const joined = (...parts) => {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { all.set(part, at); at += part.length; }
  return all;
};
const digest = async (name, ...parts) => new Uint8Array(await crypto.subtle.digest(name, joined(...parts)));
const sha256 = (...parts) => digest("SHA-256", ...parts);
const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
const parted = (text, gap, last = false) => {
  const at = last ? text.lastIndexOf(gap) : text.indexOf(gap);
  if (at < 0) return last ? ["", "", text] : [text, "", ""];
  return [text.slice(0, at), gap, text.slice(at + gap.length)];
};

/* Ed25519 (RFC 8032) where WebCrypto has none: browsers older than 2025. Only verifies, so nothing secret is in it. */
const P = (1n << 255n) - 19n, L = (1n << 252n) + 27742317777372353535851937790883648493n;
const mod = (a, m = P) => ((a % m) + m) % m;
const power = (base, exponent) => {
  let result = 1n;
  for (let b = mod(base), e = exponent; e; e >>= 1n) { if (e & 1n) result = mod(result * b); b = mod(b * b); }
  return result;
};
const inverse = (a) => power(a, P - 2n);
const D = mod(-121665n * inverse(121666n)), ROOT = power(2n, (P - 1n) / 4n);
const little = (bytes) => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
const point = (bytes) => {
  const given = little(bytes), sign = given >> 255n, y = mod(given & ((1n << 255n) - 1n));
  const u = mod(y * y - 1n), v = mod(D * y * y + 1n);
  let x = mod(u * v ** 3n * power(u * v ** 7n, (P - 5n) / 8n));
  if (mod(v * x * x) !== u) x = mod(x * ROOT);
  if (mod(v * x * x) !== u) return null;
  if ((x & 1n) !== sign) x = mod(-x);
  return [x, y, 1n, mod(x * y)];
};
const add = ([x1, y1, z1, t1], [x2, y2, z2, t2]) => {
  const a = mod((y1 - x1) * (y2 - x2)), b = mod((y1 + x1) * (y2 + x2)), c = mod(2n * t1 * t2 * D), d = mod(2n * z1 * z2);
  const e = b - a, f = d - c, g = d + c, h = b + a;
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
};
const times = (count, of) => {
  let sum = [0n, 1n, 1n, 0n];
  for (let n = count, step = of; n; n >>= 1n) { if (n & 1n) sum = add(sum, step); step = add(step, step); }
  return sum;
};
const BASE = [15112221349535400772501151409588531511454012693041857206046113283949847762202n, 46316835694926478169428394003475163141307993866256225615783033603165251855960n];
const ed25519 = async (key, signature, data) => {
  const a = point(key), s = little(signature.subarray(32));
  if (a === null || s >= L) return false;
  const k = mod(little(await digest("SHA-512", signature.subarray(0, 32), key, data)), L);
  const [x, y, z] = add(times(s, [...BASE, 1n, mod(BASE[0] * BASE[1])]), times(k, [mod(-a[0]), a[1], 1n, mod(-a[0] * a[1])]));
  const of = inverse(z), r = mod(y * of) | ((mod(x * of) & 1n) << 255n);
  return r === little(signature.subarray(0, 32));
};

/* Keys and the signed note (C2SP signed-note, tlog-checkpoint, tlog-cosignature). */
const LOG_TYPES = [1, 6], WITNESS_TYPES = [4, 6]; // 1 Ed25519, 4 Ed25519 with time, 6 ML-DSA-44 with time
const KEY_BYTES = { 1: 32, 4: 32, 6: 1312 }, SIGNATURE_BYTES = { 1: 64, 4: 64, 6: 2420 };
const BLANK = /[\u0000-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000+]/; // eslint-disable-line no-control-regex
const goodName = (name) => name !== "" && !BLANK.test(name);

const readVkey = async (vkey) => {
  const [name, , rest] = parted(vkey, "+"), [id, , encoded] = parted(rest, "+"), raw = unbase64(encoded);
  need(goodName(name) && raw.length - 1 === KEY_BYTES[raw[0]], `khóa công khai sai: ${cut(vkey)}`, `bad public key: ${cut(vkey)}`);
  const found = (await sha256(utf8.encode(`${name}\n`), raw)).subarray(0, 4);
  need(hex(found) === id, `mã khóa sai: ${cut(vkey)}`, `wrong key id: ${cut(vkey)}`);
  return { name, id, type: raw[0], public: raw.subarray(1), at: `${name}\n${id}` };
};
const eight = (number) => { const out = new Uint8Array(8); new DataView(out.buffer).setBigUint64(0, number); return out; };
const signedBytes = (key, checkpoint, seconds) => {
  if (key.type === 1) return checkpoint.text;
  if (key.type === 4) return joined(utf8.encode(`cosignature/v1\ntime ${seconds}\n`), checkpoint.text);
  const name = utf8.encode(key.name), origin = utf8.encode(checkpoint.origin);
  need(name.length < 256 && origin.length < 256, "tên quá dài", "a name is too long");
  return joined(utf8.encode("subtree/v1\n\0"), [name.length], name, eight(seconds), [origin.length], origin, eight(0n), eight(checkpoint.size), checkpoint.root);
};
/* Whether the signature is good; null where this browser cannot tell. */
const holds = async (key, signature, data, native) => {
  const names = key.type === 6 ? [["raw-public", "ML-DSA-44"], ["raw", "ML-DSA-44"]] : native ? [["raw", "Ed25519"]] : [];
  for (const [form, name] of names) {
    let known = null;
    try { known = await crypto.subtle.importKey(form, key.public, { name }, false, ["verify"]); } catch { continue; }
    return crypto.subtle.verify({ name }, known, signature, data);
  }
  return key.type === 6 ? null : ed25519(key.public, signature, data);
};
/* The seconds that the signature states, and whether it could be checked. */
const checkSignature = async (key, checkpoint, blob, native) => {
  const timed = WITNESS_TYPES.includes(key.type) ? 8 : 0, bad = [`chữ ký của ${key.name} sai`, `the signature by ${key.name} is bad`];
  need(blob.length === timed + SIGNATURE_BYTES[key.type], ...bad);
  const seconds = timed ? new DataView(blob.buffer, blob.byteOffset).getBigUint64(0) : 0n;
  need(seconds < 1n << 63n, ...bad);
  const good = await holds(key, blob.subarray(timed), signedBytes(key, checkpoint, seconds), native);
  need(good !== false, ...bad);
  return { seconds, checked: good !== null };
};
const readNote = (text) => {
  const [body, gap, tail] = parted(text, "\n\n", true), lines = body.split("\n");
  need(gap && lines.length === 3 && lines[0], "checkpoint không có ba dòng", "not a checkpoint of three lines");
  const checkpoint = { origin: lines[0], size: decimal(lines[1]), root: unbase64(lines[2], 32), text: utf8.encode(`${body}\n`) };
  const signatures = new Map(), rows = tail.split("\n");
  need(rows.pop() === "" && rows.length >= 1 && rows.length <= 100, "thiếu dòng chữ ký", "there is no whole signature line");
  for (const row of rows) {
    const [name, space, encoded] = parted(row.replace(/^— /, ""), " ");
    need(row.startsWith("— ") && space && goodName(name), `dòng chữ ký sai: ${cut(row)}`, `bad signature line: ${cut(row)}`);
    const raw = unbase64(encoded), at = `${name}\n${hex(raw.subarray(0, 4))}`;
    need(raw.length > 4, "chữ ký quá ngắn", "a signature is too short");
    need(!signatures.has(at), `${name} ký hai lần`, `${name} signed twice`);
    signatures.set(at, raw.subarray(4));
  }
  return { checkpoint, signatures };
};

/* The policy (C2SP tlog-policy): whom one trusts. */
const SHAPES = { log: [1, 2], witness: [2, 3], group: [3, 1e6], quorum: [1, 1] };
export class Policy {
  static async read(bytes) {
    const policy = new Policy();
    Object.assign(policy, { logs: [], witnesses: new Map(), groups: [], quorum: "", names: new Set(), members: new Set() });
    try {
      need(bytes.length <= MAX_BYTES, "tệp quá lớn", "the file is too large");
      const text = decoded(bytes).replace(/^\ufeff/, "").replaceAll("\r\n", "\n");
      for (const line of text.split("\n")) {
        // eslint-disable-next-line no-control-regex
        need(!/[\x00-\x08\x0b-\x1f\x7f]/.test(line), "có ký tự điều khiển", "control characters");
        await policy.line(line.replace(/^[ \t]+|[ \t]+$/g, "").split(/[ \t]+/));
      }
      need(policy.logs.length && policy.quorum, "thiếu log hoặc quorum", "no log, or no quorum");
    } catch (error) {
      const [vi, en] = error instanceof Refused ? [error.vi, error.en] : ["không phải UTF-8", "not UTF-8"];
      throw new Refused(`chính sách không dùng được: ${vi}`, `unusable policy: ${en}`);
    }
    return policy;
  }
  async line([keyword, ...rest]) {
    if (!keyword || keyword.startsWith("#")) return;
    const [least, most] = Object.hasOwn(SHAPES, keyword) ? SHAPES[keyword] : [1, 0];
    need(least <= rest.length && rest.length <= most, `dòng sai: ${cut(keyword)}`, `bad line: ${cut(keyword)}`);
    if (keyword === "log") this.logs.push(await this.key(rest[0], LOG_TYPES));
    else if (keyword === "witness") { this.define(rest[0]); this.witnesses.set(rest[0], await this.key(rest[1], WITNESS_TYPES)); }
    else if (keyword === "group") this.group(rest[0], rest[1], rest.slice(2));
    else {
      need((this.names.has(rest[0]) || rest[0] === "none") && !this.quorum, `quorum sai: ${cut(rest[0])}`, `bad quorum: ${cut(rest[0])}`);
      this.quorum = rest[0];
    }
  }
  group(name, threshold, members) {
    for (const member of members) { // each defined above, and in one group only, so that nobody counts twice
      need(this.names.has(member) && !this.members.has(member), `thành viên sai: ${cut(member)}`, `bad member: ${cut(member)}`);
      this.members.add(member);
    }
    this.define(name);
    const count = { all: members.length, any: 1 }[threshold] ?? (/^[1-9][0-9]{0,5}$/.test(threshold) ? Number(threshold) : 0);
    need(count >= 1 && count <= members.length, `ngưỡng sai: ${cut(threshold)}`, `bad threshold: ${cut(threshold)}`);
    this.groups.push({ name, count, members });
  }
  define(name) {
    need(name !== "none" && !this.names.has(name), `tên trùng: ${cut(name)}`, `name used twice: ${cut(name)}`);
    this.names.add(name);
  }
  async key(vkey, types) {
    const key = await readVkey(vkey);
    need(types.includes(key.type), `loại khóa sai: ${key.name}`, `wrong type of key: ${key.name}`);
    need(![...this.logs, ...this.witnesses.values()].some((k) => same(k.public, key.public)), `khóa trùng: ${key.name}`, `key used twice: ${key.name}`);
    return key;
  }
  /* The checkpoint, the time of each witness that counts, whether they are enough, and whose signature was not checked. */
  async check(note, now, native) {
    const { checkpoint, signatures } = readNote(note), keys = new Map();
    for (const key of [...this.logs, ...this.witnesses.values()]) keys.set(key.at, key);
    need(keys.size === this.logs.length + this.witnesses.size, "hai khóa cùng mã", "two keys share an id");
    // Lines of other keys are ignored; a bad line of a known key refuses everything.
    const times_ = new Map(), unchecked = [];
    for (const [at, blob] of signatures) {
      if (!keys.has(at)) continue;
      const { seconds, checked } = await checkSignature(keys.get(at), checkpoint, blob, native);
      if (checked) times_.set(at, seconds); else unchecked.push(keys.get(at).name);
    }
    const byLog = this.logs.some((key) => times_.has(key.at) && key.name === checkpoint.origin);
    if (!byLog && this.logs.some((key) => key.name === checkpoint.origin && signatures.has(key.at))) {
      throw new Refused(`trình duyệt này không kiểm tra được chữ ký ML-DSA-44 của log ${checkpoint.origin}`, `this browser cannot check the ML-DSA-44 signature of the log ${checkpoint.origin}`, true);
    }
    need(byLog, `không có chữ ký của log ${cut(checkpoint.origin)}`, `no log signed as ${cut(checkpoint.origin)}`);
    const latest = now === null ? 1n << 63n : now + LEEWAY, counted = new Map();
    for (const [name, key] of this.witnesses) if (times_.has(key.at) && times_.get(key.at) <= latest) counted.set(name, times_.get(key.at));
    const witnessed = new Set(counted.keys());
    for (const { name, count, members } of this.groups) if (members.filter((m) => witnessed.has(m)).length >= count) witnessed.add(name);
    return { checkpoint, witnesses: counted, enough: this.quorum === "none" || witnessed.has(this.quorum), unchecked };
  }
}

/* The tree (RFC 6962; verification after RFC 9162 section 2.1.3.2). */
const checkInclusion = async (leaf, index, size, path, root) => {
  need(index < size, "chỉ số vượt kích thước cây", "the index is not below the tree's size");
  let node = leaf, position = index, last = size - 1n;
  for (const sibling of path) {
    need(last, "đường dẫn quá dài", "the proof is too long");
    if (position & 1n || position === last) {
      node = await sha256([1], sibling, node);
      while (position && !(position & 1n)) { position >>= 1n; last >>= 1n; }
    } else node = await sha256([1], node, sibling);
    position >>= 1n; last >>= 1n;
  }
  need(!last, "đường dẫn quá ngắn", "the proof is too short");
  need(same(node, root), "bằng chứng không dẫn tới gốc cây", "the proof does not lead to the root");
};

/* The evidence (names of ETSI EN 319 522, canonical JSON of RFC 8785). */
const ETSI = "http://uri.etsi.org/19522/Event/", OWN = "urn:truc:event:";
const events = (space, names) => names.split(" ").map((name) => space + name);
const NEGATIVE = new Set([...events(OWN, "RecallRefused"), ...events(ETSI, "SubmissionRejection RelayRejection RelayFailure NotificationForAcceptanceFailure ConsignmentRejection AcceptanceRejectionExpiry ContentConsignmentFailure ConsignmentNotificationFailure ContentHandoverFailure RelayToNonERDSFailure")]);
const EVENTS = new Set([...NEGATIVE, ...events(OWN, "RecallRequest RecallConfirmed BusinessStatus HandoverWarning DocumentLookedAt EvidenceExported RetentionApplied DataBrought DirectoryChange"), ...events(ETSI, "SubmissionAcceptance RelayAcceptance NotificationForAcceptance ConsignmentAcceptance ContentConsignment ConsignmentNotification NotificationDelivered NotificationAccessTracking ContentAccessTracking ContentHandover RelayToNonERDS ReceivedFromNonERDS")]);
const matching = (pattern) => (value) => typeof value === "string" && pattern.test(value);
const text = (value) => typeof value === "string" && value !== "";
const count = (value) => typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 2 ** 53;
const list = (form) => (value) => Array.isArray(value) && value.length > 0 && value.every(form);
const maybe = (form) => Object.assign((value) => form(value), { maybe: true });
const record = (members) => (value) => typeof value === "object" && value !== null && !Array.isArray(value)
  && Object.keys(value).every((name) => Object.hasOwn(members, name))
  && Object.entries(members).every(([name, form]) => (Object.hasOwn(value, name) ? form(value[name]) : form.maybe));
const URN = matching(/^urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/), DIGEST = matching(/^sha-256:[0-9a-f]{64}$/);
const TIME = matching(/^[0-9]{4}-[01][0-9]-[0-3][0-9]T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z$/);
const HASH = matching(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/);
const PARTY = record({ Identifier: text, AuthMethod: maybe(text), CertificateDigest: maybe(DIGEST) });
const PART = record({ Identifier: text, DigestMethod: (v) => v === "http://www.w3.org/2001/04/xmlenc#sha256", DigestValue: HASH });
const EVIDENCE = record({
  version: (v) => v === "1", EvidenceIdentifier: URN, ERDSEventId: (v) => EVENTS.has(v), EventTime: TIME, SubmissionTime: maybe(TIME),
  EventReasons: maybe(list(record({ Code: text, Details: maybe(text) }))), EvidenceIssuerDetails: PARTY, SenderDetails: maybe(PARTY),
  RecipientDetails: maybe(list(PARTY)), MessageIdentifier: maybe(URN),
  UserContentInfo: maybe(record({ AppLayerIdentifier: maybe(text), PartsInfo: list(PART) })),
  "x-signature": maybe(record({ verdict: text, alg: maybe(text), cert: maybe(DIGEST), proof: maybe(DIGEST) })),
  "x-counter": maybe(record({ by: text, digest: maybe(DIGEST), absent: maybe(text), signer: maybe(text), cert: maybe(DIGEST) })),
  "x-seq": maybe(record({ agency: text, dir: matching(/^(?:in|out)$/), n: count, prev: maybe(DIGEST) })),
  "x-anchor": maybe(record({ origin: text, size: count, root: HASH })), "x-status": maybe(record({ code: text, message: URN })),
  "x-recall": maybe(record({ message: URN, cause: matching(/^(?:status-13|recall|update|replacement|hub)$/) })),
  "x-due": maybe(TIME), "x-rules": maybe(count), "x-nonce": matching(/^[A-Za-z0-9_-]{21}[AQgw]$/),
});
const canonical = (value) => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "object" && value !== null) return `{${Object.keys(value).sort().map((name) => `${canonical(name)}:${canonical(value[name])}`).join(",")}}`;
  need(typeof value !== "string" || !/[\ud800-\udfff]/u.test(value), "bằng chứng không phải JSON", "the evidence is not JSON");
  return JSON.stringify(value);
};
const realTime = (given) => {
  const [year, month, day] = given.slice(0, 10).split("-").map(Number), date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
};
const readEvidence = (raw) => {
  let evidence = null, again = null;
  try { const given = decoded(raw); evidence = JSON.parse(given); again = canonical(evidence) === given; } catch { /* refused below */ }
  need(again !== null, "bằng chứng không phải JSON", "the evidence is not JSON");
  need(again, "JSON không ở dạng chuẩn tắc", "the JSON is not in canonical form");
  need(EVIDENCE(evidence), "bằng chứng sai cấu trúc", "the evidence has a wrong structure");
  const counter = evidence["x-counter"] ?? { digest: "" }, seq = evidence["x-seq"] ?? { n: 1 }, parts = (evidence.UserContentInfo?.PartsInfo ?? []).map((part) => part.Identifier);
  need(("digest" in counter) !== ("absent" in counter) && ("signer" in counter) === ("cert" in counter) && (!("signer" in counter) || "digest" in counter)
    && (evidence["x-rules"] ?? 1) > 0 && seq.n > 0 && ("prev" in seq) === (seq.n > 1) && new Set(parts).size === parts.length
    && ("EventReasons" in evidence || !NEGATIVE.has(evidence.ERDSEventId))
    && ["EventTime", "SubmissionTime", "x-due"].every((name) => !(name in evidence) || realTime(evidence[name])), "bằng chứng tự mâu thuẫn", "the evidence contradicts itself");
  return evidence;
};

/* The receipt. Five steps, each "good", "bad", "pending" (what was found is right, and not enough), or "open" (not come
   to). `now`: seconds, or null where cosignatures from the future may count; `native`: with the browser's own Ed25519. */
export const STEPS = ["file", "evidence", "signed", "included", "document"];
export const verify = async (receipt, policy, document = null, { now = BigInt(Math.floor(Date.now() / 1000)), native = true } = {}) => {
  const steps = Object.fromEntries(STEPS.map((step) => [step, { state: "open" }])), result = { steps, verdict: "refused", unchecked: [] };
  let step = "file";
  const done = (next) => { steps[step].state = "good"; step = next; };
  try {
    const given = plainText(receipt), [head, gap, note] = parted(given, "\n\n"), lines = head.split("\n");
    need(gap && lines[0] === "c2sp.org/tlog-proof@v1" && lines.length >= 3 && lines.length <= 66 && lines[1].startsWith("extra ") && lines[2].startsWith("index "), "không phải biên nhận tlog-proof", "not a tlog-proof receipt with evidence");
    const extra = unbase64(lines[1].slice(6)), index = decimal(lines[2].slice(6)), path = lines.slice(3).map((line) => unbase64(line, 32));
    need(extra.length <= MOST_EVIDENCE, "bằng chứng quá lớn", "the evidence is too large");
    done("evidence");
    const evidence = result.evidence = readEvidence(extra);
    done("signed");
    const { checkpoint, witnesses, enough, unchecked } = await policy.check(note, now, native);
    Object.assign(result, { origin: checkpoint.origin, index, size: checkpoint.size, root: hex(checkpoint.root), witnesses, unchecked });
    done("included");
    if (!enough || unchecked.length) steps.signed = { state: "pending", vi: enough ? `chưa kiểm tra được chữ ký ML-DSA-44 của ${unchecked.join(", ")}` : `không đủ nhân chứng: ${policy.quorum}`, en: enough ? `the ML-DSA-44 signature of ${unchecked.join(", ")} could not be checked` : `the quorum ${policy.quorum} is missing` };
    await checkInclusion(await sha256([0, 1, 1], await sha256(extra)), index, checkpoint.size, path, checkpoint.root);
    const anchor = evidence["x-anchor"] ?? { origin: "", size: 0 };
    need(anchor.origin !== checkpoint.origin || BigInt(anchor.size) <= index, "mốc neo mới hơn chính nó", "the anchor is younger than the leaf");
    done("document");
    if (document !== null) {
      const named = (evidence.UserContentInfo?.PartsInfo ?? []).filter((part) => part.Identifier === "edxml").map((part) => part.DigestValue), found = base64(await sha256(document));
      need(named.length === 1 && named[0] === found, `văn bản khác: SHA-256 ${found}`, `another document: SHA-256 ${found}`);
      steps.document.state = "good";
    }
    result.verdict = steps.signed.state === "good" ? "valid" : "pending";
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    steps[step] = { state: error.pending ? "pending" : "bad", vi: error.vi, en: error.en };
    if (error.pending) result.verdict = "pending";
  }
  return result;
};

/* The page. */
const page = typeof document === "undefined" ? null : document.getElementById("verify");
const start = () => {
  const $ = (what) => page.querySelector(what), lang = document.documentElement.lang, texts = page.dataset;
  const held = { receipt: null, document: null, policy: utf8.encode($("[data-policy]").textContent) };
  const icon = { good: "check", bad: "stop", pending: "warn", open: "dash" }, tone = { good: "ok", bad: "er", pending: "wa", open: "q" };
  const made = (tag, attributes = {}, ...inside) => {
    const space = ["svg", "use"].includes(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) space.setAttribute(name, value);
    space.append(...inside);
    return space;
  };
  const drawn = (name, colour) => made("svg", { class: `i ${colour}`, viewBox: "0 0 16 16", "aria-hidden": "true" }, made("use", { href: `#i-${name}` }));
  const visible = (given) => given.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, (c) => `<U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}>`).slice(0, 2000);
  const row = (name, value) => (value ? [made("dt", {}, texts[name]), made("dd", {}, visible(value))] : []);
  const moment = (seconds) => new Date(Number(seconds) * 1000).toLocaleString(lang === "vi" ? "vi-VN" : "en-GB", { timeZone: "Asia/Ho_Chi_Minh" });
  const party = (given) => given?.Identifier ?? "";
  const facts = (result) => {
    const e = result.evidence;
    if (!e) return [];
    const counter = e["x-counter"], recipients = (e.RecipientDetails ?? []).map(party);
    return [
      ...row("event", `${e.ERDSEventId.split(/[/:]/).pop()} ${e["x-status"]?.code ?? ""}`.trim()), ...row("at", moment(Date.parse(e.EventTime) / 1000)),
      ...row("sender", party(e.SenderDetails)), ...row("recipients", recipients.slice(0, 20).join(", ") + (recipients.length > 20 ? ` … (${recipients.length})` : "")),
      ...row("message", e.MessageIdentifier), ...row("counter", counter ? (counter.digest ? `${counter.signer ?? counter.by} ${counter.digest}` : `– ${counter.by}: ${counter.absent}`) : ""),
      ...row("hubword", e["x-signature"]?.verdict), ...row("log", result.origin ? `${result.origin} #${result.index} / ${result.size}` : ""),
      ...row("witnesses", result.witnesses ? [...result.witnesses].map(([name, seconds]) => `${name} (${moment(seconds)})`).join(", ") : ""),
    ];
  };
  const show = (result) => {
    const told = { valid: ["ok", "check"], pending: ["wa", "warn"], refused: ["er", "stop"] }[result.verdict];
    const failing = STEPS.find((step) => ["bad", "pending"].includes(result.steps[step].state));
    const why = failing ? `${texts.place} ${STEPS.indexOf(failing) + 1}: ${visible(result.steps[failing][lang])}` : result.steps.document.state === "good" ? texts.whole : texts.part;
    const title = result.verdict === "pending" && result.unchecked.length ? texts.unchecked : texts[result.verdict];
    $("[data-verdict]").replaceChildren(made("div", { class: `alert ${told[0]}` }, drawn(told[1], ""), made("div", {}, made("h2", {}, title), made("p", {}, why))));
    $("[data-steps]").replaceChildren(...STEPS.map((step, i) => {
      const { state, ...said } = result.steps[step];
      const why = said[lang] ? [made("br"), made("small", { class: tone[state] }, visible(said[lang]))] : [];
      return made("li", { "data-state": state }, drawn(icon[state], tone[state]), made("div", {}, `${i + 1}. ${texts[`step${step}`]}`, ...why), made("small", { class: `${tone[state]} nw` }, texts[`state${state}`]));
    }));
    $("[data-facts]").replaceChildren(...facts(result));
    $("[data-facts]").parentElement.hidden = !result.evidence;
    $("[data-result]").hidden = false;
    page.dataset.outcome = result.verdict;
  };
  let turn = 0;
  const judge = async () => {
    if (held.receipt === null) return;
    const mine = ++turn;
    delete page.dataset.outcome;
    let policy = null;
    try { policy = await Policy.read(held.policy); } catch (error) {
      if (!(error instanceof Refused)) throw error;
      $("[data-policy-state]").textContent = error[lang];
      $("[data-result]").hidden = true;
      page.dataset.outcome = "unusable";
      return;
    }
    const result = await verify(held.receipt, policy, held.document);
    if (mine === turn) show(result);
  };
  const take = async (what, file) => {
    held[what] = new Uint8Array(await file.arrayBuffer());
    if (what === "policy") { $("[data-policy]").textContent = new TextDecoder().decode(held.policy.subarray(0, 20_000)); $("[data-policy-state]").textContent = texts.own; }
    if (what === "receipt") $("[data-then]").hidden = false;
    await judge();
  };
  for (const zone of page.querySelectorAll("[data-drop]")) {
    const input = zone.querySelector("input");
    input.addEventListener("change", () => input.files[0] && take(zone.dataset.drop, input.files[0]));
    zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("over"); });
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("over");
      if (!event.dataTransfer.files[0]) return;
      input.files = event.dataTransfer.files;
      take(zone.dataset.drop, input.files[0]);
    });
  }
  if (!globalThis.crypto?.subtle) $("[data-insecure]").hidden = false;
  page.dataset.ready = "1";
};
if (page) start();
