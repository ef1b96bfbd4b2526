"""Declare a command once; the terminal builds from it and the card parses with it.

A declared command is a frozen dataclass. Each field says by its specifier where it stands::

    @declare("READ RECORD", ins=0xB2, redact=Redact.ANSWER)
    class ReadRecord(Declared):
        number: int = p1()
        mode: RecordMode = p2(bits=3, of=RecordMode, default=RecordMode.NUMBER)
        sfi: int = p2(shift=3, bits=5, default=0)
        le: int = answer_length(default=SHORT_ANSWER_LIMIT)

``ReadRecord(1, sfi=5).command()`` builds, ``ReadRecord.parse(command)`` takes apart. Where
values do not fit, building raises EncodingError; parsing raises Refused with the status
word that a card answers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, Flag, IntEnum, auto
from typing import Any, ClassVar, NamedTuple, Self, TypeVar, dataclass_transform

from apdu.command import Command, encode
from apdu.errors import ApduError, EncodingError, LayoutError
from apdu.layout import Field
from apdu.status import SW


class Refused(ApduError):
    """Refuse a command with the status word a card gives for it."""

    def __init__(self, sw: SW, why: str) -> None:
        super().__init__(f"{why} ({sw:04X})")
        self.sw = sw


class Redact(Flag):
    """Say what of a command a trace must not show."""

    NOTHING = 0
    DATA = auto()
    """The command's data: a PIN, a key."""
    ANSWER = auto()
    """The card's answer: personal data."""
    ALL = DATA | ANSWER


class _Place(Enum):
    P1 = auto()
    P2 = auto()
    DATA = auto()
    LE = auto()


@dataclass(frozen=True, slots=True)
class _Where:
    place: _Place
    shift: int = 0
    bits: int = 8
    of: type[IntEnum] | None = None
    field: Field[Any] | None = None


class _Bits(NamedTuple):
    """Hold where a number stands, worked out once for every command of its kind."""

    name: str
    in_p1: bool
    shift: int
    mask: int
    members: dict[int, IntEnum] | None


_MISSING: Any = dataclasses.MISSING


def _placed(where: _Where, default: Any) -> Any:
    return dataclasses.field(default=default, metadata={"where": where})


def p1(
    *, shift: int = 0, bits: int = 8, of: type[IntEnum] | None = None, default: Any = _MISSING
) -> Any:
    """Place a field in P1, or in some bits of it."""
    return _placed(_Where(_Place.P1, shift, bits, of), default)


def p2(
    *, shift: int = 0, bits: int = 8, of: type[IntEnum] | None = None, default: Any = _MISSING
) -> Any:
    """Place a field in P2, or in some bits of it."""
    return _placed(_Where(_Place.P2, shift, bits, of), default)


def data(field: Field[Any] | None = None, *, default: Any = _MISSING) -> Any:
    """Place a field in the data, one behind the other; without a layout field: all the rest."""
    return _placed(_Where(_Place.DATA, field=field), default)


def answer_length(*, default: int | None) -> Any:
    """Place Le; None asks for no answer."""
    return _placed(_Where(_Place.LE), default)


@dataclass(frozen=True, slots=True)
class Declared:
    """Be the base of declared commands; the class attributes are set by :func:`declare`."""

    NAME: ClassVar[str]
    CLA: ClassVar[int]
    INS: ClassVar[int]
    TAKES_DATA: ClassVar[bool]
    """Tell whether P3 of a T=0 header counts data (case 3 and 4) or the answer (case 2)."""
    REDACT: ClassVar[Redact]
    FIXED: ClassVar[tuple[int, int]]
    """Bits of P1 and P2 that are the same in every such command."""
    PLACES: ClassVar[tuple[tuple[str, _Where], ...]]
    """Where each field stands, as declared; what follows are the same places sorted for use,
    because building and parsing run for every command (tools/bench, "codec.declared")."""
    BITS: ClassVar[tuple[_Bits, ...]]
    BODY: ClassVar[tuple[tuple[str, Field[Any] | None], ...]]
    LENGTH: ClassVar[str | None]
    CONSTANT: ClassVar[tuple[int, int]]
    """Mask of the bits of P1 and P2 that no field stands in."""

    def command(self) -> Command:
        """Build the command APDU; raises EncodingError where a value does not fit its place."""
        return Command(self.CLA, self.INS, *self._parts())

    def encode(self) -> bytes:
        """Build the bytes for the wire; raises EncodingError as :meth:`command` does."""
        return encode(self.CLA, self.INS, *self._parts())

    def __repr__(self) -> str:
        """Show name and header only: data may be a PIN."""
        return f"<{self.NAME} {self.header().hex().upper()}>"

    def header(self) -> bytes:
        """Give CLA INS P1 P2, which a MAC is made over before there is data."""
        first, second, _, _ = self._parts()
        return bytes((self.CLA, self.INS, first, second))

    def _parts(self) -> tuple[int, int, bytes, int | None]:
        """Put P1, P2, data and Le together."""
        first, second = self.FIXED
        for name, in_p1, shift, mask, _ in self.BITS:
            value = getattr(self, name)
            if not 0 <= value <= mask:
                bits = mask.bit_length()
                raise EncodingError(f"{self.NAME}: {name} {value} does not fit {bits} bits")
            if in_p1:
                first |= value << shift
            else:
                second |= value << shift
        body = b""
        for name, field in self.BODY:
            value = getattr(self, name)
            body += value if field is None else field.encode(value)
        return first, second, body, None if self.LENGTH is None else getattr(self, self.LENGTH)

    @classmethod
    def parse(cls, command: Command) -> Self:
        """Take a command apart; raises Refused with the card's status word."""
        first, second = command.p1, command.p2
        values: dict[str, Any] = {}
        for name, in_p1, shift, mask, members in cls.BITS:
            number = (first if in_p1 else second) >> shift & mask
            if members is None:
                values[name] = number
            elif number in members:
                values[name] = members[number]
            else:
                raise Refused(SW.WRONG_P1P2, f"{cls.NAME}: {name} {number}")
        rest = command.data
        for name, field in cls.BODY:
            values[name], rest = _take(cls.NAME, field, rest)
        if cls.LENGTH is not None:
            values[cls.LENGTH] = command.le
        if (first & cls.CONSTANT[0], second & cls.CONSTANT[1]) != cls.FIXED:
            raise Refused(SW.WRONG_P1P2, f"{cls.NAME}: P1 P2 {first:02X}{second:02X}")
        if rest:
            raise Refused(SW.WRONG_LENGTH, f"{cls.NAME}: {len(rest)} data bytes too many")
        return cls(**values)


def _take(name: str, field: Field[Any] | None, rest: bytes) -> tuple[Any, bytes]:
    if field is None:
        return rest, b""
    if len(rest) < field.size:
        raise Refused(SW.WRONG_LENGTH, f"{name}: data is cut off")
    try:
        return field.decode(rest[: field.size]), rest[field.size :]
    except LayoutError as error:
        raise Refused(SW.WRONG_DATA, f"{name}: {error}") from error


_D = TypeVar("_D", bound=Declared)

REGISTRY: dict[tuple[int, int], type[Declared]] = {}
"""Every declared command by (CLA without its secure-messaging bits, INS)."""


@dataclass_transform(frozen_default=True, field_specifiers=(p1, p2, data, answer_length))
def declare(
    name: str,
    *,
    ins: int,
    cla: int = 0x00,
    fixed_p1: int = 0,
    fixed_p2: int = 0,
    takes_data: bool = False,
    redact: Redact = Redact.NOTHING,
    variant_of: type[Declared] | None = None,
) -> Callable[[type[_D]], type[_D]]:
    """Make a class a declared command and enter it in the registry.

    ``variant_of`` is the declaration of the same instruction in another application, which stays
    the one in the registry: what T=0 and a trace have to know of it is the same, and a difference
    raises ValueError.
    """

    def decorate(cls: type[_D]) -> type[_D]:
        made = dataclass(frozen=True, slots=True, repr=False)(cls)
        made.NAME, made.CLA, made.INS = name, cla, ins
        made.TAKES_DATA, made.REDACT = takes_data, redact
        made.FIXED = fixed_p1, fixed_p2
        made.PLACES = tuple(
            (each.name, each.metadata["where"]) for each in dataclasses.fields(made)
        )
        _sort_places(made)
        if variant_of is None:
            REGISTRY[cla & 0xF0, ins] = made
        else:
            _agree(made, variant_of)
        return made

    return decorate


def _agree(variant: type[Declared], first: type[Declared]) -> None:
    """Demand that a variant is sent and masked as the instruction's first declaration is."""
    one, other = (
        (each.CLA & 0xF0, each.INS, each.TAKES_DATA, each.REDACT) for each in (variant, first)
    )
    if one != other:
        raise ValueError(f"{variant.NAME} and {first.NAME} are not sent or masked alike")


def _sort_places(made: type[Declared]) -> None:
    """Work out from a declaration's places what building and parsing go through."""
    bits: list[_Bits] = []
    constant = [0xFF, 0xFF]
    for name, where in made.PLACES:
        if where.place in {_Place.P1, _Place.P2}:
            in_p1, mask = where.place is _Place.P1, (1 << where.bits) - 1
            members = None if where.of is None else {each.value: each for each in where.of}
            bits.append(_Bits(name, in_p1, where.shift, mask, members))
            constant[0 if in_p1 else 1] &= ~(mask << where.shift)
    made.BITS = tuple(bits)
    made.BODY = tuple(
        (name, where.field) for name, where in made.PLACES if where.place is _Place.DATA
    )
    lengths = [name for name, where in made.PLACES if where.place is _Place.LE]
    made.LENGTH = lengths[0] if lengths else None
    made.CONSTANT = constant[0], constant[1]


def declaration_of(cla: int, ins: int) -> type[Declared] | None:
    """Find a command's declaration by its first two bytes; secure messaging does not matter."""
    return REGISTRY.get((cla & 0xF0, ins))
