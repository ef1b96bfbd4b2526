"""The service PIN as a type: what it takes, what it shows, where it may go, what is weak."""

import copy
import json
import pickle
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from card_profiles.profiles import BEIJING, PROFILES
from card_profiles.social_security import ENVIRONMENT
from terminal.errors import PinLength
from terminal.service_pin import ServicePin

BORN = date(1990, 1, 21)
NUMBER = "000000199001210018"  # made up: no region begins with 000000


def pin(digits: str) -> ServicePin:
    return ServicePin(bytearray(digits.encode("ascii")))


class TestForm:
    @pytest.mark.parametrize(
        ("digits", "coded"),
        [
            ("1234", "1234"),
            ("12345", "12345F"),
            ("123456", "123456"),
            ("1234567", "1234567F"),
            ("123456789012", "123456789012"),
        ],
    )
    def test_coding(self, digits: str, coded: str) -> None:
        """BCD, an odd number of digits padded with F in the low nibble (§5)."""
        assert pin(digits).coded(ENVIRONMENT).hex().upper() == coded

    @given(st.text("0123456789", min_size=4, max_size=12))
    def test_every_pin_codes_to_itself(self, digits: str) -> None:
        """No digit is lost or moved, whatever the PIN."""
        assert pin(digits).coded(ENVIRONMENT).hex().rstrip("f") == digits

    @pytest.mark.parametrize("digits", ["", "123", "1234567890123", "12a456", "12 456", "１２３４"])
    def test_what_is_none(self, digits: str) -> None:
        """Too short, too long, no digits: refused before any card is asked, and not quoted."""
        with pytest.raises(PinLength) as caught:
            ServicePin(bytearray(digits.encode()))
        assert not digits or digits not in str(caught.value)


class TestSecrecy:
    def test_the_buffer_is_taken_over(self) -> None:
        """Who typed the PIN keeps no copy of it, also where it was none."""
        for digits in (b"135790", b"13"):
            buffer = bytearray(digits)
            try:
                ServicePin(buffer)
            except PinLength:
                assert len(digits) < 4
            assert buffer == bytes(len(digits))

    def test_it_is_wiped(self) -> None:
        """After use there is no PIN any more, also when the use failed."""
        with pytest.raises(RuntimeError, match="mid-use"), pin("135790") as held:
            raise RuntimeError("mid-use")
        assert len(held) == 0
        with pytest.raises(ValueError, match="wiped"):
            held.coded(ENVIRONMENT)

    def test_no_text_form_shows_it(self) -> None:
        """repr, str, format, JSON, pickle and copies: nothing, or a refusal."""
        held = pin("135790")
        for text in (repr(held), str(held), f"{held}", f"{held!r:>20}", f"{[held]}"):
            assert "135790" not in text
            assert "13" not in text
        for showing in (json.dumps, pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError):
                showing(held)

    @pytest.mark.parametrize("profile", PROFILES)
    def test_one_receiver(self, profile: str) -> None:
        """The environment may have it; a bank's, a transit's or any other application may not."""
        kind = PROFILES[profile]
        assert pin("135790").coded(kind.environment).hex() == "135790"
        for application in kind.applications:
            with pytest.raises(ValueError, match="not for"):
                pin("135790").coded(application)

    def test_no_equality_by_accident(self) -> None:
        """Two entries are compared on purpose, in constant time."""
        assert pin("135790").same_as(pin("135790"))
        assert not pin("135790").same_as(pin("135791"))
        assert not pin("1357").same_as(pin("13570"))
        assert pin("135790") != pin("135790")


class TestWeakness:
    @pytest.mark.parametrize(
        "digits",
        [
            "123456",
            "000000",
            "1111",
            "999999999999",
            "19900121",
            "900121",
            "210018",
            "0018",
            "199001210018",
        ],
    )
    def test_weak(self, digits: str) -> None:
        """123456, one digit, the birth date in eight and six digits, the number's tail."""
        weakness = pin(digits).weakness(NUMBER, BORN)
        assert weakness is not None
        assert weakness.zh
        assert digits == "123456" or digits not in weakness.en

    @pytest.mark.parametrize(
        "digits",
        [
            "654321",
            "1234",
            "12345678",
            "112233",
            "121212",
            "000001",
            "0121",
            "1990",
            "199001",
            "210190",
            "001812",
            "199001210",
            "888666",
        ],
    )
    def test_nothing_else_is(self, digits: str) -> None:
        """A rule that grows by feeling refuses what the holder was promised."""
        assert pin(digits).weakness(NUMBER, BORN) is None

    def test_a_number_that_ends_in_x(self) -> None:
        """The letter cannot be typed; the digits before it are the tail."""
        assert pin("228002").weakness("00000019850228002X", None) is not None
        assert pin("280020").weakness("00000019850228002X", None) is None

    def test_the_birth_date_in_the_number(self) -> None:
        """A card without tag 0D still has it, in characters 7 to 14 of the id number."""
        for weak in ("19900121", "900121"):
            assert pin(weak).weakness(NUMBER, None) is not None
            assert pin(weak).weakness(NUMBER[:17], None) is None
        assert pin("991332").weakness("000000199913320018", None) is None, "no such day"

    def test_what_the_card_does_not_say(self) -> None:
        """Without number and birth date the other two rules still hold."""
        assert pin("900121").weakness(None, None) is None
        assert pin("123456").weakness(None, None) is not None

    @given(st.integers(4, 12))
    def test_every_tail(self, length: int) -> None:
        """Of whatever length the holder takes it."""
        assert pin(NUMBER[-length:]).weakness(NUMBER, None) is not None


def test_the_bank_is_no_receiver() -> None:
    """Said once more by name: the bank's application on a Beijing card gets no service PIN."""
    with pytest.raises(ValueError, match="bank"):
        pin("135790").coded(BEIJING.application("bank"))
