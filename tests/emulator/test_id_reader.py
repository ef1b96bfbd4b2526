"""The software reader by itself: what it hears and says, held against the reference's frames.

Reference counter-devices.md §6; the frames and texts here are written out, not made by the codec,
so that both could not be wrong together.
"""

from datetime import date

import pytest
from id_readers import (
    ADDRESS,
    FIND,
    FOUND,
    LAYOUTS,
    NO_CARD,
    NO_CONTENT,
    READ,
    READ_FAILED,
    READ_FINGERS,
    SELECT,
    SELECT_FAILED,
    SELECTED,
    answer,
    text_of,
)

from apdu.errors import EncodingError
from apdu.sam_a_document import decode_text
from card_profiles.identifiers import is_citizen_id
from card_profiles.tables import REGION
from emulator.id_cards import KINDS, PHOTO, IdCard, card, finger, number
from emulator.id_reader import SoftwareIdReader, State
from emulator.id_reader_faults import NAMED
from emulator.pin_pad_wire import Clock

RESET = bytes.fromhex("AA AA AA 96 69 00 03 10 FF EC")
STATE = bytes.fromhex("AA AA AA 96 69 00 03 11 FF ED")
NUMBER = bytes.fromhex("AA AA AA 96 69 00 03 12 FF EE")
DONE = bytes.fromhex("AA AA AA 96 69 00 04 00 00 90 94")


def output(reader: SoftwareIdReader) -> bytes:
    """Take everything that leaves."""
    return b"".join(iter(reader.take, b""))


def ask(reader: SoftwareIdReader, *frames: bytes) -> bytes:
    """Send frames; give the answer to the last."""
    for frame in frames:
        said = b""
        reader.feed(frame)
        said = output(reader)
    return said


def reader_of(document: IdCard | None = None, clock: Clock | None = None) -> SoftwareIdReader:
    """Have a reader, with a document on it where one is given."""
    reader = SoftwareIdReader(clock=clock or Clock())
    if document is not None:
        reader.lay(document)
    return reader


# --- Golden frames --------------------------------------------------------------------------


def test_golden_sequence() -> None:
    """Find, select, read, newest address, as the reference has the bytes both ways (§6.2, §6.4)."""
    reader = reader_of(card())
    assert ask(reader, FIND) == FOUND
    assert ask(reader, SELECT) == SELECTED
    said = ask(reader, READ)
    assert (len(said), said[5:14].hex()) == (1295, "050800009001000400")
    assert said == answer(0x90, b"\x01\x00\x04\x00" + text_of(LAYOUTS["citizen"]) + PHOTO)
    assert ask(reader, ADDRESS) == NO_CONTENT
    assert reader.received == [b"\x20\x01", b"\x20\x02", b"\x30\x01", b"\x30\x03"]


@pytest.mark.parametrize(
    ("count", "total", "length"), [(0, 1297, "050a"), (1, 1809, "070a"), (2, 2321, "090a")]
)
def test_golden_lengths_with_fingerprints(count: int, total: int, length: str) -> None:
    """A card without fingerprints gives a shorter frame (§6.4)."""
    said = ask(reader_of(card(fingers=(finger(11),) * count)), FIND, SELECT, READ_FINGERS)
    assert (len(said), said[5:7].hex()) == (total, length)
    block = bytes(4) + b"\x01\x0b\x5a" + b"\x0b" * 505
    assert said[10 + 6 + 256 + 1024 : -1] == block * count


def test_golden_number_and_state() -> None:
    """Sixteen bytes of a module that was never made, and 90."""
    reader = reader_of()
    assert ask(reader, NUMBER) == answer(0x90, b"GUITAI TEST SAM\0")
    assert ask(reader, STATE) == DONE
    with pytest.raises(ValueError, match="16 bytes"):
        SoftwareIdReader(number=b"short")


def test_golden_newest_address() -> None:
    """70 bytes behind 90; 91 where there is none."""
    reader = reader_of(card(newest_address="测试路9号"))
    said = ask(reader, FIND, SELECT, ADDRESS)
    assert said == answer(0x90, "测试路9号".encode("utf-16-le") + 30 * b" \0")


@pytest.mark.parametrize(
    ("frame", "speed"),
    [
        ("AA AA AA 96 69 00 03 60 00 63", 115200),
        ("AA AA AA 96 69 00 03 60 01 62", 57600),
        ("AA AA AA 96 69 00 03 60 02 61", 38400),
        ("AA AA AA 96 69 00 03 60 03 60", 19200),
        ("AA AA AA 96 69 00 03 60 04 67", 9600),
    ],
)
def test_golden_speeds(frame: str, speed: int) -> None:
    """The speed is taken and said yes to."""
    reader = reader_of()
    assert ask(reader, bytes.fromhex(frame)) == DONE
    assert reader.speed == speed


def test_golden_radio() -> None:
    """58 bytes in a radio frame is the reference's example; below 18 is a bad parameter."""
    reader = reader_of()
    assert ask(reader, bytes.fromhex("AA AA AA 96 69 00 04 61 FF 18 82")) == DONE
    assert reader.radio == 0x18
    assert ask(reader, bytes.fromhex("AA AA AA 96 69 00 04 61 FF 58 C2")) == DONE
    assert reader.radio == 0x58
    assert ask(reader, bytes.fromhex("AA AA AA 96 69 00 04 61 FF 17 8D")) == answer(0x21)


# --- The rules of §6.8 ----------------------------------------------------------------------


def test_nothing_lies_there() -> None:
    """No card, however often it is asked."""
    reader = reader_of()
    assert ask(reader, FIND) == ask(reader, FIND) == NO_CARD
    assert reader.state is State.EMPTY


def test_read_before_select() -> None:
    """41, also with the document found."""
    reader = reader_of(card())
    for frame in (READ, READ_FINGERS, ADDRESS):
        assert ask(reader, frame) == READ_FAILED
    assert ask(reader, FIND, READ) == READ_FAILED


def test_select_before_find() -> None:
    """81."""
    reader = reader_of(card())
    assert ask(reader, SELECT) == SELECT_FAILED
    assert reader.state is State.LAID


def test_find_twice() -> None:
    """80 until it is lifted and laid again, also after it was read."""
    reader = reader_of(card())
    assert ask(reader, FIND) == FOUND
    assert ask(reader, FIND) == NO_CARD
    assert ask(reader, SELECT) == SELECTED
    assert ask(reader, FIND) == NO_CARD
    assert ask(reader, SELECT) == SELECT_FAILED
    reader.lift()
    assert ask(reader, FIND) == NO_CARD
    reader.lay(card())
    assert ask(reader, FIND) == FOUND


def test_lifted_in_the_middle() -> None:
    """What is no longer there is not read."""
    reader = reader_of(card())
    ask(reader, FIND, SELECT)
    reader.lift()
    assert ask(reader, READ) == READ_FAILED


def test_reset() -> None:
    """10 FF returns to empty: what lies there has to be laid again."""
    reader = reader_of(card())
    ask(reader, FIND, SELECT)
    assert ask(reader, RESET) == DONE
    assert reader.state is State.EMPTY
    assert ask(reader, FIND) == NO_CARD
    reader.lay(card())
    assert ask(reader, FIND) == FOUND


@pytest.mark.parametrize(
    ("frame", "status"),
    [
        ("AA AA AA 96 69 00 03 20 01 23", 0x10),
        ("AA AA AA 96 69 00 02 20 22", 0x11),
        ("AA AA AA 96 69 01 00 20 01 20", 0x11),
        ("AA AA AA 96 69 00 04 20 01 00 25", 0x11),
        ("AA AA AA 96 69 00 03 20 03 20", 0x21),
        ("AA AA AA 96 69 00 03 60 05 66", 0x21),
    ],
)
def test_wrong_commands(frame: str, status: int) -> None:
    """A wrong checksum, a wrong length, a wrong command: each has its status (§6.3)."""
    assert ask(reader_of(card()), bytes.fromhex(frame)) == answer(status)


def test_rubbish_is_not_heard() -> None:
    """Between frames anything may come; nothing is said of it."""
    reader = reader_of(card())
    reader.feed(b"AT\r\n\xaa\xaa" + FIND[:4])
    assert output(reader) == b""
    reader.feed(FIND[4:])
    assert output(reader) == FOUND


# --- Faults ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "status"), [("unauthorised", 0x66), ("self-test-failed", 0x60)])
def test_a_module_that_may_not_or_cannot(fault: str, status: int) -> None:
    """Its state says so, and it finds nothing; it still has a number."""
    reader = reader_of(card())
    NAMED[fault](reader.faults)
    for frame in (STATE, FIND, SELECT, READ):
        assert ask(reader, frame) == answer(status)
    assert len(ask(reader, NUMBER)) == 27
    reader.mend()
    assert ask(reader, STATE) == DONE


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("unknown", ["AA AA AA 96 69 00 04 00 00 24 20"]),
        ("bad-checksum", ["AA AA AA 96 69 00 04 00 00 80 85"] * 3),
        ("wrong-length", ["AA AA AA 96 69 00 05 00 00 80 85"] * 3),
        ("half-frame", ["AA AA AA 96 69 00 04 00 00"] * 3),
        ("lost-answer", [""]),
    ],
)
def test_faults_that_pass(fault: str, said: list[str]) -> None:
    """Each is over after as many answers as it is for."""
    reader = reader_of()
    NAMED[fault](reader.faults)
    for each in said:
        assert ask(reader, FIND) == bytes.fromhex(each)
    assert ask(reader, FIND) == NO_CARD


def test_one_command_is_not_heard() -> None:
    """Nothing is carried out then."""
    reader = reader_of(card())
    reader.silence()
    assert ask(reader, FIND) == b""
    assert ask(reader, FIND) == FOUND


def test_silence_and_another_speed() -> None:
    """Nothing, or rubbish in which no frame is; both until it is mended."""
    reader = reader_of(card())
    NAMED["silence"](reader.faults)
    assert ask(reader, FIND, FIND) == b""
    reader.mend()
    NAMED["other-speed"](reader.faults)
    said = ask(reader, FIND)
    assert said
    assert b"\xaa\xaa\xaa\x96\x69" not in said
    reader.mend()
    assert ask(reader, FIND) == FOUND


def test_pieces() -> None:
    """A long answer leaves in pieces of a USB packet; asked for, with pauses between smaller."""
    reader = reader_of(card())
    ask(reader, FIND, SELECT)
    reader.feed(READ)
    pieces = list(iter(reader.take, b""))
    assert max(map(len, pieces)) == 64
    assert len(b"".join(pieces)) == 1295
    reader.split_reply(6, late=True)
    reader.feed(NUMBER)
    assert [len(reader.take()) for _ in range(10)] == [6, 0, 6, 0, 6, 0, 6, 0, 3, 0]


def test_delay() -> None:
    """Nothing leaves before its time."""
    clock = Clock()
    reader = reader_of(clock=clock)
    NAMED["delay"](reader.faults)
    reader.feed(FIND)
    assert output(reader) == b""
    clock.now = 20.0
    assert output(reader) == NO_CARD


def test_noise_and_bell() -> None:
    """What it says unasked rings, so that a pseudo-terminal sends it."""
    reader = reader_of()
    rung: list[int] = []
    reader.on_output = lambda: rung.append(1)
    reader.noise()
    assert output(reader) == b"AT\r"
    assert rung == [1]


def test_log() -> None:
    """The log has commands and statuses, nothing of a person."""
    lines: list[str] = []
    reader = SoftwareIdReader(log=lines.append)
    reader.lay(card())
    ask(reader, FIND, SELECT, READ)
    assert lines == ["20 01 -> 9F", "20 02 -> 90", "30 01 -> 90"]


# --- Documents ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_golden_cards(kind: str) -> None:
    """The test persons' texts are the bytes of the reference's layouts, put together by hand."""
    assert card(kind).text == text_of(LAYOUTS[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_nobodys_documents(kind: str) -> None:
    """Born in the nineteenth century and marked 测试; the check characters are right (§7.3)."""
    text = decode_text(card(kind).text)
    assert "测试" in text.name
    assert text.birth.year < 1900
    assert is_citizen_id(text.number) or kind == "foreigner-first"
    assert PHOTO.startswith(b"GUITAI TEST PHOTO")
    entry = REGION.lookup("110103")
    assert entry is None or entry.withdrawn


def test_numbers() -> None:
    """Region, birth, sequence, and the check character of GB 11643."""
    assert number("110103", date(1899, 12, 31), 2) == "110103189912310020"
    assert is_citizen_id(number("110103", date(1899, 12, 31), 2))


def test_long_names() -> None:
    """A name over its cell is refused, or cut where that is wanted, never inside a character."""
    for name in ("测" * 16, "测" * 14 + "𠮷"):
        with pytest.raises(ValueError, match="name"):
            card(name=name)
        cut_name = decode_text(card(name=name, cut_name=True).text).name
        assert name.startswith(cut_name)
        assert len(cut_name) in {14, 15}
    assert decode_text(card(name="𠮷" * 7, cut_name=True).text).name == "𠮷" * 7


def test_long_addresses() -> None:
    """An address over its cell goes on in the newest one; two records are all there is."""
    laid = card(address="街" * 40)
    assert decode_text(laid.text) == decode_text(card(address="街" * 35).text)
    assert laid.newest_address == "街" * 5
    with pytest.raises(ValueError, match="no room"):
        card(address="街" * 40, newest_address="路")
    with pytest.raises(EncodingError):
        card(address="街" * 71)
    with pytest.raises(EncodingError):
        card(newest_address="街" * 36)


def test_without_end() -> None:
    """None is 长期, padded."""
    assert card(valid_until=None).text[204:220] == "长期      ".encode("utf-16-le")


def test_rare_characters() -> None:
    """A pair of surrogates takes two units of the cell."""
    assert card(name="㐂𠮷䶮·").text[:12].hex() == "023442d8b7dfae4db7002000"


def test_what_is_no_document() -> None:
    """A wrong word is told, with what would be right."""
    with pytest.raises(ValueError, match="citizen, permit"):
        card("passport")
    with pytest.raises(ValueError, match="no such item"):
        card("citizen", nationality="FRA")


def test_nothing_is_shown() -> None:
    """A document in a traceback shows nothing, made up or not: a habit."""
    assert repr(card()) == "IdCard()"
