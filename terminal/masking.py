"""Personal data as a type that does not show by accident."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar, final

T = TypeVar("T")


@final
class Masked(Generic[T]):
    """Hold a personal value; text forms show it masked, ``reveal()`` gives it.

    ``mask`` makes the shown form from the value's text.
    """

    __slots__ = ("_mask", "_value")

    def __init__(self, value: T, mask: Callable[[str], str]) -> None:
        self._value = value
        self._mask = mask

    def reveal(self) -> T:
        """Give the value; whoever calls this has a reason on record."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Masked) and self._value == other._value

    def __hash__(self) -> int:
        return hash(("Masked", self._value))

    def __str__(self) -> str:
        return self._mask(str(self._value))

    def __repr__(self) -> str:
        return f"Masked({self})"

    def __format__(self, specification: str) -> str:
        return format(str(self), specification)

    def __reduce__(self) -> str:
        raise TypeError("a masked value is not pickled")


def mask_name(text: str) -> str:
    """Show the first character of a name: 测**."""
    return text[:1] + "*" * (len(text) - 1)


def mask_number(text: str) -> str:
    """Show the last four characters of a number; of a short one none.

    Chips pad a number with F: what fills it up tells no two apart, so it stands behind.
    """
    number = text.rstrip("F")
    shown = number[-4:] if len(number) > 4 else ""
    return "*" * (len(number) - len(shown)) + shown + text[len(number) :]


def mask_day(text: str) -> str:
    """Show no digit of a birth date.

    Birthplace, birth date and the last four digits together would be the whole id number.
    """
    return "".join("*" if each.isdigit() else each for each in text)
