"""What the driver of the ZT588/ZT598 sends and takes, byte for byte as the reference has it.

Reference counter-devices.md §3.2.1, §3.2.2, §3.7 and §7.2; all keys are TEST KEYS of public
examples. Driver and emulator share their codec, so every frame here is written out: otherwise both
could be wrong together.
"""

from collections.abc import Callable

import pytest
from pads import nothing, raw

from apdu.pin_block import BlockForm
from apdu.secret import Secret
from apdu.zt598 import ClearKey
from terminal.devices.pin_pad import Ends, Health, KeyKind, KeyUse, PadInfo
from terminal.devices.zt598 import Zt598
from terminal.errors import (
    ClearEntryForbidden,
    PinPadGarbled,
    PinPadRefused,
    PinPadTampered,
    PinTimedOut,
)
from terminal.texts import Text

NO_UID = {"uid": "none"}
ACCOUNT = b"678901234567"
SM4_ACCOUNT = b"660100772688"
TDES = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
TDES_CHECK = bytes.fromhex("08D7B4FB629D0885")
WORK_WRAPPED = bytes.fromhex("3EB3B72576BBBE832532DF5DD75880D3")
WORK_CHECK = bytes.fromhex("491510CAF24FB6CA")
SM4_MASTER = bytes.fromhex("1234567890ABCDEFABCDEF0987654321")
SM4_MASTER_CHECK = bytes.fromhex("890410952D89FD08")
SM4_WRAPPED = bytes.fromhex("3D66234C49E4296FF9C78D8BACBD6A76")
SM4_CHECK = bytes.fromhex("861E83E31FAEBF10")

# --- The frames of the reference's table (§3.2.1) ---
INFO = bytes.fromhex("02 30 30 31 33 03 30 31")
STATUS = bytes.fromhex("02 30 30 31 49 03 37 42")
RESET = bytes.fromhex("02 30 30 34 35 30 33 30 03 33 31")
CLOSE_INPUT = bytes.fromhex("02 30 30 34 35 30 33 32 03 33 33")
PLAIN_INPUT = bytes.fromhex("02 30 30 34 35 30 33 33 03 33 32")
LEAST_4 = bytes.fromhex("02 30 30 34 35 34 30 34 03 33 32")
MOST_6 = bytes.fromhex("02 30 30 34 35 35 30 36 03 33 31")
START_CIPHER = bytes.fromhex("02 30 30 36 36 30 30 30 31 32 03 33 30")
OK = bytes.fromhex("02 30 30 31 65 03 35 37")
BAD_CHECK_VALUE = bytes.fromhex("02 30 30 31 E7 03 44 35")

# --- Frames after its rules, the checksums worked out apart from the codec ---
INSTALLED = b"\x02002N0\x034F"
BEEP = b"\x02004503D\x0345"
SOUND_ON = b"\x020045035\x0334"
CLEAR_ALL = b"\x020045B22\x0340"
CLEAR_ONE = b"\x020045B21\x0343"
SECONDS_30 = b"\x02004521E\x0344"
MASK_2A = b"\x02004532A\x0342"
FILL_FF = b"\x0200453FF\x0331"
STARTED = b"\x02001f\x0354"
INFO_REPLY = (
    b"\x02147c"
    + b"DESK 7".ljust(50)
    + b"31" * 24
    + b"04003CFF040C33370A00"
    + b"FUNCTIONZT598 1.02.326010042"
    + b"\x0331"
)

BEFORE_AN_ENTRY = [CLEAR_ALL, SECONDS_30, LEAST_4, MOST_6, SOUND_ON]


def load_master(driver: Zt598) -> None:
    """Load the master key of the examples into slot 01."""
    driver.load_master_key(0x01, KeyKind.TDES, Secret(TDES), TDES_CHECK)


# --- The pad itself -------------------------------------------------------------------------


def test_golden_info_and_self_test() -> None:
    """Which pad it is and how it is: the reference's frames, and its cells read at their place."""
    driver, line = raw(
        "zt598",
        OK,
        INFO_REPLY,
        INFO_REPLY,
        b"\x02023y12345678" + b"0" * 14 + b"\x0343",
        b"\x02004~000\x0379",
    )
    assert driver.info() == PadInfo("ZT598", "1.0", "2.3", "2601", "0042")
    assert driver.self_test() == Health(False, False, master_key=True, installed=True)
    assert line.sent == [CLOSE_INPUT, INFO, INFO, STATUS, INSTALLED]


def test_golden_self_test_zt588() -> None:
    """A ZT588 is asked `3` only; what it does not tell is not made up."""
    driver, line = raw("zt588", OK, INFO_REPLY)
    assert driver.self_test() == Health(False, False, master_key=True, installed=None)
    assert line.sent == [CLOSE_INPUT, INFO]


def test_golden_reset_and_display() -> None:
    """A reset is the reference's frame, and a text beeps: there is no command for a display."""
    driver, line = raw("zt598", OK, OK, OK)
    driver.reset()
    assert not driver.has_display
    assert not driver.display(Text("请输入", "Enter"))
    assert line.sent == [CLOSE_INPUT, RESET, BEEP]


# --- Clear entry ----------------------------------------------------------------------------


def test_golden_clear_entry() -> None:
    """The service PIN: closed, set up, opened, taken, closed; the stars follow the digits."""
    stars: list[int] = []
    driver, line = raw("zt598", *[OK] * 6, OK + b"123456\r", OK)
    with driver.enter_service_pin(4, 6, stars.append) as pin:
        assert len(pin) == 6
        assert pin._digits == b"123456"
    assert line.sent == [CLOSE_INPUT, *BEFORE_AN_ENTRY, PLAIN_INPUT, CLOSE_INPUT]
    assert stars == [0, 1, 2, 3, 4, 5, 6]


def test_golden_clear_entry_zt588() -> None:
    """A ZT588 is not told what CLEAR does, and a most of twelve is 0C to it."""
    driver, line = raw("zt588", *[OK] * 5, OK + b"1234567890\x22\r", OK)
    with driver.enter_service_pin(4, 12, nothing) as pin:
        assert pin._digits == b"123456789000"
    most_12 = b"\x02004550C\x0344"
    before = [CLOSE_INPUT, SECONDS_30, LEAST_4, most_12, SOUND_ON]
    assert line.sent == [*before, PLAIN_INPUT, CLOSE_INPUT]


@pytest.mark.parametrize(
    ("clear", "frame", "digits"),
    [(ClearKey.ALL, CLEAR_ALL, b"5678"), (ClearKey.BACKSPACE, CLEAR_ONE, b"1235678")],
)
def test_clear_key(clear: ClearKey, frame: bytes, digits: bytes) -> None:
    """CLEAR takes all or one: the pad is told, and the driver does the same to the digits."""
    driver, line = raw("zt598", *[OK] * 6, OK + b"1234\x085678\r", OK, clear_key=clear)
    with driver.enter_service_pin(4, 8, nothing) as pin:
        assert pin._digits == digits
    assert line.sent[1] == frame


def test_the_last_digit_may_end_it() -> None:
    """An entry of fixed length ends by itself, and a key after it is not the PIN's."""
    driver, line = raw("zt598", *[OK] * 6, OK + b"1234567", OK)
    with driver.enter_service_pin(4, 6, nothing, ends=Ends.ENTER_OR_LENGTH) as pin:
        assert pin._digits == b"123456"
    assert line.sent[-1] == CLOSE_INPUT


def test_keys_without_effect() -> None:
    """Side keys, the dot and the empty key are no digits and no error."""
    driver, _ = raw("zt598", *[OK] * 6, OK + b"\x001\x072.3AH4\r", OK)
    with driver.enter_service_pin(4, 6, nothing) as pin:
        assert pin._digits == b"1234"


def test_clear_entry_is_off_unless_allowed() -> None:
    """An outlet that forbids clear entry has nothing sent to the pad at all."""
    driver, line = raw("zt598", clear_entry=False)
    with pytest.raises(ClearEntryForbidden):
        driver.enter_service_pin(4, 6, nothing)
    assert line.sent == []


# --- PIN blocks -----------------------------------------------------------------------------


def test_golden_pin_block() -> None:
    """Cipher entry by `600012` and the format 0 block of the worked example (§3.7)."""
    stars: list[int] = []
    block = b"\x02021g0006FB4DD1A071988B9C\x0326"
    driver, line = raw("zt598", *[OK] * 6, STARTED + b"******\r", OK, block, OK, switches=NO_UID)
    got = driver.enter_pin_block(0x30, BlockForm.ISO_0, ACCOUNT, 4, 6, stars.append)
    assert got == bytes.fromhex("FB4DD1A071988B9C")
    get_block = b"\x02016730 678901234567\x0320"
    after = [START_CIPHER, FILL_FF, get_block, CLOSE_INPUT]
    assert line.sent == [CLOSE_INPUT, *BEFORE_AN_ENTRY, *after]
    assert stars == [0, 1, 2, 3, 4, 5, 6]


def test_golden_pin_block_zt588() -> None:
    """A ZT588 is given slot, format and account up front, its mask before, and asked by `7`."""
    block = b"\x02021g0006FB4DD1A071988B9C\x0326"
    driver, line = raw("zt588", *[OK] * 6, STARTED + b"******\r", block, OK, switches=NO_UID)
    got = driver.enter_pin_block(0x30, BlockForm.ISO_0, ACCOUNT, 4, 6, nothing)
    assert got == bytes.fromhex("FB4DD1A071988B9C")
    start = b"\x02019630 006678901234567\x0318"
    before = [CLOSE_INPUT, SECONDS_30, LEAST_4, MOST_6, SOUND_ON, MASK_2A]
    assert line.sent == [*before, start, b"\x020017\x0305", CLOSE_INPUT]


def test_golden_sm4_block() -> None:
    """The SM4 block of the worked example (PIN 123654), and no proof of the UID before it."""
    block = b"\x02037\x9f0006CD01D6AD8F0A484C52A9364A0595AD60\x03AE"
    driver, line = raw("zt598", *[OK] * 6, STARTED + b"******\r", OK, block, OK)
    got = driver.enter_pin_block(0x20, BlockForm.SM4, SM4_ACCOUNT, 4, 6, nothing)
    assert got == bytes.fromhex("CD01D6AD8F0A484C52A9364A0595AD60")
    get_block = b"\x02016o200660100772688\x036C"
    assert line.sent[-4:] == [START_CIPHER, FILL_FF, get_block, CLOSE_INPUT]


@pytest.mark.parametrize(
    "reply",
    [
        b"\x02021g0006FB4DD1A071988B9C\x0326",  # eight bytes where SM4 gives sixteen
        b"\x02002g0\x0366",  # cut
    ],
)
def test_a_block_of_another_size(reply: bytes) -> None:
    """Half a block is no block: a host would take it for a wrong PIN."""
    driver, line = raw("zt598", *[OK] * 6, STARTED + b"****\r", OK, reply, OK)
    with pytest.raises(PinPadGarbled):
        driver.enter_pin_block(0x20, BlockForm.SM4, SM4_ACCOUNT, 4, 6, nothing)
    assert line.sent[-1] == CLOSE_INPUT


# --- Keys -----------------------------------------------------------------------------------

PLAIN_TDES = b"\x02037101020123456789ABCDEFFEDCBA9876543210\x0305"
WRAPPED_TDES = b"\x0203920130323EB3B72576BBBE832532DF5DD75880D3\x0304"
PLAIN_SM4 = b"\x02035b011234567890ABCDEFABCDEF0987654321\x0356"
WRAPPED_SM4 = b"\x02039c3001203D66234C49E4296FF9C78D8BACBD6A76\x0323"
TDES_LOADED = b"\x02017a08D7B4FB629D0885\x0321"


def test_golden_keys() -> None:
    """DES keys are loaded by the frames worked out in the reference (§7.2)."""
    driver, line = raw("zt598", OK, TDES_LOADED, b"\x02017b491510CAF24FB6CA\x032D", switches=NO_UID)
    load_master(driver)
    driver.load_work_key(0x30, 0x01, KeyUse.PIN, KeyKind.TDES, WORK_WRAPPED, WORK_CHECK)
    assert line.sent[1:] == [PLAIN_TDES, WRAPPED_TDES]


def test_golden_sm4_keys() -> None:
    """SM4 keys are loaded by `b` and `c`, without a proof of the UID (§3.2.4)."""
    driver, line = raw(
        "zt598",
        OK,
        b"\x02017\x92890410952D89FD08\x03D2",
        b"\x02017\x93861E83E31FAEBF10\x03D7",
    )
    driver.load_master_key(0x01, KeyKind.SM4, Secret(SM4_MASTER), SM4_MASTER_CHECK)
    driver.load_work_key(0x20, 0x01, KeyUse.PIN, KeyKind.SM4, SM4_WRAPPED, SM4_CHECK)
    assert line.sent[1:] == [PLAIN_SM4, WRAPPED_SM4]


def test_golden_proof() -> None:
    """Before a DES key is loaded the public UID is proved in three steps (§3.2.4).

    The encryption of zeros under zeros, 8CA64DE9C1B123A7, is DES's best known check value; that
    of it under the UID was worked out apart from this program.
    """
    zeros = b"0" * 32
    mixed = b"8CA64DE9C1B123A7" * 2
    answer = b"0EE013A59244C487" * 2
    driver, line = raw(
        "zt598",
        OK,
        b"\x02033j" + zeros + b"\x0359",
        b"\x02033j" + mixed + b"\x0359",
        b"\x02033j" + zeros + b"\x0359",
        TDES_LOADED,
    )
    load_master(driver)
    assert line.sent[1:] == [
        b"\x02035:A0" + b"8" * 32 + b"\x037E",
        b"\x02035:00" + zeros + b"\x030F",
        b"\x02035:90" + answer + b"\x0306",
        PLAIN_TDES,
    ]


def test_golden_refusal() -> None:
    """The pad's E7 is the catalogue's error, with the code's meaning and the command's letter."""
    driver, _ = raw("zt598", OK, BAD_CHECK_VALUE, switches=NO_UID)
    with pytest.raises(PinPadRefused) as raised:
        load_master(driver)
    assert raised.value.facts["error"] == "E7"
    assert raised.value.facts["step"] == "1"
    assert "the key check value differs" in raised.value.message("en")


def test_the_check_value_is_compared() -> None:
    """A key that arrived otherwise is refused by us, though the pad said yes."""
    driver, _ = raw("zt598", OK, TDES_LOADED, switches=NO_UID)
    with pytest.raises(PinPadRefused) as raised:
        driver.load_master_key(0x01, KeyKind.TDES, Secret(TDES), WORK_CHECK)
    assert raised.value.facts["error"] == "KCV 08D7B4FB629D0885"
    assert raised.value.facts["step"] == "1"


def test_a_short_check_value_is_compared_as_far_as_it_goes() -> None:
    """Pads give four to eight bytes; what they give counts (§3.2.2)."""
    driver, line = raw("zt598", OK, b"\x02009a08D7B4FB\x0352", switches=NO_UID)
    load_master(driver)
    assert line.sent[1:] == [PLAIN_TDES]


def test_no_check_value_is_no_success() -> None:
    """A pad that says yes and shows no check value may have loaded anything."""
    driver, _ = raw("zt598", OK, b"\x02001a\x0353", switches=NO_UID)
    with pytest.raises(PinPadGarbled):
        load_master(driver)


@pytest.mark.parametrize(
    "slip",
    [
        lambda pad: pad.load_master_key(1, KeyKind.TDES, Secret(TDES[:8]), TDES_CHECK),
        lambda pad: pad.load_master_key(1, KeyKind.TDES, Secret(TDES), TDES_CHECK[:2]),
        lambda pad: pad.load_work_key(2, 1, KeyUse.PIN, KeyKind.SM4, TDES[:8], SM4_CHECK),
        lambda pad: pad.load_work_key(2, 2, KeyUse.PIN, KeyKind.TDES, TDES, TDES_CHECK),
        lambda pad: pad.enter_service_pin(3, 6, nothing),
        lambda pad: pad.enter_service_pin(6, 4, nothing),
        lambda pad: pad.enter_service_pin(4, 13, nothing),
        lambda pad: pad.enter_pin_block(1, BlockForm.ISO_0, ACCOUNT[:11], 4, 6, nothing),
    ],
)
def test_slips_of_callers_reach_no_pad(slip: Callable[[Zt598], object]) -> None:
    """A wrong size or limit is this program's mistake, and nothing of it crosses the line."""
    driver, line = raw("zt598", *[OK] * 9, switches=NO_UID)
    with pytest.raises(ValueError, match=r"key|check value|PIN|account"):
        slip(driver)
    assert line.sent == []


# --- What the pad says by itself --------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"\x02001\xee\x03DC", PinTimedOut),
        (b"\x02001\xdd\x03EF", PinPadTampered),
        (b"\x02001\xff\x03CD", PinPadTampered),
        (b"\x02001\xe0\x03D2", PinPadRefused),
    ],
)
def test_an_error_in_the_middle_of_an_entry(said: bytes, error: type[Exception]) -> None:
    """A frame with an error between the keys ends the entry and closes the input."""
    driver, line = raw("zt598", *[OK] * 6, OK + b"12" + said, OK)
    with pytest.raises(error):
        driver.enter_service_pin(4, 6, nothing)
    assert line.sent[-1] == CLOSE_INPUT


def test_a_late_reply_to_a_repeated_command() -> None:
    """A pad that was slow once answers twice; the second answer is none to the next command."""
    late = INFO_REPLY + TDES_LOADED
    driver, line = raw("zt598", OK, b"", INFO_REPLY, late, switches=NO_UID)
    assert driver.info().serial == "0042"
    load_master(driver)
    assert line.sent == [CLOSE_INPUT, INFO, INFO, PLAIN_TDES]


def test_a_late_reply_between_the_keys_is_no_key() -> None:
    """The second reply to a repeated command comes late, in the middle of the PIN."""
    driver, _ = raw("zt598", *[OK] * 6, OK + b"12" + OK + b"34\r", OK)
    with driver.enter_service_pin(4, 6, nothing) as pin:
        assert pin._digits == b"1234"
