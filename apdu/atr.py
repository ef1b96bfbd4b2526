"""Answer to reset (ISO/IEC 7816-3 §8) and what PC/SC makes of a contactless card's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import xor

from apdu.errors import EncodingError

MAX_SIZE = 33


@dataclass(frozen=True, slots=True)
class Atr:
    """Hold an answer to reset, taken apart.

    ``protocols`` are the T numbers in the order offered; ``interface_bytes`` all TA…TD.
    """

    raw: bytes
    interface_bytes: bytes
    historical: bytes
    protocols: tuple[int, ...]

    @property
    def contactless(self) -> bool:
        """Tell whether PC/SC part 3 built this ATR for an ISO/IEC 14443-4 card.

        Such an ATR is 3B 8n 80 01, n historical bytes, TCK: T=0 and T=1 offered, no TA, TB
        or TC (reference social-security-card.md §7).
        """
        return (
            self.raw[0] == 0x3B
            and self.raw[1] & 0xF0 == 0x80
            and (self.interface_bytes == b"\x80\x01")
        )

    @classmethod
    def decode(cls, raw: bytes) -> Atr:
        """Parse strictly; raises EncodingError where bytes are missing, left over or TCK fails."""
        if len(raw) < 2:
            raise EncodingError(f"an ATR has at least 2 bytes, this one {len(raw)}")
        if len(raw) > MAX_SIZE:
            raise EncodingError(f"an ATR has at most {MAX_SIZE} bytes, this one {len(raw)}")
        if raw[0] not in {0x3B, 0x3F}:
            raise EncodingError(f"TS {raw[0]:02X} is neither 3B nor 3F")
        count = raw[1] & 0x0F
        follow = raw[1] >> 4
        at = 2
        protocols: list[int] = []
        while follow:
            at += (follow & 7).bit_count()
            if not follow & 8:
                break
            if at >= len(raw):
                raise EncodingError("interface bytes are cut off")
            protocols.append(raw[at] & 0x0F)
            follow = raw[at] >> 4
            at += 1
        interface_bytes = raw[2:at]
        # T=15 qualifies global bytes and is no protocol; none named means T=0.
        offered = tuple(dict.fromkeys(t for t in protocols if t != 15)) or (0,)
        check = 1 if any(protocols) else 0
        if len(raw) != at + count + check:
            raise EncodingError(f"{len(raw)} bytes where {at + count + check} are announced")
        if check and reduce(xor, raw[1:]):
            raise EncodingError("TCK does not fit")
        return cls(raw, interface_bytes, raw[at : at + count], offered)


def contact_atr(historical: bytes) -> bytes:
    """Build the contact ATR that social security cards have: 3B 6n 00 00, T=0, no TCK (§7)."""
    return bytes((0x3B, 0x60 | len(historical), 0x00, 0x00)) + historical


def contactless_atr(historical: bytes) -> bytes:
    """Build the ATR that PC/SC part 3 §3.1.3.2.3 gives an ISO/IEC 14443-4 card."""
    body = bytes((0x80 | len(historical), 0x80, 0x01)) + historical
    return b"\x3b" + body + bytes((reduce(xor, body),))
