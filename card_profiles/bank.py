"""The bank's application 金融 on the same chip: how it is found, and what is read of it.

Reference social-security-card.md §1.1, §5, §10. Names, tags and their formats are JR/T 0025's
(PBOC 3.0, which follows EMV 4.3 Book 3 Annex A); which records there are, and that they hold a
test account, is project-defined. How a holder proves himself to his bank is the bank's, online,
and is not described here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from apdu import tlv
from apdu.errors import LayoutError
from apdu.layout import Field, Raw
from card_profiles.fields import ENCODING, Cn, decode_text, parse_day
from card_profiles.model import Application, Vector, vector

# --- Names ---------------------------------------------------------------------------------

PSE = bytes.fromhex("315041592E5359532E4444463031")
"""Name of the bank directory on contacts, 1PAY.SYS.DDF01."""
PPSE = bytes.fromhex("325041592E5359532E4444463031")
"""Name of the bank directory without contact, 2PAY.SYS.DDF01."""

RID = bytes.fromhex("A000000333")
"""UnionPay, in the AIDs of every bank application on these cards; a directory may list others."""
AID = bytes.fromhex("A000000333010101")
"""UnionPay debit."""
FID = 0xDF10
"""Project-defined: the application is selected by its AID."""

LABEL = "PBOC DEBIT"
"""Application label (tag 50); an issuer's own choice, here project-defined."""

LABELS: Final[Mapping[bytes, str]] = {
    AID: LABEL,
    bytes.fromhex("A000000333010102"): "PBOC CREDIT",
    bytes.fromhex("A000000333010103"): "PBOC QUASI CREDIT",
    bytes.fromhex("A000000333010106"): "PBOC E-CASH",
}
"""The four UnionPay applications (§1.1), in the order in which a terminal tries them, each
with what to call it where the card does not say (project-defined)."""

BANK = Application(
    "bank",
    "金融",
    FID,
    AID,
    label=LABEL,
    fci_proprietary=tlv.build(0x50, LABEL.encode("ascii")).encode(),
    foreign=True,
)

# --- The number's check --------------------------------------------------------------------


def account_number_check(body: str) -> str:
    """Compute the check digit behind an account number (ISO/IEC 7812-1 Annex B, Luhn)."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(body[::-1], 1))
    return str(-sum(each // 10 + each % 10 for each in doubled) % 10)


def is_account_number(text: str) -> bool:
    """Tell whether a number ends in its check digit."""
    return text[-1:] == account_number_check(text[:-1])


TEST_ISSUER = "620000"
"""First digits of made-up account numbers: that of public test cards, and of no bank's
(project-defined)."""

# --- Data objects --------------------------------------------------------------------------
# Their lengths vary: ``size`` of these fields is the most.


class AccountNumber(Field[str]):
    """An account number as digits, filler nibble F (cn, up to 19 digits)."""

    size = 10
    DIGITS: Final = range(8, 20)
    """How many digits a number has (ISO/IEC 7812-1)."""

    def decode(self, raw: bytes) -> str:
        """Read the digits; raises LayoutError where they are none, too few or too many."""
        return checked_number(raw.hex().upper().rstrip("F"))

    def encode(self, value: str) -> bytes:
        """Write the digits, in no more bytes than they need."""
        return Cn((len(checked_number(value)) + 1) // 2).encode(value)


def checked_number(digits: str) -> str:
    """Give back an account number; raises LayoutError (without it) where it can be none."""
    if len(digits) not in AccountNumber.DIGITS or not (digits.isascii() and digits.isdecimal()):
        raise LayoutError(f"an account number has 8 to 19 digits, this one {len(digits)}")
    return digits


class Track2(NamedTuple):
    """Hold what track 2 says: account number, and the month of expiry as YYMM."""

    account_number: str
    expiry: str


class Track2Field(Field[Track2]):
    """The magnetic stripe's track 2 as nibbles: number, D, YYMM, service code, the bank's own."""

    size = 19
    SEPARATOR: Final = "D"
    REST: Final = "2200000"
    """Service code 220, and the bank's own digits as zeros (project-defined)."""

    def decode(self, raw: bytes) -> Track2:
        """Read number and month; raises LayoutError where there is no separator or no number."""
        number, separator, rest = raw.hex().upper().partition(self.SEPARATOR)
        if not separator:
            raise LayoutError("track 2 has no separator")
        return Track2(checked_number(number), rest[:4])

    def encode(self, value: Track2) -> bytes:
        """Write it, filler nibble F behind."""
        nibbles = checked_number(value.account_number) + self.SEPARATOR + value.expiry + self.REST
        return bytes.fromhex(nibbles + "F" * (len(nibbles) % 2))


class Name(Field["str | None"]):
    """A holder's name, ``SURNAME/GIVEN`` in Latin letters or Chinese in GB 18030."""

    def __init__(self, size: int) -> None:
        self.size = size

    def decode(self, raw: bytes) -> str | None:
        """Read the name without filler and without a slash that nothing stands beside."""
        text = decode_text(raw)
        return (text and text.strip(" /")) or None

    def encode(self, value: str | None) -> bytes:
        """Write the name, no filler behind it."""
        raw = (value or "").encode(ENCODING)
        if len(raw) > self.size:
            raise LayoutError(f"{self!r}: the name has {len(raw)} bytes")
        return raw


class ShortDate(Field[date]):
    """A day as YYMMDD in three BCD bytes; years 50 to 99 are of the last century (EMV)."""

    size = 3

    def decode(self, raw: bytes) -> date:
        """Read the day; raises LayoutError where it is none."""
        digits = self.checked(raw).hex()
        return parse_day(("20" if digits < "5" else "19") + digits)

    def encode(self, value: date) -> bytes:
        """Write the day."""
        return bytes.fromhex(f"{value:%y%m%d}")


@dataclass(frozen=True, slots=True)
class DataObject:
    """Describe a data object of the bank's records."""

    tag: int
    name: str
    zh: str
    field: Field[Any]
    vectors: tuple[Vector, ...]


ACCOUNT_NUMBER = DataObject(
    0x5A,
    "account_number",
    "银行账号",
    AccountNumber(),
    (
        vector("6200000000000005", "6200000000000005"),
        vector("6200001234567890 128F", "6200001234567890128"),
        vector("6200000000000005 FFFF", "6200000000000005", one_way=True),
    ),
)
TRACK_2 = DataObject(
    0x57,
    "track_2",
    "二磁道等效数据",
    Track2Field(),
    (
        vector("6200000000000005 D36012200000", Track2("6200000000000005", "3601")),
        vector("6200001234567890128D36012200000F", Track2("6200001234567890128", "3601")),
        vector("6200000000000005 D360120112345F", Track2("6200000000000005", "3601"), one_way=True),
    ),
)
HOLDER_NAME = DataObject(
    0x5F20,
    "name",
    "持卡人姓名",
    Name(26),
    (
        vector("B2E2 CAD4 BCD7", "测试甲"),
        vector("43 45 53 48 49 2F 4A 49 41", "CESHI/JIA"),
        vector("43 45 53 48 49 2F 20*20", "CESHI", one_way=True),
        vector("20 2F", None, one_way=True),
    ),
)
EXTENDED_NAME = DataObject(
    0x9F0B,
    "extended_name",
    "持卡人姓名扩展",
    Name(45),
    (vector("B2E2 CAD4 BCD7", "测试甲"),),
)
"""The whole name once more where it has more than 26 bytes (EMV 4.3 Book 3 Annex A)."""
EXPIRY_DATE = DataObject(
    0x5F24,
    "expiry_date",
    "银行应用有效期",
    ShortDate(),
    (
        vector("360131", date(2036, 1, 31)),
        vector("491231", date(2049, 12, 31)),
        vector("500101", date(1950, 1, 1)),
    ),
)
ISSUER_COUNTRY = DataObject(
    0x5F28, "issuer_country", "发卡国家代码", Raw(2), (vector("0156", b"\x01\x56"),)
)
CURRENCY = DataObject(0x9F42, "currency", "应用货币代码", Raw(2), (vector("0156", b"\x01\x56"),))

CHINA: Final = b"\x01\x56"
"""156, the country in ISO 3166-1 and the yuan in ISO 4217."""

# --- Records -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BankRecord:
    """Describe one record: where it is, and the data objects in its template 70."""

    sfi: int
    number: int
    objects: tuple[DataObject, ...]

    def encode(self, values: Mapping[str, Any]) -> bytes:
        """Write the record of values by name; what has none is left out."""
        return tlv.build(
            0x70,
            [
                tlv.build(each.tag, each.field.encode(values[each.name]))
                for each in self.objects
                if values.get(each.name) is not None
            ],
        ).encode()


RECORDS = (
    BankRecord(1, 1, (TRACK_2, HOLDER_NAME, EXTENDED_NAME)),
    BankRecord(2, 1, (ACCOUNT_NUMBER, EXPIRY_DATE)),
    BankRecord(2, 2, (ISSUER_COUNTRY, CURRENCY)),
)
"""The records of a test account (project-defined); 9F61 and 9F62, the id number, are not there."""

INTERCHANGE_PROFILE: Final = b"\x00\x00"
"""Tag 82: no offline authentication and no verification of the holder (project-defined)."""

LOCATOR: Final = bytes.fromhex("08010100 10010200")
"""Tag 94: SFI 1 has record 1, SFI 2 records 1 to 2; none is signed."""

PDOL: Final = bytes.fromhex("9F6604 9F0206 9F0306 9F1A02 9505 5F2A02 9A03 9C01 9F3704")
"""Tag 9F38: the 33 bytes that a UnionPay card usually wants (project-defined)."""

DIRECTORY_SFI: Final = 1
PRIORITY: Final = b"\x01"

ENTRY = tlv.build(
    0x61,
    [tlv.build(0x4F, AID), tlv.build(0x50, LABEL.encode("ascii")), tlv.build(0x87, PRIORITY)],
)
"""How both directories name the application."""


def _control_information(name: bytes, proprietary: list[tlv.Tlv]) -> bytes:
    return tlv.build(0x6F, [tlv.build(0x84, name), tlv.build(0xA5, proprietary)]).encode()


APPLICATION_FCI: Final = _control_information(
    AID,
    [*tlv.parse(BANK.fci_proprietary), tlv.build(0x87, PRIORITY), tlv.build(0x9F38, PDOL)],
)
DIRECTORY_FCI: Final[Mapping[bytes, bytes]] = {
    PSE: _control_information(
        PSE, [tlv.build(0x88, bytes((DIRECTORY_SFI,))), tlv.build(0x5F2D, b"zh")]
    ),
    PPSE: _control_information(PPSE, [tlv.build(0xBF0C, [ENTRY])]),
}
DIRECTORY_RECORD: Final = tlv.build(0x70, [ENTRY]).encode()
"""The one record of the contact directory."""
