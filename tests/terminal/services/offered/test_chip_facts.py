"""What a chip says of itself to be put on record: all that it says, and no more."""

from pathlib import Path

import pytest
from card_bench import READER, CardBench, chip, chip_id, facts_of

from card_profiles.profiles import GEN1, GEN2
from emulator.card import SoftwareCard
from emulator.facts import made_up_facts
from terminal.errors import NoCard
from terminal.rules.vocabulary import Generation
from terminal.services.offered.chip_facts import read_chip


@pytest.fixture
def counter(tmp_path: Path) -> CardBench:
    """Give a counter with readers."""
    return CardBench(tmp_path)


def test_a_third_generation_card(counter: CardBench) -> None:
    """Card, holder, purse and account, each from its own application on the chip."""
    card, facts = chip(), facts_of(1)
    assert facts.holder is not None
    assert facts.transit is not None
    counter.lay(card)
    with counter.slot() as slot:
        found = read_chip(slot)
    assert (found.chip, found.number) == (chip_id(card), facts.card_number)
    assert (found.generation, found.region) == (Generation.THIRD, "110000")
    assert (found.name, found.holder_number) == (
        facts.holder.name,
        facts.holder.social_security_number,
    )
    assert (found.transit_number, found.account) == (facts.transit.serial, facts.bank_account)
    assert facts.holder.name not in repr(found)


@pytest.mark.parametrize(
    ("profile", "generation"), [(GEN1, Generation.FIRST), (GEN2, Generation.SECOND)]
)
def test_older_cards(counter: CardBench, profile: object, generation: Generation) -> None:
    """They say who holds them, and have neither purse nor account."""
    facts = made_up_facts(profile, 3)  # type: ignore[arg-type]  # a profile
    assert facts.holder is not None
    counter.lay(SoftwareCard.new(profile, facts))  # type: ignore[arg-type]  # a profile
    with counter.slot() as slot:
        found = read_chip(slot)
    assert (found.generation, found.name) == (generation, facts.holder.name)
    assert (found.transit_number, found.account) == ("", "")


def test_no_card(counter: CardBench) -> None:
    """An empty reader is told as such."""
    with counter.slot(READER) as slot, pytest.raises(NoCard):
        read_chip(slot)
