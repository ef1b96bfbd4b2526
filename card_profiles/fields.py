"""The social security card's field types: cn, an, b, dates and groups.

Reference social-security-card.md §2.1. An unused field decodes to None and None encodes to
the field's filler; what a field decodes strictly here, the terminal may read with tolerance.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from apdu import simple_tlv
from apdu.errors import LayoutError
from apdu.layout import Field
from card_profiles.tables import CodeTable

ENCODING = "gb18030"
"""GBK as cards hold it; Python's own gbk lacks rare name characters such as 䶮."""

AN_FILLER = b"\x00\x20\xff"
"""Bytes that real cards put behind text; the standard means 00."""


class Cn(Field["str | None"]):
    """BCD digits, left-justified, filler nibble F (cn)."""

    def __init__(self, size: int, table: CodeTable | None = None) -> None:
        self.size = size
        self.table = table

    def decode(self, raw: bytes) -> str | None:
        """Read the digits; None where all are filler."""
        digits = self.checked(raw).hex().upper().rstrip("F")
        if not digits:
            return None
        if not digits.isdecimal():
            raise LayoutError(f"{self!r}: {raw.hex().upper()} is not BCD")
        return digits

    def encode(self, value: str | None) -> bytes:
        """Write digits, filler behind them."""
        digits = value or ""
        if len(digits) > 2 * self.size or (
            digits and not (digits.isascii() and digits.isdecimal())
        ):
            raise LayoutError(f"{self!r}: {value!r} is not up to {2 * self.size} digits")
        return bytes.fromhex(digits.ljust(2 * self.size, "F"))


class HexDigits(Field[str]):
    """Nibbles that are written as hex: numbers with a letter or a meaning of their own (cn)."""

    def __init__(self, size: int) -> None:
        self.size = size

    def decode(self, raw: bytes) -> str:
        """Read all nibbles, upper case."""
        return self.checked(raw).hex().upper()

    def encode(self, value: str) -> bytes:
        """Write all nibbles."""
        try:
            return self.checked(bytes.fromhex(value))
        except ValueError as error:
            raise LayoutError(f"{self!r}: {value!r} is not hex") from error


class An(Field["str | None"]):
    """Characters, left-justified, filler 00 (an); text is GB 18030."""

    def __init__(self, size: int, table: CodeTable | None = None) -> None:
        self.size = size
        self.table = table

    def decode(self, raw: bytes) -> str | None:
        """Read the text without filler; None where there is only filler."""
        return decode_text(self.checked(raw))

    def encode(self, value: str | None) -> bytes:
        """Write the text, filler behind it."""
        try:
            raw = (value or "").encode(ENCODING)
        except UnicodeEncodeError as error:
            raise LayoutError(f"{self!r}: character {error.start} is no GB 18030") from error
        if len(raw) > self.size:
            raise LayoutError(f"{self!r}: the text has {len(raw)} bytes")
        return raw.ljust(self.size, b"\0")


def decode_text(raw: bytes) -> str | None:
    """Read GB 18030 text, filler 00, 20 and FF removed from its end; None where all is filler.

    Raises LayoutError where the bytes are no text. Parts of one text (name and its
    extension) must be joined before: a character may lie across the border.
    """
    text = raw.rstrip(AN_FILLER)
    if not text:
        return None
    try:
        return text.decode(ENCODING)
    except UnicodeDecodeError as error:
        raise LayoutError(f"byte {error.start} is not GB 18030") from error


class Date(Field["date | None"]):
    """A day as YYYYMMDD in four BCD bytes (cn04); None where it is all filler."""

    size = 4

    def decode(self, raw: bytes) -> date | None:
        """Read the day; raises LayoutError where the calendar has none such."""
        digits = Cn(4).decode(raw)
        if digits is None:
            return None
        return parse_day(digits)

    def encode(self, value: date | None) -> bytes:
        """Write the day."""
        # Not %Y: it does not pad years before 1000 on every platform.
        return b"\xff" * 4 if value is None else bytes.fromhex(f"{value.year:04}{value:%m%d}")


def parse_day(digits: str) -> date:
    """Read YYYYMMDD; raises LayoutError where it is no day."""
    if len(digits) != 8 or not (digits.isascii() and digits.isdecimal()):
        raise LayoutError(f"{digits!r} is not YYYYMMDD")
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError as error:
        raise LayoutError(f"{digits!r} is no day of the calendar") from error


class Group(Field["dict[str, Any]"]):
    """Tagged values inside one value (B-TLV of the reference §2.3, §2.4).

    ``members`` maps a name to (tag, field); all stand in this order.
    """

    def __init__(self, members: Mapping[str, tuple[int, Field[Any]]]) -> None:
        self.members = dict(members)
        self.size = sum(simple_tlv.HEADER_SIZE + field.size for _, field in self.members.values())

    def decode(self, raw: bytes) -> dict[str, Any]:
        """Read all members by name."""
        records = simple_tlv.parse(self.checked(raw))
        if [each.tag for each in records] != [tag for tag, _ in self.members.values()]:
            raise LayoutError(f"{self!r}: tags are not those declared")
        return {
            name: field.decode(record.value)
            for (name, (_, field)), record in zip(self.members.items(), records, strict=True)
        }

    def encode(self, value: Mapping[str, Any] | None) -> bytes:
        """Write all members; None leaves every one of them unused."""
        given = value or {}
        if unknown := given.keys() - self.members.keys():
            raise LayoutError(f"{self!r}: unknown {', '.join(sorted(unknown))}")
        return simple_tlv.encode(
            simple_tlv.Record(tag, field.encode(given.get(name)))
            for name, (tag, field) in self.members.items()
        )


class Columns(Field["dict[str, Any]"]):
    """Values one behind the other without tags, as in a record of a cyclic file (§2.4)."""

    def __init__(self, members: Mapping[str, Field[Any]]) -> None:
        self.members = dict(members)
        self.size = sum(field.size for field in self.members.values())

    def decode(self, raw: bytes) -> dict[str, Any]:
        """Read all members by name."""
        self.checked(raw)
        values: dict[str, Any] = {}
        at = 0
        for name, field in self.members.items():
            values[name] = field.decode(raw[at : at + field.size])
            at += field.size
        return values

    def encode(self, value: Mapping[str, Any] | None) -> bytes:
        """Write all members; None leaves every one of them unused."""
        given = value or {}
        if unknown := given.keys() - self.members.keys():
            raise LayoutError(f"{self!r}: unknown {', '.join(sorted(unknown))}")
        return b"".join(field.encode(given.get(name)) for name, field in self.members.items())


class Binary(Field["bytes | None"]):
    """Bytes that mean themselves (b); None where all are FF or 00."""

    def __init__(self, size: int) -> None:
        self.size = size

    def decode(self, raw: bytes) -> bytes | None:
        """Give the bytes."""
        self.checked(raw)
        return raw if raw.strip(b"\x00") and raw.strip(b"\xff") else None

    def encode(self, value: bytes | None) -> bytes:
        """Write the bytes, 00 where unused."""
        return self.checked(bytes(self.size) if value is None else value)


class Number(Field["int | None"]):
    """An unsigned number (b), big endian; None where all bytes are FF (project-defined)."""

    def __init__(self, size: int) -> None:
        self.size = size

    def decode(self, raw: bytes) -> int | None:
        """Read the number."""
        return int.from_bytes(raw, "big") if self.checked(raw).strip(b"\xff") else None

    def encode(self, value: int | None) -> bytes:
        """Write the number, FF where unused."""
        unused = (1 << 8 * self.size) - 1
        if value is None:
            value = unused
        elif not 0 <= value < unused:
            raise LayoutError(f"{self!r}: {value} does not fit")
        return value.to_bytes(self.size, "big")
