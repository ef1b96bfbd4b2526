"""A holder's public data 公共应用 (DF01): household, contact, employment, education.

Reference social-security-card.md §1.1, §2.3, §8.1. It names the items in English; the Chinese
terms beside them are translations. What it doesn't name is called by its tag.
"""

from __future__ import annotations

from datetime import date

from card_profiles.fields import An, Binary, Cn, Date, Group
from card_profiles.model import (
    BY_PIN,
    FREE,
    REFERENCE,
    Application,
    ElementaryFile,
    Item,
    Key,
    KeyUse,
    Structure,
    proof,
    vector,
)
from card_profiles.social_security import application_aid
from card_profiles.tables import NATIONALITY, REGION
from card_profiles.tables.social import HOUSEHOLD_CLASS, MARITAL_STATUS

FID = 0xDF01

EF_CONTACT = 0xEF06
EF_NATIONALITY = 0xEF0A

STK, UK1, UK2, UK3, UK4, UK5, RK1, UK6 = range(0x82, 0x8A)
# UK7 to UKB belong to the reserved files; their ids are not public. Project-defined: they go on.
UK7, UK8, UK9, UKA, UKB = range(0x8A, 0x8F)

KEYS = (
    Key(STK, "STKDF01", KeyUse.MAINTENANCE, tries=None),
    Key(UK1, "UK1DF01", KeyUse.UPDATE),
    Key(UK2, "UK2DF01", KeyUse.UPDATE),
    Key(UK3, "UK3DF01", KeyUse.UPDATE),
    Key(UK4, "UK4DF01", KeyUse.UPDATE),
    Key(UK5, "UK5DF01", KeyUse.UPDATE),
    Key(RK1, "RK1DF01", KeyUse.READ),
    Key(UK6, "UK6DF01", KeyUse.UPDATE),
)
RESERVED_KEYS = (
    Key(UK7, "UK7DF01", KeyUse.UPDATE),
    Key(UK8, "UK8DF01", KeyUse.UPDATE),
    Key(UK9, "UK9DF01", KeyUse.UPDATE),
    Key(UKA, "UKADF01", KeyUse.UPDATE),
    Key(UKB, "UKBDF01", KeyUse.UPDATE),
)

READ = BY_PIN | proof(RK1)

HOUSEHOLD_FILE = ElementaryFile(
    0xEF05,
    "household",
    "户籍",
    Structure.RECORDS,
    read=READ,
    write=proof(UK1),
    items=(
        Item(
            0x20,
            "household_class",
            "户口性质",
            An(2, HOUSEHOLD_CLASS),
            (vector("3130", "10"), vector("3532", "52"), vector("0000", None)),
        ),
        Item(
            0x21,
            "household_address",
            "户籍地址",
            An(0x50),
            (vector("D1F9C0FDC2B733BAC5 00*71", "样例路3号"),),
        ),
        Item(
            0x0E,
            "household_region",
            "户籍所在地",
            Cn(3, REGION),
            (vector("110000", "110000"), vector("FFFFFF", None)),
        ),
    ),
)

CONTACT_FILE = ElementaryFile(
    EF_CONTACT,
    "contact",
    "联系方式",
    Structure.RECORDS,
    read=READ,
    write=proof(UK4),
    items=(
        Item(
            0x23,
            "contact_address",
            "联系地址",
            An(0x50),
            # Values of the worked cards P1 and P2 (card-interface-functions.md §12).
            (
                vector("B2E2CAD4CAD0D1F9C0FDC2B731BAC5 00*65", "测试市样例路1号", REFERENCE),
                vector("D1F9C0FDBDD632BAC5 00*71", "样例街2号", REFERENCE),
                vector("D1F9C0FDBDD632BAC5 20*71", "样例街2号", one_way=True),
                vector("00*80", None),
            ),
        ),
        Item(
            0x24, "contact_region", "联系地址所在地", Cn(3, REGION), (vector("110100", "110100"),)
        ),
        Item(
            0x28,
            "phone",
            "联系电话",
            An(0x0F),
            (
                vector("30*11 00*4", "00000000000", REFERENCE),
                vector("30*10 31 00*4", "00000000001", REFERENCE),
            ),
        ),
        Item(0x2C, "contact_person", "联系人", An(0x32), (vector("B2E2CAD4BCD7 00*44", "测试甲"),)),
        Item(
            0x2D,
            "contact_phone",
            "联系人电话",
            An(0x0F),
            (vector("30*10 32 00*4", "00000000002"),),
        ),
    ),
)

EMPLOYMENT_STATE_FILE = ElementaryFile(
    0xEF07,
    "employment_state",
    "就业状态",
    Structure.RECORDS,
    read=READ,
    write=proof(UK2),
    # The codes are 1 to 8; what they mean is not public.
    items=(Item(0x29, "employment_state", "就业状态", An(1), (vector("31", "1"),)),),
)

MARITAL_STATUS_FILE = ElementaryFile(
    0xEF08,
    "marital_status",
    "婚姻状况",
    Structure.RECORDS,
    read=READ,
    write=proof(UK3),
    items=(
        Item(
            0x2B,
            "marital_status",
            "婚姻状况",
            An(1, MARITAL_STATUS),
            (vector("32", "2"), vector("39", "9"), vector("00", None)),
        ),
    ),
)

EMPLOYER_FILE = ElementaryFile(
    0xEF09,
    "employer",
    "工作单位",
    Structure.RECORDS,
    read=READ,
    write=proof(UK2),
    items=(
        Item(
            0x2E, "employer", "工作单位", An(0x46), (vector("B2E2CAD4B5A5CEBB 00*62", "测试单位"),)
        ),
        Item(
            0x30,
            "organisation_code",
            "组织机构代码",
            An(9),
            (vector("303030303030303058", "00000000X"),),
        ),
        # The reference doesn't say whose status, nor its codes.
        Item(0x32, "status", "状态", An(2), (vector("3031", "01"),)),
    ),
)

NATIONALITY_FILE = ElementaryFile(
    EF_NATIONALITY,
    "nationality",
    "国籍",
    Structure.RECORDS,
    read=READ,
    write=proof(UK5),
    items=(
        Item(
            0x37,
            "nationality",
            "国籍",
            An(3, NATIONALITY),
            (vector("43484E", "CHN", REFERENCE), vector("000000", None)),
        ),
        Item(0x38, "political_status", "政治面貌", An(2), (vector("3133", "13"),)),
        # The reference says that tag 39 is a date, and not which.
        Item(
            0x39,
            "date",
            "日期",
            Date(),
            (vector("20100701", date(2010, 7, 1)), vector("FF*4", None)),
        ),
    ),
)

EDUCATION_FILE = ElementaryFile(
    0xEF15,
    "education",
    "学历学位",
    Structure.RECORDS,
    read=READ,
    write=proof(UK6),
    items=(
        Item(0x2A, "education", "学历", Cn(1), (vector("21", "21"), vector("FF", None))),
        Item(
            0x40,
            "degrees",
            "学位",
            Group(
                {"item_57": (0x57, An(3)), "item_58": (0x58, Cn(3)), "item_59": (0x59, An(0x28))}
            ),
            (
                vector(
                    "5703 303031 5803 321000 5928 B2E2CAD4B4F3D1A7 00*32",
                    {"item_57": "001", "item_58": "321000", "item_59": "测试大学"},
                ),
                vector(
                    "5703 000000 5803 FFFFFF 5928 00*40",
                    {"item_57": None, "item_58": None, "item_59": None},
                ),
            ),
            count=3,
        ),
    ),
)

FILES = (
    HOUSEHOLD_FILE,
    CONTACT_FILE,
    EMPLOYMENT_STATE_FILE,
    MARITAL_STATUS_FILE,
    EMPLOYER_FILE,
    NATIONALITY_FILE,
    EDUCATION_FILE,
)

RESERVED_SIZE = 0x128

RESERVED_FILES = tuple(
    ElementaryFile(
        0xEF16 + number,
        f"reserved_{number + 1}",
        "预留",
        Structure.TRANSPARENT,
        read=FREE,
        write=proof(key),
        items=(
            Item(
                0,
                f"reserved_{number + 1}",
                "预留",
                Binary(RESERVED_SIZE),
                (vector("00*296", None), vector("01 00*295", b"\x01" + bytes(295))),
            ),
        ),
        size=RESERVED_SIZE,
        reserved=True,
    )
    for number, key in enumerate((UK7, UK8, UK9, UKA, UKB))
)

PUBLIC_DATA = Application(
    "DF01",
    "公共应用",
    FID,
    application_aid(0x00),
    files=FILES + RESERVED_FILES,
    keys=KEYS + RESERVED_KEYS,
    label="公共应用",
)
