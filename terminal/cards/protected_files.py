"""The files behind a proof: read under PIN or read key, written under the update key.

Reference social-security-card.md §2.3, §2.4 (files and their keys), §3 (records are updated in
plain after the update key was proved, one whole TLV each). What opens a file is the profile's; a
card that wants more says so by 6982, and that is told. A key is proved once as long as its
application stays selected, not once a file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any, Literal

from apdu.status import SW
from card_profiles import social_security as ssse
from card_profiles.addresses import Place, find, places, profile_of
from card_profiles.model import PIN, Access, Application, Item, Proof, Structure
from terminal.cards.file_values import (
    Entry,
    FileContent,
    ItemValue,
    decoded,
    decoded_value,
    encode,
    find_item,
)
from terminal.cards.file_writer import FileWriter
from terminal.cards.social_security import SocialSecurityCard, key_of
from terminal.cards.titles import title_of
from terminal.errors import (
    AccessDenied,
    CardBlocked,
    CardRefused,
    FileUnknown,
    GuitaiError,
    KeyVersionUnknown,
    ReadbackDiffers,
    WriteUnfinished,
)
from terminal.texts import Text

By = Literal["key", "pin"]
"""Which proof is wanted where the card takes either."""
_READ = Text("读取", "read")
_WRITE = Text("写入", "write")
_LOOK = Text("在写入前读取", "read before writing")


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

    def _open(self, place: Place, access: Access, by: By | None, step: Text) -> None:
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
            raise AccessDenied(step=step, file=place.name, needs=needs(access))
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
                return FileContent(place, (decoded_value(1, item, content),))
            records = self._card.reader.read_each(file)
        except CardRefused as refusal:
            raise self._denied(place, refusal, file.read, _READ) from refusal
        return FileContent(place, tuple(decoded(place, each) for each in records))

    def _denied(self, place: Place, refusal: CardRefused, access: Access, step: Text) -> Exception:
        """Say of a 6982 what is wanted; any other refusal stands for itself."""
        if refusal.facts["sw"] != f"{SW.SECURITY_STATUS:04X}":
            return refusal
        return AccessDenied(step=step, file=place.name, needs=needs(access))

    # --- Writing ---------------------------------------------------------------------------

    def item(self, place: Place, name: str) -> Item:
        """Find an item by its name or tag; raises ItemUnknown with those there are."""
        return find_item(place, name)[0]

    def write(self, place: Place, values: Mapping[str, Any]) -> tuple[Item, ...]:
        """Write items of a file and read them back where the counter may; the items written.

        Every value is checked before the first is written. One record is written whole or not at
        all; a record of a cyclic file is added before the others. Raises ItemUnknown, ValueWrong,
        AccessDenied, ItemAbsent, ReadbackDiffers, CardRefused, and WriteUnfinished where the card
        left in the middle.
        """
        encoded = encode(place, values)
        before = self._look(place)
        if before is None and place.application.fid == ssse.FID:
            # These files may not get items (§1.1), and whether it is there nobody knows.
            raise AccessDenied(step=_LOOK, file=place.name, needs=needs(place.file.read))
        self._open(place, place.file.write, None, _WRITE)
        writer = FileWriter(self._card.connection, self._card.reader, place, before)
        try:
            for entry in encoded:
                writer.write(entry)
        except CardRefused as refusal:
            raise self._denied(place, refusal, place.file.write, _WRITE) from refusal
        except GuitaiError as error:
            if not (error.card_lost and writer.sent):
                raise
            raise WriteUnfinished(
                file=place.name, done=len(writer.written), of=len(encoded)
            ) from error
        self._read_back(place, before, encoded)
        return tuple(entry.item for entry in writer.written)

    def _look(self, place: Place) -> FileContent | None:
        """Read the file, None where reading would take a PIN that nobody was asked for."""
        access = place.file.read
        way = self._way(place, access, None)
        if not access.allows(way) or self.wants_pin(place, access):
            wanted = needs(access)
            self._card.notes.add(
                "not_read_back",
                f"{place.name}（读取需要{wanted.zh}）",
                f"{place.name} (reading takes {wanted.en})",
            )
            return None
        try:
            return self.read(place)
        except KeyVersionUnknown:
            if self._way(place, access, None) == way:
                raise
            return self._look(place)  # another way, for the card lacks a key of this one

    def _read_back(self, place: Place, before: FileContent | None, written: list[Entry]) -> None:
        """Compare with what was written; what was not written has to be what it was."""
        try:
            after = self._look(place)
        except GuitaiError as error:
            if not error.card_lost:
                raise
            self._card.notes.add("written_unread", place.name)
            return
        if after is None:
            return
        for entry in written:
            there = [each.raw for each in after.values if each.item is entry.item]
            if there[entry.instance - 1 : entry.instance] != [entry.content]:
                raise _differs(entry.item)
        if before is None or place.file.structure is Structure.CYCLIC:
            return
        others = zip_longest(_others(before, written), _others(after, written))
        for old, new in others:
            if old is None or new is None or (old.tag, old.raw) != (new.tag, new.raw):
                raise _differs((old or new).item)


def _differs(item: Item | None) -> ReadbackDiffers:
    another = Text("其他数据项", "another item")
    return ReadbackDiffers(item=another if item is None else title_of(item))


def _others(content: FileContent, written: list[Entry]) -> Iterator[ItemValue]:
    """Give the records that were not written."""
    met: Counter[int] = Counter()
    for each in content.values:
        met[each.tag] += 1
        if not any(
            entry.item is each.item and entry.instance == met[each.tag] for entry in written
        ):
            yield each


def needs(access: Access) -> Text:
    """Say what opens a file."""
    ways = sorted(
        (sorted(way, key=str) for way in access.ways), key=lambda way: (len(way), str(way))
    )
    if not ways:
        return Text("不可", str(access))
    if not ways[0]:
        return Text("无需验证", str(access))
    named = ("和".join(map(_named, way)) for way in ways)
    return Text("或".join(named), str(access))


def _named(proof: Proof) -> str:
    return "服务密码" if isinstance(proof, str) else f"密钥 {proof:02X}"
