"""The files behind a proof: read under PIN or read key, written under the update key.

Reference social-security-card.md §2.3, §2.4 (files and their keys), §3 (records are updated in
plain after the update key was proved, one whole TLV each). What opens a file is the profile's; a
card that wants more says so by 6982, and that is told. A key is proved once as long as its
application stays selected, not once a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from apdu import simple_tlv
from apdu.commands import RecordMode, UpdateBinary, UpdateRecord
from apdu.declare import Declared
from apdu.errors import LayoutError
from apdu.status import SW
from card_profiles import social_security as ssse
from card_profiles.addresses import Place, find, places, profile_of
from card_profiles.model import PIN, Access, Application, ElementaryFile, Item, Proof, Structure
from terminal.cards.exchange import exchange, refused
from terminal.cards.file_reader import Record
from terminal.cards.social_security import SocialSecurityCard, key_of
from terminal.errors import (
    AccessDenied,
    CardBlocked,
    CardRefused,
    FileUnknown,
    GuitaiError,
    ItemUnknown,
    KeyVersionUnknown,
    ReadbackDiffers,
    ValueWrong,
    WriteUnfinished,
)

By = Literal["key", "pin"]
"""Which proof is wanted where the card takes either."""
_CHUNK = 0xF0
_READ = {"step_zh": "读取", "step_en": "read"}
_WRITE = {"step_zh": "写入", "step_en": "write"}


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


class ProtectedFiles:
    """Read and write the files of one card, in one session."""

    def __init__(self, card: SocialSecurityCard) -> None:
        self._card = card
        data = card.identify()
        self.known = places(profile_of(card.generation, data.region))

    # --- Finding ---------------------------------------------------------------------------

    def find(self, name: str) -> Place:
        """Find a file by its name; raises FileUnknown with the names there are."""
        place = find(name, self.known)
        if place is None:
            raise FileUnknown(name=name, files=", ".join(each.name for each in self.known))
        return place

    def present(self) -> tuple[Place, ...]:
        """List the files of those applications that the card has, by selecting each.

        A blocked one is left out and noted.
        """
        applications = {each.application.name: each.application for each in self.known}
        there = {name: self._has(application) for name, application in applications.items()}
        return tuple(each for each in self.known if there[each.application.name])

    def _has(self, application: Application) -> bool:
        try:
            return self._card.enter(application)
        except CardBlocked:
            if application.fid == ssse.FID:
                raise
            self._card.notes.add(
                "application_blocked", application.zh or application.name, application.name
            )
            return False

    def wants_pin(self, place: Place, access: Access, by: By | None = None) -> bool:
        """Tell whether the service PIN has to be verified before, for one of a file's rules."""
        return not self._card.pin_verified and PIN in self._way(place, access, by)

    # --- Opening ---------------------------------------------------------------------------

    def _way(self, place: Place, access: Access, by: By | None) -> frozenset[Proof]:
        """Choose the way that asks least of the holder; the empty one where there is none.

        ``by`` prefers the key or the PIN where either will do.
        """
        possible = [
            way for way in access.ways if all(self._possible(place, proof) for proof in way)
        ]
        if not possible:
            return frozenset()
        preferred = {None: 0, "key": 0, "pin": -2}[by]
        return min(
            possible,
            key=lambda way: (
                preferred * (PIN in way),
                PIN in way and not self._card.pin_verified,
                len(way),
            ),
        )

    def _possible(self, place: Place, proof: Proof) -> bool:
        """Tell whether a proof can be given: the PIN by its holder, a key where we have it."""
        if isinstance(proof, str):
            return True
        prover = self._card.prover()
        return prover is not None and prover.holds(*key_of(place.application, proof))

    def _open(self, place: Place, access: Access, by: By | None, step: Mapping[str, str]) -> None:
        """Select the file's application and give the proofs that it wants.

        The PIN was verified before where the way wants it. Raises FileUnknown, AccessDenied and
        Prover.prove's errors.
        """
        if not self._card.enter(place.application):
            raise FileUnknown(
                name=place.name, files=", ".join(each.name for each in self.present())
            )
        way = self._way(place, access, by)
        if not access.allows(way) or self.wants_pin(place, access, by):
            raise AccessDenied(**step, file=place.name, **needs(access))
        for proof in sorted(each for each in way if not isinstance(each, str)):
            self._card.prove(proof)

    # --- Reading ---------------------------------------------------------------------------

    def read(self, place: Place, *, by: By | None = None) -> FileContent:
        """Read a file whole; raises AccessDenied, FileUnknown, CardRefused, DataDamaged."""
        file = place.file
        self._open(place, file.read, by, _READ)
        try:
            if file.structure is Structure.TRANSPARENT:
                content = self._card.reader.read_transparent(file)
                (item,) = file.items
                return FileContent(place, (_value(1, item, content),))
            records = self._card.reader.read_each(file)
        except CardRefused as refusal:
            raise self._denied(place, refusal, file.read, _READ) from refusal
        return FileContent(place, tuple(_decoded(place, each) for each in records))

    def _denied(
        self, place: Place, refusal: CardRefused, access: Access, step: Mapping[str, str]
    ) -> Exception:
        """Say of a 6982 what is wanted; any other refusal stands for itself."""
        if refusal.facts["sw"] != f"{SW.SECURITY_STATUS:04X}":
            return refusal
        return AccessDenied(**step, file=place.name, **needs(access))

    # --- Writing ---------------------------------------------------------------------------

    def item(self, place: Place, name: str) -> Item:
        """Find an item by its name or tag, ``name:2`` being the second of several of one tag.

        Raises ItemUnknown with those there are.
        """
        return self._slot(place, name)[0]

    def _slot(self, place: Place, name: str) -> tuple[Item, int]:
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

    def encode(self, place: Place, values: Mapping[str, Any]) -> list[Entry]:
        """Write values as the file's items have them, before anything goes to the card.

        Raises ItemUnknown, ValueWrong.
        """
        encoded: list[Entry] = []
        for name, value in values.items():
            item, instance = self._slot(place, name)
            if any((each.item, each.instance) == (item, instance) for each in encoded):
                raise _value_wrong(item, "给了两次", "was given twice")
            try:
                encoded.append(Entry(item, instance, item.field.encode(value)))
            except (LayoutError, TypeError, AttributeError) as error:
                size = item.field.size
                raise _value_wrong(item, f"共 {size} 字节", f"has {size} bytes") from error
        return encoded

    def write(self, place: Place, values: Mapping[str, Any]) -> tuple[Item, ...]:
        """Write items of a file and read them back where the counter may; the items written.

        Every value is checked before the first is written. One record is written whole or not at
        all; a record of a cyclic file is added before the others. Raises ItemUnknown, ValueWrong,
        AccessDenied, ReadbackDiffers, CardRefused, and WriteUnfinished where the card left.
        """
        encoded = self.encode(place, values)
        file = place.file
        before = self._look(place)
        self._open(place, file.write, None, _WRITE)
        written: list[Item] = []
        try:
            self._card.reader.demand_selected(file)
            for entry in encoded:
                if file.structure is Structure.TRANSPARENT:
                    self._write_transparent(place, entry.content)
                else:
                    self._update(place, _update_record(file, entry, before))
                written.append(entry.item)
        except CardRefused as refusal:
            raise self._denied(place, refusal, file.write, _WRITE) from refusal
        except GuitaiError as error:
            if not error.card_lost:
                raise
            raise WriteUnfinished(file=place.name, done=len(written), of=len(encoded)) from error
        self._compare(encoded, self._look(place))
        return tuple(written)

    def _look(self, place: Place) -> FileContent | None:
        """Read the file, None where reading would take a PIN that nobody was asked for."""
        access = place.file.read
        if not access.allows(self._way(place, access, None)) or self.wants_pin(place, access):
            self._card.notes.add("not_read_back", place.name)
            return None
        try:
            return self.read(place)
        except KeyVersionUnknown:
            return self._look(place)  # another way, for this one is gone now

    def _update(self, place: Place, command: Declared) -> None:
        answer = exchange(self._card.connection, command)
        if not answer.ok:
            raise refused(f"{command.NAME} {place.name}", answer.sw)

    def _write_transparent(self, place: Place, content: bytes) -> None:
        for at in range(0, len(content), _CHUNK):
            self._update(place, UpdateBinary(at >> 8, at & 0xFF, content[at : at + _CHUNK]))

    def _compare(self, written: list[Entry], after: FileContent | None) -> None:
        if after is None:
            return
        for entry in written:
            there = [each.raw for each in after.values if each.item is entry.item]
            if there[entry.instance - 1 : entry.instance] != [entry.content]:
                raise ReadbackDiffers(
                    item_zh=entry.item.zh or entry.item.name,
                    item_en=entry.item.name.replace("_", " "),
                )


def needs(access: Access) -> dict[str, str]:
    """Say what opens a file, in both languages, as an error's facts."""
    ways = sorted(
        (sorted(way, key=str) for way in access.ways), key=lambda way: (len(way), str(way))
    )
    if not ways:
        return {"needs_zh": "不可", "needs_en": str(access)}
    if not ways[0]:
        return {"needs_zh": "无需验证", "needs_en": str(access)}
    named = ("和".join(map(_named, way)) for way in ways)
    return {"needs_zh": "或".join(named), "needs_en": str(access)}


def _named(proof: Proof) -> str:
    return "社保密码" if isinstance(proof, str) else f"密钥 {proof:02X}"


def _decoded(place: Place, record: Record) -> ItemValue:
    number, raw, items = record.number, record.raw, place.file.items
    if items and items[0].tag == 0:
        return _value(number, items[0], raw)
    if len(raw) < simple_tlv.HEADER_SIZE:
        return ItemValue(number, 0, None, raw, None, readable=False)
    tag, content = raw[0], raw[simple_tlv.HEADER_SIZE :][: raw[1]]
    item = next((each for each in items if each.tag == tag), None)
    if item is None or len(content) < raw[1]:
        # Cut short: what is there may look like a whole value.
        return ItemValue(number, tag, item, content, None, readable=False)
    return _value(number, item, content)


def _value(number: int, item: Item, content: bytes) -> ItemValue:
    try:
        return ItemValue(number, item.tag, item, content, item.field.decode(content))
    except LayoutError:
        return ItemValue(number, item.tag, item, content, None, readable=False)


def _value_wrong(item: Item, zh: str, en: str) -> ValueWrong:
    return ValueWrong(
        item_zh=item.zh or item.name,
        item_en=item.name.replace("_", " "),
        detail_zh=f"数据项 {item.tag:02X} {zh}",
        detail_en=f"item {item.tag:02X} {en}",
    )


def _update_record(file: ElementaryFile, entry: Entry, before: FileContent | None) -> UpdateRecord:
    """Make the command that replaces a record, or adds one to a cyclic file (§3).

    The record is named by its number where it was read; by its tag where it was not, or the card
    knows no numbers: another issuer's order is not the layout's. Raises CardRefused where it is
    not there: an unknown name would have the card append.
    """
    item = entry.item
    record = simple_tlv.Record(item.tag, entry.content).encode() if item.tag else entry.content
    if file.structure is Structure.CYCLIC:
        return UpdateRecord(0, record, RecordMode.PREVIOUS)
    if before is None and not item.tag:
        return UpdateRecord(entry.instance, record)
    numbers = [0]
    if before is not None:
        numbers = [each.number for each in before.values if each.item is item]
    if len(numbers) < entry.instance or (entry.instance > 1 and not numbers[-1]):
        raise refused(f"READ RECORD {file.name} {item.name}", SW.RECORD_NOT_FOUND)
    number = numbers[entry.instance - 1]
    if number:
        return UpdateRecord(number, record)
    return UpdateRecord(item.tag, record, RecordMode.FIRST)
