"""Where a card's random bytes come from: a script first, then the system."""

from __future__ import annotations

import secrets
from collections.abc import Iterable


class Randomness:
    """Give the bytes of a script in their order, and true random bytes when it is used up."""

    def __init__(self, script: Iterable[bytes] = ()) -> None:
        self._script = b"".join(script)

    def take(self, count: int) -> bytes:
        """Take the next bytes."""
        scripted, self._script = self._script[:count], self._script[count:]
        return scripted + secrets.token_bytes(count - len(scripted))
