"""The software PIN pad by itself: its answers are held against the reference's frames and vectors.

Reference counter-devices.md §3.2, §3.7 and §7.2; all keys are TEST KEYS of public examples. The
bodies here are written out, not made by the codec, so that both could not be wrong together.
"""

from collections.abc import Callable

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

from apdu.zt598 import KeyByte
from apdu.zt598_frames import Frame, FrameReader, frame
from apdu.zt598_switches import switches_of
from emulator.pin_pad import SoftwarePinPad
from emulator.pin_pad_entry import parse_keys
from emulator.pin_pad_wire import Clock
from emulator.randomness import Randomness

NO_UID = {"uid": "none"}
TDES = "0123456789ABCDEFFEDCBA9876543210"
WORK = "11223344556677888877665544332211"
WORK_WRAPPED = "3EB3B72576BBBE832532DF5DD75880D3"
SM4_MASTER = "1234567890ABCDEFABCDEF0987654321"
SM4_WRAPPED = "3D66234C49E4296FF9C78D8BACBD6A76"
ENTER = KeyByte.ENTER


def pad_of(model: str = "zt598", clock: Clock | None = None, **switches: str) -> SoftwarePinPad:
    """Make a pad that wants no proof unless told."""
    return SoftwarePinPad(
        model, switches=switches_of(model, {**NO_UID, **switches}), clock=clock or Clock()
    )


def output(pad: SoftwarePinPad) -> bytes:
    """Take everything that leaves."""
    return b"".join(iter(pad.take, b""))


def ask(pad: SoftwarePinPad, body: str | bytes) -> bytes:
    """Send a body; give the body of the reply."""
    pad.feed(frame(body.encode() if isinstance(body, str) else body))
    (reply,) = (each for each in FrameReader().feed(output(pad)) if isinstance(each, Frame))
    return reply.body


@pytest.mark.parametrize(
    "command",
    [
        "02 30 30 34 35 30 33 30 03 33 31",
        "02 30 30 34 35 30 33 32 03 33 33",
        "02 30 30 34 35 30 33 33 03 33 32",
        "02 30 30 34 35 34 30 34 03 33 32",
        "02 30 30 34 35 35 30 36 03 33 31",
    ],
)
def test_golden_controls(command: str) -> None:
    """The frames of the reference are heard, and answered by the frame of the reference."""
    pad = pad_of()
    pad.feed(bytes.fromhex(command))
    assert output(pad) == bytes.fromhex("02 30 30 31 65 03 35 37")


def test_golden_others() -> None:
    """Info, status and the start of a cipher entry are answered by letter + 30."""
    pad = pad_of()
    codes = []
    for command in (
        "02 30 30 31 33 03 30 31",
        "02 30 30 31 49 03 37 42",
        "02 30 30 36 36 30 30 30 31 32 03 33 30",
    ):
        pad.feed(bytes.fromhex(command))
        codes.append(output(pad)[4])
    assert codes == [0x63, 0x79, 0x66]


def test_golden_refusal() -> None:
    """A refusal is the frame of the reference."""
    pad = pad_of()
    pad.refuse(0xE7)
    pad.feed(frame(b"3"))
    assert output(pad) == bytes.fromhex("02 30 30 31 E7 03 44 35")


def test_golden_sm4_entry() -> None:
    """From master key to PIN block as the worked example has it, byte by byte."""
    pad = pad_of()
    pad.feed(b"\x02035b01" + SM4_MASTER.encode() + b"\x0356")
    assert len(output(pad)) == 7 + 17
    pad.feed(b"\x02039c300120" + SM4_WRAPPED.encode() + b"\x0323")
    assert FrameReader().feed(output(pad)) == [Frame(b"\x93" + b"861E83E31FAEBF10")]
    ask(pad, "600012")
    pad.press("123654", ENTER)
    assert output(pad) == b"******\x0d"
    pad.feed(b"\x02016o200660100772688\x036C")
    assert output(pad) == b"\x02037\x9f0006CD01D6AD8F0A484C52A9364A0595AD60\x03AE"


# --- Keys -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "check"),
    [
        (f"10102{TDES}", "08D7B4FB629D0885"),
        ("101010123456789ABCDEF", "D5D44FF720683D0D"),
        (f"10102{WORK}", "491510CAF24FB6CA"),
        (f"10103{TDES}{TDES[:16]}", "08D7B4FB629D0885"),
    ],
)
def test_check_values(body: str, check: str) -> None:
    """Check values are those that everybody knows; three keys of which two are one are two."""
    assert ask(pad_of(), body) == b"\x61" + check.encode()


def test_three_keys() -> None:
    """A key of 24 bytes is three keys: decrypting under it undoes encrypting, and order counts."""
    pad = pad_of()
    ask(pad, "10103" + TDES + "1122334455667788")
    swapped = ask(pad, "10203" + "1122334455667788" + TDES)
    key = pad.keys.key(1)
    assert key.decrypt(key.encrypt(bytes(16))) == bytes(16)
    assert swapped != b"\x61" + key.check_value.hex().upper().encode()


def test_wrapped_key() -> None:
    """A work key under a master key is the worked example's (§7.2), and may come twice."""
    pad = pad_of()
    ask(pad, f"10102{TDES}")
    for _ in range(2):
        assert ask(pad, f"2013032{WORK_WRAPPED}") == b"\x62491510CAF24FB6CA"
    assert ask(pad, "2003000") == b"\x62"
    ask(pad, "600012")
    pad.press("123456", ENTER)
    output(pad)
    assert ask(pad, "730 678901234567") == b"\xe4"


def test_golden_des_block() -> None:
    """The ISO 0 block under the worked example's key is the worked example's."""
    pad = pad_of()
    ask(pad, f"10102{TDES}")
    ask(pad, f"2013032{WORK_WRAPPED}")
    ask(pad, "600012")
    pad.press("123456", ENTER)
    assert output(pad) == b"******\x0d"
    for _ in range(2):
        assert ask(pad, "730 678901234567") == b"\x670006FB4DD1A071988B9C"
    assert ask(pad, "5032") == b"\x65"
    assert ask(pad, "730 678901234567") == b"\xef"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (f"2023032{WORK_WRAPPED}", 0xE4),  # no master key in 02
        (f"2303132{WORK_WRAPPED}", 0xE5),  # a work key is no master key
        ("c3005" + "20" + SM4_WRAPPED, 0xE4),
        ("701 678901234567", 0xE5),  # a master key makes no PIN block
        ("731 678901234567", 0xE4),
        ("o20" + "0660100772688", 0xE4),
        ("730!678901234567", 0xEB),  # ISO 1 is not made
        ("5648", 0xEB),  # a change of speed
        ("5B23", 0xEB),
        ("503E", 0xEB),
        ("5Z00", 0xE9),
        ("x", 0xEF),
    ],
)
def test_refusals(body: str, code: int) -> None:
    """What cannot be is refused with the code of the reference, and the pad goes on."""
    pad = pad_of()
    ask(pad, f"10102{TDES}")
    ask(pad, f"2013032{WORK_WRAPPED}")
    assert ask(pad, body) == bytes((code,))
    assert ask(pad, "5032") == b"\x65"


def test_deleted_sm4_keys() -> None:
    """SM4 keys are deleted one by one or all, and have slots apart from the DES side."""
    pad = pad_of()
    for slot in ("01", "02", "03"):
        ask(pad, f"b{slot}{SM4_MASTER}")
    ask(pad, f"10102{TDES}")
    assert ask(pad, "n3301") == b"\x9e"
    assert sorted(pad.keys.sm4) == [2, 3]
    assert ask(pad, "n3200") == b"\x9e"
    assert pad.keys.sm4 == {}
    assert 1 in pad.keys.des


# --- Proof ----------------------------------------------------------------------------------


def test_proof() -> None:
    """A pad with a UID lets a key be used once after the proof of §3.2.4, and not before.

    Under keys of zeros the encryption of zeros is DES's best known check value; what follows from
    it is computed here by the library itself.
    """
    zero = "00" * 16
    load = f"10102{TDES}"
    pad = SoftwarePinPad(
        switches=switches_of("zt598", {"uid": zero}), randomness=Randomness([bytes(16)])
    )
    assert ask(pad, load) == b"\xec"
    assert ask(pad, f":A0{zero}") == b"\x6a" + zero.encode()
    mixed = "8CA64DE9C1B123A7" * 2
    assert ask(pad, f":00{zero}") == b"\x6a" + mixed.encode()
    assert ask(pad, f":90{mixed}") == b"\xec"
    single_des = Cipher(TripleDES(bytes(24)), modes.ECB()).encryptor()
    answer = single_des.update(bytes.fromhex(mixed))
    for _ in range(2):
        again = ask(pad, f":90{answer.hex()}")
        assert again == b"\x6a" + single_des.update(answer).hex().upper().encode()
    assert ask(pad, load) == b"\x6108D7B4FB629D0885"
    assert ask(pad, load) == b"\xec"


def test_wiped_pad_wants_no_proof() -> None:
    """After a wipe keys can be loaded anew, and a UID is stored that counts from then on."""
    pad = SoftwarePinPad()
    assert ask(pad, "5031") == b"\x65"
    assert ask(pad, ":A0" + "88" * 16) == b"\xfa"
    assert ask(pad, "10002" + "00" * 16)[:1] == b"\x61"
    assert ask(pad, ":80" + "77" * 16) == b"\x6a"
    assert ask(pad, f"10102{TDES}") == b"\xec"
    assert ask(pad, ":8077") == b"\xe9"


def test_challenge_of_another() -> None:
    """A challenge that was not the pad's proves nothing."""
    pad = SoftwarePinPad()
    ask(pad, ":A0" + "88" * 16)
    assert ask(pad, ":00" + "11" * 16) == b"\xe9"
    assert ask(SoftwarePinPad(), ":90" + "11" * 16) == b"\xec"


# --- Entries --------------------------------------------------------------------------------


def test_plain_entry() -> None:
    """Digits leave as ASCII while the pad is open for it, and never otherwise (§3.2.5)."""
    pad = pad_of()
    pad.press("12", ENTER)
    assert output(pad) == b""
    ask(pad, "5033")
    pad.press("12", KeyByte.CLEAR, "0", KeyByte.DOUBLE_ZERO, KeyByte.F1, KeyByte.DOT, ENTER, "9")
    assert output(pad) == b"12\x080\x22A.\x0d"
    ask(pad, "5032")
    pad.press("34")
    assert output(pad) == b""


@pytest.mark.parametrize(("clear", "more"), [("1", ""), ("2", "9876")])
def test_clear_key(clear: str, more: str) -> None:
    """CLEAR takes one digit or all, as the start says, and the pad counts accordingly."""
    pad = pad_of()
    ask(pad, f"b20{SM4_MASTER}")
    ask(pad, f"60001{clear}")
    pad.press("12345", KeyByte.CLEAR, more, ENTER)
    output(pad)
    assert ask(pad, "o200660100772688")[1:5] == b"0004"


def test_limits() -> None:
    """The pad takes no more digits than allowed, and in cipher mode no ENTER before enough."""
    pad = pad_of()
    ask(pad, "5404")
    ask(pad, "5506")
    ask(pad, "600012")
    pad.press("123", ENTER, "45678", ENTER)
    assert output(pad) == b"***" + b"***" + b"\x0d"
    ask(pad, "5032")
    ask(pad, "5033")
    pad.press("12345", KeyByte.DOUBLE_ZERO, "678")
    assert output(pad) == b"123456"


def test_cancel_and_held_keys() -> None:
    """CANCEL and a key held too long end a cipher entry; nothing can be fetched then."""
    pad = pad_of()
    ask(pad, f"b20{SM4_MASTER}")
    for press, byte in ((pad.cancel, b"\x1b"), (pad.hold_key, b"\x80")):
        ask(pad, "600012")
        pad.press("1234")
        press()
        pad.press("5", ENTER)
        assert output(pad) == b"****" + byte
        assert ask(pad, "o200660100772688") == b"\xef"


def test_time_out() -> None:
    """The pad's own time-out is counted by the clock it was given, and sends 80 once."""
    clock = Clock()
    pad = pad_of(clock=clock)
    ask(pad, "521E")
    ask(pad, "5033")
    clock.now = 29.9
    pad.press("1")
    assert output(pad) == b"1"
    clock.now = 30
    pad.press("2")
    assert output(pad) == b"\x80"
    clock.now = 99
    assert output(pad) == b""


def test_repeated_start_goes_on() -> None:
    """The terminal repeats a start whose reply it did not hear; what was typed stays."""
    pad = pad_of()
    ask(pad, f"b20{SM4_MASTER}")
    ask(pad, "600012")
    pad.press("12")
    output(pad)
    ask(pad, "600012")
    pad.press("34", ENTER)
    output(pad)
    assert ask(pad, "o200660100772688")[1:5] == b"0004"


def test_script() -> None:
    """Each entry that is opened gets the next script, behind the reply that opened it."""
    script = [parse_keys("1234 ENTER"), parse_keys("56 cancel"), parse_keys("7 HELD")]
    pad = SoftwarePinPad(script=script, clock=Clock())
    seen = []
    for _ in range(4):
        pad.feed(frame(b"5033"))
        seen.append(output(pad).removeprefix(frame(b"\x65")))
        ask(pad, "5032")
    assert seen == [b"1234\x0d", b"56\x1b", b"7\x80", b""]


@pytest.mark.parametrize("text", ["12x", "ENTR", "1２3"])
def test_wrong_scripts(text: str) -> None:
    """A key that does not exist is said before anything is pressed."""
    with pytest.raises(ValueError, match="no key"):
        parse_keys(text)


def test_reset_closes() -> None:
    """A reset ends an entry and keeps the keys."""
    pad = pad_of()
    ask(pad, f"b20{SM4_MASTER}")
    ask(pad, "5033")
    ask(pad, "5030")
    pad.press("1")
    assert output(pad) == b""
    assert pad.keys.sm4


def test_settings_are_told() -> None:
    """What was set stands in the info reply, where the reference has it."""
    pad = pad_of()
    for body in ("3DESK 7", "5034", "523C", "5404", "5512", "580F", "5A13", "5D31", "503D"):
        assert ask(pad, body)[0] < 0xD0
    reply = ask(pad, "3")[1:]
    assert len(reply) == 146
    assert reply[:6] == b"DESK 7"
    assert reply[98:118] == b"01003CFF040C33370F00"
    ask(pad, f"10102{TDES}")
    ask(pad, "5033")
    assert ask(pad, "3")[1:][98:100] == b"02"
    ask(pad, "5630")
    assert ask(pad, "3")[1:][98:118] == b"02003<??040<33300?00"


# --- Switches, on this side -----------------------------------------------------------------

SWITCHED: list[tuple[str, str, str, bytes]] = [
    ("plain_key_length", "from_0", f"10101{TDES}", b"\x61"),
    ("plain_key_length", "from_1", f"10101{TDES}", b"\xe9"),
    ("wrapped_key_length", "from_0", f"2003031{TDES}", b"\x62"),
    ("wrapped_key_length", "from_1", f"2003031{TDES}", b"\xe9"),
    ("plain_key_digit", "type", f"10172{TDES}", b"\x61"),
    ("plain_key_digit", "mode", f"10172{TDES}", b"\xe9"),
    ("start_entry", "with_account", "630 006678901234567", b"\x66"),
    ("start_entry", "without_account", "630 006678901234567", b"\xe9"),
    ("get_block", "with_account", "7", b"\xe9"),
    ("limits", "byte", "550C", b"\x65"),
]


@pytest.mark.parametrize(("name", "value", "body", "code"), SWITCHED)
def test_switches_of_commands(name: str, value: str, body: str, code: bytes) -> None:
    """A pad understands its own dialect and no other, so that a wrong switch is seen."""
    assert ask(pad_of("zt598", **{name: value}), body)[:1] == code


@pytest.mark.parametrize(("limits", "body"), [("byte", "550C"), ("decimal", "5512")])
def test_switch_of_limits(limits: str, body: str) -> None:
    """Twelve is twelve in either spelling, and eighteen or nothing in the other's."""
    pad = pad_of(limits=limits)
    ask(pad, body)
    assert pad.keypad.most == 12


def test_switch_of_get_block() -> None:
    """Asked by nothing, the pad takes slot, format and account from the start."""
    pad = pad_of("zt588")
    ask(pad, f"10121{TDES}")
    ask(pad, f"2013032{WORK_WRAPPED}")
    ask(pad, "630 006678901234567")
    pad.press("1234567", ENTER)
    output(pad)
    assert ask(pad, "7") == b"\x670006FB4DD1A071988B9C"


@pytest.mark.parametrize(
    ("meaning", "keys", "same"), [("mask", b"#" * 4, True), ("fill", b"*" * 4, False)]
)
def test_switch_of_control_3(meaning: str, keys: bytes, same: bool) -> None:
    """Control 3 sets what a digit looks like, or what fills the block: one call, two meanings."""
    blocks = []
    for value in ("53FF", "5323"):
        pad = pad_of(control_3=meaning)
        ask(pad, f"b20{SM4_MASTER}")
        ask(pad, value)
        ask(pad, "600012")
        pad.press("1234")
        seen = output(pad)
        pad.press(ENTER)
        output(pad)
        blocks.append(ask(pad, "o200660100772688"))
    assert seen == keys
    assert (blocks[0] == blocks[1]) is same


@pytest.mark.parametrize(
    ("form", "reply"),
    [
        ("hex", b"08D7B4FB629D0885"),
        ("either", b"08D7B4FB629D0885"),
        ("raw", bytes.fromhex("08D7B4FB629D0885")),
    ],
)
def test_switch_of_check_value(form: str, reply: bytes) -> None:
    """A check value leaves as text or as bytes."""
    assert ask(pad_of(check_value=form), f"10102{TDES}")[1:] == reply


@pytest.mark.parametrize(("speed", "code"), [("9600", b"33"), ("115200", b"37")])
def test_switch_of_speed(speed: str, code: bytes) -> None:
    """The info reply tells the speed; no command changes it (the drivers' codes conflict)."""
    pad = pad_of(speed=speed)
    assert ask(pad, "3")[1:][110:112] == code
    assert ask(pad, "5648") == b"\xeb"


@pytest.mark.parametrize(("uid", "code"), [("public", b"\xec"), ("none", b"\x61")])
def test_switch_of_uid(uid: str, code: bytes) -> None:
    """With a UID the pad wants a proof, without one it wants none."""
    assert ask(pad_of(uid=uid), f"10102{TDES}")[:1] == code


# --- Faults ---------------------------------------------------------------------------------

GOOD = b"\x02001e\x0357"


@pytest.mark.parametrize(
    ("fault", "pieces"),
    [
        (lambda pad: pad.silence(), []),
        (lambda pad: pad.drop_reply(), []),
        (lambda pad: pad.corrupt_lrc(), [b"\x02001e\x0350"]),
        (lambda pad: pad.split_reply(3), [GOOD[:3], GOOD[3:]]),
        (lambda pad: pad.split_reply(3, late=True), [GOOD[:3], b"", GOOD[3:]]),
        (lambda pad: pad.half_frame(4), [GOOD[:4]]),
        (lambda pad: pad.wrong_length(), [b"\x02002e\x0354"]),
        (lambda pad: pad.wrong_length(-1), [b"\x02000e\x0356"]),
        (lambda pad: pad.noise(), [b"AT\r", GOOD]),
        (lambda pad: pad.refuse(0xEB), [b"\x02001\xeb\x03D9"]),
    ],
)
def test_faults(fault: Callable[[SoftwarePinPad], None], pieces: list[bytes]) -> None:
    """Each fault spoils one reply in its own way, and then is over."""
    pad = pad_of()
    fault(pad)
    pad.feed(frame(b"5035"))
    taken = [pad.take() for _ in range(len(pieces) + 2)]
    assert taken == [*pieces, b"", b""]
    pad.feed(frame(b"5035"))
    assert output(pad) == GOOD


def test_silence_does_nothing_and_a_lost_reply_did() -> None:
    """A command that was not heard is not carried out; one whose reply is lost is."""
    pad = pad_of()
    pad.silence()
    pad.feed(frame(b"5404"))
    assert (pad.keypad.least, pad.received) == (1, [])
    pad.drop_reply(2)
    pad.feed(frame(b"5404"))
    pad.feed(frame(b"5404"))
    assert (pad.keypad.least, pad.received) == (4, [b"5404"] * 2)
    assert output(pad) == b""


def test_wrong_lrc_is_not_heard() -> None:
    """A command with a wrong LRC gets no answer, as on real hardware, nor does rubbish."""
    pad = pad_of()
    pad.feed(b"\x02004504\x0332" + b"5033\r" + b"\x020045033\x0333")
    assert output(pad) == b""
    assert pad.received == []


def test_tampered() -> None:
    """A pad that was opened loses its keys and says DD to everything."""
    pad = pad_of()
    ask(pad, f"b20{SM4_MASTER}")
    ask(pad, "5033")
    pad.tamper()
    pad.press("1")
    assert output(pad) == b""
    assert ask(pad, "3") == ask(pad, "5032") == b"\xdd"
    assert (pad.keys.des, pad.keys.sm4) == ({}, {})


def test_battery() -> None:
    """A low battery is told by the status, and the rest goes on."""
    pad = pad_of()
    pad.drain_battery()
    assert ask(pad, "I") == b"\xe0"
    assert ask(pad, "5035") == b"\x65"


def test_log_shows_no_digit_and_no_key() -> None:
    """A log of the emulator may be pasted anywhere: digits are the mask, keys are not in it."""
    lines: list[str] = []
    pad = SoftwarePinPad(switches=switches_of("zt598", NO_UID), clock=Clock(), log=lines.append)
    ask(pad, f"10102{TDES}")
    ask(pad, "5033")
    pad.press("7", KeyByte.CLEAR, 0x99)
    pad.hold_key()
    ask(pad, "503D")
    assert lines == [
        "1 -> 61",
        "5033 -> 65",
        "key *",
        "key CLEAR",
        "key 99",
        "key HELD",
        "beep",
        "503D -> 65",
    ]
