"""Command APDUs: ISO/IEC 7816-3's four cases, short and extended, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.command import Command, encode
from apdu.errors import EncodingError

BYTE = st.integers(0, 255)
BODY = st.one_of(st.binary(max_size=300), st.binary(min_size=65_000, max_size=65_535))
LE = st.one_of(st.none(), st.integers(1, 300), st.integers(65_000, 65_536))


@pytest.mark.parametrize(
    ("encoded", "command", "case"),
    [
        ("00A40000", Command(0, 0xA4, 0, 0), 1),
        ("00B2010412", Command(0, 0xB2, 1, 4, le=0x12), 2),
        ("00B2010400", Command(0, 0xB2, 1, 4, le=256), 2),
        ("00A4020002EF05", Command(0, 0xA4, 2, 0, b"\xef\x05"), 3),
        ("00A4000002DF0100", Command(0, 0xA4, 0, 0, b"\xdf\x01", 256), 4),
        ("00B00000000000", Command(0, 0xB0, 0, 0, le=65_536, extended=True), 2),
        ("00B00000001000", Command(0, 0xB0, 0, 0, le=0x1000, extended=True), 2),
        ("00D60000000001AA", Command(0, 0xD6, 0, 0, b"\xaa", extended=True), 3),
        ("00D60000000001AA0102", Command(0, 0xD6, 0, 0, b"\xaa", 0x0102, extended=True), 4),
    ],
)
def test_forms_of_the_standard(encoded: str, command: Command, case: int) -> None:
    """Each form has one encoding, and that is what readers and cards expect."""
    assert command.encode().hex().upper() == encoded
    assert Command.decode(bytes.fromhex(encoded)) == command
    assert command.case == case


@given(cla=BYTE, ins=BYTE, p1=BYTE, p2=BYTE, data=BODY, le=LE)
def test_what_is_encoded_is_decoded(
    cla: int, ins: int, p1: int, p2: int, data: bytes, le: int | None
) -> None:
    """Terminal and emulator must agree on every command that can be said."""
    raw = encode(cla, ins, p1, p2, data, le)
    decoded = Command.decode(raw)
    assert (decoded.cla, decoded.ins, decoded.p1, decoded.p2) == (cla, ins, p1, p2)
    assert (decoded.data, decoded.le) == (data, le)
    assert decoded.encode() == raw


@given(st.binary(max_size=600))
def test_decoding_is_strict(raw: bytes) -> None:
    """Bytes are a command as a whole or not at all: what decodes encodes to the same bytes."""
    try:
        decoded = Command.decode(raw)
    except EncodingError:
        return
    assert decoded.encode() == raw


@pytest.mark.parametrize(
    "raw", ["", "00", "00A400", "00A4000000FF", "00A4000003EF05", "00A4000002EF050000"]
)
def test_what_is_no_command(raw: str) -> None:
    """Lengths that lie are refused; the emulator answers 6700 to them."""
    with pytest.raises(EncodingError):
        Command.decode(bytes.fromhex(raw))


@pytest.mark.parametrize(
    ("data", "le"), [(bytes(65_536), None), (b"", 0), (b"", 65_537), (b"", -1)]
)
def test_what_fits_no_command(data: bytes, le: int | None) -> None:
    """A programmer's wrong number must not become a wrong command on a card."""
    with pytest.raises(EncodingError):
        encode(0, 0xB0, 0, 0, data, le)


@pytest.mark.parametrize("header", [(256, 0, 0, 0), (0, -1, 0, 0), (0, 0, 0, 1000)])
def test_header_bytes_are_bytes(header: tuple[int, int, int, int]) -> None:
    """A record number of 256 must not wrap to the current record."""
    with pytest.raises(EncodingError):
        encode(*header)


def test_text_form_hides_data() -> None:
    """A command in a log must not show the PIN it carries."""
    assert str(Command(0, 0x20, 0, 0, b"\x12\x34\x56")) == "00200000"
