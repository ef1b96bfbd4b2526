"""Answers to reset: those of the reference, and what is none."""

import pytest

from apdu.atr import Atr, contact_atr, contactless_atr
from apdu.errors import EncodingError

HISTORICAL = bytes.fromhex("0081544C978684110000000001")


def test_social_security_card() -> None:
    """Reference §7: 3B 6D 00 00 and 13 historical bytes, T=0 only, no TCK."""
    atr = Atr.decode(bytes.fromhex("3B6D00000081544C978684110000000001"))
    assert atr.historical == HISTORICAL
    assert atr.protocols == (0,)
    assert not atr.contactless
    assert contact_atr(HISTORICAL) == atr.raw


def test_contactless_card() -> None:
    """PC/SC part 3 wraps the same historical bytes; the interface is read from that."""
    raw = contactless_atr(HISTORICAL)
    atr = Atr.decode(raw)
    assert raw[:4] == bytes.fromhex("3B8D8001")
    assert atr.historical == HISTORICAL
    assert atr.contactless


@pytest.mark.parametrize(
    ("raw", "historical", "protocols"),
    [
        ("3B00", "", (0,)),
        ("3F6525002C09693990", "2C09693990", (0,)),
        ("3BDD9400 801FC3 0081544C978684110000000001", "0081544C978684110000000001", (0,)),
        ("3B8180018080", "80", (0, 1)),
        ("3B9F95801FC78031E073FE211B63E208A8830F900089", "8031E073FE211B63E208A8830F9000", (0,)),
    ],
)
def test_other_cards(raw: str, historical: str, protocols: tuple[int, ...]) -> None:
    """ATRs with other interface bytes, some of cards seen in the field."""
    data = bytes.fromhex(raw)
    if raw.startswith("3BDD"):
        check = 0
        for byte in data[1:]:
            check ^= byte
        data += bytes((check,))
    atr = Atr.decode(data)
    assert atr.historical.hex().upper() == historical
    assert atr.protocols == protocols


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "3B",
        "3C00",
        "3B6D0000",
        "3B00FF",
        "3B8180018081",
        "3B80",
        "3B" + "00" * 40,
        "3BF0",
    ],
)
def test_what_is_no_atr(raw: str) -> None:
    """A dirty contact makes rubbish; it is refused, not guessed at."""
    with pytest.raises(EncodingError):
        Atr.decode(bytes.fromhex(raw))
