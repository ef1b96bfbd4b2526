"""The words a card is described with: profile, application, file, item, access, key.

Specification only: what a card's memory holds at a moment is the emulator's, what was read
from one is the terminal's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Literal

from apdu import simple_tlv
from apdu.cipher import Algorithm
from apdu.layout import Field

# --- Vectors -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Vector:
    """Hold bytes and the value they stand for, with where they come from.

    ``one_way`` marks bytes that are read but never written in this form.
    """

    raw: bytes
    value: Any
    source: str
    one_way: bool = False


REFERENCE: Final = "reference"
"""Source of a vector that stands in the reference, byte for byte."""
RULE: Final = "rule"
"""Source of a vector worked out by hand from the reference's rule for the type."""


def vector(raw: str, value: Any, source: str = RULE, *, one_way: bool = False) -> Vector:
    """Write a vector in hex; ``00*24`` repeats a byte, blanks do not matter."""
    spelled = b"".join(
        bytes.fromhex(part[:2]) * int(part[3:]) if "*" in part else bytes.fromhex(part)
        for part in raw.split()
    )
    return Vector(spelled, value, source, one_way)


# --- Access --------------------------------------------------------------------------------

PIN: Final = "PIN"
Proof = int | Literal["PIN"]
"""What can be proved to a card: a key by its id, or the service PIN."""


@dataclass(frozen=True, slots=True)
class Access:
    """Say which proofs open something: any one of the ways, each a set of proofs.

    No way at all is "never"; the empty way is "free".
    """

    ways: frozenset[frozenset[Proof]]

    def allows(self, proofs: frozenset[Proof]) -> bool:
        """Tell whether the proofs given so far open it."""
        return any(way <= proofs for way in self.ways)

    def __or__(self, other: Access) -> Access:
        return Access(self.ways | other.ways)

    def __and__(self, other: Access) -> Access:
        return Access(frozenset(a | b for a in self.ways for b in other.ways))

    def __str__(self) -> str:
        """Write it for people: "free", "never", "PIN or key 88"."""
        if not self.ways:
            return "never"
        if frozenset() in self.ways:
            return "free"
        return " or ".join(sorted(" and ".join(sorted(map(_name, way))) for way in self.ways))


def _name(proof: Proof) -> str:
    return proof if isinstance(proof, str) else f"key {proof:02X}"


def proof(of: Proof) -> Access:
    """Demand one proof."""
    return Access(frozenset({frozenset({of})}))


FREE: Final = Access(frozenset({frozenset()}))
NEVER: Final = Access(frozenset())
BY_PIN: Final = proof(PIN)


# --- Files ---------------------------------------------------------------------------------


class Structure(Enum):
    """Name the structure of an elementary file."""

    RECORDS = "records"
    """Linear, variable length, records are TLV."""
    FIXED = "fixed"
    """Linear, all records of one length."""
    CYCLIC = "cyclic"
    """The newest record is number 1, the oldest is overwritten."""
    TRANSPARENT = "transparent"


@dataclass(frozen=True, slots=True)
class Item:
    """Describe a data item: one record by its tag, or several of the same.

    Tag 0 says that the value stands alone: the content of a transparent file, or a record of a
    cyclic or fixed file that is no TLV.
    """

    tag: int
    name: str
    zh: str
    field: Field[Any]
    vectors: tuple[Vector, ...]
    count: int = 1
    """How many records of this tag the file holds (at least, where the file is cyclic)."""

    @property
    def size(self) -> int:
        """Give the bytes of one record, the TLV header included where it has one."""
        return self.field.size + (simple_tlv.HEADER_SIZE if self.tag else 0)


def unnamed(tag: int, field: Field[Any], *vectors: Vector, count: int = 1) -> Item:
    """Describe an item of which the reference gives tag and type, and no name."""
    return Item(tag, f"item_{tag:02x}", "", field, vectors, count)


@dataclass(frozen=True, slots=True)
class ElementaryFile:
    """Describe an elementary file.

    ``size`` is that of a transparent file in bytes. ``dormant`` files are laid out and not in
    use (预设), ``reserved`` ones are room only (预留).
    """

    fid: int
    name: str
    zh: str
    structure: Structure
    read: Access
    write: Access
    items: tuple[Item, ...] = ()
    size: int = 0
    dormant: bool = False
    reserved: bool = False
    project_defined: bool = False
    short_id: int | None = None

    @property
    def sfi(self) -> int:
        """Give the short file id: the FID's low five bits unless it says otherwise."""
        return self.fid & 0x1F if self.short_id is None else self.short_id

    @property
    def total_size(self) -> int:
        """Give the bytes of all records of a file of standard layout, TLV headers included."""
        return sum(item.size * item.count for item in self.items) or self.size

    def item(self, tag: int) -> Item:
        """Find an item by its tag; raises KeyError where the file has none such."""
        for each in self.items:
            if each.tag == tag:
                return each
        raise KeyError(f"{self.name} has no item {tag:02X}")


class KeyUse(Enum):
    """Say what a key is for."""

    INTERNAL = "internal authentication"
    READ = "read"
    UPDATE = "update"
    MAINTENANCE = "maintenance"
    BLOCK = "card block"
    UNBLOCK = "PIN unblock"


@dataclass(frozen=True, slots=True)
class Key:
    """Describe a key in the card: its id is P2 of the authentication commands.

    ``tries`` None means that failures do not lock it (reference §8.3).
    """

    id: int
    name: str
    use: KeyUse
    tries: int | None = 3


@dataclass(frozen=True, slots=True)
class Application:
    """Describe a dedicated file: an application and what is in it.

    ``aid`` is its name for SELECT, ``fid`` its file id. ``shares_proofs`` names the
    applications behind the same firewall side; a bank's or a transit application stands alone.
    """

    name: str
    zh: str
    fid: int
    aid: bytes | None
    files: tuple[ElementaryFile, ...] = ()
    keys: tuple[Key, ...] = ()
    label: str = ""
    fci_proprietary: bytes = b""
    project_defined: bool = False
    foreign: bool = False
    """True for another institution's application on the same chip (bank, transit)."""

    def file(self, fid: int) -> ElementaryFile:
        """Find a file by its id; raises KeyError where there is none."""
        for each in self.files:
            if each.fid == fid:
                return each
        raise KeyError(f"{self.name} has no file {fid:04X}")

    def key(self, name: str) -> Key:
        """Find a key by its name; raises KeyError where there is none."""
        for each in self.keys:
            if each.name == name:
                return each
        raise KeyError(f"{self.name} has no key {name}")


@dataclass(frozen=True, slots=True)
class AtrParts:
    """Describe the historical bytes (reference §7), all but region and serial."""

    chip_maker: bytes
    cos: bytes
    card_maker: bytes


@dataclass(frozen=True, slots=True)
class Profile:
    """Describe a kind of card."""

    name: str
    generation: int
    version: str
    """Specification version as in tag 03."""
    algorithm: Algorithm
    region: str
    """Issuing region of a card of this profile unless told otherwise."""
    environment: Application
    """The social security environment (SSSE)."""
    applications: tuple[Application, ...]
    atr: AtrParts
    contactless: bool
    """Whether the card has a contactless side."""
    names_algorithm: bool
    """Whether the FCI has tag 9F0C with the algorithm."""
    pin_tries: int = 6
    notes: tuple[str, ...] = field(default=())

    def application(self, name: str) -> Application:
        """Find an application by its name; raises KeyError where there is none."""
        for each in (self.environment, *self.applications):
            if each.name == name:
                return each
        raise KeyError(f"profile {self.name} has no application {name}")
