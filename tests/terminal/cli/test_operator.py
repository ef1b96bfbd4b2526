"""``guitai operator``, ``sign-in`` and ``sign-out``: as people type them, by their schema."""

import os
import stat
from pathlib import Path

import pytest
from at_terminal import AtATerminal
from registry_desk import WORD, RegistryDesk

from terminal.cli import desk as cli_desk

NEW = "三匹马在吃青菜叶子呢"


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> RegistryDesk:
    """Give a desk with a registry and zhang, supervisor, shen, auditor, li, clerk."""
    return RegistryDesk(tmp_path, monkeypatch, capsys).stocked()


class TestSigningIn:
    def test_in_and_out(self, desk: RegistryDesk) -> None:
        """It is said who sits here now; the desk keeps a token that nobody else can read."""
        ran = desk("sign-in", "ZHANG", typed=(WORD,))
        assert (ran.status, ran.out) == (0, "张主管（zhang）已签到：主管\n")
        kept = desk.folder / "run/guitai/session"
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
        ran = desk("sign-out")
        assert (ran.status, ran.out, kept.exists()) == (0, "zhang 已签退\n", False)
        ran = desk("sign-out", "--json")
        assert (ran.status, ran.json["operator"]) == (0, None)

    def test_as_json(self, desk: RegistryDesk) -> None:
        """A program learns who it is and in which roles."""
        told = desk("sign-in", "zhang", "--json", typed=(WORD,)).json
        assert (told["operator"], told["roles"], told["notices"]) == ("zhang", ["supervisor"], [])

    def test_the_next_one_takes_the_desk(self, desk: RegistryDesk) -> None:
        """One desk, one operator: who sat there before is signed out, on record too."""
        desk.sign_in("zhang")
        desk.sign_in("li")
        with desk.book() as book:
            acts = book.read("SELECT operator, action FROM audit ORDER BY number")[-2:]
        assert acts == [("li", "sign_in"), ("zhang", "sign_out")]

    def test_a_wrong_one_keeps_who_is_there(self, desk: RegistryDesk) -> None:
        """A colleague's typing error signs nobody out."""
        desk.sign_in()
        ran = desk("sign-in", "nobody", "--json", typed=("wrong password",))
        assert (ran.status, ran.json["error"]["code"]) == (18, "sign_in_refused")
        assert desk("operator", "list").status == 0

    def test_a_one_time_password_is_changed_at_once(self, desk: RegistryDesk) -> None:
        """One command leads a new colleague from the slip of paper to their desk."""
        desk.sign_in()
        once = desk("operator", "add", "wu", "吴五", "--role", "clerk", "--json").json["password"]
        ran = desk("sign-in", "wu", typed=(once, NEW, NEW))
        assert ran.status == 0
        assert "一次性密码" in ran.err
        assert ran.out == "吴五（wu）已签到：柜员\n"
        assert desk("sign-in", "wu", typed=(NEW,)).status == 0

    def test_two_entries_that_differ(self, desk: RegistryDesk) -> None:
        """Nothing is changed, and the one-time password is good still."""
        desk.sign_in()
        once = desk("operator", "add", "wu", "吴五", "--role", "clerk", "--json").json["password"]
        ran = desk("sign-in", "wu", "--json", typed=(once, NEW, NEW + "。"))
        assert (ran.status, ran.json["error"]["code"]) == (18, "password_unfit")
        assert desk("sign-in", "wu", typed=(once, NEW, NEW)).status == 0

    @pytest.mark.parametrize("arguments", [("sign-in", "zhang"), ("operator", "password", "zhang")])
    def test_nobody_types(self, desk: RegistryDesk, arguments: tuple[str, ...]) -> None:
        """An empty standard input is not an empty password, and no attempt."""
        ran = desk(*arguments, "--json")
        assert (ran.status, ran.json["error"]["code"]) == (18, "password_missing")
        with desk.book() as book:
            assert set(book.read("SELECT failures FROM operator")) == {(0,)}

    def test_at_a_terminal_nothing_is_shown(self, desk: RegistryDesk) -> None:
        """Who looks over the shoulder sees neither the password nor its length."""
        session = AtATerminal(os.environ, "--config", str(desk.config), "sign-in", "zhang")
        session.answer("zhang 的密码", "wrong password!")
        status, _ = session.end()
        assert (status, session.echo, b"wrong password!" in session.shown) == (18, True, False)

    def test_a_token_that_others_could_have_put_there(self, desk: RegistryDesk) -> None:
        """A readable token is somebody else's too; it is refused, not used."""
        desk.sign_in()
        cli_desk.token_file().chmod(0o644)
        ran = desk("operator", "list", "--json")
        assert (ran.status, ran.json["error"]["code"]) == (8, "file_trouble")

    @pytest.mark.parametrize("content", [b"", b"nonsense", b"\xff", b"00" * 32])
    def test_a_token_that_is_none(self, desk: RegistryDesk, content: bytes) -> None:
        """Nobody is signed in by it, and signing in puts it right."""
        desk.sign_in()
        cli_desk.token_file().write_bytes(content)
        ran = desk("operator", "list", "--json")
        assert (ran.status, ran.json["error"]["code"]) == (18, "not_signed_in")
        desk.sign_in()

    def test_without_a_runtime_folder(
        self, desk: RegistryDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A machine without one keeps the token among the user's state."""
        monkeypatch.delenv("XDG_RUNTIME_DIR")
        monkeypatch.setenv("XDG_STATE_HOME", str(desk.folder / "state"))
        desk.sign_in()
        assert (desk.folder / "state/guitai/session").exists()

    def test_who_hears_of_a_recovery(self, desk: RegistryDesk) -> None:
        """A supervisor sees it on signing in, whatever else they came for."""
        desk.sign_in()
        desk("operator", "roles", "li", "--role", "supervisor")
        ran = desk("operator", "recover", "li", "--key-file", str(desk.folder / "key"))
        assert ran.status == 0
        assert "一次性密码" in ran.out
        ran = desk("sign-in", "zhang", typed=(WORD,))
        assert "主管 li 的密码" in ran.err
        assert desk("sign-in", "zhang", "--json", typed=(WORD,)).json["notices"] == []


class TestOperators:
    def test_the_first(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """From nothing to a supervisor who is signed in: three commands."""
        desk = RegistryDesk(tmp_path, monkeypatch, capsys)
        assert desk("registry", "init").status == 0
        ran = desk("operator", "first", "zhang", "张主管", typed=(WORD, WORD))
        assert (ran.status, "审计员须是另一个人" in ran.out) == (0, True)
        ran = desk("operator", "first", "li", "李四", "--json")
        assert (ran.status, ran.json["error"]["code"]) == (18, "first_operator_exists")
        assert ran.err == ""  # nobody was asked for a password first
        desk.sign_in()
        (only,) = desk("operator", "list", "--json").json["operators"]
        assert (only["id"], only["roles"], only["must_change"]) == ("zhang", ["supervisor"], False)

    def test_a_working_life(self, desk: RegistryDesk) -> None:
        """Taken on, promoted, forgetful, locked, gone: each step said in words and as JSON."""
        desk.sign_in()
        changed = desk(
            "operator", "roles", "LI", "--role", "issuer", "--role", "clerk", "--json"
        ).json
        assert changed["operator"]["roles"] == ["clerk", "issuer"]
        once = desk("operator", "reset", "li", "--json").json["password"]
        assert desk("operator", "list").out.splitlines()[0].endswith("，尚未改一次性密码")
        desk("operator", "password", "li", typed=(once, NEW, NEW))
        for _ in range(5):
            desk("sign-in", "li", typed=("wrong password",))
        assert "，锁定到 " in desk("operator", "list").out
        ran = desk("operator", "unlock", "li", "--lang", "en")
        assert (ran.status, ran.out) == (0, "li was unlocked\n")
        assert desk("operator", "leave", "li", "--json").json["operator"]["left_at"] is not None
        listed = desk("operator", "list", "--json").json["operators"]
        assert [each["id"] for each in listed] == ["shen", "zhang"]
        assert "，" in desk("operator", "list", "--all").out.splitlines()[0]
        assert desk("sign-in", "li", typed=(NEW,)).status == 18

    def test_ones_own_password(self, desk: RegistryDesk) -> None:
        """Changing it signs its owner out; changing at somebody's desk does not."""
        desk.sign_in()
        typed = (WORD, NEW, NEW)
        assert desk("operator", "password", "li", "--json", typed=typed).json["operator"] == "li"
        assert desk("operator", "list").status == 0
        assert desk("operator", "password", typed=typed).out == "密码已改，请重新签到\n"
        assert not cli_desk.token_file().exists()
        assert desk("operator", "password", "--json").json["error"]["code"] == "not_signed_in"

    @pytest.mark.parametrize(
        "arguments",
        [
            ("add", "li", "李四", "--role", "clerk"),
            ("list",),
            ("roles", "zhang", "--role", "clerk"),
            ("reset", "zhang"),
            ("unlock", "zhang"),
            ("leave", "zhang"),
        ],
        ids=lambda arguments: arguments[0],
    )
    def test_nobody_signed_in(self, desk: RegistryDesk, arguments: tuple[str, ...]) -> None:
        """Without a name on record nothing is done."""
        ran = desk("operator", *arguments, "--json")
        assert (ran.status, ran.json["error"]["code"]) == (18, "not_signed_in")

    def test_usage(self, desk: RegistryDesk) -> None:
        """A role that is none, or none at all, is a mistake in the command."""
        desk.sign_in()
        for arguments in (("add", "li", "李四"), ("add", "li", "李四", "--role", "boss")):
            ran = desk("operator", *arguments, "--json")
            assert (ran.status, ran.json["error"]["code"]) == (2, "wrong_usage")

    def test_no_password_is_an_argument(self, desk: RegistryDesk) -> None:
        """Arguments stand in the list of processes, for everybody to read."""
        ran = desk("sign-in", "zhang", WORD, "--json")
        assert (ran.status, ran.json["error"]["code"]) == (2, "wrong_usage")
