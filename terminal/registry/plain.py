"""Text that shows what it holds: nothing that writes other lines, or turns them around."""

from __future__ import annotations

import unicodedata

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Not the private use area: rare characters in names stand there."""


def is_plain(text: str) -> bool:
    """Say whether a list that is read later shows the text as it is."""
    return text.isprintable() or all(unicodedata.category(each) not in _UNSEEN for each in text)
