"""Every form of the console, given a bad value in each field in turn, comes back: with what was typed, and a plain
sentence at the field, in the page's language. A form that is new needs a line here."""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import aiohttp
import pytest
import pytest_asyncio

from hub.console.mailbox.carrying import FORM
from hub.console.table import PAGES
from tests.console.kit import Visitor
from tests.console.world import World, a_world
from tests.support.axis import VPCP
from tests.support.web import Answer

pytestmark = pytest.mark.asyncio(loop_scope="module")

LONG: Final = "x" * 3_000
CHOICES: Final = ("role", "tier", "signature_policy", "signature_profile", "deed", "priority")
MONTH: Final = "2026-02-30"


class Filled(NamedTuple):
    """A form: who fills it in, on which page, with which good values, and bad ones by their fields. `to`: where it is
    sent, the page itself where empty. `files`: fields that are files."""

    role: str
    page: str
    good: Mapping[str, str]
    bad: Mapping[str, tuple[str, ...]]
    to: str = ""
    files: tuple[str, ...] = ()


_ACCOUNT: Final = {"name": "moi", "title": "Người mới", "role": "operator", "agency": ""}
_DIRECTION: Final = {"leader": "Chủ tịch", "lead": "Phòng A", "support": "Phòng B", "what": "Tham mưu", "due": ""}
_ENTRY: Final = {"name": "Đơn vị", "tier": "commune", "parent": "", "email": "", "address": "12 phố"}
_FILL: Final = "/console/programmes/reporting/fill?regime=II.06a&period=2026-Q4&receiver=" + VPCP
FORMS: Final[Mapping[str, Filled]] = {
    "/console/login": Filled(
        "", "/console/login", {"name": "lan", "password": "sai mật khẩu"}, {"name": (LONG,), "password": ("sai",)}
    ),
    "/console/accounts": Filled(
        "administrator",
        "/console/accounts",
        _ACCOUNT,
        {"name": ("", "Ấ!", LONG), "title": (LONG,), "role": ("king", LONG), "agency": ("404", LONG)},
    ),
    "/console/system/maintenance": Filled(
        "operator",
        "/console/system/maintenance",
        {"on": "1", "minutes": "60", "reason": "Nâng cấp"},
        {"minutes": ("x", "-1", "99999", LONG), "reason": ("", LONG)},
    ),
    "/console/mailbox/groups": Filled(
        "clerk",
        "/console/mailbox/groups",
        {"name": "Hai nơi", "members": VPCP},
        {"name": ("", "a:b", LONG), "members": ("", "404")},
    ),
    "/console/mailbox/in/{id}/direction": Filled(
        "clerk",
        "/console/mailbox/in/{message}",
        _DIRECTION,
        {
            "leader": ("", LONG),
            "lead": ("", LONG),
            "support": (LONG,),
            "what": ("", LONG),
            "due": ("x", MONTH, "2026-13-01", LONG),
        },
        "/console/mailbox/in/{message}/direction",
    ),
    "/console/mailbox/correct/{id}": Filled(
        "clerk",
        "/console/mailbox/correct/{message}?book=in",
        {"unit": "Phòng A", "reason": "Nhầm"},
        {"unit": (LONG,), "remark": (LONG,), "reason": ("", LONG)},
    ),
    "/console/webhooks": Filled(
        "operator", "/console/webhooks", {"url": "https://a.example/x"}, {"url": ("", "x", "ftp://x", LONG)}
    ),
    "/console/webhooks/{hook}": Filled(
        "operator", "/console/webhooks/wh_1", {"act": "since", "since": "2026-11-22"}, {"since": ("", "x", MONTH, LONG)}
    ),
    "/console/agencies/new": Filled(
        "operator",
        "/console/agencies/new",
        _ENTRY | {"code": "000.00.77.H52"},
        {
            "code": ("", VPCP, LONG),
            "name": ("", LONG),
            "tier": ("x",),
            "parent": ("404", LONG),
            "short_name": (LONG,),
            "code_qd20": ("!", LONG),
            "centre": ("404", LONG),
            "email": (LONG,),
            "address": (LONG,),
            "valid_from": ("x", MONTH),
            "valid_to": ("x", MONTH),
            "signature_policy": ("x",),
            "signature_profile": ("x",),
        },
    ),
    "/console/agencies/{code}/edit": Filled(
        "operator", "/console/agencies/{agency}/edit", _ENTRY, {"name": ("", LONG), "valid_to": ("x",), "tier": ("x",)}
    ),
    "/console/agencies/{code}/succeed": Filled(
        "operator",
        "/console/agencies/{agency}",
        {"successor": VPCP, "last_day": "2026-12-31"},
        {"successor": ("", "404", LONG), "last_day": ("x", MONTH)},
        "/console/agencies/{agency}/succeed",
    ),
    "/console/agencies/{code}/certificate": Filled(
        "operator",
        "/console/agencies/{agency}",
        {},
        {"file": ("", "x")},
        "/console/agencies/{agency}/certificate",
        ("file",),
    ),
    "/console/agencies/import": Filled(
        "operator", "/console/agencies/import", {}, {"file": ("", "x", "{")}, "", ("file",)
    ),
    "/console/drafts/{id}": Filled("operator", "/console/drafts/{draft}", {"why": "x"}, {"why": (LONG,)}),
    "/console/sandbox": Filled(
        "operator",
        "/console/sandbox",
        {"deed": "fetch", "sender": "404", "recipient": "", "priority": "0"},
        {"deed": ("x",), "priority": ("x", "9"), "sender": ("404", LONG), "recipient": (LONG,)},
    ),
    "/console/sandbox/mishaps": Filled(
        "operator",
        "/console/sandbox",
        {"delay": "0", "every": "0"},
        {"delay": ("x", "-1", "9999999"), "every": ("x", "101")},
        "/console/sandbox/mishaps",
    ),
    "/console/sandbox/certificate": Filled(
        "operator",
        "/console/sandbox",
        {"agency": "404", "ended": "1"},
        {"agency": ("", "404", LONG)},
        "/console/sandbox/certificate",
    ),
    "/console/programmes/reporting/fill": Filled(
        "clerk", _FILL, {"f-3": "1", "f-4": "2", "state": "NHAP"}, {"f-3": ("khoảng 10", LONG)}
    ),
    "/console/programmes/reporting/sheet": Filled(
        "clerk", _FILL, {}, {"file": ("", "x")}, _FILL.replace("/fill?", "/sheet?"), ("file",)
    ),
}
PRESSED: Final[Mapping[str, tuple[str, str, Mapping[str, str]]]] = {
    "/console/enter": ("", "/console/login", {"name": "404"}),
    "/console/logout": ("clerk", "/console/me", {"everywhere": LONG}),
    "/console/accounts/{name}/reset": ("administrator", "/console/accounts/clerk", {}),
    "/console/accounts/{name}/allow": ("administrator", "/console/accounts/administrator", {"allowed": "0"}),
    "/console/mailbox/drafts": ("clerk", "/console/mailbox/drafts", {"id": "x"}),
    "/console/mailbox/groups/delete": ("clerk", "/console/mailbox/groups", {"name": "404"}),
    "/console/agencies/several": ("operator", "/console/agencies", {"act": "suspend", "sure": "1", "one.0": VPCP}),
    "/console/documents/several": ("operator", "/console/documents", {"act": "notify", "sure": "1", "one.0": "404"}),
    "/console/failures/several": ("operator", "/console/failures", {"act": "x"}),
    "/console/failures/webhooks/{hook}": ("operator", "/console/failures", {}),
    "/console/agencies/{code}/attempt": ("operator", "/console/agencies/{agency}", {}),
    "/console/agencies/{code}/suspend": ("operator", "/console/agencies/{agency}", {"suspended": LONG}),
}
"""Forms of buttons: nothing is typed in them. Who presses, where, and what is wrong with it."""
ANOTHERS: Final[Mapping[str, str]] = {
    "/console/login/code": "tests/console/test_sign_in.py",
    "/console/login/password": "tests/console/test_sign_in.py",
    "/console/login/second": "tests/console/test_sign_in.py",
    "/console/me/password": "tests/console/test_sign_in.py",
}
"""Steps of a sign-in: these take accounts with passwords."""
SCRIPTS: Final = (
    "/console/mailbox/prepare",
    "/console/mailbox/submit",
    "/console/mailbox/acknowledge",
    "/console/mailbox/letter",
    "/console/mailbox/draft",
    "/console/mailbox/draft/sent",
    "/console/mailbox/reporting",
)
"""What a script of the page sends while the page stays: an error is told there, nothing typed is lost."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[World]:
    many = {"caller_ms_burst": 600_000, "stranger_ms_burst": 600_000}
    async with a_world(tmp_path_factory.mktemp("console"), keys, **many) as opened:
        yield opened


async def test_every_form_has_its_line() -> None:
    posted = {page.path for page in PAGES if page.method == "POST"}
    assert posted == {*FORMS, *PRESSED, *ANOTHERS, *SCRIPTS}


async def posted(visitor: Visitor, form: Filled, to: str, fields: Mapping[str, str]) -> Answer:
    token = re.search(r'name="csrf" value="([0-9a-f]*)"', visitor.last)
    data = aiohttp.FormData({"csrf": token[1] if token else ""}, default_to_multipart=bool(form.files))
    for name, value in fields.items():
        if name in form.files:
            data.add_field(name, io.BytesIO(value.encode()), filename="a.txt", content_type="text/plain")
        else:
            data.add_field(name, value)
    return await visitor.ask("POST", to, data=data)


@pytest.mark.parametrize("path", FORMS)
async def test_a_form_comes_back_with_what_was_typed_and_the_error_at_its_field(world: World, path: str) -> None:
    form = FORMS[path]
    page, to = form.page.format_map(world.places), (form.to or form.page).format_map(world.places)
    visitor = Visitor(world.web)
    if form.role:
        await visitor.enter(form.role)
    assert (await visitor.get(page)).status == 200, page
    before = visitor.last
    for lang in ("vi", "en"):
        visitor.cookies["truc-lang"] = lang
        for field, values in form.bad.items():
            for value in values:
                visitor.last = before
                fields = {**form.good, field: value}
                answer = await posted(visitor, form, to, fields)
                assert 400 <= answer.status < 500, (field, value[:20], answer.status, answer.headers.get("Location"))
                assert f'id="e-{field}"' in visitor.last, (field, value[:20], visitor.text[-1500:])
                assert f'<html lang="{lang}"' in visitor.last
                assert visitor.last.count('role="alert"') >= 1
                assert "openapi" not in visitor.last, "an interface is for programs"
                for name, typed in fields.items():
                    if name == field and field in CHOICES:
                        continue  # one that there is not cannot be chosen
                    if typed and name not in ("password", "state", "ended", "on", "act", *form.files):
                        assert html.escape(typed, quote=True).replace("&#x27;", "&#39;") in visitor.last, (field, name)


@pytest.mark.parametrize("path", PRESSED)
async def test_a_button_that_is_pressed_in_vain_leaves_its_page(world: World, path: str) -> None:
    role, page, fields = PRESSED[path]
    visitor = Visitor(world.web)
    if role:
        await visitor.enter(role)
    places = world.places | {"hook": "wh_404", "code": world.places["agency"], "name": "administrator"}
    assert (await visitor.get(page.format_map(world.places))).status == 200
    answer = await visitor.post(path.format_map(places), **fields)
    if answer.status == 303:
        assert (await visitor.get(answer.headers["Location"])).status in (200, 303)
        return
    assert answer.status < 500
    assert answer.headers["Content-Type"].startswith("text/html")
    if answer.status >= 400:
        assert "To the first page" not in visitor.last, "a bare page"
        assert visitor.last.count('role="alert"') == 1, visitor.text


async def test_a_page_that_was_left_open_over_another_sign_in_keeps_what_was_typed(world: World) -> None:
    visitor = await Visitor(world.web).enter("clerk")
    await visitor.get("/console/mailbox/groups")
    answer = await visitor.post("/console/mailbox/groups", token="0" * 64, name="Nhóm dở", members=VPCP)
    assert answer.status == 403
    assert "Nhóm dở" in visitor.last
    again = await visitor.post("/console/mailbox/groups", name="Nhóm dở", members=VPCP)
    assert again.status == 303, "the page that came back is of this session"


async def test_a_page_that_was_asked_for_wrongly_names_no_interface(world: World) -> None:
    visitor = await Visitor(world.web).enter("clerk")
    for path in ("/console/mailbox/register?year=x", "/console/mailbox/in/404", "/console/documents?since=x"):
        assert (await visitor.get(path)).status in (400, 404), path
        assert "openapi" not in visitor.last, path


async def test_another_sites_form_is_never_shown_filled_in(world: World) -> None:
    visitor = await Visitor(world.web).enter("clerk")
    await visitor.get("/console/mailbox/groups")
    visitor.headers["Sec-Fetch-Site"] = "cross-site"
    answer = await visitor.post("/console/mailbox/groups", name="Của người khác", members=VPCP)
    assert answer.status == 403
    assert "Của người khác" not in visitor.last


@pytest.mark.parametrize("path", SCRIPTS)
async def test_what_a_script_sends_is_answered_in_both_languages(world: World, path: str) -> None:
    visitor = await Visitor(world.web).enter("clerk")
    found = re.search(r'name="csrf" value="([0-9a-f]*)"', visitor.last)
    assert found is not None
    answer = await visitor.ask("POST", path, data=b"{", headers={FORM: found[1]})
    assert 400 <= answer.status < 500
    told = json.loads(answer.body)
    assert all(told[name] for name in ("vi", "en", "hint_vi", "hint_en", "code"))
