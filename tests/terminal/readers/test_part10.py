"""PC/SC part 10 as bytes: the feature list, what a keypad tells, both structures."""

import pytest

from apdu.errors import EncodingError
from emulator.pcsc import ScriptedPcsc
from terminal.errors import PinLength
from terminal.readers.part10 import (
    GET_FEATURES,
    Entered,
    Feature,
    PinCoding,
    Properties,
    VerifyStructure,
    change_service_pin,
    control_code,
    features,
    fitted,
    properties,
    verify_service_pin,
)
from terminal.readers.port import PcscFailure

# Written by hand from the tables (reference counter-devices.md §1.2, §1.3), field by field.
VERIFY_SIX = (
    "1E 1E"  # bTimerOut, bTimerOut2: 30 seconds
    "81 03 00"  # BCD, left, bytes; a block of 3 bytes; no length inserted
    "06 06"  # wPINMaxExtraDigit 0606
    "02"  # bEntryValidationCondition: OK key
    "01"  # bNumberMessage
    "04 08"  # wLangId 0804
    "00"  # bMsgIndex
    "00 00 00"  # bTeoPrologue
    "08 00 00 00"  # ulDataLength
    "00 20 00 00 03 FF FF FF"
)
VERIFY_FIVE = (
    "1E 1E 81 03 00 05 05 02 01 04 08 00 00 00 00 08 00 00 00"  # a half byte stays F
    "00 20 00 00 03 FF FF FF"
)
VERIFY_ANY = (
    "1E 1E 81 00 00"  # block size 0: as long as what is entered
    "0C 04"  # wPINMaxExtraDigit 040C: at least 4, at most 12
    "02 01 04 08 00 00 00 00"
    "05 00 00 00"
    "00 20 00 00 00"  # Lc is the reader's to set
)
CHANGE_SIX = (
    "1E 1E 81 03 00"
    "00 04"  # bInsertionOffsetOld, bInsertionOffsetNew: 3 bytes and the separator between
    "06 06"
    "03"  # bConfirmPIN: new one twice, and the old one
    "02"
    "03"  # bNumberMessage
    "04 08"
    "00 01 02"  # bMsgIndex1 to 3
    "00 00 00"
    "0C 00 00 00"
    "80 5E 01 00 07 FF FF FF FF FF FF FF"
)
CHANGE_TWELVE = (
    "3C 3C 81 06 00 00 07 0C 0C 03 02 03 04 08 00 01 02 00 00 00 12 00 00 00"
    "80 5E 01 00 0D FF FF FF FF FF FF FF FF FF FF FF FF FF"
)
# A log of a reader's driver in the open (OpenSC issue 424): four ASCII digits for 00200001.
IN_THE_FIELD = "1E1E820000040402FF0000000000000400000000200001"


class Reader:
    """Answers control codes from a table, and says in words of its own what it does not know."""

    def __init__(self, answers: dict[int, str], unknown: int = 0x8010001F) -> None:
        self.answers = answers
        self.unknown = unknown

    def control(self, code: int, data: bytes) -> bytes:
        if code not in self.answers:
            raise PcscFailure("SCardControl", self.unknown)
        return bytes.fromhex(self.answers[code])


@pytest.mark.parametrize(
    ("structure", "golden"),
    [
        (verify_service_pin(6), VERIFY_SIX),
        (verify_service_pin(5), VERIFY_FIVE),
        (verify_service_pin(), VERIFY_ANY),
        (change_service_pin(), CHANGE_SIX),
        (change_service_pin(12, seconds=60), CHANGE_TWELVE),
    ],
    ids=["verify six", "verify five", "verify any", "change six", "change twelve"],
)
def test_structures_are_as_in_the_tables(structure, golden: str) -> None:
    """A byte in the wrong place makes the reader write the PIN into the wrong place."""
    assert structure.encode() == bytes.fromhex(golden)


def test_a_structure_seen_in_the_field() -> None:
    """The tables are one reading; what a driver took is another."""
    seen = VerifyStructure(
        command=bytes.fromhex("00200001"),
        least=4,
        most=4,
        coding=PinCoding.ASCII,
        messages=0xFF,
        language=0,
    )
    assert seen.encode() == bytes.fromhex(IN_THE_FIELD)


def test_headers_are_packed() -> None:
    """19 and 24 bytes before the template, no padding behind the odd ones (§1.2, §1.3)."""
    verify, change = verify_service_pin(), change_service_pin()
    assert len(verify.encode()) - len(verify.command) == 19
    assert len(change.encode()) - len(change.command) == 24


@pytest.mark.parametrize("digits", range(4, 13))
def test_old_and_new_do_not_overlap(digits: int) -> None:
    """Strict readers check that the new PIN's block ends where Lc ends, and FF stays between."""
    structure = change_service_pin(digits)
    size = -(-digits // 2)
    assert structure.old_at + size == structure.new_at - 1
    assert structure.new_at + size == structure.command[4] == len(structure.command) - 5
    assert structure.command[5:] == b"\xff" * (2 * size + 1)


@pytest.mark.parametrize("digits", [0, 3, 13])
def test_a_length_no_pin_has_is_refused(digits: int) -> None:
    """The reader would refuse it only when the holder stands before it."""
    with pytest.raises(PinLength):
        verify_service_pin(digits)
    with pytest.raises(PinLength):
        change_service_pin(digits)


@pytest.mark.parametrize(
    "wrong",
    [{"seconds": 256}, {"digits": 6, "seconds": -1}],
)
def test_a_number_that_does_not_fit_is_refused(wrong: dict[str, int]) -> None:
    """Cut to a byte, 256 seconds would be "the reader's default"."""
    with pytest.raises(EncodingError):
        verify_service_pin(**wrong).encode()


def test_least_and_most_keep_their_order() -> None:
    """Swapped they would go out as a range that no PIN is in."""
    with pytest.raises(EncodingError):
        VerifyStructure(command=bytes(5), least=12, most=4).encode()


def test_entries_take_their_time() -> None:
    """One PIN for VERIFY, three for CHANGE; given up in an entry, a try may be spent unseen."""
    assert verify_service_pin().seconds == 90
    assert change_service_pin().seconds == 270
    assert verify_service_pin(seconds=90).seconds == 150
    assert verify_service_pin(seconds=0).seconds == 120


@pytest.mark.parametrize(
    ("platform", "code"), [("linux", 0x42000D48), ("darwin", 0x42000D48), ("win32", 0x00313520)]
)
def test_the_one_code_known_beforehand(platform: str, code: int) -> None:
    """3400 is CM_IOCTL_GET_FEATURE_REQUEST in every system's own clothes (§1.1)."""
    assert control_code(3400, platform) == code


def test_features_are_read_as_they_come() -> None:
    """Codes are big endian; features unknown here and entries of another form are passed over."""
    reply = "06 04 42330006 07 04 42330007 13 04 42000001 0A 02 0001 12 04 42330012 0A 04 4233"
    reader = Reader({GET_FEATURES: reply})
    assert features(reader) == {
        Feature.VERIFY_PIN_DIRECT: 0x42330006,
        Feature.MODIFY_PIN_DIRECT: 0x42330007,
        Feature.TLV_PROPERTIES: 0x42330012,
    }


@pytest.mark.parametrize("refusal", [0x8010001F, 0x80100022, 0x80100016, 0x80100004, 0x00000001])
def test_a_reader_that_does_not_know_the_question(refusal: int) -> None:
    """Drivers refuse in many words; none of them is a fault, there is no keypad."""
    assert features(Reader({}, refusal)) == {}


@pytest.mark.parametrize("gone", [0x80100069, 0x80100068, 0x80100017, 0x8010001D, 0x80100013])
def test_a_reader_that_is_gone_is_not_one_without_keypad(gone: int) -> None:
    """Otherwise the holder would be asked at another keypad for a card that is not there."""
    with pytest.raises(PcscFailure):
        features(Reader({}, gone))


TLV = "01 02 10 02  02 01 07  06 01 04  07 01 08  0A 04 00 00 01 00"


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({0x12: TLV}, Properties(4, 8, 2, 16, Entered(7))),
        ({0x0A: "10 02 02 00"}, Properties(None, None, 2, 16, Entered.OK_KEY)),
        (
            {0x12: "06 01 04 07 01 08", 0x0A: "00 00 07 00"},
            Properties(4, 8, 0, 0, Entered(7)),
        ),
        ({0x12: "0A 04 00 00 01 00"}, Properties()),
        ({0x0A: "10 02"}, Properties()),
        ({0x12: "07 00 06"}, Properties()),
        ({}, Properties()),
    ],
    ids=["TLV", "0A", "both", "vpcd", "0A cut off", "TLV cut off", "nothing"],
)
def test_properties(answers: dict[int, str], told: Properties) -> None:
    """Little endian here, unlike the feature list; what is not told is not guessed (§1.1)."""
    codes = {Feature(tag): 0x1000 + tag for tag in answers}
    reader = Reader({0x1000 + tag: each for tag, each in answers.items()})
    assert properties(reader, codes) == told


def test_a_property_that_is_refused_is_not_told() -> None:
    """A feature that is listed and does not work is no reason to do without the keypad."""
    assert properties(Reader({}), {Feature.TLV_PROPERTIES: 1}) == Properties()


@pytest.mark.parametrize(
    ("to", "least", "most", "messages"),
    [
        (Properties(), 4, 12, 1),
        (Properties(4, 8, 2, 16), 4, 8, 1),
        (Properties(6, 16, 0, 0), 6, 12, 0),
        (Properties(0, 0), 4, 12, 1),
        (Properties(13, 16), 4, 12, 1),
    ],
)
def test_a_reader_is_asked_for_what_it_can(
    to: Properties, least: int, most: int, messages: int
) -> None:
    """Some readers take 4 to 8 digits and refuse 4 to 12 with an error that says nothing."""
    structure = fitted(verify_service_pin(), to)
    assert (structure.least, structure.most, structure.messages) == (least, most, messages)


def test_a_scripted_reader_without_keypad_has_no_features(pcsc: ScriptedPcsc, card) -> None:
    """Most readers on a counter are like that."""
    handle = pcsc.establish().connect("Reader 00 00", 2)
    assert features(handle) == {}
