"""The software SAM on the wire: ATR, applications, files, session keys, status words."""

import pytest

from apdu.atr import Atr
from apdu.cipher import SM4, TDES, Algorithm, family
from card_profiles import development_keys
from card_profiles import sam as profile
from emulator.sam import LEVELS, SamCard, SamFacts

SX1, SX2, SX3 = (f"00A404000F73783{n}2E73682EC9E7BBE1B1A3D5CF" for n in "123")
PSAM = "00A4040006D15600000590"
PURSE = "00A40000028011"
CARD, CITY, PROVINCE = "8684110000000001", "3131303030307378", "3131303030307368"
CHALLENGE, ORIGINAL = "1122334455667788", "A1A2A3A4A5A6A7A8"
DERIVE = f"BFDE680A20{CARD}{CITY}{PROVINCE}{CHALLENGE}"


def send(card: SamCard, command: str) -> str:
    return card.transmit(bytes.fromhex(command)).hex().upper()


def fetch(card: SamCard, command: str) -> str:
    """Send a command and fetch its answer as T=0 does; the answer without 9000."""
    waiting = send(card, command)
    assert waiting[:2] == "61", waiting
    answer = send(card, "00C00000" + waiting[2:])
    assert answer.endswith("9000")
    return answer[:-4]


def entered(environment: str = SX3, facts: SamFacts | None = None, **more) -> SamCard:
    card = SamCard.new(facts, **more)
    fetch(card, environment)
    fetch(card, PSAM)
    return card


def crypt(step: str, *blocks: str) -> str:
    data = "".join(blocks)
    return f"80FA{step}00{len(data) // 2:02X}{data}"


# --- The card ------------------------------------------------------------------------------


def test_atr() -> None:
    """The shape of PSAMs in the field (§7); the serial's end makes each its own."""
    card = SamCard.new(SamFacts(serial="110000000000000000AB"))
    assert card.atr.hex().upper() == "3B6D00000081544C00868408070000" + "00AB"
    assert Atr.decode(card.atr).protocols == (0,)


def test_master_file_after_reset() -> None:
    """A terminal reads serial and terminal number before it selects anything (§6)."""
    card = SamCard.new()
    assert send(card, "00B095000E") == "11000000000000000007" + "0154" + "0000" + "9000"
    assert send(card, "00B0960006") == "1100000000079000"


def test_the_ministrys_application() -> None:
    """Card data, terminal number and counter stand in it too (§8.4)."""
    card = entered()
    assert send(card, "00B095000F") == "01" + "11000000000000000007" + "0154" + "0000" + "9000"
    assert send(card, "00B0960006") == "1100000000079000"
    assert send(card, "00B0990004") == "000000009000"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("00B0960000", "6C06"),
        ("00B0960007", "6C06"),
        ("00B0960206", "6C04"),
        ("00B0960606", "6B00"),
        ("00B0970001", "6A82"),
        ("00B0000001", "6986"),
        ("00A40000020016", "9000"),
        ("00A40000024444", "6A82"),
        ("00A4010002DF01", "610A"),
        ("00A40100020016", "6A82"),
        ("00A4000003DF0101", "6700"),
        ("00A4040004D1560000", "6700"),
        ("00A4040005D156000006", "6A82"),
        ("00A4040005D156000005", "610A"),
        ("00A40000023F00", "6113"),
        ("00A4000002DDF1", "6113"),
        ("0084000008", "6D00"),
        ("0070000000", "6E00"),
        ("80A4000002DF01", "6E00"),
        ("80FA000008" + "00" * 8, "6985"),
        ("80700000", "6985"),
        ("801A220008" + "00" * 8, "6985"),
        (f"BFDE280A10{CARD}{CHALLENGE}", "6A80"),
        (f"BFDE480A18{CARD}{CITY}{CHALLENGE}", "6A80"),
        (f"BFDE480A10{CARD}{CHALLENGE}", "6700"),
        (f"BFDE68EE20{CARD}{CITY}{PROVINCE}{CHALLENGE}", "6A88"),
        (f"BFDE670A20{CARD}{CITY}{PROVINCE}{CHALLENGE}", "6A88"),
        (f"BFDE6A0A20{CARD}{CITY}{PROVINCE}{CHALLENGE}", "6A86"),
        (DERIVE, "9000"),
        ("BFEC000001", "039000"),
        ("BFEC000000", "6C01"),
    ],
)
def test_answers_in_the_application(command: str, answer: str) -> None:
    """Each command with what is right and wrong about it, in the SM4 environment's application."""
    assert send(entered(), command) == answer


def test_selected_file() -> None:
    """A file is read by offset too, and a wrong length leaves it current."""
    card = entered()
    send(card, "00A40200020016")
    assert send(card, "00B0000008") == "6C06"
    assert send(card, "00B0000006") == "1100000000079000"
    assert send(card, "00B0000402") == "00079000"


# --- Session keys --------------------------------------------------------------------------


def test_the_references_proof_by_sm4() -> None:
    """Root, factors, challenge and original of §8.3; the two halves of the answer fold to it."""
    card = entered()
    assert send(card, DERIVE) == "9000"
    whole = bytes.fromhex(fetch(card, crypt("00", ORIGINAL, "00" * 8)))
    folded = bytes(a ^ b for a, b in zip(whole[:8], whole[8:], strict=True))
    assert folded.hex().upper() == "F3610F94C1077F0E"


def test_the_references_proof_by_3des() -> None:
    """The same by 3DES, where one block is the answer: 6108, then GET RESPONSE."""
    card = entered(SX1)
    assert send(card, DERIVE) == "9000"
    assert send(card, crypt("00", ORIGINAL)) == "6108"
    assert send(card, "00C0000008") == "AEBE6CF48B4D64E19000"


def test_the_des_environment_needs_no_selection() -> None:
    """Field programs select the application straight after the reset."""
    card = SamCard.new()
    fetch(card, PSAM)
    assert send(card, DERIVE) == "9000"
    assert fetch(card, crypt("00", ORIGINAL)) == "AEBE6CF48B4D64E1"


def test_the_references_pin_reload() -> None:
    """Enciphered PIN and MAC of §8.3, each in its step: data 854B…, MAC 8C942CC7."""
    card = entered()
    assert send(card, f"BFDE681020{CARD}{CITY}{PROVINCE}{CHALLENGE}") == "9000"
    enciphered = fetch(card, crypt("00", "03654321", "80", "00" * 11))
    assert enciphered == "854B0CCB023C5EAEEAC7592293AF1213"
    message = "8424000114" + enciphered
    mac = fetch(card, crypt("05", "00" * 16, message, "80", "00" * 10))
    assert mac == "8C942CC7"


@pytest.mark.parametrize("environment", [SX1, SX2, SX3])
@pytest.mark.parametrize("parts", [(1, 1, 1), (1, 3), (2, 2), (3, 1)])
def test_mac_in_parts(environment: str, parts: tuple[int, ...]) -> None:
    """A long message goes in pieces, first, next and last, to the same MAC as at once."""
    card = entered(environment)
    send(card, DERIVE)
    cipher = TDES if environment == SX1 else SM4
    size = cipher.block
    message = bytes(range(sum(parts) * size - 1))
    padded = message + b"\x80"
    root = development_keys.uniform("SSSE", "RKSSSE")
    for factor in (PROVINCE, CITY, CARD):
        root = cipher.diversify(root, bytes.fromhex(factor))
    session = cipher.session_key(root, bytes.fromhex(CHALLENGE))
    right = cipher.mac(session, message).hex().upper()
    assert fetch(card, crypt("05", "00" * size, padded.hex())) == right
    at = 0
    for number, part in enumerate(parts):
        step = "07" if number == 0 else "01" if number == len(parts) - 1 else "03"
        piece = padded[at * size : (at + part) * size].hex()
        command = crypt(step, "00" * size if number == 0 else "", piece)
        if step == "01":
            assert fetch(card, command) == right
        else:
            assert send(card, command) == "9000"
        at += part


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("80FA000000", "6700"),
        (crypt("00", "00" * 15), "6700"),
        (crypt("05", "00" * 16), "6700"),
        (crypt("03", "00" * 16), "6985"),
        (crypt("01", "00" * 16), "6985"),
        (crypt("04", "00" * 16), "6A86"),
        (crypt("02", "00" * 16), "6110"),
    ],
)
def test_crypt_refuses(command: str, answer: str) -> None:
    """CRYPT takes whole blocks, and parts of a MAC in their order."""
    card = entered()
    send(card, DERIVE)
    assert send(card, command) == answer


@pytest.mark.parametrize(
    "ending",
    ["reset", "power", f"BFDE280A10{CARD}{CHALLENGE}", "BFEC000001", PSAM, PURSE],
)
def test_when_a_session_key_ends(ending: str) -> None:
    """At a reset, without power, with the next derivation (even a refused one), elsewhere."""
    card = entered()
    send(card, DERIVE)
    assert send(card, crypt("00", "00" * 16)) == "6110"
    if ending == "reset":
        card.reset()
    elif ending == "power":
        card.power_off()
        card.power_on()
    else:
        send(card, ending)
    assert send(card, crypt("00", "00" * 16)) == "6985"


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("environment", [SX1, SX3])
def test_where_the_root_stands(level: str, environment: str) -> None:
    """Only one count of levels is right, the others are refused with 6A80; the result is one."""
    card = entered(environment, SamFacts(level=level))
    factors = [CARD, CITY, PROVINCE]
    right = 3 - LEVELS.index(level)
    for count in (1, 2, 3):
        data = "".join(factors[:count]) + CHALLENGE
        answer = send(card, f"BFDE{count << 5 | 8:02X}0A{len(data) // 2:02X}{data}")
        assert answer == ("9000" if count == right else "6A80")
    send(
        card,
        f"BFDE{right << 5 | 8:02X}0A{8 * right + 8:02X}" + "".join(factors[:right]) + CHALLENGE,
    )
    if environment == SX1:
        assert fetch(card, crypt("00", ORIGINAL)) == "AEBE6CF48B4D64E1"
    else:
        assert fetch(card, crypt("00", ORIGINAL, "00" * 8))[:8] == "96A91106"


def test_levels_of_single_keys() -> None:
    """National, provincial and city keys are mixed in one SAM (§8.1)."""
    card = entered(SX3, SamFacts(levels={("SSSE", "PUK"): "city"}))
    assert send(card, DERIVE) == "9000"
    assert send(card, f"BFDE281010{CARD}{CHALLENGE}") == "9000"


def test_a_sam_without_sm4() -> None:
    """An older SAM has no SM4 environment; its DES keys are there all the same."""
    card = SamCard.new(SamFacts(algorithms=(Algorithm.TDES,)))
    assert send(card, SX3) == "6A82"
    assert send(card, SX2) == "6A82"
    fetch(card, SX1)
    fetch(card, PSAM)
    assert send(card, DERIVE) == "9000"
    assert send(card, "BFEC000001") == "019000"


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_every_key_is_another(algorithm: Algorithm) -> None:
    """With the distinct set each id derives its own key: the one a user card has of that name."""
    card = entered(
        {Algorithm.TDES: SX1, Algorithm.SSF33: SX2, Algorithm.SM4: SX3}[algorithm],
        root_of=development_keys.distinct,
    )
    cipher = family(algorithm)
    seen = set()
    for (application, name), place in profile.KEYS.items():
        value = development_keys.distinct(application, name)
        for factor in (PROVINCE, CITY, CARD):
            value = cipher.diversify(value, bytes.fromhex(factor))
        session = cipher.session_key(value, bytes.fromhex(CHALLENGE))
        right = cipher.encrypt_blocks(session, bytes(16))
        send(card, f"BFDE68{place.id:02X}20{CARD}{CITY}{PROVINCE}{CHALLENGE}")
        assert fetch(card, crypt("00", "00" * 16)) == right.hex().upper(), name
        seen.add(right)
    assert len(seen) == len(profile.KEYS)
