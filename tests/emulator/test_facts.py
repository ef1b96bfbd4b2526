"""Made-up people and cards: repeatable, different, valid, and nobody real."""

from dataclasses import fields, replace
from datetime import date

import pytest

from apdu.errors import LayoutError
from card_profiles.profiles import BEIJING, GEN1, GEN2, GEN3, PROFILES
from emulator.facts import Holder, made_up_facts, made_up_holder
from emulator.personalise import personalise

SEEDS = range(2000)
HOLDER_1 = Holder(
    social_security_number="000000197301127630",
    name="郑然和",
    sex="1",
    ethnic_group="01",
    birthplace=None,
    birth_date=date(1973, 1, 12),
)


@pytest.fixture(scope="module")
def people() -> list[Holder]:
    return [made_up_holder(seed) for seed in SEEDS]


# Written here anew from the standards, apart from card_profiles.identifiers.


def citizen_check(body: str) -> str:
    """ISO 7064 MOD 11-2, as GB 11643 has it."""
    value = 0
    for digit in body:
        value = (value + int(digit)) * 2 % 11
    return "0123456789X"[(12 - value) % 11]


def card_check(body: str) -> str:
    """Reference §6.2: weights 3 7 9 10 5 8 4 2, A = 10, 11 minus the remainder; 10 X, 11 0."""
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    remainder = sum(letters.index(c) * w for c, w in zip(body, weights, strict=True)) % 11
    return "0X987654321"[remainder]


def test_the_checks_are_those_of_the_reference() -> None:
    """The two functions above give the reference's own examples."""
    assert (card_check("D2143569"), card_check("A1234567")) == ("X", "4")
    assert citizen_check("00000019900101001") == "8"
    assert citizen_check("00000019850228002") == "X"


class TestPeople:
    def test_same_seed_same_person(self) -> None:
        """A bug report names a seed; everybody gets that person."""
        assert [made_up_holder(seed) for seed in range(50)] == [
            made_up_holder(seed) for seed in range(50)
        ]

    def test_a_seed_stays_what_it_was(self) -> None:
        """Nor does a version change it; the birthplace alone hangs on the table of regions."""
        assert replace(made_up_holder(1), birthplace=None) == HOLDER_1

    def test_different_seeds_differ(self, people: list[Holder]) -> None:
        """Two cards in one test are two people."""
        numbers = {each.social_security_number for each in people}
        assert len(numbers) == len(people)

    def test_numbers_are_valid_and_nobodys(self, people: list[Holder]) -> None:
        """Check digits are right, and 000000 is no region: no such person can exist."""
        for number in (each.social_security_number for each in people):
            assert len(number) == 18
            assert number[:6] == "000000"
            assert number[17] == citizen_check(number[:17])

    def test_the_number_agrees_with_the_person(self, people: list[Holder]) -> None:
        """It holds the birth date, and its order is odd for men."""
        for each in people:
            assert each.social_security_number[6:14] == f"{each.birth_date:%Y%m%d}"
            assert "21"[int(each.social_security_number[16]) % 2] == each.sex

    def test_both_sexes_many_groups_and_long_names(self, people: list[Holder]) -> None:
        """The rare branches of a terminal get their person in every few hundred."""
        assert {each.sex for each in people} == {"1", "2"}
        assert {each.ethnic_group for each in people} >= {"01", "02", "04", "05"}
        assert any(len(each.name.encode("gb18030")) > 30 for each in people)

    def test_names_fit_the_card(self, people: list[Holder]) -> None:
        """Name and extension hold 50 bytes of GB 18030."""
        assert all(2 <= len(each.name.encode("gb18030")) <= 50 for each in people)

    def test_birth_dates_are_past(self, people: list[Holder]) -> None:
        """Everybody was born, and has the age for a card."""
        assert all(date(1945, 1, 1) <= each.birth_date < date(2011, 1, 1) for each in people)


class TestCards:
    @pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
    def test_card_numbers(self, profile: object) -> None:
        """First a letter, then seven digits and the check character (§6.2)."""
        kind = next(each for each in PROFILES.values() if each is profile)
        numbers = [made_up_facts(kind, seed).card_number or "" for seed in SEEDS]
        assert all(each[0].isalpha() and each[8] == card_check(each[:8]) for each in numbers)
        assert len(set(numbers)) > 0.99 * len(numbers)

    @pytest.mark.parametrize("profile", PROFILES)
    def test_everybody_gets_a_card(self, profile: str) -> None:
        """No made-up person is one that a card of the profile cannot hold."""
        kind = PROFILES[profile]
        for seed in range(0, len(SEEDS), 8):
            cells = personalise(kind, made_up_facts(kind, seed))
            assert len(cells["SSSE.EF06.2"]) == 32

    def test_same_seed_same_card(self) -> None:
        """Also serial, dates and number of the card are the seed's."""
        assert made_up_facts(GEN3, 7) == made_up_facts(GEN3, 7)
        one, two = made_up_facts(GEN3, 7), made_up_facts(GEN3, 8)
        different = {
            each.name for each in fields(one) if getattr(one, each.name) != getattr(two, each.name)
        }
        assert {"serial", "holder", "card_number", "issue_date"} <= different

    def test_one_person_has_cards_of_all_generations(self) -> None:
        """A replaced card is the same holder's; only what its files lack is missing."""
        for seed in range(200):
            holder = made_up_holder(seed)
            assert made_up_facts(GEN2, seed).holder == made_up_facts(GEN3, seed).holder == holder
            beijing = made_up_facts(BEIJING, seed).holder
            assert beijing is not None
            assert (beijing.name, beijing.birthplace) == (holder.name, None)

    def test_generation_1_has_no_room_for_long_names(self) -> None:
        """V1.0 lacks 4E: a long name stands there by its first part, in whole characters."""
        for seed in SEEDS:
            short, whole = made_up_facts(GEN1, seed).holder, made_up_holder(seed)
            assert short is not None
            assert short.name == whole.name.split("·")[0]

    def test_valid_for_ten_years(self) -> None:
        """The 29th of February has no tenth anniversary; the 28th is."""
        for seed in SEEDS:
            facts = made_up_facts(GEN2, seed)
            issued, ends = facts.issue_date, facts.expiry_date
            assert ends.year == issued.year + 10
            assert (ends.month, ends.day) == (
                issued.month,
                28 if (issued.month, issued.day) == (2, 29) else issued.day,
            )

    def test_a_name_that_does_not_fit_is_refused(self) -> None:
        """A name is never cut in silence."""
        for profile, size in ((GEN1, 16), (GEN2, 26)):
            facts = made_up_facts(profile, 1)
            assert facts.holder is not None
            long = replace(facts, holder=replace(facts.holder, name="测" * size))
            fits = replace(facts, holder=replace(facts.holder, name="测" * (size - 1)))
            personalise(profile, fits)
            with pytest.raises(LayoutError):
                personalise(profile, long)
