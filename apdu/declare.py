"""Declare a command once; the terminal builds from it and the card parses with it.

A declared command is a frozen dataclass. Each field says by its specifier where it stands::

    @declare("READ RECORD", ins=0xB2, answers=True, redact=Redact.ANSWER)
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
from typing import Any, ClassVar, Self, TypeVar, dataclass_transform

from apdu.command import Command
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
    ANSWERS: ClassVar[bool]
    REDACT: ClassVar[Redact]
    FIXED: ClassVar[tuple[int, int]]
    """Bits of P1 and P2 that are the same in every such command."""
    PLACES: ClassVar[tuple[tuple[str, _Where], ...]]

    def command(self) -> Command:
        """Build the command APDU; raises EncodingError where a value does not fit its place."""
        (first, second), body, le = self.FIXED, b"", None
        for name, where in self.PLACES:
            value = getattr(self, name)
            if where.place is _Place.LE:
                le = value
            elif where.place is _Place.DATA:
                body += value if where.field is None else where.field.encode(value)
            elif 0 <= value < 1 << where.bits:
                if where.place is _Place.P1:
                    first |= value << where.shift
                else:
                    second |= value << where.shift
            else:
                raise EncodingError(f"{self.NAME}: {name} {value} does not fit {where.bits} bits")
        return Command(self.CLA, self.INS, first, second, body, le)

    def encode(self) -> bytes:
        """Build the bytes for the wire."""
        return self.command().encode()

    @classmethod
    def parse(cls, command: Command) -> Self:
        """Take a command apart; raises Refused with the card's status word."""
        values: dict[str, Any] = {}
        covered = {_Place.P1: 0, _Place.P2: 0}
        rest = command.data
        for name, where in cls.PLACES:
            if where.place is _Place.LE:
                values[name] = command.le
            elif where.place is _Place.DATA:
                values[name], rest = _take(cls.NAME, where.field, rest)
            else:
                mask = (1 << where.bits) - 1
                covered[where.place] |= mask << where.shift
                whole = command.p1 if where.place is _Place.P1 else command.p2
                number = whole >> where.shift & mask
                try:
                    values[name] = number if where.of is None else where.of(number)
                except ValueError as error:
                    raise Refused(SW.WRONG_P1P2, f"{cls.NAME}: {name} {number}") from error
        for whole, fixed, mask in (
            (command.p1, cls.FIXED[0], covered[_Place.P1]),
            (command.p2, cls.FIXED[1], covered[_Place.P2]),
        ):
            if whole & ~mask & 0xFF != fixed & ~mask & 0xFF:
                raise Refused(SW.WRONG_P1P2, f"{cls.NAME}: P1 P2 {command.p1:02X}{command.p2:02X}")
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
    answers: bool = False,
    redact: Redact = Redact.NOTHING,
) -> Callable[[type[_D]], type[_D]]:
    """Make a class a declared command and enter it in the registry."""

    def decorate(cls: type[_D]) -> type[_D]:
        made = dataclass(frozen=True, slots=True)(cls)
        made.NAME, made.CLA, made.INS = name, cla, ins
        made.TAKES_DATA, made.ANSWERS, made.REDACT = takes_data, answers, redact
        made.FIXED = fixed_p1, fixed_p2
        made.PLACES = tuple(
            (each.name, each.metadata["where"]) for each in dataclasses.fields(made)
        )
        REGISTRY[cla & 0xF0, ins] = made
        return made

    return decorate


def declaration_of(cla: int, ins: int) -> type[Declared] | None:
    """Find a command's declaration by its first two bytes; secure messaging does not matter."""
    return REGISTRY.get((cla & 0xF0, ins))
