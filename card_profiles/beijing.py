"""What only Beijing's card has: 北京通, 京医通, disability data, certificates.

Reference social-security-card.md §9, §10. Known are names, tags and the order of issuing. All
file ids, AIDs (of the unregistered F range), lengths, key ids and access rules are
project-defined: no real card can be expected to have them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from card_profiles import public_data
from card_profiles.fields import An, Binary, Cn, Date
from card_profiles.model import (
    BY_PIN,
    Application,
    ElementaryFile,
    Item,
    Key,
    KeyUse,
    Structure,
    proof,
    vector,
)
from card_profiles.social_security import PHOTO_FILE, PHOTO_SIZE
from card_profiles.tables import ETHNIC_GROUP, SEX

PUBLIC_DATA = replace(public_data.PUBLIC_DATA, files=public_data.FILES, keys=public_data.KEYS)
"""DF01 without its reserved files (§10, "Gen-3 DFs on Beijing cards")."""

FID_TONG = 0xDF0A
FID_JINGYITONG = 0xDF0B
FID_DISABILITY = 0xDF0C
FID_CERTIFICATES = 0xDF0D

AID_TONG = bytes.fromhex("F0424A5401")
AID_JINGYITONG = bytes.fromhex("F0424A5402")
AID_DISABILITY = bytes.fromhex("F0424A5403")
AID_CERTIFICATES = bytes.fromhex("F043410001")

STK, RK1, UK1 = range(0x82, 0x85)

READ = BY_PIN | proof(RK1)


def _keys(application: str) -> tuple[Key, ...]:
    """Give an application the three keys that each of these has."""
    return (
        Key(STK, f"STK{application}", KeyUse.MAINTENANCE, tries=None),
        Key(RK1, f"RK1{application}", KeyUse.READ),
        Key(UK1, f"UK1{application}", KeyUse.UPDATE),
    )


# --- 北京通 and 京医通 -----------------------------------------------------------------------

TONG_CARD_FILE = ElementaryFile(
    0x0005,
    "card",
    "卡信息",
    Structure.RECORDS,
    read=READ,
    write=proof(UK1),
    items=(
        Item(
            0x01,
            "name",
            "姓名",
            An(50),
            (vector("B2E2CAD4BCD7 00*44", "测试甲"), vector("D0C2FE9F 00*46", "新䶮")),
        ),
        Item(0x02, "sex", "性别", An(1, SEX), (vector("31", "1"),)),
        Item(0x03, "card_class", "卡类别", An(2), (vector("3031", "01"),)),
        Item(0x05, "benefit_attribute", "优待属性", An(2), (vector("3032", "02"),)),
        Item(0x06, "issuer", "发卡机构", An(70), (vector("D1F9C0FDBFC6BCBC 00*62", "样例科技"),)),
        Item(
            0x07,
            "production_date",
            "制卡日期",
            Date(),
            (vector("20260101", date(2026, 1, 1)), vector("FF*4", None)),
        ),
    ),
    project_defined=True,
)

TONG_HOLDER_FILE = ElementaryFile(
    0x0006,
    "holder",
    "持卡人信息",
    Structure.RECORDS,
    read=READ,
    write=proof(UK1),
    items=(
        Item(0x0A, "ethnic_group", "民族", Cn(1, ETHNIC_GROUP), (vector("01", "01"),)),
        Item(0x0B, "birth_date", "出生日期", Date(), (vector("19900101", date(1990, 1, 1)),)),
        Item(0x0C, "id_type", "证件类型", An(2), (vector("3031", "01"),)),
        Item(
            0x0D,
            "id_number",
            "证件号码",
            An(18),
            (vector("303030303030313939303031303130303138", "000000199001010018"),),
        ),
        Item(0x0E, "phone", "联系电话", An(15), (vector("30*11 00*4", "00000000000"),)),
        Item(
            0x0F,
            "residence",
            "居住地址",
            An(80),
            (vector("B2E2CAD4CAD0D1F9C0FDC2B731BAC5 00*65", "测试市样例路1号"),),
        ),
    ),
    project_defined=True,
)

TONG_PHOTO_FILE = ElementaryFile(
    0x0007,
    "photo",
    "照片",
    Structure.TRANSPARENT,
    read=READ,
    write=proof(UK1),
    items=PHOTO_FILE.items,
    size=PHOTO_SIZE,
    project_defined=True,
)

TONG = Application(
    "beijing_tong",
    "北京通",
    FID_TONG,
    AID_TONG,
    files=(TONG_CARD_FILE, TONG_HOLDER_FILE, TONG_PHOTO_FILE),
    keys=_keys("DF0A"),
    label="北京通",
    project_defined=True,
)

JINGYITONG = replace(
    TONG,
    name="jingyitong",
    zh="京医通",
    fid=FID_JINGYITONG,
    aid=AID_JINGYITONG,
    keys=_keys("DF0B"),
    label="京医通",
)
"""A second application of the same kind (§9)."""

# --- Disability ----------------------------------------------------------------------------

DISABILITY_FILE = ElementaryFile(
    0x0005,
    "disability_certificate",
    "残疾人证",
    Structure.RECORDS,
    read=READ,
    write=proof(UK1),
    items=(
        Item(
            0x01,
            "disability_certificate_number",
            "残疾人证号",
            # The id number of the person, then kind and degree of the disability.
            An(20),
            (
                vector("3030303030303139393030313031303031383434", "00000019900101001844"),
                vector("00*20", None),
            ),
        ),
    ),
    project_defined=True,
)

DISABILITY = Application(
    "disability",
    "残疾人信息",
    FID_DISABILITY,
    AID_DISABILITY,
    files=(DISABILITY_FILE,),
    keys=_keys("DF0C"),
    label="残疾人信息",
    project_defined=True,
)

# --- Certificates --------------------------------------------------------------------------

CERTIFICATE_SIZE = 2048


def _certificate_file(fid: int, name: str, zh: str) -> ElementaryFile:
    return ElementaryFile(
        fid,
        name,
        zh,
        Structure.TRANSPARENT,
        read=BY_PIN,
        write=proof(UK1),
        items=(
            Item(
                0,
                name,
                zh,
                Binary(CERTIFICATE_SIZE),
                (vector("00*2048", None), vector("3082 00*2046", b"\x30\x82" + bytes(2046))),
            ),
        ),
        size=CERTIFICATE_SIZE,
        project_defined=True,
    )


CERTIFICATES = Application(
    "certificates",
    "数字证书",
    FID_CERTIFICATES,
    AID_CERTIFICATES,
    files=(
        _certificate_file(0xEF0C, "signing_certificate", "签名证书"),
        _certificate_file(0xEF0D, "encryption_certificate", "加密证书"),
    ),
    keys=(
        Key(STK, "STKDF0D", KeyUse.MAINTENANCE, tries=None),
        Key(UK1, "UK1DF0D", KeyUse.UPDATE),
    ),
    label="数字证书",
    project_defined=True,
)
"""The asymmetric part of the card, its certificates only; the PIN reads them (§8.5, §10)."""
