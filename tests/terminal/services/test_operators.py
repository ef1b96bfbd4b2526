"""Operators at work: every act and every failure on record, mistakes counted whatever follows."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
from book import CHEAP, PASSWORD, Book

from apdu.secret import Secret
from terminal.errors import (
    ClockJumped,
    GuitaiError,
    NotForOneself,
    NotSignedIn,
    OperatorExists,
    OperatorLocked,
    OperatorUnknown,
    PasswordMustChange,
    PasswordUnfit,
    RegistryKeyWrong,
    RoleMissing,
    SecondPersonNeeded,
    SignInRefused,
)
from terminal.registry.audit_search import Entry, Wanted, search
from terminal.registry.operators import Role, SignedIn
from terminal.registry.vault import make_key_file
from terminal.services.operators import NOBODY, Operators

WRONG = Secret(b"wrong wrong wrong")
NEW = Secret("一个新的长密码才好记".encode())


class Office:
    """A counter with a supervisor, zhang; others are taken on as a test wants them."""

    def __init__(self, folder: Path) -> None:
        self.book = Book(folder)
        self.people = Operators(self.book.registry, "A01-1", CHEAP)
        self.people.add_first("zhang", "张主管", PASSWORD)
        self.zhang = self.people.sign_in("zhang", PASSWORD).who

    def hire(self, operator: str, *roles: Role) -> SignedIn:
        """Take somebody on, with a password of their own."""
        _, once = self.people.add(self.zhang, operator, "李四", roles or [Role.CLERK])
        self.people.change_password(operator, once, PASSWORD)
        return self.people.sign_in(operator, PASSWORD).who

    def entries(self, wanted: Wanted | None = None) -> list[Entry]:
        """Read the audit, and find it whole."""
        assert self.book.verify() == []
        with self.book.registry.reading() as tx:
            return list(search(tx, wanted or Wanted()))

    def last(self) -> tuple[str, str, str, dict[str, object]]:
        """Give the newest act: who, who agreed, what, details."""
        note = self.entries()[-1].note
        return note.operator, note.second, note.action, dict(note.facts)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Open a counter."""
    office = Office(tmp_path)
    yield office
    office.book.close()


class TestSigningIn:
    def test_in_and_out(self, office: Office) -> None:
        """The token says who it is until it is given back; both are on record."""
        session = office.people.sign_in("ZHANG", PASSWORD)
        assert office.last() == ("zhang", "", "sign_in", {})
        assert office.people.who(session.token).operator == "zhang"
        assert office.people.sign_out(session.token) == "zhang"
        assert office.last() == ("zhang", "", "sign_out", {})
        assert office.people.sign_out(session.token) is None
        with pytest.raises(NotSignedIn):
            office.people.who(session.token)

    def test_wrong_and_unknown_sound_alike(self, office: Office) -> None:
        """Whether an id exists is not told; on record it is, but never what was typed for one."""
        said = set()
        for operator, noted in (("zhang", "zhang"), ("correct horse battery", NOBODY)):
            with pytest.raises(SignInRefused) as caught:
                office.people.sign_in(operator, WRONG)
            said.add((caught.value.message("zh"), caught.value.advice("zh")))
            assert office.last() == (noted, "", "sign_in_failed", {"why": "sign_in_refused"})
        assert len(said) == 1

    def test_mistakes_stay_counted(self, office: Office) -> None:
        """Each is raised and committed all the same: the fifth locks, until a time that is said."""
        for _ in range(4):
            with pytest.raises(SignInRefused):
                office.people.sign_in("zhang", WRONG)
        for password in (WRONG, PASSWORD):
            with pytest.raises(OperatorLocked) as caught:
                office.people.sign_in("zhang", password)
            assert "2026-03-02 08:45" in caught.value.message("en")
        assert office.last()[3] == {"why": "operator_locked"}
        office.book.later(minutes=15)
        office.people.sign_in("zhang", PASSWORD)

    def test_guesses_at_once_are_counted_too(self, office: Office) -> None:
        """Many programs guessing at the same time have no more guesses than one."""
        outcomes: list[str] = []
        gate = threading.Barrier(4)

        def guess() -> None:
            registry = office.book.another()
            people = Operators(registry, "A01-2", CHEAP)
            gate.wait()
            for _ in range(3):
                try:
                    people.sign_in("zhang", WRONG)
                except GuitaiError as error:
                    outcomes.append(error.code)
            registry.close()

        threads = [threading.Thread(target=guess) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["operator_locked"] * 8 + ["sign_in_refused"] * 4
        assert office.book.verify() == []

    def test_a_desk_in_use_stays_signed_in(self, office: Office) -> None:
        """Asking who it is is using it; to the minute, so that not every look is a write."""
        session = office.people.sign_in("zhang", PASSWORD)
        for _ in range(4):
            office.book.later(minutes=29)
            office.people.who(session.token)
        office.book.later(minutes=30)
        with pytest.raises(NotSignedIn):
            office.people.who(session.token)

    def test_a_one_time_password_opens_one_door(self, office: Office) -> None:
        """It is right, and good for nothing but a password of one's own; then it is over."""
        _, once = office.people.add(office.zhang, "li", "李四", [Role.CLERK])
        with pytest.raises(PasswordMustChange):
            office.people.sign_in("li", once)
        with pytest.raises(PasswordMustChange):
            office.people.confirm_second(office.zhang, "li", once)
        with pytest.raises(PasswordUnfit):
            office.people.change_password("li", once, once)
        office.people.change_password("li", once, PASSWORD)
        assert office.last() == ("li", "", "password", {})
        with pytest.raises(SignInRefused):
            office.people.sign_in("li", once)
        assert office.people.sign_in("li", PASSWORD).who.roles == {Role.CLERK}


class TestOnesOwnPassword:
    def test_changed(self, office: Office) -> None:
        """Whoever sat somewhere with the old one sits there no more."""
        session = office.people.sign_in("zhang", PASSWORD)
        office.people.change_password("zhang", PASSWORD, NEW)
        with pytest.raises(NotSignedIn):
            office.people.who(session.token)
        with pytest.raises(SignInRefused):
            office.people.sign_in("zhang", PASSWORD)
        office.people.sign_in("zhang", NEW)

    def test_not_to_the_same_or_to_a_weak_one(self, office: Office) -> None:
        """Nothing is changed then."""
        for new in (PASSWORD, Secret("ｃorrect horse battery".encode()), Secret(b"1234567890")):
            with pytest.raises(PasswordUnfit):
                office.people.change_password("zhang", PASSWORD, new)
        office.people.sign_in("zhang", PASSWORD)

    def test_the_old_one_is_guessed_no_easier(self, office: Office) -> None:
        """A way to try passwords that counts no mistakes would be a way around the lock."""
        for _ in range(4):
            with pytest.raises(SignInRefused):
                office.people.change_password("zhang", WRONG, NEW)
        assert office.last() == ("zhang", "", "password_failed", {"why": "sign_in_refused"})
        with pytest.raises(OperatorLocked):
            office.people.change_password("zhang", WRONG, NEW)


class TestSecondPerson:
    def test_by_their_own_password(self, office: Office) -> None:
        """Two people are on record, and the second proved it at this desk."""
        office.hire("li", Role.CLERK, Role.ISSUER)
        second = office.people.confirm_second(office.zhang, " LI ", PASSWORD, [Role.ISSUER])
        assert (second.operator, second.roles) == ("li", {Role.CLERK, Role.ISSUER})
        assert office.last() == ("zhang", "li", "second", {})

    @pytest.mark.parametrize("oneself", ["zhang", " ZHANG ", "ｚhang", ""])
    def test_not_oneself(self, office: Office, oneself: str) -> None:
        """Under no spelling, and not nobody."""
        with pytest.raises(SecondPersonNeeded):
            office.people.confirm_second(office.zhang, oneself, PASSWORD)

    def test_of_a_fitting_role(self, office: Office) -> None:
        """What a supervisor has to agree to, no colleague agrees to; that it was tried is noted."""
        office.hire("li")
        with pytest.raises(RoleMissing):
            office.people.confirm_second(office.zhang, "li", PASSWORD, [Role.SUPERVISOR])
        assert office.last() == ("zhang", "li", "second_failed", {"why": "role_missing"})

    def test_mistakes_lock_the_second_and_not_the_first(self, office: Office) -> None:
        """Guessing a colleague's password at one's own desk is guessing, and on record as such."""
        office.hire("li")
        for _ in range(4):
            with pytest.raises(SignInRefused):
                office.people.confirm_second(office.zhang, "li", WRONG)
        assert office.last() == ("zhang", "li", "second_failed", {"why": "sign_in_refused"})
        with pytest.raises(OperatorLocked):
            office.people.confirm_second(office.zhang, "li", WRONG)
        with pytest.raises(OperatorLocked):
            office.people.sign_in("li", PASSWORD)
        office.people.sign_in("zhang", PASSWORD)

    def test_no_auditor(self, office: Office) -> None:
        """Whoever looks at what others did has no part in it, neither as second nor as first."""
        shen = office.hire("shen", Role.AUDITOR)
        with pytest.raises(RoleMissing):
            office.people.confirm_second(office.zhang, "shen", PASSWORD)
        assert office.last() == ("zhang", "shen", "second_failed", {"why": "role_missing"})
        zhang = office.people.confirm_second(shen, "zhang", PASSWORD)
        with pytest.raises(RoleMissing):
            office.people.confirm_clock(shen, zhang)


class TestMeanwhile:
    """A password is proved in one transaction, and what it was for is done in the next."""

    ACTS: ClassVar[list[Callable[[Operators, SignedIn], object]]] = [
        lambda people, _by: people.sign_in("li", PASSWORD),
        lambda people, by: people.confirm_second(by, "li", PASSWORD),
        lambda people, _by: people.change_password("li", PASSWORD, NEW),
    ]

    @staticmethod
    def between(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
        """Have somebody be quicker than the second transaction."""
        prove = Operators._prove

        def proved(self: Operators, *given: object, **how: object) -> object:
            done = prove(self, *given, **how)  # type: ignore[arg-type]  # what it was given
            monkeypatch.undo()
            act()
            return done

        monkeypatch.setattr(Operators, "_prove", proved)

    @pytest.mark.parametrize("act", ACTS, ids=["sign_in", "second", "password"])
    def test_a_reset(
        self,
        office: Office,
        monkeypatch: pytest.MonkeyPatch,
        act: Callable[[Operators, SignedIn], object],
    ) -> None:
        """It takes the old password's use away at once, wherever it has just been typed."""
        office.hire("li")
        given: list[Secret] = []
        reset = lambda: given.append(office.people.reset(office.zhang, "li")[1])  # noqa: E731
        self.between(monkeypatch, reset)
        with pytest.raises(SignInRefused):
            act(office.people, office.zhang)
        assert office.last() == ("zhang", "", "operator_reset", {"of": "li"})
        with pytest.raises(PasswordMustChange):
            office.people.sign_in("li", given[0])

    @pytest.mark.parametrize("act", ACTS, ids=["sign_in", "second", "password"])
    def test_a_leave(
        self,
        office: Office,
        monkeypatch: pytest.MonkeyPatch,
        act: Callable[[Operators, SignedIn], object],
    ) -> None:
        """Who left in that moment sounds like anybody unknown."""
        office.hire("li")
        self.between(monkeypatch, lambda: office.people.leave(office.zhang, "li"))
        with pytest.raises(SignInRefused):
            act(office.people, office.zhang)

    def test_a_role_of_a_second(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        """What they may agree to is what they may now."""
        office.hire("li", Role.ISSUER)
        roles = lambda: office.people.set_roles(office.zhang, "li", [Role.CLERK])  # noqa: E731
        self.between(monkeypatch, roles)
        with pytest.raises(RoleMissing):
            office.people.confirm_second(office.zhang, "li", PASSWORD, [Role.ISSUER])

    def test_a_role_of_a_supervisor(self, office: Office) -> None:
        """Somebody who sat down as one and is none any more looks after nobody."""
        other = office.hire("he", Role.SUPERVISOR)
        office.hire("li")
        office.people.set_roles(office.zhang, "he", [Role.CLERK])
        before = len(office.entries())
        for act in (
            lambda: office.people.add(other, "new", "新人", [Role.CLERK]),
            lambda: office.people.set_roles(other, "he", [Role.SUPERVISOR]),
            lambda: office.people.reset(other, "li"),
            lambda: office.people.unlock(other, "li"),
            lambda: office.people.leave(other, "li"),
            lambda: office.people.everybody(other),
        ):
            with pytest.raises(RoleMissing):
                act()
        office.people.leave(office.zhang, "he")
        with pytest.raises(RoleMissing):
            office.people.everybody(other)
        assert len(office.entries()) == before + 1


class TestSupervisors:
    @pytest.mark.parametrize(
        "act",
        [
            lambda people, by: people.add(by, "new", "新人", [Role.CLERK]),
            lambda people, by: people.set_roles(by, "zhang", [Role.CLERK]),
            lambda people, by: people.reset(by, "zhang"),
            lambda people, by: people.unlock(by, "zhang"),
            lambda people, by: people.leave(by, "zhang"),
        ],
        ids=["add", "roles", "reset", "unlock", "leave"],
    )
    def test_nobody_else_may(
        self, office: Office, act: Callable[[Operators, SignedIn], object]
    ) -> None:
        """Each of these acts makes or unmakes what others may do."""
        before = len(office.entries())
        for role in set(Role) - {Role.SUPERVISOR}:
            with pytest.raises(RoleMissing):
                act(office.people, replace(office.zhang, roles=frozenset({role})))
        assert len(office.entries()) == before

    def test_what_they_do_is_on_record(self, office: Office) -> None:
        """With whom it was done to, and roles before and after."""
        people, zhang = office.people, office.zhang
        office.hire("li")
        people.set_roles(zhang, "LI", [Role.ISSUER, Role.CLERK])
        roles = {"of": "li", "before": "clerk", "roles": "clerk issuer"}
        assert office.last() == ("zhang", "", "operator_roles", roles)
        people.reset(zhang, "li")
        assert office.last() == ("zhang", "", "operator_reset", {"of": "li"})
        people.unlock(zhang, "li")
        assert office.last() == ("zhang", "", "operator_unlock", {"of": "li"})
        people.leave(zhang, "li")
        assert office.last() == ("zhang", "", "operator_leave", {"of": "li"})
        with pytest.raises(OperatorUnknown):
            people.reset(zhang, "li")
        with pytest.raises(OperatorExists):
            people.add(zhang, "li", "李", [Role.CLERK])

    def test_a_reset_ends_what_was_open(self, office: Office) -> None:
        """Who had the old password, and a desk by it, has neither any more."""
        office.hire("li")
        session = office.people.sign_in("li", PASSWORD)
        for _ in range(5):
            with pytest.raises(GuitaiError):
                office.people.sign_in("li", WRONG)
        found, once = office.people.reset(office.zhang, "li")
        assert (found.must_change, found.locked_until) == (True, None)
        with pytest.raises(NotSignedIn):
            office.people.who(session.token)
        office.people.change_password("li", once, NEW)
        office.people.sign_in("li", NEW)

    def test_not_for_oneself(self, office: Office) -> None:
        """A supervisor who could reset and unlock themself would have no lock."""
        for act in (office.people.reset, office.people.unlock):
            with pytest.raises(NotForOneself):
                act(office.zhang, "Zhang")

    def test_the_list(self, office: Office) -> None:
        """For supervisors and auditors; clerks have no use for it."""
        auditor, clerk = office.hire("shen", Role.AUDITOR), office.hire("li")
        ids = [each.id for each in office.people.everybody(office.zhang)]
        assert ids == [each.id for each in office.people.everybody(auditor)]
        assert ids == ["li", "shen", "zhang"]
        with pytest.raises(RoleMissing):
            office.people.everybody(clerk)


class TestRecovery:
    def test_by_the_key_file_and_loudly(self, office: Office) -> None:
        """The last resort works without any password, and no supervisor fails to hear of it."""
        office.hire("shen", Role.AUDITOR)
        office.hire("li")
        office.book.later(hours=1)
        key = office.book.folder / "key"
        found, once = office.people.recover("zhang", key, "root")
        assert found.must_change
        assert office.last() == (
            NOBODY, "", "operator_recover", {"of": "zhang", "system_user": "root"}
        )  # fmt: skip
        office.book.later(hours=1)
        office.people.change_password("zhang", once, NEW)
        for operator, password, notices in (
            ("zhang", NEW, 1), ("zhang", NEW, 0), ("shen", PASSWORD, 1), ("li", PASSWORD, 0)
        ):  # fmt: skip
            office.book.later(minutes=1)
            session = office.people.sign_in(operator, password)
            assert len(session.notices) == notices, operator
            for each in session.notices:
                assert "zhang" in each.zh
                assert "root" in each.en

    def test_not_with_another_key(self, office: Office, tmp_path: Path) -> None:
        """Anybody can make a key file; only this registry's counts."""
        other = tmp_path / "other.key"
        make_key_file(other)
        for path in (other, tmp_path / "none"):
            with pytest.raises(RegistryKeyWrong):
                office.people.recover("zhang", path, "root")
        office.people.sign_in("zhang", PASSWORD)

    def test_supervisors_alone(self, office: Office) -> None:
        """It is to get a supervisor back, who then does the rest in their own name."""
        office.hire("li")
        for operator, error in (("li", RoleMissing), ("nobody", OperatorUnknown)):
            with pytest.raises(error):
                office.people.recover(operator, office.book.folder / "key", "root")

    def test_not_in_the_past(self, office: Office) -> None:
        """A clock set back would date it before what the others have seen already."""
        office.book.later(hours=-1)
        with pytest.raises(ClockJumped):
            office.people.recover("zhang", office.book.folder / "key", "root")
