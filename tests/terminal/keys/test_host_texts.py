"""The texts for a cipher host: examples E2 to E17 of card-interface-functions.md §13."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from key_services import P1, P2

from apdu.cipher import Algorithm
from apdu.secret import Secret
from card_profiles.key_addresses import ADDRESSES
from terminal.errors import HostAnswerWrong, KeysDoNotFit
from terminal.keys.host_texts import (
    BasicReadProofs,
    Challenge,
    HostRequest,
    basic_read,
    command_mac,
    key_proof,
    named,
    pin_reload,
)
from terminal.service_pin import ServicePin

INTERNAL = Challenge(bytes.fromhex("1122334455667788"), bytes.fromhex("A1A2A3A4A5A6A7A8"))
EXTERNAL = Challenge(bytes.fromhex("99AABBCCDDEEFF00"), bytes.fromhex("B1B2B3B4B5B6B7B8"))
OF_P2 = Challenge(bytes.fromhex("2021222324252627"), bytes.fromhex("3031323334353637"))
OF_PUK = Challenge(bytes.fromhex("0102030405060708"), bytes.fromhex("C1C2C3C4C5C6C7C8"))
PUK, RK1DF01 = ADDRESSES["SSSE", "PUK"], ADDRESSES["DF01", "RK1DF01"]
RELOAD, UNBLOCK = bytes.fromhex("84240001"), bytes.fromhex("84240000")
FIRST, SECOND = "F3610F94C1077F0EA1A2A3A4A5A6A7A8", "4850166F191CF5D2B1B2B3B4B5B6B7B8"


def new_pin(digits: str) -> ServicePin:
    return ServicePin(bytearray(digits.encode()))


# --- Basic read: E2 to E5 ------------------------------------------------------------------


def test_basic_read_of_generation_3() -> None:
    """E2, step 1: eight fields, each ended by a bar."""
    assert basic_read(P1, INTERNAL, EXTERNAL).text == (
        "110000|0081544C978684110000000001|03|110000D15600000500000001FFFFFFFF"
        "|1122334455667788|A1A2A3A4A5A6A7A8|99AABBCCDDEEFF00|B1B2B3B4B5B6B7B8|"
    )


def test_basic_read_of_generation_2() -> None:
    """E5: nothing is proved to the card, two fields are empty; one family adds a ninth."""
    text = (
        "510100|0087CF2001864951010000002A|01|510100D1560000050000002A0B1C2D3E"
        "|2021222324252627|3031323334353637|||"
    )
    assert basic_read(P2, OF_P2).text == text
    assert basic_read(P2, OF_P2, terminal="110000000007").text == text + "110000000007|"


@pytest.mark.parametrize("bars", ["", "|", "||"], ids=["none", "one", "two"])
def test_answer_to_a_basic_read(bars: str) -> None:
    """E2 and E3: with its last bar, without, and with one too many it is the same."""
    proofs = basic_read(P1, INTERNAL, EXTERNAL).answer(f"{FIRST}|{SECOND}{bars}")
    assert proofs == BasicReadProofs(
        bytes.fromhex("F3610F94C1077F0E"), bytes.fromhex("4850166F191CF5D2")
    )


@pytest.mark.parametrize("bars", ["", "|", "||"], ids=["none", "one", "two"])
def test_answer_with_an_empty_second_half(bars: str) -> None:
    """E5: generation 2 gets one proof."""
    answer = f"40B3425422D85C543031323334353637{bars}"
    assert basic_read(P2, OF_P2).answer(answer) == BasicReadProofs(
        bytes.fromhex("40B3425422D85C54"), None
    )


def test_lower_case_and_a_line_end() -> None:
    """Hosts are programs of many houses; hex is hex."""
    proofs = basic_read(P1, INTERNAL, EXTERNAL).answer(f"{FIRST}|{SECOND}|\r\n".lower())
    assert proofs.external == bytes.fromhex("4850166F191CF5D2")


def test_the_card_is_compared_with_the_first_half() -> None:
    """E4: a wrong first half is a card that does not fit, before the card is sent anything."""
    proofs = basic_read(P1, INTERNAL, EXTERNAL).answer(f"{'00' * 8}{FIRST[16:]}|{SECOND}|")
    with pytest.raises(KeysDoNotFit):
        proofs.check_card(bytes.fromhex("F3610F94C1077F0E"))
    right = basic_read(P1, INTERNAL, EXTERNAL).answer(f"{FIRST}|{SECOND}|")
    right.check_card(bytes.fromhex("F3610F94C1077F0E"))
    assert right.internal.hex().upper() == FIRST[:16]


# --- One key: E11, E16 ---------------------------------------------------------------------


def test_key_proof() -> None:
    """E11: a short address, and the long one where a host wants the key's id, too."""
    assert key_proof(Algorithm.TDES, RK1DF01, OF_P2).text == (
        "01|004F|2021222324252627|3031323334353637|"
    )
    assert key_proof(Algorithm.TDES, RK1DF01, OF_P2, with_id=True).text == (
        "01|004F2E|2021222324252627|3031323334353637|"
    )


def test_key_proof_and_its_answer() -> None:
    """E16, step 1 and what step 2 takes: 32 digits without bars."""
    request = key_proof(Algorithm.SM4, PUK, OF_PUK)
    assert request.text == "03|0090|0102030405060708|C1C2C3C4C5C6C7C8|"
    for answer in ("E6013E7BDD8A803DC1C2C3C4C5C6C7C8", "E6013E7BDD8A803DC1C2C3C4C5C6C7C8|"):
        assert request.answer(answer) == bytes.fromhex("E6013E7BDD8A803D")


# --- Commands with a MAC: E16, E17 ---------------------------------------------------------


def test_pin_reload() -> None:
    """E16, steps 2 and 3: the new PIN in clear, so the text is a Secret; 50 digits come back."""
    with new_pin("654321") as pin:
        request = pin_reload(Algorithm.SM4, PUK, INTERNAL.factor, RELOAD, pin)
    assert isinstance(request.text, Secret)
    assert request.text.reveal() == b"03|0090|1122334455667788|8424000114|654321|"
    assert "654321" not in repr(request)
    answer = "8424000114854B0CCB023C5EAEEAC7592293AF12138C942CC7"
    assert len(answer) == 50
    assert request.answer(answer).hex().upper() == answer[10:]
    assert request.answer(answer[10:]).hex().upper() == answer[10:], "the header left to us"


def test_pin_reload_in_the_des_family() -> None:
    """§4.3: Lc 0C, and 34 digits come back; an odd PIN keeps its digits, without filler."""
    with new_pin("65432") as pin:
        request = pin_reload(Algorithm.TDES, PUK, INTERNAL.factor, RELOAD, pin)
    assert isinstance(request.text, Secret)
    assert request.text.reveal() == b"01|0090|1122334455667788|842400010C|65432|"
    answer = "842400010C" + "AB" * 12
    assert len(answer) == 34
    assert request.answer(answer) == b"\xab" * 12


def test_unblock() -> None:
    """E17: an empty last field, and 18 digits come back."""
    request = command_mac(Algorithm.SM4, PUK, INTERNAL.factor, UNBLOCK)
    assert request.text == "03|0090|1122334455667788|8424000004||"
    for answer in ("8424000004AF5BB325", "AF5BB325"):  # who joins header and result: §4.3
        assert request.answer(answer) == bytes.fromhex("AF5BB325")


def test_naming_the_card() -> None:
    """Project-defined: a line before, which keeps a Secret one."""
    line = "110000|0081544C978684110000000001|110000D15600000500000001FFFFFFFF|\n"
    request = named(P1, key_proof(Algorithm.SM4, PUK, OF_PUK))
    assert request.text == line + "03|0090|0102030405060708|C1C2C3C4C5C6C7C8|"
    with new_pin("654321") as pin:
        secret = named(P1, pin_reload(Algorithm.SM4, PUK, INTERNAL.factor, RELOAD, pin))
    assert isinstance(secret.text, Secret)
    assert secret.text.reveal().startswith(line.encode() + b"03|0090|")


def test_a_short_challenge_is_filled() -> None:
    """Random values have 16 digits in these texts (§4); zeros change no session key."""
    request = key_proof(Algorithm.SM4, PUK, Challenge(b"\x01\x02\x03\x04", OF_PUK.original))
    assert request.text == "03|0090|0102030400000000|C1C2C3C4C5C6C7C8|"


# --- Answers that are none -----------------------------------------------------------------

BASIC = basic_read(P1, INTERNAL, EXTERNAL)
PROOF = key_proof(Algorithm.SM4, PUK, OF_PUK)
MAC = command_mac(Algorithm.SM4, PUK, INTERNAL.factor, UNBLOCK)
PROVED = "E6013E7BDD8A803DC1C2C3C4C5C6C7C8"


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (BASIC, ""),
        (BASIC, "|"),
        (BASIC, FIRST),
        (BASIC, f"|{FIRST}|{SECOND}|"),
        (BASIC, f"{FIRST}|{SECOND}|{SECOND}|"),
        (BASIC, f"{FIRST}|{SECOND[:-1]}|"),
        (BASIC, f"{FIRST}{SECOND}|"),
        (BASIC, f"{SECOND}|{FIRST}|"),
        (basic_read(P2, OF_P2), f"{FIRST}|{SECOND}|"),
        (PROOF, PROVED[:-2]),
        (PROOF, PROVED + "00"),
        (PROOF, PROVED[:-1] + "G"),
        (PROOF, PROVED[:-2] + " 8"),
        (PROOF, "E6013E7BDD8A803D" + "00" * 8),
        (PROOF, "１" * 32),
        (MAC, "AF5BB3"),
        (MAC, "AF5BB3G5"),
        (MAC, "8424000104AF5BB325"),
        (MAC, "8424000004AF5BB32500"),
    ],
)
def test_answers_that_do_not_fit(request_: HostRequest[object], answer: str) -> None:
    """Cut, long, doubled, swapped, for another challenge, for another command, no hex: refused."""
    with pytest.raises(HostAnswerWrong) as caught:
        request_.answer(answer)
    for language in ("zh", "en"):
        assert len(answer) < 8 or answer not in caught.value.cause(language)


@given(st.text(max_size=80) | st.text("0123456789ABCDEFabcdef|", max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    """A host may send what it likes; nothing but the catalogue's leaf comes of it.

    Eight digits are a MAC whose header is left to us (§4.3); the card judges that.
    """
    for request in (BASIC, PROOF, MAC):
        digits = text.strip().rstrip("|")
        if request is MAC and len(digits) == 8 and set(digits) <= set(string.hexdigits):
            assert request.answer(text) == bytes.fromhex(digits)
            continue
        with pytest.raises(HostAnswerWrong):
            request.answer(text)
