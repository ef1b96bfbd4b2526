"""Application block and card block: by a MAC of the right key, for ever."""

import pytest
from raw_card import CHALLENGE, PIN, QUERY, SSSE, Maker, challenge, send

from apdu.cipher import SM4, TDES, Family
from card_profiles.development_keys import distinct
from emulator.card import SoftwareCard

APPLICATION_BLOCK = "841E0001"
CARD_BLOCK = "84160000"


def blocking(card: SoftwareCard, cell: str, header: str, cipher: Family = SM4) -> str:
    """Compute a block command from a key in the card, over a fresh challenge."""
    key = card.memory.read(cell)
    assert key is not None
    message = bytes.fromhex(header) + b"\x04"
    session = cipher.session_key(key, challenge(card))
    return (message + cipher.mac(session, message)).hex().upper()


@pytest.fixture
def distinct_card(virtual_card: Maker) -> SoftwareCard:
    """Give a card whose keys all differ, so that a wrong one is seen."""
    return virtual_card("beijing", interface="contactless", root_of=distinct)


def test_an_application(distinct_card: SoftwareCard) -> None:
    """DF01's own maintenance key blocks DF01: 9303 from then on, the others go on."""
    card = distinct_card
    send(card, "00A4000002DF01")
    assert send(card, blocking(card, "DF01.key.82", APPLICATION_BLOCK)) == "9000"
    assert send(card, "00B2013400") == "9303"
    card.reset()
    assert send(card, "00A4000002DF01") == "9303"
    assert send(card, "00A4000002DF02").endswith("9000")
    assert send(card, PIN) == "9000"


def test_the_environment(distinct_card: SoftwareCard) -> None:
    """STKSSSE blocks the environment, and with it the whole of social security's start."""
    card = distinct_card
    send(card, SSSE)
    assert send(card, blocking(card, "SSSE.key.02", APPLICATION_BLOCK)) == "9000"
    assert send(card, SSSE) == "9303"


def test_the_card(distinct_card: SoftwareCard) -> None:
    """BK blocks the card, whatever is selected: 6A81 to everything ever after."""
    card = distinct_card
    send(card, "00A4000002DF02")
    assert send(card, blocking(card, "SSSE.key.05", CARD_BLOCK)) == "9000"
    for command in (SSSE, PIN, QUERY, CHALLENGE):
        assert send(card, command) == "6A81"
    card.reset()
    assert send(card, SSSE) == "6A81"


def test_des_family(virtual_card: Maker) -> None:
    """Generation 2 makes the same MACs by 3DES."""
    card = virtual_card("gen2")
    assert send(card, blocking(card, "SSSE.key.05", CARD_BLOCK, TDES)) == "9000"
    assert send(card, SSSE) == "6A81"


@pytest.mark.parametrize("cell", ["SSSE.key.02", "SSSE.key.06", "DF01.key.83"])
def test_another_key_is_wrong_and_locks_nothing(distinct_card: SoftwareCard, cell: str) -> None:
    """A wrong MAC is 6988 as often as one likes; these keys never lock (§8.3)."""
    card = distinct_card
    send(card, "00A4000002DF01")
    before = card.memory.cells()
    for _ in range(5):
        assert send(card, blocking(card, cell, APPLICATION_BLOCK)) == "6988"
        assert send(card, blocking(card, cell, CARD_BLOCK)) == "6988"
    assert card.memory.cells() == before


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (APPLICATION_BLOCK + "0400000000", "6984"),
        (CARD_BLOCK + "0400000000", "6984"),
        (APPLICATION_BLOCK + "0300000000"[:8], "6700"),
        ("841E00000400000000", "6A86"),
        ("841600010400000000", "6A86"),
        ("041600000400000000", "6E00"),
    ],
)
def test_malformed(card: SoftwareCard, command: str, answer: str) -> None:
    """Without a challenge there is nothing a MAC could be over; forms are looked at first."""
    assert send(card, command) == answer


def test_a_mac_is_good_once(distinct_card: SoftwareCard) -> None:
    """A recorded block command blocks no card a second time."""
    card = distinct_card
    command = blocking(card, "SSSE.key.05", CARD_BLOCK)
    challenge(card)
    assert send(card, command) == "6988"


def test_every_application_by_its_own_key(distinct_card: SoftwareCard) -> None:
    """Each DF's key 82 blocks that DF and no other."""
    card = distinct_card
    own = [each for each in card.profile.applications if not each.foreign]
    for number, application in enumerate(own):
        assert send(card, f"00A4000002{application.fid:04X}").endswith("9000")
        command = blocking(card, f"{application.name}.key.82", APPLICATION_BLOCK)
        assert send(card, command) == "9000"
        blocked = [send(card, f"00A4000002{each.fid:04X}") == "9303" for each in own]
        assert blocked == [each <= number for each in range(len(own))]


class TestKeyVersions:
    def test_the_first_is_named_or_not(self, card: SoftwareCard) -> None:
        """No version, 00 and 01 are the first (§8.1)."""
        for version in ("", "00", "01"):
            assert send(card, prove_version(card, version)) == "9000"

    def test_another_has_another_value(self, card: SoftwareCard) -> None:
        """A second version proves by its own key, under the same id."""
        assert send(card, prove_version(card, "02")) == "6A88"
        card.memory.write("SSSE.key.0A.version.02", bytes(range(16)))
        assert send(card, prove_version(card, "02", bytes(range(16)))) == "9000"
        assert send(card, prove_version(card, "02")) == "63C2"
        assert send(card, prove_version(card, "03")) == "6A88"


def prove_version(card: SoftwareCard, version: str, key: bytes | None = None) -> str:
    value = key or card.memory.read("SSSE.key.0A")
    assert value is not None
    factor, original = challenge(card), b"original"
    proof = SM4.authentication_data(SM4.session_key(value, factor), original)
    data = proof + original + bytes.fromhex(version)
    return f"0082000A{len(data):02X}{data.hex()}"
