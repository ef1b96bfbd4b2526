"""The social security card's own simple TLV: tag 1 byte, length 1 byte, value.

Reference social-security-card.md §2.1. Unlike the SIMPLE-TLV of ISO/IEC 7816-4 §5.2.1 a
length FF is no escape: it means 255 bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from apdu.errors import TlvError

HEADER_SIZE = 2
MAX_VALUE = 255


class Record(NamedTuple):
    """Hold one record: a tag and its value."""

    tag: int
    value: bytes

    def encode(self) -> bytes:
        """Encode for the card; raises TlvError where the value is too long."""
        if len(self.value) > MAX_VALUE:
            raise TlvError(f"value of {len(self.value)} bytes does not fit one length byte", 0)
        return bytes((self.tag, len(self.value))) + self.value


def parse(data: bytes) -> tuple[Record, ...]:
    """Parse records that stand one behind the other.

    Raises TlvError with the offset of the record that is cut off.
    """
    records: list[Record] = []
    at = 0
    while at < len(data):
        if at + HEADER_SIZE > len(data):
            raise TlvError("record header is cut off", at)
        start = at + HEADER_SIZE
        stop = start + data[at + 1]
        if stop > len(data):
            raise TlvError(
                f"record {data[at]:02X} wants {data[at + 1]} bytes, {len(data) - start} there", at
            )
        records.append(Record(data[at], data[start:stop]))
        at = stop
    return tuple(records)


def encode(records: Iterable[Record]) -> bytes:
    """Encode records one behind the other."""
    return b"".join(record.encode() for record in records)
