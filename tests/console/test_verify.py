"""The page that verifies a receipt in the browser: the same verdict as the Python verifier's on every vector that the
project has, in a real Chromium; and nothing leaves the page."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest_asyncio
from playwright.async_api import Page, Request, expect

from clients import verify_receipt as alone
from hub.console import static
from hub.console.screens.verify import published
from hub.core import canonical, wire
from hub.core.errors import ProofInvalid
from hub.core.evidence import format as ev
from hub.core.log import note
from hub.core.log.keys import Algorithm, Checkpoint, Signer
from hub.core.model import Millis
from tests.console.browser import PHONE, WIDE, Tab, a_browser, needs_chromium
from tests.console.kit import Visitor, a_console
from tests.core.evidence.test_format import BROKEN, SPELLINGS
from tests.core.evidence.test_receipt import DATA, LOG, MALFORMED
from tests.core.log.test_policy import BAD, GROUPS, NAMES, signed_by
from tests.core.log.test_policy import HEAD as HEAD
from tests.support import interop_vectors
from tests.support.axis import SON_LA, VPCP
from tests.support.logkit import AT, DOCUMENT, GOLDEN_NOTE, GOLDEN_POLICY, GOLDEN_PROOF, Log, sample
from tests.support.web import Web, bare

pytestmark = needs_chromium
NOW: Final = AT // 1000


class Case(NamedTuple):
    """`now`: seconds; None where cosignatures from the future count."""

    name: str
    data: bytes
    rules: bytes
    document: bytes | None = None
    now: int | None = NOW


@pytest_asyncio.fixture
async def web(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    async with a_console(tmp_path / "hub", keys) as opened:
        yield opened


def logged(name: str, data: bytes) -> Case:
    log = Log()
    log.append(data)
    return Case(name, log.receipt(0), log.policy())


def encodings() -> list[Case]:
    """Evidence in every shape that the tests of the evidence know, rightly logged."""
    found = [logged(f"spelling: {name}", data) for name, data in SPELLINGS.items()]
    for name, changes in BROKEN.items():
        found.append(logged(f"broken: {name}", canonical.encode(sample(**changes))))
    for event in ev.Event:
        for reasons in (sample().reasons, ()):
            data = canonical.encode(sample(event=event, reasons=reasons))
            found.append(logged(f"{event.short} {len(reasons)}", data))
    for left_out in ("submission_time", "message", "content", "signature", "counter", "sequence", "anchor", "status"):
        empty = "" if left_out in ("submission_time", "message") else None
        found.append(logged(f"without {left_out}", canonical.encode(sample(**{left_out: empty}))))
    times = ("2026-02-30T08:00:00.123Z", "2028-02-29T23:59:59.999Z", "0000-01-01T00:00:00.000Z")
    found += [logged(time, canonical.encode(sample(event_time=time))) for time in times]
    for text in ("\u2028 é 𝄞 \x7f", "\x1f\b", "\\ud800", '"'):
        try:
            data = canonical.encode(sample(reasons=(ev.Reason("A", text),)))
        except ProofInvalid:
            continue
        found.append(logged(f"text {text!r}", data))
        found.append(logged(f"surrogate in {text!r}", data.replace(b'"A"', b'"\\ud800"')))
    return found


def flipped() -> list[Case]:
    """One bit of each byte."""
    found = []
    for at in range(len(DATA)):
        data = bytearray(DATA)
        data[at] ^= 1 << at % 8
        found.append(Case(f"bit of byte {at}", bytes(data), LOG.policy(), DOCUMENT))
    return found


def quorums() -> list[Case]:
    evidence = ev.encode(sample())
    found = []
    for names in ((), NAMES[:1], NAMES[:2], NAMES[:4], NAMES):
        for quorum in ("both", "X", "Y", "X1", "none"):
            rules = (HEAD + GROUPS + f"quorum {quorum}\n").encode()
            found.append(Case(f"{quorum} of {names}", _over(evidence, names), rules))
    return found


def _over(evidence: bytes, names: tuple[str, ...]) -> bytes:
    """A receipt shape whose note these witnesses signed; what it proves is not in that tree."""
    head = f"c2sp.org/tlog-proof@v1\nextra {base64.b64encode(evidence).decode()}\nindex 0\n\n"
    return head.encode() + signed_by(*names)


def others() -> list[Case]:
    files = interop_vectors.made()
    later = int(files["8-receipt.policy"] and interop_vectors.AT) // 1000 + 3600
    whole = Log(witnesses=3)
    for number in range(300):
        whole.append(ev.encode(sample()) if number == 255 else b"%d" % number)
    checkpoint = Checkpoint(LOG.origin, LOG.tree.size, LOG.tree.root())
    head, good = DATA.split(b"\n\n", 1)
    stranger = Signer.from_seed("stranger.example", bytes(32), Algorithm.COSIGNATURE)
    more = head + b"\n\n" + note.attach(good, note.cosign(checkpoint, stranger, AT))
    wrong = note.cosign(Checkpoint(LOG.origin, 1, bytes(32)), LOG.witnesses[0], AT)
    none = LOG.policy().replace(b"quorum all", b"quorum none")
    late = LOG.receipt(7, Millis(AT + 61_000))
    anchored = Log()
    anchored.append(b"first")
    anchored.append(ev.encode(sample(anchor=ev.Anchor(anchored.origin, 2, "A" * 43 + "="))))
    receipt, rules, document = (
        files[name] for name in ("8-receipt.tlog-proof", "8-receipt.policy", "4-document.signed.edxml")
    )
    return [
        Case("good", DATA, LOG.policy(), DOCUMENT),
        Case("good, not compared", DATA, LOG.policy()),
        Case("a large log", whole.receipt(255), whole.policy(), DOCUMENT),
        Case("another document", DATA, LOG.policy(), DOCUMENT + b" "),
        Case("another log", DATA, Log(witnesses=2).policy()),
        Case("the future", late, LOG.policy()),
        Case("any time", late, LOG.policy(), None, None),
        Case("golden proof without evidence", GOLDEN_PROOF, GOLDEN_POLICY),
        Case("golden note", b"c2sp.org/tlog-proof@v1\nextra e30=\nindex 2\n\n" + GOLDEN_NOTE, GOLDEN_POLICY),
        Case("a stranger's line", more, LOG.policy()),
        Case("a known key's bad line", head + b"\n\n" + note.attach(good, wrong), none),
        Case("an anchor ahead", anchored.receipt(1), anchored.policy()),
        Case("schemas/vectors", receipt, rules, document, later),
        Case("schemas/vectors, another document", receipt, rules, DOCUMENT, later),
        Case("windows line ends in the policy", DATA, b"\xef\xbb\xbf" + LOG.policy().replace(b"\n", b"\r\n")),
    ]


CASES: Final = [
    *others(),
    *(Case(f"malformed: {name}", data, LOG.policy(), DOCUMENT) for name, data in MALFORMED.items()),
    *encodings(),
    *(Case(f"policy: {name}", DATA, rules.encode()) for name, rules in BAD.items()),
    *quorums(),
    *flipped(),
]


def told(case: Case) -> str:
    """What the Python verifier says: valid, pending (only witnesses are missing), refused, or unusable."""
    try:
        policy = alone.Policy(case.rules)
    except alone.Unusable:
        return "unusable"
    try:
        alone.verify(case.data, policy, case.document, case.now)
    except alone.Refused as refused:
        if "quorum" not in str(refused):
            return "refused"
        policy.quorum = "none"  # would it hold with any witnesses?
        try:
            alone.verify(case.data, policy, case.document, case.now)
        except alone.Refused:
            return "refused"
        return "pending"
    return "valid"


_JUDGE: Final = """async ([url, cases, native]) => {
  const { verify, Policy, Refused } = await import(url);
  const bytes = (text) => text === null ? null : Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const told = [], known = new Map();
  for (const [data, rules, doc, now] of cases) {
    try {
      if (!known.has(rules)) known.set(rules, await Policy.read(bytes(rules)));
      const options = {now: now === null ? null : BigInt(now), native};
      const result = await verify(bytes(data), known.get(rules), bytes(doc), options);
      told.push(result.verdict);
    } catch (error) { told.push(error instanceof Refused ? "unusable" : String(error)); }
  }
  return told;
}"""


async def judged(page: Page, cases: list[Case], *, native: bool) -> list[str]:
    def text(data: bytes | None) -> str | None:
        return base64.b64encode(data).decode() if data is not None else None

    given = [[text(c.data), text(c.rules), text(c.document), c.now] for c in cases]
    return list(await page.evaluate(_JUDGE, [static.address("verify.js"), given, native]))


async def test_the_same_verdict_as_the_python_verifier_on_every_vector(web: Web) -> None:
    """And once more for a browser that knows no Ed25519, on all but the flipped bits."""
    expected = [told(case) for case in CASES]
    assert {"valid", "pending", "refused", "unusable"} == set(expected)
    assert expected.count("valid") > 30
    async with a_browser() as browser:
        tab = await Tab.opened(browser, web)
        await tab.go("/verify?lang=en")
        found = await judged(tab.page, CASES, native=True)
        different = [(c.name, e, f) for c, e, f in zip(CASES, expected, found, strict=True) if e != f]
        assert not different
        few = [case for case in CASES if not case.name.startswith(("bit", "malformed", "policy", "broken"))]
        assert await judged(tab.page, few, native=False) == [told(case) for case in few]
        tab.quiet()
        await tab.close()


async def test_a_signature_that_the_browser_cannot_check_is_never_green(web: Web) -> None:
    """ML-DSA-44 beside Ed25519: checked where the browser has it, else said."""
    log = Log(witnesses=2, pq=True)
    log.append(ev.encode(sample()))
    case = Case("pq", log.receipt(0), log.policy())
    assert told(case) == "valid"
    async with a_browser() as browser:
        tab = await Tab.opened(browser, web)
        await tab.go("/verify")
        (found,) = await judged(tab.page, [case], native=True)
        assert found == ("valid" if await tab.page.evaluate(_HAS) else "pending")
        await tab.close()


_HAS: Final = """async () => {
  try { await crypto.subtle.generateKey({name: "ML-DSA-44"}, false, ["sign", "verify"]); return true; }
  catch { return false; }
}"""


async def drop(page: Page, what: str, name: str, data: bytes) -> None:
    await page.locator(f"#f-{what}").set_input_files({"name": name, "mimeType": "text/plain", "buffer": data})


async def states(page: Page) -> list[str]:
    found: Any = await page.locator("[data-steps] li").evaluate_all("(all) => all.map((li) => li.dataset.state)")
    return list(found)


async def test_the_page_by_itself_offline_and_silent(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA)
    data = sent.receipt.encode()
    document = (await web.get(f"/v1/documents/{bare(sent.message.id)}/content", VPCP)).body
    async with a_browser() as browser:
        for width, theme in ((WIDE, "light"), (WIDE, "dark"), (PHONE, "light")):
            tab = await Tab.opened(browser, web, width=width, theme=theme)
            page = tab.page
            answer = await tab.go("/verify?lang=en")
            assert "connect-src 'none'" in (answer.headers["content-security-policy"])
            await page.locator("#verify[data-ready]").wait_for(state="attached")
            left: list[str] = []
            page.on("request", _noting(left))
            await page.context.set_offline(True)
            await tab.accessible()
            await drop(page, "receipt", "a.tlog-proof", data)
            verdict = page.locator("#verify")
            await expect(verdict).to_have_attribute("data-outcome", "valid")
            assert await states(page) == ["good", "good", "good", "good", "open"]
            await drop(page, "document", "a.edxml", document)
            await expect(page.locator("[data-verdict]")).to_contain_text("The document is the one it names")
            assert await states(page) == ["good"] * 5
            await expect(page.locator("[data-facts]")).to_contain_text(VPCP)
            await tab.accessible()
            await tab.fits()
            await tab.picture(f"verify-{theme}-{width}")
            changed = bytearray(data)
            changed[data.index(b"\n\n") - 5] ^= 1
            await drop(page, "receipt", "b.tlog-proof", bytes(changed))
            await expect(verdict).to_have_attribute("data-outcome", "refused")
            await tab.accessible()
            await tab.fits()
            await tab.picture(f"verify-bad-{theme}-{width}")
            rules = (await web.get("/log/vkey")).body.decode().replace("quorum none\n", "")
            key = Signer.from_seed("w.example", bytes(32), Algorithm.COSIGNATURE).verifier.vkey
            await drop(page, "receipt", "a.tlog-proof", data)
            await drop(page, "policy", "policy", f"{rules}witness w {key}\nquorum w\n".encode())
            await expect(verdict).to_have_attribute("data-outcome", "pending")
            assert await states(page) == ["good", "good", "pending", "good", "good"]
            await tab.accessible()
            refused = "async () => { try { await fetch('/healthz'); return 'went'; } catch { return 'no'; } }"
            assert await page.evaluate(refused) == "no"
            assert not left, left
            await tab.close()


def _noting(left: list[str]) -> Callable[[Request], None]:
    def noted(request: Request) -> None:
        left.append(request.url)

    return noted


async def test_a_refused_receipt_names_its_step_and_hostile_text_stays_text(web: Web) -> None:
    log = Log(witnesses=0)
    log.append(ev.encode(sample(recipients=(ev.Party("<img src=x onerror=zqx()>\u202eH52"),))))
    async with a_browser() as browser:
        tab = await Tab.opened(browser, web)
        await tab.go("/verify?lang=vi")
        await drop(tab.page, "policy", "p", log.policy())
        await drop(tab.page, "receipt", "<b>r", log.receipt(0))
        await expect(tab.page.locator("#verify")).to_have_attribute("data-outcome", "valid")
        await expect(tab.page.locator("[data-facts]")).to_contain_text("<img src=x onerror=zqx()><U+202E>H52")
        assert await tab.page.locator("#verify img").count() == 0
        await drop(tab.page, "document", "d", b"another")
        await expect(tab.page.locator("[data-verdict]")).to_contain_text("Bước 5: văn bản khác")
        assert await states(tab.page) == ["good", "good", "good", "good", "bad"]
        tab.quiet()
        await tab.close()


async def test_anybody_reads_the_page_and_its_policy_is_one(web: Web) -> None:
    visitor = Visitor(web)
    answer = await visitor.get("/verify?lang=en")
    assert answer.status == 200
    assert "connect-src 'none'" in answer.headers["Content-Security-Policy"]
    rules = published(web.hub.log)
    assert rules.strip() in visitor.text
    sent: wire.Submitted = await web.send(VPCP, SON_LA)
    alone.verify(sent.receipt.encode(), alone.Policy(rules.encode()))
