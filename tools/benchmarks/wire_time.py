"""How long bytes take on the contacts of a T=0 card (ISO/IEC 7816-3 §7, §10.3)."""

from __future__ import annotations

from collections.abc import Iterable

ETU_PER_BYTE = 12
"""Start bit, eight data bits, parity, and a guard time of two: the least there may be between
the leading edges of two bytes of T=0. Cards and readers may take more; error repeats do."""

HEADER = 5
STATUS = 2
PROCEDURE = 1
"""Where data crosses, in either direction, the card first sends INS as procedure byte; without
data its procedure byte is SW1 itself, which stands among the status bytes (§10.3.3)."""

BAUDS = (9_600, 115_200)
"""The speed every card starts with, and what a common PPS makes of it."""

Exchange = tuple[bytes, bytes]
"""A TPDU as sent (header, perhaps data) and the answer (perhaps data, status word)."""


def bytes_on_wire(exchanges: Iterable[Exchange]) -> int:
    """Count what crosses the contacts: header, procedure byte, data, status word."""
    total = 0
    for sent, answered in exchanges:
        data = len(sent) - HEADER + len(answered) - STATUS
        total += HEADER + (PROCEDURE if data else 0) + data + STATUS
    return total


def seconds(exchanges: Iterable[Exchange], baud: int) -> float:
    """Give the least time on the wire: bytes × 12 etu, one etu being 1 ÷ baud.

    What the card computes, what the reader and USB add, is not in it.
    """
    return bytes_on_wire(exchanges) * ETU_PER_BYTE / baud
