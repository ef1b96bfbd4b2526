"""Read a file whole, whatever way the card offers.

First the short way: all records in one answer by short file id. A card that refuses is asked
the same of the selected file, and then record by record, by number and by tag; a file is
selected in one of the two forms that are seen (reference §1.2, §3, §4.1, §11). Whatever
records an answer holds are taken, each under the tag it has. A transparent file is read by its
short id, else selected.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from apdu import simple_tlv
from apdu.commands import ReadBinary, ReadRecord, RecordMode, Select, SelectBy
from apdu.errors import TlvError
from apdu.response import Response
from apdu.status import SW
from card_profiles.model import ElementaryFile, Item
from terminal.cards.exchange import exchange, refused
from terminal.cards.notes import Notes
from terminal.cards.titles import title_of
from terminal.errors import CardBlocked, DataDamaged
from terminal.readers.connection import CardConnection

Records = dict[int, bytes]
"""Record values by tag."""


@dataclass(frozen=True, slots=True)
class Record:
    """Hold one record as the card gave it, header included.

    ``number`` is 0 where it was read by its tag: such a card does not say where it stands.
    """

    number: int
    raw: bytes


_ALL = 256
_ABSENT = frozenset(
    {
        SW.WRONG_LENGTH,
        SW.WRONG_FILE_TYPE,
        SW.SECURITY_STATUS,
        SW.NO_CURRENT_EF,
        SW.NOT_SUPPORTED,
        SW.FILE_NOT_FOUND,
        SW.RECORD_NOT_FOUND,
        SW.WRONG_P1P2,
        SW.WRONG_OFFSET,
        SW.UNKNOWN_INS,
        SW.OK,
    }
)
"""Answers that say "not this way" or "not there"; any other means that something is wrong.

6982 is among them: cards give it for ways that they do not have; where it is the file's own
answer nothing is read at all, and that is said."""
_FILE_ENDS = frozenset({SW.END_OF_FILE, SW.FILE_NOT_FOUND, SW.WRONG_OFFSET})
_FILLER = b"\x00\xff"
MOST_RECORDS = 64
"""A file of these cards has at most 30; a card that never ends is not read for ever."""


class FileReader:
    """Read files over one connection; what a card refused once is not tried again."""

    def __init__(self, connection: CardConnection, notes: Notes) -> None:
        self._connection = connection
        self._notes = notes
        self._by_short_id = True
        self._by_selection = True
        self._broken: set[int] = set()
        self._selected_by = [SelectBy.CHILD_EF, SelectBy.FILE_ID]

    def entered(self) -> None:
        """Take note that another application is selected: its files are others."""
        self._broken.clear()

    def has(self, file: ElementaryFile) -> bool:
        """Tell whether the file is there, by its first record."""
        first = file.items[0]
        number = ReadRecord(1, sfi=file.sfi, le=self._le(first.size))
        answer = self._ask(number, first.size)
        if answer.data[:1] == bytes((first.tag,)):
            return True
        if not self._select(file):
            return False
        selected = self._ask(ReadRecord(1, le=self._le(first.size)), first.size)
        by_tag = ReadRecord(first.tag, RecordMode.FIRST, le=self._le(first.size))
        return any(
            each.data[:1] == bytes((first.tag,))
            for each in (selected, self._ask(by_tag, first.size))
        )

    def read(self, file: ElementaryFile) -> Records:
        """Read all records of the file's items that the card has, by tag.

        Raises CardRefused where the file is refused, CardBlocked, DataDamaged where what the
        card gives is broken every way.
        """
        records: Records = {}
        if self._by_short_id:
            answer = self._take_whole(file, file.sfi, records)
            if self._reached_end(file, records):
                return records
            if not answer.ok:
                self._by_short_id = False
                self._notes.add("record_by_record", f"{answer.sw:04X}")
        # A file that can't be selected may still be read by its short id.
        sfi = 0 if self._select(file) else file.sfi
        if sfi == 0 and not self._by_short_id and self._by_selection:
            self._by_selection = self._take_whole(file, sfi, records).ok
            if self._reached_end(file, records):
                return records
        return self._take_singly(file, sfi, records)

    def read_each(self, file: ElementaryFile, *, singly: bool = False) -> tuple[Record, ...]:
        """Read all records in their order: tags may repeat, or be none.

        The short way, all in one answer, where they fit one and not ``singly`` is wanted, which
        alone tells for certain which number each has; else record by record until there is none;
        where the card knows no numbers, those of the layout by their tags. Raises CardRefused
        where none is given or one breaks off, CardBlocked.
        """
        size = file.total_size
        sizes = [item.size for item in file.items for _ in range(item.count)]
        if self._by_short_id and size <= _ALL and file.items[0].tag and not singly:
            command = ReadRecord(1, RecordMode.FROM_NUMBER_TO_LAST, file.sfi, self._le(size))
            answer = self._ask(command, size)
            if answer.ok and len(found := _split(answer.data)) >= len(sizes):
                return tuple(Record(number, raw) for number, raw in enumerate(found, 1))
        sfi = 0 if self._select(file) else file.sfi
        records: list[Record] = []
        for number in range(1, MOST_RECORDS + 1):
            wanted = sizes[min(number, len(sizes)) - 1] if sizes else _ALL
            answer = self._take_record(ReadRecord(number, sfi=sfi), file, wanted)
            if answer.ok:
                records.append(Record(number, answer.data))
            elif answer.sw != SW.RECORD_NOT_FOUND or number >= len(sizes):
                break  # before the layout's end one may be empty
        if not records and answer.sw in _ABSENT:
            records = self._each_by_tag(file, sfi)
        if not answer.ok and answer.sw != SW.RECORD_NOT_FOUND and not _by_tag(records):
            # An error is no end: what is behind it would seem not to be there.
            raise refused(f"READ RECORD {file.name}", answer.sw)
        return tuple(records)

    def _each_by_tag(self, file: ElementaryFile, sfi: int) -> list[Record]:
        """Read the records of the layout by their tags, where the card knows no numbers."""
        records: list[Record] = []
        for item in file.items:
            command = ReadRecord(item.tag, RecordMode.FIRST, sfi)
            for _ in range(item.count if item.tag else 0):
                answer = self._take_record(command, file, item.size)
                if not answer.ok and answer.sw not in _ABSENT:
                    raise refused(f"READ RECORD {file.name}", answer.sw)
                if answer.data[:1] != bytes((item.tag,)):
                    break
                records.append(Record(0, answer.data))
                # A short id would select the file anew, and "next" begin from its start.
                command = ReadRecord(item.tag, RecordMode.NEXT)
        return records

    def _take_record(self, command: ReadRecord, file: ElementaryFile, size: int) -> Response:
        """Read one record of a size; once more where a card cut it at Le and says it is longer."""
        answer = self._ask(replace(command, le=self._le(size)), size)
        announced = _announced(answer.data) if file.items and file.items[0].tag else 0
        if answer.ok and len(answer.data) < announced <= _ALL:
            longer = self._ask(replace(command, le=announced), announced)
            return longer if len(longer.data) > len(answer.data) else answer
        return answer

    def read_transparent(
        self, file: ElementaryFile, enough: Callable[[bytes], bool] = lambda _: False
    ) -> bytes:
        """Read a transparent file to its end, or until ``enough`` of it is there.

        Empty where there is no such file. Raises CardRefused where the card gives anything but
        data or the end of the file, CardBlocked.
        """
        answer = self._ask_binary(ReadBinary.of_file(file.sfi))
        if not answer.data and not answer.ok and answer.sw in _ABSENT:
            # Not by its short id; where there is no file it can't be selected either.
            answer = self._ask_binary(ReadBinary.at(0)) if self._select(file) else answer
        collected = answer.data
        while answer.data and len(collected) < file.size and not enough(collected):
            answer = self._ask_binary(ReadBinary.at(len(collected)))
            collected += answer.data
        if not answer.ok and answer.sw not in _FILE_ENDS:
            raise refused(f"READ BINARY {file.name}", answer.sw)
        return collected

    def _ask_binary(self, command: ReadBinary) -> Response:
        answer = exchange(self._connection, command)
        if answer.sw == SW.APPLICATION_BLOCKED:
            raise CardBlocked(sw=f"{answer.sw:04X}")
        return answer

    def reach(self, file: ElementaryFile) -> int:
        """Make a file the current one and give 0, or else the short id that it is reached by.

        Raises CardRefused where it is neither.
        """
        if self._select(file):
            return 0
        if not self._by_short_id:
            raise refused(f"SELECT {file.name}", SW.FILE_NOT_FOUND)
        return file.sfi

    def stands(self, file: ElementaryFile, item: Item, number: int, sfi: int) -> bool:
        """Tell whether an item's record has a number; of several in one answer that is a guess."""
        answer = self._take_record(ReadRecord(number, sfi=sfi), file, item.size)
        return answer.data[:1] == bytes((item.tag,))

    def _reached_end(self, file: ElementaryFile, records: Records) -> bool:
        """Tell whether an answer went from the first item to the last.

        What lacks in between the card has not.
        """
        return records.keys() >= {file.items[0].tag, file.items[-1].tag}

    def _le(self, size: int) -> int:
        """Ask for the length of standard layout on T=0, for all there is elsewhere."""
        return size if self._connection.protocol == "T=0" else _ALL

    def _ask(self, command: ReadRecord, size: int) -> Response:
        """Send a reading command; once more with the other Le, exact or 00, if one is refused."""
        answer = exchange(self._connection, command)
        if answer.sw == SW.WRONG_LENGTH:
            other = size if command.le == _ALL else _ALL
            answer = exchange(self._connection, replace(command, le=other))
        if answer.sw == SW.APPLICATION_BLOCKED:
            raise CardBlocked(sw=f"{answer.sw:04X}")
        if answer.sw == SW.END_OF_FILE and answer.data:
            return Response(answer.data, SW.OK)
        return answer

    def _take_whole(self, file: ElementaryFile, sfi: int, records: Records) -> Response:
        """Read all records by one command, as far as the card does that."""
        size = file.total_size
        command = ReadRecord(1, RecordMode.FROM_NUMBER_TO_LAST, sfi, self._le(size))
        answer = self._ask(command, size)
        if answer.ok:
            self._take(file, answer.data, records)
        return answer

    def _take(self, file: ElementaryFile, data: bytes, records: Records) -> None:
        """Enter an answer's records; what is behind a broken one is left to be read singly."""
        try:
            found = simple_tlv.parse(data)
        except TlvError as error:
            found = simple_tlv.parse(data[: error.offset])
            if data[error.offset :].strip(_FILLER):
                self._broken.add(file.fid)
                self._notes.add("odd_records", f"{file.zh} {error}", f"{file.name} {error}")
        for record in found:
            records.setdefault(record.tag, record.value)

    def _take_singly(self, file: ElementaryFile, sfi: int, records: Records) -> Records:
        """Read by number until nothing lacks or no more comes, then what still lacks by tag.

        Every number is read, whatever tags were met: another issuer's order is not the layout's.
        """
        refusal: Response | None = None
        tags = {item.tag for item in file.items}
        for number in range(1, MOST_RECORDS + 1):
            if records.keys() >= tags:
                break
            item = file.items[min(number, len(file.items)) - 1]
            refusal = self._take_one(file, item, number, RecordMode.NUMBER, sfi, records)
            if number >= len(file.items) and not refusal.data:
                break
        for item in file.items:
            if item.tag not in records:
                refusal = self._take_one(file, item, item.tag, RecordMode.FIRST, sfi, records)
        lacking = [item for item in file.items if item.tag not in records]
        if len(lacking) == len(file.items):
            if refusal is not None and not refusal.ok:
                raise refused(f"READ RECORD {file.name}", refusal.sw)
            raise _damaged(lacking[0], "no record of this file among the answers")
        if lacking and file.fid in self._broken:
            # What lacks may have stood behind the break: not "missing", but unreadable.
            raise _damaged(lacking[0], "its TLV is broken")
        return records

    def _take_one(
        self,
        file: ElementaryFile,
        item: Item,
        p1: int,
        mode: RecordMode,
        sfi: int,
        records: Records,
    ) -> Response:
        """Read one record and enter it under the tag it has."""
        answer = self._take_record(ReadRecord(p1, mode, sfi), file, item.size)
        if not answer.ok and answer.sw not in _ABSENT:
            raise refused(f"READ RECORD {file.name}", answer.sw)
        if len(answer.data) < simple_tlv.HEADER_SIZE:
            return answer
        announced = _announced(answer.data)
        if len(answer.data) < announced <= _ALL:
            item = next((each for each in file.items if each.tag == answer.data[0]), item)
            raise _damaged(item, f"{announced} bytes announced, {len(answer.data)} there")
        self._take(file, answer.data, records)
        return answer

    def _select(self, file: ElementaryFile) -> bool:
        for by in list(self._selected_by):
            answer = exchange(self._connection, Select(by, file.fid.to_bytes(2, "big")))
            if answer.ok:
                self._selected_by = [by]
                return True
        return False


def _announced(record: bytes) -> int:
    """Give the length that a record's header says it has, 0 where there is no header."""
    header = simple_tlv.HEADER_SIZE
    return header + record[1] if len(record) >= header else 0


def _by_tag(records: Sequence[Record]) -> bool:
    """Tell whether records were read by their tags."""
    return bool(records) and not records[0].number


def _split(data: bytes) -> tuple[bytes, ...]:
    """Cut an answer of several records into them; none where it is not whole records."""
    try:
        return tuple(each.encode() for each in simple_tlv.parse(data))
    except TlvError:
        return ()


def _damaged(item: Item, detail: str) -> DataDamaged:
    return DataDamaged(item=title_of(item), detail=detail)
