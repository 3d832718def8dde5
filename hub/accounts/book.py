"""The accounts, and all that is done to them: each verb is durable, with its line in the trail, before it returns.

    sign in    name and password, then (`Step`) a code, a new password, a second factor; then the pages
    manage     an administrator's verbs, and the operator's over the interface: add, reset, disable, enable

Reading goes on where the disk is full or the record halted: a sign-in that cannot be written is kept in memory, for
then the console is needed most. Nothing else is done that cannot be written.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import structlog

from hub.access import Role
from hub.accounts import second
from hub.accounts.deeds import Deed, Step
from hub.accounts.deeds import Who as Who
from hub.accounts.marks import Marks, marks_key
from hub.accounts.passwords import NewPassword, Passwords, check_usable, first_password
from hub.accounts.roles import Auditors
from hub.accounts.sessions import Opened as Opened
from hub.accounts.sessions import Session, Sessions, homes
from hub.accounts.throttle import Throttle
from hub.accounts.visitors import of_account, of_browser
from hub.base.config import ConsoleSettings
from hub.core.errors import BadRequest, NotFound, Unauthenticated, Unavailable
from hub.core.evidence import account_roles
from hub.core.model import Millis
from hub.record.sequencer import Recorder
from hub.store import AccountRow, DeedRow, SessionRow, Store, Transaction

log = structlog.get_logger("accounts")
_MOST: Final = 10_000
_FIRST_MS: Final = 7 * 86_400_000
"""How long a first password that nobody used is good."""


class Accounts:
    """Used on the event loop only. `sample`: this hub is a sandbox, whose sample accounts need no password."""

    def __init__(
        self,
        store: Store,
        settings: ConsoleSettings,
        key: bytes,
        clock: Callable[[], Millis],
        rows: Sequence[AccountRow],
        sessions: Sequence[SessionRow],
        auditors: Auditors,
    ) -> None:
        self._store = store
        self._settings = settings
        self.key = key
        self._clock = clock
        self._rows = {row.name: row for row in rows}
        self.sessions = Sessions(sessions, settings.idle_ms, settings.longest_ms)
        self._passwords = Passwords()
        self._seal = second.Seal(key)
        self._marks = Marks(marks_key(key))
        self._throttle = Throttle(self._marks, time.monotonic)
        self._changing = asyncio.Lock()
        self._enrolling: dict[bytes, bytes] = {}
        self._auditors = auditors
        self.sample = False

    @classmethod
    async def opened(
        cls, store: Store, settings: ConsoleSettings, key: bytes, clock: Callable[[], Millis], recorder: Recorder
    ) -> Accounts:
        rows, sessions, auditors = await store.accounts(), await store.sessions(), await Auditors.of(store, recorder)
        return cls(store, settings, key, clock, rows, sessions, auditors)

    def close(self) -> None:
        self._passwords.close()

    # Looking.

    def get(self, name: str) -> AccountRow | None:
        return self._rows.get(name)

    def all(self) -> list[AccountRow]:
        return [self._rows[name] for name in sorted(self._rows)]

    def find(self, cookie: str) -> tuple[Session, AccountRow] | None:
        """The holder of this cookie; None for a caller that may do nothing."""
        session = self.sessions.find(cookie, self._clock())
        row = self._rows.get(session.account) if session is not None else None
        return (session, row) if session is not None and row is not None and self._may_enter(row) else None

    def browser_of(self, mark: str) -> str:
        """Whose browser a call comes from that is not signed in; empty for one that nobody knows."""
        name = self._marks.owner(mark) if mark else ""
        return name if name in self._rows else ""

    def whose(self, cookie: str, mark: str) -> str:
        """As `hub.accounts.visitors`."""
        if found := self.find(cookie):
            return of_account(found[1].name)
        owner = self.browser_of(mark)
        return of_browser(owner) if owner else ""

    def lasts(self, session: Session) -> bool:
        row = self._rows.get(session.account)
        return row is not None and self._may_enter(row) and self.sessions.lasts(session, self._clock())

    def _may_enter(self, row: AccountRow) -> bool:
        return self._allowed(row) and (row.role != Role.AUDITOR or row.name in self._auditors.on_record)

    def _allowed(self, row: AccountRow) -> bool:
        return not row.disabled and (self.sample or not row.sample)

    async def keep_roles(self) -> None:
        """What the log says of auditors' accounts becomes what they are, where the hub may record."""
        async with self._changing:
            rows = self._rows.values()
            await self._auditors.keep({row.name for row in rows if row.role == Role.AUDITOR and self._allowed(row)})

    def step(self, session: Session, row: AccountRow) -> Step:
        if row.sample:
            return Step.NONE
        if row.second and not session.row.second:
            return Step.CODE
        if row.first:
            return Step.PASSWORD
        if not row.second and self._settings.second_factor == "required":
            return Step.ENROL
        return Step.NONE

    # Signing in.

    async def sign_in(
        self, name: str, password: str, address: str, mark: str, spent: Callable[[float], None]
    ) -> Opened:
        """A session for name and password. Unauthenticated says nothing of which of them is wrong; TooMany when to come
        again. `spent` hears of the seconds that it took."""
        row = self._rows.get(name)
        attempt = self._throttle.begin(name, address, mark, home=row is not None and address in row.homes)
        good, seconds = await self._passwords.judge(password, row.password if row is not None else "")
        spent(seconds)
        stale = row is not None and row.first and self._clock() - row.made_at > _FIRST_MS
        if row is None or not good or stale or not self._may_enter(row):
            if row is not None:
                await self._told(Who(name, row.role, address), Deed.WRONG_PASSWORD)
            raise Unauthenticated(expected="a name and its password", found="others")
        if not row.second:
            attempt.good()
        return await self._open(row, address, mark, shown=False)

    async def enter_sample(self, name: str, address: str) -> Opened:
        """A session of a sandbox's sample account. NotFound elsewhere."""
        row = self._rows.get(name)
        if not self.sample or row is None or not row.sample or row.disabled:
            raise NotFound(found=name[:80])
        return await self._open(row, address, "", shown=True)

    async def code(self, session: Session, row: AccountRow, code: str, address: str, mark: str) -> Opened:
        """The second factor, by telephone or from paper: a new session in place of this one."""
        attempt = self._throttle.begin(row.name, address, mark, home=address in row.homes)
        async with self._changing:
            row = self._still(row)
            step = second.step_of(code.replace(" ", ""), self._seal.open(row.second, row.name), self._clock(), row.step)
            digest = second.digest_of(code)
            if step is not None:
                row = msgspec.structs.replace(row, step=step)
                await self._written(row, None)
            elif digest in row.recovery:
                row = msgspec.structs.replace(row, recovery=tuple(r for r in row.recovery if r != digest))
                await self._written(row, self._deed(Who(row.name, row.role, address), Deed.RECOVERY_USED))
            else:
                await self._told(Who(row.name, row.role, address), Deed.WRONG_CODE)
                raise Unauthenticated(expected="the code of this half minute", found="another")
        attempt.good()
        await self._end([session.row.digest])
        return await self._open(row, address, mark, shown=True)

    def _still(self, judged: AccountRow) -> AccountRow:
        """The account as it is now, under `_changing`. Unauthenticated where it was disabled or reset since it was
        judged: the judged state is not written over that."""
        row = self._rows[judged.name]
        if row.password != judged.password or not self._may_enter(row):
            raise Unauthenticated(expected="a name and its password", found="others")
        return row

    async def _open(self, judged: AccountRow, address: str, mark: str, *, shown: bool) -> Opened:
        at = self._clock()
        async with self._changing:
            row = self._still(judged)
            cookie, opened = self.sessions.open(row.name, address, at, second=shown)
            crowd = [*self.sessions.crowd(row.name), *self.sessions.ended(at)]
            whole = shown or not row.second
            row = msgspec.structs.replace(row, seen_at=at, homes=homes(row.homes, address)) if whole else row
            deed = self._deed(Who(row.name, row.role, address), Deed.SIGNED_IN)

            def keep(tx: Transaction) -> None:
                tx.end_sessions(crowd)
                tx.put_session(opened)
                if whole:
                    tx.put_account(row)
                    tx.add_deed(deed)

            try:
                await self._store.write(keep)
            except Unavailable as error:  # a disk that is full: its operator has to come in
                log.warning("sign-in-not-written", account=row.name, why=error.found)
            self.sessions.drop(crowd)
            self._rows[row.name] = row
            session = self.sessions.keep(opened)
        known = self._marks.known(row.name, mark)
        fresh = "" if known or not whole else self._marks.make(row.name)
        return Opened(session, cookie, fresh)

    async def saw(self, session: Session) -> None:
        """Somebody used it: now and then the store hears of that."""
        if self.sessions.unsaved(session) and self.lasts(session):  # one that ended stays ended in the store
            session.saved = session.row.seen_at
            try:
                await self._store.write(lambda tx: tx.put_session(session.row))
            except Unavailable:
                log.warning("session-not-saved", account=session.account)

    async def forget_ended(self) -> None:
        """Sessions that ended by themselves, out of the store too. Now and then; a disk that is full keeps them."""
        if gone := self.sessions.ended(self._clock()):
            try:
                await self._end(gone)
            except Unavailable:
                log.warning("sessions-not-ended", count=len(gone))

    async def sign_out(self, session: Session, who: Who, *, everywhere: bool = False) -> None:
        gone = self.sessions.of(session.account) if everywhere else [session]
        deed = self._deed(who, Deed.SIGNED_OUT_EVERYWHERE if everywhere else Deed.SIGNED_OUT)
        await self._end([s.row.digest for s in gone], deed)

    async def _end(self, digests: Sequence[bytes], deed: DeedRow | None = None) -> None:
        self.sessions.drop(digests)  # first: even where the disk is full, they are over

        def gone(tx: Transaction) -> None:
            tx.end_sessions(digests)
            if deed is not None:
                tx.add_deed(deed)

        await self._store.write(gone)

    # One's own account.

    async def change_password(
        self, session: Session, given: NewPassword, who: Who, spent: Callable[[float], None]
    ) -> None:
        """All other sessions of the account end with it. BadRequest or Unauthenticated."""
        row, counted = self._rows[session.account], f"{session.account} {session.row.digest.hex()}"
        attempt = self._throttle.inside(counted)
        good, seconds = await self._passwords.judge(given.old, row.password)
        spent(seconds)
        if not good:
            raise Unauthenticated(expected="the present password", found="another", field="password")
        attempt.good()
        if given.new != given.again:
            raise BadRequest(expected="the new password twice", found="two that differ", field="again")
        if given.new == given.old:
            raise BadRequest(expected="a new password", found="the old one")
        check_usable(given.new, row.name, row.title)
        kept = await self._passwords.kept(given.new)
        async with self._changing:
            row = msgspec.structs.replace(self._still(row), password=kept, first=False)
            await self._written(row, self._deed(who, Deed.PASSWORD_CHANGED))
        await self._end([s.row.digest for s in self.sessions.of(row.name) if s is not session])

    def enrolment(self, session: Session) -> bytes:
        """The secret that this session may make its second factor: the same until it does."""
        if len(self._enrolling) > _MOST:
            self._enrolling.clear()
        return self._enrolling.setdefault(session.row.digest, self._seal.make())

    async def enrol(self, session: Session, row: AccountRow, code: str, who: Who) -> tuple[list[str], Opened]:
        """The second factor, once a code shows that the telephone has it: the recovery codes, told this once, and a new
        session. Unauthenticated for a wrong code."""
        counted = f"{session.account} {session.row.digest.hex()}"
        attempt = self._throttle.inside(counted)
        secret = self.enrolment(session)
        step = second.step_of(code.replace(" ", ""), secret, self._clock(), 0)
        if step is None:
            raise Unauthenticated(expected="the code of this half minute", found="another")
        attempt.good()
        codes = second.recovery_codes()
        async with self._changing:
            if (row := self._still(row)).second:
                raise Unauthenticated(expected="the code of this half minute", found="another")
            closed = self._seal.close(secret, row.name)
            row = msgspec.structs.replace(self._rows[row.name], second=closed, step=step, recovery=second.kept(codes))
            await self._written(row, self._deed(who, Deed.SECOND_ENROLLED))
        self._enrolling.pop(session.row.digest, None)
        await self._end([s.row.digest for s in self.sessions.of(row.name)])
        return codes, await self._open(row, who.address, "", shown=True)

    # An administrator's verbs.

    async def add(self, name: str, role: Role, agency: str, title: str, who: Who) -> str:
        """A new account; its first password, to be told once. BadRequest."""
        if account_roles.NAME.fullmatch(name) is None:
            raise BadRequest(expected=account_roles.NAMED, found=name[:80])
        if bool(agency) != (role is Role.CLERK):
            raise BadRequest(
                expected="an agency for a clerk, and for nobody else", found=agency[:80] or "none", field="agency"
            )
        first = first_password()
        kept = await self._passwords.kept(first)
        async with self._changing:
            if name in self._rows or len(self._rows) >= _MOST:
                raise BadRequest(expected="a name that nobody has", found=name)
            row = AccountRow(
                name=name, role=role, agency=agency, title=title, password=kept, first=True, made_at=self._clock()
            )
            await self._auditors.begins(row, who)
            await self._written(row, self._deed(who, Deed.ADDED, name, f"{role} {agency}".strip()))
        return first

    async def reset(self, name: str, who: Who) -> str:
        """A new first password, and no second factor any more; every session ends. NotFound."""
        self._known(name)
        first = first_password()
        kept = await self._passwords.kept(first)
        async with self._changing:
            row = msgspec.structs.replace(
                self._known(name), password=kept, first=True, second=b"", recovery=(), made_at=self._clock()
            )
            await self._written(row, self._deed(who, Deed.RESET, name))
        await self._end([s.row.digest for s in self.sessions.of(name)])
        return first

    async def allow(self, name: str, who: Who, *, allowed: bool) -> None:
        """Disable or enable it. NotFound."""
        async with self._changing:
            row = msgspec.structs.replace(self._known(name), disabled=not allowed)
            if allowed:
                await self._auditors.begins(row, who)
            await self._written(row, self._deed(who, Deed.ENABLED if allowed else Deed.DISABLED, name))
            if not allowed:
                await self._end([s.row.digest for s in self.sessions.of(name)])
                await self._auditors.ends(name, who)

    async def add_samples(self, samples: Sequence[tuple[str, Role, str, str]]) -> None:
        """(name, role, agency, title) of a sandbox: accounts without a password, which enter there alone."""
        at = self._clock()
        for name, role, agency, title in samples:
            if name not in self._rows:
                row = AccountRow(name=name, role=role, agency=agency, title=title, sample=True, made_at=at)
                await self._written(row, None)
        self.sample = True
        await self.keep_roles()

    async def trail(self, limit: int, before: int | None = None, account: str = "") -> list[DeedRow]:
        return await self._store.deeds(limit, before, account)

    async def record(self, who: Who, deed: str, target: str = "", detail: str = "") -> None:
        """A deed of a page, durable before the page says that it is done."""
        row = self._deed(who, deed, target, detail)
        await self._store.write(lambda tx: tx.add_deed(row))

    def _known(self, name: str) -> AccountRow:
        row = self._rows.get(name)
        if row is None or row.sample:
            raise NotFound(expected="an account", found=name[:80])
        return row

    def _deed(self, who: Who, deed: str, target: str = "", detail: str = "") -> DeedRow:
        return DeedRow(
            at=self._clock(),
            account=who.name,
            role=who.role,
            address=who.address,
            deed=deed,
            target=target[:200],
            detail=detail[:1000],
        )

    async def _told(self, who: Who, deed: Deed) -> None:
        """A failure, on the trail where the disk takes it. Throttled attempts do not come so far."""
        try:
            await self.record(who, deed)
        except Unavailable:
            log.warning("deed-not-written", account=who.name, deed=deed)

    async def _written(self, row: AccountRow, deed: DeedRow | None) -> None:
        def write(tx: Transaction) -> None:
            tx.put_account(row)
            if deed is not None:
                tx.add_deed(deed)

        await self._store.write(write)
        self._rows[row.name] = row
