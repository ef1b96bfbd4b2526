"""Response APDUs: data and a status word (ISO/IEC 7816-3 §12.1)."""

from __future__ import annotations

from typing import NamedTuple

from apdu.errors import EncodingError


class Response(NamedTuple):
    """Hold what a card answered.

    A named tuple and no dataclass: one is made for every command sent, and this one costs
    a third (tools/bench, row "codec").
    """

    data: bytes
    sw: int
    """Status word, SW1 in the high byte."""

    @property
    def ok(self) -> bool:
        """Tell whether the card answered 9000."""
        return self.sw == 0x9000

    def encode(self) -> bytes:
        """Encode for the wire."""
        return self.data + self.sw.to_bytes(2, "big")

    def __repr__(self) -> str:
        """Show the length only: data may be personal."""
        return f"Response({len(self.data)} bytes, sw={self.sw:04X})"


def parse_response(raw: bytes) -> Response:
    """Split an answer into data and status word; raises EncodingError under 2 bytes."""
    if len(raw) < 2:
        raise EncodingError(f"an answer has at least 2 bytes, this one {len(raw)}")
    return Response(raw[:-2], raw[-2] << 8 | raw[-1])
