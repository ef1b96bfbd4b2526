"""Beijing's older transit card 市政交通一卡通: no AID, files in the MF, the purse in DF 1001.

Reference transit-purse.md §1.1, §2.8. The purse's log is T-Union's (card_profiles/transit.py).
"""

from __future__ import annotations

from datetime import date

from apdu.layout import Raw, Uint
from card_profiles.fields import Columns, Date, HexDigits
from card_profiles.model import (
    FREE,
    NEVER,
    REFERENCE,
    Application,
    ElementaryFile,
    Item,
    Structure,
    vector,
)
from card_profiles.transit import LOG_FILE

MASTER_FILE = 0x3F00
PURSE_FID = 0x1001
PURSE_NAME = b"PBOC"
"""What SELECT of the purse answers in tag 84 (§1.1)."""
PHONE_AID = bytes.fromhex("9156000014010001")

EF_CARD = 0x0004
EF_STATE = 0x0005

IN_ORDER = 0x02
"""``state`` of a card that may be used."""
BLACKLISTED = 0xA5
NO_DEBT = 0xFFFFFFFF
"""The negative amount of a card that has none."""
RIDING = 0x20

CARD = Columns(
    {
        "number": HexDigits(8),
        "kind": Uint(1),
        "state": Uint(1),
        "version": HexDigits(2),
        "reserved": Raw(12),
        "start_date": Date(),
        "expiry_date": Date(),
    }
)
"""File 04, 32 bytes. One reader takes bytes 8 to 10 together as a version (§2.8)."""

CARD_FILE = ElementaryFile(
    EF_CARD,
    "card",
    "卡片信息",
    Structure.TRANSPARENT,
    read=FREE,
    write=NEVER,
    items=(
        Item(
            0,
            "card",
            "卡片信息",
            CARD,
            (
                vector(
                    "1000751500000001 01 02 0030 00*12 20180410 20240410",
                    {
                        "number": "1000751500000001",
                        "kind": 1,
                        "state": IN_ORDER,
                        "version": "0030",
                        "reserved": bytes(12),
                        "start_date": date(2018, 4, 10),
                        "expiry_date": date(2024, 4, 10),
                    },
                    REFERENCE,
                ),
            ),
        ),
    ),
    size=CARD.size,
)

STATE = Columns(
    {
        "blacklist": Uint(1),
        "uses": Uint(4),
        "debt": Uint(4),
        "ride": Uint(1),
        "ride_at": HexDigits(5),
        "ride_operator": HexDigits(3),
    }
)
"""The first 18 bytes of file 05; the rest is not public (§2.8)."""

STATE_FILE = ElementaryFile(
    EF_STATE,
    "state",
    "使用状态",
    Structure.TRANSPARENT,
    read=FREE,
    write=NEVER,
    items=(
        Item(
            0,
            "state",
            "使用状态",
            STATE,
            (
                vector(
                    "00 0000002A FFFFFFFF 30 0000000000 000000",
                    {
                        "blacklist": 0,
                        "uses": 42,
                        "debt": NO_DEBT,
                        "ride": 0x30,
                        "ride_at": "0000000000",
                        "ride_operator": "000000",
                    },
                ),
            ),
        ),
    ),
    size=STATE.size,
)

MASTER = Application("MF", "主文件", MASTER_FILE, None, files=(CARD_FILE, STATE_FILE), foreign=True)
PURSE = Application(
    "beijing_old", "市政交通一卡通", PURSE_FID, None, files=(LOG_FILE,), foreign=True
)
"""The older card's applications; no profile of a social security card has them."""
