"""Operators: who works here, in which roles, by which password, and who is signed in.

An id goes on record with everything its owner does, so it is never given to anybody else: who
leaves stays in the table. A lock is a time until which it holds, nothing that has to be lifted.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from apdu.secret import Secret
from terminal.errors import (
    FirstOperatorExists,
    LastSupervisor,
    NotSignedIn,
    OperatorExists,
    OperatorUnknown,
    OperatorWrong,
    RoleMissing,
    RolesClash,
)
from terminal.registry.passwords import Policy, demand_fit, hashed, is_outdated, matches
from terminal.registry.plain import is_plain
from terminal.registry.tables.work import OPERATOR, SIGN_IN
from terminal.registry.transaction import Transaction
from terminal.registry.vault import Random
from terminal.rules.clock import TOLERANCE
from terminal.texts import Text

TOKEN = 32
SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is noted when a desk was last used."""
MOST_NAME = 32
_ID = re.compile(r"[0-9a-z][0-9a-z._-]{0,31}")


class Role(StrEnum):
    """What somebody may do here."""

    CLERK = "clerk"
    SUPERVISOR = "supervisor"
    ISSUER = "issuer"
    AUDITOR = "auditor"
    HOTLINE = "hotline"


DOERS = tuple(role for role in Role if role is not Role.AUDITOR)
"""Who may do something, or agree to it: whoever looks at what others did, does nothing."""
ROLES = {
    Role.CLERK: Text("柜员", "clerk"),
    Role.SUPERVISOR: Text("主管", "supervisor"),
    Role.ISSUER: Text("制卡员", "card issuer"),
    Role.AUDITOR: Text("审计员", "auditor"),
    Role.HOTLINE: Text("热线坐席", "hotline agent"),
}

_ITEM_ID = Text("工号", "the id")
_ITEM_NAME = Text("姓名", "the name")
_ID_FORM = Text(
    "工号应为 1 至 32 个字母、数字或 . _ -，以字母或数字开头，不分大小写",
    "an id has 1 to 32 letters, digits or . _ -, begins with a letter or digit, and knows no case",
)
_NAME_FORM = Text(
    "姓名应为 1 至 {most} 个字，不含换行等控制字符",
    "a name has 1 to {most} characters, none of them a control character",
)
_NO_ROLE = Text("一个角色也没有", "there is none")
_AUDITOR_ALONE = Text(
    "审计员查看别人做了什么，自己不能兼任其他角色",
    "an auditor looks at what others did and holds no other role",
)
_NOBODY = Text("这个柜台没有人签到，或者已经签退", "nobody is signed in at this desk")
_IDLE = Text("柜台闲置太久，已自动签退", "the desk stood unused for too long")


@dataclass(frozen=True, slots=True)
class Operator:
    """Hold an operator as the registry has them, without the password."""

    id: str
    name: str
    roles: frozenset[Role]
    must_change: bool
    locked_until: datetime | None
    created_at: datetime
    left_at: datetime | None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Hold who is signed in: the id goes on record, the roles say what may be done."""

    operator: str
    name: str
    roles: frozenset[Role]
    seen_at: datetime

    def demand(self, *roles: Role) -> None:
        """Demand one of the roles; raises RoleMissing."""
        demand_role(self.operator, self.roles, roles)


class Verdict(Enum):
    """What came of a password."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"
    """By this one, or by those before it; a right one counts as little then."""
    UNKNOWN = "unknown"
    """Nobody works here under this id, or no more."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Hold what came of a password, and whose it was to be; ``kept`` is what proved it right."""

    verdict: Verdict
    operator: Operator | None
    until: datetime | None = None
    kept: str = field(default="", repr=False)


_ONE = select(OPERATOR).where(OPERATOR.c.id == bindparam("of")).with_for_update()
_ALL = select(OPERATOR).order_by(OPERATOR.c.id)
_COUNT = select(func.count()).select_from(OPERATOR)
_ADD = insert(OPERATOR)
_CHANGE = update(OPERATOR).where(OPERATOR.c.id == bindparam("of"))
_OPEN = insert(SIGN_IN)
_SESSION = (
    select(OPERATOR, SIGN_IN)
    .join_from(SIGN_IN, OPERATOR, OPERATOR.c.id == SIGN_IN.c.operator)
    .where(SIGN_IN.c.token == bindparam("of"))
)
"""Both rows whole, so that their stamps are looked at: who sits here, and with which roles."""
_MOVE_ON = update(SIGN_IN).where(SIGN_IN.c.token == bindparam("of"))
_END_ALL = update(SIGN_IN).where(
    SIGN_IN.c.operator == bindparam("of"),
    SIGN_IN.c.ended_at.is_(None),
    SIGN_IN.c.token != bindparam("but"),
)
_END_EVERY = update(SIGN_IN).where(SIGN_IN.c.ended_at.is_(None))
_LAST = select(func.max(SIGN_IN.c.at, type_=SIGN_IN.c.at.type)).where(
    SIGN_IN.c.operator == bindparam("of")
)


# --- Who works here ------------------------------------------------------------------------


def folded(operator: str) -> str:
    """Bring an id to the one form it is kept in: full-width letters and case tell nobody apart."""
    return unicodedata.normalize("NFKC", operator).strip().lower()


def everybody(tx: Transaction) -> tuple[Operator, ...]:
    """Give all operators, who have left as well."""
    return tuple(_read(row) for row in tx.rows(_ALL))


def find(tx: Transaction, operator: str) -> Operator:
    """Give one who works here; raises OperatorUnknown, also for one who has left."""
    row = _row(tx, operator)
    if row is None or row.left_at is not None:
        raise OperatorUnknown(operator=operator)
    return _read(row)


def add(
    tx: Transaction,
    operator: str,
    name: str,
    roles: Iterable[Role],
    password: Secret,
    policy: Policy,
    *,
    must_change: bool = True,
) -> Operator:
    """Take somebody on.

    Raises OperatorWrong, RolesClash, OperatorExists (also where its owner has left), PasswordUnfit
    for a password that they chose themself.
    """
    operator, name = folded(operator), name.strip()
    if not _ID.fullmatch(operator):
        raise OperatorWrong(item=_ITEM_ID, detail=_ID_FORM)
    if not 0 < len(name) <= MOST_NAME or not is_plain(name):
        raise OperatorWrong(item=_ITEM_NAME, detail=_NAME_FORM.filled(most=MOST_NAME))
    held = demand_one_persons(roles)
    if not must_change:
        demand_fit(password, operator, name, policy)
    if tx.row(_ONE, of=operator) is not None:
        raise OperatorExists(operator=operator)
    try:
        tx.run(
            _ADD,
            id=operator,
            name=name,
            roles=written(held),
            password=hashed(password, policy),
            must_change=must_change,
            failures=0,
            created_at=tx.at,
        )
    except IntegrityError as error:  # somebody else was first
        raise OperatorExists(operator=operator) from error
    return Operator(operator, name, held, must_change, None, tx.at, None)


def add_first(
    tx: Transaction, operator: str, name: str, password: Secret, policy: Policy
) -> Operator:
    """Take on the first, as supervisor; raises FirstOperatorExists where there was ever one."""
    if tx.rows(_COUNT)[0][0]:
        raise FirstOperatorExists
    return add(tx, operator, name, [Role.SUPERVISOR], password, policy, must_change=False)


def set_roles(tx: Transaction, operator: str, roles: Iterable[Role]) -> Operator:
    """Give somebody other roles, and the operator as it was before.

    Raises OperatorUnknown, RolesClash, LastSupervisor.
    """
    before = find(tx, operator)
    held = demand_one_persons(roles)
    if Role.SUPERVISOR not in held:
        _demand_other_supervisor(tx, before)
    tx.run(_CHANGE, of=before.id, roles=written(held))
    return before


def set_password(
    tx: Transaction, operator: str, password: Secret, policy: Policy, *, must_change: bool
) -> None:
    """Keep a new password, and lift a lock; whoever calls has looked whether it is fit."""
    tx.run(
        _CHANGE,
        of=operator,
        password=hashed(password, policy),
        must_change=must_change,
        failures=0,
        locked_until=None,
    )


def unlock(tx: Transaction, operator: str) -> None:
    """Lift a lock at once."""
    tx.run(_CHANGE, of=operator, failures=0, locked_until=None)


def leave(tx: Transaction, operator: str) -> Operator:
    """Let somebody go, and give how they stand: they sign in no more, and their sessions end.

    Raises OperatorUnknown, LastSupervisor.
    """
    leaver = find(tx, operator)
    _demand_other_supervisor(tx, leaver)
    tx.run(_CHANGE, of=leaver.id, left_at=tx.at)
    end_sessions(tx, leaver.id)
    return replace(leaver, left_at=tx.at)


def demand_role(operator: str, held: frozenset[Role], roles: Iterable[Role]) -> None:
    """Demand one of some roles; raises RoleMissing."""
    wanted = tuple(roles)
    if held.isdisjoint(wanted):
        raise RoleMissing(operator=operator, roles=named(wanted))


def demand_still(tx: Transaction, by: SignedIn, *roles: Role) -> None:
    """Demand one of some roles that somebody still has: they may be gone since the command began.

    Raises RoleMissing, also for who has left.
    """
    row = _row(tx, by.operator)
    held = frozenset[Role]() if row is None or row.left_at is not None else _roles(row.roles)
    demand_role(by.operator, held & by.roles, roles)


def named(roles: Iterable[Role]) -> Text:
    """Name roles in a sentence."""
    texts = [ROLES[each] for each in roles]
    return Text("、".join(each.zh for each in texts), ", ".join(each.en for each in texts))


def demand_one_persons(roles: Iterable[Role]) -> frozenset[Role]:
    """Demand roles that one person may hold together; raises RolesClash."""
    held = frozenset(roles)
    if not held:
        raise RolesClash(detail=_NO_ROLE)
    if Role.AUDITOR in held and len(held) > 1:
        raise RolesClash(detail=_AUDITOR_ALONE)
    return held


# --- Passwords -----------------------------------------------------------------------------


def check_password(tx: Transaction, operator: str, password: Secret, policy: Policy) -> Checked:
    """Hold a password against the one that is kept, and count the mistakes.

    Nothing is raised, so that a mistake stays counted. Somebody unknown costs as much time as a
    mistake; while a lock holds, no password is looked at.
    """
    row = _row(tx, operator)
    known = _read(row) if row is not None and row.left_at is None else None
    if known is not None and known.locked_until is not None and tx.at < known.locked_until:
        return Checked(Verdict.LOCKED, known, known.locked_until)
    right = matches(password, None if row is None else row.password, policy)
    if known is None or row is None:
        return Checked(Verdict.UNKNOWN, None)
    if right:
        if row.failures or row.locked_until is not None:
            unlock(tx, known.id)
        kept = row.password
        if is_outdated(kept, policy):
            kept = hashed(password, policy)
            tx.run(_CHANGE, of=known.id, password=kept)
        return Checked(Verdict.RIGHT, known, kept=kept)
    failures = row.failures + 1
    if failures < policy.failures:
        tx.run(_CHANGE, of=known.id, failures=failures)
        return Checked(Verdict.WRONG, known)
    until = tx.at + policy.locked_for
    tx.run(_CHANGE, of=known.id, failures=0, locked_until=until)
    return Checked(Verdict.LOCKED, known, until)


def still_proved(tx: Transaction, checked: Checked) -> Operator | None:
    """Give whom a right password proved; None where they have left, or have another one since."""
    row = None if checked.operator is None else _row(tx, checked.operator.id)
    if row is None or row.left_at is not None or row.password != checked.kept:
        return None
    return _read(row)


# --- Sessions ------------------------------------------------------------------------------


def open_session(
    tx: Transaction, operator: Operator, random: Random = secrets.token_bytes
) -> Secret:
    """Sign somebody in, and give the token that their desk holds; the database keeps its digest."""
    token = Secret(random(TOKEN))
    tx.run(_OPEN, token=_kept(token), operator=operator.id, at=tx.at, seen_at=tx.at)
    return token


def who(tx: Transaction, token: Secret, policy: Policy) -> SignedIn:
    """Say who holds a token; raises NotSignedIn where nobody does, or the desk stood unused."""
    row = tx.row(_SESSION, of=_kept(token))
    if row is None or row.ended_at is not None or row.left_at is not None:
        raise NotSignedIn(detail=_NOBODY)
    # One from the future was opened before the clock was set back: its age is not known.
    if not row.seen_at - TOLERANCE <= tx.at < row.seen_at + policy.idle:
        raise NotSignedIn(detail=_IDLE)
    return SignedIn(row.id, row.name, _roles(row.roles), row.seen_at)


def seen(tx: Transaction, token: Secret) -> None:
    """Note that a desk is used."""
    tx.run(_MOVE_ON, of=_kept(token), seen_at=tx.at)


def end_session(tx: Transaction, token: Secret) -> str | None:
    """Sign a desk out, and say who was signed in there, None where nobody was."""
    row = tx.row(_SESSION, of=_kept(token))
    if row is None or row.ended_at is not None:
        return None
    tx.run(_MOVE_ON, of=_kept(token), ended_at=tx.at)
    return str(row.id)


def end_sessions(tx: Transaction, operator: str, but: Secret | None = None) -> None:
    """Sign somebody out everywhere, except where ``but`` is held."""
    tx.run(_END_ALL, of=operator, but=b"" if but is None else _kept(but), ended_at=tx.at)


def end_every_session(tx: Transaction) -> int:
    """Sign everybody out, and say how many sessions that were."""
    return tx.run(_END_EVERY, ended_at=tx.at)


def last_sign_in(tx: Transaction, operator: str) -> datetime | None:
    """Say when somebody last signed in, None where they never did."""
    at: datetime | None = tx.rows(_LAST, of=operator)[0][0]
    return at


def _kept(token: Secret) -> bytes:
    return hashlib.sha256(token.reveal()).digest()


# --- Rows ----------------------------------------------------------------------------------


def _demand_other_supervisor(tx: Transaction, operator: Operator) -> None:
    others = any(
        Role.SUPERVISOR in each.roles and each.left_at is None and each.id != operator.id
        for each in everybody(tx)
    )
    if Role.SUPERVISOR in operator.roles and not others:
        raise LastSupervisor(operator=operator.id)


def _row(tx: Transaction, operator: str) -> Row[Any] | None:
    """Look somebody up, who may have left; what is no id is not even asked for."""
    of = folded(operator)
    return tx.row(_ONE, of=of) if _ID.fullmatch(of) else None


def _read(row: Row[Any]) -> Operator:
    return Operator(
        row.id,
        row.name,
        _roles(row.roles),
        row.must_change,
        row.locked_until,
        row.created_at,
        row.left_at,
    )


def written(roles: frozenset[Role]) -> str:
    """Write roles in one line, in their order."""
    return " ".join(each.value for each in Role if each in roles)


def _roles(text: str) -> frozenset[Role]:
    return frozenset(Role(each) for each in text.split())
