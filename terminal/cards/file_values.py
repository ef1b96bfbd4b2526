"""What stands in files: items found by name, records as values, values as records.

Reference social-security-card.md §2: which items a file has is the profile's; nothing here talks to
a card.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apdu import simple_tlv
from apdu.errors import LayoutError
from apdu.layout import Field
from card_profiles.addresses import Place
from card_profiles.fields import AN_FILLER, Binary, Cn, Columns, Date, Group, Number
from card_profiles.model import Item
from terminal.cards.file_reader import Record
from terminal.cards.titles import title_of
from terminal.errors import ItemUnknown, ValueWrong
from terminal.texts import Text


@dataclass(frozen=True, slots=True)
class ItemValue:
    """Hold one record of a file: its item, its bytes and what they stand for.

    ``number`` is 0 where the card knows its records by their tags only. ``item`` is None for a tag
    that no layout knows; ``value`` is None where the item is unused, and where ``readable`` is
    False.
    """

    number: int
    tag: int
    item: Item | None
    raw: bytes
    value: Any
    readable: bool = True


@dataclass(frozen=True, slots=True)
class FileContent:
    """Hold what was read of a file."""

    place: Place
    values: tuple[ItemValue, ...]

    def value_of(self, name: str) -> Any:
        """Give the value of the first record of an item; raises KeyError where there is none."""
        for each in self.values:
            if each.item is not None and each.item.name == name:
                return each.value
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold what is to be written: which item, the how many-th of its tag, its content."""

    item: Item
    instance: int
    content: bytes

    @property
    def record(self) -> bytes:
        """Give the record: its TLV, or the content alone where records have no tag."""
        if not self.item.tag:
            return self.content
        return simple_tlv.Record(self.item.tag, self.content).encode()


# --- Reading -------------------------------------------------------------------------------


def decoded(place: Place, record: Record) -> ItemValue:
    """Read a record by the layout of its file; what does not fit is not readable, and kept."""
    number, raw, items = record.number, record.raw, place.file.items
    if items and items[0].tag == 0:
        return decoded_value(number, items[0], raw)
    if len(raw) < simple_tlv.HEADER_SIZE:
        return ItemValue(number, 0, None, raw, None, readable=False)
    tag, content = raw[0], raw[simple_tlv.HEADER_SIZE :][: raw[1]]
    item = next((each for each in items if each.tag == tag), None)
    if item is None or len(content) < raw[1]:
        # Cut short: what is there may look like a whole value.
        return ItemValue(number, tag, item, content, None, readable=False)
    return decoded_value(number, item, content)


def decoded_value(number: int, item: Item, content: bytes) -> ItemValue:
    """Read an item's content; what is longer by filler alone is read without it."""
    size = item.field.size
    spelled = content if content[size:].strip(AN_FILLER) else content[:size]
    try:
        return ItemValue(number, item.tag, item, content, item.field.decode(spelled))
    except LayoutError:
        return ItemValue(number, item.tag, item, content, None, readable=False)


# --- Writing -------------------------------------------------------------------------------


def find_item(place: Place, name: str) -> tuple[Item, int]:
    """Find an item by its name or tag, ``name:2`` being the second of several of one tag.

    Gives it, and which of its tag is meant. Raises ItemUnknown with those there are.
    """
    wanted, _, instance = name.lower().removeprefix("0x").partition(":")
    for each in place.file.items:
        if wanted in {each.name, f"{each.tag:02x}"}:
            which = int(instance or "1") if (instance or "1").isdecimal() else 0
            if 1 <= which <= each.count:
                return each, which
    listed = ", ".join(
        f"{each.tag:02X} {each.name}" + (f":1–{each.count}" if each.count > 1 else "")
        for each in place.file.items
    )
    raise ItemUnknown(file=place.name, name=name, items=listed)


def encode(place: Place, values: Mapping[str, Any]) -> list[Entry]:
    """Write values as the file's items have them, before anything goes to the card.

    Raises ItemUnknown, ValueWrong.
    """
    encoded: list[Entry] = []
    for name, value in values.items():
        item, instance = find_item(place, name)
        if any((each.item, each.instance) == (item, instance) for each in encoded):
            raise value_wrong(item, Text("给了两次", "was given twice"))
        try:
            encoded.append(Entry(item, instance, item.field.encode(value)))
        except (LayoutError, TypeError, AttributeError) as error:
            raise value_wrong(item, form_of(item.field)) from error
    return encoded


def value_wrong(item: Item, why: Text) -> ValueWrong:
    """Make the error for a value that an item cannot have."""
    return ValueWrong(
        item=title_of(item),
        detail=Text(f"数据项 {item.tag:02X} {why.zh}", f"item {item.tag:02X} {why.en}"),
    )


def form_of(field: Field[Any]) -> Text:
    """Say what a value of a field looks like, to whoever typed another."""
    if isinstance(field, (Group, Columns)):
        zh, en = "、".join(field.members), ", ".join(field.members)
        return Text(
            f"由 {zh} 组成，请用 --input 写成 JSON 对象",
            f"consists of {en}: write a JSON object with --input",
        )
    if isinstance(field, Date):
        return Text("应为日期，例如 20260131", "is a date, 20260131 for example")
    if getattr(field, "table", None) is not None:
        return Text("应为代码表中的代码", "is a code of its table")
    if isinstance(field, Number):
        return Text("应为不带小数的数", "is a whole number")
    if isinstance(field, Cn):
        digits = 2 * field.size
        return Text(f"应为数字，至多 {digits} 位", f"is up to {digits} digits")
    if isinstance(field, Binary):
        return Text(f"应为十六进制，至多 {field.size} 字节", f"is hex, of up to {field.size} bytes")
    return Text(
        f"至多 {field.size} 字节，一个汉字占 2 字节（生僻字 4 字节）",
        f"is text of up to {field.size} bytes; a Chinese character has 2 of them, a rare one 4",
    )
