"""Values of the ports as JSON and back, by their type hints; strictly, and without quoting any.

A dataclass is an object with just its fields, a tuple a list, a day and a time are ISO 8601 texts
(a time with its zone), an enum is its value, ``None`` is null. What does not fit is named by where
it stands alone: it may be personal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

MOST = 2**63 - 1
"""The largest number that every database can hold."""
LONGEST = 2000
"""Characters of the longest text we take."""
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters but tab and line feed, and halves of characters: no text to show or keep."""


class Unfit(ValueError):
    """Say where a value does not fit its type; the value is not quoted."""

    def __init__(self, at: str) -> None:
        super().__init__(f"{at} is not as agreed")
        self.at = at


def dump(kind: Any, value: object) -> Any:
    """Give a value as what JSON has; raises TypeError where it is not of its type."""
    if _is_record(kind):
        if not isinstance(value, kind):
            raise TypeError(f"{type(value).__name__} for {kind.__name__}")
        return {name: dump(each, getattr(value, name)) for name, each in hints(kind).items()}
    if get_origin(kind) is tuple:
        if not isinstance(value, tuple):
            raise TypeError(f"{type(value).__name__} for tuple")
        return [dump(get_args(kind)[0], each) for each in value]
    if (inner := _optional(kind)) is not None:
        return None if value is None else dump(inner, value)
    if not _is(kind, value):
        raise TypeError(f"{type(value).__name__} for {kind.__name__}")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value


def load(kind: Any, value: object, at: str) -> Any:
    """Read a value of a type from what JSON has; raises Unfit."""
    if _is_record(kind):
        return _load_fields(kind, value, at)
    if get_origin(kind) is tuple:
        if type(value) is not list:
            raise Unfit(at)
        inner = get_args(kind)[0]
        return tuple(load(inner, each, f"{at}[{number}]") for number, each in enumerate(value))
    if (inner := _optional(kind)) is not None:
        return None if value is None else load(inner, value, at)
    try:
        return _load_plain(kind, value)
    except ValueError:
        raise Unfit(at) from None


def parse(text: str) -> Any:
    """Parse a JSON text; raises Unfit where it is none, or names a field twice."""
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Unfit("JSON") from None


@cache
def hints(kind: Any) -> Mapping[str, Any]:
    """Give the types of a dataclass's fields by their names, in their order."""
    known = get_type_hints(kind)
    return {each.name: known[each.name] for each in fields(kind)}


def _load_fields(kind: Any, value: object, at: str) -> Any:
    if type(value) is not dict or value.keys() != hints(kind).keys():
        raise Unfit(at)
    loaded = {name: load(each, value[name], f"{at}.{name}") for name, each in hints(kind).items()}
    try:
        return kind(**loaded)
    except ValueError:
        raise Unfit(at) from None


def _load_plain(kind: type[Any], value: object) -> Any:
    """Read a text, a number, a truth value, a day, a time, an enum; raises ValueError."""
    if kind in {bool, int, NoneType}:
        if not _is(kind, value):
            raise ValueError
        return value
    if not isinstance(value, str) or len(value) > LONGEST or _UNFIT.search(value):
        raise ValueError
    if kind is str:
        return value
    if kind is date:
        day = date.fromisoformat(value)
        if day.isoformat() != value:  # 20260101 and 2026-W01-1 are ISO 8601, too
            raise ValueError
        return day
    if kind is datetime:
        time = datetime.fromisoformat(value)
        if value[10:11] != "T" or not _is(datetime, time):
            raise ValueError
        return time
    if issubclass(kind, StrEnum):
        return kind(value)
    raise TypeError(f"{kind.__name__} has no form")


def _is(kind: type[Any], value: object) -> bool:
    """Tell whether a plain value is of a type; raises TypeError for a type that has no form."""
    if kind is int:
        return type(value) is int and -MOST <= value <= MOST
    if kind is date:
        return type(value) is date
    if kind is datetime:
        return isinstance(value, datetime) and _has_its_place(value)
    if kind in {bool, str, NoneType} or issubclass(kind, StrEnum):
        return isinstance(value, kind)
    raise TypeError(f"{kind.__name__} has no form")


def _has_its_place(time: datetime) -> bool:
    """Tell whether a time has a zone, and can be put into another."""
    try:
        return time.utcoffset() is not None and bool(time.astimezone(UTC))
    except OverflowError:
        return False


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and is_dataclass(kind)


def _optional(kind: Any) -> Any:
    """Give what a ``T | None`` is a T of, None where it is none."""
    if get_origin(kind) not in {UnionType, Union}:
        return None
    inner = [each for each in get_args(kind) if each is not NoneType]
    if len(inner) != 1:
        raise TypeError(f"{kind} has no form")
    return inner[0]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError
    return document


def _no_constant(_name: str) -> None:
    raise ValueError  # NaN and Infinity are no JSON
