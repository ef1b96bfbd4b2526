"""The files behind a proof: read under PIN or read key, written under the update key.

Reference social-security-card.md §2.3, §2.4 (files and their keys), §3 (records are updated in
plain after the update key was proved, one whole TLV each). What opens a file is the profile's; a
card that wants more says so by 6982, and that is told. A key is proved once as long as its
application stays selected, not once a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from apdu import simple_tlv
from apdu.commands import UpdateBinary, UpdateRecord
from apdu.errors import LayoutError
from apdu.status import SW
from card_profiles.addresses import Place, find, places, profile_of
from card_profiles.model import PIN, Access, Item, Proof, Structure
from terminal.cards.exchange import exchange, refused
from terminal.cards.record_files import read_transparent
from terminal.cards.social_security import SocialSecurityCard, key_of
from terminal.errors import (
    AccessDenied,
    CardRefused,
    FileUnknown,
    ItemUnknown,
    ReadbackDiffers,
    ValueWrong,
)

By = Literal["key", "pin"]
"""Which proof is wanted where the card takes either."""
_CHUNK = 0xF0
_READ = {"step_zh": "读取", "step_en": "read"}
_WRITE = {"step_zh": "写入", "step_en": "write"}


@dataclass(frozen=True, slots=True)
class ItemValue:
    """Hold one record of a file: its item, its bytes and what they stand for.

    ``item`` is None for a tag that no layout knows; ``value`` is None where the item is unused,
    and where ``readable`` is False.
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
        """List the files of those applications that the card has, by selecting each."""
        there = {
            name: self._card.enter(application)
            for name, application in {
                each.application.name: each.application for each in self.known
            }.items()
        }
        return tuple(each for each in self.known if there[each.application.name])

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
                content = read_transparent(self._card.connection, file)
                (item,) = file.items
                return FileContent(place, (_value(1, item, content),))
            records = self._card.reader.read_each(file)
        except CardRefused as refusal:
            raise self._denied(place, refusal, file.read, _READ) from refusal
        return FileContent(
            place, tuple(self._decoded(place, number, raw) for number, raw in enumerate(records, 1))
        )

    def _denied(
        self, place: Place, refusal: CardRefused, access: Access, step: Mapping[str, str]
    ) -> Exception:
        """Say of a 6982 what is wanted; any other refusal stands for itself."""
        if refusal.facts["sw"] != f"{SW.SECURITY_STATUS:04X}":
            return refusal
        return AccessDenied(**step, file=place.name, **needs(access))

    def _decoded(self, place: Place, number: int, raw: bytes) -> ItemValue:
        items = place.file.items
        if items and items[0].tag == 0:
            return _value(number, items[0], raw)
        if len(raw) < simple_tlv.HEADER_SIZE:
            return ItemValue(number, 0, None, raw, None, readable=False)
        tag, content = raw[0], raw[simple_tlv.HEADER_SIZE :][: raw[1]]
        item = next((each for each in items if each.tag == tag), None)
        if item is None:
            return ItemValue(number, tag, None, content, None, readable=False)
        return _value(number, item, content)

    # --- Writing ---------------------------------------------------------------------------

    def item(self, place: Place, name: str) -> Item:
        """Find an item by its name or tag; raises ItemUnknown with those there are."""
        wanted = name.lower().removeprefix("0x")
        for each in place.file.items:
            if wanted in {each.name, f"{each.tag:02x}"}:
                return each
        listed = ", ".join(f"{each.tag:02X} {each.name}" for each in place.file.items)
        raise ItemUnknown(file=place.name, name=name, items=listed)

    def encode(self, place: Place, values: Mapping[str, Any]) -> list[tuple[Item, bytes]]:
        """Write values as the file's items have them, before anything goes to the card.

        Raises ItemUnknown, ValueWrong.
        """
        encoded: list[tuple[Item, bytes]] = []
        for name, value in values.items():
            item = self.item(place, name)
            try:
                encoded.append((item, item.field.encode(value)))
            except (LayoutError, TypeError, AttributeError) as error:
                raise ValueWrong(
                    item_zh=item.zh or item.name,
                    item_en=item.name.replace("_", " "),
                    detail_zh=f"数据项 {item.tag:02X}，共 {item.field.size} 字节",
                    detail_en=f"item {item.tag:02X} has {item.field.size} bytes",
                ) from error
        return encoded

    def write(self, place: Place, values: Mapping[str, Any]) -> tuple[Item, ...]:
        """Write items of a file and read them back where the counter may; the items written.

        Every value is checked before the first is written. One item is written whole or not at
        all; where the card leaves between two, writing all of them once more is safe.
        Raises ItemUnknown, ValueWrong, AccessDenied, ReadbackDiffers, CardRefused.
        """
        encoded = self.encode(place, values)
        file = place.file
        before = self._look(place)
        self._open(place, file.write, None, _WRITE)
        try:
            self._card.reader.demand_selected(file)
            if file.structure is Structure.TRANSPARENT:
                for _, content in encoded:
                    self._write_transparent(place, content)
            else:
                for item, content in encoded:
                    self._write_record(place, _number_of(item, file.items, before), item, content)
        except CardRefused as refusal:
            raise self._denied(place, refusal, file.write, _WRITE) from refusal
        self._compare(encoded, self._look(place))
        return tuple(item for item, _ in encoded)

    def _look(self, place: Place) -> FileContent | None:
        """Read the file, None where reading would take a PIN that nobody was asked for."""
        access = place.file.read
        if not access.allows(self._way(place, access, None)) or self.wants_pin(place, access):
            self._card.notes.add("not_read_back", place.name)
            return None
        return self.read(place)

    def _write_record(self, place: Place, number: int, item: Item, content: bytes) -> None:
        record = simple_tlv.Record(item.tag, content).encode() if item.tag else content
        command = UpdateRecord(number, record)
        answer = exchange(self._card.connection, command)
        if not answer.ok:
            raise refused(f"UPDATE RECORD {place.name}", answer.sw)

    def _write_transparent(self, place: Place, content: bytes) -> None:
        for at in range(0, len(content), _CHUNK):
            command = UpdateBinary(at >> 8, at & 0xFF, content[at : at + _CHUNK])
            answer = exchange(self._card.connection, command)
            if not answer.ok:
                raise refused(f"UPDATE BINARY {place.name}", answer.sw)

    def _compare(self, written: list[tuple[Item, bytes]], after: FileContent | None) -> None:
        if after is None:
            return
        for item, content in written:
            there = [each.raw for each in after.values if each.item is item]
            if there[:1] != [content]:
                raise ReadbackDiffers(
                    item_zh=item.zh or item.name, item_en=item.name.replace("_", " ")
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


def _value(number: int, item: Item, content: bytes) -> ItemValue:
    try:
        return ItemValue(number, item.tag, item, content, item.field.decode(content))
    except LayoutError:
        return ItemValue(number, item.tag, item, content, None, readable=False)


def _number_of(item: Item, items: Sequence[Item], before: FileContent | None) -> int:
    """Find the record that holds an item: where it was read, else where the layout has it (§2.2).

    Raises CardRefused where it was read and the item is not there: nothing is overwritten.
    """
    if before is not None:
        found = [each.number for each in before.values if each.item is item]
        if not found:
            # A card that does not show its records by number must not have one overwritten.
            raise refused(f"READ RECORD {item.name}", SW.RECORD_NOT_FOUND)
        return found[0]
    number = 1
    for each in items:
        if each is item:
            return number
        number += each.count
    raise ValueError(item.name)
