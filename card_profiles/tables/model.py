"""Say what a code table is: a named standard and its entries, found by code."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """Name what one code stands for.

    ``en`` is None where the standard gives no English or Roman name. ``withdrawn`` marks a code
    that is no longer in force: a card may still carry it, a form must not offer it.
    """

    code: str
    zh: str
    en: str | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class CodeTable:
    """Look codes of one standard up.

    Iterating yields the entries in the order of the standard; ``in`` and ``lookup`` take a code.
    A code is a string with its leading zeros, never a number. ``entries`` is called at each use,
    so that a table kept in a file is read when first asked, not when imported; a loader caches.
    """

    name: str
    standard: str
    entries: Callable[[], Mapping[str, CodeEntry]] = field(repr=False, compare=False)

    def lookup(self, code: str) -> CodeEntry | None:
        """Return the entry of exactly this code, or None if the table has none."""
        return self.entries().get(code)

    def codes(self) -> tuple[str, ...]:
        """Return all codes in table order, withdrawn ones included."""
        return tuple(self.entries())

    def __contains__(self, code: object) -> bool:
        return code in self.entries()

    def __iter__(self) -> Iterator[CodeEntry]:
        return iter(self.entries().values())

    def __len__(self) -> int:
        return len(self.entries())


def by_code(entries: Iterable[CodeEntry]) -> Mapping[str, CodeEntry]:
    """Index entries by code, read-only and in the given order.

    Raises ValueError if a code occurs twice.
    """
    index: dict[str, CodeEntry] = {}
    for entry in entries:
        if entry.code in index:
            raise ValueError(f"code {entry.code} occurs twice")
        index[entry.code] = entry
    return MappingProxyType(index)
