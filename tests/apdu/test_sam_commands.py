"""The SAM's commands: what goes over the wire is what field programs and the reference write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu import sam_commands
from apdu.command import Command
from apdu.declare import REGISTRY, Declared, Redact, Refused, declaration_of
from apdu.errors import EncodingError
from apdu.sam_commands import (
    CreditPurchase,
    Crypt,
    CryptStep,
    DeriveSession,
    InitEnvironment,
    InitPurchase,
    KeyType,
    PickKey,
    derivation_order,
    listed,
)
from apdu.trace import Exchange, Trace, dump

CARD, CITY = bytes.fromhex("8684110000000001"), bytes.fromhex("3131303030307378")
CHALLENGE = bytes.fromhex("1122334455667788")
SERIAL, ISSUER = bytes.fromhex("5170010100000001"), bytes.fromhex("01011000FFFFFFFF")

# social-security-card.md §8.4 and transit-purse.md §6 (examples of 6.2 and 6.3, vector SAM-01).
FORMS: list[tuple[Declared, str]] = [
    (InitEnvironment(), "BFEC000001"),
    (
        DeriveSession.of(KeyType.MAC_AND_ENCRYPT, 0x12, (CITY, CARD), CHALLENGE),
        "BFDE481218" + (CARD + CITY + CHALLENGE).hex().upper(),
    ),
    (
        DeriveSession.of(KeyType.MAC_AND_ENCRYPT, 0x12, (CARD,), CHALLENGE),
        "BFDE281210" + (CARD + CHALLENGE).hex().upper(),
    ),
    (
        PickKey(2, KeyType.USER_MAINTENANCE, 2, listed((ISSUER, SERIAL))),
        "801A450210517001010000000101011000FFFFFFFF",
    ),
    (
        PickKey(2, KeyType.PIN_RELOAD, 0, bytes.fromhex("20161221000010030792800000000145")),
        "801A44001020161221000010030792800000000145",
    ),
    (Crypt(CryptStep.ENCRYPT, CHALLENGE, le=None), "80FA0000081122334455667788"),
    (
        Crypt(CryptStep.MAC_ONLY, bytes.fromhex("1122334400000000841E000004800000"), le=None),
        "80FA0500101122334400000000841E000004800000",
    ),
    (
        InitPurchase(
            random=bytes.fromhex("0BADF00D"),
            counter=bytes.fromhex("042C"),
            amount=500,
            kind=9,
            date=bytes.fromhex("20241229"),
            time=bytes.fromhex("141740"),
            key_version=0,
            algorithm=0,
            factors=listed((ISSUER, SERIAL)),
        ),
        "80700000240BADF00D042C000001F409202412291417400000517001010000000101011000FFFFFFFF08",
    ),
    (CreditPurchase(bytes.fromhex("DFBABAE9")), "8072000004DFBABAE9"),
]


@pytest.mark.parametrize(("declared", "encoded"), FORMS, ids=[each.NAME for each, _ in FORMS])
def test_forms_of_the_reference(declared: Declared, encoded: str) -> None:
    """What the terminal sends is what the reference has, and the SAM reads the same from it."""
    assert declared.encode().hex().upper() == encoded
    assert type(declared).parse(declared.command()) == declared


def test_every_command_has_a_form() -> None:
    """A command without a form from outside could be wrong on both sides alike."""
    ours = {each for each in REGISTRY.values() if each.__module__ == sam_commands.__name__}
    assert {type(each) for each, _ in FORMS} == ours


def test_usage_is_levels_and_type() -> None:
    """Usages 22, 42 and 62 are the purchase key at one, two and three levels (§6.2)."""
    for levels, usage in ((1, 0x22), (2, 0x42), (3, 0x62)):
        assert PickKey(levels, KeyType.PURCHASE, 0).command().p1 == usage
    with pytest.raises(EncodingError):
        PickKey(8, KeyType.PURCHASE, 0).command()


@pytest.mark.parametrize(
    ("declared", "raw", "sw"),
    [
        (PickKey, "801A4A0000", 0x6A86),
        (DeriveSession, "BFDE4A1208" + "00" * 8, 0x6A86),
        (Crypt, "80FA040008" + "00" * 8, 0x6A86),
        (Crypt, "80FA000108" + "00" * 8, 0x6A86),
        (InitPurchase, "8070000013" + "00" * 19, 0x6700),
        (InitPurchase, "8070010014" + "00" * 20, 0x6A86),
        (CreditPurchase, "8072000003000000", 0x6700),
        (CreditPurchase, "80720000050000000000", 0x6700),
        (InitEnvironment, "BFEC010001", 0x6A86),
    ],
)
def test_the_sam_refuses_by_status_word(declared: type[Declared], raw: str, sw: int) -> None:
    """The emulator answers as the reference says, from the declaration alone."""
    with pytest.raises(Refused) as caught:
        declared.parse(Command.decode(bytes.fromhex(raw)))
    assert caught.value.sw == sw


def test_a_short_challenge_is_filled() -> None:
    """Four bytes are a challenge too, and both families fill them with zeros (§8.3)."""
    command = DeriveSession.of(KeyType.MAC_AND_ENCRYPT, 0x0A, (CARD,), CHALLENGE[:4])
    assert command.body == CARD + CHALLENGE[:4] + bytes(4)


@given(st.lists(st.binary(min_size=8, max_size=8), max_size=3))
def test_the_order_of_factors(factors: list[bytes]) -> None:
    """Commands list the card first, keys are derived root first; mixing them up derives nothing."""
    assert derivation_order(listed(factors)) == tuple(factors)
    assert listed(factors)[-8:] == (factors[0] if factors else b"")


def test_what_is_enciphered_does_not_show() -> None:
    """A new PIN passes the SAM in clear: neither it nor its cipher may stand in a trace."""
    assert declaration_of(0x80, 0xFA) is Crypt
    assert Crypt.REDACT is Redact.ALL
    clear = bytes.fromhex("0365432180000000")
    raw = Crypt(CryptStep.ENCRYPT, clear, le=None).encode()
    answers = (
        Exchange(raw, b"\x61\x08"),
        Exchange(bytes.fromhex("00C0000008"), CHALLENGE + b"\x90\x00"),
    )
    text = dump(Trace(b"\x3b\x00", "T=0", answers))
    assert "654321" not in text
    assert CHALLENGE.hex().upper() not in text
    assert "80FA000008" + "**" * 8 in text
