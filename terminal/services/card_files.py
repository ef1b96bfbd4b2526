"""Protected data at the counter: which files a card has, read one, write items of one.

Values are shown masked unless asked for otherwise (docs/decisions/0005): text and numbers by their
last characters, codes and dates as they are, a birth date not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from apdu.errors import LayoutError
from apdu.layout import Field
from card_profiles.addresses import Place
from card_profiles.fields import Binary, Columns, Date, Group, Number, parse_day
from card_profiles.model import Item
from card_profiles.tables import CodeTable
from terminal.cards.file_values import FileContent, ItemValue, form_of, value_wrong
from terminal.cards.notes import Notes
from terminal.cards.protected_files import By, ProtectedFiles
from terminal.errors import KeyVersionUnknown
from terminal.logs import event
from terminal.masking import Masked, mask_day, mask_name, mask_number
from terminal.readers.connection import Wire
from terminal.services.pin_entry import MakeEntry
from terminal.services.service_pin import PinDesk
from terminal.services.visit import Visit

_NAMES = frozenset({"name", "name_extension", "contact_person"})


@dataclass(frozen=True, slots=True)
class FileResult:
    """Hold a file's content, or which of its items were written."""

    reader: str
    content: FileContent | None
    written: tuple[Item, ...]
    notes: Notes
    wire: Wire


class FileDesk:
    """Do the file services on a visited card.

    ``open_entry`` opens the place to enter the service PIN at, where a file takes nothing else.
    """

    def __init__(self, visit: Visit, open_entry: MakeEntry, *, last_try: bool = False) -> None:
        self._visit = visit
        self._open_entry = open_entry
        self._last_try = last_try

    def files(self) -> tuple[Place, ...]:
        """List the files of the applications that the card has."""
        return self._visit.run(lambda card: ProtectedFiles(card).present())

    def place(self, name: str) -> Place:
        """Find a file by its name; raises FileUnknown."""
        return self._visit.run(lambda card: ProtectedFiles(card).find(name))

    def items(self, place: Place, names: tuple[str, ...]) -> tuple[Item, ...]:
        """Find items of a file by name or tag; raises ItemUnknown."""
        return self._visit.run(
            lambda card: tuple(ProtectedFiles(card).item(place, name) for name in names)
        )

    def read(self, place: Place, by: By | None = None) -> FileResult:
        """Read a file, with the service PIN where the card wants it of this counter."""
        content = None
        while content is None:
            if self._wants_pin(place, by):
                PinDesk(self._visit, self._open_entry, last_try=self._last_try).verify()
            try:
                content = self._visit.run(lambda card: ProtectedFiles(card).read(place, by=by))
            except KeyVersionUnknown:
                # The card lacks a key that we have: then the holder may open the file.
                if not self._wants_pin(place, by):
                    raise
        event("file.read", file=place.name)
        return self._result(content, ())

    def _wants_pin(self, place: Place, by: By | None) -> bool:
        return self._visit.run(
            lambda card: ProtectedFiles(card).wants_pin(place, place.file.read, by)
        )

    def write(self, place: Place, values: Mapping[str, Any]) -> FileResult:
        """Write items of a file; every value is checked before the first is written."""
        written = self._visit.run(lambda card: ProtectedFiles(card).write(place, values))
        event("file.written", file=place.name, items=[each.name for each in written])
        return self._result(None, written)

    def _result(self, content: FileContent | None, written: tuple[Item, ...]) -> FileResult:
        return FileResult(
            self._visit.reader, content, written, self._visit.card.notes, self._visit.wire
        )


# --- Values as people write and read them --------------------------------------------------


def parse_value(item: Item, given: Any) -> Any:
    """Take a value as it was typed, or as JSON has it; empty means unused.

    Raises ValueWrong.
    """
    try:
        return _parsed(item.field, given)
    except (LayoutError, ValueError, TypeError, AttributeError) as error:
        raise value_wrong(item, form_of(item.field)) from error


def _parsed(field: Field[Any], given: Any) -> Any:
    if given is None or given == "":
        return None
    if isinstance(field, Group):
        return {name: _parsed(field.members[name][1], each) for name, each in given.items()}
    if isinstance(field, Columns):
        return {name: _parsed(field.members[name], each) for name, each in given.items()}
    if isinstance(field, Date):
        return parse_day(given.replace("-", ""))
    if isinstance(field, Number):
        return int(given)
    if isinstance(field, Binary):
        return bytes.fromhex(given).ljust(field.size, b"\0")
    table: CodeTable | None = getattr(field, "table", None)
    if table is not None and table.lookup(given) is None:
        raise LayoutError("not in the code table")
    if not isinstance(given, str):
        raise TypeError("text is wanted")
    return given


def shown(value: ItemValue, *, reveal: bool) -> Any:
    """Make the shown form of a value, for JSON too: masked, or as it is.

    A code is ``{"code", "name"}``; unreadable bytes are hex, which only revealing shows.
    """
    if not value.readable:
        return value.raw.hex().upper() if reveal else "*" * (2 * len(value.raw))
    item = value.item
    if item is None or value.value is None:
        return None
    return _shown(item.name, item.field, value.value, reveal=reveal)


def _shown(name: str, field: Field[Any], value: Any, *, reveal: bool) -> Any:
    if value is None:
        return None
    if isinstance(field, (Group, Columns)):
        return {
            each: _shown(each, _member(field, each), part, reveal=reveal)
            for each, part in value.items()
        }
    table: CodeTable | None = getattr(field, "table", None)
    if table is not None:
        entry = table.lookup(value)
        return {"code": value, "name": entry.zh if entry else None}
    if isinstance(value, int):
        return value
    if isinstance(value, date):
        return value.isoformat() if reveal or name != "birth_date" else mask_day(value.isoformat())
    text = value.rstrip(b"\0").hex().upper() if isinstance(value, bytes) else value
    mask = mask_name if name in _NAMES else mask_number
    return text if reveal else str(Masked(text, mask))


def _member(field: Group | Columns, name: str) -> Field[Any]:
    return field.members[name][1] if isinstance(field, Group) else field.members[name]
