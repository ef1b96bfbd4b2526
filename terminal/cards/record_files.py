"""Read a record file whole, whatever way the card offers.

First the short way: all records in one answer by short file id. A card that refuses is read
record by record, by number and then by tag, after selecting the file in one of the two forms
that are seen (reference §1.2, §3, §11). Each answer is a record's TLV; who asked for a
record checks that the card gave that one.
"""

from __future__ import annotations

from apdu import simple_tlv
from apdu.commands import ReadRecord, RecordMode, Select, SelectBy
from apdu.errors import TlvError
from apdu.response import Response
from apdu.status import SW
from card_profiles.model import ElementaryFile, Item
from terminal.cards.exchange import exchange, refused
from terminal.cards.notes import Notes
from terminal.errors import CardBlocked, DataDamaged
from terminal.readers.connection import CardConnection

Records = dict[int, bytes]
"""Record values by tag."""

_ALL = 256


class RecordReader:
    """Read record files over one connection; what a card refused once is not tried again."""

    def __init__(self, connection: CardConnection, notes: Notes) -> None:
        self._connection = connection
        self._notes = notes
        self._whole_files = True
        self._broken: set[int] = set()
        self._selected_by = [SelectBy.CHILD_EF, SelectBy.FILE_ID]

    def has(self, file: ElementaryFile) -> bool:
        """Tell whether the file is there, by its first record."""
        answer = exchange(self._connection, ReadRecord(1, sfi=file.sfi, le=self._le(_first(file))))
        return answer.ok or self._select(file)

    def read(self, file: ElementaryFile) -> Records:
        """Read all records of the file's items that the card has, by tag.

        Raises CardRefused where the file is refused, CardBlocked, DataDamaged where what the
        card gives is broken every way.
        """
        records: Records = {}
        if self._whole_files:
            records = self._read_whole(file)
            if records.keys() >= {file.items[0].tag, file.items[-1].tag}:
                # The answer reached the last item: what lacks in between the card has not.
                return records
        return self._read_singly(file, records)

    def _le(self, size: int) -> int:
        """Ask for the length of standard layout on T=0, for all there is elsewhere."""
        return size if self._connection.protocol == "T=0" else _ALL

    def _read_whole(self, file: ElementaryFile) -> Records:
        """Read by one command; an empty result means that the card does not do it."""
        command = ReadRecord(1, RecordMode.FROM_NUMBER_TO_LAST, file.sfi, self._le(file.total_size))
        answer = exchange(self._connection, command)
        self._stop_if_closed(answer)
        if not answer.ok:
            self._whole_files = False
            self._notes.add("record_by_record", f"{answer.sw:04X}")
            return {}
        return self._parsed(file, answer.data)

    def _parsed(self, file: ElementaryFile, data: bytes) -> Records:
        """Take records apart; what is behind a broken one is left to be read singly."""
        try:
            found = simple_tlv.parse(data)
        except TlvError as error:
            self._broken.add(file.fid)
            self._notes.add("odd_records", f"{file.zh} {error}", f"{file.name} {error}")
            found = simple_tlv.parse(data[: error.offset])
        return {record.tag: record.value for record in reversed(found)}

    def _read_singly(self, file: ElementaryFile, records: Records) -> Records:
        """Read what lacks by number, then what still lacks by tag."""
        # A file that can't be selected may still be read by its short id.
        sfi = 0 if self._select(file) else file.sfi
        last = None
        for number, item in enumerate(file.items, 1):
            if item.tag not in records:
                last = self._read_one(item, number, RecordMode.NUMBER, sfi, records)
        for item in file.items:
            if item.tag not in records:
                last = self._read_one(item, item.tag, RecordMode.FIRST, sfi, records)
        lacking = [item for item in file.items if item.tag not in records]
        if len(lacking) == len(file.items):
            if last is not None and not last.ok:
                raise refused(f"READ RECORD {file.name}", last.sw)
            raise _damaged(lacking[0], "no record of this file among the answers")
        if lacking and file.fid in self._broken:
            raise _damaged(lacking[0], "its TLV is broken")
        return records

    def _read_one(
        self, item: Item, p1: int, mode: RecordMode, sfi: int, records: Records
    ) -> Response:
        """Read one record and enter it under the tag it has."""
        size = self._le(simple_tlv.HEADER_SIZE + item.field.size)
        answer = exchange(self._connection, ReadRecord(p1, mode, sfi, size))
        self._stop_if_closed(answer)
        if answer.ok and len(answer.data) >= simple_tlv.HEADER_SIZE:
            tag, length = answer.data[0], answer.data[1]
            value = answer.data[simple_tlv.HEADER_SIZE :]
            if len(value) < length:
                raise _damaged(item, f"{length} bytes announced, {len(value)} there")
            records.setdefault(tag, value[:length])
        return answer

    def _select(self, file: ElementaryFile) -> bool:
        for by in list(self._selected_by):
            answer = exchange(self._connection, Select(by, file.fid.to_bytes(2, "big")))
            if answer.ok:
                self._selected_by = [by]
                return True
        return False

    def _stop_if_closed(self, answer: Response) -> None:
        """Give up where no other way would help: access refused or application blocked."""
        if answer.sw == SW.SECURITY_STATUS:
            raise refused("READ RECORD", answer.sw)
        if answer.sw == SW.APPLICATION_BLOCKED:
            raise CardBlocked(sw=f"{answer.sw:04X}")


def _damaged(item: Item, detail: str) -> DataDamaged:
    return DataDamaged(item_zh=item.zh, item_en=item.name.replace("_", " "), detail=detail)


def _first(file: ElementaryFile) -> int:
    return simple_tlv.HEADER_SIZE + file.items[0].field.size
