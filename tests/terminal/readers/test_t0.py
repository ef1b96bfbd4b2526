"""The rules of T=0: what a card of 1997 makes of whole commands, and what we make of it."""

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.errors import EncodingError
from terminal.errors import CardBabbles
from terminal.readers import t0
from terminal.readers.t0 import T0Connection


class Script:
    """A connection that gives these answers one after another and keeps what was sent."""

    atr = bytes.fromhex("3B00")
    protocol = "T=0"

    def __init__(self, answers: Iterable[str]) -> None:
        self._answers = iter([bytes.fromhex(each) for each in answers])
        self.sent: list[str] = []

    def transmit(self, command: bytes) -> bytes:
        self.sent.append(command.hex().upper())
        return next(self._answers)


class Endless:
    """A connection that always gives the same answer, and counts."""

    atr = bytes.fromhex("3B00")
    protocol = "T=0"

    def __init__(self, answer: Callable[[int], bytes]) -> None:
        self._answer = answer
        self.sent = 0

    def transmit(self, command: bytes) -> bytes:
        self.sent += 1
        assert self.sent < 1_000, "this does not end"
        return self._answer(self.sent)


D255 = "D5" * 255

# fmt: off
EXCHANGES = {
    # What is asked · what the card gets and says, in turns · what comes back
    "case 1 becomes five bytes":
        ("00A40000", ["00A4000000", "9000"], "9000"),
    "case 2 stays":
        ("00B0000004", ["00B0000004", "AABBCCDD9000"], "AABBCCDD9000"),
    "case 3 stays":
        ("00D6000002AABB", ["00D6000002AABB", "9000"], "9000"),
    "case 4 loses its Le":
        ("00A40000023F0000", ["00A40000023F00", "9000"], "9000"),
    "case 4 loses an Le that is not 00":
        ("00A40000023F0012", ["00A40000023F00", "9000"], "9000"),
    "case 3 with 255 bytes":
        ("00D60000FF" + D255, ["00D60000FF" + D255, "9000"], "9000"),
    "case 4 with 255 bytes":
        ("00D60000FF" + D255 + "00", ["00D60000FF" + D255, "9000"], "9000"),
    "extended case 2 becomes short":
        ("00B00000000004", ["00B0000004", "AABBCCDD9000"], "AABBCCDD9000"),
    "extended case 2 for more than 256 asks for 256":
        ("00B00000001000", ["00B0000000", "9000"], "9000"),
    "extended case 2 for all asks for 256":
        ("00B00000000000", ["00B0000000", "9000"], "9000"),
    "extended case 3 becomes short":
        ("00D60000000002AABB", ["00D6000002AABB", "9000"], "9000"),
    "extended case 4 becomes short and loses its Le":
        ("00D60000000002AABB1000", ["00D6000002AABB", "9000"], "9000"),
    "61 is fetched":
        ("00A40000023F00", ["00A40000023F00", "6102", "00C0000002", "AABB9000"], "AABB9000"),
    "6100 means 256":
        ("00A40000023F00", ["00A40000023F00", "6100", "00C0000000", "AABB9000"], "AABB9000"),
    "61 goes on":
        ("00A40000023F00",
         ["00A40000023F00", "6104", "00C0000004", "AABB6102", "00C0000002", "CCDD9000"],
         "AABBCCDD9000"),
    "61 with data of its own":
        ("00B0000000", ["00B0000000", "AA6101", "00C0000001", "BB9000"], "AABB9000"),
    "a warning ends it like 9000":
        ("00A40000023F00", ["00A40000023F00", "6102", "00C0000002", "AABB6283"], "AABB6283"),
    "an error ends it with what there was":
        ("00A40000023F00", ["00A40000023F00", "6102", "00C0000002", "6F00"], "6F00"),
    "6C is obeyed":
        ("00B0000000", ["00B0000000", "6C02", "00B0000002", "AABB9000"], "AABB9000"),
    "6C00 means 256":
        ("00B0000010", ["00B0000010", "6C00", "00B0000000", "AABB9000"], "AABB9000"),
    "6C to case 1 is obeyed":
        ("00CA0000", ["00CA000000", "6C01", "00CA000001", "AA9000"], "AA9000"),
    "6C to data is an answer, for there was no Le":
        ("00D6000002AABB", ["00D6000002AABB", "6C02"], "6C02"),
    "61 after 6C":
        ("00B0000000",
         ["00B0000000", "6C04", "00B0000004", "AABB6102", "00C0000002", "CCDD9000"],
         "AABBCCDD9000"),
    "GET RESPONSE itself gets 6C":
        ("00A40000023F00",
         ["00A40000023F00", "6110", "00C0000010", "6C02", "00C0000002", "AABB9000"], "AABB9000"),
    "GET RESPONSE gets 6C, then 61":
        ("00A40000023F00",
         ["00A40000023F00", "6110", "00C0000010", "6C01", "00C0000001", "AA6101",
          "00C0000001", "BB9000"], "AABB9000"),
    "the class of a command is not that of its GET RESPONSE":
        ("8050000002AABB", ["8050000002AABB", "6101", "00C0000001", "EE9000"], "EE9000"),
}
# fmt: on


@pytest.mark.parametrize("name", EXCHANGES)
def test_exchanges(name: str) -> None:
    """Cards say "no applications" to whom sends them Le behind data or leaves 61xx lying."""
    asked, turns, given_back = EXCHANGES[name]
    card = Script(turns[1::2])
    answer = T0Connection(card).transmit(bytes.fromhex(asked))
    assert card.sent == turns[0::2]
    assert answer.hex().upper() == given_back


@pytest.mark.parametrize(
    "turns",
    [["6C02", "6C02"], ["6C02", "6C03"], ["6102", "6C01", "6C01"]],
    ids=["the same", "another", "in GET RESPONSE"],
)
def test_6c_twice_is_no_answer(turns: list[str]) -> None:
    """A card that names a length and then another would be asked for ever."""
    card = Script(turns)
    with pytest.raises(CardBabbles, match="6Cxx again"):
        T0Connection(card).transmit(bytes.fromhex("00B0000000"))
    assert len(card.sent) == len(turns)


def test_61_without_end_is_bounded_by_rounds() -> None:
    """Others loop here for ever; an empty 61xx round costs the card nothing."""
    card = Endless(lambda _: b"\x61\x10")
    with pytest.raises(CardBabbles, match="61xx without end, 0 bytes"):
        T0Connection(card).transmit(bytes.fromhex("00A4040000"))
    assert card.sent == 1 + t0.MAX_ROUNDS


def test_61_without_end_is_bounded_by_rounds_with_6c_between() -> None:
    """Each round may take two commands, and no more."""
    card = Endless(lambda number: b"\x6c\x01" if number % 2 == 0 else b"\xaa\x61\x10")
    with pytest.raises(CardBabbles, match="61xx without end"):
        T0Connection(card).transmit(bytes.fromhex("00A4040000"))
    assert card.sent <= 1 + 2 * t0.MAX_ROUNDS


def test_61_without_end_is_bounded_by_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """With enough rounds it is the memory that has to be held."""
    monkeypatch.setattr(t0, "MAX_ROUNDS", 10**9)
    card = Endless(lambda _: bytes(256) + b"\x61\x00")
    with pytest.raises(CardBabbles, match="61xx without end"):
        T0Connection(card).transmit(bytes.fromhex("00B0000000"))
    assert t0.MAX_BYTES < card.sent * 256 <= t0.MAX_BYTES + 2 * 256


def test_the_longest_answer_there_is_comes_through() -> None:
    """The bounds must not cut what an extended command may ask for."""
    rounds = t0.MAX_BYTES // 256
    card = Endless(lambda number: bytes(256) + (b"\x61\x00" if number < rounds else b"\x90\x00"))
    answer = T0Connection(card).transmit(bytes.fromhex("00B00000000000"))
    assert len(answer) == t0.MAX_BYTES + 2


@pytest.mark.parametrize("turns", [["90"], ["6102", "90"], ["6C02", "90"], ["6102", "6C01", "90"]])
def test_an_answer_of_one_byte_is_none(turns: list[str]) -> None:
    """Half a status word must not reach the parser behind, in whichever round it comes."""
    with pytest.raises(CardBabbles, match="1 byte"):
        T0Connection(Script(turns)).transmit(bytes.fromhex("00B0000000"))


@pytest.mark.parametrize(
    "command",
    ["", "00", "00A400", "00D6000003AABB", "00D60000000003AABB", "00A400000000"],
)
def test_malformed_commands_do_not_reach_the_card(command: str) -> None:
    """A length that does not fit would make the card wait for bytes that never come."""
    card = Script([])
    with pytest.raises(EncodingError):
        T0Connection(card).transmit(bytes.fromhex(command))
    assert card.sent == []


def test_more_data_than_a_tpdu_carries_is_refused() -> None:
    """Cut to 255 bytes it would be another command."""
    card = Script([])
    with pytest.raises(EncodingError, match="these are 256"):
        T0Connection(card).transmit(bytes.fromhex("00D60000000100") + bytes(256))
    assert card.sent == []


class Splitting:
    """A card that legally gives one answer in the pieces a test dictates.

    ``pieces`` are lengths, each with whether that GET RESPONSE is first answered by 6Cxx.
    """

    atr = bytes.fromhex("3B00")
    protocol = "T=0"

    def __init__(self, answer: bytes, pieces: list[tuple[int, bool]], *, sw: bytes) -> None:
        self._left = answer
        self._pieces = pieces
        self._sw = sw
        self._corrected = False

    def transmit(self, command: bytes) -> bytes:
        if command[1] != 0xC0 and not self._corrected and self._pieces[0][1] and len(command) > 5:
            # a command with data has no Le to be wrong: 61xx announces all of it
            return b"\x61" + bytes([min(len(self._left), 255)])
        size, correct = self._pieces[0]
        if correct and not self._corrected:
            self._corrected = True
            return b"\x6c" + bytes([size & 0xFF])
        if self._corrected:
            assert command[4] == size & 0xFF
        self._corrected = False
        del self._pieces[0]
        given, self._left = self._left[:size], self._left[size:]
        if not self._left:
            return given + self._sw
        return given + b"\x61" + bytes([min(len(self._left), 255)])


@st.composite
def splittings(draw: st.DrawFn) -> tuple[bytes, list[tuple[int, bool]]]:
    """Draw an answer and its pieces; the first piece of zero is a bare 61xx."""
    answer = draw(st.binary(min_size=1, max_size=1200))
    pieces: list[tuple[int, bool]] = []
    left = len(answer)
    if draw(st.booleans()):
        pieces.append((0, False))
    while left:
        size = draw(st.integers(1, min(256, left)))
        pieces.append((size, draw(st.booleans())))
        left -= size
    return answer, pieces


@given(
    splittings(),
    st.sampled_from(["00B0000000", "00A40000023F00", "00A40000023F0000", "00B00000000000"]),
    st.sampled_from([b"\x90\x00", b"\x62\x83", b"\x63\xc2"]),
)
def test_every_legal_splitting_gives_the_same(
    splitting: tuple[bytes, list[tuple[int, bool]]], command: str, sw: bytes
) -> None:
    """How a card cuts its answer is its affair and must not show above."""
    answer, pieces = splitting
    card = Splitting(answer, list(pieces), sw=sw)
    assert T0Connection(card).transmit(bytes.fromhex(command)) == answer + sw
