"""Cipher families against vectors that were computed by others.

Reference social-security-card.md §8.3 and card-interface-functions.md §12; SM4 itself
against GB/T 32907-2016 annex A.
"""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu import cipher, tdes
from apdu.cipher import SM4, TDES, Algorithm, Family

ROOT = "00112233445566778899AABBCCDDEEFF"


@dataclass(frozen=True)
class Card:
    """A worked card: its keys, its authentications, its PIN reload."""

    family: Family
    region: str
    historical: str
    card_key: str
    authentications: tuple[tuple[str, str, str], ...]
    reload: tuple[str, str, str, str] | None = None
    unblock: tuple[str, str] | None = None


P1 = Card(
    SM4,
    "110000",
    "0081544C978684110000000001",
    "7E3E2C80C3C1FC2E4C52C5154CF4F0E2",
    (
        ("1122334455667788", "A1A2A3A4A5A6A7A8", "F3610F94C1077F0E"),
        ("99AABBCCDDEEFF00", "B1B2B3B4B5B6B7B8", "4850166F191CF5D2"),
        ("0102030405060708", "C1C2C3C4C5C6C7C8", "E6013E7BDD8A803D"),
    ),
    reload=("1122334455667788", "654321", "854B0CCB023C5EAEEAC7592293AF1213", "8C942CC7"),
    unblock=("1122334455667788", "AF5BB325"),
)
P1_TDES = Card(
    TDES,
    "110000",
    "0081544C978684110000000001",
    "43E0078AF24C7A6325256490EDE7AC87",
    (("1122334455667788", "A1A2A3A4A5A6A7A8", "AEBE6CF48B4D64E1"),),
)
P2 = Card(
    TDES,
    "510100",
    "0087CF2001864951010000002A",
    "D2929703376A05AD30902BA2480248BE",
    (("2021222324252627", "3031323334353637", "40B3425422D85C54"),),
)
CARDS = pytest.mark.parametrize("card", [P1, P1_TDES, P2], ids=["P1-SM4", "P1-3DES", "P2-3DES"])


def card_key(card: Card) -> bytes:
    key = bytes.fromhex(ROOT)
    for factor in (
        cipher.province_factor(card.region),
        cipher.city_factor(card.region),
        cipher.card_factor(bytes.fromhex(card.historical)),
    ):
        key = card.family.diversify(key, factor)
    return key


def test_levels_of_the_sm4_example() -> None:
    """The reference gives each level, so that a wrong factor is seen where it is."""
    province = SM4.diversify(bytes.fromhex(ROOT), bytes.fromhex("3131303030307368"))
    assert province.hex().upper() == "5D6A02AED89493B2B831243112020A1D"
    city = SM4.diversify(province, bytes.fromhex("3131303030307378"))
    assert city.hex().upper() == "17E42F549801B4415B27A0420CFBE768"


@CARDS
def test_card_key(card: Card) -> None:
    """Three levels down from the root stands the card's key."""
    assert card_key(card).hex().upper() == card.card_key


@CARDS
def test_authentication_data(card: Card) -> None:
    """Both sides of mutual authentication compute this; a card in the field does too."""
    for factor, original, expected in card.authentications:
        session = card.family.session_key(card_key(card), bytes.fromhex(factor))
        proof = card.family.authentication_data(session, bytes.fromhex(original))
        assert proof.hex().upper() == expected


@pytest.mark.parametrize(
    ("family", "session"),
    [(SM4, "B68C32A01BF84C8E20F04531C9AA6E19"), (TDES, "F41724930B419149")],
)
def test_session_key(family: Family, session: str) -> None:
    """A session key of SM4 has 16 bytes, of 3DES eight."""
    card = P1 if family is SM4 else P1_TDES
    made = family.session_key(card_key(card), bytes.fromhex("1122334455667788"))
    assert made.hex().upper() == session


def test_reload_and_unblock() -> None:
    """Encrypted PIN and MAC of the reference's PIN reload and unblock."""
    assert P1.reload is not None
    assert P1.unblock is not None
    factor, pin, encrypted, mac = P1.reload
    session = SM4.session_key(card_key(P1), bytes.fromhex(factor))
    data = SM4.encrypt(session, bytes.fromhex(pin))
    assert data.hex().upper() == encrypted
    assert SM4.mac(session, bytes.fromhex("8424000114") + data).hex().upper() == mac
    assert SM4.decrypt(session, data) == bytes.fromhex(pin)
    assert SM4.mac(session, bytes.fromhex("8424000004")).hex().upper() == P1.unblock[1]


def test_sm4_of_the_standard() -> None:
    """GB/T 32907-2016 annex A, example 1: the block cipher below it all is SM4."""
    key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    assert SM4.encrypt_blocks(key, key).hex().upper() == "681EDF34D206965E86B3E94F536E4246"


def test_des_of_the_standard() -> None:
    """FIPS 46's oldest example: eight-byte keys are single DES, sixteen are two-key 3DES."""
    key = bytes.fromhex("133457799BBCDFF1")
    plain = bytes.fromhex("0123456789ABCDEF")
    assert tdes.encrypt(key, plain).hex().upper() == "85E813540F0AB405"
    assert tdes.encrypt(key * 2, plain) == tdes.encrypt(key, plain)
    with pytest.raises(ValueError, match="8 or 16"):
        tdes.encrypt(bytes(24), plain)


@pytest.mark.parametrize("family", [SM4, TDES])
@given(data=st.binary(max_size=60))
def test_encryption_comes_back(family: Family, data: bytes) -> None:
    """Padding only where it is needed must still be told from data."""
    session = family.session_key(bytes.fromhex(ROOT), bytes(8))
    encrypted = family.encrypt(session, data)
    assert len(encrypted) % family.block == 0
    assert family.decrypt(session, encrypted) == data


@pytest.mark.parametrize("family", [SM4, TDES])
def test_damaged_data_is_refused(family: Family) -> None:
    """A length byte that does not fit is not taken for data."""
    session = family.session_key(bytes.fromhex(ROOT), bytes(8))
    wrong = family.encrypt_blocks(session, bytes((200,)).ljust(family.block, b"\0"))
    with pytest.raises(ValueError, match="length"):
        family.decrypt(session, wrong)


def test_short_factor_is_filled() -> None:
    """A challenge of four bytes counts as followed by four zero bytes (§8.3)."""
    key = bytes.fromhex(ROOT)
    for family in (SM4, TDES):
        short = family.session_key(key, bytes.fromhex("11223344"))
        assert short == family.session_key(key, bytes.fromhex("1122334400000000"))


def test_factors() -> None:
    """Beijing's factors stand in the reference; Zhejiang keys its cities by four digits."""
    assert cipher.province_factor("110000").hex() == "3131303030307368"
    assert cipher.city_factor("110000").hex() == "3131303030307378"
    assert cipher.city_factor("330302").hex() == b"330300sx".hex()
    with pytest.raises(ValueError, match="needs 8"):
        cipher.card_factor(bytes(7))


def test_families() -> None:
    """SSF33 is not published; SM4 stands in for it, and the code says so."""
    assert cipher.family(Algorithm.TDES) is TDES
    assert cipher.family(Algorithm.SM4) is SM4
    assert cipher.family(Algorithm.SSF33) is SM4
    assert [each.label for each in Algorithm] == ["3des", "ssf33", "sm4"]
