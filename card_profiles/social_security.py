"""The social security environment (SSSE): how it is selected, EF05 to EF08, its keys.

Reference social-security-card.md §1, §2.2, §8.1. Vectors marked ``reference`` are the bytes
of its §11 or of the worked cards in card-interface-functions.md §12 and §13.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from apdu import tlv
from apdu.cipher import Algorithm
from card_profiles.fields import An, Binary, Cn, Date, HexDigits
from card_profiles.identifiers import RID
from card_profiles.model import (
    FREE,
    REFERENCE,
    RULE,
    Application,
    ElementaryFile,
    Item,
    Key,
    KeyUse,
    Structure,
    Vector,
    proof,
    vector,
)
from card_profiles.tables import ETHNIC_GROUP, REGION, SEX

NAME = b"sx1.sh." + "社会保障".encode("gbk")
"""DF name of the environment, 15 bytes (§0, fact 1)."""
FID = 0xDDF1
MASTER_FILE = 0x3F00
DIRECTORY_SFI = 0x1E

EF_CARD = 0xEF05
EF_HOLDER = 0xEF06
EF_FINGERPRINT = 0xEF07
EF_PHOTO = 0xEF08
PHOTO_SIZE = 4096

# Key ids of the environment (§8.1); only 04, 06 and 0A are known from several sources.
IRK, STK, UK, BK, PUK, RK = 0x00, 0x02, 0x04, 0x05, 0x06, 0x0A

KEYS = (
    Key(IRK, "IRK", KeyUse.INTERNAL, tries=None),
    Key(STK, "STKSSSE", KeyUse.MAINTENANCE, tries=None),
    Key(UK, "UKSSSE", KeyUse.UPDATE),
    Key(BK, "BK", KeyUse.BLOCK, tries=None),
    Key(PUK, "PUK", KeyUse.UNBLOCK),
    Key(RK, "RKSSSE", KeyUse.READ),
)

CARD_FILE = ElementaryFile(
    EF_CARD,
    "card",
    "发卡数据",
    Structure.RECORDS,
    read=FREE,
    write=proof(UK),
    items=(
        Item(
            0x01,
            "card_id",
            "卡识别码",
            HexDigits(16),
            (
                vector(
                    "110000 D156000005 00000001 FFFFFFFF",
                    "110000D15600000500000001FFFFFFFF",
                    REFERENCE,
                ),
            ),
        ),
        Item(0x02, "card_class", "卡的类别", An(1), (vector("33", "3", REFERENCE),)),
        Item(
            0x03,
            "specification_version",
            "规范版本",
            An(4),
            (
                vector("312E3030", "1.00", REFERENCE),
                vector("322E3030", "2.00", REFERENCE),
                vector("332E3030", "3.00", REFERENCE),
                vector("322E3000", "2.0", REFERENCE),
            ),
        ),
        Item(
            0x04,
            "initialising_organisation",
            "初始化机构编号",
            HexDigits(12),
            (vector("915600000211000011010002", "915600000211000011010002", REFERENCE),),
        ),
        Item(
            0x05,
            "issue_date",
            "发卡日期",
            Date(),
            (
                vector("20260101", date(2026, 1, 1), REFERENCE),
                vector("20180301", date(2018, 3, 1), REFERENCE),
            ),
        ),
        Item(
            0x06,
            "expiry_date",
            "卡有效期",
            Date(),
            (vector("20360101", date(2036, 1, 1), REFERENCE), vector("FF*4", None)),
        ),
        Item(
            0x07,
            "card_number",
            "卡号",
            An(9),
            (
                vector("413132333435363734", "A12345674", REFERENCE),
                vector("00*9", None),
            ),
        ),
    ),
)

_SOCIAL_SECURITY_NUMBER = Item(
    0x08,
    "social_security_number",
    "社会保障号码",
    An(18),
    (vector("303030303030313939303031303130303138", "000000199001010018", REFERENCE),),
)
_NAME = Item(
    0x09,
    "name",
    "姓名",
    An(30),
    (
        vector("B2E2CAD4BCD7 00*24", "测试甲"),
        vector("B2E2CAD4BFA8 00*24", "测试卡", REFERENCE),
        vector("D1F9C0FDD2D2 20*24", "样例乙", one_way=True),
        # 䶮 is in GB 18030 and not in GBK; a reader that says "gbk" loses it.
        vector("D0C2 FE9F 00*26", "新䶮"),
    ),
)
_NAME_EXTENSION = Item(
    0x4E, "name_extension", "姓名扩展", An(20), (vector("00*20", None, REFERENCE),)
)
_SEX = Item(
    0x0A, "sex", "性别", An(1, SEX), (vector("31", "1", REFERENCE), vector("32", "2", REFERENCE))
)
_ETHNIC_GROUP = Item(
    0x0B, "ethnic_group", "民族", Cn(1, ETHNIC_GROUP), (vector("01", "01", REFERENCE),)
)
_BIRTHPLACE = Item(
    0x0C,
    "birthplace",
    "出生地",
    Cn(3, REGION),
    (vector("110000", "110000", REFERENCE), vector("FFFFFF", None, REFERENCE)),
)
_BIRTH_DATE = Item(
    0x0D, "birth_date", "出生日期", Date(), (vector("19900101", date(1990, 1, 1), REFERENCE),)
)

HOLDER_FILE_V1 = ElementaryFile(
    EF_HOLDER,
    "holder",
    "持卡人基本信息",
    Structure.RECORDS,
    read=FREE,
    write=proof(UK),
    items=(
        _SOCIAL_SECURITY_NUMBER,
        _NAME,
        _SEX,
        _ETHNIC_GROUP,
        _BIRTHPLACE,
        _BIRTH_DATE,
    ),
)
"""V1.0 has no name extension: six records, 69 bytes."""

HOLDER_FILE_V2 = replace(
    HOLDER_FILE_V1,
    items=(
        _SOCIAL_SECURITY_NUMBER,
        _NAME,
        _NAME_EXTENSION,
        _SEX,
        _ETHNIC_GROUP,
        _BIRTHPLACE,
        _BIRTH_DATE,
    ),
)
"""Since V2.0: seven records, 91 bytes."""

HOLDER_FILE_V3 = replace(HOLDER_FILE_V2, read=proof(RK))
"""Generation 3 opens the holder's data to RKSSSE only (§2.2)."""

FINGERPRINT_FILE_V1 = ElementaryFile(
    EF_FINGERPRINT,
    "fingerprint",
    "指纹",
    Structure.TRANSPARENT,
    read=FREE,
    write=proof(UK),
    items=(Item(0, "fingerprint", "指纹", Binary(0x300), (vector("00*768", None),)),),
    size=0x300,
    dormant=True,
)
FINGERPRINT_FILE = replace(FINGERPRINT_FILE_V1, read=proof(RK))

_PADDED_JPEG = bytes.fromhex("FFD8FFE000104A464946FFD9").ljust(PHOTO_SIZE, b"\0")

PHOTO_FILE = ElementaryFile(
    EF_PHOTO,
    "photo",
    "照片",
    Structure.TRANSPARENT,
    read=proof(RK),
    write=proof(UK),
    items=(
        Item(
            0,
            "photo",
            "照片",
            Binary(PHOTO_SIZE),
            (vector("00*4096", None), Vector(_PADDED_JPEG, _PADDED_JPEG, RULE)),
        ),
    ),
    size=PHOTO_SIZE,
)


def fci_proprietary(algorithm: Algorithm | None) -> bytes:
    """Make the content of tag A5: the directory's SFI, and the algorithm where it is named."""
    parts = [tlv.build(0x88, bytes((DIRECTORY_SFI,)))]
    if algorithm is not None:
        parts.append(tlv.build(0x9F0C, tlv.build(0x86, bytes((algorithm.value,))).encode()))
    return tlv.encode(parts)


def environment(*files: ElementaryFile, algorithm: Algorithm | None = None) -> Application:
    """Describe the environment with its files; ``algorithm`` None leaves 9F0C out."""
    return Application(
        "SSSE",
        "社会保障环境",
        FID,
        NAME,
        files=files,
        keys=KEYS,
        fci_proprietary=fci_proprietary(algorithm),
    )


ENVIRONMENT = environment(CARD_FILE)
"""The environment as far as all generations have it alike: the one receiver of the service PIN."""


def algorithm_of(named: int | None, card_id: bytes) -> Algorithm:
    """Decide the algorithm: tag 86 where there is one, else by the issuing region (§1.3).

    Raises ValueError where tag 86 names none that exists.
    """
    if named is not None:
        return Algorithm(named)
    return Algorithm.SSF33 if card_id[:1] == b"\x11" else Algorithm.TDES


def generation_of(version: str | None) -> int | None:
    """Tell the generation by the first three characters of tag 03; empty means 1.0 (§0, fact 8).

    None where the version is none of the three.
    """
    return {"": 1, "1.0": 1, "2.0": 2, "3.0": 3}.get((version or "")[:3])


def application_aid(number: int) -> bytes:
    """Give the AID of a standard application: D156000005 and its number (§1.1)."""
    return RID + bytes((number,))
