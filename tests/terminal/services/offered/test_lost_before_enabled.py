"""A card that is lost or cancelled between its collection and its enabling (Rules Art. 15, 16, 19).

Until then the card before it is in force, taken back or lost as it may be: both end together.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from applying import seats_of
from handing_over import PAYOUT, Laid, collected, following, held, state_of
from offered import do, duties_of, two, values
from registry import BANK, OTHER_BANK, Bench, bench, citizen_id

from terminal.errors import RuleRefused
from terminal.registry.cards import Card
from terminal.registry.machines import Kind
from terminal.registry.persons import Person
from terminal.registry.seats import Seats
from terminal.rules.vocabulary import Service


@pytest.fixture
def laid(tmp_path: Path) -> Laid:
    """Give a renewal whose new card is in its holder's hands and not enabled."""
    return collected(tmp_path)


def social(on: Bench, *wanted: Card | None) -> list[str]:
    return [state_of(on, each, Kind.SOCIAL) for each in wanted if each is not None]


def replaced(on: Bench, person: Person, number: int) -> Card:
    """Lose the card in hand, and collect the one that replaces it."""
    do(on, Service.LOSS_SOCIAL, person)
    card = following(on, person, Service.REPLACE, number=number)
    do(on, Service.COLLECT, person)
    return card


def in_the_city(on: Bench, person: Person) -> tuple[str, str]:
    """Give which card the city has in force, and which being made or waiting."""
    document = person.document
    port = on.others.ports.card_management
    told = port.standing(document.document.value, document.number.reveal())
    return (
        told.in_force.card_number if told.in_force else "",
        told.being_made.card_number if told.being_made else "",
    )


def test_s_replace_of_a_renewed_card_that_was_lost_before_it_was_enabled(laid: Laid) -> None:
    """It sat beside the old card: its replacement sits there now, and ends both when enabled."""
    on, person = laid.on, laid.person
    assert laid.old is not None
    number = str(laid.old.number)
    on.others.city.card_management.add_card("citizen_id", citizen_id(1), number, BANK)
    again = replaced(on, person, 88)
    assert seats_of(on, person) == Seats(
        laid.old.id,
        seats_of(on, person).current_application,
        again.id,
        seats_of(on, person).next_application,
    )
    assert social(on, laid.old, laid.new, again) == ["on", "replaced", "off"]
    assert in_the_city(on, person) == (laid.old.number, again.number)
    answer = do(on, Service.ENABLE, person)
    assert social(on, laid.old, laid.new, again) == ["ended", "ended", "on"]
    assert values(answer)["已失效的旧卡"].count("全部功能") == 2
    assert seats_of(on, person).current_card == again.id
    assert in_the_city(on, person) == (again.number, "")
    assert all(each.state != "refused" for each in duties_of(on, person))


def test_s_replace_twice_over(tmp_path: Path) -> None:
    """Who loses one card after the other gets one in the end, and nothing else stays on."""
    on = bench(tmp_path)
    person = on.person()
    first = on.card(person)
    do(on, Service.LOSS_FULL, person)
    second = following(on, person, Service.REPLACE, number=70)
    do(on, Service.COLLECT, person)
    third = replaced(on, person, 71)
    fourth = replaced(on, person, 72)
    do(on, Service.ENABLE, person)
    assert social(on, first, second, third, fourth) == ["ended", "ended", "ended", "on"]
    assert seats_of(on, person).next_card is None


def test_s_replace_of_a_first_card(tmp_path: Path) -> None:
    """The same where there was none before: the city lets its one right go to the next card."""
    laid = held(tmp_path)
    on, person = laid.on, laid.person
    again = replaced(on, person, 88)
    do(on, Service.ENABLE, person)
    assert social(on, laid.new, again) == ["ended", "on"]
    assert in_the_city(on, person) == (again.number, "")


def test_what_came_to_nothing_leaves_the_old_card_where_it_was(laid: Laid) -> None:
    """Lost, replaced, and the replacement cancelled with everything: the person applies anew."""
    on, person = laid.on, laid.person
    again = replaced(on, person, 88)
    do(on, Service.CANCEL_SOCIAL, person)
    assert social(on, laid.old, laid.new, again) == ["cancelled"] * 3
    assert not seats_of(on, person).taken


def test_r_one_a_new_card_is_not_renewed_before_it_is_enabled(laid: Laid) -> None:
    """Its place is beside the old one: the way out is named, and works."""
    on, person = laid.on, laid.person
    for service, wishes in (
        (Service.RENEW, {"grounds": "face"}),
        (Service.BANK_CHANGE, {"bank": OTHER_BANK}),
    ):
        with pytest.raises(RuleRefused) as refused:
            do(on, service, person, card=laid.new.id, wishes=wishes)
        assert "请先办理启用" in refused.value.advice("zh")
    do(on, Service.ENABLE, person)
    do(on, Service.RENEW, person, wishes={"grounds": "face"})
    assert seats_of(on, person).next_application is not None


def test_s_cancel_all_of_a_new_card_closes_the_old_account_too(laid: Laid) -> None:
    """Both accounts are the bank's to close; the old purse was emptied when it was taken back."""
    on, person, old = laid.on, laid.person, laid.old
    assert old is not None
    answer = do(on, Service.CANCEL_ALL, person, wishes={"chip": "absent", "payout": PAYOUT})
    assert social(on, old, laid.new) == ["cancelled", "cancelled"]
    assert "一并注销的旧卡" in values(answer)
    referred = [each for each in duties_of(on, person) if each.call == "referral"]
    assert [each.card_id for each in referred] == [old.id]
    assert not seats_of(on, person).taken
    assert old.bank == BANK


def test_one_of_two_cards_from_before_ends_no_other(tmp_path: Path) -> None:
    """R-ONE: what is too many is cancelled, and only that."""
    on = bench(tmp_path)
    person = on.person()
    kept = on.card(person)
    surplus = on.card(person, seated=False)
    do(on, Service.CANCEL_SOCIAL, person, two(on.desk()), card=surplus.id)
    assert social(on, kept, surplus) == ["on", "cancelled"]


def test_nor_the_cards_of_a_renewal_beside_it(laid: Laid) -> None:
    """The card in force and the new one that takes its place are none of the surplus one's."""
    on, person = laid.on, laid.person
    surplus = on.card(person, seated=False)
    do(on, Service.CANCEL_SOCIAL, person, two(on.desk()), card=surplus.id)
    assert social(on, laid.old, laid.new, surplus) == ["on", "off", "cancelled"]
