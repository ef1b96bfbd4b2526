"""How long bytes take: on the contacts of a T=0 card, and over the air.

ISO/IEC 7816-3 §7, §10.3; ISO/IEC 14443-3 §6.2 and 14443-4 §7, type A. Both are the least there can
be: what the card computes, what the reader and USB add, is not in them.
"""

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

CARRIER = 13_560_000
AIR_ETU = 128 / CARRIER
"""A bit at 106 kbit/s, the speed every contactless card starts with."""
BITS_PER_BYTE = 9
"""Eight data bits and parity; bytes of a frame follow each other without a pause."""
FRAME_ENDS = 2
"""Bits' time that begin and end a frame."""
BLOCK = 3
"""What stands around a command or an answer in its block: PCB and two bytes CRC; no CID, no NAD."""
BLOCK_LIMIT = 256 - BLOCK
"""What one block of the greatest frame holds; more is chained."""
TURN = 1172 / CARRIER
"""The least pause between a frame and the one that answers it."""

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
    """Give the least time on the contacts: bytes × 12 etu, one etu being 1 ÷ baud."""
    return bytes_on_wire(exchanges) * ETU_PER_BYTE / baud


def seconds_in_the_air(exchanges: Iterable[Exchange]) -> float:
    """Give the least time at 106 kbit/s: each command and each answer is a block of its own."""
    total = 0.0
    for exchange in exchanges:
        for content in exchange:
            assert len(content) <= BLOCK_LIMIT, "chained; not counted here"
            bits = (len(content) + BLOCK) * BITS_PER_BYTE + FRAME_ENDS
            total += bits * AIR_ETU + TURN
    return total
