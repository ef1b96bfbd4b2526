"""The annual park pass 公园年票 in an application of its own.

Reference social-security-card.md §9, §10: the real file is unknown, everything here is
project-defined. A pass is one record, so that those of two years stand side by side, and a
change of one is one write.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import IntEnum
from typing import Any

from card_profiles.fields import Binary, Cn, Columns, Date, Number
from card_profiles.model import (
    FREE,
    Application,
    ElementaryFile,
    Item,
    Key,
    KeyUse,
    Structure,
    proof,
    vector,
)

FID = 0xDF0E
AID = bytes.fromhex("F0504B0001")

EF_PASSES = 0x0005
MAX_PASSES = 8

STK, UK1 = range(0x82, 0x84)

MAC_KEY = ("park_pass", "PMK")
"""Application and name of the root that seals passes: the park system's alone, on no card."""
MAC_BYTES = 4
PHOTO_BYTES = 8

KEYS = (
    Key(STK, "STKDF0E", KeyUse.MAINTENANCE, tries=None),
    Key(UK1, "UK1DF0E", KeyUse.UPDATE),
)


class PassState(IntEnum):
    """Say what a pass is on the card that carries it; no other number has a meaning."""

    SOLD = 1
    """Bought and not active: no gate opens."""
    ACTIVE = 2
    MOVED = 3
    """It went to another card."""
    CANCELLED = 4
    ARRIVING = 5
    """Written on the card it goes to, and not valid there yet."""


PASS = Columns(
    {
        "pass_type": Number(1),
        "year": Cn(2),
        "valid_from": Date(),
        "valid_to": Date(),
        "state": Number(1),
        "photo": Binary(PHOTO_BYTES),
        "uses": Number(2),
        "counter": Number(2),
        "mac": Binary(MAC_BYTES),
    }
)
"""One pass, 28 bytes.

``photo`` refers to the holder's picture in the park system, ``uses`` counts the times a gate let
the holder in, ``counter`` the changes of this record.
"""


def sealed_part(card_id: bytes, record: bytes) -> bytes:
    """Give what a pass's MAC is over: the card's id (16 bytes) and the record before its MAC."""
    return card_id + record[:-MAC_BYTES]


def changed(record: bytes, changes: Mapping[str, Any]) -> bytes:
    """Give a record with other values and one change more, its seal still to be made.

    Raises LayoutError where the record is none.
    """
    values = PASS.decode(record)
    counter = values["counter"] or 0
    return PASS.encode({**values, "counter": counter + 1, **changes, "mac": None})


PASSES_FILE = ElementaryFile(
    EF_PASSES,
    "passes",
    "年票",
    Structure.FIXED,
    read=FREE,
    write=proof(UK1),
    items=(
        Item(
            0,
            "passes",
            "年票",
            PASS,
            (
                vector(
                    "01 2026 20260101 20270131 02 1122334455667788 0003 0102 A1B2C3D4",
                    {
                        "pass_type": 1,
                        "year": "2026",
                        "valid_from": date(2026, 1, 1),
                        "valid_to": date(2027, 1, 31),
                        "state": 2,
                        "photo": bytes.fromhex("1122334455667788"),
                        "uses": 3,
                        "counter": 258,
                        "mac": b"\xa1\xb2\xc3\xd4",
                    },
                ),
                vector(
                    "FF FFFF FF*4 FF*4 FF 00*8 FFFF FFFF 00*4",
                    {
                        "pass_type": None,
                        "year": None,
                        "valid_from": None,
                        "valid_to": None,
                        "state": None,
                        "photo": None,
                        "uses": None,
                        "counter": None,
                        "mac": None,
                    },
                ),
            ),
            count=MAX_PASSES,
        ),
    ),
    project_defined=True,
)

PARK_PASS = Application(
    "park_pass",
    "公园年票",
    FID,
    AID,
    files=(PASSES_FILE,),
    keys=KEYS,
    label="公园年票",
    project_defined=True,
)
