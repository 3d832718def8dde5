"""Signing in: name and password, then the steps left (a code, a new password, a second factor), and out again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

import segno
from aiohttp import web

from hub.access import Right
from hub.accounts import second
from hub.accounts.deeds import Step
from hub.accounts.passwords import COST_SECONDS
from hub.console import guard
from hub.console.form import at
from hub.console.page import Page, PageQuery, Visit, local
from hub.console.screens.me import set_password
from hub.core.errors import AxisError, Text
from hub.http import milliseconds
from hub.http.call import KNOWN, cookie_of

_ISSUER: Final = "truc"


class LoginQuery(PageQuery, frozen=True, kw_only=True):
    """`next`: where to go then. `sent`: a session was just given; a browser that comes without it keeps no cookies."""

    next: str = ""
    sent: str = ""


def _goal(visit: Visit, given: str) -> str:
    return local(given, "/console")


async def show(visit: Visit) -> web.StreamResponse:
    query: LoginQuery = visit.query if visit.query is not None else LoginQuery()
    goal = _goal(visit, query.next)
    if visit.account is not None:
        return visit.see(guard.STEPS[visit.step] + f"?next={quote(goal)}" if visit.unfinished else goal)
    return _form(visit, goal, lost=bool(query.sent))


def _form(visit: Visit, goal: str, *, lost: bool = False, error: AxisError | None = None) -> web.StreamResponse:
    accounts = visit.accounts
    samples = [row for row in accounts.all() if row.sample and not row.disabled] if accounts.sample else []
    values: dict[str, Any] = {"samples": samples, "goal": goal, "lost": lost, "nobody": not accounts.all()}
    return visit.again("login.html", error, **values)


async def sign_in(visit: Visit) -> web.StreamResponse:
    form = await visit.form()
    goal = _goal(visit, form.get("next"))
    name, password = form.get("name", 64).lower(), form.fields.get("password", "")
    milliseconds.ahead(COST_SECONDS)
    try:
        with at("password"):
            opened = await visit.accounts.sign_in(
                name, password, visit.address, cookie_of(visit.call.request, KNOWN), milliseconds.spent
            )
    except AxisError as error:
        return _form(visit, goal, error=error)
    query = urlencode({"next": goal, "sent": "1"})
    return guard.signed_in(visit.see(f"/console/login?{query}"), opened)


async def enter(visit: Visit) -> web.StreamResponse:
    """A sandbox's sample account, without a password."""
    form = await visit.form()
    opened = await visit.accounts.enter_sample(form.get("name", 64), visit.address)
    query = urlencode({"next": _goal(visit, form.get("next")), "sent": "1"})
    return guard.signed_in(visit.see(f"/console/login?{query}"), opened)


async def show_step(visit: Visit) -> web.StreamResponse:
    return _step(visit, visit.query.next if visit.query is not None else "")


def _step(visit: Visit, given: str, error: AxisError | None = None) -> web.StreamResponse:
    goal = _goal(visit, given)
    values: dict[str, Any] = {"goal": goal}
    if visit.step is Step.ENROL:
        assert visit.session is not None
        secret = visit.accounts.enrolment(visit.session)
        picture = segno.make(second.address(secret, visit.me.name, _ISSUER), error="m")
        values |= {"picture": picture.svg_data_uri(scale=4, border=3, light="#fff"), "secret": second.shown(secret)}
    return visit.again(f"{visit.step}.html", error, **values)


async def code(visit: Visit) -> web.StreamResponse:
    form = await visit.form()
    assert visit.session is not None
    mark = cookie_of(visit.call.request, KNOWN)
    try:
        with at("code"):
            opened = await visit.accounts.code(visit.session, visit.me, form.get("code", 40), visit.address, mark)
    except AxisError as error:
        return _step(visit, form.get("next"), error)
    return guard.signed_in(visit.see(_goal(visit, form.get("next"))), opened)


async def new_password(visit: Visit) -> web.StreamResponse:
    form = await visit.form()
    try:
        await set_password(visit, form)
    except AxisError as error:
        return _step(visit, form.get("next"), error)
    return visit.see(_goal(visit, form.get("next")))


async def enrol(visit: Visit) -> web.StreamResponse:
    form = await visit.form()
    assert visit.session is not None
    try:
        with at("code"):
            codes, opened = await visit.accounts.enrol(visit.session, visit.me, form.get("code", 40), visit.who)
    except AxisError as error:
        return _step(visit, form.get("next"), error)
    return guard.signed_in(visit.page("codes.html", codes=codes, goal=_goal(visit, form.get("next"))), opened)


async def sign_out(visit: Visit) -> web.StreamResponse:
    form = await visit.form()
    assert visit.session is not None
    await visit.accounts.sign_out(visit.session, visit.who, everywhere=form.get("everywhere") == "1")
    return guard.signed_out(visit.see("/console/login"))


PAGES: Final = (
    Page("GET", "/console/login", show, Right.ANYONE, "login.title", LoginQuery),
    Page("POST", "/console/login", sign_in, Right.ANYONE, "login.title"),
    Page("POST", "/console/enter", enter, Right.ANYONE, "login.title", again="/console/login"),
    Page("GET", "/console/login/code", show_step, Right.SELF, "code.title", LoginQuery, Step.CODE),
    Page("POST", "/console/login/code", code, Right.SELF, "code.title", step=Step.CODE),
    Page("GET", "/console/login/password", show_step, Right.SELF, "password.title", LoginQuery, Step.PASSWORD),
    Page("POST", "/console/login/password", new_password, Right.SELF, "password.title", step=Step.PASSWORD),
    Page("GET", "/console/login/second", show_step, Right.SELF, "enrol.title", LoginQuery, Step.ENROL),
    Page("POST", "/console/login/second", enrol, Right.SELF, "enrol.title", step=Step.ENROL),
    Page("POST", "/console/logout", sign_out, Right.SELF, "sign_out", again="/console/me"),
)
TEXTS: Final[Mapping[str, Text]] = {
    "login.title": Text("Đăng nhập", "Sign in"),
    "login.name": Text("Tên đăng nhập", "Name"),
    "login.password": Text("Mật khẩu", "Password"),
    "login.do": Text("Đăng nhập", "Sign in"),
    "login.lost": Text(
        "Trình duyệt không giữ cookie phiên. Cookie này chỉ đi qua HTTPS, hoặc trên chính máy chủ.",
        "The browser did not keep the session's cookie. It travels by HTTPS only, or on the machine itself.",
    ),
    "login.nobody": Text(
        "Chưa có tài khoản nào. Tạo tài khoản đầu tiên trên dòng lệnh:",
        "There is no account yet. Make the first one on the command line:",
    ),
    "login.samples": Text("Vào thử, không cần mật khẩu", "Enter without a password"),
    "login.samples.why": Text(
        "Đây là phòng thử nghiệm: các vai trò mẫu chỉ có ở đây.",
        "This is a sandbox: these sample roles exist here only.",
    ),
    "login.forgot": Text(
        "Quên mật khẩu hoặc mất điện thoại: quản trị tài khoản cấp lại.",
        "Password forgotten or telephone lost: an administrator of accounts gives you a new one.",
    ),
    "code.title": Text("Xác thực lớp hai", "Second factor"),
    "code.code": Text(
        "Mã 6 số trên điện thoại, hoặc một mã dự phòng", "The 6 digits on your telephone, or a recovery code"
    ),
    "code.do": Text("Tiếp tục", "Continue"),
    "password.title": Text("Đổi mật khẩu", "Change the password"),
    "password.why": Text(
        "Mật khẩu này do người khác cấp. Hãy đặt mật khẩu của riêng bạn.",
        "Somebody else gave you this password. Choose one of your own.",
    ),
    "password.old": Text("Mật khẩu hiện tại", "Present password"),
    "password.new": Text("Mật khẩu mới", "New password"),
    "password.rule": Text("Ít nhất 12 ký tự; một câu dễ nhớ là tốt nhất.", "At least 12 letters; a sentence is best."),
    "password.again": Text("Nhập lại mật khẩu mới", "New password again"),
    "password.do": Text("Đổi mật khẩu", "Change it"),
    "enrol.title": Text("Đăng ký xác thực lớp hai", "Set up the second factor"),
    "enrol.scan": Text(
        "Quét mã này bằng ứng dụng xác thực trên điện thoại (Google Authenticator, Microsoft Authenticator, FreeOTP…).",
        "Scan this with an authenticator on your telephone (Google Authenticator, Microsoft Authenticator, FreeOTP…).",
    ),
    "enrol.picture": Text("Mã QR của khóa bí mật bên dưới", "QR code of the secret below"),
    "enrol.type": Text("Hoặc gõ khóa này vào ứng dụng:", "Or type this key into the application:"),
    "enrol.code": Text("Mã 6 số mà ứng dụng hiện", "The 6 digits that the application shows"),
    "enrol.do": Text("Xác nhận", "Confirm"),
    "codes.title": Text("Mã dự phòng", "Recovery codes"),
    "codes.why": Text(
        "Khi mất điện thoại, mỗi mã dùng được một lần. Chúng chỉ hiện lần này: hãy in hoặc chép ra, cất nơi an toàn.",
        "When the telephone is lost, each is good once. They are shown this once: print or copy them, keep them safe.",
    ),
    "codes.do": Text("Tôi đã cất các mã này", "I have kept them"),
}
