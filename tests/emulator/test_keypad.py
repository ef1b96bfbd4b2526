"""The keypad in software, told by hand-written bytes, in front of a real card's rules."""

import pytest
from raw_card import PIN, QUERY, Maker, send

from emulator.card import Removed, SoftwareCard
from emulator.keypad import (
    BAD_PARAMETER,
    CANCELLED,
    CODES,
    DIFFER,
    GET_FEATURES,
    MODIFY,
    PIN_PROPERTIES,
    TIMED_OUT,
    TLV_PROPERTIES,
    VERIFY,
    WRONG_LENGTH,
    Press,
    ScriptedKeypad,
)
from emulator.pcsc import SHARED, ScriptedPcsc

# From the tables (reference counter-devices.md §1.2, §1.3).
VERIFY_SIX = bytes.fromhex(
    "1E1E8103000606020104080000000008000000 00200000 03 FFFFFF".replace(" ", "")
)
VERIFY_ANY = bytes.fromhex("1E1E8100000C04020104080000000005000000 00200000 00".replace(" ", ""))
CHANGE_SIX = bytes.fromhex(
    "1E1E8103000004060603020304080001020000000C000000 805E0100 07 FFFFFFFFFFFFFF".replace(" ", "")
)
TOO_SMALL = bytes.fromhex(  # six digits in blocks of two bytes, everything else in order
    "1E1E8102000003060603020304080001020000000A000000 805E0100 05 FFFFFFFFFF".replace(" ", "")
)
CHANGE_FIVE = CHANGE_SIX.replace(b"\x06\x06", b"\x05\x05")


@pytest.fixture
def card(virtual_card: Maker) -> SoftwareCard:
    """Give a Beijing card on T=0, its PIN 123456."""
    return virtual_card("beijing")


def use(keypad: ScriptedKeypad, feature: int, told: bytes, card: SoftwareCard) -> bytes:
    answer = keypad.control(CODES[feature], told, card.transmit)
    assert answer is not None
    return answer


def changed(told: bytes, at: int, to: int) -> bytes:
    return told[:at] + bytes((to,)) + told[at + 1 :]


def test_the_feature_list() -> None:
    """Six bytes an entry, codes big endian, and none of them a driver's well-known number."""
    reply = ScriptedKeypad().control(GET_FEATURES, b"", bytes) or b""
    entries = [reply[at : at + 6] for at in range(0, len(reply), 6)]
    assert [each[:2] for each in entries] == [b"\x06\x04", b"\x07\x04", b"\x0a\x04", b"\x12\x04"]
    assert not any(each[2:].startswith(b"\x42\x33") for each in entries)
    assert len({each[2:] for each in entries}) == 4


def test_properties_are_told_twice() -> None:
    """Little endian; an old terminal asks for feature 0A, a new one for 12 (§1.1)."""
    keypad = ScriptedKeypad(least=4, most=8)
    told = keypad.control(CODES[PIN_PROPERTIES], b"", bytes)
    assert told == bytes.fromhex("10020700")
    told = keypad.control(CODES[TLV_PROPERTIES], b"", bytes)
    assert told == bytes.fromhex("01021002 020107 060104 070108".replace(" ", ""))


def test_a_code_of_somebody_elses_is_unknown() -> None:
    """Who has the well-known codes built in finds out here and not at a customer's."""
    assert ScriptedKeypad("123456").control(0x42330006, VERIFY_SIX, bytes) is None


@pytest.mark.parametrize(
    ("told", "digits", "sent"),
    [
        (VERIFY_SIX, "123456", "0020000003123456"),
        (changed(changed(VERIFY_SIX, 5, 5), 6, 5), "12345", "002000000312345F"),
        (VERIFY_ANY, "1234", "00200000021234"),
        (VERIFY_ANY, "12345", "002000000312345F"),
        (VERIFY_ANY, "123456789012", "0020000006123456789012"),
    ],
)
def test_verify_is_built(card: SoftwareCard, told: bytes, digits: str, sent: str) -> None:
    """The command on the wire, written by hand: BCD, F behind an odd digit, the right Lc."""
    keypad = ScriptedKeypad(digits)
    use(keypad, VERIFY, told, card)
    assert [each.hex().upper() for each in keypad.sent] == [sent]
    assert keypad.structures == [told]


def test_change_is_built(card: SoftwareCard) -> None:
    """Old, the separator from the template, new; odd ones end in the template's F."""
    keypad = ScriptedKeypad("123456", "654321", "654321", "65432", "12345", "12345")
    use(keypad, MODIFY, CHANGE_SIX, card)
    use(keypad, MODIFY, CHANGE_FIVE, card)
    assert [each.hex().upper() for each in keypad.sent] == [
        "805E010007123456FF654321",
        "805E01000765432FFF12345F",
    ]


def test_the_cards_answer_is_the_keypads(card: SoftwareCard) -> None:
    """Right, wrong, changed: and each entry costs the one try it is."""
    keypad = ScriptedKeypad("123456", "111111", "123456", "654321", "654321")
    assert use(keypad, VERIFY, VERIFY_SIX, card) == b"\x90\x00"
    assert use(keypad, VERIFY, VERIFY_ANY, card) == b"\x63\xc5"
    assert send(card, QUERY) == "63C5"
    assert use(keypad, MODIFY, CHANGE_SIX, card) == b"\x90\x00"
    assert send(card, PIN) == "63C5"


@pytest.mark.parametrize(
    ("entries", "answer"),
    [
        (("111111", "654321", "654322"), DIFFER),
        (("111111", Press.CANCEL), CANCELLED),
        (("111111", "654321", Press.NOTHING), TIMED_OUT),
        (("111111", "654321"), TIMED_OUT),
        (("111", "654321", "654321"), WRONG_LENGTH),
        (("1111111", "654321", "654321"), WRONG_LENGTH),
    ],
)
def test_what_the_reader_ends_itself_does_not_reach_the_card(
    card: SoftwareCard, entries: tuple[str | Press, ...], answer: bytes
) -> None:
    """A wrong old PIN would have cost a try; the entry never got so far."""
    keypad = ScriptedKeypad(*entries)
    assert use(keypad, MODIFY, CHANGE_SIX, card) == answer
    assert keypad.sent == []
    assert send(card, QUERY) == "63C6"


@pytest.mark.parametrize(
    "told",
    [
        b"",
        VERIFY_SIX[:18],
        VERIFY_SIX[:-1],
        VERIFY_SIX + b"\xff",
        changed(VERIFY_SIX, 2, 0x82),
        changed(VERIFY_SIX, 2, 0x89),
        changed(VERIFY_SIX, 3, 0x43),
        changed(VERIFY_SIX, 3, 0x02),
        changed(VERIFY_SIX, 3, 0x00),
        changed(VERIFY_SIX, 4, 0x04),
        changed(VERIFY_SIX, 5, 0x0D),
        changed(VERIFY_SIX, 6, 0x07),
        changed(VERIFY_SIX, 6, 0x03),
        changed(VERIFY_SIX, 7, 0x00),
        changed(VERIFY_SIX, 8, 0x02),
        changed(VERIFY_SIX, 15, 0x09),
        changed(VERIFY_SIX, 23, 0x04),
    ],
)
def test_a_verify_structure_that_is_none(card: SoftwareCard, told: bytes) -> None:
    """Where a forgiving fake would guess, a terminal's mistake would be found in the field."""
    keypad = ScriptedKeypad("123456")
    assert use(keypad, VERIFY, told, card) == BAD_PARAMETER
    assert list(keypad.entries) == ["123456"], "nobody was asked"
    assert keypad.sent == []


@pytest.mark.parametrize(
    "told",
    [
        CHANGE_SIX[:23],
        CHANGE_SIX[:-1],
        changed(CHANGE_SIX, 5, 0x02),
        changed(CHANGE_SIX, 6, 0x03),
        changed(CHANGE_SIX, 6, 0x05),
        changed(CHANGE_SIX, 9, 0x04),
        changed(CHANGE_SIX, 10, 0x08),
        changed(CHANGE_SIX, 11, 0x04),
        changed(CHANGE_SIX, 20, 0x0D),
        TOO_SMALL,
        VERIFY_SIX,
    ],
)
def test_a_modify_structure_that_is_none(card: SoftwareCard, told: bytes) -> None:
    """The offsets are where a change goes wrong, and a wrong one writes a PIN nobody knows."""
    keypad = ScriptedKeypad("123456", "654321", "654321")
    assert use(keypad, MODIFY, told, card) == BAD_PARAMETER
    assert len(keypad.entries) == 3
    assert keypad.sent == []


def test_without_the_ok_key_a_whole_pin_ends_the_entry(card: SoftwareCard) -> None:
    """Validation 01 takes the longest PIN at once; a shorter one waits until time is out."""
    keypad = ScriptedKeypad("123456", "1234")
    assert use(keypad, VERIFY, changed(VERIFY_SIX, 7, 0x01), card) == b"\x90\x00"
    assert use(keypad, VERIFY, changed(VERIFY_ANY, 7, 0x01), card) == TIMED_OUT


def test_a_change_may_ask_for_less(card: SoftwareCard) -> None:
    """bConfirmPIN says whether the old one is asked for and the new one twice."""
    keypad = ScriptedKeypad("123456", "654321")
    assert use(keypad, MODIFY, changed(CHANGE_SIX, 9, 0x02), card) == b"\x90\x00"
    keypad = ScriptedKeypad("222222", "222222")
    use(keypad, MODIFY, changed(CHANGE_SIX, 9, 0x01), card)
    assert keypad.sent == [bytes.fromhex("805E010007FFFFFFFF222222")]


class Failure(Exception):
    """Carries what a port's failure would."""

    def __init__(self, call: str, result: int) -> None:
        super().__init__(call)
        self.result = result


def test_a_card_pulled_during_the_entry(card: SoftwareCard) -> None:
    """A driver has one word for it, "not transacted"; afterwards the reader is empty."""

    def pull(command: bytes) -> bytes:
        raise Removed

    pcsc = ScriptedPcsc("Reader", failure=Failure)
    pcsc.insert("Reader", card)
    pcsc.fit_keypad("Reader", ScriptedKeypad("123456"))
    handle = pcsc.establish().connect("Reader", SHARED)
    card.transmit = pull  # type: ignore[method-assign]
    results = []
    for _ in range(2):
        with pytest.raises(Failure) as caught:
            handle.control(CODES[VERIFY], VERIFY_SIX)
        results.append(caught.value.result)
    assert results == [0x80100016, 0x80100069]
    assert pcsc.readers["Reader"].card is None
