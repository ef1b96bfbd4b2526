"""Pads and lines that fail: the driver says so in the catalogue's words, and keeps no digit.

Faults of reference counter-devices.md §3.2.8 against the pad in software; time is a clock that
moves only where the driver waits. A PIN that may lack a digit costs its holder a try, so the
rule is: the right PIN, or an error.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pads import Pads, RawLine, nothing, pads, raw

from apdu.pin_block import BlockForm
from apdu.secret import Secret
from apdu.zt598_frames import frame
from apdu.zt598_switches import Model
from emulator.pin_pad import SoftwarePinPad
from emulator.pin_pad_entry import Mode
from emulator.pin_pad_wire import Clock
from terminal.devices import zt598
from terminal.devices.pin_pad import Health, KeyKind
from terminal.devices.zt598 import Zt598
from terminal.devices.zt598_entry import Entry
from terminal.devices.zt598_link import PATIENCE, PadLink
from terminal.errors import (
    DeviceError,
    GuitaiError,
    PinCancelled,
    PinLength,
    PinPadGarbled,
    PinPadGone,
    PinPadMissing,
    PinPadRefused,
    PinPadSilent,
    PinPadTampered,
    PinTimedOut,
)

ATTEMPTS = PATIENCE[Model.ZT598].attempts
OK = bytes.fromhex("02 30 30 31 65 03 35 37")
PIN = b"123456"
TYPED = "123456 ENTER"
NO_UID = {"uid": "none"}
SM4_MASTER = bytes.fromhex("1234567890ABCDEFABCDEF0987654321")  # TEST KEY
TDES = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")  # TEST KEY
TDES_CHECK = bytes.fromhex("08D7B4FB629D0885")
SM4_MASTER_CHECK = bytes.fromhex("890410952D89FD08")

Fault = Callable[[SoftwarePinPad], None]
SILENT: dict[str, Fault] = {
    "not heard": SoftwarePinPad.silence,
    "reply lost": SoftwarePinPad.drop_reply,
}
NOISY: dict[str, Fault] = {
    "bad LRC": SoftwarePinPad.corrupt_lrc,
    "half a frame": SoftwarePinPad.half_frame,
    "too long": SoftwarePinPad.wrong_length,
    "too short": lambda pad: pad.wrong_length(-1),
}
FAULTS = SILENT | NOISY


def entered(desk: Pads) -> bytes:
    """Enter a service PIN; give its digits."""
    with desk.driver.enter_service_pin(4, 6, nothing) as pin:
        return bytes(pin._digits)


def block(desk: Pads) -> bytes:
    """Enter a PIN that leaves as an SM4 block under slot 01."""
    return desk.driver.enter_pin_block(0x01, BlockForm.SM4, b"660100772688", 4, 6, nothing)


def greeted(*scripts: str, **more: Any) -> Pads:
    """Give a desk whose line is open, so that faults meet what comes next, and an SM4 key."""
    desk = pads("zt598", *scripts, switches=NO_UID, **more)
    desk.driver.load_master_key(0x01, KeyKind.SM4, Secret(SM4_MASTER), SM4_MASTER_CHECK)
    desk.wire.sent.clear()
    return desk


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Entry]]:
    """Hold every entry of the test and see at its end that none has a digit left."""
    entries: list[Entry] = []

    class Watched(Entry):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            entries.append(self)

    monkeypatch.setattr(zt598, "Entry", Watched)
    yield entries
    assert [bytes(each.digits) for each in entries] == [b""] * len(entries)


# --- A line that fails ------------------------------------------------------------------------


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_once_is_repeated(fault: Fault) -> None:
    """One bad reply is a line's mood: the command goes out again and is answered."""
    desk = greeted()
    fault(desk.pad)
    assert desk.driver.info().model == "ZT598"
    assert desk.bodies == [b"3", b"3"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [(each, PinPadSilent) for each in SILENT.values()]
    + [(each, PinPadGarbled) for each in NOISY.values()],
    ids=FAULTS,
)
def test_a_fault_that_stays_is_said(fault: Fault, error: type[DeviceError]) -> None:
    """A line that never gets better has one error for the clerk, and is tried again next time."""
    desk = greeted()
    for _ in range(ATTEMPTS):
        fault(desk.pad)
    with pytest.raises(error) as raised:
        desk.driver.info()
    assert desk.bodies == [b"3"] * ATTEMPTS
    assert raised.value.advice("zh")
    assert desk.driver.info().model == "ZT598"


@pytest.mark.parametrize(("late", "sent"), [(False, [b"3"]), (True, [b"3", b"3"])])
def test_a_reply_in_two_pieces(late: bool, sent: list[bytes]) -> None:
    """A cut frame is whole in the end; where its rest comes too late, it is asked for again."""
    desk = greeted()
    desk.pad.split_reply(5, late=late)
    assert desk.driver.info().model == "ZT598"
    assert desk.bodies == sent


def test_a_key_load_is_repeated() -> None:
    """Keys are loaded where the pad stands once a year: a lost reply must not stop it."""
    desk = greeted()
    desk.pad.drop_reply()
    desk.driver.load_master_key(0x02, KeyKind.SM4, Secret(SM4_MASTER), SM4_MASTER_CHECK)
    assert desk.bodies == [b"b02" + SM4_MASTER.hex().upper().encode()] * 2
    assert desk.pad.keys.sm4[2] == SM4_MASTER


@pytest.mark.parametrize("speed", [1200, 9600])
def test_a_slow_line(speed: int) -> None:
    """At 1200 bit/s the info reply alone takes longer than a second; that is no silence."""
    reply = b"\x02147c" + b" " * 50 + b"31" * 24 + b"0" * 20 + b"FUNCTIONZT598 1.02.326010042"
    checksum = b"\x0349"
    driver, line = raw(
        "zt598",
        OK,
        reply + checksum,
        switches={"speed": str(speed)},
        byte_seconds=10 / speed,
    )
    assert driver.info().serial == "0042"
    assert len(line.sent) == 2


class Slow:
    """A line to a pad in software that takes its time with every answer."""

    def __init__(self, desk: Pads, seconds: float) -> None:
        self._desk = desk
        self._seconds = seconds
        self._due: list[tuple[float, bytes]] = []
        self.sent: list[bytes] = []

    def open(self) -> "Slow":
        self._line = self._desk.wire.open()
        return self

    def write(self, data: bytes) -> None:
        self.sent.append(data)
        self._line.write(data)
        self._due.append((self._desk.clock.now + self._seconds, self._line.read(0)))

    def read(self, seconds: float) -> bytes:
        clock = self._desk.clock
        if self._due and self._due[0][0] <= clock.now + seconds:
            at, piece = self._due.pop(0)
            clock.now = max(at, clock.now)
            return piece
        clock.now += seconds
        return b""

    def close(self) -> None:
        self._line.close()


def slow(seconds: float, **settings: Any) -> tuple[Zt598, Slow]:
    desk = pads("zt598")
    line = Slow(desk, seconds)
    own = zt598.switches_of("zt598", {})
    driver = Zt598(
        line.open, Model.ZT598, own, clear_entry=True, seconds=30, clock=desk.clock, **settings
    )
    return driver, line


@pytest.mark.parametrize("seconds", [0.5, 1.2, 1.5, 2.0, 2.9])
def test_a_pad_that_takes_its_time(seconds: float) -> None:
    """[SPLNX] waits 3 s for a ZT598 (§3.2.1); a key is loaded with the proof before it."""
    driver, line = slow(seconds)
    driver.load_master_key(0x02, KeyKind.TDES, Secret(TDES), TDES_CHECK)
    assert len(line.sent) == 5, "nothing was asked for twice"


@pytest.mark.parametrize("seconds", [3.4, 4.5])
def test_a_pad_that_takes_longer(seconds: float) -> None:
    """A reply to a command that was repeated is never taken for the next command's."""
    driver, _ = slow(seconds)
    assert driver.info().model == "ZT598"
    assert not driver.self_test().tampered


def test_a_pad_that_falls_silent_keeps_nobody_waiting_twice() -> None:
    """After the last attempt it is told once to close its input, and not asked again and again."""
    desk = greeted()
    desk.pad.silence(2 * ATTEMPTS)
    with pytest.raises(PinPadSilent):
        entered(desk)
    assert desk.bodies == [b"5B22"] * ATTEMPTS + [b"5032"]


def test_a_line_that_gives_back_what_it_gets() -> None:
    """An echo is no reply: whatever is at the other end, the holder is not asked to type there."""
    asked: list[int] = []

    class Echo(Slow):
        def write(self, data: bytes) -> None:
            self.sent.append(data)
            self._due.append((0.0, data))

    desk = pads("zt598")
    line = Echo(desk, 0)
    own = zt598.switches_of("zt598", {})
    driver = Zt598(line.open, Model.ZT598, own, clear_entry=True, seconds=30, clock=desk.clock)
    with pytest.raises(PinPadGarbled):
        driver.enter_service_pin(4, 6, asked.append)
    assert asked == []


@pytest.mark.parametrize("text", ["08D7B4", "08d7b4fb", "08D7B4FB629D0885"])
@pytest.mark.parametrize("model", ["zt588", "zt598"])
def test_check_values_as_long_as_the_pad_gives_them(model: str, text: str) -> None:
    """Three bytes are what most people write down; as many as there are are compared (§3.2.2)."""
    body = b"a" + text.encode()
    reply = frame(body)
    driver, _ = raw(model, OK, reply, reply, switches=NO_UID)
    driver.load_master_key(0x02, KeyKind.TDES, Secret(TDES), TDES_CHECK)
    with pytest.raises(PinPadRefused):
        driver.load_master_key(0x02, KeyKind.TDES, Secret(TDES), bytes(8))


def test_a_pad_that_is_switched_on_late() -> None:
    """A pad that did not hear the greeting is greeted again: its input may be open."""
    desk = pads("zt598", TYPED)
    desk.pad.silence(ATTEMPTS)
    with pytest.raises(PinPadSilent):
        desk.driver.info()
    assert desk.bodies == [b"5032"] * ATTEMPTS
    desk.wire.sent.clear()
    assert entered(desk) == PIN
    assert desk.bodies[:2] == [b"5032", b"5B22"]


def test_a_line_that_never_stops() -> None:
    """Something that is no pad and talks on and on is told from one, without end or memory."""
    desk = greeted()
    for _ in range(2000):
        desk.pad.noise(b"OK\r\n")
    with pytest.raises(PinPadGarbled):
        desk.driver.info()


# --- Bytes beside a reply -----------------------------------------------------------------------


def test_a_key_in_front_of_a_reply() -> None:
    """Who types early: before the input is open it is nothing, afterwards it is the first digit."""
    driver, line = raw("zt598", *[OK] * 5, b"9" + OK, b"1" + OK + b"23456\r", OK)
    with driver.enter_service_pin(4, 6, nothing) as pin:
        assert pin._digits == PIN
    assert len(line.sent) == 8


def test_noise_in_front_of_replies() -> None:
    """What is between the frames of other commands is nobody's; at an open input it ends it."""
    driver, line = raw("zt598", *[b"AT\r" + OK] * 6, b"AT\r" + OK + b"123456\r", OK)
    with pytest.raises(PinPadGarbled):
        driver.enter_service_pin(4, 6, nothing)
    assert line.sent[-1] == b"\x020045032\x0333"


@pytest.mark.parametrize("noise", [b"\x99", b"\x02x", b"\x02001e\x0300", b"\x02003"])
def test_noise_between_the_keys(noise: bytes) -> None:
    """A disturbed line may have cost a digit: no PIN rather than another."""
    driver, line = raw("zt598", *[OK] * 6, OK + b"123" + noise, OK)
    with pytest.raises(PinPadGarbled):
        driver.enter_service_pin(4, 6, nothing)
    assert line.sent[-1] == b"\x020045032\x0333"


# --- Faults in the middle of an entry -----------------------------------------------------------

PREPARING = [b"5B22", b"521E", b"5404", b"5506", b"5035"]


@pytest.mark.parametrize("body", [*PREPARING, b"5032"])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_around_an_entry(fault: Fault, body: bytes) -> None:
    """A fault before the first key or after the last costs no digit: the PIN is the one typed."""
    desk = greeted(TYPED)
    desk.wire.before[body] = lambda: fault(desk.pad)
    assert entered(desk) == PIN
    assert desk.bodies.count(body) == 2
    assert desk.pad.keypad.mode is Mode.CLOSED


@pytest.mark.parametrize("fault", SILENT.values(), ids=SILENT)
def test_an_opening_that_was_not_heard(fault: Fault) -> None:
    """Keys that came without the reply they should follow are the PIN all the same."""
    desk = greeted(TYPED)
    desk.wire.before[b"5033"] = lambda: fault(desk.pad)
    assert entered(desk) == PIN
    assert desk.bodies.count(b"5033") == 2


@pytest.mark.parametrize("fault", NOISY.values(), ids=NOISY)
def test_an_opening_that_was_garbled(fault: Fault) -> None:
    """Beside a broken frame keys may be pieces of it, or gone with it: that is said."""
    desk = greeted(TYPED, "", TYPED)  # the second opening of the first entry finds nobody
    desk.wire.before[b"5033"] = lambda: fault(desk.pad)
    with pytest.raises(PinPadGarbled):
        entered(desk)
    assert desk.pad.keypad.mode is Mode.CLOSED
    assert entered(desk) == PIN


@pytest.mark.parametrize("enter", [entered, block])
@pytest.mark.parametrize(
    ("typed", "error"),
    [("12 CANCEL", PinCancelled), ("12 HELD", PinTimedOut), ("12", PinTimedOut)],
)
def test_what_ends_an_entry(
    enter: Callable[[Pads], bytes], typed: str, error: type[GuitaiError]
) -> None:
    """CANCEL, a stuck key and nobody there: each has its own word, and the input is closed."""
    desk = greeted(typed, TYPED)
    with pytest.raises(error):
        enter(desk)
    assert desk.bodies[-1] == b"5032"
    assert desk.pad.keypad.mode is Mode.CLOSED
    assert enter(desk)


@pytest.mark.parametrize("enter", [entered, block])
def test_cancelled_by_us(enter: Callable[[Pads], bytes]) -> None:
    """The clerk may end it in the middle; the next entry knows nothing of that."""
    desk = greeted("12", TYPED)
    desk.wire.later.append(desk.driver.cancel)
    with pytest.raises(PinCancelled):
        enter(desk)
    assert desk.clock.now < 1
    assert desk.pad.keypad.mode is Mode.CLOSED
    assert enter(desk)


def test_cancelled_while_it_is_prepared() -> None:
    """A cancel that comes before the first key is not lost."""
    desk = greeted(TYPED)
    desk.wire.before[b"5404"] = desk.driver.cancel
    with pytest.raises(PinCancelled):
        entered(desk)
    assert desk.bodies[-1] == b"5032"


def test_a_cancel_before_an_entry_is_none() -> None:
    """Cancel ends a running entry; said at another time it ends nothing."""
    desk = greeted(TYPED)
    desk.driver.cancel()
    assert entered(desk) == PIN


def test_our_own_time_out() -> None:
    """A pad that forgets its time-out doesn't hold the counter for ever."""
    driver, line = raw("zt598", *[OK] * 7, OK)
    with pytest.raises(PinTimedOut):
        driver.enter_service_pin(4, 6, nothing)
    assert 30 <= line.clock.now < 31


def test_the_pads_own_time_out() -> None:
    """The pad is told our seconds, as many as its one byte holds, and its byte 80 ends it."""
    desk = greeted("12", seconds=1000.0)
    with pytest.raises(PinTimedOut):
        entered(desk)
    assert b"52FF" in desk.bodies
    assert 255 <= desk.clock.now < 256


@pytest.mark.parametrize("enter", [entered, block])
def test_longer_than_allowed(enter: Callable[[Pads], bytes]) -> None:
    """A pad that lets too many digits through makes an error, not a PIN that was cut."""
    desk = greeted("1234567 ENTER")
    desk.pad.keypad.ignores_limits = True
    with pytest.raises(PinLength):
        enter(desk)
    assert desk.bodies[-1] == b"5032"


def test_shorter_than_allowed() -> None:
    """In clear entry a pad doesn't count for us: too few digits never reach the card."""
    desk = greeted("12345 ENTER")
    with pytest.raises(PinLength):
        desk.driver.enter_service_pin(6, 6, nothing)
    assert desk.pad.keypad.mode is Mode.CLOSED


def test_stars_that_cannot_be_shown() -> None:
    """A screen that fails in the middle ends the entry like any other error."""
    desk = greeted("1234")

    def broken(_count: int) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        desk.driver.enter_service_pin(4, 6, broken)
    assert desk.pad.keypad.mode is Mode.CLOSED


# --- A pad that is ill ----------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["zt588", "zt598"])
def test_a_pad_that_was_opened(model: str) -> None:
    """Whoever opened a pad may listen in it: nothing is entered, nothing loaded."""
    desk = pads(model, TYPED)
    desk.pad.tamper()
    assert desk.driver.self_test() == Health(tampered=True)
    for use in (desk.driver.info, lambda: entered(desk), lambda: block(desk)):
        with pytest.raises(PinPadTampered):
            use()
    assert desk.pad.keypad.entries == 0


def test_opened_in_the_middle_of_an_entry() -> None:
    """The pad falls silent then; the entry ends by its time, and the next call says why."""
    desk = greeted("12")
    desk.wire.later.append(desk.pad.tamper)
    with pytest.raises(PinTimedOut):
        entered(desk)
    with pytest.raises(PinPadTampered):
        entered(desk)


def test_a_weak_battery() -> None:
    """A weak battery is told by the self-test, for IT; entries go on until it is empty."""
    desk = greeted(TYPED)
    desk.pad.drain_battery()
    health = desk.driver.self_test()
    assert health == Health(False, battery_low=True, master_key=False, installed=True)
    assert entered(desk) == PIN


@pytest.mark.parametrize(("code", "means"), [(0xE0, "电池电量低"), (0xF8, "输入方式不对")])
def test_an_entry_that_is_refused(code: int, means: str) -> None:
    """A refusal has its meaning in the catalogue's sentence, and the refused step."""
    desk = greeted(TYPED)
    desk.wire.before[b"5033"] = lambda: desk.pad.refuse(code)
    with pytest.raises(PinPadRefused) as raised:
        entered(desk)
    assert raised.value.message("zh") == f"密码键盘拒绝了 5033：{means}"
    assert desk.pad.keypad.entries == 0


def test_a_block_of_nothing() -> None:
    """A key that is not there is said by the pad after the entry; the PIN stays in the pad."""
    desk = greeted(TYPED)
    desk.pad.keys.sm4.clear()
    with pytest.raises(PinPadRefused) as raised:
        block(desk)
    assert raised.value.facts["error"] == "E4"
    assert desk.bodies[-1] == b"5032"


# --- A pad that is pulled ---------------------------------------------------------------------


@pytest.mark.parametrize("enter", [entered, block])
def test_unplugged_in_the_middle(enter: Callable[[Pads], bytes]) -> None:
    """The plug is pulled after two digits and put in again: the same driver goes on."""
    desk = greeted("12", TYPED)
    desk.wire.later.append(desk.wire.unplug)
    with pytest.raises(PinPadGone) as raised:
        enter(desk)
    assert "12" not in "".join(raised.value.message(each) for each in ("zh", "en"))
    with pytest.raises(PinPadMissing):
        enter(desk)
    desk.wire.plug()
    desk.wire.sent.clear()
    assert enter(desk)
    assert desk.bodies[0] == b"5032"


class Torn(RawLine):
    """Be a line that gives some pieces and then is gone."""

    def __init__(self, *pieces: bytes) -> None:
        super().__init__(Clock(), [])
        self._pieces = iter(pieces)

    def read(self, seconds: float) -> bytes:
        for piece in self._pieces:
            return piece
        raise PinPadGone


def test_pulled_with_half_a_frame() -> None:
    """Digits that a stray STX swallowed go with the line, too."""
    link = PadLink(
        lambda: Torn(b"", OK, b"", OK, b"\x02345"), b"5032", Clock(), 9600, PATIENCE[Model.ZT598]
    )
    link.exchange(b"5033")
    assert link.listen(1) == []
    assert link._reader.halfway
    with pytest.raises(PinPadGone):
        link.listen(1)
    assert not link._reader.halfway


def test_gone_each_time_it_is_opened() -> None:
    """A plug that has no contact goes again while it is greeted: one error, no endless opening."""
    opened: list[Torn] = []

    def open_line() -> Torn:
        opened.append(Torn(b""))
        return opened[-1]

    link = PadLink(open_line, b"5032", Clock(), 9600, PATIENCE[Model.ZT598])
    with pytest.raises(PinPadGone):
        link.exchange(b"3")
    assert len(opened) == 1


def test_pulled_after_the_last_key() -> None:
    """A PIN is not given out where the pad could not be closed behind it."""
    desk = greeted(TYPED)
    desk.wire.before[b"5032"] = desk.wire.unplug
    with pytest.raises(PinPadGone):
        entered(desk)


def test_pulled_while_nothing_was_asked() -> None:
    """Between two holders the pad may be moved to another socket; nobody notices."""
    desk = greeted(TYPED)
    desk.wire.unplug()
    desk.wire.plug()
    assert entered(desk) == PIN
    assert desk.wire.opened == 2


def test_closed_twice() -> None:
    """Closing gives the line back, and what is asked afterwards opens it anew."""
    desk = greeted(TYPED)
    for _ in range(2):
        desk.driver.close()
    assert entered(desk) == PIN
    assert desk.wire.opened == 2
