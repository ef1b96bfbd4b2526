"""The driver of SAM-A readers: what it sends and takes, byte by byte, and what it makes of it.

The answers are written out (tests/support/id_readers.py), no reader in software is in most of it.
"""

from datetime import date

import pytest
from id_readers import (
    ADDRESS,
    CITIZEN,
    CONTENT,
    FIND,
    FOREIGNER,
    FOREIGNER_FIRST,
    FOUND,
    NO_CARD,
    NO_CONTENT,
    PERMIT,
    PHOTO,
    READ,
    READ_FAILED,
    READ_FINGERS,
    SECONDS,
    SELECT,
    SELECT_FAILED,
    SELECTED,
    answer,
    nothing,
    raw,
    readers,
    text_of,
)

from apdu.sam_a_areas import Finger
from emulator.id_cards import KINDS, card, finger
from terminal.devices.id_reader import IdDocument, IdReaderHealth
from terminal.errors import (
    GuitaiError,
    IdDocumentAbsent,
    IdDocumentUnreadable,
    IdDocumentWrong,
    IdReaderRefused,
    IdReaderUnauthorised,
)
from terminal.rules.documents import DocumentKind, check_number

STATE = bytes.fromhex("AA AA AA 96 69 00 03 11 FF ED")
NUMBER = bytes.fromhex("AA AA AA 96 69 00 03 12 FF EE")
DONE = bytes.fromhex("AA AA AA 96 69 00 04 00 00 90 94")
NUMBERED = bytes.fromhex(
    "AA AA AA 96 69 00 14 00 00 90 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 84"
)
ROAD = "测试路9号"
NEWEST = answer(0x90, ROAD.encode("utf-16-le") + 30 * b" \0")


def content(cells: dict[int, str]) -> bytes:
    """Write the answer to 30 01 with a text of these cells."""
    return answer(0x90, b"\x01\x00\x04\x00" + text_of(cells) + PHOTO)


def read_from(*answers: bytes) -> IdDocument:
    """Read a document from answers, behind a find and a select that go well."""
    driver, _ = raw(FOUND, SELECTED, *answers)
    return driver.read(SECONDS, nothing)


# --- Golden sequences -----------------------------------------------------------------------


def test_golden_reading() -> None:
    """Find, select, read, newest address: the bytes of the reference both ways (§6.2 to §6.4)."""
    assert (len(CONTENT), CONTENT[5:10].hex(), CONTENT[-1]) == (1295, "0508000090", 0xE0)
    driver, line = raw(FOUND, SELECTED, CONTENT, NO_CONTENT)
    document = driver.read(SECONDS, nothing)
    assert line.sent == [FIND, SELECT, READ, ADDRESS]
    assert document == IdDocument(
        kind=DocumentKind.CITIZEN_ID,
        name="测试甲",
        sex="1",
        nation="01",
        birth=date(1890, 1, 1),
        printed_address="北京市测试区样张街道1号",
        number="110103189001010019",
        authority="北京市公安局测试分局",
        valid_from=date(2020, 1, 1),
        valid_until=date(2040, 1, 1),
        text=text_of(CITIZEN),
        photo=PHOTO,
    )
    assert line.clock.now == 0


def test_golden_reading_with_fingerprints() -> None:
    """30 10 brings 2321 bytes, Len 090A, and no other command changes."""
    block = bytes(4) + b"\x01\x0b\x5a" + b"\x22" * 505
    data = b"\x01\x00\x04\x00\x04\x00" + text_of(CITIZEN) + PHOTO + block * 2
    wire = answer(0x90, data)
    assert (len(wire), wire[5:7].hex(), wire[-1]) == (2321, "090a", 0xEA)
    driver, line = raw(FOUND, SELECTED, wire, NO_CONTENT)
    document = driver.read(SECONDS, nothing, fingers=True)
    assert line.sent == [FIND, SELECT, READ_FINGERS, ADDRESS]
    assert document.fingers == (Finger(11, 90, b"\x22" * 505),) * 2


def test_golden_info() -> None:
    """The module's number is its sixteen bytes; how they are written is not public (§8)."""
    driver, line = raw(NUMBERED)
    assert driver.info().number == bytes(range(16))
    assert line.sent == [NUMBER]


@pytest.mark.parametrize(
    ("status", "health"),
    [
        (0x90, IdReaderHealth(working=True, authorised=True)),
        (0x60, IdReaderHealth(working=False, authorised=False)),
        (0x66, IdReaderHealth(working=True, authorised=False)),
    ],
)
def test_golden_self_test(status: int, health: IdReaderHealth) -> None:
    """A reader that may not read is an answer of the self-test, no error."""
    assert answer(0x90) == DONE
    driver, line = raw(answer(status))
    assert driver.self_test() == health
    assert line.sent == [STATE]


def test_a_self_test_that_says_something_else() -> None:
    """A status that is no state is told as it is."""
    driver, _ = raw(answer(0x21))
    with pytest.raises(IdReaderRefused, match="bad command"):
        driver.self_test()


# --- Waiting for a document -----------------------------------------------------------------


def test_searching_until_it_is_laid() -> None:
    """The search goes on every 200 to 400 ms, and whoever waits is told what is left."""
    driver, line = raw(NO_CARD, NO_CARD, FOUND, SELECTED, CONTENT, NO_CONTENT)
    left: list[float] = []
    driver.read(SECONDS, left.append)
    assert line.sent == [FIND] * 3 + [SELECT, READ, ADDRESS]
    assert 0.4 <= line.clock.now <= 0.8
    assert left[0] == SECONDS
    assert 0.2 <= left[0] - left[1] <= 0.4


@pytest.mark.parametrize(("seconds", "searches"), [(0.0, 1), (0.1, 2), (3.0, 11)])
def test_nobody_lays_one(seconds: float, searches: int) -> None:
    """Once at least, and never longer than was asked for."""
    driver, line = raw(*[NO_CARD] * 20)
    with pytest.raises(IdDocumentAbsent) as raised:
        driver.read(seconds, nothing)
    assert set(line.sent) == {FIND}
    assert searches <= len(line.sent) <= searches + 1  # tenths of seconds do not add up exactly
    assert line.clock.now == pytest.approx(seconds)
    assert f"{seconds:g} 秒" in raised.value.message("zh")


def test_laid_while_it_waits() -> None:
    """The clerk is asked for a document and lays it: the same call goes on."""
    both = readers()
    both.wire.later.extend([nothing] * 6 + [lambda: both.reader.lay(card())])
    assert both.read().name == "测试甲"
    assert both.codes[-4:] == [b"\x20\x01", b"\x20\x02", b"\x30\x01", b"\x30\x03"]


def test_one_that_was_not_lifted() -> None:
    """A document is found once; the error says to lift it and lay it again, and that helps."""
    both = readers(card())
    both.read()
    with pytest.raises(IdDocumentAbsent, match="within 5 s") as raised:
        both.read()
    assert "重新放" in raised.value.advice("zh")
    both.reader.lift()
    both.reader.lay(card("permit"))
    assert both.read().name == "测试乙"


# --- What the statuses mean -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "error", "word"),
    [
        (0x40, IdDocumentWrong, "status 40"),
        (0x31, IdDocumentUnreadable, "rejected the reader"),
        (0x32, IdDocumentUnreadable, "rejected the card"),
        (0x33, IdDocumentUnreadable, "check of its information"),
        (0x41, IdDocumentUnreadable, "reading failed"),
        (0x47, IdDocumentUnreadable, "random number"),
        (0x60, IdReaderRefused, "self-test failed"),
        (0x66, IdReaderUnauthorised, "66"),
        (0x21, IdReaderRefused, "bad command"),
        (0x23, IdReaderRefused, "no privilege"),
        (0x24, IdReaderRefused, "unknown"),
        (0x77, IdReaderRefused, "reason unknown"),
    ],
)
@pytest.mark.parametrize("step", [0, 1, 2, 3])
def test_failures(status: int, error: type[GuitaiError], word: str, step: int) -> None:
    """Each failure has its own words at every step: the clerk lifts and lays, IT mends."""
    answers = [*[FOUND, SELECTED, CONTENT][:step], answer(status)]
    driver, line = raw(*answers)
    if (step, status) == (3, 0x21):  # a module older than the command
        assert driver.read(SECONDS, nothing).newest_address == ""
        return
    with pytest.raises(error) as raised:
        driver.read(SECONDS, nothing)
    said = raised.value.message("en") + raised.value.cause("en")
    assert word in said
    assert "测试" not in said
    assert len(line.sent) == step + 1


@pytest.mark.parametrize(
    "answers",
    [(FOUND, SELECT_FAILED), (FOUND, SELECTED, READ_FAILED), (FOUND, SELECTED, NO_CONTENT)],
)
def test_lifted_too_early(answers: tuple[bytes, ...]) -> None:
    """Taken away between two steps: lay it again, nothing is repeated in vain."""
    driver, line = raw(*answers)
    with pytest.raises(IdDocumentUnreadable) as raised:
        driver.read(SECONDS, nothing)
    assert len(line.sent) == len(answers)
    assert "重新放好" in raised.value.advice("zh")


# --- What is made of the texts --------------------------------------------------------------


def test_a_residence_permit() -> None:
    """It has a travel permit's number, and no ethnic group."""
    document = read_from(content(PERMIT), NO_CONTENT)
    assert document.kind is DocumentKind.RESIDENCE_PERMIT
    assert (document.name, document.sex, document.nation) == ("测试乙", "2", "")
    assert document.pass_number == "H00000000"
    assert document.address == "北京市测试区样张街道2号"


@pytest.mark.parametrize("cells", [FOREIGNER_FIRST, FOREIGNER])
def test_a_foreigner(cells: dict[int, str]) -> None:
    """Both cards have two names and a nationality; they have no address, and none is asked for."""
    driver, line = raw(FOUND, SELECTED, content(cells))
    document = driver.read(SECONDS, nothing)
    assert document.kind is DocumentKind.PERMANENT_RESIDENCE
    assert document.english_name.startswith("TEST, PERSON")
    assert document.name in {"测试丙", "测试丁"}
    assert (document.nationality, document.address) == ("FRA", "")
    assert document.birth == date(1890, 1, 1)
    assert line.sent == [FIND, SELECT, READ]


@pytest.mark.parametrize(("name", "is_cut"), [("测" * 14, False), ("㐂𠮷䶮·" + "测" * 10, True)])
def test_names_that_may_be_cut(name: str, is_cut: bool) -> None:
    """A full cell is told, for a second person compares the name then (R-FIN-CHECK)."""
    document = read_from(content(CITIZEN | {0: name}), NO_CONTENT)
    assert (document.name, document.name_cut) == (name, is_cut)


def test_without_end() -> None:
    """长期 is None."""
    cells = CITIZEN | {204: "长期      "}
    assert read_from(content(cells), NO_CONTENT).valid_until is None


def test_a_newer_address_counts() -> None:
    """Who moved has the new address in the chip only; the printed one is kept beside."""
    document = read_from(CONTENT, NEWEST)
    assert document.address == document.newest_address == ROAD
    assert document.printed_address == "北京市测试区样张街道1号"


def test_a_long_address_goes_on() -> None:
    """An address of more than 35 characters continues in the newest one (§6.4)."""
    document = read_from(content(CITIZEN | {52: "街" * 35}), NEWEST)
    assert document.address == "街" * 35 + ROAD


def test_an_address_that_just_fits() -> None:
    """A full cell without a newest address is the whole address."""
    document = read_from(content(CITIZEN | {52: "街" * 35}), NO_CONTENT)
    assert document.address == "街" * 35


@pytest.mark.parametrize(
    ("cells", "error"),
    [
        ({36: "18901301"}, IdDocumentUnreadable),
        ({0: "\ud842测"}, IdDocumentUnreadable),
        ({248: "Q"}, IdDocumentWrong),
    ],
)
def test_texts_that_are_none(cells: dict[int, str], error: type[GuitaiError]) -> None:
    """What is no document is not shown as one, and nothing of it is repeated."""
    with pytest.raises(error) as raised:
        read_from(content(CITIZEN | cells), NO_CONTENT)
    said = raised.value.message("zh") + raised.value.cause("zh") + repr(raised.value.facts)
    assert "110103" not in said
    assert "测试甲" not in said


def test_a_newest_address_that_is_none() -> None:
    """Half an address is worse than none."""
    with pytest.raises(IdDocumentUnreadable):
        read_from(CONTENT, answer(0x90, b"\n\0" * 35))


@pytest.mark.parametrize("kind", KINDS)
def test_the_emulators_test_persons(kind: str) -> None:
    """Their numbers pass every check that a real one passes, so that demos go all the way."""
    document = readers(card(kind)).read()
    assert check_number(document.kind, document.number, today=date(2026, 1, 1)) is None


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fingerprints_from_the_emulator(count: int) -> None:
    """A card without fingerprints gives a shorter answer to the same command."""
    fingers = tuple(finger(each) for each in range(11, 11 + count))
    both = readers(card(fingers=fingers))
    assert both.read(fingers=True).fingers == fingers
    assert both.codes[2] == b"\x30\x10"
