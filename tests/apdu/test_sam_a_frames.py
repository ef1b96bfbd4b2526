"""The SAM-A's frames against the frames of the reference, and against bad lines.

Reference counter-devices.md §6.1 to §6.4; every frame is written out.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.errors import EncodingError
from apdu.sam_a_frames import (
    Damage,
    Damaged,
    DeviceFrame,
    FrameReader,
    HostFrame,
    Noise,
)

HOST = [
    (b"\x10\xff", b"", "AA AA AA 96 69 00 03 10 FF EC"),
    (b"\x11\xff", b"", "AA AA AA 96 69 00 03 11 FF ED"),
    (b"\x12\xff", b"", "AA AA AA 96 69 00 03 12 FF EE"),
    (b"\x20\x01", b"", "AA AA AA 96 69 00 03 20 01 22"),
    (b"\x20\x02", b"", "AA AA AA 96 69 00 03 20 02 21"),
    (b"\x30\x01", b"", "AA AA AA 96 69 00 03 30 01 32"),
    (b"\x30\x03", b"", "AA AA AA 96 69 00 03 30 03 30"),
    (b"\x30\x10", b"", "AA AA AA 96 69 00 03 30 10 23"),
    (b"\x60\x00", b"", "AA AA AA 96 69 00 03 60 00 63"),
    (b"\x60\x04", b"", "AA AA AA 96 69 00 03 60 04 67"),
    (b"\x61\xff", b"\x58", "AA AA AA 96 69 00 04 61 FF 58 C2"),
]
DEVICE = [
    (0x9F, bytes(4), "AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97"),
    (0x90, bytes(8), "AA AA AA 96 69 00 0C 00 00 90 00 00 00 00 00 00 00 00 9C"),
    (0x80, b"", "AA AA AA 96 69 00 04 00 00 80 84"),
    (0x81, b"", "AA AA AA 96 69 00 04 00 00 81 85"),
    (0x41, b"", "AA AA AA 96 69 00 04 00 00 41 45"),
    (0x91, b"", "AA AA AA 96 69 00 04 00 00 91 95"),
]
GOOD = bytes.fromhex(DEVICE[2][2])
NO_CARD = DeviceFrame(0x80)


@pytest.mark.parametrize(("code", "data", "wire"), HOST)
def test_golden_commands(code: bytes, data: bytes, wire: str) -> None:
    """Both sides share this codec, so the frames were computed by somebody else (§6.2)."""
    frame = HostFrame(code, data)
    assert frame.encode() == bytes.fromhex(wire)
    assert FrameReader(HostFrame).feed(bytes.fromhex(wire)) == [frame]


@pytest.mark.parametrize(("status", "data", "wire"), DEVICE)
def test_golden_answers(status: int, data: bytes, wire: str) -> None:
    """The same for the answers (§6.2, §6.4)."""
    frame = DeviceFrame(status, data)
    assert frame.encode() == bytes.fromhex(wire)
    assert FrameReader(DeviceFrame).feed(bytes.fromhex(wire)) == [frame]


@pytest.mark.parametrize(("size", "length", "total"), [(1284, "0508", 1295), (2310, "090A", 2321)])
def test_golden_lengths(size: int, length: str, total: int) -> None:
    """The two long answers are the ones where a wrong count would be seen on no short one."""
    wire = DeviceFrame(0x90, bytes(size)).encode()
    assert wire[5:7].hex().upper() == length
    assert len(wire) == total
    assert FrameReader(DeviceFrame).feed(wire) == [DeviceFrame(0x90, bytes(size))]


frames = st.builds(
    DeviceFrame, st.integers(0, 255), st.binary(max_size=60), st.just(b"\0\0")
) | st.just(DeviceFrame(0x90, b"\xaa\xaa\xaa\x96\x69\x00\x04"))


@given(sent=st.lists(frames, max_size=6), data=st.data())
def test_any_cut(sent: list[DeviceFrame], data: Any) -> None:
    """However a line cuts the stream, the same comes out, with a preamble inside data too."""
    stream = b"".join(each.encode() for each in sent)
    reader = FrameReader(DeviceFrame)
    found: list[object] = []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += reader.feed(stream[:size])
        stream = stream[size:]
    assert found == sent
    assert not reader.halfway


@given(chunks=st.lists(st.binary(max_size=80) | st.just(b"\xaa\xaa\x96\x69"), max_size=30))
def test_bounded_and_counted(chunks: list[bytes]) -> None:
    """A line that babbles costs no memory: what is kept is the beginning of one frame at most."""
    reader = FrameReader(DeviceFrame)
    left = 0
    for chunk in chunks:
        left += len(chunk)
        for event in reader.feed(chunk):
            left -= len(event.encode()) if isinstance(event, DeviceFrame) else event.count
        assert 0 <= left < 2321 + 80
    rest = reader.give_up()
    assert (rest.count if rest else 0) == left


@given(rubbish=st.binary(max_size=40).filter(lambda each: b"\xaa\xaa\xaa\x96\x69" not in each))
def test_after_rubbish(rubbish: bytes) -> None:
    """Whatever a line says before, also pieces of a preamble, the next frame is found."""
    events = FrameReader(DeviceFrame).feed(rubbish + GOOD)
    assert events[-1] == NO_CARD
    assert sum(each.count for each in events[:-1] if isinstance(each, Noise)) == len(rubbish)


@pytest.mark.parametrize("byte", range(len(GOOD)))
def test_a_disturbed_byte_is_seen(byte: int) -> None:
    """One wrong bit anywhere, and the frame is none; the next one is read again."""
    wire = bytearray(GOOD)
    wire[byte] ^= 0x08
    reader = FrameReader(DeviceFrame)
    events = reader.feed(bytes(wire) + GOOD)
    for _ in range(200):  # a Len too long waits for as much, and swallows what comes
        events += reader.feed(GOOD) if reader.halfway else []
    assert NO_CARD in events
    assert any(isinstance(each, Damaged | Noise) for each in events)


@pytest.mark.parametrize(
    ("wire", "damage"),
    [
        ("AA AA AA 96 69 00 04 00 00 80 85", Damage.CHECK),
        ("AA AA AA 96 69 00 03 00 00 83", Damage.LENGTH),
        ("AA AA AA 96 69 00 00 80 84", Damage.LENGTH),
        ("AA AA AA 96 69 09 0B 00 00 80 84", Damage.LENGTH),
        ("AA AA AA 96 69 FF FF 00 00 80 84", Damage.LENGTH),
    ],
)
def test_what_is_wrong_is_told(wire: str, damage: Damage) -> None:
    """A module answers a wrong checksum and a wrong length each in its way, so they are told."""
    events = FrameReader(DeviceFrame).feed(bytes.fromhex(wire) + GOOD)
    assert isinstance(events[0], Damaged)
    assert events[0].damage is damage
    assert events[-1] == NO_CARD


def test_half_a_frame_is_given_up() -> None:
    """The rest of a frame that never comes must not swallow what comes instead."""
    reader = FrameReader(DeviceFrame)
    assert reader.feed(bytes.fromhex("AA AA AA 96 69 05 08 00 00 90")) == []
    assert reader.halfway
    assert reader.give_up() == Noise(10)
    assert reader.give_up() is None
    assert reader.feed(GOOD) == [NO_CARD]


def test_a_host_frame_is_no_answer() -> None:
    """A line that echoes leads to no reader: our own command is too short for an answer."""
    events = FrameReader(DeviceFrame).feed(HostFrame(b"\x20\x01").encode())
    assert events
    assert not any(isinstance(each, DeviceFrame) for each in events)


def test_what_cannot_be_written() -> None:
    """A frame that no module would take is a mistake of ours, told at once."""
    for wrong in (HostFrame(b"\x20"), HostFrame(b"\x20\x01", bytes(300))):
        with pytest.raises(EncodingError):
            wrong.encode()
    with pytest.raises(EncodingError):
        DeviceFrame(0x90, bytes(2311)).encode()


def test_nothing_is_shown() -> None:
    """Data is somebody's identity, so a repr has its size only."""
    shown = repr([DeviceFrame(0x90, b"\x4b\x6d"), HostFrame(b"\x61\xff", b"\x58")])
    assert shown == "[DeviceFrame(90, 2 bytes), HostFrame(61 FF, 1 bytes)]"
