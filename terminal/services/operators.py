"""Operators at work: taken on, signed in, agreeing as second person; every act on record.

Each act is a transaction of its own, for a wrong password stays counted whatever becomes of the
service that asked for it. Whoever looks after others is a supervisor who is signed in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from apdu.secret import Secret
from terminal.beijing_time import beijing_day, in_beijing
from terminal.errors import (
    GuitaiError,
    NotForOneself,
    OperatorLocked,
    PasswordMustChange,
    PasswordUnfit,
    RoleMissing,
    SignInRefused,
)
from terminal.registry import operators as rows
from terminal.registry.audit import Fact, Note, note
from terminal.registry.audit_search import Wanted, search
from terminal.registry.operators import DOERS, Checked, Operator, Role, SignedIn, Verdict
from terminal.registry.passwords import Policy, are_same, demand_fit, one_time
from terminal.registry.store import Registry, note_use
from terminal.registry.transaction import Transaction
from terminal.registry.vault import Vault, load_key
from terminal.rules.clock import ClockNotice
from terminal.services.acts import Act
from terminal.services.clock import clock_notice, demand_clock
from terminal.services.two_people import demand_two
from terminal.texts import Text

POLICY = Policy()
NOBODY = "?"
"""Stands on record for an id that is nobody's: what was typed may have been a password."""
_SAME = Text("它就是现在的密码", "it is the present one")
_RECOVERED = Text(
    "{at}，有人凭密钥文件重置了主管 {operator} 的密码（系统用户 {by}）；若您不知情，请立即报告",
    "On {at} the password of the supervisor {operator} was reset by the key file (system user"
    " {by}); report it at once if you know nothing of it",
)


@dataclass(frozen=True, slots=True)
class Session:
    """Hold a sign-in: the desk keeps ``token``; ``notices`` are to be shown now."""

    token: Secret
    who: SignedIn
    notices: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Second:
    """Hold the person who agreed, having proved themself at the same desk."""

    operator: str
    name: str
    roles: frozenset[Role]


class Operators:
    """Do what concerns operators, at one counter; ``chain`` is its audit."""

    def __init__(self, registry: Registry, chain: str, policy: Policy = POLICY) -> None:
        self._registry = registry
        self._chain = chain
        self._policy = policy

    # --- Signing in ---

    def sign_in(self, operator: str, password: Secret) -> Session:
        """Sign somebody in.

        Raises SignInRefused, OperatorLocked; PasswordMustChange where the password was right and
        is good for one change only.
        """
        proved = self._prove(operator, password, Act.SIGN_IN_FAILED)
        with self._registry.writing() as tx:
            found = self._still(tx, proved)
            notices = _notices(tx, found)
            token = rows.open_session(tx, found)
            self._note(tx, found.id, Act.SIGN_IN)
            return Session(token, rows.who(tx, token, self._policy), notices)

    def who(self, token: Secret, *, used: bool = True) -> SignedIn:
        """Say who is signed in, and note that their desk is ``used``; raises NotSignedIn."""
        with self._registry.reading() as tx:
            found = rows.who(tx, token, self._policy)
        if used and tx.at - found.seen_at >= rows.SEEN_EVERY:
            with self._registry.writing() as tx:
                rows.seen(tx, token)
        return found

    def sign_out(self, token: Secret) -> str | None:
        """Sign a desk out, and say who was signed in, None where nobody was."""
        with self._registry.writing() as tx:
            operator = rows.end_session(tx, token)
            if operator is not None:
                self._note(tx, operator, Act.SIGN_OUT)
        return operator

    def change_password(self, operator: str, old: Secret, new: Secret) -> None:
        """Change one's own password, and end one's sessions.

        Raises PasswordUnfit, SignInRefused, OperatorLocked.
        """
        proved = self._prove(operator, old, Act.PASSWORD_FAILED, one_time_will_do=True)
        with self._registry.writing() as tx:
            found = self._still(tx, proved, one_time_will_do=True)
            demand_fit(new, found.id, found.name, self._policy)
            if are_same(old, new):
                raise PasswordUnfit(detail=_SAME)
            rows.set_password(tx, found.id, new, self._policy, must_change=False)
            rows.end_sessions(tx, found.id)
            self._note(tx, found.id, Act.PASSWORD)

    def confirm_second(
        self, first: SignedIn, operator: str, password: Secret, roles: Iterable[Role] = ()
    ) -> Second:
        """Have another person agree, who proves themself by their own password at this desk.

        ``roles``: which of them will do; none, anybody but an auditor. Done before the transaction
        of the service that wants it. Raises SecondPersonNeeded for the same person, RoleMissing,
        and what :meth:`sign_in` raises.
        """
        demand_two(first.operator, rows.folded(operator))
        wanted = tuple(roles) or DOERS
        proved = self._prove(operator, password, Act.SECOND_FAILED, by=first.operator, roles=wanted)
        with self._registry.writing() as tx:
            found = self._still(tx, proved, wanted)
            self._note(tx, first.operator, Act.SECOND, second=found.id)
            return Second(found.id, found.name, found.roles)

    # --- Looking after the others ---

    def add_first(self, operator: str, name: str, password: Secret) -> Operator:
        """Take the first on, as supervisor, with a password of their own choice.

        Raises FirstOperatorExists, OperatorWrong, PasswordUnfit.
        """
        with self._registry.writing() as tx:
            made = rows.add_first(tx, operator, name, password, self._policy)
            self._note(tx, made.id, Act.OPERATOR_FIRST)
        return made

    def add(
        self, by: SignedIn, operator: str, name: str, roles: Iterable[Role]
    ) -> tuple[Operator, Secret]:
        """Take somebody on, and give the password that is good for their first sign-in.

        Raises RoleMissing, OperatorWrong, OperatorExists, RolesClash.
        """
        password = one_time()
        with self._registry.writing() as tx:
            rows.demand_still(tx, by, Role.SUPERVISOR)
            made = rows.add(tx, operator, name, roles, password, self._policy)
            self._note(
                tx, by.operator, Act.OPERATOR_ADD, of=made.id, roles=rows.written(made.roles)
            )
        return made, password

    def set_roles(self, by: SignedIn, operator: str, roles: Iterable[Role]) -> Operator:
        """Give somebody other roles; they hold from their next act on.

        Raises RoleMissing, OperatorUnknown, RolesClash, LastSupervisor.
        """
        with self._registry.writing() as tx:
            rows.demand_still(tx, by, Role.SUPERVISOR)
            before = rows.set_roles(tx, operator, roles)
            after = rows.find(tx, operator)
            self._note(
                tx,
                by.operator,
                Act.OPERATOR_ROLES,
                of=after.id,
                before=rows.written(before.roles),
                roles=rows.written(after.roles),
            )
        return after

    def reset(self, by: SignedIn, operator: str) -> tuple[Operator, Secret]:
        """Give somebody who forgot theirs a password for one sign-in, and end their sessions.

        Raises RoleMissing, OperatorUnknown, NotForOneself.
        """
        password = one_time()
        with self._registry.writing() as tx:
            found = self._give(tx, self._another(tx, by, operator), password)
            self._note(tx, by.operator, Act.OPERATOR_RESET, of=found.id)
        return found, password

    def unlock(self, by: SignedIn, operator: str) -> Operator:
        """Lift a lock at once; raises RoleMissing, OperatorUnknown, NotForOneself."""
        with self._registry.writing() as tx:
            found = self._another(tx, by, operator)
            rows.unlock(tx, found.id)
            self._note(tx, by.operator, Act.OPERATOR_UNLOCK, of=found.id)
            return rows.find(tx, found.id)

    def leave(self, by: SignedIn, operator: str) -> Operator:
        """Let somebody go; raises RoleMissing, OperatorUnknown, LastSupervisor."""
        with self._registry.writing() as tx:
            rows.demand_still(tx, by, Role.SUPERVISOR)
            found = rows.leave(tx, operator)
            self._note(tx, by.operator, Act.OPERATOR_LEAVE, of=found.id)
        return found

    def recover(self, operator: str, key_file: Path, by: str) -> tuple[Operator, Secret]:
        """Give a supervisor a password for one sign-in where none of them can sign in any more.

        Whoever can read the registry's key may do it: there is nothing here that they could not
        read anyway. All supervisors and auditors are told when they sign in next; ``by`` is the
        system's user. Raises RegistryKeyWrong, ClockJumped, OperatorUnknown, RoleMissing.
        """
        ours = self._registry.vault
        Vault(load_key(key_file)).recognise(ours.check_value)
        demand_clock(self._registry)  # else it could be hidden among what they have seen already
        password = one_time()
        with self._registry.writing() as tx:
            found = rows.find(tx, operator)
            rows.demand_role(found.id, found.roles, [Role.SUPERVISOR])
            found = self._give(tx, found, password)
            self._note(tx, NOBODY, Act.OPERATOR_RECOVER, of=found.id, system_user=by)
        return found, password

    def everybody(self, by: SignedIn) -> tuple[Operator, ...]:
        """List who works here, and who has left; raises RoleMissing."""
        with self._registry.reading() as tx:
            rows.demand_still(tx, by, Role.SUPERVISOR, Role.AUDITOR)
            return rows.everybody(tx)

    def confirm_clock(self, by: SignedIn, second: Second) -> ClockNotice:
        """Have two people, one of them a supervisor, say that the clock is right.

        Gives what was noticed about it. Raises SecondPersonNeeded, RoleMissing.
        """
        demand_two(by.operator, second.operator)
        by.demand(*DOERS)
        rows.demand_role(by.operator, by.roles | second.roles, [Role.SUPERVISOR])
        notice = clock_notice(self._registry)
        seconds = int(notice.by.total_seconds())
        with self._registry.writing() as tx:
            note_use(tx, tx.at, timedelta())
            self._note(
                tx,
                by.operator,
                Act.CLOCK_CONFIRM,
                second=second.operator,
                jump=notice.jump.value,
                seconds=seconds,
            )
        return notice

    # --- What they have in common ---

    def _prove(
        self,
        operator: str,
        password: Secret,
        failed: Act,
        *,
        by: str | None = None,
        roles: tuple[Role, ...] = (),
        one_time_will_do: bool = False,
    ) -> Checked:
        """Hold a password against the one kept, in a transaction that a mistake does not undo.

        ``by`` is whose desk it is, where that is somebody else. Whoever goes on in a transaction of
        its own asks :meth:`_still` there.
        """
        with self._registry.writing() as tx:
            checked = rows.check_password(tx, operator, password, self._policy)
            trouble = self._trouble(checked, roles, one_time_will_do=one_time_will_do)
            found = NOBODY if checked.operator is None else checked.operator.id
            if trouble is not None:
                second = "" if by is None else found
                self._note(tx, by or found, failed, second=second, why=trouble.code)
        if trouble is not None:
            raise trouble
        return checked

    def _still(
        self,
        tx: Transaction,
        proved: Checked,
        roles: tuple[Role, ...] = (),
        *,
        one_time_will_do: bool = False,
    ) -> Operator:
        """Give whom a password proved, by what holds now: a supervisor may have been quicker."""
        found = rows.still_proved(tx, proved)
        verdict = Verdict.UNKNOWN if found is None else Verdict.RIGHT
        trouble = self._trouble(Checked(verdict, found), roles, one_time_will_do=one_time_will_do)
        if trouble is not None:
            raise trouble
        assert found is not None  # else that is the trouble
        return found

    def _trouble(
        self, checked: Checked, roles: tuple[Role, ...], *, one_time_will_do: bool
    ) -> GuitaiError | None:
        found, policy = checked.operator, self._policy
        if found is None or checked.verdict in {Verdict.WRONG, Verdict.UNKNOWN}:
            minutes = int(policy.locked_for.total_seconds() // 60)
            return SignInRefused(failures=policy.failures, minutes=minutes)
        if checked.until is not None:
            until = f"{in_beijing(checked.until):%Y-%m-%d %H:%M}"
            return OperatorLocked(operator=found.id, until=until)
        if found.must_change and not one_time_will_do:
            return PasswordMustChange(operator=found.id)
        if roles and found.roles.isdisjoint(roles):
            return RoleMissing(operator=found.id, roles=rows.named(roles))
        return None

    def _another(self, tx: Transaction, by: SignedIn, operator: str) -> Operator:
        rows.demand_still(tx, by, Role.SUPERVISOR)
        found = rows.find(tx, operator)
        if found.id == by.operator:
            raise NotForOneself
        return found

    def _give(self, tx: Transaction, operator: Operator, password: Secret) -> Operator:
        rows.set_password(tx, operator.id, password, self._policy, must_change=True)
        rows.end_sessions(tx, operator.id)
        return rows.find(tx, operator.id)

    def _note(
        self, tx: Transaction, operator: str, act: Act, *, second: str = "", **facts: Fact
    ) -> None:
        note(tx, self._chain, Note(operator, act.value, second=second, facts=facts))


def _notices(tx: Transaction, operator: Operator) -> tuple[Text, ...]:
    """Tell supervisors and auditors of recoveries since they last signed in."""
    if operator.roles.isdisjoint({Role.SUPERVISOR, Role.AUDITOR}):
        return ()
    since = rows.last_sign_in(tx, operator.id) or operator.created_at
    wanted = Wanted(action=Act.OPERATOR_RECOVER.value, from_day=beijing_day(since))
    return tuple(
        _RECOVERED.filled(
            at=f"{in_beijing(each.at):%Y-%m-%d %H:%M}",
            operator=each.note.facts["of"],
            by=each.note.facts["system_user"],
        )
        for each in search(tx, wanted)
        if each.at >= since
    )
