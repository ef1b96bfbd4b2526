"""Declared commands: the terminal builds and the card parses from one declaration."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu import commands
from apdu.bank_commands import GetProcessingOptions
from apdu.command import Command
from apdu.commands import (
    BlockApplication,
    BlockCard,
    ChangePin,
    ExternalAuthenticate,
    GetChallenge,
    GetResponse,
    InternalAuthenticate,
    Occurrence,
    ReadBinary,
    ReadRecord,
    RecordMode,
    Select,
    SelectBy,
    UnblockMode,
    UnblockPin,
    UpdateBinary,
    UpdateRecord,
    Verify,
)
from apdu.declare import REGISTRY, Declared, Redact, Refused, data, declaration_of, declare
from apdu.errors import EncodingError
from apdu.purse_commands import ReloadPin

EIGHT = bytes(range(8))
SIXTEEN = bytes(range(16))

# Every form stands in reference social-security-card.md §0, §1.2, §3, §4 or §5.
FORMS: list[tuple[Declared, str]] = [
    (
        Select(SelectBy.NAME, bytes.fromhex("7378312E73682EC9E7BBE1B1A3D5CF")),
        "00A404000F7378312E73682EC9E7BBE1B1A3D5CF",
    ),
    (Select(SelectBy.CHILD_EF, b"\xef\x05"), "00A4020002EF05"),
    (Select(SelectBy.FILE_ID, b"\xdf\x01"), "00A4000002DF01"),
    (Select(SelectBy.NAME, b"\xd1\x56", Occurrence.NEXT), "00A4040202D156"),
    (ReadRecord(1, le=0x12), "00B2010412"),
    (ReadRecord(8, RecordMode.FIRST, le=0x14), "00B2080014"),
    (ReadRecord(1, RecordMode.FROM_NUMBER_TO_LAST, le=0x40), "00B2010540"),
    (ReadRecord(1, sfi=5, le=0x12), "00B2012C12"),
    (UpdateRecord(5, bytes.fromhex("050420260101")), "00DC050406050420260101"),
    (ReadBinary.of_file(0x16, 0, 6), "00B0960006"),
    (ReadBinary.at(0x1234, 256), "00B0123400"),
    (UpdateBinary(0x00, 0x10, b"\xaa"), "00D6001001AA"),
    (GetChallenge(8), "0084000008"),
    (InternalAuthenticate(EIGHT, EIGHT, le=None), "0088000010" + (EIGHT + EIGHT).hex().upper()),
    (ExternalAuthenticate(0x0A, EIGHT, EIGHT), "0082000A10" + (EIGHT + EIGHT).hex().upper()),
    (
        ExternalAuthenticate(0x0A, EIGHT, EIGHT, b"\x01"),
        "0082000A11" + (EIGHT + EIGHT).hex().upper() + "01",
    ),
    (Verify(bytes.fromhex("123456")), "0020000003123456"),
    (ChangePin(bytes.fromhex("123456FF654321")), "805E010007123456FF654321"),
    (
        UnblockPin(UnblockMode.UNBLOCK, bytes.fromhex("AF5BB325")),
        "8424000004AF5BB325",
    ),
    (
        UnblockPin(UnblockMode.RELOAD, bytes.fromhex("854B0CCB023C5EAEEAC7592293AF12138C942CC7")),
        "8424000114854B0CCB023C5EAEEAC7592293AF12138C942CC7",
    ),
    # PDOL data without any value (JR/T 0025).
    (GetProcessingOptions(bytes.fromhex("8300")), "80A80000028300"),
    (BlockApplication(bytes(4)), "841E00010400000000"),
    (BlockCard(bytes(4)), "841600000400000000"),
    (GetResponse(0x18), "00C0000018"),
]


DECLARED = [
    each for each in REGISTRY.values() if each.__module__ in {"apdu.commands", "apdu.bank_commands"}
]
"""The cards' commands; the SAM's have a test of their own (test_sam_commands.py)."""


@pytest.mark.parametrize(("declared", "encoded"), FORMS, ids=[each.NAME for each, _ in FORMS])
def test_forms_of_the_reference(declared: Declared, encoded: str) -> None:
    """What the terminal sends is what field logs show, and the card reads the same from it."""
    assert declared.encode().hex().upper() == encoded
    assert type(declared).parse(declared.command()) == declared


def test_every_declared_command_has_a_form() -> None:
    """A command without a form from outside could be wrong on both sides alike."""
    assert {type(each) for each, _ in FORMS} == set(DECLARED)


@given(number=st.integers(0, 255), sfi=st.integers(0, 31), mode=st.sampled_from(RecordMode))
def test_bit_fields_do_not_mix(number: int, sfi: int, mode: RecordMode) -> None:
    """SFI and mode share a byte; neither may spill into the other."""
    built = ReadRecord(number, mode, sfi)
    assert ReadRecord.parse(built.command()) == built
    assert built.command().p2 == sfi * 8 + mode


@pytest.mark.parametrize("values", [(256, 4, 0), (1, 4, 32), (-1, 4, 0)])
def test_what_does_not_fit_is_refused(values: tuple[int, int, int]) -> None:
    """A short file id of 32 would select another file."""
    number, mode, sfi = values
    with pytest.raises(EncodingError):
        ReadRecord(number, RecordMode(mode), sfi).command()


@pytest.mark.parametrize(
    ("declared", "raw", "sw"),
    [
        (Select, "00A4030000", 0x6A86),
        (Select, "00A4040100", 0x6A86),
        (GetChallenge, "0084010008", 0x6A86),
        (Verify, "00200100", 0x6A86),
        (ReadRecord, "00B2010712", 0x6A86),
        (InternalAuthenticate, "00880000080011223344556677", 0x6700),
        (ExternalAuthenticate, "0082000A08" + "00" * 8, 0x6700),
        (ChangePin, "805E000000", 0x6A86),
    ],
)
def test_the_card_refuses_by_status_word(declared: type[Declared], raw: str, sw: int) -> None:
    """The emulator answers as the standard says, from the declaration alone."""
    with pytest.raises(Refused) as caught:
        declared.parse(Command.decode(bytes.fromhex(raw)))
    assert caught.value.sw == sw


def test_secure_messaging_bit_does_not_hide_a_command() -> None:
    """04 DC is UPDATE RECORD too: its data must be masked in a trace."""
    assert declaration_of(0x04, 0xDC) is UpdateRecord
    assert declaration_of(0x84, 0x5E) is ChangePin
    assert declaration_of(0x80, 0x51) is None


def test_commands_with_secrets_are_marked() -> None:
    """Redaction goes by these marks; forgetting one would log a PIN."""
    secret = {each.NAME for each in DECLARED if Redact.DATA in each.REDACT}
    personal = {each.NAME for each in DECLARED if Redact.ANSWER in each.REDACT}
    assert secret == {
        "VERIFY",
        "CHANGE PIN",
        "PIN UNBLOCK",
        "UPDATE RECORD",
        "UPDATE BINARY",
    }
    assert personal == {"READ RECORD", "READ BINARY", "GET PROCESSING OPTIONS"}


def test_every_field_has_a_place() -> None:
    """A field without a place would be built by nobody and parsed by nobody."""
    for declared in DECLARED:
        assert [name for name, _ in declared.PLACES] == [each.name for each in fields(declared)]
    assert commands.__doc__


def test_a_variant_leaves_the_registry_alone() -> None:
    """T=0 and the trace know an instruction by one declaration, whatever else declares it."""
    assert issubclass(ReloadPin, Declared)
    assert declaration_of(0x80, ReloadPin.INS) is ChangePin


def test_a_variant_that_differs_on_the_wire_is_no_variant() -> None:
    """A form that is masked or sent otherwise would be logged, or cut, by the first one's rules."""
    with pytest.raises(ValueError, match="not sent or masked alike"):

        @declare("MADE UP", ins=ChangePin.INS, cla=0x80, takes_data=True, variant_of=ChangePin)
        class _Unmasked(Declared):
            content: bytes = data()
