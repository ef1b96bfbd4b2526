"""The driver of SAM-A readers on bad lines, before other devices and with readers that fail.

It never hangs, never takes half an answer for a whole one, and repeats only what may be repeated.
"""

import threading
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from id_readers import (
    ADDRESS,
    CONTENT,
    FIND,
    FOUND,
    NO_CARD,
    NO_CONTENT,
    READ,
    READ_FAILED,
    SECONDS,
    SELECT,
    SELECT_FAILED,
    SELECTED,
    RawLine,
    Readers,
    answer,
    nothing,
    raw,
    readers,
)

from emulator.id_cards import card
from emulator.id_reader_faults import NAMED
from emulator.pin_pad_wire import Clock
from terminal.devices.sam_a import SamA
from terminal.errors import (
    GuitaiError,
    IdDocumentUnreadable,
    IdReadCancelled,
    IdReaderGarbled,
    IdReaderGone,
    IdReaderMissing,
    IdReaderRefused,
    IdReaderSilent,
    IdReaderUnauthorised,
)

RUBBISH = bytes.fromhex("BF BE 95 AA 96 69 80 FE")
ECHO = [FIND, SELECT, FIND]


# --- Nobody, or somebody else ---------------------------------------------------------------


def test_silence() -> None:
    """No reader, no power: said after three attempts of a second, not after the whole wait."""
    driver, line = raw()
    with pytest.raises(IdReaderSilent) as raised:
        driver.read(60.0, nothing)
    assert line.sent == [FIND, SELECT, FIND]
    assert line.clock.now < 5
    assert "3 次" in raised.value.cause("zh")


@pytest.mark.parametrize("ask", [SamA.info, SamA.self_test])
def test_silence_to_questions(ask: Callable[[SamA], object]) -> None:
    """Asking may be repeated, and is."""
    driver, line = raw()
    with pytest.raises(IdReaderSilent):
        ask(driver)
    assert len(line.sent) == 3
    assert len(set(line.sent)) == 1


@pytest.mark.parametrize(
    "answers",
    [
        [RUBBISH] * 3,  # another speed
        [b"\r\nERROR\r\n"] * 3,  # a modem
        ECHO,  # a modem that echoes
        [b"\x02001\xe7\x03D5"] * 3,  # a PIN pad that refuses
        [b"\x02\x00\x02\x00\xf4\xf4\x03"] * 3,  # a multi-in-one reader
        [FOUND[:9]] * 3,  # half frames
        [b"\0"] * 3,
    ],
)
def test_another_device(answers: list[bytes]) -> None:
    """Bytes that are no answers are told as such, with what may be behind them."""
    driver, line = raw(*answers)
    with pytest.raises(IdReaderGarbled) as raised:
        driver.read(60.0, nothing)
    assert len(line.sent) == 3
    assert line.clock.now < 6
    assert "id_reader.speed" in raised.value.advice("en")


class Babbling(RawLine):
    """Be a line that never stops."""

    def read(self, seconds: float) -> bytes:
        """Give something at once, always."""
        return b"\xaa\xaa\xaa\x96" * 100


@pytest.mark.parametrize("ask", [SamA.info, lambda driver: driver.read(60.0, nothing)])
def test_a_line_that_never_stops(ask: Callable[[SamA], object]) -> None:
    """Bounded in bytes where time does not pass: it ends."""
    line = Babbling(Clock(), ())
    with pytest.raises(IdReaderGarbled, match="make no sense"):
        ask(SamA(line.open, clock=line.clock))


class Flooding(RawLine):
    """Be a line that is quiet until somebody waits for it, and then goes on for ever."""

    def read(self, seconds: float) -> bytes:
        """Give something at once to whoever waits."""
        return b"\x55" * 400 if seconds else b""


@pytest.mark.parametrize("ask", [SamA.info, lambda driver: driver.read(60.0, nothing)])
def test_a_flood_behind_a_command(ask: Callable[[SamA], object]) -> None:
    """Nothing old is in it, and still it never ends: bounded in bytes, too."""
    line = Flooding(Clock(), ())
    with pytest.raises(IdReaderGarbled):
        ask(SamA(line.open, clock=line.clock))
    assert len(line.sent) == 3


def test_babble_that_begins_later() -> None:
    """A line that goes wild behind a command is given up, too."""
    driver, line = raw(*[b"\x55" * 20_000] * 3)
    with pytest.raises(IdReaderGarbled):
        driver.info()
    assert line.clock.now < 5


# --- Answers that are lost or disturbed -----------------------------------------------------


@pytest.mark.parametrize("step", range(4))
@pytest.mark.parametrize(
    "disturb",
    [
        lambda reader: reader.drop_reply(),
        lambda reader: reader.bad_checksum(),
        lambda reader: reader.half_frame(),
        lambda reader: reader.wrong_length(1),
        lambda reader: reader.wrong_length(-1),
        lambda reader: reader.wrong_length(0x700),
        lambda reader: reader.silence(),
    ],
)
def test_one_answer_is_lost(step: int, disturb: Callable[..., None]) -> None:
    """Whichever answer is lost or disturbed once, the document is read in the end.

    An answer to "find" that was lost was a yes, and a document is found once only.
    """
    both = readers(card(newest_address="测试路9号"))
    disturbed: list[int] = []

    def at_step(data: bytes) -> None:
        if len(both.wire.sent) == step + 1 and not disturbed:
            disturbed.append(step)
            disturb(both.reader)

    feed = both.reader.feed

    def watched(data: bytes) -> None:
        at_step(data)
        feed(data)

    both.reader.feed = watched  # type: ignore[method-assign]
    lost_select = step == 1 and disturb.__code__.co_names == ("silence",)
    if lost_select:
        # Not heard, so not selected: the reading says so, and laying again helps.
        with pytest.raises(IdDocumentUnreadable):
            both.read()
        both.reader.lay(card(newest_address="测试路9号"))
    document = both.read()
    assert document.name == "测试甲"
    assert document.address == "测试路9号"
    assert both.clock.now < 6


@pytest.mark.parametrize("fault", ["bad-checksum", "wrong-length", "half-frame"])
def test_answers_that_stay_disturbed(fault: str) -> None:
    """Three times and no more: garbled, and the clerk has waited a few seconds."""
    both = readers(card())
    NAMED[fault](both.reader.faults)
    with pytest.raises(IdReaderGarbled):
        both.read()
    assert len(both.wire.sent) == 3
    assert both.clock.now < 6


@pytest.mark.parametrize("status", [0x10, 0x11])
def test_our_command_was_disturbed(status: int) -> None:
    """The module did not hear what we sent, so it did nothing, and it is sent again."""
    driver, line = raw(answer(status), answer(0x90, bytes(16)))
    assert driver.info().number == bytes(16)
    assert len(line.sent) == 2
    driver, line = raw(*[answer(status)] * 3)
    with pytest.raises(IdReaderGarbled):
        driver.info()


def test_a_find_that_was_not_heard() -> None:
    """Nothing was found then, so select fails, and the search goes on."""
    driver, line = raw(b"", SELECT_FAILED, FOUND, SELECTED, CONTENT, NO_CONTENT)
    assert driver.read(SECONDS, nothing).name == "测试甲"
    assert line.sent == [FIND, SELECT, FIND, SELECT, READ, ADDRESS]


def test_answers_lost_now_and_then() -> None:
    """Three in a row are a reader that fails; three in a long wait are a long wait."""
    missed = [b"", SELECT_FAILED, NO_CARD]
    driver, _ = raw(*missed * 3, FOUND, SELECTED, CONTENT, NO_CONTENT)
    assert driver.read(60.0, nothing).name == "测试甲"


def test_a_reading_is_repeated_and_a_select_is_not() -> None:
    """Selecting twice is not told to be harmless; a select that was lost shows in the reading."""
    driver, line = raw(FOUND, b"", READ_FAILED)
    with pytest.raises(IdDocumentUnreadable):
        driver.read(SECONDS, nothing)
    assert line.sent == [FIND, SELECT, READ]
    driver, line = raw(FOUND, SELECTED, b"", CONTENT, NO_CONTENT)
    driver.read(SECONDS, nothing)
    assert line.sent == [FIND, SELECT, READ, READ, ADDRESS]


def test_a_late_answer_is_not_the_next_ones() -> None:
    """Answers do not say what they are for: one of another length or status is another's."""
    driver, line = raw(b"", FOUND + SELECTED, CONTENT, SELECTED + NO_CONTENT)
    document = driver.read(SECONDS, nothing)
    assert document.name == "测试甲"
    assert line.sent == [FIND, SELECT, READ, ADDRESS]


@pytest.mark.parametrize(
    "wrong",
    [
        answer(0x90, bytes(1283)),  # too short for a reading
        answer(0x90),
        answer(0x9F, bytes(4)),
        answer(0x41, b"\0"),  # failures have no data
        bytes.fromhex("AA AA AA 96 69 00 04 00 01 41 44"),  # SW2 is not zero
    ],
)
def test_strict_answers(wrong: bytes) -> None:
    """What does not fit the command to the byte is not taken for its answer."""
    driver, line = raw(FOUND, SELECTED, *[wrong] * 3)
    with pytest.raises(IdReaderGarbled):
        driver.read(SECONDS, nothing)
    assert line.sent == [FIND, SELECT, READ, READ, READ]


def test_areas_whose_lengths_do_not_fit() -> None:
    """The frame is whole and what it says of itself is not so: nothing is guessed."""
    driver, _ = raw(FOUND, SELECTED, answer(0x90, b"\x01\x01\x03\xff" + bytes(1280)))
    with pytest.raises(IdReaderGarbled):
        driver.read(SECONDS, nothing)


@pytest.mark.parametrize(("size", "is_late"), [(1, False), (5, True), (100, True), (1294, True)])
def test_answers_in_pieces(size: int, is_late: bool) -> None:
    """Pieces of any size, with pauses: exactly Len bytes are taken (§6.4)."""
    both = readers(card())
    both.reader.faults.shapes.extend([lambda frame: [frame]] * 2)
    both.reader.split_reply(size, late=is_late)
    # A pause lets no time pass here: what is tried is that no piece is taken for the whole.
    read, seconds = both.wire.read, 0.0
    both.wire.read = lambda _seconds: read(seconds)  # type: ignore[method-assign]
    assert both.read().name == "测试甲"


@given(noise=st.binary(max_size=20).filter(lambda each: b"\xaa" not in each))
def test_noise_before_an_answer(noise: bytes) -> None:
    """A click on the line before the answer does not cost the answer."""
    driver, line = raw(noise + FOUND, SELECTED, CONTENT, NO_CONTENT)
    assert driver.read(SECONDS, nothing).name == "测试甲"
    assert len(line.sent) == 4


@given(stream=st.lists(st.binary(max_size=60), min_size=3, max_size=6))
def test_any_rubbish(stream: list[bytes]) -> None:
    """Whatever comes, it ends in an error of the catalogue, in bounded time."""
    driver, line = raw(*stream)
    with pytest.raises(GuitaiError):
        driver.read(1.0, nothing)
    assert line.clock.now < 15


# --- Time -----------------------------------------------------------------------------------


def test_a_slow_line() -> None:
    """At 9600 bit/s the long answer takes 1.4 s on the line alone, and is waited for."""
    driver, line = raw(FOUND, SELECTED, CONTENT, NO_CONTENT, byte_seconds=10 / 9600, speed=9600)
    assert driver.read(SECONDS, nothing).name == "测试甲"
    assert len(line.sent) == 4


def test_line_time_is_not_the_readers() -> None:
    """On a slow line an answer that takes four seconds all in all is still in time."""
    driver, line = raw(FOUND, SELECTED, CONTENT, NO_CONTENT, byte_seconds=4 / 1295, speed=9600)
    assert driver.read(SECONDS, nothing).name == "测试甲"
    assert len(line.sent) == 4


def test_noise_is_not_waited_out() -> None:
    """Behind a broken answer comes nothing more: it is asked again after a second, not three."""
    driver, line = raw(FOUND, SELECTED, RUBBISH, CONTENT, NO_CONTENT)
    assert driver.read(SECONDS, nothing).name == "测试甲"
    assert line.clock.now == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(("is_fingers", "limit"), [(False, 3.0), (True, 5.0)])
def test_how_long_a_reading_may_take(is_fingers: bool, limit: float) -> None:
    """Three seconds, five with fingerprints (§6.4), line time aside; then it is asked again."""
    driver, line = raw(FOUND, SELECTED)
    with pytest.raises(IdReaderSilent):
        driver.read(SECONDS, nothing, fingers=is_fingers)
    assert 3 * limit <= line.clock.now <= 3 * (limit + 0.5)


def test_a_slow_reader() -> None:
    """An answer two seconds late is in time for a reading."""
    both = readers(card())
    read = both.reader.feed

    def slow_to_read(data: bytes) -> None:
        both.reader.faults.delay = 2.0 if data == READ else 0.0
        read(data)

    both.reader.feed = slow_to_read  # type: ignore[method-assign]
    assert both.read().name == "测试甲"
    assert 2.0 <= both.clock.now < 2.5
    assert len(both.codes) == 4


# --- The module itself ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("unauthorised", IdReaderUnauthorised),
        ("self-test-failed", IdReaderRefused),
        ("unknown", IdReaderRefused),
        ("silence", IdReaderSilent),
        ("other-speed", IdReaderGarbled),
    ],
)
def test_a_reader_that_fails(fault: str, error: type[GuitaiError]) -> None:
    """Each is told as what it is; once it is mended the same driver reads."""
    both = readers(card())
    NAMED[fault](both.reader.faults)
    with pytest.raises(error):
        both.read()
    both.reader.mend()
    assert both.read().name == "测试甲"


# --- The plug -------------------------------------------------------------------------------


@pytest.mark.parametrize("step", range(4))
def test_pulled_at_every_step(step: int) -> None:
    """Pulled, missing, put in again: the same driver reads the document laid again."""
    both = readers(card())
    read = both.wire.read

    def pulled(seconds: float) -> bytes:
        if len(both.wire.sent) == step + 1 and seconds:
            both.wire.unplug()
        return read(seconds)

    both.wire.read = pulled  # type: ignore[method-assign]
    with pytest.raises(IdReaderGone):
        both.read()
    with pytest.raises(IdReaderMissing):
        both.driver.info()
    both.wire.read = read  # type: ignore[method-assign]
    both.wire.plug()
    both.reader.lay(card())
    assert both.read().name == "测试甲"
    assert both.wire.opened == 2


def test_pulled_while_nothing_was_asked() -> None:
    """A reader that was moved to another socket between two holders is just used again."""
    both = readers(card())
    both.read()
    both.wire.unplug()
    both.wire.plug()
    both.reader.lay(card("foreigner"))
    assert both.read().name == "测试丁"


def test_pulled_while_it_was_written_to() -> None:
    """The system may notice at a write first."""
    both = readers()
    both.driver.info()
    write = both.wire.write

    def torn(data: bytes) -> None:
        both.wire.unplug()
        write(data)

    both.wire.write = torn  # type: ignore[method-assign]
    with pytest.raises(IdReaderGone):
        both.driver.info()


# --- Calling it off -------------------------------------------------------------------------


def cancelling(both: Readers, end: str) -> None:
    """Call it off the third time nothing comes."""
    both.wire.later.extend([nothing, nothing, getattr(both.driver, end)])


def test_cancelled_while_it_waits() -> None:
    """The clerk calls off: at once, and the next reading is a new one."""
    both = readers()
    cancelling(both, "cancel")
    with pytest.raises(IdReadCancelled):
        both.read()
    assert both.clock.now < 0.5
    both.reader.lay(card())
    assert both.read().name == "测试甲"


def test_cancelled_by_whoever_is_told() -> None:
    """The callback may call it off, before anything more is sent."""
    both = readers(card())
    with pytest.raises(IdReadCancelled):
        both.driver.read(SECONDS, lambda _left: both.driver.cancel())
    assert both.wire.sent == []


def test_cancelled_amid_an_answer() -> None:
    """What comes of the old answer afterwards is not taken for the new one's."""
    both = readers(card())
    both.reader.faults.shapes.extend([lambda frame: [frame]] * 2)
    both.reader.split_reply(600, late=True)
    both.wire.later.append(both.driver.cancel)
    with pytest.raises(IdReadCancelled):
        both.read()
    both.reader.lay(card("permit"))
    assert both.read().name == "测试乙"


def test_closed_twice_and_used_again() -> None:
    """Closing is safe at any time; the next call opens the port again."""
    both = readers(card())
    both.driver.close()
    both.read()
    both.driver.close()
    both.driver.close()
    both.reader.lay(card())
    assert both.read().name == "测试甲"
    assert both.wire.opened == 2


def test_cancel_from_another_thread_before_anything() -> None:
    """A cancel that came when nothing ran ends nothing later."""
    both = readers(card())
    other = threading.Thread(target=both.driver.cancel)
    other.start()
    other.join()
    assert both.read().name == "测试甲"
    driver, _ = raw(NO_CARD)
    driver.cancel()
    with pytest.raises(GuitaiError):
        driver.read(0.0, nothing)
