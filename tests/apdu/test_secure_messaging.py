"""Secure messaging of the purse family, against the published and generated vectors.

Vectors DES, MACD, SM, SMENC, DIV, EXT and RELOADPIN of the purse reference (§7). All keys are TEST
KEYS from public tutorials or made up. SM4-01 is not here: it is a guess and proves nothing.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu import secure_messaging as sm
from apdu import tdes
from apdu.cipher import TDES
from apdu.command import Command
from apdu.errors import EncodingError
from apdu.response import Response


def unhex(text: str) -> bytes:
    return bytes.fromhex(text)


ZERO = bytes(8)
LONG, SHORT = unhex("365152535455565758595A5B5C5D5E5F"), unhex("1122334455667788")
keys = st.sampled_from([LONG, SHORT])
challenges = st.one_of(st.binary(min_size=4, max_size=4), st.binary(min_size=8, max_size=8))


@pytest.mark.parametrize(
    ("key", "data", "result"),
    [
        ("0102030405060708", "BB83BFF300000000", "74B0047DD681D96C"),
        ("FFFFFFFFFFFFFFFF", "53FD1F262EC4E6E2", "A0DBBFC1192FF24A"),
    ],
    ids=["DES-01", "DES-03"],
)
def test_des(key: str, data: str, result: str) -> None:
    """Single DES by the manual's authentication, and by a card's trace."""
    assert tdes.encrypt(unhex(key), unhex(data)) == unhex(result)
    assert sm.cryptogram(unhex(key), unhex(data)) == unhex(result)


@pytest.mark.parametrize(
    ("key", "challenge", "result"),
    [
        ("0102030405060708", "BB83BFF3", "74B0047DD681D96C"),
        ("390102030405060708090A0B0C0D0E0F", "A1B2C3D4", "DC75E55D3DE8E20A"),
        ("390102030405060708090A0B0C0D0E0F", "A1B2C3D4E5F60718", "90C947D8C2F79097"),
    ],
    ids=["DES-01", "EXT-01", "EXT-02"],
)
def test_external_authentication(key: str, challenge: str, result: str) -> None:
    """A challenge of four bytes is filled with zeros, one of eight taken whole."""
    assert sm.cryptogram(unhex(key), unhex(challenge)) == unhex(result)


@pytest.mark.parametrize(
    ("key", "data", "mac"),
    [
        ("1122334455667788", "0102030405060708", "A82A8CEB"),
        ("0123456789ABCDEF", "00000064", "6E4FB9EA"),
        ("0123456789ABCDEF", "00000064061234567890120123", "9005EED8"),
    ],
    ids=["MACD-01", "MACD-02", "MACD-03"],
)
def test_mac_of_a_short_key(key: str, data: str, mac: str) -> None:
    """Eight bytes of key make the plain MAC, padded even where aligned."""
    assert sm.mac(unhex(key), ZERO, unhex(data)) == unhex(mac)


LAB, LINE = "FF" * 16, "36" * 16
RETAIL = [
    ("SM-01", LAB, "44A47DEB", "04D600001411223344556677889900AABBCCDDEEFF", "F2F62231"),
    ("SM-03", LAB, "D0FE4FB9", "04B0000004", "F09C8A19"),
    (
        "SM-04",
        LINE,
        "A3BBCFC8",
        "04D6950022000122000001FFFF01010000220000000000000620160101205012310000",
        "96E32EF1",
    ),
    ("SM-06", LONG.hex(), "11223344", "841E000004", "9BCB0D1A"),
    ("SM-07", LONG.hex(), "55667788", "8418000004", "7EC7B90B"),
    ("SM-08", LONG.hex(), "0A0B0C0D", "8416000004", "06082851"),
    ("SM-09", LONG.hex(), "0102030405060708", "841E000104", "079B822E"),
]


@pytest.mark.parametrize(
    ("key", "challenge", "message", "mac"),
    [each[1:] for each in RETAIL],
    ids=[e[0] for e in RETAIL],
)
def test_protected_commands(key: str, challenge: str, message: str, mac: str) -> None:
    """The whole command as it goes out: CLA says so, Lc counts the MAC, the MAC stands last."""
    raw = unhex(message)
    plain = Command(raw[0] & ~sm.PROTECTED, raw[1], raw[2], raw[3], raw[5:])
    protected = sm.protect(plain, unhex(key), unhex(challenge))
    assert protected.encode() == raw + unhex(mac)
    assert sm.mac(unhex(key), unhex(challenge), raw) == unhex(mac)
    assert sm.unprotect(protected, unhex(key), unhex(challenge)) == plain


def test_enciphered_command() -> None:
    """SMENC-01: a key is loaded enciphered, and the MAC covers the cipher."""
    key, challenge = unhex("00112233445566778899AABBCCDDEEFF"), unhex("5D72B3FD")
    plain = unhex("220000" + "00112233445566778899AABBCCDDEEFF")
    command = Command(0x80, 0xD4, 0x00, 0x00, plain)
    protected = sm.protect(command, key, challenge, encrypted=True)
    assert protected.encode().hex().upper() == (
        "84D400001CDCC0BB5793ABFCA2CA8C1624822F6E01A86A0B5CBED191DD8A9D4ADB"
    )
    assert sm.unprotect(protected, key, challenge, encrypted=True) == command


@pytest.mark.parametrize(
    ("master", "factors", "child"),
    [
        (
            "00112233445566778899AABBCCDDEEFF",
            ["1122334455667788"],
            "496BD7A3513644533100B54E71196528",
        ),
        (
            "3E3E3E3E3E3E3E3E1122334455667788",
            ["5170010100000001"],
            "D02A016D9BAE0F813518635922B6E41A",
        ),
        (
            "0F1E2D3C4B5A69788796A5B4C3D2E1F0",
            ["01011000FFFFFFFF", "5170010100000001"],
            "DBBB4C36EA82852615569A375F8F8405",
        ),
        (
            "0F1E2D3C4B5A69788796A5B4C3D2E1F0",
            ["3100000000000000", "01011000FFFFFFFF", "5170010100000001"],
            "E023E9C71C74F32F83D87786A000CC37",
        ),
    ],
    ids=["DIV-01", "DIV-02", "DIV-04", "DIV-06"],
)
def test_diversification(master: str, factors: list[str], child: str) -> None:
    """Issuer before card: the other order derives a key that no card has."""
    value = unhex(master)
    for factor in factors:
        value = TDES.diversify(value, unhex(factor))
    assert value == unhex(child)


def test_pin_reload() -> None:
    """RELOADPIN-01: the MAC key is the reload key folded, and no challenge goes in."""
    key = unhex("386162636465666768696A6B6C6D6E6F")
    assert sm.folded(key) == unhex("5008080808080808")
    assert sm.reload_mac(key, unhex("123456")) == unhex("6931A176")


def test_padding_of_aligned_data() -> None:
    """Sources differ on aligned data (§10, 5); both forms are made, and either is understood."""
    aligned = bytes(range(7))
    assert len(sm.encrypt(LONG, aligned)) == 8
    assert len(sm.encrypt(LONG, aligned, pad_aligned=True)) == 16
    for switch in (False, True):
        assert sm.decrypt(LONG, sm.encrypt(LONG, aligned, pad_aligned=switch)) == aligned


@given(
    key=keys,
    challenge=challenges,
    data=st.binary(max_size=200),
    encrypted=st.booleans(),
    pad_aligned=st.booleans(),
    le=st.sampled_from([None, 4, 256]),
)
def test_protection_comes_off(
    key: bytes, challenge: bytes, data: bytes, encrypted: bool, pad_aligned: bool, le: int | None
) -> None:
    """Whatever is protected comes out as it was, and Lc on the wire agrees with itself."""
    command = Command(0x80, 0xDC, 0x01, 0xD0, data, le)
    protected = sm.protect(command, key, challenge, encrypted=encrypted, pad_aligned=pad_aligned)
    assert Command.decode(protected.encode()) == protected
    assert sm.unprotect(protected, key, challenge, encrypted=encrypted) == command


@given(
    key=keys,
    challenge=challenges,
    data=st.binary(min_size=1, max_size=60),
    at=st.integers(0, 500),
    bit=st.integers(0, 7),
)
def test_every_bit_counts(key: bytes, challenge: bytes, data: bytes, at: int, bit: int) -> None:
    """A bit turned over on its way, in data, MAC or P1 P2, is noticed and costs 6988."""
    protected = sm.protect(Command(0x80, 0xDC, 0x01, 0xD0, data), key, challenge)
    raw = bytearray(protected.encode())
    place = [2, 3, *range(5, len(raw))][at % (len(raw) - 3)]
    raw[place] ^= 1 << bit
    with pytest.raises(sm.ProtectionError) as caught:
        sm.unprotect(Command.decode(bytes(raw)), key, challenge)
    assert caught.value.sw == 0x6988


@pytest.mark.parametrize(
    "command", [Command(0x80, 0x1E, 0, 0, bytes(4)), Command(0x84, 0x1E, 0, 0, bytes(3))]
)
def test_a_missing_mac(command: Command) -> None:
    """No MAC and a CLA that promises none are said apart from a wrong one."""
    with pytest.raises(sm.ProtectionError) as caught:
        sm.unprotect(command, LONG, ZERO)
    assert caught.value.sw == 0x6987


@pytest.mark.parametrize(("size", "encrypted"), [(252, False), (248, True), (300, False)])
def test_data_that_is_too_long(size: int, encrypted: bool) -> None:
    """Lc counts the MAC and is one byte (§4.3): said as what it is, by both sides."""
    command = Command(0x80, 0xD6, 0, 0, bytes(size))
    with pytest.raises(EncodingError):
        sm.protect(command, LONG, ZERO, encrypted=encrypted)
    longest = sm.protect(Command(0x80, 0xD6, 0, 0, bytes(251)), LONG, ZERO)
    assert len(longest.data) == 255


def test_an_extended_command_is_no_protected_one() -> None:
    """A card on T=1 may be sent anything; 6700 is its answer, and not a crash."""
    with pytest.raises(sm.ProtectionError) as caught:
        sm.unprotect(Command(0x84, 0xD6, 0, 0, bytes(300)), LONG, ZERO)
    assert caught.value.sw == 0x6700


def test_data_that_does_not_decipher() -> None:
    """A good MAC over what is no cipher: nothing is written of it."""
    protected = sm.protect(Command(0x80, 0xD6, 0, 0, bytes(16)), LONG, ZERO)
    with pytest.raises(sm.ProtectionError) as caught:
        sm.unprotect(protected, LONG, ZERO, encrypted=True)
    assert caught.value.sw == 0x6A80
    for rubbish in (b"", bytes(7), tdes.encrypt(LONG, b"\xff" * 8)):
        with pytest.raises(ValueError, match="ciphered data"):
            sm.decrypt(LONG, rubbish)


@given(key=keys, challenge=challenges, data=st.binary(max_size=40))
def test_protected_answers(key: bytes, challenge: bytes, data: bytes) -> None:
    """An answer carries the MAC of its data, by the challenge of the command."""
    protected = sm.protect_answer(Response(data, 0x9000), key, challenge)
    assert protected.data == data + sm.mac(key, challenge, data)
    assert sm.unprotect_answer(protected, key, challenge) == Response(data, 0x9000)
    spoilt = Response(protected.data[:-1] + bytes((protected.data[-1] ^ 1,)), 0x9000)
    for wrong, sw in ((spoilt, 0x6988), (Response(b"123", 0x9000), 0x6987)):
        with pytest.raises(sm.ProtectionError) as caught:
            sm.unprotect_answer(wrong, key, challenge)
        assert caught.value.sw == sw


@pytest.mark.parametrize("size", [0, 3, 5, 16])
def test_challenges_of_other_sizes(size: int) -> None:
    """A challenge that was cut off must not silently become another initial vector."""
    with pytest.raises(ValueError, match="4 or 8"):
        sm.mac(LONG, bytes(size), b"")


def test_a_refusal_tells_no_data() -> None:
    """What is refused may be a PIN or a key; the message has the status word alone."""
    protected = sm.protect(Command(0x80, 0xD4, 0, 0, b"\xca\xfe\xca\xfe"), LONG, ZERO)
    with pytest.raises(sm.ProtectionError) as caught:
        sm.unprotect(protected, SHORT, ZERO)
    assert "cafe" not in str(caught.value).lower()
