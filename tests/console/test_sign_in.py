"""Signing in, step by step, over real HTTP; and everything by which somebody else might."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from hub.access import Role
from hub.accounts.book import Accounts, Opened, Who
from hub.base.config import ConsoleSettings
from hub.core.errors import TooMany, Unauthenticated, Unavailable
from tests.console.kit import OPERATOR, Visitor, a_console
from tests.support.axis import HOUR, SON_LA
from tests.support.web import Web

NEW = "một câu dễ nhớ của tôi"
COOKIE = "__Host-truc"


@pytest_asyncio.fixture
async def web(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    async with a_console(tmp_path / "hub", keys, samples=False) as opened:
        yield opened


def accounts(web: Web) -> Accounts:
    return web.hub.accounts


def now(web: Web, secret: bytes) -> str:
    at = web.axis.clock() // 1000
    return TOTP(secret, 6, SHA1(), 30, enforce_key_length=False).generate(at).decode()


async def enrolled(web: Web, name: str = "lan", role: Role = Role.ADMINISTRATOR) -> tuple[Visitor, bytes, list[str]]:
    """Somebody who has done every step: the browser, the second factor's secret, the recovery codes."""
    first = await accounts(web).add(name, role, SON_LA if role is Role.CLERK else "", "", OPERATOR)
    visitor = Visitor(web)
    assert (await visitor.sign_in(name, first)).status == 303
    await visitor.get("/console/login/password")
    assert (await visitor.post("/console/login/password", password=first, new=NEW, again=NEW)).status == 303
    await visitor.get("/console/login/second")
    session, _row = accounts(web).find(visitor.cookies[COOKIE]) or pytest.fail("no session")
    secret = accounts(web).enrolment(session)
    answer = await visitor.post("/console/login/second", code=now(web, secret))
    assert answer.status == 200, visitor.text
    codes = re.findall(r"<li>([a-z2-7-]{19})</li>", visitor.last)
    assert len(codes) == 10
    return visitor, secret, codes


async def test_the_first_password_is_changed_and_a_second_factor_set_up_before_any_page(web: Web) -> None:
    first = await accounts(web).add("lan", Role.ADMINISTRATOR, "", "Lan", OPERATOR)
    visitor = Visitor(web)
    assert (await visitor.get("/console/accounts")).headers["Location"] == "/console/login?next=/console/accounts"
    await visitor.sign_in("lan", first)
    for _ in range(2):
        assert (await visitor.get("/console/accounts")).headers["Location"] == "/console/login/password"
    await visitor.get("/console/login/password")
    for bad in (("wrong", NEW, NEW), (first, NEW, NEW + "x"), (first, "short", "short"), (first, first, first)):
        given = dict(zip(("password", "new", "again"), bad, strict=True))
        assert (await visitor.post("/console/login/password", **given)).status in (400, 401)
    await visitor.post("/console/login/password", password=first, new=NEW, again=NEW)
    assert (await visitor.get("/console/accounts")).headers["Location"] == "/console/login/second"
    page = await visitor.get("/console/login/second")
    assert b"data:image/svg+xml" in page.body
    assert (await visitor.post("/console/login/second", code="000000")).status == 401
    session, _ = accounts(web).find(visitor.cookies[COOKIE]) or pytest.fail("no session")
    secret, before = accounts(web).enrolment(session), visitor.cookies[COOKIE]
    assert (await visitor.post("/console/login/second", code=now(web, secret))).status == 200
    assert visitor.cookies[COOKIE] != before  # a session that could do less is no session that can do more
    assert (await visitor.get("/console/accounts")).status == 200
    assert (await Visitor(web, {COOKIE: before}).get("/console/accounts")).status == 303


async def test_the_second_factor_is_asked_for_and_each_code_taken_once(web: Web) -> None:
    _, secret, _ = await enrolled(web)
    web.axis.clock.forward(60_000)
    visitor = Visitor(web)
    await visitor.sign_in("lan", NEW)
    assert (await visitor.get("/console/accounts")).headers["Location"] == "/console/login/code"
    await visitor.get("/console/login/code")
    code = now(web, secret)
    assert (await visitor.post("/console/login/code", code="123456")).status == 401
    assert (await visitor.post("/console/login/code", code=code)).status == 303
    assert (await visitor.get("/console/accounts")).status == 200
    thief = Visitor(web)
    await thief.sign_in("lan", NEW)
    await thief.get("/console/login/code")
    assert (await thief.post("/console/login/code", code=code)).status == 401
    assert (await thief.get("/console/accounts")).status == 303


async def test_a_recovery_code_is_good_once(web: Web) -> None:
    _, _, codes = await enrolled(web)
    for status in (303, 401):
        visitor = Visitor(web)
        await visitor.sign_in("lan", NEW)
        await visitor.get("/console/login/code")
        assert (await visitor.post("/console/login/code", code=codes[3].upper())).status == status


async def test_who_does_not_exist_is_told_the_same_as_who_is_wrong(web: Web) -> None:
    await accounts(web).add("lan", Role.OPERATOR, "", "", OPERATOR)
    await accounts(web).add("gone", Role.OPERATOR, "", "", OPERATOR)
    await accounts(web).allow("gone", OPERATOR, allowed=False)
    told = []
    for name in ("lan", "nobody", "gone"):
        visitor = Visitor(web)
        answer = await visitor.sign_in(name, "wrong password")
        told.append((answer.status, visitor.last.replace(f'value="{name}"', "")))
    assert told[0][0] == 401
    assert told[0] == told[1] == told[2]


async def test_wrong_attempts_run_out_for_strangers_and_not_for_a_browser_that_is_known(web: Web) -> None:
    owner, secret, _ = await enrolled(web)
    # The mark is given for a whole sign-in by password and code.
    web.axis.clock.forward(60_000)
    await owner.sign_in("lan", NEW)
    owner.cookies.pop(COOKIE)
    await owner.sign_in("lan", NEW)
    await owner.get("/console/login/code")
    assert (await owner.post("/console/login/code", code=now(web, secret))).status == 303
    assert "__Host-truc-known" in owner.cookies
    stranger = Visitor(web)
    statuses = [(await stranger.sign_in("lan", f"guess {n}")).status for n in range(14)]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    assert (await stranger.sign_in("lan", NEW)).status == 429
    assert int((await stranger.sign_in("lan", NEW)).headers["Retry-After"]) < 15 * 60
    owner.cookies.pop(COOKIE)
    web.axis.clock.forward(60_000)
    assert (await owner.sign_in("lan", NEW)).status == 303


async def test_who_uses_up_an_address_that_many_share_does_not_keep_a_known_browser_out(web: Web) -> None:
    """All come from one address here, as they do behind a proxy."""
    owner, _, codes = await enrolled(web)
    owner.cookies.pop(COOKIE)
    await owner.sign_in("lan", NEW)
    await owner.get("/console/login/code")
    assert (await owner.post("/console/login/code", code=codes[0])).status == 303
    owner.cookies.pop(COOKIE)
    throttle, stranger = accounts(web)._throttle, Visitor(web)
    for n in range(40):  # as many names: what it costs to look at a password is another bound
        try:
            throttle.begin(f"nobody{n}", "127.0.0.1", "")
        except TooMany:
            break
    assert (await stranger.sign_in("nobody", NEW)).status == 429
    for code in codes[1:3]:
        assert (await owner.sign_in("lan", NEW)).status == 303
        await owner.get("/console/login/code")
        assert (await owner.post("/console/login/code", code=code)).status == 303
        owner.cookies.pop(COOKIE)
    assert (await stranger.sign_in("nobody", NEW)).status == 429  # and what it gave back was not the address'


async def test_who_guesses_behind_a_shared_address_does_not_keep_fresh_browsers_of_those_at_home_there_out(
    web: Web,
) -> None:
    """A town hall behind one address: one of its machines tries any names, its people have new browsers."""
    _, secret, _ = await enrolled(web)
    newcomer = await accounts(web).add("an", Role.AUDITOR, "", "", OPERATOR)
    throttle = accounts(web)._throttle
    for n in range(40):  # as many names: what it costs to look at a password is another bound
        try:
            throttle.begin(f"nobody{n}", "127.0.0.1", "")
        except TooMany:
            break
    fresh = Visitor(web)
    assert (await fresh.sign_in("lan", NEW)).status == 303
    await fresh.get("/console/login/code")
    web.axis.clock.forward(60_000)  # the code that set it up is used
    assert (await fresh.post("/console/login/code", code=now(web, secret))).status == 303
    stranger = Visitor(web)
    assert (await stranger.sign_in("nobody", NEW)).status == 429
    assert (await stranger.sign_in("an", newcomer)).status == 429, "who never came from here is a stranger here"
    guesses = [(await stranger.sign_in("lan", f"guess {n}")).status for n in range(11)]
    assert (guesses[0], guesses[-1]) == (401, 429), "what is wrong is counted there too"
    fresh.cookies.pop(COOKIE)
    assert (await fresh.sign_in("lan", NEW)).status == 303


async def test_who_is_signed_in_chooses_a_password_beside_who_guesses_at_its_address(web: Web) -> None:
    owner, _, _ = await enrolled(web)
    throttle = accounts(web)._throttle
    for n in range(30):
        throttle.begin(f"nobody{n}", "127.0.0.1", "")
    await owner.get("/console/me")
    other = "một câu khác cũng dễ nhớ"
    answer = await owner.post("/console/me/password", password=NEW, new=other, again=other)
    assert answer.status == 303, owner.text


async def test_what_an_administrator_does_while_somebody_signs_in_stands(web: Web) -> None:
    """A sign-in waits for the password to be judged, and for the disk: what it read before is not written back."""
    book = accounts(web)
    first = await book.add("lan", Role.AUDITOR, "", "", OPERATOR)

    async def sign_in() -> Opened | None:
        try:
            return await book.sign_in("lan", first, "127.0.0.1", "", lambda _: None)
        except Unauthenticated:
            return None

    coming = asyncio.gather(*(sign_in() for _ in range(4)))
    await asyncio.sleep(0)  # they have begun: each holds the account as it was
    await book.allow("lan", OPERATOR, allowed=False)
    await coming
    assert (book.get("lan") or pytest.fail("gone")).disabled
    await book.allow("lan", OPERATOR, allowed=True)
    coming = asyncio.gather(*(sign_in() for _ in range(4)))
    await asyncio.sleep(0)
    again = await book.reset("lan", OPERATOR)
    await coming
    with pytest.raises(Unauthenticated):
        await book.sign_in("lan", first, "127.0.0.1", "", lambda _: None)
    assert await book.sign_in("lan", again, "127.0.0.1", "", lambda _: None)


async def test_a_code_that_is_right_while_its_account_is_disabled_opens_nothing(web: Web) -> None:
    owner, _, codes = await enrolled(web)
    book = accounts(web)
    opened = await book.sign_in("lan", NEW, "127.0.0.1", "", lambda _: None)
    row = book.get("lan") or pytest.fail("gone")
    code = asyncio.create_task(book.code(opened.session, row, codes[0], "127.0.0.1", ""))
    await asyncio.sleep(0)  # it writes that the code is used up; the administrator is next
    await book.allow("lan", OPERATOR, allowed=False)
    with pytest.raises(Unauthenticated):
        await code
    assert (book.get("lan") or pytest.fail("gone")).disabled
    assert book.sessions.of("lan") == []
    assert (await owner.get("/console/me")).status == 303


async def test_one_second_factor_alone_is_set_up_however_many_ask(web: Web) -> None:
    """Who knows the first password too does not put a telephone in the place of its owner's."""
    book = accounts(web)
    first = await book.add("lan", Role.AUDITOR, "", "", OPERATOR)
    opened = [await book.sign_in("lan", first, "127.0.0.1", "", lambda _: None) for _ in range(2)]
    row = book.get("lan") or pytest.fail("gone")
    enrolling = [book.enrol(o.session, row, now(web, book.enrolment(o.session)), Who("lan", "auditor")) for o in opened]
    came = await asyncio.gather(*enrolling, return_exceptions=True)
    assert [isinstance(one, Unauthenticated) for one in came] == [False, True]


async def test_an_old_cookie_is_nobodys(web: Web) -> None:
    visitor, _, _ = await enrolled(web)
    assert (await visitor.get("/console/me")).status == 200
    web.axis.clock.forward(29 * 60_000)
    assert (await visitor.get("/console/me")).status == 200
    web.axis.clock.forward(31 * 60_000)
    assert (await visitor.get("/console/me")).status == 303


async def test_a_session_ends_however_busy_it_is(web: Web) -> None:
    visitor, _, _ = await enrolled(web)
    for _ in range(12 * 3):
        web.axis.clock.forward(20 * 60_000)
        last = await visitor.get("/console/me")
    assert last.status == 200
    web.axis.clock.forward(60_000)
    assert (await visitor.get("/console/me")).status == 303


async def test_out_everywhere_ends_every_session(web: Web) -> None:
    first, _secret, codes = await enrolled(web)
    second = Visitor(web)
    await second.sign_in("lan", NEW)
    await second.get("/console/login/code")
    await second.post("/console/login/code", code=codes[0])
    assert (await second.get("/console/me")).status == 200
    assert (await second.post("/console/logout", everywhere="1")).status == 303
    assert COOKIE not in second.cookies
    for visitor in (first, second):
        assert (await visitor.get("/console/me")).status == 303
    assert await web.store.sessions() == []


async def test_a_session_outlives_the_process_and_is_no_secret_in_the_store(tmp_path: Path, keys: Path) -> None:
    async with a_console(tmp_path / "hub", keys, samples=False) as web:
        visitor, secret, codes = await enrolled(web)
        kept = msgspec.json.encode([await web.store.accounts(), await web.store.sessions()])
        for hidden in (visitor.cookies[COOKIE], NEW, codes[0], secret.hex()):
            assert hidden.encode() not in kept
    async with a_console(tmp_path / "hub", keys, samples=False) as web:
        again = Visitor(web, visitor.cookies)
        assert (await again.get("/console/me")).status == 200


async def test_a_form_of_another_site_does_nothing(web: Web) -> None:
    visitor, _, _ = await enrolled(web)
    await visitor.get("/console/accounts")
    fields = {"name": "thief", "role": "administrator"}
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "", "Origin": "null"},
        {"Sec-Fetch-Site": ""},
    ):
        visitor.headers = {"Accept-Language": "en", **headers}
        assert (await visitor.post("/console/accounts", **fields)).status == 403, headers
    visitor.headers = {"Sec-Fetch-Site": "same-origin"}
    for token in ("", "0" * 40, "ê"):
        assert (await visitor.post("/console/accounts", token=token, **fields)).status == 403
    assert accounts(web).get("thief") is None
    await visitor.get("/console/accounts")
    visitor.headers = {"Origin": web.url}
    assert (await visitor.post("/console/accounts", **fields)).status == 200
    assert accounts(web).get("thief") is not None


async def test_nobody_is_sent_to_another_site(web: Web) -> None:
    first = await accounts(web).add("lan", Role.OPERATOR, "", "", OPERATOR)
    for goal in (
        "https://evil.example/",
        "//evil.example",
        "/console\\..",
        "/consolex:y",
        "javascript:alert(1)",
        "/\nx",
    ):
        visitor = Visitor(web)
        await visitor.get("/console/login")
        answer = await visitor.post("/console/login", name="lan", password=first, next=goal)
        location = answer.headers["Location"]
        assert location.startswith("/console/login?next=%2Fconsole"), (goal, location)
        assert "evil" not in location


async def test_a_sample_account_enters_a_sandbox_alone(tmp_path: Path, keys: Path) -> None:
    async with a_console(tmp_path / "hub", keys) as web:
        visitor = await Visitor(web).enter("operator")
        assert (await visitor.get("/console/me")).status == 200
    async with a_console(tmp_path / "hub", keys, samples=False) as web:
        again = Visitor(web, visitor.cookies)
        assert (await again.get("/console/me")).status == 303
        other = Visitor(web)
        assert "Mẫu operator" not in (await other.get("/console/login")).body.decode()
        assert (await other.post("/console/enter", name="operator")).status == 404
        assert (await other.sign_in("operator", "")).status == 401


async def test_a_console_that_is_off_is_not_there(tmp_path: Path, keys: Path) -> None:
    async with a_console(tmp_path / "hub", keys, settings=ConsoleSettings(enabled=False)) as web:
        assert web.hub.console == ""
        for path in ("/console", "/console/login", "/console/live"):
            assert (await web.get(path)).problem.code == "ACCESS_NOT_FOUND"


async def test_a_second_factor_may_be_left_to_each(tmp_path: Path, keys: Path) -> None:
    settings = ConsoleSettings(second_factor="optional")
    async with a_console(tmp_path / "hub", keys, settings=settings, samples=False) as web:
        first = await accounts(web).add("lan", Role.OPERATOR, "", "", OPERATOR)
        visitor = Visitor(web)
        await visitor.sign_in("lan", first)
        await visitor.get("/console/login/password")
        await visitor.post("/console/login/password", password=first, new=NEW, again=NEW)
        assert (await visitor.get("/console/me")).status == 200


async def test_a_first_password_that_nobody_used_ends(web: Web) -> None:
    first = await accounts(web).add("lan", Role.OPERATOR, "", "", OPERATOR)
    web.axis.clock.forward(7 * 24 * HOUR + 1)
    assert (await Visitor(web).sign_in("lan", first)).status == 401


async def test_what_an_administrator_does_ends_the_others_sessions_and_is_on_the_trail(web: Web) -> None:
    admin, _, _ = await enrolled(web)
    clerk, _, _ = await enrolled(web, "an", Role.CLERK)
    await admin.get("/console/accounts/an")
    answer = await admin.post("/console/accounts/an/reset")
    assert answer.status == 200
    assert b'class="once"' in answer.body
    assert (await clerk.get("/console/me")).status == 303
    assert accounts(web).get("an").second == b""  # type: ignore[union-attr]
    await admin.get("/console/accounts/an")
    await admin.post("/console/accounts/an/allow", allowed="0")
    assert (await Visitor(web).sign_in("an", NEW)).status == 401
    await admin.get("/console/accounts/lan")
    assert (await admin.post("/console/accounts/lan/allow", allowed="0")).status == 400  # not itself
    deeds = [(row.account, row.deed, row.target) for row in await web.store.deeds(50)]
    assert ("lan", "account-reset", "an") in deeds
    assert ("lan", "account-disabled", "an") in deeds
    assert ("an", "second-factor-enrolled", "") in deeds
    assert ("an", "wrong-password", "") in deeds
    page = (await admin.get("/console/trail")).body.decode()
    assert "Reset an account" in page


async def test_a_full_disk_keeps_nobody_out_who_has_to_look(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor, _secret, _ = await enrolled(web)
    web.axis.clock.forward(60_000)

    async def full(work: object) -> None:
        raise Unavailable(found="database or disk is full")

    monkeypatch.setattr(type(web.store), "write", lambda self, work: full(work))
    other = Visitor(web)
    assert (await other.sign_in("lan", NEW)).status == 303
    assert (await visitor.get("/console/accounts")).status == 200
    await visitor.get("/console/accounts")
    assert (await visitor.post("/console/accounts", name="more", role="operator")).status == 503
    assert accounts(web).get("more") is None
