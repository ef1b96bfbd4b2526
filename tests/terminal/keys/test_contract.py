"""What every key service owes its callers: one suite for all implementations.

What is right is worked out here, step by step with the primitives of the cryptography library,
and from the reference's vectors; nothing of apdu.cipher is used.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from hypothesis import given, settings
from hypothesis import strategies as st
from key_services import CARDS, FACTORIES, KEYS, MISSING, P1, P2, Factory, software

from apdu.cipher import Algorithm
from card_profiles.development_keys import SETS
from terminal.errors import CardBabbles, KeyMissing
from terminal.keys.service import CardIdentity, CardKey, KeyService
from terminal.service_pin import ServicePin

RELOAD, UNBLOCK = bytes.fromhex("84240001"), bytes.fromhex("84240000")
BLOCK_CARD = bytes.fromhex("84160000")
FACTOR = bytes.fromhex("1122334455667788")
ORIGINAL = bytes.fromhex("A1A2A3A4A5A6A7A8")
IRK, RKSSSE, PUK = (CardKey("SSSE", name) for name in ("IRK", "RKSSSE", "PUK"))


def new_pin(digits: str = "654321") -> ServicePin:
    return ServicePin(bytearray(digits.encode()))


# --- Worked out apart ----------------------------------------------------------------------


def sm4(key: bytes, data: bytes, iv: bytes | None = None) -> bytes:
    mode = modes.ECB() if iv is None else modes.CBC(iv)
    return Cipher(SM4(key), mode).encryptor().update(data)


def des(key: bytes, data: bytes, iv: bytes | None = None) -> bytes:
    whole = key * 3 if len(key) == 8 else key + key[:8]
    mode = modes.ECB() if iv is None else modes.CBC(iv)
    return Cipher(TripleDES(whole), mode).encryptor().update(data)


def inverted(data: bytes) -> bytes:
    return bytes(255 - byte for byte in data)


def padded(data: bytes, block: int) -> bytes:
    data += b"\x80"
    while len(data) % block:
        data += b"\x00"
    return data


@dataclass
class Expected:
    """One card key's session, by the rules of reference social-security-card.md §8.2 and §8.3."""

    card: CardIdentity
    root: bytes
    factor: bytes

    @property
    def is_des(self) -> bool:
        return self.card.algorithm is Algorithm.TDES

    def session(self) -> bytes:
        region = self.card.region.encode()
        city = region[:4] + b"00" if region[:2] == b"33" else region
        key = self.root
        for level in (region[:2] + b"0000sh", city + b"sx", self.card.historical[-8:]):
            if self.is_des:
                key = des(key, level) + des(key, inverted(level))
            else:
                key = sm4(key, level + inverted(level))
        factor = self.factor + bytes(8 - len(self.factor))
        return des(key, factor) if self.is_des else sm4(key, factor + bytes(8))

    def proof(self, original: bytes) -> bytes:
        if self.is_des:
            return des(self.session(), original)
        whole = sm4(self.session(), original + bytes(8))
        return bytes(a ^ b for a, b in zip(whole[:8], whole[8:], strict=True))

    def mac(self, message: bytes) -> bytes:
        if self.is_des:
            return des(self.session(), padded(message, 8), bytes(8))[-8:-4]
        last = sm4(self.session(), padded(message, 16), bytes(16))[-16:]
        words = [last[at : at + 4] for at in range(0, 16, 4)]
        return bytes(a ^ b ^ c ^ d for a, b, c, d in zip(*words, strict=True))

    def reload(self, pin: str) -> bytes:
        coded = bytes.fromhex(pin + "F" * (len(pin) % 2))
        plain = bytes([len(coded)]) + coded
        block = 8 if self.is_des else 16
        plain = plain if len(plain) % block == 0 else padded(plain, block)
        enciphered = (des if self.is_des else sm4)(self.session(), plain)
        return enciphered + self.mac(RELOAD + bytes([len(enciphered) + 4]) + enciphered)


# --- The implementations -------------------------------------------------------------------

IMPLEMENTATIONS = pytest.mark.parametrize(
    "factory", [pytest.param(factory, id=name) for name, factory in FACTORIES]
)
EVERY_CARD = pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
EVERY_KEY = pytest.mark.parametrize("key", KEYS, ids=str)


class Opened:
    """Services that stay open for this module: opening one may be slow."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._services: dict[tuple[Factory, str], KeyService] = {}

    def __call__(self, factory: Factory, set_name: str = "uniform") -> KeyService:
        if (factory, set_name) not in self._services:
            service = self._stack.enter_context(factory(set_name))
            self._services[factory, set_name] = service
        return self._services[factory, set_name]


@pytest.fixture(scope="module")
def opened() -> Iterator[Opened]:
    with ExitStack() as stack:
        yield Opened(stack)


@IMPLEMENTATIONS
@pytest.mark.parametrize("set_name", SETS)
@EVERY_CARD
@EVERY_KEY
def test_every_result(
    opened: Opened, factory: Factory, set_name: str, card: CardIdentity, key: CardKey
) -> None:
    """A card compares bytes; whoever computes them, they are those of the rules."""
    keys = opened(factory, set_name)
    right = Expected(card, SETS[set_name](key.application, key.name), FACTOR)
    assert keys.authentication_data(card, key, FACTOR, ORIGINAL) == right.proof(ORIGINAL)
    assert keys.mac(card, key, FACTOR, BLOCK_CARD) == right.mac(BLOCK_CARD + b"\x04")
    for digits in ("1234", "65432", "123456789012"):
        with new_pin(digits) as pin:
            assert keys.reload_pin(card, key, FACTOR, RELOAD, pin) == right.reload(digits)


@IMPLEMENTATIONS
@pytest.mark.parametrize(
    ("card", "key", "factor", "original", "expected"),
    [
        (P1, IRK, "1122334455667788", "A1A2A3A4A5A6A7A8", "F3610F94C1077F0E"),
        (P1, RKSSSE, "99AABBCCDDEEFF00", "B1B2B3B4B5B6B7B8", "4850166F191CF5D2"),
        (P1, PUK, "0102030405060708", "C1C2C3C4C5C6C7C8", "E6013E7BDD8A803D"),
        (P2, IRK, "2021222324252627", "3031323334353637", "40B3425422D85C54"),
        (CARDS["P1 with 3DES"], IRK, "1122334455667788", "A1A2A3A4A5A6A7A8", "AEBE6CF48B4D64E1"),
    ],
)
def test_the_references_proofs(
    opened: Opened,
    factory: Factory,
    card: CardIdentity,
    key: CardKey,
    factor: str,
    original: str,
    expected: str,
) -> None:
    """Vectors of card-interface-functions.md §12 and social-security-card.md §8.3."""
    made = opened(factory).authentication_data(
        card, key, bytes.fromhex(factor), bytes.fromhex(original)
    )
    assert made.hex().upper() == expected


@IMPLEMENTATIONS
def test_the_references_reload_and_unblock(opened: Opened, factory: Factory) -> None:
    """The two commands that E16 and E17 of card-interface-functions.md §13 send."""
    keys = opened(factory)
    with new_pin("654321") as pin:
        made = keys.reload_pin(P1, PUK, FACTOR, RELOAD, pin)
        assert len(pin) == 6, "it is the caller's to wipe"
    assert made.hex().upper() == "854B0CCB023C5EAEEAC7592293AF12138C942CC7"
    assert keys.mac(P1, PUK, FACTOR, UNBLOCK).hex().upper() == "AF5BB325"


@IMPLEMENTATIONS
@EVERY_CARD
def test_a_short_challenge(opened: Opened, factory: Factory, card: CardIdentity) -> None:
    """A factor of 4 bytes is filled with zeros (social-security-card.md §8.3)."""
    short = bytes.fromhex("0BADCAFE")
    right = Expected(card, SETS["uniform"]("SSSE", "PUK"), short)
    keys = opened(factory)
    assert keys.authentication_data(card, PUK, short, ORIGINAL) == right.proof(ORIGINAL)
    assert keys.mac(card, PUK, short, UNBLOCK) == right.mac(UNBLOCK + b"\x04")


@IMPLEMENTATIONS
@EVERY_CARD
def test_a_missing_key(opened: Opened, factory: Factory, card: CardIdentity) -> None:
    """It is named, and nothing is computed with another; whoever asks before is told so."""
    keys = opened(factory)
    assert all(keys.holds(card, key) for key in KEYS)
    assert not keys.holds(card, MISSING)
    with pytest.raises(KeyMissing, match="SSSE/NONE"):
        keys.authentication_data(card, MISSING, FACTOR, ORIGINAL)
    with pytest.raises(KeyMissing, match="SSSE/NONE"):
        keys.mac(card, MISSING, FACTOR, UNBLOCK)
    with new_pin() as pin, pytest.raises(KeyMissing, match="SSSE/NONE"):
        keys.reload_pin(card, MISSING, FACTOR, RELOAD, pin)


@IMPLEMENTATIONS
@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_card_that_does_not_derive(
    opened: Opened, factory: Factory, algorithm: Algorithm
) -> None:
    """Too few historical bytes are the card's fault, not the keys'."""
    card = CardIdentity("110000", bytes(4), algorithm)
    with pytest.raises(CardBabbles):
        opened(factory).authentication_data(card, IRK, FACTOR, ORIGINAL)


@IMPLEMENTATIONS
@pytest.mark.parametrize("set_name", SETS)
def test_development_keys_are_test_keys(opened: Opened, factory: Factory, set_name: str) -> None:
    """A counter in production mode must be able to refuse them, wherever they are."""
    assert opened(factory, set_name).test_keys


@IMPLEMENTATIONS
def test_versions_are_none_or_small(opened: Opened, factory: Factory) -> None:
    """A version goes to the card as one byte (social-security-card.md §8.1)."""
    version = opened(factory).version(RKSSSE)
    assert version is None or 0 <= version <= 0xFF


@IMPLEMENTATIONS
def test_closing_twice(factory: Factory) -> None:
    """Whoever tidies up need not know what was tidied already."""
    with factory("uniform") as keys:
        before = keys.authentication_data(P1, IRK, FACTOR, ORIGINAL)
        keys.close()
        keys.close()
    assert before.hex().upper() == "F3610F94C1077F0E"


@IMPLEMENTATIONS
@settings(max_examples=15)
@given(
    region=st.from_regex(r"[1-8][0-9]{5}", fullmatch=True),
    historical=st.binary(min_size=8, max_size=15),
    algorithm=st.sampled_from(Algorithm),
    key=st.sampled_from(KEYS),
    factor=st.one_of(st.binary(min_size=8, max_size=8), st.binary(min_size=4, max_size=4)),
    original=st.binary(min_size=8, max_size=8),
    digits=st.from_regex(r"[0-9]{4,12}", fullmatch=True),
)
def test_any_card(
    opened: Opened,
    factory: Factory,
    region: str,
    historical: bytes,
    algorithm: Algorithm,
    key: CardKey,
    factor: bytes,
    original: bytes,
    digits: str,
) -> None:
    """Cards of any region, maker and family: all services agree with the software one."""
    card = CardIdentity(region, historical, algorithm)
    ours, theirs = opened(factory, "distinct"), opened(software, "distinct")
    for keys in (ours, theirs):
        assert keys.holds(card, key)
    assert ours.authentication_data(card, key, factor, original) == theirs.authentication_data(
        card, key, factor, original
    )
    assert ours.mac(card, key, factor, UNBLOCK) == theirs.mac(card, key, factor, UNBLOCK)
    with new_pin(digits) as pin:
        assert ours.reload_pin(card, key, factor, RELOAD, pin) == theirs.reload_pin(
            card, key, factor, RELOAD, pin
        )
