"""The city's card management system: one person, one card (R-ONE), whoever asks."""

from datetime import date

import pytest
from parties import MORNING, Others, other_parties

from emulator.parties.party import Fault
from terminal.errors import PartyContradicts, PartyRefused, PartyUnreachable
from terminal.parties.card_management import (
    CardEvent,
    CardReport,
    Electronic,
    IntegrityKind,
    IntegrityReport,
    KnownCard,
    Standing,
)

WHO = ("id_card", "000000197001010000")
BANK = "bank-1"


@pytest.fixture
def others() -> Others:
    return other_parties()


def standing(others: Others) -> Standing:
    return others.ports.card_management.standing(*WHO)


def report(others: Others, event: CardEvent, card: str, reserved_by: str = "") -> None:
    others.ports.card_management.report(
        f"{event} {card}", CardReport(event, MORNING, *WHO, card, BANK, reserved_by)
    )


def test_a_first_card(others: Others) -> None:
    """Reserved, made, handed over: on its way; enabled: in force. Never two."""
    port = others.ports.card_management
    assert standing(others).free
    port.reserve("k", *WHO, BANK, "")
    assert standing(others).being_made == KnownCard("", BANK, "k")
    with pytest.raises(PartyRefused):
        port.reserve("other", *WHO, "bank-2", "")
    report(others, CardEvent.MADE, "A", "k")
    report(others, CardEvent.HANDED_OVER, "A", "k")
    assert standing(others).being_made == KnownCard("A", BANK, "k")
    report(others, CardEvent.ENABLED, "A", "k")
    assert standing(others) == Standing(*WHO, KnownCard("A", BANK, "k"), None)
    with pytest.raises(PartyRefused):
        port.reserve("other", *WHO, BANK, "")
    with pytest.raises(PartyRefused):
        port.release("k")


def test_a_card_in_place_of_another(others: Others) -> None:
    """R-OLD-UNTIL-NEW: the old card stays the person's until the new one is enabled."""
    port = others.ports.card_management
    others.city.card_management.add_card(*WHO, "OLD", BANK)
    with pytest.raises(PartyRefused):
        port.reserve("k", *WHO, BANK, "ANOTHER")
    port.reserve("k", *WHO, BANK, "OLD")
    report(others, CardEvent.LOST_FORMAL, "OLD")
    report(others, CardEvent.MADE, "NEW", "k")
    both = standing(others)
    assert (both.in_force, both.being_made) == (
        KnownCard("OLD", BANK, ""),
        KnownCard("NEW", BANK, "k"),
    )
    report(others, CardEvent.ENABLED, "NEW", "k")
    report(others, CardEvent.CANCELLED, "OLD")
    assert standing(others) == Standing(*WHO, KnownCard("NEW", BANK, "k"), None)


def test_given_back(others: Others) -> None:
    """What was released stays so, even where the reservation comes after it."""
    port = others.ports.card_management
    port.reserve("k", *WHO, BANK, "")
    port.release("k")
    port.release("k")
    assert standing(others).free
    with pytest.raises(PartyRefused):
        port.reserve("k", *WHO, BANK, "")
    port.release("late")
    with pytest.raises(PartyRefused):
        port.reserve("late", *WHO, BANK, "")
    port.reserve("other", *WHO, BANK, "")


def test_an_answer_that_was_lost(others: Others) -> None:
    """The right is ours then; a second application elsewhere does not get it."""
    port = others.ports.card_management
    others.once("card_management", Fault.LOST_ANSWER, "reserve")
    with pytest.raises(PartyUnreachable):
        port.reserve("k", *WHO, BANK, "")
    with pytest.raises(PartyRefused):
        port.reserve("other", *WHO, BANK, "")
    assert port.reserve("k", *WHO, BANK, "").key == "k"
    others.once("card_management", Fault.LOST_ANSWER)
    with pytest.raises(PartyUnreachable):
        port.release("k")
    port.release("k")
    assert standing(others).free


def test_another_operation_s_key_is_not_released(others: Others) -> None:
    """A report's key is none of a reservation: nothing is freed by mistake."""
    report(others, CardEvent.ENABLED, "A")
    with pytest.raises(PartyContradicts):
        others.ports.card_management.release("enabled A")
    assert standing(others).in_force == KnownCard("A", BANK, "")


@pytest.mark.parametrize("event", [CardEvent.CANCELLED, CardEvent.DESTROYED])
def test_a_card_s_end(others: Others, event: CardEvent) -> None:
    """Cancelled, or destroyed before anybody had it: the person is free for another."""
    others.city.card_management.add_card(*WHO, "A", BANK)
    report(others, event, "ANOTHER")
    assert not standing(others).free
    report(others, event, "A")
    assert standing(others).free
    others.ports.card_management.reserve("k", *WHO, BANK, "")
    report(others, CardEvent.MADE, "B", "k")
    report(others, event, "B")
    assert standing(others).free
    assert [each["event"] for each in others.city.card_management.reports] == [
        event,
        event,
        "made",
        event,
    ]


def test_reminders_of_deaths(others: Others) -> None:
    """From a day on, oldest first, each told apart by its own number (R-DEAD-10WD)."""
    city, port = others.city.card_management, others.ports.card_management
    city.add_death(*WHO, "2026-03-02")
    city.add_death("id_card", "another", "2026-03-01", "2026-02-20")
    first, second = port.death_reminders(date(2026, 3, 1))
    assert (first.number, first.deceased_on) == ("another", date(2026, 2, 20))
    assert (second.number, second.deceased_on) == (WHO[1], None)
    assert first.reminder != second.reminder
    assert port.death_reminders(date(2026, 3, 2)) == (second,)
    assert port.death_reminders(date(2026, 3, 3)) == ()


def test_what_is_passed_on_to_the_integrity_file(others: Others) -> None:
    """The counter says what it saw; nothing else about the card changes."""
    seen = IntegrityReport(IntegrityKind.FORGED, MORNING, "A", "", "卡面是复印的")
    receipt = others.ports.card_management.report_integrity("k", seen)
    assert receipt.reference
    assert others.city.card_management.integrity[0]["kind"] == "forged"
    assert others.city.card_management.reports == []


def test_the_electronic_card(others: Others) -> None:
    """R-ECARD: known by the city beside the cards of R-ONE, until its end is reported."""
    port = others.ports.card_management
    assert port.electronic(*WHO) == Electronic(*WHO, "", None)
    others.city.card_management.add_electronic(*WHO, "E01", "2026-01-05")
    assert port.electronic(*WHO) == Electronic(*WHO, "E01", date(2026, 1, 5))
    assert standing(others).free
    report(others, CardEvent.CANCELLED, "another")
    assert port.electronic(*WHO).card_number == "E01"
    report(others, CardEvent.CANCELLED, "E01")
    assert port.electronic(*WHO).card_number == ""
