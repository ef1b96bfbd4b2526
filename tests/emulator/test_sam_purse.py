"""The SAM's transit application: purchases by the reference's vectors, keys for CRYPT, tearing.

Vectors SAM-01, SAM-03 and SAMMAC-01 of the purse reference (§7). All keys are TEST KEYS.
"""

from dataclasses import replace

import pytest

from apdu import secure_messaging
from apdu.cipher import TDES
from apdu.sam_commands import KeyType
from card_profiles.sam import PurseKey
from emulator.memory import PowerCut
from emulator.sam import SamCard, SamFacts

DF = "00A40000028011"
ROOTS = {
    "DPK": bytes.fromhex("42A1A2A3A4A5A6A7A8A9AAABACADAEAF"),
    "DTK": bytes.fromhex("4CB1B2B3B4B5B6B7B8B9BABBBCBDBEBF"),
    "DAMK": bytes.fromhex("45C1C2C3C4C5C6C7C8C9CACBCCCDCECF"),
    "RELOAD": bytes.fromhex("386162636465666768696A6B6C6D6E6F"),
    "MAC": bytes.fromhex("365152535455565758595A5B5C5D5E5F"),
    "ENC": bytes.fromhex("00112233445566778899AABBCCDDEEFF"),
}
KEYS = (
    PurseKey("DPK", KeyType.PURCHASE, 0),
    PurseKey("DTK", KeyType.PIN_RELOAD, 0),
    PurseKey("DAMK", KeyType.USER_MAINTENANCE, 2),
    PurseKey("RELOAD", KeyType.PIN_RELOAD, 1, levels=0),
    PurseKey("MAC", KeyType.MAC, 0, levels=0),
    PurseKey("ENC", KeyType.ENCRYPT, 0, levels=0),
)
FACTS = SamFacts(terminal="300089000340", sequence=0x1234, purse_keys=KEYS)

SAM_01 = "80700000240BADF00D042C000001F409202412291417400000517001010000000101011000FFFFFFFF"
SAM_03 = "807000001C0BADF00D042C000001F4062024122914174000005170010100000001"
MAC2_01, MAC2_03 = "8072000004DFBABAE9", "8072000004FC3780A1"


def send(card: SamCard, command: str) -> str:
    return card.transmit(bytes.fromhex(command)).hex().upper()


def fetch(card: SamCard, command: str) -> str:
    waiting = send(card, command)
    assert waiting[:2] == "61", waiting
    answer = send(card, "00C00000" + waiting[2:])
    assert answer.endswith("9000")
    return answer[:-4]


def made(facts: SamFacts = FACTS) -> SamCard:
    """Make a SAM of the vectors' keys, with the purse's application selected."""
    card = SamCard.new(facts, root_of=lambda _, name: ROOTS.get(name, bytes(16)))
    fetch(card, DF)
    return card


@pytest.fixture
def sam() -> SamCard:
    """Give a SAM of the vectors' keys."""
    return made()


def sequence(card: SamCard) -> str:
    fetch(card, DF)
    return send(card, "00B0980004")[:-4]


# --- Purchases -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("levels", "init", "answer", "credit"),
    [(2, SAM_01, "0000123494E25392", MAC2_01), (1, SAM_03, "00001234048B8CBF", MAC2_03)],
    ids=["SAM-01", "SAM-03"],
)
def test_purchase(levels: int, init: str, answer: str, credit: str) -> None:
    """MAC1 for the card, then the card's MAC2; 6108 and GET RESPONSE as real SAMs answer."""
    key = PurseKey("DPK", KeyType.PURCHASE, 0, levels)
    sam = made(replace(FACTS, purse_keys=(key,)))
    assert send(sam, init) == "6108"
    assert send(sam, "00C0000008") == answer + "9000"
    assert send(sam, credit) == "9000"
    assert sequence(sam) == "00001235"


@pytest.mark.parametrize("kind", ["04", "05", "06", "09"])
def test_kinds_of_purchase(sam: SamCard, kind: str) -> None:
    """Every way to take money off a card by its counter has its MAC1, cash and passbook too."""
    assert send(sam, SAM_01.replace("F409", f"F4{kind}")) == "6108"


def test_wrong_mac2(sam: SamCard) -> None:
    """9302, the number stays, and the right MAC2 comes too late: the purchase is over."""
    fetch(sam, SAM_01)
    assert send(sam, "8072000004DEBBBBE8") == "9302"
    assert send(sam, MAC2_01) == "6985"
    assert sequence(sam) == "00001234"


def test_an_aborted_purchase_repeats_its_number(sam: SamCard) -> None:
    """Whoever begins and never comes back has used nothing up (§6.1)."""
    assert fetch(sam, SAM_01) == fetch(sam, SAM_01)
    fetch(sam, SAM_01.replace("000001F4", "000001F5"))
    assert send(sam, MAC2_01) == "9302", "the last one begun is the one"


@pytest.mark.parametrize("ending", ["reset", DF, "00A4040006D15600000590"])
def test_what_ends_a_purchase(sam: SamCard, ending: str) -> None:
    """It is in volatile memory, and belongs to its application."""
    fetch(sam, SAM_01)
    if ending == "reset":
        sam.reset()
    else:
        fetch(sam, ending)
    fetch(sam, DF)
    assert send(sam, MAC2_01) == "6985"


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        (SAM_01.replace("417400000", "417400200"), "9403"),
        (SAM_01.replace("417400000", "417400002"), "6A80"),
        (SAM_01.replace("F409", "F402"), "6A80"),
        (SAM_03, "6A80"),
        ("8070000014" + "00" * 20, "6700"),
        ("8070000018" + "00" * 24, "6700"),
        ("8070000010" + "00" * 16, "6700"),
        ("8072000003000000", "6700"),
        ("8072000004DFBABAE9", "6985"),
        ("8070000100", "6700"),
        ("BFEC000001", "6985"),
        (f"BFDE280A10{'00' * 16}", "6985"),
        ("8071000000", "6D00"),
        ("0070000000", "6E00"),
    ],
)
def test_refusals(sam: SamCard, command: str, sw: str) -> None:
    """Version absent, algorithm unknown, levels that do not fit, no such purchase, lengths."""
    assert send(sam, command) == sw
    assert sequence(sam) == "00001234"


def test_the_last_number() -> None:
    """A counter that ran out refuses with 9402 and never starts again from zero."""
    card = made(replace(FACTS, sequence=0xFFFF_FFFF))
    assert send(card, SAM_01) == "9402"


@pytest.mark.parametrize(
    ("refused", "sw"),
    [
        (SAM_01.replace("417400000", "417400200"), "9403"),
        (SAM_01.replace("F409", "F402"), "6A80"),
        ("8070000014" + "00" * 20, "6700"),
    ],
)
def test_a_refused_beginning_ends_the_one_before(sam: SamCard, refused: str, sw: str) -> None:
    """MAC2 of a purchase that was given up must not count the number on under another."""
    fetch(sam, SAM_01)
    assert send(sam, refused) == sw
    assert send(sam, MAC2_01) == "6985"
    assert sequence(sam) == "00001234"


@pytest.mark.parametrize("fid", ["8011", "1003", "DF03"])
def test_ids_of_other_cities(sam: SamCard, fid: str) -> None:
    """The application stands under different ids in different cities' SAMs (§1.1)."""
    assert fetch(sam, f"00A4000002{fid}") == "6F0484028011"
    assert send(sam, "00B0970001") == "019000"


# --- Tearing -------------------------------------------------------------------------------


def test_power_cut_at_every_write() -> None:
    """The number has advanced or it has not, and the SAM works on either way."""
    number = 0
    while True:
        number += 1
        card = made()
        fetch(card, SAM_01)
        last = card.memory.writes + number

        def cut(write: int, last: int = last) -> None:
            if write == last:
                raise PowerCut

        card.memory.before_write = cut
        try:
            answer = send(card, MAC2_01)
        except PowerCut:
            card.power_on()
            assert sequence(card) == "00001234"
            card.memory.before_write = None
            assert fetch(card, SAM_01) == "0000123494E25392"
            assert send(card, MAC2_01) == "9000"
            assert sequence(card) == "00001235"
            continue
        assert answer == "9000"
        assert sequence(card) == "00001235"
        break
    assert number == 2, "advancing the number is one write"


# --- Keys for CRYPT ------------------------------------------------------------------------


def test_application_block_through_the_sam(sam: SamCard) -> None:
    """SAMMAC-01: two levels under the maintenance key, retail MAC over the challenge."""
    assert send(sam, "801A450210517001010000000101011000FFFFFFFF") == "9000"
    assert fetch(sam, "80FA0500101122334400000000841E000004800000") == "2F811B5F"


def test_tac_through_the_sam(sam: SamCard) -> None:
    """A TAC key stored as PIN reload key is folded by the SAM: the card's TAC of SAM-01 (§6.3)."""
    assert send(sam, "801A440010517001010000000101011000FFFFFFFF") == "9000"
    message = "000001F4" + "09" + "300089000340" + "00001234" + "20241229141740" + "8000"
    assert len(message) == 48
    assert fetch(sam, "80FA050020" + "00" * 8 + message) == "756F3C78"


def test_pin_reload_through_the_sam(sam: SamCard) -> None:
    """RELOADPIN-01: the MAC over the PIN bytes alone, by a key that stands at the card's level."""
    assert send(sam, "801A040100") == "9000"
    assert fetch(sam, "80FA050010" + "00" * 8 + "1234568000000000") == "6931A176"


@pytest.mark.parametrize(
    ("pick", "crypt", "sw"),
    [
        ("801A060000", "80FA000008" + "00" * 8, "6985"),
        ("801A060000", "80FA050010" + "00" * 16, "6104"),
        ("801A070000", "80FA000008" + "00" * 8, "6108"),
        ("801A070000", "80FA050010" + "00" * 16, "6985"),
        ("801A440010" + "00" * 16, "80FA000008" + "00" * 8, "6985"),
    ],
)
def test_types_are_kept_apart(sam: SamCard, pick: str, crypt: str, sw: str) -> None:
    """A key for MACs does not encipher and one for enciphering makes no MAC."""
    assert send(sam, pick) == "9000"
    assert send(sam, crypt) == sw


@pytest.mark.parametrize(
    ("pick", "sw"),
    [
        ("801A420010" + "00" * 16, "6985"),
        ("801A450010" + "00" * 16, "9403"),
        ("801A250208" + "00" * 8, "6A80"),
        ("801A450208" + "00" * 8, "6700"),
        ("801A4A0010" + "00" * 16, "6A86"),
    ],
)
def test_keys_that_are_not_picked(sam: SamCard, pick: str, sw: str) -> None:
    """A purchase key under CRYPT would make MAC1 for anybody; and no key of before is left."""
    send(sam, "801A060000")
    assert send(sam, pick) == sw
    assert send(sam, "80FA050010" + "00" * 16) == "6985"


def test_mac_in_parts(sam: SamCard) -> None:
    """The retail MAC's second half comes in at the last part only (SM-06, cut in two)."""
    key, challenge = ROOTS["MAC"], bytes.fromhex("11223344")
    message = bytes(range(20))
    padded = message.hex() + "80000000"
    right = secure_messaging.mac(key, challenge, message).hex().upper()
    send(sam, "801A060000")
    assert send(sam, "80FA070010" + "1122334400000000" + padded[:16]) == "9000"
    assert send(sam, "80FA030008" + padded[16:32]) == "9000"
    assert fetch(sam, "80FA010008" + padded[32:]) == right
    assert send(sam, "80FA010008" + padded[32:]) == "6985", "this MAC is made"


def test_encrypting_more(sam: SamCard) -> None:
    """Pieces encipher as the whole does: SMENC-01's key block in two commands (§6.3)."""
    send(sam, "801A070000")
    first = fetch(sam, "80FA020010" + "13220000001122334455667788" + "99AABB")
    last = fetch(sam, "80FA000008" + "CCDDEEFF80000000")
    assert first + last == "DCC0BB5793ABFCA2CA8C1624822F6E01A86A0B5CBED191DD"
    assert bytes.fromhex(first + last) == TDES.encrypt(
        ROOTS["ENC"], bytes.fromhex("220000" + "00112233445566778899AABBCCDDEEFF")
    )
