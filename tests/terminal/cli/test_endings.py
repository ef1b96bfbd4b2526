"""How a command ends that is not let finish: signals, closed streams, full disks, pasted lines."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from at_terminal import AtATerminal
from desk import GUITAI, Desk, Ran, valid

ALONE = Desk(None)
PASSPHRASE = "TEST KEY passphrase"
ONE = "11223344556677888877665544332211"  # TEST KEY component
OTHER = "10017623DCCDBA6776ABDCCD32671001"  # TEST KEY component


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "keys.json"
    lines = f"{PASSPHRASE}\n" * 2
    assert ALONE.run("keys", "init", str(made), "--mark", "test", input=lines).status == 0
    return made


def importing(file: Path) -> AtATerminal:
    people = AtATerminal(
        ALONE.environment, "--lang", "en", "keys", "import", str(file), "SSSE", "IRK", "--json"
    )
    people.answer("Passphrase of", PASSPHRASE)
    return people


def redirected(desk: Desk, redirection: str, *arguments: str) -> Ran:
    """Run a command as a shell does that was told to redirect something."""
    command = ["sh", "-c", f'exec "$@" {redirection}', "sh", *GUITAI, *arguments]
    done = subprocess.run(
        command,
        env=desk.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


class TestSignals:
    def test_nothing_stands_before_the_guard(self) -> None:
        """Ctrl-C while modules are loaded is no traceback: none is before somebody answers it."""
        script = "import sys; had = set(sys.modules); import terminal.cli; "
        script += "print(*sorted(set(sys.modules) - had))"
        loaded = ALONE.other(sys.executable, "-c", script).out.split()
        assert loaded == ["__future__", "terminal", "terminal.cli"]

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
    def test_at_a_hidden_question(self, file: Path, number: signal.Signals) -> None:
        """The terminal gets its echo back, the file is what it was, and a document says so."""
        before = file.read_bytes()
        people = importing(file)
        people.answer("Component 1 of 2", ONE)
        people.see("Component 2 of 2")
        people.process.send_signal(number)
        status, out = people.end()
        assert (status, valid(out)["error"]["code"]) == (128 + number, "interrupted")
        assert people.echo
        assert not people.left
        assert file.read_bytes() == before

    def test_the_log_knows(self, file: Path, tmp_path: Path) -> None:
        """What was begun and not finished is no gap in the log."""
        log = tmp_path / "log"
        people = AtATerminal(
            ALONE.environment, "--log", str(log), "--lang", "en", "keys", "check", str(file)
        )
        people.see("Passphrase of")
        people.process.send_signal(signal.SIGTERM)
        assert people.end()[0] == 128 + signal.SIGTERM
        last = json.loads(log.read_text("utf-8").splitlines()[-1])
        assert (last["event"], last["command"]) == ("interrupted", "keys")

    def test_for_people(self, file: Path) -> None:
        """Three lines in words; a clerk who pressed Ctrl-C knows what that meant."""
        people = AtATerminal(ALONE.environment, "keys", "check", str(file))
        people.see("口令")
        people.process.send_signal(signal.SIGINT)
        assert people.end()[0] == 130
        assert "操作被中断" in people.shown.decode()
        assert "Traceback" not in people.shown.decode()


class TestPasted:
    def test_the_rest_of_a_component_is_no_shell_command(self, file: Path) -> None:
        """A component on two lines of its envelope: the second must not come out in the shell."""
        people = importing(file)
        for _ in range(3):
            people.answer("Component 1 of 2", f"{ONE[:16]}\n{ONE[16:]}")
        status, out = people.end()
        assert (status, valid(out)["error"]["code"]) == (7, "component_wrong")
        assert not people.left
        assert people.echo

    @pytest.mark.parametrize("more", ["y", ""])
    def test_nobody_agrees_before_seeing_the_check_value(self, file: Path, more: str) -> None:
        """A line pasted behind the last component is no answer to a question not yet asked."""
        people = importing(file)
        people.answer("Component 1 of 2", ONE)
        people.answer("Component 2 of 2", f"{OTHER}\n{more}")
        people.answer("Do all agree?", "y" if not more else "n")
        status, out = people.end()
        assert status == (0 if not more else 7)
        assert valid(out).get("keys", []) == [] or not more


class TestClosedStreams:
    def test_no_input(self, file: Path) -> None:
        """Whatever opens next must not be taken for the keyboard; there is nobody to ask."""
        ran = redirected(ALONE, "<&-", "keys", "check", str(file), "--json")
        assert (ran.status, ran.json["error"]["code"]) == (7, "passphrase_missing")
        ran = redirected(ALONE, "<&-", "card", "set", "DF01EF06", "--input", "-", "--json")
        assert ran.json["error"]["code"] == "input_wrong"

    def test_no_input_for_a_pin(self, desk: Desk) -> None:
        """The daemon's socket would have been the keyboard: its bytes are nobody's PIN."""
        with desk.emulating():
            ran = redirected(desk, "<&-", "pin", "verify", "--json")
            assert ran.json["error"]["code"] == "pin_cancelled"
            assert desk.run("pin", "status", "--json").json["tries_left"] == 6

    @pytest.mark.parametrize("redirection", [">&-", ">/dev/full"])
    @pytest.mark.parametrize("arguments", [["config", "show"], ["config", "show", "--json"]])
    def test_no_output(self, redirection: str, arguments: list[str]) -> None:
        """What could not be printed is not lost in silence, and is no mistake of the program."""
        ran = redirected(ALONE, redirection, *arguments)
        assert (ran.status, ran.out) == (8, "")
        assert "[output_trouble]" in ran.err
        assert "不要直接重做" in ran.err

    def test_no_place_for_errors(self, file: Path) -> None:
        """The result is printed all the same, and the exit status says what became of it."""
        ran = redirected(ALONE, "2>&-", "config", "show", "--json")
        assert (ran.status, ran.json["settings"]["language"]) == (0, "zh")
        assert redirected(ALONE, "2>&-", "keys", "check", str(file)).status == 7


class TestInput:
    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ('{"phone": "1", "phone": "2"}', "input_wrong"),
            ("[" * 100_000, "input_wrong"),
            ('{"phone": ' * 50_000, "input_wrong"),
            ("phone = 1", "input_wrong"),
            ("", "input_wrong"),
            ("null", "input_wrong"),
        ],
        ids=["a name twice", "deep", "deep objects", "no JSON", "nothing", "null"],
    )
    def test_what_makes_no_sense(self, text: str, code: str) -> None:
        """Refused before a card is looked for, with the form that is read."""
        ran = ALONE.run("card", "set", "DF01EF06", "--input", "-", "--json", input=text)
        assert ran.json["error"]["code"] == code
        assert "phone" in ran.json["error"]["remedy"]

    @pytest.mark.parametrize("name", ["/dev/zero", "/nonexistent"])
    def test_files_that_are_none(self, name: str) -> None:
        """A file without end is not read into memory."""
        ran = ALONE.run("card", "set", "DF01EF06", "--input", name, "--json")
        assert ran.json["error"]["code"] == "file_trouble"


def test_wrong_usage_in_words() -> None:
    """The usage, then the same three lines as every error has."""
    ran = ALONE.run("pin", "status", "--nonsense")
    assert ran.status == 2
    assert ran.err.startswith("用法：guitai pin status")
    for word in ("错误：", "--nonsense", "[wrong_usage]", "原因：", "办法："):
        assert word in ran.err


def test_the_language_of_the_passphrase_question(file: Path, tmp_path: Path) -> None:
    """``--lang`` holds for what is asked, too."""
    config = tmp_path / "guitai.toml"
    config.write_text(f'[keys]\nservice = "file"\nfile = "{file}"\n')
    arguments = ("--config", str(config), "--lang", "en", "keys", "check")
    ran = ALONE.run(*arguments, input=f"{PASSPHRASE}\n")
    assert ran.status == 0
    assert ran.err.startswith("Passphrase of")
