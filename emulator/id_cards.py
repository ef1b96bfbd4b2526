"""Made-up identity documents for the software reader.

Nobody has these numbers: their birth dates lie in the nineteenth century, their regions were
withdrawn or never were, their check characters are right, and every card says 测试 (reference
counter-devices.md §7.3).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from apdu.errors import EncodingError
from apdu.sam_a_areas import PHOTO_SIZE, Areas, Finger, encode_address
from apdu.sam_a_document import (
    ADDRESS_UNITS,
    NAME_UNITS,
    CitizenText,
    ForeignerFirstText,
    ForeignerText,
    IdText,
    PermitText,
    cut,
    units,
)
from card_profiles.identifiers import citizen_id_check

PHOTO = b"GUITAI TEST PHOTO".ljust(PHOTO_SIZE, b"\x5a")
"""No picture: the compression is not public (§6.7). A marker, then a pattern."""
_BORN = date(1890, 1, 1)
_ISSUED = date(2020, 1, 1)
_UNTIL = date(2040, 1, 1)


def number(region: str, birth: date = _BORN, sequence: int = 1) -> str:
    """Make an 18-character number with the right check character (GB 11643).

    ``region`` has six characters; an odd sequence is a man's, an even one a woman's.
    """
    body = f"{region}{birth.year:04}{birth.month:02}{birth.day:02}{sequence:03}"
    return body + citizen_id_check(body)


@dataclass(frozen=True, slots=True)
class IdCard:
    """Hold a document that can be laid on a reader."""

    text: bytes = field(repr=False)
    photo: bytes = field(default=PHOTO, repr=False)
    fingers: tuple[Finger, ...] = field(default=(), repr=False)
    newest_address: str | None = field(default=None, repr=False)

    @property
    def areas(self) -> Areas:
        """Give what 30 01 and 30 10 read."""
        return Areas(self.text, self.photo, self.fingers)


_WITHDRAWN = "110103"
"""崇文区, withdrawn in 2010."""
_TEXTS: dict[str, IdText] = {
    "citizen": CitizenText(
        name="测试甲",
        sex="1",
        nation="01",
        birth=_BORN,
        address="北京市测试区样张街道1号",
        number=number(_WITHDRAWN),
        authority="北京市公安局测试分局",
        valid_from=_ISSUED,
        valid_until=_UNTIL,
    ),
    "permit": PermitText(
        name="测试乙",
        sex="2",
        birth=_BORN,
        address="北京市测试区样张街道2号",
        number=number("810000", sequence=2),
        authority="北京市公安局测试分局",
        valid_from=_ISSUED,
        valid_until=_UNTIL,
        pass_number="H00000000",  # noqa: S106  a travel permit's, nothing secret
        issue_count="01",
    ),
    "foreigner-first": ForeignerFirstText(
        english_name="TEST, PERSON",
        sex="1",
        number="FRA119990010101",
        nationality="FRA",
        name="测试丙",
        valid_from=_ISSUED,
        valid_until=_UNTIL,
        birth=_BORN,
        version="01",
        authority="1500",
    ),
    "foreigner": ForeignerText(
        name="测试丁",
        sex="2",
        change_count="00",
        birth=_BORN,
        english_name="TEST, PERSON TWO",
        number=number("911250", sequence=2),
        valid_from=_ISSUED,
        valid_until=_UNTIL,
        nationality="FRA",
        old_card="",
    ),
}
KINDS = tuple(_TEXTS)


def card(
    kind: str = "citizen",
    *,
    cut_name: bool = False,
    newest_address: str | None = None,
    photo: bytes = PHOTO,
    fingers: tuple[Finger, ...] = (),
    **fields: Any,
) -> IdCard:
    """Make a document of a kind; what is not said is a test person's.

    A name that is longer than its cell is refused, unless ``cut_name`` has it cut as on a real
    chip, never inside a character. An address that is longer goes on as the newest one.
    ``valid_until`` None is 长期. Raises ValueError for what fits no document.
    """
    if kind not in _TEXTS:
        raise ValueError(f"no kind {kind}: {', '.join(KINDS)}")
    if cut_name and "name" in fields:
        fields["name"] = cut(fields["name"], NAME_UNITS)[0]
    address = fields.get("address", "")
    if units(address) > ADDRESS_UNITS:
        if newest_address is not None:
            raise ValueError("an address over two records leaves no room for a newer one")
        fields["address"], newest_address = cut(address, ADDRESS_UNITS)
    try:
        text = replace(_TEXTS[kind], **fields).encode()
    except TypeError:
        raise ValueError(f"a document of kind {kind} has no such item") from None
    if newest_address is not None:
        encode_address(newest_address)  # raises for one that is too long
    return IdCard(text, photo, fingers, newest_address)


def finger(which: int, quality: int = 90) -> Finger:
    """Make fingerprint data that are none: a pattern."""
    return Finger(which, quality, bytes((which,)) * 505)


__all__ = ["KINDS", "PHOTO", "EncodingError", "IdCard", "card", "finger", "number"]
