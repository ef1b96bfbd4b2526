"""The ten switches: set alike on both sides a pad works, and each one changes bytes on the wire.

Reference counter-devices.md §3.2.7. A switch that does nothing would be found on somebody's desk
only, so the bytes of both settings are written out here. All keys are TEST KEYS of examples.
"""

import dataclasses
from collections.abc import Callable

import pytest
from pads import Pads, nothing, pads

from apdu.pin_block import BlockForm
from apdu.secret import Secret
from apdu.zt598_replies import Info
from apdu.zt598_switches import Switches
from terminal.devices.pin_pad import KeyKind, KeyUse
from terminal.errors import PinPadGarbled, PinPadRefused

TYPED = "123456 ENTER"
TDES = "0123456789ABCDEFFEDCBA9876543210"
TDES_CHECK = bytes.fromhex("08D7B4FB629D0885")
WORK_WRAPPED = "3EB3B72576BBBE832532DF5DD75880D3"
WORK_CHECK = bytes.fromhex("491510CAF24FB6CA")
ACCOUNT = b"678901234567"
BLOCK = bytes.fromhex("FB4DD1A071988B9C")


def master_key(desk: Pads) -> None:
    """Load the master key of the examples into slot 01."""
    desk.driver.load_master_key(0x01, KeyKind.TDES, Secret(bytes.fromhex(TDES)), TDES_CHECK)
    assert desk.pad.keys.key(0x01).value.hex().upper() == TDES


def work_key(desk: Pads) -> None:
    """Load its PIN key under it."""
    master_key(desk)
    wrapped = bytes.fromhex(WORK_WRAPPED)
    desk.driver.load_work_key(0x30, 0x01, KeyUse.PIN, KeyKind.TDES, wrapped, WORK_CHECK)
    assert desk.pad.keys.key(0x30).check_value == WORK_CHECK


def pin_block(desk: Pads) -> None:
    """Enter a PIN that leaves as the block of the worked example."""
    work_key(desk)
    got = desk.driver.enter_pin_block(0x30, BlockForm.ISO_0, ACCOUNT, 4, 12, nothing)
    assert got == BLOCK


def twelve_digits(desk: Pads) -> None:
    """Let a PIN have twelve digits; the pad understands the same number."""
    desk.driver.enter_service_pin(4, 12, nothing).wipe()
    assert (desk.pad.keypad.least, desk.pad.keypad.most) == (4, 12)


def speed(desk: Pads) -> None:
    """Ask which pad it is; its speed stands in the reply."""
    desk.driver.info()
    (info,) = (Info.decode(each[1:]) for each in desk.replies if each[:1] == b"\x63")
    assert info.speed == desk.pad.firmware.switches.speed


@dataclasses.dataclass(frozen=True, slots=True)
class Setting:
    """Hold one value of a switch: what only it puts on the wire, as a body or a piece of one."""

    name: str
    value: str
    does: Callable[[Pads], None]
    on_the_wire: bytes
    base: str = "zt598"

    def switches(self) -> dict[str, str]:
        """Give the switches of a desk with this one set so."""
        uid = {} if self.name == "uid" else {"uid": "none"}
        return uid | {self.name: self.value}

    def desk(self, pad: dict[str, str] | None = None) -> Pads:
        """Set up driver and pad, alike unless the pad is given other switches."""
        return pads(self.base, TYPED, switches=self.switches(), pad_switches=pad)

    def run(self) -> list[bytes]:
        """Do what the switch is about; give the bodies that crossed the wire both ways."""
        desk = self.desk()
        self.does(desk)
        return [*desk.bodies, *desk.replies]


PAIRS = [
    (
        Setting("plain_key_length", "from_0", master_key, b"10101" + TDES.encode()),
        Setting("plain_key_length", "from_1", master_key, b"10102" + TDES.encode()),
    ),
    (
        Setting("wrapped_key_length", "from_0", work_key, b"2013031" + WORK_WRAPPED.encode()),
        Setting("wrapped_key_length", "from_1", work_key, b"2013032" + WORK_WRAPPED.encode()),
    ),
    (
        Setting("plain_key_digit", "type", master_key, b"10122" + TDES.encode()),
        Setting("plain_key_digit", "mode", master_key, b"10102" + TDES.encode()),
    ),
    (
        Setting("start_entry", "with_account", pin_block, b"630 012678901234567"),
        Setting("start_entry", "without_account", pin_block, b"600012"),
    ),
    (
        Setting("get_block", "alone", pin_block, b"7", base="zt588"),
        Setting("get_block", "with_account", pin_block, b"730 678901234567", base="zt588"),
    ),
    (
        Setting("control_3", "mask", pin_block, b"532A"),
        Setting("control_3", "fill", pin_block, b"53FF"),
    ),
    (
        Setting("limits", "byte", twelve_digits, b"550C"),
        Setting("limits", "decimal", twelve_digits, b"5512"),
    ),
    (
        Setting("speed", "9600", speed, b"05001EFF010C33370A00"),
        Setting("speed", "115200", speed, b"05001EFF010C37370A00"),
    ),
    (
        Setting("check_value", "hex", master_key, b"\x6108D7B4FB629D0885"),
        Setting("check_value", "raw", master_key, b"\x61" + TDES_CHECK),
    ),
    (
        Setting("uid", "11" * 8, master_key, b":A0" + b"11" * 16),
        Setting("uid", "none", master_key, b"10102" + TDES.encode()),
    ),
]
"""Two values of each switch; those that have more stand below."""
SETTINGS = [each for pair in PAIRS for each in pair]
MORE = [
    Setting("check_value", "either", master_key, b"\x6108D7B4FB629D0885"),
    Setting("uid", "public", master_key, b":A0" + b"88" * 16),
    Setting("uid", "public", master_key, b":A0" + b"30" * 16, base="zt588"),
    Setting("uid", "public", work_key, b":01"),  # proved under the master key that opens it
    Setting("uid", "public", pin_block, b":30"),  # and under the PIN key that is used
    Setting("uid", "0123456789ABCDEFFEDCBA9876543210", master_key, b":A0" + TDES.encode()),
    Setting("speed", "1200", speed, b"30370A00"),
    Setting("speed", "57600", speed, b"36370A00"),
]


def named(setting: Setting) -> str:
    """Name a case."""
    return f"{setting.name}={setting.value}"


def test_all_ten_are_here() -> None:
    """A switch that is added later is tried here, or this says so."""
    names = [each.name for each in dataclasses.fields(Switches)]
    assert [first.name for first, _ in PAIRS] == names
    assert [second.name for _, second in PAIRS] == names


@pytest.mark.parametrize("setting", SETTINGS + MORE, ids=named)
def test_set_alike_they_work(setting: Setting) -> None:
    """Driver and pad with the same switch do the same work, with the bytes of that setting."""
    crossed = setting.run()
    assert any(setting.on_the_wire in each for each in crossed)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: str(pair[0].name))
def test_the_wire_differs(pair: tuple[Setting, Setting]) -> None:
    """A switch that does nothing fails here: the two settings' bytes are never the same."""
    first, second = pair
    crossed = first.run(), second.run()
    assert crossed[0] != crossed[1]
    for one, other, bodies in ((first, second, crossed[0]), (second, first, crossed[1])):
        assert any(one.on_the_wire in each for each in bodies)
        if other.value != "none":  # without a UID nothing is said that is not said with one
            assert other.on_the_wire not in bodies


UNLIKE: list[tuple[str, str, str, type[Exception]]] = [
    ("plain_key_length", "from_0", "from_1", PinPadRefused),
    ("plain_key_length", "from_1", "from_0", PinPadRefused),
    ("wrapped_key_length", "from_0", "from_1", PinPadRefused),
    ("wrapped_key_length", "from_1", "from_0", PinPadRefused),
    ("plain_key_digit", "mode", "type", PinPadRefused),
    ("start_entry", "with_account", "without_account", PinPadRefused),
    ("start_entry", "without_account", "with_account", PinPadRefused),
    ("get_block", "alone", "with_account", PinPadRefused),
    ("get_block", "with_account", "alone", PinPadRefused),
    ("check_value", "hex", "raw", PinPadGarbled),
    ("check_value", "raw", "hex", PinPadGarbled),
    ("uid", "none", "public", PinPadRefused),
    ("uid", "11" * 8, "public", PinPadRefused),
    ("uid", "11" * 8, "none", PinPadRefused),
]


@pytest.mark.parametrize(("name", "ours", "pads_own", "error"), UNLIKE)
def test_a_wrong_switch_is_said(
    name: str, ours: str, pads_own: str, error: type[Exception]
) -> None:
    """Where both sides differ the pad says no, or what it says makes no sense: no silent harm.

    Not so with a key digit that is a mode to the pad, ``control_3`` and ``limits``: nothing on
    the wire tells them apart (docs/pin-pad.md).
    """
    (setting,) = (each for each in SETTINGS if (each.name, each.value) == (name, ours))
    desk = setting.desk(setting.switches() | {name: pads_own})
    with pytest.raises(error):
        setting.does(desk)
