"""Operators and their passwords: who may be one, what a guess costs, when a session is over."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from book import CHEAP, MORNING, PASSWORD, Book

from apdu.secret import Secret
from terminal.errors import (
    FirstOperatorExists,
    LastSupervisor,
    NotSignedIn,
    OperatorExists,
    OperatorUnknown,
    OperatorWrong,
    PasswordUnfit,
    RegistryDamaged,
    RoleMissing,
    RolesClash,
)
from terminal.registry import operators, passwords
from terminal.registry.operators import ROLES, Operator, Role, SignedIn, Verdict
from terminal.registry.passwords import Policy, demand_fit, hashed, matches, one_time
from terminal.registry.tables.work import OPERATOR, SIGN_IN

WRONG = Secret(b"correct horse batterie")


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """Give a registry with a supervisor."""
    book = Book(tmp_path)
    with book.registry.writing() as tx:
        operators.add_first(tx, "zhang", "张主管", PASSWORD, CHEAP)
    yield book
    book.close()


def add(book: Book, operator: str, *roles: Role, name: str = "李柜员") -> Operator:
    with book.registry.writing() as tx:
        held = roles or (Role.CLERK,)
        return operators.add(tx, operator, name, held, PASSWORD, CHEAP, must_change=False)


def check(book: Book, operator: str, password: Secret = PASSWORD) -> Verdict:
    with book.registry.writing() as tx:
        return operators.check_password(tx, operator, password, CHEAP).verdict


def sign_in(book: Book, operator: str = "zhang") -> Secret:
    with book.registry.writing() as tx:
        return operators.open_session(tx, operators.find(tx, operator))


def who(book: Book, token: Secret, policy: Policy = CHEAP) -> SignedIn:
    with book.registry.reading() as tx:
        return operators.who(tx, token, policy)


class TestPasswords:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "短",
            "ninechars",
            "1234567890",
            "QWERTYUIOP",
            "ａ１２３４５６７８９",  # full-width letters and digits of a common one
            "aaaaaaaaaaaa",
            "121212121212",
            "zhangwei12345",
            "ZhangWei2026!",
            "张伟张伟张伟张伟张伟",
            "x" * 1025,
        ],
    )
    def test_what_is_guessed_first(self, text: str) -> None:
        """Short, common, or the operator's own name: refused, in words that do not repeat it."""
        with pytest.raises(PasswordUnfit) as caught:
            demand_fit(Secret(text.encode()), "zhangwei", "张伟", CHEAP)
        assert not text or text not in caught.value.cause("zh")
        assert "{" not in caught.value.cause("en")

    @pytest.mark.parametrize(
        "text",
        [
            "correct horse battery",
            "三匹马在吃青菜叶子呢",
            "zhangwei" + "种菜养花钓鱼",
            "a b c d e f",
        ],
    )
    def test_length_is_enough(self, text: str) -> None:
        """Nobody is made to put a digit and a sign into it, nor kept from writing Chinese."""
        demand_fit(Secret(text.encode()), "zhangwei", "张伟", CHEAP)

    def test_what_is_no_text(self) -> None:
        """Bytes that no keyboard sends back the same way would lock their owner out."""
        with pytest.raises(PasswordUnfit):
            demand_fit(Secret(b"\xff" * 12), "zhang", "张", CHEAP)
        assert not matches(Secret(b"\xff" * 12), hashed(PASSWORD, CHEAP), CHEAP)

    def test_one_password_however_it_is_typed(self) -> None:
        """Full-width letters of a Chinese input method are the same letters."""
        kept = hashed(Secret("Ｃorrect ｈorse １".encode()), CHEAP)
        assert matches(Secret(b"Correct horse 1"), kept, CHEAP)
        assert not matches(Secret(b"correct horse 1"), kept, CHEAP)

    def test_every_common_one_is_long_enough_to_matter(self) -> None:
        """A shorter one on the list would be dead weight: it is refused for its length."""
        assert {len(each) >= CHEAP.least_characters for each in passwords.COMMON} == {True}
        assert {each.casefold() for each in passwords.COMMON} == passwords.COMMON

    def test_kept_as_argon2id_with_its_own_salt(self) -> None:
        """Two who chose the same do not show it, and the default costs what RFC 9106 asks."""
        one, other = hashed(PASSWORD, CHEAP), hashed(PASSWORD, CHEAP)
        assert one != other
        assert one.startswith("$argon2id$")
        assert (Policy().memory_kib, Policy().time_cost) == (65_536, 3)

    @pytest.mark.parametrize("kept", [None, "", "$argon2id$nonsense", "plain"])
    def test_nothing_kept_matches_nothing(self, kept: str | None) -> None:
        """Who is unknown, or whose column was damaged, is not let in and raises nothing."""
        assert not matches(PASSWORD, kept, CHEAP)
        assert not matches(Secret(b""), kept, CHEAP)

    def test_a_one_time_password(self) -> None:
        """It is read out and typed: no letters that are mistaken, and never the same."""
        made = {one_time().reveal().decode() for _ in range(50)}
        assert len(made) == 50
        assert all(len(each) == 14 and not set(each) & set("01loi") for each in made)


class TestWhoWorksHere:
    def test_the_first_is_a_supervisor_and_the_only_first(self, book: Book) -> None:
        """Whoever finds an empty registry may begin it, once, even after that one has left."""
        with book.registry.reading() as tx:
            (first,) = operators.everybody(tx)
        assert first == Operator(
            "zhang", "张主管", frozenset({Role.SUPERVISOR}), False, None, MORNING, None
        )
        with pytest.raises(FirstOperatorExists), book.registry.writing() as tx:
            operators.add_first(tx, "li", "李", PASSWORD, CHEAP)

    def test_ids_know_no_case_and_no_width(self, book: Book) -> None:
        """Two people whose ids look alike could agree with each other as one."""
        assert add(book, " ＬＩ-01 ").id == "li-01"
        for again in ("li-01", "LI-01", "Ｌi-01"):
            with pytest.raises(OperatorExists):
                add(book, again)
        assert check(book, "LI-01") is Verdict.RIGHT

    @pytest.mark.parametrize(
        "operator", ["", " ", "-li", "li li", "li\nx", "李", "l" * 33, "li:x", "?", "lі"]
    )
    def test_ids_that_are_none(self, book: Book, operator: str) -> None:
        """An id is typed, read out and put on record; the last of these has a Cyrillic letter."""
        with pytest.raises(OperatorWrong):
            add(book, operator)

    @pytest.mark.parametrize("name", ["", "  ", "一" * 33, "李\n四", "李\u202e四", "\ud800"])
    def test_names_that_are_none(self, book: Book, name: str) -> None:
        """A name stands in lists; rare characters may, control characters may not."""
        with pytest.raises(OperatorWrong):
            add(book, "li", name=name)
        assert add(book, "li", name="䶮\ue863·买买提").name == "䶮\ue863·买买提"

    def test_an_auditor_is_nothing_else(self, book: Book) -> None:
        """Whoever looks at what others did must not be one of them; and no role is no operator."""
        for roles in ([Role.AUDITOR, Role.SUPERVISOR], [Role.AUDITOR, Role.CLERK], []):
            with pytest.raises(RolesClash), book.registry.writing() as tx:
                operators.add(tx, "li", "李", roles, PASSWORD, CHEAP)
            with pytest.raises(RolesClash), book.registry.writing() as tx:
                operators.set_roles(tx, "zhang", roles)
        assert add(book, "li", Role.AUDITOR).roles == {Role.AUDITOR}

    def test_roles_are_kept(self, book: Book) -> None:
        """All of them come back, and each has a word in both languages."""
        held = frozenset(Role) - {Role.AUDITOR}
        add(book, "li", *held)
        with book.registry.reading() as tx:
            assert operators.find(tx, "li").roles == held
        assert set(ROLES) == set(Role)

    def test_the_last_supervisor_stays(self, book: Book) -> None:
        """Without one nobody could add the next; one who left does not count."""
        add(book, "li", Role.SUPERVISOR)
        with book.registry.writing() as tx:
            operators.leave(tx, "li")
        for act in (
            lambda tx: operators.leave(tx, "zhang"),
            lambda tx: operators.set_roles(tx, "zhang", [Role.CLERK]),
        ):
            with pytest.raises(LastSupervisor), book.registry.writing() as tx:
                act(tx)
        add(book, "wang", Role.SUPERVISOR, Role.CLERK)
        with book.registry.writing() as tx:
            assert operators.set_roles(tx, "zhang", [Role.CLERK]).roles == {Role.SUPERVISOR}

    def test_who_has_left_is_gone_and_the_id_with_them(self, book: Book) -> None:
        """Signs in no more, is signed out everywhere, and nobody else gets the id."""
        add(book, "li")
        token = sign_in(book, "li")
        with book.registry.writing() as tx:
            assert operators.leave(tx, "li").left_at == MORNING
        assert check(book, "li") is Verdict.UNKNOWN
        with pytest.raises(NotSignedIn):
            who(book, token)
        with pytest.raises(OperatorExists):
            add(book, "li")
        for act in (operators.find, operators.leave):
            with pytest.raises(OperatorUnknown), book.registry.writing() as tx:
                act(tx, "li")

    def test_a_role_is_demanded_by_its_name(self, book: Book) -> None:
        """Who may not is told who may."""
        signed = who(book, sign_in(book))
        signed.demand(Role.CLERK, Role.SUPERVISOR)
        with pytest.raises(RoleMissing) as caught:
            signed.demand(Role.CLERK, Role.ISSUER)
        assert "柜员、制卡员" in caught.value.cause("zh")


class TestLocks:
    def test_five_mistakes_lock_for_a_quarter_of_an_hour(self, book: Book) -> None:
        """The fifth says so, then not even the right one is looked at, then all is as before."""
        verdicts = [check(book, "zhang", WRONG) for _ in range(6)]
        assert verdicts == [Verdict.WRONG] * 4 + [Verdict.LOCKED] * 2
        assert check(book, "zhang") is Verdict.LOCKED
        book.later(minutes=14, seconds=59)
        assert check(book, "zhang") is Verdict.LOCKED
        book.later(seconds=1)
        assert check(book, "zhang") is Verdict.RIGHT
        assert [check(book, "zhang", WRONG) for _ in range(4)] == [Verdict.WRONG] * 4

    def test_no_timer_lifts_it(self, book: Book) -> None:
        """It is a function of time: nothing has to run when it ends, and guesses begin anew."""
        for _ in range(5):
            check(book, "zhang", WRONG)
        book.later(minutes=15)
        assert [check(book, "zhang", WRONG) for _ in range(5)] == (
            [Verdict.WRONG] * 4 + [Verdict.LOCKED]
        )

    def test_a_right_one_forgives_the_mistakes_before(self, book: Book) -> None:
        """Five in a row are meant, not five in a lifetime."""
        for _ in range(3):
            for _ in range(4):
                assert check(book, "zhang", WRONG) is Verdict.WRONG
            assert check(book, "zhang") is Verdict.RIGHT

    def test_unlocked_at_once(self, book: Book) -> None:
        """A supervisor does not make a queue wait for a quarter of an hour."""
        for _ in range(5):
            check(book, "zhang", WRONG)
        with book.registry.writing() as tx:
            operators.unlock(tx, "zhang")
        assert check(book, "zhang") is Verdict.RIGHT

    def test_a_guess_at_nobody_costs_as_much(
        self, book: Book, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whether an id exists is not to be told by the time: each guess is one Argon2.

        The first of a process, too: a command line has no other.
        """
        calls: list[tuple[int, int]] = []

        def counted(name: str) -> Callable[..., object]:
            real = getattr(passwords.PasswordHasher, name)

            def count(self: passwords.PasswordHasher, *given: bytes) -> object:
                calls.append((self.time_cost, self.memory_cost))
                return real(self, *given)

            return count

        add(book, "li")
        with book.registry.writing() as tx:
            operators.leave(tx, "li")
        for name in ("hash", "verify"):
            monkeypatch.setattr(passwords.PasswordHasher, name, counted(name))
        nobody_was_asked_for = replace(CHEAP, failures=99)
        for operator in ("nobody", "zhang", "li", "", "\x00", "\udcff", "x" * 5000):
            calls.clear()
            with book.registry.writing() as tx:
                operators.check_password(tx, operator, WRONG, nobody_was_asked_for)
            assert calls == [(1, 8)], operator

    def test_a_dearer_policy_takes_hold_at_the_next_sign_in(self, book: Book) -> None:
        """When computers get faster the parameters follow, without anybody's new password."""
        dear = replace(CHEAP, time_cost=2)
        before = kept(book, "zhang")
        with book.registry.writing() as tx:
            checked = operators.check_password(tx, "zhang", PASSWORD, dear)
        assert checked.verdict is Verdict.RIGHT
        after = kept(book, "zhang")
        assert ("t=1" in before, "t=2" in after) == (True, True)


def kept(book: Book, operator: str) -> str:
    with book.registry.reading() as tx:
        row = tx.row(OPERATOR.select().where(OPERATOR.c.id == operator))
    assert row is not None
    return str(row.password)


class TestSessions:
    def test_the_database_does_not_hold_the_token(self, book: Book) -> None:
        """Who reads the database cannot sit down at a desk with it."""
        token = sign_in(book)
        assert len(token) == 32
        with book.registry.reading() as tx:
            (row,) = tx.rows(SIGN_IN.select())
        assert token.reveal() not in row.token
        assert who(book, token).operator == "zhang"
        with pytest.raises(NotSignedIn):
            who(book, Secret(row.token))

    def test_an_unused_desk_signs_itself_out(self, book: Book) -> None:
        """Half an hour after it was last used, to the second; used, it goes on."""
        token = sign_in(book)
        book.later(minutes=29, seconds=59)
        assert who(book, token).seen_at == MORNING
        with book.registry.writing() as tx:
            operators.seen(tx, token)
        book.later(minutes=29, seconds=59)
        who(book, token)
        book.later(seconds=1)
        with pytest.raises(NotSignedIn) as caught:
            who(book, token)
        assert "闲置" in caught.value.cause("zh")

    def test_a_clock_set_back_ends_it(self, book: Book) -> None:
        """Else a session from tomorrow would never end."""
        token = sign_in(book)
        book.now -= timedelta(minutes=1)
        who(book, token)
        book.now -= timedelta(minutes=2)
        with pytest.raises(NotSignedIn):
            who(book, token)

    def test_signed_out(self, book: Book) -> None:
        """It ends one desk's session, once, and says whose it was."""
        one, other = sign_in(book), sign_in(book)
        with book.registry.writing() as tx:
            assert operators.end_session(tx, one) == "zhang"
            assert operators.end_session(tx, one) is None
            assert operators.end_session(tx, Secret(bytes(32))) is None
        with pytest.raises(NotSignedIn):
            who(book, one)
        assert who(book, other).operator == "zhang"

    def test_signed_out_everywhere_else(self, book: Book) -> None:
        """All sessions of one operator end, nobody else's do."""
        add(book, "li")
        mine, others, lis = sign_in(book), sign_in(book), sign_in(book, "li")
        with book.registry.writing() as tx:
            operators.end_sessions(tx, "zhang", but=mine)
        assert (who(book, mine).operator, who(book, lis).operator) == ("zhang", "li")
        with pytest.raises(NotSignedIn):
            who(book, others)

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE operator SET roles = 'supervisor' WHERE id = 'li'",
            "UPDATE operator SET roles = 5 WHERE id = 'li'",
            "UPDATE operator SET left_at = NULL, failures = -1000 WHERE id = 'li'",
            "UPDATE sign_in SET operator = 'zhang'",
            "UPDATE sign_in SET seen_at = seen_at + 1",
        ],
    )
    def test_nobody_is_made_more_by_hand(self, book: Book, change: str) -> None:
        """Whoever owns the file gives nobody a role, a session, or another's name."""
        add(book, "li")
        token = sign_in(book, "li")
        assert who(book, token).operator == "li"
        book.tamper(change)
        with pytest.raises(RegistryDamaged):
            who(book, token)

    def test_no_session_is_put_in_by_hand(self, book: Book) -> None:
        """A token that its maker has digested himself signs nobody in."""
        book.tamper(
            "INSERT INTO sign_in (token, operator, at, seen_at)"
            f" VALUES (x'{hashlib.sha256(bytes(32)).hexdigest()}', 'zhang', 0, 0)"
        )
        with pytest.raises(RegistryDamaged):
            who(book, Secret(bytes(32)))

    def test_roles_are_those_of_now(self, book: Book) -> None:
        """A role that is taken away ends with the next act, not with the next sign-in."""
        add(book, "li", Role.CLERK, Role.ISSUER)
        token = sign_in(book, "li")
        with book.registry.writing() as tx:
            operators.set_roles(tx, "li", [Role.CLERK])
        assert who(book, token).roles == {Role.CLERK}
