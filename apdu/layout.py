"""Fields and layouts: bytes of fixed places, and the values they stand for.

A field knows its size and both directions. A layout is named fields one behind the other;
construct cuts the bytes, compiled, and stays inside this module so that it can be replaced.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Generic, TypeVar

import construct

from apdu.errors import LayoutError

T = TypeVar("T")


class Field(ABC, Generic[T]):
    """Turn the bytes of one place into a value and back."""

    size: int

    @abstractmethod
    def decode(self, raw: bytes) -> T:
        """Read the value; raises LayoutError where the bytes hold none."""

    @abstractmethod
    def encode(self, value: T) -> bytes:
        """Write the value, ``size`` bytes; raises LayoutError where it does not fit."""

    def checked(self, raw: bytes) -> bytes:
        """Refuse bytes of another size than the field's."""
        if len(raw) != self.size:
            raise LayoutError(f"{self!r} has {self.size} bytes, these are {len(raw)}")
        return raw

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.size})"


class Raw(Field[bytes]):
    """Bytes that mean themselves."""

    def __init__(self, size: int) -> None:
        self.size = size

    def decode(self, raw: bytes) -> bytes:
        """Give the bytes."""
        return self.checked(raw)

    def encode(self, value: bytes) -> bytes:
        """Give the bytes."""
        return self.checked(value)


class Uint(Field[int]):
    """An unsigned number, big endian as on every card."""

    def __init__(self, size: int) -> None:
        self.size = size

    def decode(self, raw: bytes) -> int:
        """Read the number."""
        return int.from_bytes(self.checked(raw), "big")

    def encode(self, value: int) -> bytes:
        """Write the number."""
        try:
            return value.to_bytes(self.size, "big")
        except OverflowError as error:
            raise LayoutError(f"{value} does not fit {self!r}") from error


class Layout:
    """Name fields one behind the other.

    ``name`` is for messages. Decoding is strict in size.
    """

    def __init__(self, name: str, fields: Mapping[str, Field[Any]]) -> None:
        self.name = name
        self.fields = dict(fields)
        self.size = sum(field.size for field in self.fields.values())

    @cached_property
    def _struct(self) -> Any:
        parts = [key / construct.Bytes(field.size) for key, field in self.fields.items()]
        return construct.Struct(*parts).compile()

    def decode(self, raw: bytes) -> dict[str, Any]:
        """Read all values; raises LayoutError naming layout and field."""
        if len(raw) != self.size:
            raise LayoutError(f"{self.name} has {self.size} bytes, these are {len(raw)}")
        cut = self._struct.parse(raw)
        values: dict[str, Any] = {}
        for key, field in self.fields.items():
            try:
                values[key] = field.decode(cut[key])
            except LayoutError as error:
                raise LayoutError(f"{self.name}.{key}: {error}") from error
        return values

    def encode(self, values: Mapping[str, Any]) -> bytes:
        """Write all values; raises LayoutError where one is missing, unknown or does not fit."""
        if values.keys() != self.fields.keys():
            wrong = sorted(values.keys() ^ self.fields.keys())
            raise LayoutError(f"{self.name}: missing or unknown {', '.join(wrong)}")
        built: bytes = self._struct.build(
            {key: field.encode(values[key]) for key, field in self.fields.items()}
        )
        return built
