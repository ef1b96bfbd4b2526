"""The SAM card (PSAM) as terminal and emulator share it: names, files, which key is which.

Reference social-security-card.md §8.4 and transit-purse.md §1.1, §6. The ministry's application
stands once in each algorithm's environment, the purse's beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from apdu.cipher import Algorithm
from apdu.layout import Uint
from apdu.sam_commands import KeyType
from card_profiles import social_security as ssse
from card_profiles.fields import Columns, Date, HexDigits
from card_profiles.key_addresses import LISTED
from card_profiles.model import (
    FREE,
    NEVER,
    REFERENCE,
    Application,
    AtrParts,
    ElementaryFile,
    Item,
    Key,
    Structure,
    vector,
)
from card_profiles.profiles import PROFILES

ATR = AtrParts(bytes.fromhex("0081"), bytes.fromhex("544C00"), bytes.fromhex("8684"))
"""Maker's bytes of a PSAM's ATR (social-security-card.md §7)."""
ATR_PLACE = "0807"
"""What stands where a user card has its region."""

TEST_KEYS = 0x54
"""Key type byte of a SAM with test keys (project-defined; PSAMs in the field have 01)."""

EF_CARD_DATA = 0x0015
EF_TERMINAL = 0x0016
EF_PURSE = 0x0017
EF_SEQUENCE = 0x0018
EF_COUNTER = 0x0019


def _file(
    fid: int, name: str, zh: str, item: Item, *, project_defined: bool = False
) -> ElementaryFile:
    """Describe a transparent file that anybody reads and no command writes."""
    return ElementaryFile(
        fid,
        name,
        zh,
        Structure.TRANSPARENT,
        read=FREE,
        write=NEVER,
        items=(item,),
        size=item.field.size,
        project_defined=project_defined,
    )


SAM_ID_FILE = _file(
    EF_CARD_DATA,
    "sam_id",
    "SAM 卡号",
    Item(
        0,
        "sam_id",
        "SAM 卡号",
        Columns(
            {
                "serial": HexDigits(10),
                "version": Uint(1),
                "key_type": Uint(1),
                "issuer_data": HexDigits(2),
            }
        ),
        (
            vector(
                "23010101000000212241 01 01 0101",
                {
                    "serial": "23010101000000212241",
                    "version": 1,
                    "key_type": 1,
                    "issuer_data": "0101",
                },
                REFERENCE,
            ),
        ),
    ),
)
"""14 bytes, in the master file (transit-purse.md §6, §8)."""

CARD_DATA_FILE = _file(
    EF_CARD_DATA,
    "card_data",
    "卡片公共信息",
    Item(
        0,
        "card_data",
        "卡片公共信息",
        Columns(
            {
                "issuer": HexDigits(1),
                "serial": HexDigits(10),
                "version": Uint(1),
                "key_type": Uint(1),
                "fci": HexDigits(2),
            }
        ),
        (
            vector(
                "01 11000000000000000007 01 54 0000",
                {
                    "issuer": "01",
                    "serial": "11000000000000000007",
                    "version": 1,
                    "key_type": TEST_KEYS,
                    "fci": "0000",
                },
            ),
        ),
    ),
)
"""15 bytes, in the ministry's application (social-security-card.md §8.4)."""

TERMINAL_FILE = _file(
    EF_TERMINAL,
    "terminal",
    "终端机编号",
    Item(
        0,
        "terminal",
        "终端机编号",
        HexDigits(6),
        (
            vector("110000000007", "110000000007", REFERENCE),
            # Digits by rule, but not on every SAM.
            vector("012300033D11", "012300033D11", REFERENCE),
        ),
    ),
)
"""Six digits of the city and six more; in the master file and in the ministry's application."""

COUNTER_FILE = _file(
    EF_COUNTER,
    "counter",
    "终端交易序号",
    Item(0, "counter", "终端交易序号", Uint(4), (vector("00000000", 0),)),
)

PURSE_FILE = _file(
    EF_PURSE,
    "purse",
    "应用公共信息",
    Item(
        0,
        "purse",
        "应用公共信息",
        Columns(
            {
                "key_index": Uint(1),
                "issuer": HexDigits(8),
                "receiver": HexDigits(8),
                "start_date": Date(),
                "expiry_date": Date(),
            }
        ),
        (
            vector(
                "01 01011000FFFFFFFF 01011000FFFFFFFF 20260101 20401231",
                {
                    "key_index": 1,
                    "issuer": "01011000FFFFFFFF",
                    "receiver": "01011000FFFFFFFF",
                    "start_date": date(2026, 1, 1),
                    "expiry_date": date(2040, 12, 31),
                },
            ),
        ),
    ),
    project_defined=True,
)
"""The first byte is the purchase key index (transit-purse.md §6); what follows is our choice."""

SEQUENCE_FILE = _file(
    EF_SEQUENCE,
    "sequence",
    "终端交易序号",
    Item(
        0,
        "sequence",
        "终端交易序号",
        Uint(4),
        (vector("00001234", 0x1234, REFERENCE),),
    ),
    project_defined=True,
)
"""The next terminal sequence number (TSN) of a purchase; its place is our choice."""

MASTER_FILE = Application(
    "MF", "主控目录", ssse.MASTER_FILE, ssse.NAME, files=(SAM_ID_FILE, TERMINAL_FILE)
)
"""The master file is the DES environment (§1.1)."""


def _environment(digit: bytes, fid: int, zh: str, *, project_defined: bool = False) -> Application:
    name = ssse.NAME.replace(b"1", digit, 1)
    return Application(
        f"environment{digit.decode()}", zh, fid, name, project_defined=project_defined
    )


ENVIRONMENTS: Mapping[Algorithm, Application] = MappingProxyType(
    {
        Algorithm.TDES: MASTER_FILE,
        Algorithm.SSF33: _environment(b"2", ssse.FID, "SSF33 算法环境"),
        Algorithm.SM4: _environment(b"3", 0xDDF3, "SM4 算法环境", project_defined=True),
    }
)
"""Where an algorithm's keys are; the name for SM4 is our choice, none is public (§1.1)."""

PSAM = Application(
    "PSAM",
    "社会保障 PSAM 应用",
    0xDF01,
    ssse.application_aid(0x90),
    files=(CARD_DATA_FILE, TERMINAL_FILE, COUNTER_FILE),
)
"""The ministry's application, one in each environment."""

PURSE = Application("purse", "交通 PSAM 应用", 0x8011, None, files=(PURSE_FILE, SEQUENCE_FILE))
"""T-Union's application in a bus PSAM (transit-purse.md §1.1)."""
PURSE_IDS = frozenset({PURSE.fid, 0x1001, 0x1003, 0x3F01, 0xDF03})
"""Ids under which SAMs of different cities have the purse's application (transit-purse.md §1.1)."""


@dataclass(frozen=True, slots=True)
class SamKeyId:
    """Name a key as the SAM does: its type and its id; ``project_defined`` where nothing says."""

    type: KeyType
    id: int
    project_defined: bool = False


_FIRST_OWN_IDS: Mapping[str, int] = {
    "SSSE": 0x50,
    "DF01": 0x60,
    "DF02": 0x70,
    "DF03": 0x80,
    "DF04": 0x90,
    "DF05": 0xA0,
    "DF06": 0xB0,
    "DF07": 0xC0,
    "beijing_tong": 0xD0,
    "jingyitong": 0xD4,
    "disability": 0xD8,
    "certificates": 0xDC,
    "park_pass": 0xE0,
}
"""Where our own ids of an application's keys begin; the key's id on the card counts from there."""


def _key_id(application: Application, key: Key) -> SamKeyId:
    """Name a key in the SAM: by the id that is published, else by one of our own.

    Field programs prove UKSSSE with usage 48 and id 12, which is the id of its key address
    (card-interface-functions.md §4.2) and the type for both MAC and encryption. So we take all.
    """
    address = LISTED.get((application.name, key.name))
    if address is not None:
        return SamKeyId(KeyType.MAC_AND_ENCRYPT, address.key_id)
    own = _FIRST_OWN_IDS[application.name] + (key.id & 0x0F)
    return SamKeyId(KeyType.MAC_AND_ENCRYPT, own, project_defined=True)


KEYS: Mapping[tuple[str, str], SamKeyId] = MappingProxyType(
    {
        (application.name, key.name): _key_id(application, key)
        for profile in PROFILES.values()
        for application in (profile.environment, *profile.applications)
        for key in application.keys
    }
)
"""The SAM's name of every key on a user card, by the names of application and key.

Ids in a real PSAM are not public (social-security-card.md §8.1); a counter sets its own.
"""


@dataclass(frozen=True, slots=True)
class PurseKey:
    """Describe a key of the purse's application: how many levels lie below it, by which version."""

    name: str
    type: KeyType
    version: int
    levels: int = 2


PURSE_KEYS = (
    PurseKey("DPK", KeyType.PURCHASE, 0x00),
    PurseKey("DAMK", KeyType.USER_MAINTENANCE, 0x02),
    PurseKey("DTK", KeyType.PIN_RELOAD, 0x00),
)
"""Issuer and card below the root, versions as bus terminals ask for them (transit-purse.md §6).

A TAC key is stored as a PIN reload key, for the SAM folds those by itself (§6.3).
"""
