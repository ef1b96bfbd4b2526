"""The public transport application 公共交通 (T-Union 交通联合) on the same chip: files and keys.

Reference transit-purse.md §1 (names), §2 (files), §3.4 (key types); social-security-card.md §1.1,
§9. Money is in fen. The purse itself, its counters and its keys are no files that anybody reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from apdu.errors import LayoutError
from apdu.layout import Field, Raw, Uint
from apdu.purse import MOMENT, moment, read_moment
from card_profiles.fields import An, Columns, Date, HexDigits
from card_profiles.model import (
    FREE,
    NEVER,
    REFERENCE,
    Application,
    ElementaryFile,
    Item,
    Structure,
    proof,
    vector,
)

AID = bytes.fromhex("A000000632010105")
FID = 0xDF11
"""Project-defined: the application is selected by its AID."""
LABEL = "MOT_T_EP"
APPLICATION_VERSION = 2
"""Tag 9F08 of a T-Union card (§1.2)."""

EF_PUBLIC = 0x0015
EF_HOLDER = 0x0016
EF_MANAGEMENT = 0x0017
EF_LOG = 0x0018
EF_COMPOSITE = 0x001A
EF_TRIPS = 0x001E

LOG_RECORDS = 10
TRIP_RECORDS = 30

BEIJING = "1000"
"""The city's code in the issuer id (GB/T 13497-1992)."""
ISSUER = "01011000FFFFFFFF"
"""Issuer id of Beijing's cards (§2.1)."""
FACTOR = slice(12, 20)
"""Where the card's diversification factor stands in file 15: the last 8 bytes of the serial."""
ISSUER_FACTOR = slice(0, 8)

# --- Keys ----------------------------------------------------------------------------------

DLK = "DLK"
"""Load key 圈存密钥; it is never at a counter."""
DPK = "DPK"
"""Purchase key 消费密钥."""
DULK = "DULK"
"""Unload key 圈提密钥."""
DUK = "DUK"
"""Key that changes the overdraft limit 透支限额."""
DTK = "DTK"
"""TAC key: what proves a transaction to its issuer."""
DAMK = "DAMK"
"""Maintenance key 应用维护密钥: MACs of files and blocks."""
DPUK = "DPUK"
"""PIN unblock key."""
DRPK = "DRPK"
"""PIN reload key."""
DEAK = "DEAK"
"""External authentication key."""


@dataclass(frozen=True, slots=True)
class PurseKey:
    """Name a key of the purse with its FMCOS key type (§3.4)."""

    name: str
    type: int


KEYS = (
    PurseKey(DLK, 0x3F),
    PurseKey(DPK, 0x3E),
    PurseKey(DULK, 0x3D),
    PurseKey(DUK, 0x3C),
    PurseKey(DTK, 0x34),
    PurseKey(DAMK, 0x36),
    PurseKey(DPUK, 0x37),
    PurseKey(DRPK, 0x38),
    PurseKey(DEAK, 0x39),
)
MAINTENANCE = 0x36

# --- Fields --------------------------------------------------------------------------------


class Moment(Field["datetime | None"]):
    """Date and time as YYYYMMDDhhmmss in seven BCD bytes, without a zone; None for all 00."""

    size = MOMENT

    def decode(self, raw: bytes) -> datetime | None:
        """Read the moment; raises LayoutError where the calendar has none such."""
        if not self.checked(raw).strip(b"\0"):
            return None
        found = read_moment(raw)
        if found is None:
            raise LayoutError(f"{raw.hex().upper()} is no moment")
        return found

    def encode(self, value: datetime | None) -> bytes:
        """Write the moment."""
        return bytes(self.size) if value is None else moment(value)


# --- Files ---------------------------------------------------------------------------------

PUBLIC = Columns(
    {
        "issuer": HexDigits(8),
        "kinds": Uint(1),
        "enabled": Uint(1),
        "serial": HexDigits(10),
        "start_date": Date(),
        "expiry_date": Date(),
        "own": HexDigits(2),
    }
)
"""File 15, 30 bytes; also in tag 9F0C of the FCI (§2.1)."""

IN_USE = 0x01
"""``enabled`` of a card that was started; 00 says not started, FF expired at one terminal."""
NOT_STARTED = 0x00
ENDED = 0xFF

PUBLIC_FILE = ElementaryFile(
    EF_PUBLIC,
    "public",
    "公共应用信息",
    Structure.TRANSPARENT,
    read=FREE,
    write=proof(MAINTENANCE),
    items=(
        Item(
            0,
            "public",
            "公共应用信息",
            PUBLIC,
            (
                vector(
                    "01011000FFFFFFFF 02 01 03105170010100000001 20190806 20401231 0000",
                    {
                        "issuer": ISSUER,
                        "kinds": 2,
                        "enabled": IN_USE,
                        "serial": "03105170010100000001",
                        "start_date": date(2019, 8, 6),
                        "expiry_date": date(2040, 12, 31),
                        "own": "0000",
                    },
                    REFERENCE,
                ),
                vector(
                    "02403640FFFFFFFF 02 01 03104991585000010001 20210726 20250930 8500",
                    {
                        "issuer": "02403640FFFFFFFF",
                        "kinds": 2,
                        "enabled": IN_USE,
                        "serial": "03104991585000010001",
                        "start_date": date(2021, 7, 26),
                        "expiry_date": date(2025, 9, 30),
                        "own": "8500",
                    },
                    REFERENCE,
                ),
            ),
        ),
    ),
    size=PUBLIC.size,
)

HOLDER_FILE = ElementaryFile(
    EF_HOLDER,
    "holder",
    "持卡人信息",
    Structure.TRANSPARENT,
    read=FREE,
    write=proof(MAINTENANCE),
    items=(
        Item(
            0,
            "holder",
            "持卡人信息",
            Columns(
                {
                    "card_type": Uint(1),
                    "staff": Uint(1),
                    "name": An(20),
                    "id_number": An(32),
                    "id_type": Uint(1),
                }
            ),
            (
                vector(
                    "00*55",
                    {"card_type": 0, "staff": 0, "name": None, "id_number": None, "id_type": 0},
                ),
                vector(
                    "01 00 B2E2CAD4 00*16 303030303030313939303031303130303138 00*14 00",
                    {
                        "card_type": 1,
                        "staff": 0,
                        "name": "测试",
                        "id_number": "000000199001010018",
                        "id_type": 0,
                    },
                ),
            ),
        ),
    ),
    size=55,
)
"""PBOC 2.0's 55 bytes; usually zeros (§2.2)."""
HOLDER_SIZE_1 = 39
"""Bytes of the file in PBOC 1.0."""

MANAGEMENT = Columns(
    {
        "country": HexDigits(4),
        "province": HexDigits(2),
        "city": HexDigits(2),
        "interoperable": Uint(2),
        "kind": Uint(1),
        "settlement": HexDigits(4),
        "reserved": Raw(45),
    }
)
INTEROPERABLE = 0x0001
MANAGEMENT_USED = 11
"""Bytes of file 17 that readers look at."""

MANAGEMENT_FILE = ElementaryFile(
    EF_MANAGEMENT,
    "management",
    "管理信息",
    Structure.TRANSPARENT,
    read=FREE,
    write=proof(MAINTENANCE),
    items=(
        Item(
            0,
            "management",
            "管理信息",
            MANAGEMENT,
            (
                vector(
                    "00000156 5800 5840 0001 01 00000000 00*45",
                    {
                        "country": "00000156",
                        "province": "5800",
                        "city": "5840",
                        "interoperable": INTEROPERABLE,
                        "kind": 1,
                        "settlement": "00000000",
                        "reserved": bytes(45),
                    },
                    REFERENCE,
                ),
            ),
        ),
    ),
    size=MANAGEMENT.size,
)
"""File 17, 60 bytes; the sample has the first eleven (§2.3)."""

CARD_KINDS = {
    1: ("普通卡", "normal"),
    2: ("学生卡", "student"),
    3: ("老年卡", "elder"),
    4: ("测试卡", "test"),
    5: ("军人卡", "military"),
}
"""Byte 10 of file 17, in Chinese and English (§2.3)."""

LOG = Columns(
    {
        "counter": Uint(2),
        "limit": Uint(3),
        "amount": Uint(4),
        "kind": Uint(1),
        "terminal": HexDigits(6),
        "at": Moment(),
    }
)
"""A transaction, 23 bytes (§2.4). The top bit of an amount is no money."""

LOG_FILE = ElementaryFile(
    EF_LOG,
    "log",
    "交易明细",
    Structure.CYCLIC,
    read=FREE,
    write=NEVER,
    items=(
        Item(
            0,
            "transaction",
            "交易明细",
            LOG,
            (
                vector(
                    "042D 000000 000001F4 09 300089000340 20241229141740",
                    {
                        "counter": 0x042D,
                        "limit": 0,
                        "amount": 500,
                        "kind": 9,
                        "terminal": "300089000340",
                        "at": datetime(2024, 12, 29, 14, 17, 40),  # noqa: DTZ001  no zone
                    },
                    REFERENCE,
                ),
                vector(
                    "0002 000000 000003E8 05 000000000024 20170830125637",
                    {
                        "counter": 2,
                        "limit": 0,
                        "amount": 1000,
                        "kind": 5,
                        "terminal": "000000000024",
                        "at": datetime(2017, 8, 30, 12, 56, 37),  # noqa: DTZ001  no zone
                    },
                    REFERENCE,
                ),
            ),
            count=LOG_RECORDS,
        ),
    ),
)

COMPOSITE_SIZE = 128
METRO_ID = "2701"
BUS_ID = "2702"
METRO_RECORD = 0x01
BUS_RECORD = 0x02
COMPOSITE_LENGTH = 0x7D
UNLOCKED = 0x00
"""``lock`` of a composite record that may be written; another value answers 9407."""
ENTERED = 0x01
"""``state`` of a metro record between entry and exit: an unfinished trip."""
EXITED = 0x02
INITIAL = 0x00
UPDATED = 0x04

_HEADER: dict[str, Field[Any]] = {
    "composite": HexDigits(2),
    "length": Uint(1),
    "flags": HexDigits(2),
    "lock": Uint(1),
    "serial": HexDigits(8),
    "state": Uint(1),
}
METRO = Columns(
    _HEADER
    | {
        "entry_city": HexDigits(2),
        "exit_city": HexDigits(2),
        "entry_organisation": HexDigits(8),
        "exit_organisation": HexDigits(8),
        "entry_station": HexDigits(8),
        "exit_station": HexDigits(8),
        "entry_device": HexDigits(8),
        "exit_device": HexDigits(8),
        "entry_at": Moment(),
        "exit_at": Moment(),
        "most_fare": Uint(4),
        "entry_line": HexDigits(1),
        "exit_line": HexDigits(1),
        "entry_amount": Uint(4),
        "entry_balance": Uint(4),
        "charged": Uint(4),
        "own": Raw(29),
    }
)
"""The metro's composite record (§2.5)."""
BUS = Columns(
    _HEADER
    | {
        "boarding_city": HexDigits(2),
        "boarding_issuer": HexDigits(8),
        "boarding_operator": HexDigits(2),
        "boarding_line": HexDigits(2),
        "boarding_station": HexDigits(1),
        "boarding_bus": HexDigits(8),
        "boarding_device": HexDigits(8),
        "boarding_at": Moment(),
        "marked_amount": Uint(4),
        "direction": HexDigits(1),
        "alighting_city": HexDigits(2),
        "alighting_issuer": HexDigits(8),
        "alighting_operator": HexDigits(2),
        "alighting_line": HexDigits(2),
        "alighting_station": HexDigits(1),
        "alighting_bus": HexDigits(8),
        "alighting_device": HexDigits(8),
        "alighting_at": Moment(),
        "amount": Uint(4),
        "distance": HexDigits(2),
        "own": Raw(26),
    }
)
"""The bus's composite record (§2.5); the last 26 bytes are not public."""

COMPOSITE_FILE = ElementaryFile(
    EF_COMPOSITE,
    "composite",
    "复合交易信息",
    Structure.FIXED,
    read=FREE,
    write=NEVER,
    items=(
        Item(
            0,
            "metro",
            "轨道交通",
            METRO,
            (
                vector(
                    "2701 7D 0101 00 5170010100000001 01 1000 0000 01011000FFFFFFFF 00*8"
                    " 0000000000080019 00*8 0000300089000341 00*8 20241229135955 00*7 00000320"
                    " 08 00 00000000 00000CB7 00000000 00*29",
                    {
                        "composite": METRO_ID,
                        "length": COMPOSITE_LENGTH,
                        "flags": "0101",
                        "lock": UNLOCKED,
                        "serial": "5170010100000001",
                        "state": ENTERED,
                        "entry_city": "1000",
                        "exit_city": "0000",
                        "entry_organisation": ISSUER,
                        "exit_organisation": "0" * 16,
                        "entry_station": "0000000000080019",
                        "exit_station": "0" * 16,
                        "entry_device": "0000300089000341",
                        "exit_device": "0" * 16,
                        "entry_at": datetime(2024, 12, 29, 13, 59, 55),  # noqa: DTZ001  no zone
                        "exit_at": None,
                        "most_fare": 800,
                        "entry_line": "08",
                        "exit_line": "00",
                        "entry_amount": 0,
                        "entry_balance": 3255,
                        "charged": 0,
                        "own": bytes(29),
                    },
                    REFERENCE,
                ),
            ),
        ),
        Item(
            0,
            "bus",
            "公共汽车",
            BUS,
            (
                vector(
                    "2702 7D 0101 00 5170010100000001 01 1000 01011000FFFFFFFF 0001 0300 05"
                    " 0000000000001234 0000110000000007 20260301080910 000000C8 AB"
                    " 0000 00*8 0000 0000 00 00*8 00*8 00*7 00000000 0000 00*26",
                    {
                        "composite": BUS_ID,
                        "length": COMPOSITE_LENGTH,
                        "flags": "0101",
                        "lock": UNLOCKED,
                        "serial": "5170010100000001",
                        "state": ENTERED,
                        "boarding_city": "1000",
                        "boarding_issuer": ISSUER,
                        "boarding_operator": "0001",
                        "boarding_line": "0300",
                        "boarding_station": "05",
                        "boarding_bus": "0000000000001234",
                        "boarding_device": "0000110000000007",
                        "boarding_at": datetime(2026, 3, 1, 8, 9, 10),  # noqa: DTZ001  no zone
                        "marked_amount": 200,
                        "direction": "AB",
                        "alighting_city": "0000",
                        "alighting_issuer": "0" * 16,
                        "alighting_operator": "0000",
                        "alighting_line": "0000",
                        "alighting_station": "00",
                        "alighting_bus": "0" * 16,
                        "alighting_device": "0" * 16,
                        "alighting_at": None,
                        "amount": 0,
                        "distance": "0000",
                        "own": bytes(26),
                    },
                ),
            ),
        ),
    ),
)

SINGLE = frozenset({0x02, 0x06})
ENTRY = 0x03
EXIT = 0x04
OTHER_INDUSTRY, METRO_INDUSTRY, BUS_INDUSTRY = range(3)

TRIP = Columns(
    {
        "kind": Uint(1),
        "terminal": HexDigits(8),
        "industry": Uint(1),
        "line": HexDigits(2),
        "station": HexDigits(2),
        "operator": HexDigits(2),
        "place_reserved": HexDigits(1),
        "amount": Uint(4),
        "balance": Uint(4),
        "at": Moment(),
        "city": HexDigits(2),
        "organisation": HexDigits(8),
        "reserved": Raw(6),
    }
)
"""A trip, 48 bytes (§2.6)."""

TRIPS_FILE = ElementaryFile(
    EF_TRIPS,
    "trips",
    "行程记录",
    Structure.CYCLIC,
    read=FREE,
    write=NEVER,
    items=(
        Item(
            0,
            "trip",
            "行程",
            TRIP,
            (
                vector(
                    "04 0000300089000340 01 0008 0019 0000 00 000001F4 00000AC3 20241229141740"
                    " 1000 01011000FFFFFFFF 00*6",
                    {
                        "kind": EXIT,
                        "terminal": "0000300089000340",
                        "industry": METRO_INDUSTRY,
                        "line": "0008",
                        "station": "0019",
                        "operator": "0000",
                        "place_reserved": "00",
                        "amount": 500,
                        "balance": 2755,
                        "at": datetime(2024, 12, 29, 14, 17, 40),  # noqa: DTZ001  no zone
                        "city": "1000",
                        "organisation": ISSUER,
                        "reserved": bytes(6),
                    },
                ),
            ),
            count=TRIP_RECORDS,
        ),
    ),
)

TRANSIT = Application(
    "transit",
    "公共交通",
    FID,
    AID,
    files=(PUBLIC_FILE, HOLDER_FILE, MANAGEMENT_FILE, LOG_FILE, COMPOSITE_FILE, TRIPS_FILE),
    label=LABEL,
    foreign=True,
)

# --- Phone instances (§1.1) ----------------------------------------------------------------

PHONE_AIDS = (
    bytes.fromhex("A00000063201010510009156000014A1"),  # Beijing, Tianjin, Hebei
    bytes.fromhex("A000000632010105215053555A484F55"),  # Jiangsu
)
"""Names of the same application in a phone; selecting by :data:`AID` reaches them as well."""
