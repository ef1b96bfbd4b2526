"""The bank's data objects and records agree with bytes written by hand from EMV's formats."""

from datetime import date

import pytest

from apdu import tlv
from apdu.bank_commands import GetProcessingOptions, parse_dol
from apdu.declare import Redact, Refused
from apdu.errors import EncodingError, LayoutError, TlvError
from card_profiles import bank
from card_profiles.bank import DataObject
from card_profiles.model import Vector

OBJECTS = tuple(each for record in bank.RECORDS for each in record.objects)
VECTORS = [
    pytest.param(item, each, id=f"{item.name}#{number}")
    for item in OBJECTS
    for number, each in enumerate(item.vectors)
]
VALUES = {
    "account_number": "6200001234567890128",
    "track_2": bank.Track2("6200001234567890128", "3601"),
    "name": "测试甲",
    "extended_name": None,
    "expiry_date": date(2036, 1, 31),
    "issuer_country": bank.CHINA,
    "currency": bank.CHINA,
}
FIRST = "701B 5710 6200001234567890128D36012200000F 5F2006 B2E2CAD4BCD7"
SECOND = "7012 5A0A 6200001234567890128F 5F2403 360131"
THIRD = "700A 5F2802 0156 9F4202 0156"


def luhn(number: str) -> bool:
    """Add the digits up as a clerk would: ISO/IEC 7812-1 Annex B, written here anew."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


@pytest.mark.parametrize(("item", "example"), VECTORS)
def test_vectors_both_ways(item: DataObject, example: Vector) -> None:
    """Terminal and emulator share the fields, so only bytes from outside show a mistake."""
    assert item.field.decode(example.raw) == example.value
    if not example.one_way:
        assert item.field.encode(example.value) == example.raw


def test_every_object_has_a_vector() -> None:
    """An object without one would only agree with itself."""
    assert [each.name for each in OBJECTS if not each.vectors] == []


@pytest.mark.parametrize(
    ("item", "raw"),
    [
        (bank.ACCOUNT_NUMBER, "62000000"[:6]),
        (bank.ACCOUNT_NUMBER, "62" * 10),
        (bank.ACCOUNT_NUMBER, "620000ABCDEF0005"),
        (bank.ACCOUNT_NUMBER, "FFFFFFFFFFFFFFFF"),
        (bank.TRACK_2, "6200000000000005"),
        (bank.TRACK_2, "D3601220000000FF"),
        (bank.TRACK_2, "62000A0000000005D3601220"),
        (bank.HOLDER_NAME, "FE30"),
        (bank.EXPIRY_DATE, "361301"),
        (bank.EXPIRY_DATE, "FFFFFF"),
        (bank.EXPIRY_DATE, "3601"),
    ],
)
def test_what_is_none_is_refused(item: DataObject, raw: str) -> None:
    """Half a number or a day of no calendar must not pass as one; the error quotes no digits."""
    with pytest.raises(LayoutError) as caught:
        item.field.decode(bytes.fromhex(raw))
    if item is not bank.EXPIRY_DATE:
        assert raw[:12] not in str(caught.value)


@pytest.mark.parametrize(
    ("record", "raw"), list(zip(bank.RECORDS, (FIRST, SECOND, THIRD), strict=True)), ids="123"
)
def test_records_byte_for_byte(record: bank.BankRecord, raw: str) -> None:
    """Vectors of single objects show neither tags nor order; whole records by hand do."""
    assert record.encode(VALUES) == bytes.fromhex(raw)


def test_the_locator_lists_the_records() -> None:
    """A record that tag 94 does not list is one that no terminal reads."""
    locator = bank.LOCATOR
    entries = [locator[at : at + 4] for at in range(0, len(locator), 4)]
    listed = [
        (sfi >> 3, number)
        for sfi, first, last, signed in entries
        for number in range(first, last + 1)
        if signed == 0
    ]
    assert listed == [(each.sfi, each.number) for each in bank.RECORDS]


@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("6200000000000005", True),
        ("6200001234567890128", True),
        ("4111111111111111", True),
        ("6200000000000006", False),
        ("6200000000000050", False),
        ("1", False),
        ("0", True),
    ],
)
def test_check_digit(number: str, right: bool) -> None:
    """Known test numbers and an independent sum: a slip of one digit is seen."""
    assert bank.is_account_number(number) is right
    assert luhn(number) is right


def test_names_of_the_reference() -> None:
    """The AIDs of §1.1; a wrong one finds another bank's or no application."""
    assert [aid.hex().upper() for aid in bank.LABELS] == [
        "A000000333010101",
        "A000000333010102",
        "A000000333010103",
        "A000000333010106",
    ]
    assert all(aid.startswith(bank.RID) for aid in bank.LABELS)
    assert bank.PSE.hex().upper() == "315041592E5359532E4444463031"
    assert bank.PPSE.hex().upper() == "325041592E5359532E4444463031"


def test_control_information_byte_for_byte() -> None:
    """What every bank terminal parses first, by hand: application, contact, contactless."""
    entry = "6119 4F08A000000333010101 500A50424F43204445424954 870101"
    expected = {
        bank.APPLICATION_FCI: "6F36 8408A000000333010101 A52A 500A50424F43204445424954 870101"
        "9F3818 9F6604 9F0206 9F0306 9F1A02 9505 5F2A02 9A03 9C01 9F3704",
        bank.DIRECTORY_FCI[
            bank.PSE
        ]: "6F1A 840E315041592E5359532E4444463031 A508 880101 5F2D027A68",
        bank.DIRECTORY_FCI[bank.PPSE]: "6F30 840E325041592E5359532E4444463031 A51E BF0C1B" + entry,
        bank.DIRECTORY_RECORD: "701B" + entry,
    }
    assert {raw.hex(): raw for raw in expected} == {
        bytes.fromhex(by_hand).hex(): raw for raw, by_hand in expected.items()
    }
    assert all(tlv.parse(raw) for raw in expected)


class TestDataObjectList:
    def test_of_our_card(self) -> None:
        """Tags of one and two bytes, each with its length; 33 bytes in all."""
        wanted = parse_dol(bytes.fromhex("9F66049F02069F03069F1A0295055F2A029A039C019F3704"))
        assert [(f"{tag:X}", size) for tag, size in wanted] == [
            ("9F66", 4),
            ("9F02", 6),
            ("9F03", 6),
            ("9F1A", 2),
            ("95", 5),
            ("5F2A", 2),
            ("9A", 3),
            ("9C", 1),
            ("9F37", 4),
        ]
        assert sum(each.size for each in wanted) == 33

    def test_empty(self) -> None:
        """A card that wants nothing is asked with an empty template."""
        assert parse_dol(b"") == ()
        assert GetProcessingOptions.of(b"").encode().hex().upper() == "80A80000028300"

    @pytest.mark.parametrize("raw", ["9F", "9F66", "95", "9505 9F", "9580", "9F81828301", "9F8182"])
    def test_broken(self, raw: str) -> None:
        """Cut off, or lengths beyond one byte: no card of use wants that."""
        with pytest.raises(TlvError):
            parse_dol(bytes.fromhex(raw))


class TestGetProcessingOptions:
    # EMV 4.3 Book 3 §6.5.8: 80 A8 00 00 Lc 83 L values 00.
    def test_form(self) -> None:
        """The form of the standard; data of 128 bytes and more takes a length byte more."""
        assert GetProcessingOptions.of(b"\1\x56", 256).encode().hex().upper() == (
            "80A80000048302015600"
        )
        long = GetProcessingOptions.of(bytes(128))
        assert long.encode()[:8].hex().upper() == "80A8000083838180"
        assert GetProcessingOptions.parse(long.command()).values == bytes(128)

    def test_too_much(self) -> None:
        """What does not fit a short command is refused before anything is sent."""
        assert len(GetProcessingOptions.of(bytes(252)).template) == 255
        with pytest.raises(EncodingError):
            GetProcessingOptions.of(bytes(253))

    @pytest.mark.parametrize("template", ["", "83", "8301", "840101", "83008300", "8300FF"])
    def test_not_the_template(self, template: str) -> None:
        """A card refuses other data with 6A80."""
        with pytest.raises(Refused) as caught:
            _ = GetProcessingOptions(bytes.fromhex(template)).values
        assert caught.value.sw == 0x6A80

    def test_the_answer_is_masked(self) -> None:
        """It may hold the account number, as READ RECORD's does."""
        assert GetProcessingOptions.REDACT is Redact.ANSWER
