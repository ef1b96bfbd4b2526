"""BER-TLV data objects (ISO/IEC 7816-4 §5.2.2, ISO/IEC 8825-1), without loss.

What was parsed encodes to the same bytes again: lengths that are longer than they need be
and padding between objects are kept. Errors name the offset in the outermost data; depth
and number of objects are limited, for the data comes from cards.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from apdu.errors import TlvError

PADDING = 0
"""Tag of a pseudo-object that holds padding bytes 00 between objects."""

MAX_DEPTH = 8
MAX_OBJECTS = 1024
_MAX_TAG_BYTES = 4
_MAX_LENGTH_BYTES = 4


class Tlv(NamedTuple):
    """Hold one data object.

    A named tuple and no dataclass: a card's answer is a handful of them, and this one is
    made in a third of the time (tools/bench, row "FCI").
    """

    tag: int
    """Tag bytes as a number, for example 0x9F0C."""
    value: bytes
    """Content; of a constructed object, that of all its children."""
    children: tuple[Tlv, ...]
    """The objects inside a constructed object; none inside a primitive one."""
    header: bytes
    """Tag and length bytes as they stood."""

    def encode(self) -> bytes:
        """Encode as it was parsed."""
        return self.header + self.value

    def find(self, *path: int) -> Tlv | None:
        """Find the first object along a path of tags below this one."""
        return find(self.children, *path)


def parse(data: bytes, *, max_depth: int = MAX_DEPTH) -> tuple[Tlv, ...]:
    """Parse all objects, constructed ones with what is in them.

    Raises TlvError with the offset where the data stops being TLV, nests deeper than
    ``max_depth`` or holds more than MAX_OBJECTS objects.
    """
    found, _ = _parse(data, 0, len(data), max_depth, MAX_OBJECTS)
    return tuple(found)


def _parse(data: bytes, start: int, end: int, depth: int, room: int) -> tuple[list[Tlv], int]:
    """Parse data[start:end]; return the objects and how many more there may be."""
    objects: list[Tlv] = []
    at = start
    while at < end:
        begin = at
        tag = data[at]
        if tag == 0:
            while at < end and data[at] == 0:
                at += 1
            objects.append(Tlv(PADDING, b"", (), data[begin:at]))
            continue
        room -= 1
        if room < 0:
            raise TlvError(f"more than {MAX_OBJECTS} objects", begin)
        constructed = tag & 0x20
        at += 1
        if tag & 0x1F == 0x1F:
            tag, at = _long_tag(data, begin, end)
        if at >= end:
            raise TlvError("length is missing", begin)
        length = data[at]
        at += 1
        if length > 0x7F:
            length, at = _long_length(data, at - 1, end)
        stop = at + length
        if stop > end:
            raise TlvError(f"length {length} reaches beyond the {end - at} bytes there are", begin)
        header = data[begin:at]
        if constructed:
            if depth <= 1:
                raise TlvError("nested too deeply", begin)
            children, room = _parse(data, at, stop, depth - 1, room)
            objects.append(Tlv(tag, data[at:stop], tuple(children), header))
        else:
            objects.append(Tlv(tag, data[at:stop], (), header))
        at = stop
    return objects, room


def _long_tag(data: bytes, begin: int, end: int) -> tuple[int, int]:
    """Read a tag of several bytes; return it and the offset behind it."""
    at = begin + 1
    while at < end and at - begin < _MAX_TAG_BYTES:
        at += 1
        if not data[at - 1] & 0x80:
            return int.from_bytes(data[begin:at], "big"), at
    raise TlvError("tag does not end", begin)


def _long_length(data: bytes, first: int, end: int) -> tuple[int, int]:
    """Read a length of several bytes; return it and the offset behind it."""
    count = data[first] & 0x7F
    if not 1 <= count <= _MAX_LENGTH_BYTES:
        raise TlvError(f"length byte {data[first]:02X} is not allowed", first)
    at = first + 1 + count
    if at > end:
        raise TlvError("length is cut off", first)
    return int.from_bytes(data[first + 1 : at], "big"), at


def find(objects: Iterable[Tlv], *path: int) -> Tlv | None:
    """Find the first object along a path of tags, None where there is none."""
    found: Tlv | None = None
    for tag in path:
        found = next((each for each in objects if each.tag == tag), None)
        if found is None:
            return None
        objects = found.children
    return found


def build(tag: int, content: bytes | Iterable[Tlv]) -> Tlv:
    """Build an object with the shortest length bytes, from bytes or from its children."""
    tag_bytes = tag.to_bytes((tag.bit_length() + 7) // 8, "big")
    children = () if isinstance(content, bytes) else tuple(content)
    value = content if isinstance(content, bytes) else encode(children)
    size = len(value)
    if size < 0x80:
        length = bytes((size,))
    else:
        count = (size.bit_length() + 7) // 8
        length = bytes((0x80 | count,)) + size.to_bytes(count, "big")
    return Tlv(tag, value, children, tag_bytes + length)


def encode(objects: Iterable[Tlv]) -> bytes:
    """Encode objects one behind the other."""
    return b"".join(each.header + each.value for each in objects)
