"""``fci``: take the FCI of a third-generation card apart, ours beside yubikit's.

yubikit cuts one level at a time and is asked for the two that a reader needs; ours gives the
whole tree at once, with what is needed to write it again.
"""

from __future__ import annotations

from apdu import tlv
from benchmarks.measure import Entry, Gate, Unavailable, in_turn
from benchmarks.stage import Stage

ROUNDS = 41
TIMES = 2000
FCI = bytes.fromhex("6F1C840F7378312E73682EC9E7BBE1B1A3D5CFA50988011E9F0C03860103")
"""As two third-generation cards answered (reference social-security-card.md §1.3)."""


def run(rounds: int | None, _stage: Stage) -> list[Entry]:
    """Parse the same FCI both ways."""
    try:
        from yubikit.core import Tlv  # noqa: PLC0415  not ours to require
    except ImportError as missing:
        raise Unavailable("yubikey-manager is not installed (extra: bench)") from missing

    def ours() -> None:
        for _ in range(TIMES):
            tlv.parse(FCI)

    def theirs() -> None:
        for _ in range(TIMES):
            Tlv.parse_dict(Tlv.parse_dict(Tlv.unpack(0x6F, FCI))[0xA5])

    named = tlv.find(tlv.parse(FCI), 0x6F, 0xA5, 0x9F0C)
    assert named is not None
    assert named.value == Tlv.parse_dict(Tlv.parse_dict(Tlv.unpack(0x6F, FCI))[0xA5])[0x9F0C]
    pairs = in_turn(ours, theirs, rounds or ROUNDS)
    ours_us, theirs_us = pairs.each(TIMES)
    return [
        Entry(
            "fci",
            "time of a two-level FCI: ours, the whole tree ÷ yubikit's Tlv, two levels",
            pairs.ratio,
            Gate("<", 1.0),
            {"ours_us": ours_us, "yubikit_us": theirs_us},
        )
    ]
