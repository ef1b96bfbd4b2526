"""The ZT588/ZT598's frames and commands against the frames of the reference.

Reference counter-devices.md §3.2.1 and §7.2; the keys there are TEST KEYS of public examples.
"""

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.errors import EncodingError
from apdu.secret import Secret
from apdu.zt598 import (
    ASK_INFO,
    ASK_STATUS,
    Act,
    BlockFormat,
    ClearKey,
    Control,
    GetPinBlock,
    GetSm4Block,
    LineHex,
    Setting,
    StartCipherEntry,
)
from apdu.zt598_fields import Command, from_hex, to_hex
from apdu.zt598_frames import MOST_BODY, Event, Frame, FrameReader, Key, Noise, frame
from apdu.zt598_keys import (
    Authenticate,
    DeleteSmKey,
    KeyType,
    LoadPlainKey,
    LoadWrappedKey,
    Sm4MasterKey,
    Sm4WorkKey,
    whole_uid,
)
from apdu.zt598_replies import (
    BlockReply,
    Info,
    InfoFlag,
    decode_check_value,
    meaning,
)
from apdu.zt598_switches import CheckValue, Limits, Model, Switches, switches_of

ZT588 = switches_of("zt588", {})
ZT598 = switches_of("zt598", {})
KEY = "0123456789ABCDEFFEDCBA9876543210"  # TEST KEY
SM4_MASTER = "1234567890ABCDEFABCDEF0987654321"  # TEST KEY
SM4_WORK = "3D66234C49E4296FF9C78D8BACBD6A76"  # TEST KEY, wrapped

COMMANDS: list[tuple[bytes, str]] = [
    (ASK_INFO, "02 30 30 31 33 03 30 31"),
    (ASK_STATUS, "02 30 30 31 49 03 37 42"),
    (Control(Setting.ACT, Act.RESET).encode(ZT598), "02 30 30 34 35 30 33 30 03 33 31"),
    (Control(Setting.ACT, Act.CLOSE_INPUT).encode(ZT598), "02 30 30 34 35 30 33 32 03 33 33"),
    (Control(Setting.ACT, Act.OPEN_PLAIN).encode(ZT598), "02 30 30 34 35 30 33 33 03 33 32"),
    (Control.limit(Setting.LEAST, 4, ZT598).encode(ZT598), "02 30 30 34 35 34 30 34 03 33 32"),
    (Control.limit(Setting.MOST, 6, ZT598).encode(ZT598), "02 30 30 34 35 35 30 36 03 33 31"),
    (StartCipherEntry(ClearKey.ALL).encode(ZT598), "02 30 30 36 36 30 30 30 31 32 03 33 30"),
]
REPLIES: list[tuple[bytes, str]] = [
    (b"\x65", "02 30 30 31 65 03 35 37"),
    (b"\xe7", "02 30 30 31 E7 03 44 35"),
]
LONG: list[tuple[Command, str, str]] = [
    (LoadPlainKey(0x01, KeyType.TMK, bytes.fromhex(KEY)), f"10102{KEY}", "05"),
    (LoadWrappedKey(0x01, 0x30, KeyType.PIN, bytes.fromhex(KEY)), f"2013032{KEY}", "08"),
    (Sm4MasterKey(0x01, bytes.fromhex(SM4_MASTER)), f"b01{SM4_MASTER}", "56"),
    (Sm4WorkKey(0x01, 0x20, bytes.fromhex(SM4_WORK)), f"c300120{SM4_WORK}", "23"),
    (GetSm4Block(0x20, b"660100772688"), "o200660100772688", "6C"),
]
BLOCK = "CD01D6AD8F0A484C52A9364A0595AD60"


# --- Frames ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("body", "wire"), COMMANDS + REPLIES)
def test_golden_frames(body: bytes, wire: str) -> None:
    """Both sides share this codec, so the ten frames were computed by somebody else."""
    assert frame(body) == bytes.fromhex(wire)
    assert FrameReader().feed(bytes.fromhex(wire)) == [Frame(body)]


@pytest.mark.parametrize(("command", "body", "lrc"), LONG)
def test_golden_commands(command: Command, body: str, lrc: str) -> None:
    """Commands with keys are the ones nobody can try twice on a real pad."""
    encoded = command.encode(ZT598)
    assert encoded == body.encode()
    assert frame(encoded)[-2:] == lrc.encode()


def test_golden_length() -> None:
    """The length counts letter and data in decimal."""
    assert frame(LONG[0][0].encode(ZT598))[:4] == b"\x02037"


def test_golden_block_reply() -> None:
    """The reply with an SM4 block is read and written as the example has it."""
    body = b"\x9f0006" + BLOCK.encode()
    assert frame(body)[-2:] == b"AE"
    reply = BlockReply.decode(body[1:])
    assert reply == BlockReply(6, bytes.fromhex(BLOCK))
    assert reply.encode() == body[1:]


pieces = st.lists(
    st.one_of(
        st.binary(min_size=1, max_size=60).map(Frame),
        st.integers(0, 255).filter(lambda byte: byte != 2).map(Key),
    ),
    max_size=12,
)


@given(events=pieces, data=st.data())
def test_any_cut(events: list[Event], data: Any) -> None:
    """However a line cuts the stream, the same comes out, with 02 and 03 in bodies too."""
    stream = b"".join(
        frame(each.body) if isinstance(each, Frame) else bytes((each.byte,))
        for each in events
        if not isinstance(each, Noise)
    )
    reader = FrameReader()
    found: list[Event] = []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += reader.feed(stream[:size])
        stream = stream[size:]
    assert found == events
    assert not reader.halfway


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_bounded(chunks: list[bytes]) -> None:
    """A line that babbles costs no memory: never more is kept than one frame can be."""
    reader = FrameReader()
    total = 0
    for chunk in chunks:
        events = reader.feed(chunk)
        total += len(chunk)
        for event in events:
            total -= len(frame(event.body)) if isinstance(event, Frame) else 1
            total -= event.count - 1 if isinstance(event, Noise) else 0
        assert 0 <= total < MOST_BODY + 7
    left = reader.give_up()
    assert (left.count if left else 0) == total


@pytest.mark.parametrize(
    "broken",
    [
        b"\x02001e\x0358",  # LRC
        b"\x02002e\x0354",  # length one too long, then something else
        b"\x02000e\x0356",  # no body
        b"\x02 01e\x0357",  # no number
        b"\x020",  # half, and then the next
    ],
)
def test_broken_frames_are_no_keys(broken: bytes) -> None:
    """A digit in a broken frame is one that nobody pressed; reading goes on at the next frame."""
    reader = FrameReader()
    events = reader.feed(broken + frame(b"\x63text") * 2)
    assert not any(isinstance(each, Key) for each in events)
    assert events[-1] == Frame(b"\x63text")
    assert any(isinstance(each, Noise) for each in events)


def test_half_a_frame_is_given_up() -> None:
    """The rest of a frame that never comes must not swallow what comes instead."""
    reader = FrameReader()
    assert reader.feed(b"\x02037123") == []
    assert reader.halfway
    assert reader.give_up() == Noise(7)
    assert reader.give_up() is None
    assert reader.feed(b"5\x0d") == [Key(0x35), Key(0x0D)]


@pytest.mark.parametrize("size", [0, MOST_BODY + 1])
def test_bodies_have_a_length(size: int) -> None:
    """A frame of 999 and more is written in a way that the two public drivers don't share."""
    with pytest.raises(EncodingError):
        frame(bytes(size))
    assert FrameReader().feed(frame(bytes(MOST_BODY))) == [Frame(bytes(MOST_BODY))]


def test_nothing_is_shown() -> None:
    """A digit of a PIN is a key and a key of the pad is in a body, so reprs show neither."""
    shown = repr([Key(0x37), Frame(b"1" + KEY.encode()), LONG[0][0], LONG[1][0]])
    assert "55" not in shown
    assert "37" not in shown
    assert KEY[:8] not in shown
    secrets = [LONG[2][0], LONG[3][0], Authenticate(0xA0, bytes.fromhex(KEY))]
    assert "\\x" not in repr(secrets)


# --- Commands -------------------------------------------------------------------------------

MADE = [
    LoadPlainKey(0x00, KeyType.TMK, bytes(24)),
    LoadWrappedKey(0x20, 0x31, KeyType.MAC, bytes(8)),
    LoadWrappedKey.erase(0x31),
    Control(Setting.CLEAR, ClearKey.BACKSPACE),
    Control(Setting.HOLD, 0xF),
    Control(Setting.SECONDS, 255),
    GetPinBlock(0x30, BlockFormat.ISO_0, b"678901234567"),
    StartCipherEntry(ClearKey.BACKSPACE),
    Sm4MasterKey(0x1F, bytes(16)),
    Sm4WorkKey(0x01, 0x20, bytes(16)),
    DeleteSmKey(),
    DeleteSmKey(0x20),
    Authenticate(0xA0, bytes(16)),
    GetSm4Block(0x20, b"660100772688"),
]


def decoded(command: object, body: bytes, switches: Switches) -> object:
    """Read a body by the class of the command it should be."""
    by_switches = LoadPlainKey | LoadWrappedKey | StartCipherEntry | GetPinBlock
    kind: Any = type(command)
    return kind.decode(body, switches) if isinstance(command, by_switches) else kind.decode(body)


@pytest.mark.parametrize("command", MADE, ids=lambda each: type(each).__name__)
def test_there_and_back(command: Command) -> None:
    """What one side writes the other reads: the declaration is one."""
    assert decoded(command, command.encode(ZT598), ZT598) == command


@pytest.mark.parametrize("command", MADE, ids=lambda each: type(each).__name__)
def test_cut_commands_are_refused(command: Command) -> None:
    """A command that ends early, or late, is none: a pad that guessed would load half a key."""
    body = command.encode(ZT598)
    for cut in range(len(body)):
        short = body[:cut]
        if isinstance(command, Authenticate) and cut >= 3 and cut % 2:
            continue  # its data has no length of its own
        with pytest.raises(EncodingError):
            decoded(command, short, ZT598)
    with pytest.raises(EncodingError):
        decoded(command, body + b"0", ZT598)


@pytest.mark.parametrize(
    "body",
    [
        b"5",
        b"5Z00",
        b"50Z0",
        b"5B2",
        b"1" + b"ZZ02" + KEY.encode(),
        b"10152" + KEY.encode(),  # mode 5
        b"10101" + KEY.encode(),  # length of 8 bytes, 16 given
        b"2013042" + KEY.encode(),  # key type 4
        b"c310120" + SM4_WORK.encode(),
        b"n3400",
        b"600019",
        b"610012",
        b"730\x99678901234567",
        b"730 67890123456x",
        b"o201660100772688",
    ],
)
def test_wrong_fields_are_refused(body: bytes) -> None:
    """Each field is looked at, not only counted."""
    kinds: dict[int, Any] = {
        0x31: LoadPlainKey(0, KeyType.TMK, b""),
        0x32: LoadWrappedKey(0, 0, 0, b""),
        0x35: Control(Setting.ACT, 0),
        0x36: StartCipherEntry(),
        0x37: GetPinBlock(),
        0x63: Sm4WorkKey(0, 0, b""),
        0x6E: DeleteSmKey(),
        0x6F: GetSm4Block(0, b""),
    }
    with pytest.raises(EncodingError):
        decoded(kinds[body[0]], body, ZT598)


def test_a_key_has_a_length() -> None:
    """A DES key of another length than one, two or three blocks is a slip of the caller's."""
    with pytest.raises(EncodingError):
        LoadPlainKey(1, KeyType.TMK, bytes(15)).encode(ZT598)


def test_line_hex() -> None:
    """The line's form is set by a character: 0 is 30, 7 is 37 (§3.2.2, §3.2.3)."""
    assert Control(Setting.LINE, LineHex.ASCII).encode(ZT598) == b"5637"


@given(st.binary(max_size=40))
def test_hex_in_both_forms(data: bytes) -> None:
    """A pad set to nibble hex says 3A to 3F for A to F, and is understood without a question."""
    assert from_hex(to_hex(data)) == data
    nibbles = bytes(0x30 + half for byte in data for half in (byte >> 4, byte & 0xF))
    assert from_hex(nibbles) == data


@pytest.mark.parametrize("text", [b"1", b"1G", b"12 34", b"\xff\xff"])
def test_no_hex(text: bytes) -> None:
    """Spaces and odd lengths are no hex, although Python would take some."""
    with pytest.raises(EncodingError):
        from_hex(text)


def test_uid_of_eight_bytes() -> None:
    """An 8-byte UID is sent as 32 hex digits that make single DES of 3DES (§3.2.4)."""
    assert whole_uid(b"\x11" * 8) == b"\x11" * 16
    assert whole_uid(bytes(range(16))) == bytes(range(16))


# --- Replies --------------------------------------------------------------------------------


def test_info_cells() -> None:
    """The cells stand where both public drivers read them (§3.2.3)."""
    cells = {
        0: "DESK 7".ljust(50),
        50: "31" * 24,
        98: "06003CFF040C33370A00",
        118: "FUNCTION",
        126: "ZT598 ",
        132: "1.0",
        135: "2.3",
        138: "2601",
        142: "0042",
    }
    text = "".join(cells.values()).encode()
    assert len(text) == 146
    assert list(cells) == [text.index(each.encode()) for each in cells.values()]
    info = Info.decode(text)
    assert (info.user_text, info.function, info.model) == ("DESK 7", "FUNCTION", "ZT598")
    assert (info.hardware, info.firmware, info.date, info.serial) == ("1.0", "2.3", "2601", "0042")
    assert info.key_codes == b"1" * 24
    assert info.flags == InfoFlag.INPUT_OPEN | InfoFlag.SOUND
    assert info.speed == 9600
    assert info.encode() == text
    with pytest.raises(EncodingError):
        Info.decode(text[:-1])


def test_info_of_unknown_speed() -> None:
    """A speed code that nobody has seen is no speed."""
    info = Info("", bytes(24), bytes(10), "", "", "", "", "", "")
    assert info.speed is None
    with pytest.raises(EncodingError):
        dataclasses.replace(info, settings=b"").encode()


CHECK = bytes.fromhex("08D7B4FB629D0885")


@pytest.mark.parametrize(
    ("data", "form", "check"),
    [
        (b"08D7B4FB629D0885", CheckValue.HEX, CHECK),
        (b"08D7B4FB", CheckValue.HEX, CHECK[:4]),
        (CHECK, CheckValue.RAW, CHECK),
        (CHECK[:4], CheckValue.RAW, CHECK[:4]),
        (b"08D7B4FB629D0885", CheckValue.EITHER, CHECK),
        (b"08=7;4?;", CheckValue.EITHER, CHECK[:4]),
        (CHECK, CheckValue.EITHER, CHECK),
        (b"1234", CheckValue.EITHER, b"1234"),  # raw bytes that look like hex are long enough raw
    ],
)
def test_check_values(data: bytes, form: CheckValue, check: bytes) -> None:
    """Key check values come as hex text or raw, 4 to 8 bytes (§3.2.7)."""
    assert decode_check_value(data, form) == check


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (b"", CheckValue.EITHER),
        (b"08D7", CheckValue.HEX),
        (b"08" * 17, CheckValue.HEX),
        (CHECK, CheckValue.HEX),
        (CHECK[:3], CheckValue.RAW),
        (CHECK + b"\0", CheckValue.EITHER),
    ],
)
def test_no_check_values(data: bytes, form: CheckValue) -> None:
    """Too few bytes to compare would let any key pass."""
    with pytest.raises(EncodingError):
        decode_check_value(data, form)


@pytest.mark.parametrize("code", [*range(0xD0, 0xD9), *range(0xDA, 0xDF), *range(0xE0, 0x100)])
def test_meanings(code: int) -> None:
    """Whoever stands before the pad reads what a code means, in either language."""
    known = meaning(code)
    assert known.zh
    assert known.en
    assert (known == meaning(0xD9)) == (code == 0xF0)


# --- Switches -------------------------------------------------------------------------------


def test_ten_switches() -> None:
    """The reference knows ten differences, each is a field (§3.2.7)."""
    assert len(dataclasses.fields(Switches)) == 10


@pytest.mark.parametrize(
    ("command", "zt588", "zt598"),
    [
        (LoadPlainKey(1, KeyType.TMK, bytes(16)), b"10121", b"10102"),
        (LoadWrappedKey(1, 2, KeyType.PIN, bytes(16)), b"2010232", b"2010232"),
        (
            StartCipherEntry(ClearKey.ALL, 0x30, BlockFormat.ISO_0, 6, b"678901234567"),
            b"630 006678901234567",
            b"600012",
        ),
        (GetPinBlock(0x30, BlockFormat.ISO_0, b"678901234567"), b"7", b"730 678901234567"),
    ],
)
def test_models_write(command: Command, zt588: bytes, zt598: bytes) -> None:
    """Where the models differ each gets its own bytes (§3.2.7)."""
    assert command.encode(ZT588)[: len(zt588)] == zt588
    assert command.encode(ZT598)[: len(zt598)] == zt598
    for switches, body in ((ZT588, command.encode(ZT588)), (ZT598, command.encode(ZT598))):
        assert decoded(command, body, switches) is not None


@pytest.mark.parametrize(("limits", "body"), [(Limits.BYTE, b"550C"), (Limits.DECIMAL, b"5512")])
def test_limits_above_nine(limits: Limits, body: bytes) -> None:
    """Twelve digits are 0C to one pad and 12 to the other; a mix-up cuts a PIN or allows 18."""
    switches = dataclasses.replace(ZT598, limits=limits)
    control = Control.limit(Setting.MOST, 12, switches)
    assert control.encode(switches) == body
    assert Control.decode(body).digits(switches) == 12


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("plain_key_length", "from_0", 0),
        ("wrapped_key_length", "from_0", 0),
        ("plain_key_digit", "type", "type"),
        ("start_entry", "with_account", "with_account"),
        ("get_block", "with_account", "with_account"),
        ("control_3", "mask", "mask"),
        ("limits", "byte", "byte"),
        ("check_value", "raw", "raw"),
    ],
)
def test_overrides(name: str, given: str, value: object) -> None:
    """A pad between the models is described by the switches it has otherwise."""
    assert getattr(switches_of("zt598", {name: given}), name).value == value


@pytest.mark.parametrize(
    ("given", "uid"),
    [
        ("none", None),
        ("public", Secret(b"\x88" * 16)),
        ("11" * 8, Secret(b"\x11" * 8)),
        ("2F" * 16, Secret(b"\x2f" * 16)),
    ],
)
def test_uid(given: str, uid: Secret | None) -> None:
    """The UID is none, the one in open drivers, or a secret of the outlet."""
    assert switches_of("zt598", {"uid": given}).uid == uid


def test_speed() -> None:
    """A pad that was set to another speed is spoken to at that one."""
    assert switches_of("zt588", {"speed": "115200"}).speed == 115200
    assert {switches_of(each.value, {}).speed for each in Model} == {9600}


@pytest.mark.parametrize(
    ("model", "overrides", "hint"),
    [
        ("zt599", {}, "zt588, zt598"),
        ("zt598", {"limit": "byte"}, "is limits meant?"),
        ("zt598", {"colour": "red"}, "no switch colour"),
        ("zt598", {"limits": "hex"}, "byte, decimal"),
        ("zt598", {"speed": "9601"}, "9600"),
        ("zt598", {"get_block": "alone"}, "account"),
        ("zt598", {"uid": "2F2F"}, "32 hex digits"),
        ("zt598", {"uid": "2F" * 15 + "2G"}, "32 hex digits"),
    ],
)
def test_wrong_switches(model: str, overrides: dict[str, str], hint: str) -> None:
    """A wrong switch is said in words that help; a UID with a slip is not quoted."""
    with pytest.raises(ValueError, match=hint) as raised:
        switches_of(model, overrides)
    assert "2F2F" not in str(raised.value)
    assert getattr(raised.value, "zh", "")
