"""Write items into a file: each record named so that no other one is hit, and none added.

Reference social-security-card.md §3: records are updated in plain, one whole TLV each; an unknown
number or tag makes the card append. What opens the file is protected_files.py's.
"""

from __future__ import annotations

from apdu.commands import RecordMode, UpdateBinary, UpdateRecord
from apdu.declare import Declared
from card_profiles.addresses import Place
from card_profiles.model import Item, Structure
from terminal.cards.exchange import exchange, refused
from terminal.cards.file_reader import FileReader
from terminal.cards.file_values import Entry, FileContent, decoded
from terminal.cards.titles import title_of
from terminal.errors import ItemAbsent
from terminal.readers.connection import CardConnection

_CHUNK = 0xF0
_BY_SHORT_ID = 0x80
"""The bit of P1 that says so (ISO/IEC 7816-4 §11.3.5)."""


class FileWriter:
    """Write entries into one file that is open for it; ``before`` is what was read of it.

    ``before`` None where the counter may not read it. Raises CardRefused where it is not reached.
    """

    def __init__(
        self,
        connection: CardConnection,
        reader: FileReader,
        place: Place,
        before: FileContent | None,
    ) -> None:
        self._connection = connection
        self._reader = reader
        self._place = place
        self._before = before
        self._sfi = reader.reach(place.file)
        self.written: list[Entry] = []
        self.sent = False
        """Whether a command that writes was sent."""

    def write(self, entry: Entry) -> None:
        """Write an entry; raises ItemAbsent, CardRefused."""
        file = self._place.file
        if file.structure is Structure.TRANSPARENT:
            self._write_transparent(entry.content)
        else:
            record = entry.record
            if file.structure is Structure.CYCLIC:
                self._send(UpdateRecord(0, record, RecordMode.PREVIOUS, self._sfi))
            else:
                self._send(self._named(entry, record))
        self.written.append(entry)

    def _named(self, entry: Entry, record: bytes) -> UpdateRecord:
        """Name the record by its number where it was seen there; else by its tag (§3).

        Another issuer's order is not the layout's, and an unknown number or tag would have the
        card append. Raises ItemAbsent.
        """
        item = entry.item
        if self._before is None:
            if item.tag and entry.instance > 1:
                raise _absent(self._place, item)
            by = RecordMode.FIRST if item.tag else RecordMode.NUMBER
            return UpdateRecord(item.tag or entry.instance, record, by, self._sfi)
        number = self._number(entry, self._before)
        sure = not (number and item.tag)
        if not sure and not self._reader.stands(self._place.file, item, number, self._sfi):
            records = self._reader.read_each(self._place.file, singly=True)
            self._before = FileContent(
                self._place, tuple(decoded(self._place, each) for each in records)
            )
            number = self._number(entry, self._before)
        if number:
            return UpdateRecord(number, record, sfi=self._sfi)
        if entry.instance > 1:
            raise _absent(self._place, item)
        return UpdateRecord(item.tag, record, RecordMode.FIRST, self._sfi)

    def _number(self, entry: Entry, content: FileContent) -> int:
        numbers = [each.number for each in content.values if each.item is entry.item]
        if len(numbers) < entry.instance:
            raise _absent(self._place, entry.item)
        return numbers[entry.instance - 1]

    def _write_transparent(self, content: bytes) -> None:
        for at in range(0, len(content), _CHUNK):
            high, low = divmod(at, 256)
            if self._sfi and not at:
                high = _BY_SHORT_ID | self._sfi
            self._send(UpdateBinary(high, low, content[at : at + _CHUNK]))

    def _send(self, command: Declared) -> None:
        self.sent = True
        answer = exchange(self._connection, command)
        if not answer.ok:
            raise refused(f"{command.NAME} {self._place.name}", answer.sw)


def _absent(place: Place, item: Item) -> ItemAbsent:
    return ItemAbsent(
        file=place.name,
        item=title_of(item),
    )
