"""The text on an identity document's chip, as a SAM-A module gives it: 256 bytes, four layouts.

Reference counter-devices.md §6.4. Text is UTF-16LE in cells that spaces fill; a character outside
the first plane takes two units. The letter at offset 248 tells the layout. Everything here raises
EncodingError for what does not fit, and neither errors nor reprs show what was in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import Enum
from typing import Any, ClassVar, Self

from apdu.errors import EncodingError, LayoutError
from apdu.layout import Field, Layout, Raw

TEXT_SIZE = 256
ADDRESS_UNITS = 35
NAME_UNITS = 15
UNLIMITED = "长期"
_KIND_AT = slice(248, 250)
_UNIT = 2
_CODEC = "utf-16-le"
_PADDING = " \0"
_DAY_UNITS = 8


class Kind(Enum):
    """Name the layouts by their letter; a citizen's card has a space there."""

    CITIZEN = ""
    RESIDENCE_PERMIT = "J"
    """港澳台居民居住证."""
    FOREIGNER_FIRST = "I"
    """外国人永久居留身份证, first version."""
    FOREIGNER = "Y"
    """外国人永久居留身份证 of 2023."""


# --- Cells ----------------------------------------------------------------------------------


def units(text: str) -> int:
    """Count the UTF-16 units of a text; half a character is one."""
    return len(text.encode(_CODEC, "surrogatepass")) // _UNIT


def cut(text: str, most: int) -> tuple[str, str]:
    """Part a text behind at most so many units, never inside a character."""
    for end in range(min(len(text), most), -1, -1):
        if units(text[:end]) <= most:
            return text[:end], text[end:]
    return "", text


def is_full(raw: bytes) -> bool:
    """Tell whether a cell's last unit is used, so that its text may be cut."""
    return raw[-_UNIT:] not in (b" \0", b"\0\0")


class Cell(Field[str]):
    """Text, left-justified, spaces behind it.

    A cut may have left half a character in the last unit: it is dropped. Zeros behind the text are
    taken for spaces.
    """

    def __init__(self, count: int) -> None:
        self.size = _UNIT * count

    def decode(self, raw: bytes) -> str:
        """Read the text."""
        text = self.checked(raw).decode(_CODEC, "surrogatepass")
        if "\ud800" <= text[-1:] <= "\udbff":
            text = text[:-1]
        text = text.rstrip(_PADDING)
        if any(each < " " or "\ud800" <= each <= "\udfff" for each in text):
            raise LayoutError("this is no text")
        return text

    def encode(self, value: str) -> bytes:
        """Write the text."""
        try:
            raw = value.encode(_CODEC)
        except UnicodeEncodeError:
            raise LayoutError("half a character is no text") from None
        if len(raw) > self.size or any(each < " " for each in value):
            raise LayoutError(f"no text of up to {self.size // _UNIT} units")
        return raw + (self.size - len(raw)) // _UNIT * b" \0"


class Day(Field[date]):
    """YYYYMMDD."""

    size = _UNIT * _DAY_UNITS

    def decode(self, raw: bytes) -> date:
        """Read the day."""
        return _day(Cell(_DAY_UNITS).decode(raw))

    def encode(self, value: date) -> bytes:
        """Write the day."""
        return Cell(_DAY_UNITS).encode(f"{value.year:04}{value.month:02}{value.day:02}")


class LastDay(Field["date | None"]):
    """YYYYMMDD, or 长期 (None) where there is no last day."""

    size = _UNIT * _DAY_UNITS

    def decode(self, raw: bytes) -> date | None:
        """Read the day."""
        text = Cell(_DAY_UNITS).decode(raw)
        return None if text == UNLIMITED else _day(text)

    def encode(self, value: date | None) -> bytes:
        """Write the day."""
        return Cell(_DAY_UNITS).encode(UNLIMITED) if value is None else Day().encode(value)


class Reserved(Field[None]):
    """Units that mean nothing here; the whole text is kept by whoever reads it."""

    def __init__(self, count: int) -> None:
        self.size = _UNIT * count

    def decode(self, raw: bytes) -> None:
        """Pass them."""

    def encode(self, value: None) -> bytes:  # noqa: ARG002  there is nothing to write
        """Write spaces."""
        return self.size // _UNIT * b" \0"


def _day(text: str) -> date:
    if len(text) != _DAY_UNITS or not (text.isascii() and text.isdecimal()):
        raise LayoutError("no day YYYYMMDD")
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise LayoutError("no day of the calendar") from None


# --- The four layouts -----------------------------------------------------------------------


class _Text:
    """Be the text of one kind of document; its fields are the cells of its layout."""

    __slots__ = ()
    KIND: ClassVar[Kind]
    LAYOUT: ClassVar[Layout]

    def encode(self) -> bytes:
        """Write the 256 bytes."""
        given = {each.name: getattr(self, each.name) for each in fields(self)}  # type: ignore[arg-type]
        values = {name: given.get(name) for name in self.LAYOUT.fields}
        if "kind" in values:
            values["kind"] = self.KIND.value
        try:
            values = self._written(values, given)
            return b"".join(
                _named(name, each, values[name]) for name, each in self.LAYOUT.fields.items()
            )
        except LayoutError as error:
            raise EncodingError(f"{self.LAYOUT.name}.{error}") from None

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """Read the 256 bytes."""
        try:
            values = cls._read(cls.LAYOUT.decode(raw))
        except LayoutError as error:
            raise EncodingError(str(error)) from None
        return cls(**{each.name: values[each.name] for each in fields(cls)})  # type: ignore[arg-type]

    @staticmethod
    def _written(values: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG004
        """Put what goes over two cells into them."""
        return values

    @staticmethod
    def _read(values: dict[str, Any]) -> dict[str, Any]:
        """Put together what goes over two cells."""
        return values


def _named(name: str, cell: Field[Any], value: Any) -> bytes:
    """Write a cell; what is wrong is told by the item's name, for whoever fills it in."""
    try:
        return cell.encode(value)
    except LayoutError as error:
        raise LayoutError(f"{name}: {error}") from None


_PERSON: dict[str, Field[Any]] = {
    "name": Cell(NAME_UNITS),
    "sex": Cell(1),
    "nation": Cell(2),
    "birth": Day(),
    "address": Cell(ADDRESS_UNITS),
    "number": Cell(18),
    "authority": Cell(15),
    "valid_from": Day(),
    "valid_until": LastDay(),
}


@dataclass(frozen=True, slots=True)
class CitizenText(_Text):
    """Hold a citizen's identity card 居民身份证; ``nation`` is the code of the ethnic group."""

    name: str = field(repr=False)
    sex: str = field(repr=False)
    nation: str = field(repr=False)
    birth: date = field(repr=False)
    address: str = field(repr=False)
    number: str = field(repr=False)
    authority: str = field(repr=False)
    valid_from: date = field(repr=False)
    valid_until: date | None = field(repr=False)

    KIND: ClassVar[Kind] = Kind.CITIZEN
    LAYOUT: ClassVar[Layout] = Layout("citizen card", _PERSON | {"reserved": Reserved(18)})


@dataclass(frozen=True, slots=True)
class PermitText(_Text):
    """Hold a residence permit of a resident of Hong Kong, Macau or Taiwan 港澳台居民居住证."""

    name: str = field(repr=False)
    sex: str = field(repr=False)
    birth: date = field(repr=False)
    address: str = field(repr=False)
    number: str = field(repr=False)
    authority: str = field(repr=False)
    valid_from: date = field(repr=False)
    valid_until: date | None = field(repr=False)
    pass_number: str = field(repr=False)
    issue_count: str = field(repr=False)

    KIND: ClassVar[Kind] = Kind.RESIDENCE_PERMIT
    LAYOUT: ClassVar[Layout] = Layout(
        "residence permit",
        _PERSON
        | {
            "nation": Reserved(2),
            "pass_number": Cell(9),
            "issue_count": Cell(2),
            "reserved": Reserved(3),
            "kind": Cell(1),
            "reserved_end": Reserved(3),
        },
    )


@dataclass(frozen=True, slots=True)
class ForeignerFirstText(_Text):
    """Hold the first version of the foreign permanent resident's card 外国人永久居留身份证."""

    english_name: str = field(repr=False)
    sex: str = field(repr=False)
    number: str = field(repr=False)
    nationality: str = field(repr=False)
    name: str = field(repr=False)
    valid_from: date = field(repr=False)
    valid_until: date | None = field(repr=False)
    birth: date = field(repr=False)
    version: str = field(repr=False)
    authority: str = field(repr=False)

    KIND: ClassVar[Kind] = Kind.FOREIGNER_FIRST
    LAYOUT: ClassVar[Layout] = Layout(
        "foreigner's card, first version",
        {
            "english_name": Cell(60),
            "sex": Cell(1),
            "number": Cell(15),
            "nationality": Cell(3),
            "name": Cell(NAME_UNITS),
            "valid_from": Day(),
            "valid_until": LastDay(),
            "birth": Day(),
            "version": Cell(2),
            "authority": Cell(4),
            "kind": Cell(1),
            "reserved": Reserved(3),
        },
    )


_ENGLISH, _MORE_ENGLISH = 35, 11


@dataclass(frozen=True, slots=True)
class ForeignerText(_Text):
    """Hold the foreign permanent resident's card of 2023; a long English name goes over two cells.

    ``old_card`` links it to the card before.
    """

    name: str = field(repr=False)
    sex: str = field(repr=False)
    change_count: str = field(repr=False)
    birth: date = field(repr=False)
    english_name: str = field(repr=False)
    number: str = field(repr=False)
    valid_from: date = field(repr=False)
    valid_until: date | None = field(repr=False)
    nationality: str = field(repr=False)
    old_card: str = field(repr=False)

    KIND: ClassVar[Kind] = Kind.FOREIGNER
    LAYOUT: ClassVar[Layout] = Layout(
        "foreigner's card of 2023",
        {
            "name": Cell(NAME_UNITS),
            "sex": Cell(1),
            "change_count": Cell(2),
            "birth": Day(),
            "english": Raw(_UNIT * _ENGLISH),
            "number": Cell(18),
            "reserved": Reserved(15),
            "valid_from": Day(),
            "valid_until": LastDay(),
            "more_english": Raw(_UNIT * _MORE_ENGLISH),
            "nationality": Cell(3),
            "kind": Cell(1),
            "old_card": Cell(3),
        },
    )

    @staticmethod
    def _written(values: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        # As one: a space at the border is a part of the name, not what fills a cell.
        both = _named("english_name", Cell(_ENGLISH + _MORE_ENGLISH), given["english_name"])
        border = _UNIT * _ENGLISH
        return values | {"english": both[:border], "more_english": both[border:]}

    @staticmethod
    def _read(values: dict[str, Any]) -> dict[str, Any]:
        both = values["english"] + values["more_english"]
        return values | {"english_name": Cell(_ENGLISH + _MORE_ENGLISH).decode(both)}


IdText = CitizenText | PermitText | ForeignerFirstText | ForeignerText
_TEXTS: dict[Kind, type[IdText]] = {
    each.KIND: each for each in (CitizenText, PermitText, ForeignerFirstText, ForeignerText)
}


class UnknownKind(EncodingError):
    """Refuse a text whose letter no layout has; the letter is in ``letter``."""

    def __init__(self, letter: str) -> None:
        super().__init__("the document is of a kind that is not known")
        self.letter = letter


def kind_of(raw: bytes) -> Kind:
    """Tell the layout of a text; raises UnknownKind."""
    letter = raw[_KIND_AT].decode(_CODEC, "replace").strip(_PADDING)
    try:
        return Kind(letter)
    except ValueError:
        raise UnknownKind(letter) from None


def decode_text(raw: bytes) -> IdText:
    """Read the 256 bytes by the layout that their letter tells."""
    if len(raw) != TEXT_SIZE:
        raise EncodingError(f"a text has {TEXT_SIZE} bytes, this one {len(raw)}")
    return _TEXTS[kind_of(raw)].decode(raw)


def name_cell(raw: bytes) -> bytes:
    """Give the cell of the (Chinese) name, which may be cut (:func:`is_full`)."""
    at = 158 if kind_of(raw) is Kind.FOREIGNER_FIRST else 0
    return raw[at : at + _UNIT * NAME_UNITS]
