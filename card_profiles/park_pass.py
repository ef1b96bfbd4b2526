"""The annual park pass 公园年票 in an application of its own.

Reference social-security-card.md §9, §10: the real file is unknown, everything here is
project-defined. A pass is one record, so that those of two years stand side by side.
"""

from __future__ import annotations

from datetime import date

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

KEYS = (
    Key(STK, "STKDF0E", KeyUse.MAINTENANCE, tries=None),
    Key(UK1, "UK1DF0E", KeyUse.UPDATE),
)

PASS = Columns(
    {
        "pass_type": Number(1),
        "year": Cn(2),
        "valid_from": Date(),
        "valid_to": Date(),
        "state": Number(1),
        "counter": Number(2),
        "mac": Binary(4),
    }
)
"""One pass, 18 bytes."""

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
                    "01 2026 20260101 20261231 01 0102 A1B2C3D4",
                    {
                        "pass_type": 1,
                        "year": "2026",
                        "valid_from": date(2026, 1, 1),
                        "valid_to": date(2026, 12, 31),
                        "state": 1,
                        "counter": 258,
                        "mac": b"\xa1\xb2\xc3\xd4",
                    },
                ),
                vector(
                    "FF FFFF FF*4 FF*4 FF FFFF 00*4",
                    {
                        "pass_type": None,
                        "year": None,
                        "valid_from": None,
                        "valid_to": None,
                        "state": None,
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
