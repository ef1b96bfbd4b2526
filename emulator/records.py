"""Record files in the card's memory: reading in every mode, updating, appending."""

from __future__ import annotations

from apdu.commands import RecordMode
from apdu.declare import Refused
from apdu.simple_tlv import HEADER_SIZE, MAX_VALUE
from apdu.status import SW
from card_profiles.model import ElementaryFile, Structure
from emulator.memory import Memory

MAX_RECORDS = 254
ANSWER_LIMIT = 256


class RecordFile:
    """Work on the records of one file; ``cell`` names its cells (emulator/personalise.py)."""

    def __init__(self, memory: Memory, cell: str, spec: ElementaryFile) -> None:
        self._memory = memory
        self._cell = cell
        self._spec = spec
        self._tagged = not spec.items or spec.items[0].tag != 0
        self._fixed = spec.structure is not Structure.RECORDS
        self._count = (memory.read(f"{cell}.count") or b"\0")[0]

    def read(self, mode: RecordMode, p1: int, pointer: int) -> tuple[bytes, int]:
        """Read as a READ RECORD mode says; return the bytes and the new record pointer.

        ``pointer`` is the current record, 0 for none. Raises Refused (6A83).
        """
        if mode < RecordMode.NUMBER:
            number = self._by_tag(mode, p1, pointer)
            return self._record(number), number
        number = p1 or pointer
        if not 1 <= number <= self._count:
            raise Refused(SW.RECORD_NOT_FOUND, f"no record {number}")
        if mode is RecordMode.NUMBER:
            # Reading by number leaves the record pointer alone (ISO/IEC 7816-4 §7.3.3).
            return self._record(number), pointer
        numbers = range(number, self._count + 1)
        if mode is RecordMode.FROM_LAST_TO_NUMBER:
            numbers = numbers[::-1]
        whole = b"".join(map(self._record, numbers))
        if len(whole) > ANSWER_LIMIT:
            raise Refused(SW.WRONG_LENGTH, "these records do not fit one answer")
        return whole, pointer

    def update(self, mode: RecordMode, p1: int, pointer: int, content: bytes) -> int:
        """Replace or append a record; return the new record pointer.

        A number or tag that is not there appends (reference §3). Raises Refused: 6A85 where
        length byte and length differ, 6A84 where there is no room, 6A83 for the current
        record where there is none.
        """
        self._check(content)
        if self._spec.structure is Structure.CYCLIC:
            if mode is not RecordMode.PREVIOUS:
                raise Refused(SW.WRONG_P1P2, "a cyclic file is only appended to")
            return self._push(content)
        if mode > RecordMode.NUMBER:
            raise Refused(SW.WRONG_P1P2, "one record is updated at a time")
        if mode is RecordMode.NUMBER:
            number = p1 or pointer
            if not 1 <= number <= MAX_RECORDS:
                raise Refused(SW.RECORD_NOT_FOUND, f"no record {number}")
        else:
            try:
                number = self._by_tag(mode, p1, pointer)
            except Refused:
                number = self._count + 1
        if number > self._count:
            number = pointer = self._append()
        elif len(content) > self._room(number):
            raise Refused(SW.NO_SPACE, f"record {number} has room for {self._room(number)} bytes")
        self._memory.write(f"{self._cell}.{number}", content)
        # As in reading, a record named by its number leaves the pointer alone.
        return pointer if mode is RecordMode.NUMBER else number

    def _check(self, content: bytes) -> None:
        size = len(content) - HEADER_SIZE
        if self._tagged and (size < 0 or content[1] != size):
            raise Refused(SW.LC_AGAINST_TLV, "length byte and length differ")
        if self._fixed and len(content) != self._spec.items[0].size:
            raise Refused(SW.WRONG_LENGTH, "a record of this file has a fixed length")

    def _room(self, number: int) -> int:
        """Count the bytes a record was laid out with; a shorter content does not shrink it.

        One that no layout knows, because it was appended, may have any length.
        """
        sizes = [item.size for item in self._spec.items for _ in range(item.count)]
        return sizes[number - 1] if number <= len(sizes) else HEADER_SIZE + MAX_VALUE

    def _append(self) -> int:
        if self._fixed:
            raise Refused(SW.NO_SPACE, "a fixed file has the records it was made with")
        if self._count >= MAX_RECORDS:
            raise Refused(SW.NO_SPACE, "no record number left")
        self._count += 1
        self._memory.write(f"{self._cell}.count", bytes((self._count,)))
        return self._count

    def _push(self, content: bytes) -> int:
        """Make the content record 1 and let the oldest go when the file is full."""
        room = max(self._count, sum(item.count for item in self._spec.items))
        kept = [content, *(self._record(each) for each in range(1, self._count + 1))][:room]
        for number, each in enumerate(kept, 1):
            self._memory.write(f"{self._cell}.{number}", each)
        self._count = len(kept)
        self._memory.write(f"{self._cell}.count", bytes((self._count,)))
        return 1

    def _record(self, number: int) -> bytes:
        return self._memory.read(f"{self._cell}.{number}") or b""

    def _by_tag(self, mode: RecordMode, tag: int, pointer: int) -> int:
        """Find a record by its tag (0: any), from an end or from the pointer."""
        every = range(1, self._count + 1)
        order = {
            RecordMode.FIRST: every,
            RecordMode.LAST: every[::-1],
            RecordMode.NEXT: every[pointer:],
            RecordMode.PREVIOUS: every[: pointer - 1][::-1] if pointer else every[::-1],
        }[mode]
        for number in order:
            if tag == 0 or (self._tagged and self._record(number)[:1] == bytes((tag,))):
                return number
        raise Refused(SW.RECORD_NOT_FOUND, f"no record with tag {tag:02X}")
