"""The port behind which every reader of identity documents 身份证阅读器 stands.

A document is laid on the reader, read once, and lifted: one that stays there is not found a second
time (reference counter-devices.md §6.4). What was read is a person's, so nothing of it is shown in
a repr.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from apdu.sam_a_areas import Finger
from terminal.rules.documents import DocumentKind

Waiting = Callable[[float], None]
"""Be told, again and again while no document is there, how many seconds are left."""


@dataclass(frozen=True, slots=True)
class IdReaderInfo:
    """Say which reader it is: the 16 bytes of its module's number."""

    number: bytes


@dataclass(frozen=True, slots=True)
class IdReaderHealth:
    """Say how the reader is: whether its module works, and whether it may read documents."""

    working: bool
    authorised: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IdDocument:
    """Hold what a document's chip says; an item that its kind does not have is empty.

    ``sex`` is 1 or 2 (GB/T 2261.1), ``nation`` the code of the ethnic group (GB/T 3304),
    ``nationality`` three letters (GB/T 2659). ``valid_until`` None is 长期, without end.
    ``pass_number`` is that of the travel permit of a resident of Hong Kong, Macau or Taiwan.
    ``text`` are the 256 bytes as they came; ``photo`` is compressed in a way that is not public.
    """

    kind: DocumentKind
    name: str = field(default="", repr=False)
    english_name: str = field(default="", repr=False)
    name_cut: bool = False
    """Whether the name fills its cell, so that the document may show a longer one (R-FIN-CHECK)."""
    sex: str = field(default="", repr=False)
    nation: str = field(default="", repr=False)
    nationality: str = field(default="", repr=False)
    birth: date = field(repr=False)
    printed_address: str = field(default="", repr=False)
    """What stands on the document."""
    newest_address: str = field(default="", repr=False)
    """What was written into it later, or the rest of an address that is longer than its cell."""
    address_goes_on: bool = False
    """Whether the printed address fills its cell, so that the newest one continues it."""
    number: str = field(default="", repr=False)
    authority: str = field(default="", repr=False)
    valid_from: date = field(repr=False)
    valid_until: date | None = field(repr=False)
    pass_number: str = field(default="", repr=False)
    text: bytes = field(repr=False)
    photo: bytes = field(repr=False)
    fingers: tuple[Finger, ...] = field(default=(), repr=False)

    @property
    def address(self) -> str:
        """Give the address that counts: the newest, behind the printed one where that goes on."""
        if self.address_goes_on:
            return self.printed_address + self.newest_address
        return self.newest_address or self.printed_address


class IdReader(Protocol):
    """Be a reader. It is used by one thread; another may call :meth:`cancel`.

    Every method raises IdReaderMissing where the reader cannot be opened, IdReaderGone where it
    goes in the middle, IdReaderSilent and IdReaderGarbled for no answers and none that are, and
    IdReaderRefused for what the reader says itself. After any of them the next call opens the
    reader again where that is needed.
    """

    def info(self) -> IdReaderInfo:
        """Ask which reader it is."""
        ...

    def self_test(self) -> IdReaderHealth:
        """Ask how it is; a reader that may not read is an answer here, no error."""
        ...

    def read(self, seconds: float, waiting: Waiting, *, fingers: bool = False) -> IdDocument:
        """Wait so long for a document, and read it with its newest address.

        ``fingers`` asks for the fingerprints as well, which takes longer. Raises IdDocumentAbsent,
        IdDocumentWrong, IdDocumentUnreadable, IdReaderUnauthorised and IdReadCancelled.
        """
        ...

    def cancel(self) -> None:
        """End a running reading from another thread: IdReadCancelled there."""
        ...

    def close(self) -> None:
        """End a running reading and give the port back; safe to call twice."""
        ...
