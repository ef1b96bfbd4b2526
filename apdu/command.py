"""Command APDUs, cases 1 to 4, short and extended (ISO/IEC 7816-3 §12.1)."""

from __future__ import annotations

from dataclasses import dataclass

from apdu.errors import EncodingError

SHORT_LIMIT = 255
"""Most data bytes of a short command."""
SHORT_ANSWER_LIMIT = 256
"""Most answer bytes a short command can ask for (Le = 00)."""
EXTENDED_LIMIT = 65_535
EXTENDED_ANSWER_LIMIT = 65_536


def encode(cla: int, ins: int, p1: int, p2: int, data: bytes = b"", le: int | None = None) -> bytes:
    """Encode a command, short where it fits, extended where it must be.

    ``le`` counts the answer bytes wanted: None for none, 256 (short) or 65,536 (extended)
    for "all there are". Raises EncodingError where a number does not fit its place.

    Kept a plain function on plain numbers: it runs once for every command sent.
    """
    lc = len(data)
    try:
        if lc <= SHORT_LIMIT and (le is None or 1 <= le <= SHORT_ANSWER_LIMIT):
            if le is None:
                if lc:
                    return bytes((cla, ins, p1, p2, lc)) + data
                return bytes((cla, ins, p1, p2))
            if lc:
                return b"%b%b%c" % (bytes((cla, ins, p1, p2, lc)), data, le & 0xFF)
            return bytes((cla, ins, p1, p2, le & 0xFF))
        return _encode_extended(cla, ins, p1, p2, data, le)
    except ValueError as error:
        if isinstance(error, EncodingError):
            raise
        raise EncodingError(f"a header byte is out of range: {cla, ins, p1, p2}") from error


def _encode_extended(cla: int, ins: int, p1: int, p2: int, data: bytes, le: int | None) -> bytes:
    if len(data) > EXTENDED_LIMIT:
        raise EncodingError(f"{len(data)} data bytes; a command carries {EXTENDED_LIMIT} at most")
    if le is not None and not 1 <= le <= EXTENDED_ANSWER_LIMIT:
        raise EncodingError(f"Le {le} is not 1 to {EXTENDED_ANSWER_LIMIT}")
    encoded = bytes((cla, ins, p1, p2, 0))
    if data:
        encoded += len(data).to_bytes(2, "big") + data
    if le is not None:
        encoded += (le & 0xFFFF).to_bytes(2, "big")
    return encoded


@dataclass(frozen=True, slots=True, repr=False)
class Command:
    """One command APDU.

    ``le`` is the number of answer bytes wanted, None for none; ``extended`` tells how it
    stood on the wire, so that decoding and encoding again gives the same bytes.
    """

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None
    extended: bool = False

    @property
    def case(self) -> int:
        """Tell the case of ISO/IEC 7816-3: 1 nothing, 2 answer, 3 data, 4 both."""
        return 1 + (self.le is not None) + 2 * bool(self.data)

    def encode(self) -> bytes:
        """Encode for the wire; raises EncodingError where a number does not fit."""
        if self.extended and (self.data or self.le is not None):
            return _encode_extended(self.cla, self.ins, self.p1, self.p2, self.data, self.le)
        return encode(self.cla, self.ins, self.p1, self.p2, self.data, self.le)

    @classmethod
    def decode(cls, raw: bytes) -> Command:
        """Parse strictly: each byte has its place, none is left over.

        Raises EncodingError where the length bytes and the length do not agree.
        """
        size = len(raw)
        if size < 4:
            raise EncodingError(f"a command has at least 4 bytes, this one {size}")
        cla, ins, p1, p2 = raw[0], raw[1], raw[2], raw[3]
        if size == 4:
            return cls(cla, ins, p1, p2)
        if size == 5:
            return cls(cla, ins, p1, p2, b"", raw[4] or SHORT_ANSWER_LIMIT)
        lc = raw[4]
        if lc:
            if size == 5 + lc:
                return cls(cla, ins, p1, p2, raw[5:])
            if size == 6 + lc:
                return cls(cla, ins, p1, p2, raw[5:-1], raw[-1] or SHORT_ANSWER_LIMIT)
            raise EncodingError(f"Lc {lc} does not agree with {size} bytes")
        return cls._decode_extended(raw)

    @classmethod
    def _decode_extended(cls, raw: bytes) -> Command:
        cla, ins, p1, p2 = raw[0], raw[1], raw[2], raw[3]
        size = len(raw)
        if size == 6:
            raise EncodingError("one byte after a zero Lc is neither short nor extended")
        length = int.from_bytes(raw[5:7], "big")
        if size == 7:
            return cls(cla, ins, p1, p2, b"", length or EXTENDED_ANSWER_LIMIT, extended=True)
        if length and size == 7 + length:
            return cls(cla, ins, p1, p2, raw[7:], extended=True)
        if length and size == 9 + length:
            le = int.from_bytes(raw[-2:], "big") or EXTENDED_ANSWER_LIMIT
            return cls(cla, ins, p1, p2, raw[7:-2], le, extended=True)
        raise EncodingError(f"extended Lc {length} does not agree with {size} bytes")

    def __repr__(self) -> str:
        """Show the header only: data may be secret."""
        return f"{self.cla:02X}{self.ins:02X}{self.p1:02X}{self.p2:02X}"
