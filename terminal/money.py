"""Money at the edge: inside it is whole fen, a person writes and reads yuan."""

from __future__ import annotations

import re

_YUAN = re.compile(r"([0-9]{1,7})(?:\.([0-9]{1,2}))?")


def parse_yuan(text: str) -> int:
    """Read an amount in yuan, like 50 or 50.5, as fen; raises ValueError.

    Whole fen, ASCII digits, seven of them before the point at most, no sign.
    """
    found = _YUAN.fullmatch(text)
    if found is None:
        raise ValueError(f"no amount in yuan: {text!r}")
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def yuan(fen: int) -> str:
    """Write fen as yuan with two decimals: -150 is -1.50."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole}.{rest:02}"
