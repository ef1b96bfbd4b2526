"""Where a passphrase comes from: its owner's file, a terminal without echo, a line of input."""

import os
import pty
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from apdu.secret import Secret
from terminal.errors import FileTrouble, PassphraseMissing, PassphraseUnfit
from terminal.keys.passphrase import MOST_BYTES, Passphrases, Prompt, read_passphrase

PATH = Path("keys.json")


@contextmanager
def typed(*lines: bytes) -> Iterator[int]:
    """Give a descriptor that is no terminal and holds some lines."""
    reading, writing = os.pipe()
    os.write(writing, b"".join(lines))
    os.close(writing)
    try:
        yield reading
    finally:
        os.close(reading)


def asking(descriptor: int, said: list[str], **options: object) -> Passphrases:
    prompt = Prompt(said.append, lines_allowed=True, descriptor=descriptor)
    return Passphrases(prompt, **options)  # type: ignore[arg-type]


class Typist:
    """Be who sits at a terminal: answers each question once it was asked, and sees the screen."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.ours, self.theirs = pty.openpty()
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)
        if text.endswith((": ", "：")):
            os.write(self.ours, self.answers.pop(0))

    def screen(self) -> bytes:
        """Give what the terminal showed; a mark says where it ends."""
        os.write(self.theirs, b"END")
        shown = b""
        while not shown.endswith(b"END"):
            shown += os.read(self.ours, 4096)
        return shown.removesuffix(b"END")

    def close(self) -> None:
        os.close(self.ours)
        os.close(self.theirs)


@contextmanager
def typist(*answers: bytes) -> Iterator[Typist]:
    made = Typist(*answers)
    try:
        yield made
    finally:
        made.close()


class TestAtATerminal:
    def test_nothing_is_echoed(self) -> None:
        """Who looks over a shoulder sees neither the passphrase nor its length."""
        with typist(b"open \xe5\x8f\xa3\xe4\xbb\xa4\n") as who:
            prompt = Prompt(who.say, lines_allowed=False, descriptor=who.theirs)
            assert Passphrases(prompt).of(PATH) == Secret("open 口令".encode())
            assert who.screen() == b""
            assert who.said == ["密钥文件 keys.json 的口令（不显示）：", "\n"]

    def test_the_terminal_is_what_it_was_afterwards(self) -> None:
        """Echo comes back, and what is no secret is seen while it is typed."""
        with typist(b"secret\n", b"y\n") as who:
            prompt = Prompt(who.say, lines_allowed=False, descriptor=who.theirs)
            assert prompt.hidden("A: ") == b"secret"
            assert prompt.shown("B: ") == "y"
            assert who.screen() == b"y\r\n"

    def test_what_was_typed_before_is_no_answer(self) -> None:
        """A line left over from before must not become a passphrase."""
        with typist(b"right\n") as who:
            os.write(who.ours, b"left over\n")
            echoed = b""
            while not echoed.endswith(b"\n"):  # it has arrived then
                echoed += os.read(who.ours, 4096)
            prompt = Prompt(who.say, lines_allowed=False, descriptor=who.theirs)
            assert prompt.hidden("A: ") == b"right"

    def test_correcting_and_ending(self) -> None:
        """Backspace is the terminal's; Ctrl-D on an empty line is nobody."""
        with typist(b"ab\x7fc\n", b"\x04") as who:
            prompt = Prompt(who.say, lines_allowed=False, descriptor=who.theirs)
            assert prompt.hidden("A: ") == b"ac"
            assert prompt.hidden("B: ") is None

    def test_nor_to_a_question_with_echo(self) -> None:
        """A line pasted too early would agree to a check value that nobody has seen yet."""
        with typist(b"n\n") as who:
            os.write(who.ours, b"y\n")
            prompt = Prompt(who.say, lines_allowed=False, descriptor=who.theirs)
            assert prompt.shown("A: ") == "n"

    def test_echo_comes_back_after_a_failure(self) -> None:
        """A shell without echo after Ctrl-C would puzzle everybody."""
        with typist(b"y\n") as who:

            def interrupted(_: str) -> None:
                raise KeyboardInterrupt

            with pytest.raises(KeyboardInterrupt):
                Prompt(interrupted, lines_allowed=False, descriptor=who.theirs).hidden("A: ")
            assert Prompt(who.say, lines_allowed=False, descriptor=who.theirs).shown("B: ") == "y"
            assert who.screen() == b"y\r\n"

    def test_a_terminal_that_hangs_up(self) -> None:
        """The line that was dropped is nobody, not a fault of ours."""
        ours, theirs = pty.openpty()
        try:
            hanging = threading.Thread(target=os.close, args=(ours,))

            def say(text: str) -> None:
                if text == "A: ":
                    hanging.start()
                    hanging.join()

            assert Prompt(say, lines_allowed=False, descriptor=theirs).hidden("A: ") is None
        finally:
            os.close(theirs)


class TestWithoutATerminal:
    def test_a_line_each(self) -> None:
        """A script answers line by line; what stands behind is left to who asks next."""
        with typed(b"one\r\n", b"two\n", b"three") as descriptor:
            prompt = Prompt(lambda _: None, lines_allowed=True, descriptor=descriptor)
            assert prompt.hidden("") == b"one"
            assert prompt.shown("") == "two"
            assert os.read(descriptor, 2) == b"th"
            assert prompt.hidden("") == b"ree"
            assert prompt.hidden("") is None

    def test_production_takes_no_line(self) -> None:
        """A passphrase in a script is one in a file that nobody guards."""
        with typed(b"passphrase\n") as descriptor:
            prompt = Prompt(lambda _: None, lines_allowed=False, descriptor=descriptor)
            with pytest.raises(PassphraseMissing) as caught:
                Passphrases(prompt).of(PATH)
            assert os.read(descriptor, 1) == b"p"
        assert "keys.json" in caught.value.message("zh")

    def test_no_end_of_line(self) -> None:
        """Who sends on and on is not listened to for ever."""
        with typed(b"x" * 4096) as descriptor:
            prompt = Prompt(lambda _: None, lines_allowed=True, descriptor=descriptor)
            assert len(prompt.hidden("") or b"") == MOST_BYTES + 1

    def test_standard_input_that_is_closed(self) -> None:
        """A service has none, and is told to name a file."""
        with pytest.raises(PassphraseMissing):
            asking(-1, []).of(PATH)


class TestNewOnes:
    def test_twice_the_same(self) -> None:
        """What was mistyped once would lock the keys away for ever."""
        said: list[str] = []
        lines = (b"one\n", b"other\n", b"right\n", b"right\n")
        with typed(*lines) as descriptor:
            made = asking(descriptor, said, language="en").new(PATH, "test")
        assert made == Secret(b"right")
        assert "The two entries differ\n" in said

    def test_long_enough_for_live_keys(self) -> None:
        """Twelve characters, not bytes; for test keys anything but nothing."""
        said: list[str] = []
        short, fit = "十一个字符的口令太短了", "十二个字符的口令就够长了"
        assert (len(short), len(fit)) == (11, 12)
        with typed(*(f"{line}\n".encode() for line in (short, fit, fit))) as descriptor:
            assert asking(descriptor, said).new(PATH, "live") == Secret(fit.encode())
        assert "口令至少 12 个字符，至多 1024 字节\n" in said
        with typed(b"\n", b"x\n", b"x\n") as descriptor:
            assert asking(descriptor, said).new(PATH, "test") == Secret(b"x")

    def test_three_attempts(self) -> None:
        """Then whoever it is should think of one first."""
        with (
            typed(b"short\n" * 10) as descriptor,
            pytest.raises(PassphraseUnfit, match="No passphrase"),
        ):
            asking(descriptor, []).new(PATH, "live")

    def test_nobody_the_second_time(self) -> None:
        """Half an answer is none."""
        with typed(b"passphrase\n") as descriptor, pytest.raises(PassphraseMissing):
            asking(descriptor, []).new(PATH, "test")


class TestFromAFile:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        made = tmp_path / "passphrase"
        made.touch(mode=0o600)
        return made

    @pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n"])
    def test_its_one_line(self, file: Path, ending: bytes) -> None:
        """The editor's end of line is none of it, blanks are; nobody is asked."""
        file.write_bytes(b" twelve letters " + ending)
        source = asking(-1, [], file=str(file))
        assert source.of(PATH) == Secret(b" twelve letters ")
        assert source.new(PATH, "live") == Secret(b" twelve letters ")

    @pytest.mark.parametrize("content", [b"", b"\n", b"one\ntwo\n"])
    def test_what_is_no_passphrase(self, file: Path, content: bytes) -> None:
        """A file that was emptied must not make keys that anybody can open."""
        file.write_bytes(content)
        with pytest.raises(FileTrouble):
            read_passphrase(file)

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
    def test_others_may_use_it(self, file: Path, mode: int) -> None:
        """Then it is no secret any more, and that is said instead of used."""
        file.write_bytes(b"passphrase")
        file.chmod(mode)
        with pytest.raises(FileTrouble, match="passphrase"):
            asking(-1, [], file=str(file)).of(PATH)

    def test_too_short_for_live_keys(self, file: Path) -> None:
        """The rule is the passphrase's, wherever it comes from; the words do not quote it."""
        file.write_bytes(b"Zq7")
        with pytest.raises(FileTrouble) as caught:
            asking(-1, [], file=str(file), language="en").new(PATH, "live")
        assert "12 characters" in caught.value.cause("en")
        assert "Zq7" not in caught.value.cause("en") + caught.value.message("en")

    def test_it_is_not_there(self, tmp_path: Path) -> None:
        """The configuration is wrong then; asking instead would hide it."""
        with typed(b"passphrase\n") as descriptor, pytest.raises(FileTrouble):
            asking(descriptor, [], file=str(tmp_path / "none")).of(PATH)
