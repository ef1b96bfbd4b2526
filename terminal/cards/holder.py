"""Card and holder as values, read with tolerance from the records of EF05 and EF06.

Reference social-security-card.md §2.2 and §11. Strict decoding is the profile's; here stands
what a reader forgives, and each time it forgives it says so. Text that is no text at all is
not forgiven: a name half read must not look like a name.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from apdu.errors import LayoutError
from card_profiles import identifiers
from card_profiles import social_security as profile
from card_profiles.fields import AN_FILLER, Cn, decode_text, parse_day
from card_profiles.model import ElementaryFile, Item
from card_profiles.tables import CodeTable
from terminal.cards.notes import Notes
from terminal.cards.titles import title_of
from terminal.errors import DataDamaged
from terminal.masking import Masked, mask_day, mask_name, mask_number
from terminal.texts import Text

_NAME, _NAME_EXTENSION = 0x09, 0x4E
_NO_TEXT = frozenset({"Cc", "Cs", "Cn"})
"""Unicode categories that no name has; private use (Co) is where rare characters live."""


@dataclass(frozen=True, slots=True)
class Coded:
    """Hold a code and its name in the code table, None where the table has none such."""

    code: str
    name: str | None


@dataclass(frozen=True, slots=True)
class CardData:
    """Hold what EF05 says of the card; None where the card does not."""

    card_id: Masked[str] | None
    card_class: str | None
    specification_version: str | None
    initialising_organisation: str | None
    issue_date: date | None
    expiry_date: date | None
    card_number: Masked[str] | None
    card_number_check: bool

    @property
    def card_id_bytes(self) -> bytes:
        """Give the card id as bytes, empty where there is none."""
        return bytes.fromhex(self.card_id.reveal()) if self.card_id else b""

    @property
    def region(self) -> str | None:
        """Give the issuing region, the card id's first six digits."""
        region = self.card_id.reveal()[:6] if self.card_id else ""
        return region if len(region) == 6 and region.isdecimal() else None


@dataclass(frozen=True, slots=True)
class Holder:
    """Hold what EF06 says of the holder; None where the card does not."""

    social_security_number: Masked[str] | None
    name: Masked[str] | None
    sex: Coded | None
    ethnic_group: Coded | None
    birthplace: Coded | None
    birth_date: Masked[date] | None


class _Values:
    """Read values of a file's records with tolerance, noting each."""

    def __init__(self, file: ElementaryFile, records: Mapping[int, bytes], notes: Notes) -> None:
        self._records = records
        self._notes = notes
        self._items = {item.tag: item for item in file.items}
        if not records:
            raise DataDamaged(
                item=Text(file.zh, f"{file.name} file"), detail="no record could be read"
            )

    def text(self, tag: int, *more: int) -> str | None:
        """Read text, with its extensions joined as bytes before decoding."""
        item = self._items[tag]
        parts = [self._records.get(each, b"") for each in (tag, *more)]
        # Parts are joined as bytes: a character may lie across the border. A space there may
        # belong to the name, unless nothing follows.
        joined = b"".join(part.rstrip(b"\x00\xff") for part in parts)
        spelled, _, behind = joined.partition(b"\x00")
        if behind.strip(AN_FILLER):
            self._note("text_after_filler", item)
        try:
            text = decode_text(spelled)
        except LayoutError as error:
            raise _damaged(item, str(error)) from error
        if text is None:
            self._note("missing_item", item)
        elif any(unicodedata.category(each) in _NO_TEXT for each in text):
            # Control characters would steer the screen they are shown on.
            raise _damaged(item, "control characters in it")
        return text

    def digits(self, tag: int) -> str | None:
        """Read the nibbles of a number as upper-case hex."""
        item = self._items[tag]
        raw = self._records.get(tag, b"")
        if not raw.strip(b"\xff") or not raw.strip(b"\x00"):
            self._note("missing_item", item)
            return None
        if len(raw) != item.field.size:
            self._note("odd_value", item)
        return raw.hex().upper()

    def day(self, tag: int) -> date | None:
        """Read a day, BCD or (seen on a test card of 2012) as eight characters."""
        item = self._items[tag]
        raw = self._records.get(tag, b"")
        spelled = raw.rstrip(AN_FILLER)
        if not spelled:
            self._note("missing_item", item)
            return None
        digits = raw.hex()
        if len(spelled) == 8 and spelled.isdigit():
            digits = spelled.decode("ascii")
            self._note("ascii_date", item)
        try:
            return parse_day(digits)
        except LayoutError:
            self._note("bad_date", item)
            return None

    def coded(self, tag: int) -> Coded | None:
        """Read a code and look up its name."""
        item = self._items[tag]
        table: CodeTable = item.field.table  # type: ignore[attr-defined]  # coded items have one
        raw = self._records.get(tag, b"")
        try:
            code = self._spelled_code(item, raw) if raw else None
        except LayoutError:
            self._note("odd_value", item)
            return None
        if code is None:
            self._note("missing_item", item)
            return None
        entry = table.lookup(code)
        if entry is None:
            self._note("unknown_code", item)
        return Coded(code, entry.zh if entry else None)

    def _spelled_code(self, item: Item, raw: bytes) -> str | None:
        """Decode a code, also where it is written in characters and not as declared."""
        spelled = raw.rstrip(AN_FILLER)
        if spelled.isdigit() and len(raw) != item.field.size:
            self._note("ascii_code", item)
            width = item.field.size * (2 if isinstance(item.field, Cn) else 1)
            digits = spelled.decode("ascii")
            if digits[:-width].strip("0"):
                raise LayoutError("more digits than the code has")
            return digits[-width:]
        decoded: str | None = item.field.decode(raw)
        return decoded

    def _note(self, code: str, item: Item) -> None:
        self._notes.add(code, item.zh, item.name.replace("_", " "))


def _damaged(item: Item, detail: str) -> DataDamaged:
    return DataDamaged(item=title_of(item), detail=detail)


def read_card_data(records: Mapping[int, bytes], notes: Notes) -> CardData:
    """Read EF05; raises DataDamaged where text is none or nothing could be read."""
    values = _Values(profile.CARD_FILE, records, notes)
    version = values.text(0x03)
    if version is not None and len(version) == 3:
        notes.add("short_version", version)
    number = values.text(0x07)
    if number is not None and len(number) > identifiers.CARD_NUMBER_LENGTH:
        notes.add("long_card_number")
        number = number[: identifiers.CARD_NUMBER_LENGTH]
    right = number is not None and identifiers.is_card_number(number)
    if number is not None and not right:
        notes.add("bad_card_number", mask_number(number))
    card_id = values.digits(0x01)
    return CardData(
        card_id=Masked(card_id, mask_number) if card_id else None,
        card_class=values.text(0x02),
        specification_version=version,
        initialising_organisation=values.digits(0x04),
        issue_date=values.day(0x05),
        expiry_date=values.day(0x06),
        card_number=Masked(number, mask_number) if number else None,
        card_number_check=right,
    )


def read_holder(records: Mapping[int, bytes], file: ElementaryFile, notes: Notes) -> Holder:
    """Read EF06 by the layout of its version; raises DataDamaged as :func:`read_card_data`."""
    values = _Values(file, records, notes)
    number = values.text(0x08)
    name = values.text(_NAME, _NAME_EXTENSION)
    if _NAME_EXTENSION not in records and len(records.get(_NAME, b"").rstrip(AN_FILLER)) >= 30:
        # A full name whose continuation the card does not give may be half a name.
        notes.add("missing_item", "姓名扩展", "name extension")
    born = values.day(0x0D)
    return Holder(
        social_security_number=Masked(number, mask_number) if number else None,
        name=Masked(name, mask_name) if name else None,
        sex=values.coded(0x0A),
        ethnic_group=values.coded(0x0B),
        birthplace=values.coded(0x0C),
        birth_date=Masked(born, mask_day) if born else None,
    )
