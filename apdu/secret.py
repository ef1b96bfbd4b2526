"""Bytes that must not be shown by accident."""

from __future__ import annotations

from typing import final


@final
class Secret:
    """Hold key material whose text forms are all masked.

    ``reveal()`` is the one way to the bytes. Comparing is allowed, showing, formatting and
    pickling are not. (Python copies bytes, so wiping is best effort; keys that must not be
    in memory stay in a SAM or a token.)
    """

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = bytes(value)

    def reveal(self) -> bytes:
        """Give the bytes to a cipher."""
        return self._value

    def __len__(self) -> int:
        return len(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(("Secret", self._value))

    def __repr__(self) -> str:
        return f"Secret(<{len(self._value)} bytes>)"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")
