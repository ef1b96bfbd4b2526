"""Check characters find the slips they are made for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.errors import LayoutError
from card_profiles.identifiers import (
    CARD_ID,
    HISTORICAL,
    ORGANISATION,
    RID,
    card_number_check,
    citizen_id_check,
    is_card_number,
    is_citizen_id,
)

CARD_NUMBER_BODIES = st.from_regex(r"[0-9A-Z]{8}", fullmatch=True)
CITIZEN_ID_BODIES = st.from_regex(r"[0-9]{17}", fullmatch=True)

# D2143569X is the standard's example, A12345674 made up (§6.2); the others are on the cards of
# card-interface-functions.md §12 and §13.
CARD_NUMBERS = ["D2143569X", "A12345674", "S51000426", "H43000995", "Y00001238"]
CITIZEN_IDS = [
    "000000199001010018",
    "00000019850228002X",
    "00000019771205005X",
    "000000199304300063",
]


# Card number -------------------------------------------------------------------------------


@pytest.mark.parametrize("number", CARD_NUMBERS)
def test_card_numbers_of_the_reference(number: str) -> None:
    """The rule is ours to compute, the numbers are not ours."""
    assert card_number_check(number[:8]) == number[8]
    assert is_card_number(number)


@given(CARD_NUMBER_BODIES)
def test_a_card_number_has_one_check_character(body: str) -> None:
    """Were two accepted, the second would be a slip that nobody sees."""
    accepted = [each for each in "0123456789XABCx -" if is_card_number(body + each)]
    assert accepted == [card_number_check(body)]


@given(CARD_NUMBER_BODIES, st.integers(0, 7), st.sampled_from("0123456789"))
def test_a_wrong_digit_in_a_card_number_is_found(body: str, at: int, digit: str) -> None:
    """One digit for another is the commonest slip, and the weights find every one."""
    wrong = body[:at] + digit + body[at + 1 :]
    found = not is_card_number(wrong + card_number_check(body))
    assert found == (int(body[at], 36) % 11 != int(digit))


@pytest.mark.parametrize("body", ["D214356", "D21435690", "d2143569", "D214-569", "Ｄ2143569", ""])
def test_a_body_of_another_form_has_no_check(body: str) -> None:
    """Lower case, hyphens and full-width letters have values of their own in int()."""
    with pytest.raises(ValueError, match="8 characters"):
        card_number_check(body)


@pytest.mark.parametrize("text", ["", "D2143569", "D2143569XX", "d2143569X", "D2143569x"])
def test_what_is_no_card_number(text: str) -> None:
    """A reader asks before it warns, and must be able to ask about anything."""
    assert not is_card_number(text)


# Citizen id --------------------------------------------------------------------------------


@pytest.mark.parametrize("number", CITIZEN_IDS)
def test_citizen_ids_of_the_reference(number: str) -> None:
    """Made-up persons of the reference, computed there by GB 11643."""
    assert citizen_id_check(number[:17]) == number[17]
    assert is_citizen_id(number)


@given(CITIZEN_ID_BODIES, st.integers(0, 16), st.integers(1, 9))
def test_a_wrong_digit_in_a_citizen_id_is_found(body: str, at: int, off: int) -> None:
    """GB 11643 promises it: no single wrong digit names another person."""
    wrong = body[:at] + str((int(body[at]) + off) % 10) + body[at + 1 :]
    assert not is_citizen_id(wrong + citizen_id_check(body))


@given(CITIZEN_ID_BODIES, st.sampled_from("0123456789X"))
def test_a_wrong_check_character_is_found(body: str, check: str) -> None:
    """The check character is itself mistyped as often as any other."""
    assert is_citizen_id(body + check) == (check == citizen_id_check(body))


@given(CITIZEN_ID_BODIES, st.integers(0, 15))
def test_swapped_neighbours_are_found(body: str, at: int) -> None:
    """Two digits in the wrong order are the second commonest slip."""
    swapped = body[:at] + body[at + 1] + body[at] + body[at + 2 :]
    assert is_citizen_id(swapped + citizen_id_check(body)) == (body[at] == body[at + 1])


@pytest.mark.parametrize(
    "body", ["0000001990010100", "000000199001010011", "00000019900101A01", "０0000019900101001"]
)
def test_a_body_that_is_no_seventeen_digits_has_no_check(body: str) -> None:
    """Full-width digits pass int() and would be stored as they are."""
    with pytest.raises(ValueError, match="17 digits"):
        citizen_id_check(body)


@pytest.mark.parametrize(
    "text", ["", "00000019850228002x", "00000019850228002", "00000019850228002XX", "测" * 18]
)
def test_what_is_no_citizen_id(text: str) -> None:
    """Lower-case x is another character on the card and is for the caller to mend."""
    assert not is_citizen_id(text)


# Layouts -----------------------------------------------------------------------------------


def test_sizes_of_the_layouts() -> None:
    """They are cut from values whose lengths the standard fixes (§2.2, §7)."""
    assert (CARD_ID.size, ORGANISATION.size, HISTORICAL.size) == (16, 12, 13)


def test_the_provider_stands_in_the_card_id() -> None:
    """The same five bytes begin every AID and stand in every card id (§1.1, §6.1)."""
    raw = bytes.fromhex("110000D15600000500000001FFFFFFFF")
    assert CARD_ID.decode(raw)["provider"] == RID == bytes.fromhex("D156000005")


def test_a_bad_region_is_named_with_its_layout() -> None:
    """Whoever reads the message must find the field without counting bytes."""
    with pytest.raises(LayoutError, match=r"card id\.region: .*BCD"):
        CARD_ID.decode(bytes.fromhex("AB0000D15600000500000001FFFFFFFF"))
