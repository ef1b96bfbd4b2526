"""The software key service: derivation by level, the key file, and what is none."""

from pathlib import Path

import pytest

from apdu.cipher import SM4, TDES, Algorithm, card_factor, city_factor, province_factor
from apdu.secret import Secret
from terminal.errors import CardBabbles, FileTrouble, KeyFileWrong, KeyMissing, PassphraseMissing
from terminal.keys.key_file import LEAST_COST, KeySet, Root, seal
from terminal.keys.service import CardIdentity, CardKey
from terminal.keys.software import LEVELS, SoftwareKeys, development, from_file
from terminal.service_pin import ServicePin

# Cards P1 and P2 of reference card-interface-functions.md §12, keys all 0011…FF.
P1 = CardIdentity("110000", bytes.fromhex("0081544C978684110000000001"), Algorithm.SM4)
P2 = CardIdentity("510100", bytes.fromhex("0087CF2001864951010000002A"), Algorithm.TDES)
ROOT = "00112233445566778899AABBCCDDEEFF"


def key_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "keys.toml"
    path.write_text(text, "utf-8")
    return path


def whole(keys: str, *, mark: str = "test", level: str = "national") -> str:
    return f'format = "guitai.keys/1"\nmark = "{mark}"\nlevel = "{level}"\n{keys}'


def prove(keys: SoftwareKeys, card: CardIdentity, key: str, factor: str, original: str) -> str:
    data = keys.authentication_data(
        card, CardKey("SSSE", key), bytes.fromhex(factor), bytes.fromhex(original)
    )
    return data.hex().upper()


def test_worked_cards() -> None:
    """The reference's three proofs, from root to the eight bytes on the wire."""
    keys = development("uniform")
    assert prove(keys, P1, "IRK", "1122334455667788", "A1A2A3A4A5A6A7A8") == "F3610F94C1077F0E"
    assert prove(keys, P1, "RKSSSE", "99AABBCCDDEEFF00", "B1B2B3B4B5B6B7B8") == "4850166F191CF5D2"
    assert prove(keys, P2, "IRK", "2021222324252627", "3031323334353637") == "40B3425422D85C54"


def test_worked_reload_and_unblock() -> None:
    """The reference's E16 and E17: a new PIN enciphered with its MAC, and a MAC over nothing."""
    keys, factor = development("uniform"), bytes.fromhex("1122334455667788")
    key = CardKey("SSSE", "PUK")
    with ServicePin(bytearray(b"654321")) as pin:
        made = keys.reload_pin(P1, key, factor, bytes.fromhex("84240001"), pin)
    assert made.hex().upper() == "854B0CCB023C5EAEEAC7592293AF1213" + "8C942CC7"
    mac = keys.mac(P1, key, factor, bytes.fromhex("84240000"))
    assert mac.hex().upper() == "AF5BB325"


@pytest.mark.parametrize("card", [P1, P2])
def test_every_level_gives_the_same_card_key(tmp_path: Path, card: CardIdentity) -> None:
    """An outlet may hold national, provincial, city or card keys; the card sees no difference."""
    cipher = SM4 if card is P1 else TDES
    value = bytes.fromhex(ROOT)
    factors = [province_factor(card.region), city_factor(card.region), card_factor(card.historical)]
    expected = prove(development(), card, "IRK", "11" * 8, "22" * 8)
    for level, factor in zip(LEVELS, [*factors, b""], strict=True):
        text = whole(f'[keys.SSSE]\nIRK = "{value.hex()}"\n', level=level)
        keys = from_file(key_file(tmp_path, text))
        assert prove(keys, card, "IRK", "11" * 8, "22" * 8) == expected
        value = cipher.diversify(value, factor) if factor else value


def test_names_and_the_star(tmp_path: Path) -> None:
    """A key of its own name wins over the application's star, that over the star of all."""
    text = whole(
        '[keys.SSSE]\nIRK = "' + "11" * 16 + '"\n"*" = "' + "22" * 16 + '"\n'
        '[keys."*"]\nRK1DF01 = "' + "33" * 16 + '"\n"*" = "' + "44" * 16 + '"\n',
        level="card",
    )
    keys = from_file(key_file(tmp_path, text))

    def proof_of(application: str, key: str) -> bytes:
        return keys.authentication_data(P1, CardKey(application, key), bytes(8), bytes(8))

    def expected(digits: str) -> bytes:
        return SM4.authentication_data(
            SM4.session_key(bytes.fromhex(digits * 16), bytes(8)), bytes(8)
        )

    assert proof_of("SSSE", "IRK") == expected("11")
    assert proof_of("SSSE", "RKSSSE") == expected("22")
    assert proof_of("DF01", "RK1DF01") == expected("33")
    assert proof_of("DF01", "UK1DF01") == expected("44")


def test_missing_key(tmp_path: Path) -> None:
    """A key that the file lacks is named; nothing is computed with another."""
    keys = from_file(key_file(tmp_path, whole(f'[keys.SSSE]\nIRK = "{ROOT}"\n')))
    with pytest.raises(KeyMissing, match="SSSE/RKSSSE"):
        prove(keys, P1, "RKSSSE", "11" * 8, "22" * 8)


def test_a_plain_file_holds_test_keys(tmp_path: Path) -> None:
    """Live keys do not lie about in clear: such a file is refused, and the way out is named."""
    text = '[keys.SSSE]\nIRK = "' + "5A" * 16 + '"\n'
    assert from_file(key_file(tmp_path, whole(text))).test_keys
    assert development().test_keys
    with pytest.raises(KeyFileWrong) as caught:
        from_file(key_file(tmp_path, whole(text, mark="live")))
    for language in ("zh", "en"):
        assert "guitai keys init" in caught.value.cause(language)
        assert "keys import" in caught.value.cause(language)


def test_encrypted_file(tmp_path: Path) -> None:
    """The same service from the encrypted form, with the version that the file gives a key."""
    path, passphrase = tmp_path / "keys.json", Secret(b"TEST KEY passphrase")
    roots = (
        Root(CardKey("SSSE", "IRK"), Secret(bytes.fromhex("5A" * 16))),
        Root(CardKey("SSSE", "PUK"), Secret(bytes.fromhex("11" * 16)), 1),
        Root(CardKey("SSSE", "PUK"), Secret(bytes.fromhex("22" * 16)), 2),
    )
    path.touch(mode=0o600)
    path.write_bytes(seal(KeySet("live", "card", roots), passphrase, cost=LEAST_COST))
    keys = from_file(path, lambda: passphrase)
    assert not keys.test_keys
    assert keys.level == "card"
    assert keys.version(CardKey("SSSE", "IRK")) is None
    assert keys.version(CardKey("SSSE", "RKSSSE")) is None
    assert keys.version(CardKey("SSSE", "PUK")) == 2
    assert keys.holds(P1, CardKey("SSSE", "PUK"))
    assert not keys.holds(P1, CardKey("SSSE", "RKSSSE"))
    session = SM4.session_key(bytes.fromhex("22" * 16), bytes(8))
    expected = SM4.authentication_data(session, bytes(8)).hex().upper()
    assert prove(keys, P1, "PUK", "00" * 8, "00" * 8) == expected


def test_nobody_to_ask(tmp_path: Path) -> None:
    """A program that opens an encrypted file and brings no passphrase is told so."""
    path = tmp_path / "keys.json"
    path.touch(mode=0o600)
    path.write_bytes(seal(KeySet("test", "card"), Secret(b"TEST KEY"), cost=LEAST_COST))
    with pytest.raises(PassphraseMissing):
        from_file(path)


def test_card_that_does_not_derive() -> None:
    """A card with too few historical bytes can't have derived keys; that is the card's fault."""
    card = CardIdentity("110000", bytes(4), Algorithm.SM4)
    with pytest.raises(CardBabbles):
        prove(development(), card, "IRK", "11" * 8, "22" * 8)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[[[",
        'format = "guitai.keys/2"\nmark = "test"\n',
        "{",
        '{"format": "guitai.keys/1"}',
        whole("keys = " + "[" * 20_000),
        whole("[keys]\n"),
        whole("", mark="secret"),
        whole("", level="county"),
        whole("[keys]\nIRK = 1\n"),
        whole('[keys.SSSE]\nIRK = "0011"\n'),
        whole("[keys.SSSE]\nIRK = 5\n"),
        whole('[keys.SSSE]\nIRK = "' + "zz" * 16 + '"\n'),
        whole(f'[keys.SSSE]\nIKR = "{ROOT}"\n'),
        whole(f'[keys.SSES]\nIRK = "{ROOT}"\n'),
        whole(f'more = 1\n[keys.SSSE]\nIRK = "{ROOT}"\n'),
    ],
)
def test_files_that_are_none(tmp_path: Path, text: str) -> None:
    """Each is refused in words of both languages, and no digit of a key is quoted."""
    with pytest.raises(KeyFileWrong) as caught:
        from_file(key_file(tmp_path, text))
    for language in ("zh", "en"):
        said = caught.value.message(language) + caught.value.cause(language)
        assert "0011" not in said.replace(str(tmp_path), "")
        assert "zz" not in said.replace(str(tmp_path), "")


def test_file_that_is_not_there(tmp_path: Path) -> None:
    """A missing file is not a wrong one."""
    with pytest.raises(FileTrouble):
        from_file(tmp_path / "none.toml")


def test_keys_do_not_show() -> None:
    """Whoever prints the service or its parts sees no key."""
    keys = development()
    assert "00112233" not in repr(keys) + repr(vars(keys))
