"""A terminal as PIN pad: nothing of the PIN on the screen, and every way an entry ends."""

import os
import pty
import select
import termios
from collections.abc import Callable, Iterator

import pytest

from card_profiles.social_security import ENVIRONMENT
from terminal.devices.prompt import TerminalPrompt
from terminal.errors import PinCancelled, PinLength

QUESTION = "PIN: "


class Screen:
    """What was shown; when it asks, the holder types."""

    def __init__(self, type_keys: Callable[[], object] = lambda: None) -> None:
        self.text = ""
        self._type_keys = type_keys

    def __call__(self, text: str) -> None:
        self.text += text
        if text == QUESTION:
            self._type_keys()


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Open a pseudo-terminal: the keyboard's end, and the program's."""
    keyboard, program = pty.openpty()
    yield keyboard, program
    os.close(keyboard)
    os.close(program)


def entered(terminal: tuple[int, int], keys: bytes) -> tuple[str, str]:
    """Enter keys at a terminal; the PIN as coded for the card, and what the screen showed."""
    keyboard, program = terminal
    screen = Screen(lambda: os.write(keyboard, keys))
    with TerminalPrompt(screen, program).enter_service_pin(QUESTION) as pin:
        return pin.coded(ENVIRONMENT).hex(), screen.text


@pytest.mark.parametrize(
    ("keys", "coded"),
    [
        (b"135790\n", "135790"),
        (b"135790\r", "135790"),
        (b"1358\x7f790\n", "135790"),
        (b"\x7f\x081357\n", "1357"),
    ],
)
def test_an_entry(terminal: tuple[int, int], keys: bytes, coded: str) -> None:
    """Digits, corrections, Enter; the screen shows stars alone."""
    taken, shown = entered(terminal, keys)
    assert taken == coded
    assert not any(each.isdigit() for each in shown)
    assert "*" * 4 in shown


def test_what_was_typed_before_the_question(terminal: tuple[int, int]) -> None:
    """Stray keys are no PIN: they are dropped when the question is asked."""
    os.write(terminal[0], b"9999\n")
    assert select.select([terminal[1]], [], [], 10)[0]
    assert entered(terminal, b"135790\n")[0] == "135790"


@pytest.mark.parametrize("keys", [b"1357\x1b", b"\x04"])
def test_cancelled(terminal: tuple[int, int], keys: bytes) -> None:
    """Esc and end of input are a holder who does not want to."""
    with pytest.raises(PinCancelled):
        entered(terminal, keys)


@pytest.mark.parametrize("keys", [b"123\n", b"1234567890123\n", b"12a456\n", b"1" * 64])
def test_no_pin(terminal: tuple[int, int], keys: bytes) -> None:
    """Too short, too long, letters: said as what it is, and no card is asked."""
    with pytest.raises(PinLength):
        entered(terminal, keys)


def test_the_terminal_is_as_it_was(terminal: tuple[int, int]) -> None:
    """Whoever types next sees what they type, also after a cancelled entry."""
    before = termios.tcgetattr(terminal[1])
    with pytest.raises(PinCancelled):
        entered(terminal, b"\x1b")
    assert termios.tcgetattr(terminal[1]) == before
    assert before[3] & termios.ECHO


def test_a_script_as_holder() -> None:
    """Where standard input is no terminal each entry takes one line of it."""
    reading, writing = os.pipe()
    os.write(writing, b"135790\n246801\n")
    os.close(writing)
    prompt = TerminalPrompt(Screen(), reading)
    taken = []
    for _ in range(2):
        with prompt.enter_service_pin(QUESTION) as pin:
            taken.append(pin.coded(ENVIRONMENT).hex())
    assert taken == ["135790", "246801"]
    with pytest.raises(PinCancelled):
        prompt.enter_service_pin(QUESTION)
    os.close(reading)


@pytest.mark.parametrize("sequence", [b"\x1b[D", b"\x1b[A", b"\x1bOP", b"\x1b[3~", b"\x1b[1;5C"])
def test_a_key_that_is_none(terminal: tuple[int, int], sequence: bytes) -> None:
    """An arrow pressed by mistake is no Esc: the entry goes on, and nothing of it is a digit."""
    taken, shown = entered(terminal, b"13" + sequence + b"57\n")
    assert taken == "1357"
    assert shown.count("*") == 4


def test_esc_alone_still_cancels(terminal: tuple[int, int]) -> None:
    """Who presses Esc means it."""
    with pytest.raises(PinCancelled):
        entered(terminal, b"13\x1b")


def test_what_was_typed_behind_the_pin_is_forgotten(terminal: tuple[int, int]) -> None:
    """It would come out in the shell, seen and kept in its history."""
    _, program = terminal
    taken, _ = entered(terminal, b"1357\n2468\n")
    assert taken == "1357"
    assert not select.select([program], [], [], 0)[0]


def test_backspace_takes_a_letter_back(terminal: tuple[int, int]) -> None:
    """Each key has its star, so that what is taken away is one, and never the question."""
    taken, shown = entered(terminal, b"a\x7f1357\n")
    assert taken == "1357"
    assert shown.count("*") == 5
    assert shown.count("\b \b") == 1


def test_a_pin_at_the_end_of_input() -> None:
    """A script whose last line has no end has entered it."""
    reading, writing = os.pipe()
    os.write(writing, b"135790")
    os.close(writing)
    with TerminalPrompt(lambda _: None, reading).enter_service_pin(QUESTION) as pin:
        assert pin.coded(ENVIRONMENT).hex() == "135790"
    os.close(reading)
