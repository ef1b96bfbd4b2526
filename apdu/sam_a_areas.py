"""What a SAM-A module gives of a document: text, photo, fingerprints, and the newest address.

Reference counter-devices.md §6.4. Everything here raises EncodingError for what does not fit, and
neither errors nor reprs show what was in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from apdu.errors import EncodingError, LayoutError
from apdu.sam_a_document import ADDRESS_UNITS, TEXT_SIZE, Cell

PHOTO_SIZE = 1024
FINGER_SIZE = 512
MOST_FINGERS = 2
FEATURES_SIZE = 505
_FINGER_RESERVED = 4
_FINGER_FLAG = 1


@dataclass(frozen=True, slots=True)
class Finger:
    """Hold what is kept of a fingerprint; ``features`` are 505 bytes that are not explained."""

    number: int = field(repr=False)
    quality: int = field(repr=False)
    features: bytes = field(repr=False)

    def encode(self) -> bytes:
        """Write the block of 512 bytes."""
        if len(self.features) != FEATURES_SIZE:
            raise EncodingError(f"a fingerprint has {FEATURES_SIZE} bytes")
        head = bytes((_FINGER_FLAG, self.number, self.quality))
        return bytes(_FINGER_RESERVED) + head + self.features

    @classmethod
    def decode(cls, block: bytes) -> Finger:
        """Read the block."""
        if len(block) != FINGER_SIZE or block[_FINGER_RESERVED] != _FINGER_FLAG:
            raise EncodingError("a fingerprint is none")
        head = _FINGER_RESERVED + 1
        return cls(block[head], block[head + 1], block[head + 2 :])


@dataclass(frozen=True, slots=True)
class Areas:
    """Hold what 30 01 and 30 10 give: text and photo, and with 30 10 the fingerprints.

    ``photo`` is compressed in a way that is not public (§6.7), so it stays what it is.
    """

    text: bytes = field(repr=False)
    photo: bytes = field(repr=False)
    fingers: tuple[Finger, ...] = field(default=(), repr=False)

    def encode(self, *, with_fingers: bool = False) -> bytes:
        """Write the data of a reply: lengths, then the areas."""
        if (len(self.text), len(self.photo)) != (TEXT_SIZE, PHOTO_SIZE):
            raise EncodingError(f"a text has {TEXT_SIZE} bytes and a photo {PHOTO_SIZE}")
        if len(self.fingers) > MOST_FINGERS:
            raise EncodingError(f"a document has at most {MOST_FINGERS} fingerprints")
        areas = [self.text, self.photo]
        if with_fingers:
            areas.append(b"".join(each.encode() for each in self.fingers))
        return b"".join([*(len(each).to_bytes(2, "big") for each in areas), *areas])

    @classmethod
    def decode(cls, data: bytes, *, with_fingers: bool = False) -> Areas:
        """Read it; every length has to be right."""
        head = 6 if with_fingers else 4
        sizes = [int.from_bytes(data[at : at + 2], "big") for at in range(0, head, 2)]
        if sizes[:2] != [TEXT_SIZE, PHOTO_SIZE] or len(data) != head + sum(sizes):
            raise EncodingError("the lengths of text, photo and fingerprints do not fit")
        found = sizes[2] if with_fingers else 0
        if found % FINGER_SIZE or found > MOST_FINGERS * FINGER_SIZE:
            raise EncodingError("the length of the fingerprints does not fit")
        photo_at, fingers_at = head + TEXT_SIZE, head + TEXT_SIZE + PHOTO_SIZE
        return cls(
            data[head:photo_at],
            data[photo_at:fingers_at],
            tuple(
                Finger.decode(data[at : at + FINGER_SIZE])
                for at in range(fingers_at, len(data), FINGER_SIZE)
            ),
        )


NEWEST_ADDRESS = Cell(ADDRESS_UNITS)
"""The data of 30 03."""


def decode_address(data: bytes) -> str:
    """Read the newest address."""
    try:
        return NEWEST_ADDRESS.decode(data)
    except LayoutError as error:
        raise EncodingError(f"newest address: {error}") from None


def encode_address(address: str) -> bytes:
    """Write the newest address."""
    try:
        return NEWEST_ADDRESS.encode(address)
    except LayoutError as error:
        raise EncodingError(f"newest address: {error}") from None
