"""S-RENEW: on a ground, beside the old card, which works until then (R-RENEW-GROUNDS, Art. 16)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from applying import again, city_of, newest, produce, seats_of, second_card
from offered import LyingCard, do, lying, told, two, values
from registry import ALL_PAPERS, OTHER_BANK, Bench, bench, named

from terminal.errors import RequestWrong, RuleRefused, SecondWanted
from terminal.registry.applications import Sort
from terminal.registry.persons import Person
from terminal.rules.states import Life, Progress, Social
from terminal.rules.vocabulary import Channel, Ground, Paper, Service

FACE = {"grounds": "face"}


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


@pytest.fixture
def person(on: Bench) -> Person:
    return on.person(address="北京市")


def test_r_old_until_new_the_old_card_works_beside_the_application(
    on: Bench, person: Person
) -> None:
    """Art. 16: its functions end when the new one is enabled, not earlier."""
    card = on.card(person)
    number = named(person).document.number
    on.others.city.card_management.add_card("citizen_id", number, card.number or "", card.bank)
    answer = do(on, Service.RENEW, person, wishes=FACE, key="renew-1")
    application = newest(on)
    assert (application.sort, application.grounds) == (Sort.RENEW, frozenset({Ground.FACE}))
    assert on.look(card).social.state == Social.ON
    seats = seats_of(on, person)
    assert (seats.current_card, seats.next_application) == (card.id, application.id)
    assert city_of(on, number)["being_made"]["reserved_by"] == "renew-1.right"
    slip = values(answer)
    assert "不能辨认" in slip["换领情形"]
    assert "旧卡" in slip["领取方式"]
    assert slip["制成时限"] == "2026年3月6日24时"
    assert "补贴" in told(answer)
    new = produce(on, application)
    assert (on.look(new).life.state, on.look(card).life.state) == (Life.READY, Life.HELD)
    assert seats_of(on, person).next_card == new.id
    assert "旧卡" in on.others.city.messages.sent[-1]["text"]


@pytest.mark.parametrize("wishes", [{}, {"grounds": ""}, {"grounds": "lost"}])
def test_r_renew_grounds_without_a_ground_there_is_no_renewal(
    on: Bench, person: Person, wishes: dict[str, str]
) -> None:
    """Art. 16 has three grounds; a lost card is replaced, and that is said."""
    on.card(person)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.RENEW, person, wishes=wishes)
    assert "第 16 条" in refused.value.cause("zh")
    assert "补领" in refused.value.advice("zh")


def test_r_renew_grounds_two_of_them_are_both_on_record(on: Bench, person: Person) -> None:
    """A worn card with a dead chip is both, and the slip says both."""
    on.card(person)
    answer = do(on, Service.RENEW, person, wishes={"grounds": "chip face"})
    assert newest(on).grounds == frozenset({Ground.FACE, Ground.CHIP})
    assert "；" in values(answer)["换领情形"]


def test_r_renew_grounds_a_chip_that_works_here_is_seen_by_two(on: Bench, person: Person) -> None:
    """A chip that the reader reads is no damaged one, unless two people know better."""
    card = on.card(person)
    desk = lying(on.desk(), card)
    with pytest.raises(SecondWanted):
        do(on, Service.RENEW, person, desk, wishes={"grounds": "chip"})
    do(on, Service.RENEW, person, two(desk, "时好时坏"), wishes={"grounds": "chip"})
    assert newest(on).progress.state == Progress.APPLIED


def test_r_renew_grounds_a_dead_chip_on_the_desk_is_a_ground(on: Bench, person: Person) -> None:
    """What cannot be read cannot name itself: the registry knows whose it is."""
    on.card(person)
    dead = LyingCard("", readable=False)
    desk = replace(on.desk(), chip=dead)  # type: ignore[arg-type]  # it only says who
    do(on, Service.RENEW, person, desk, wishes={"grounds": "chip"})
    assert newest(on).grounds == frozenset({Ground.CHIP})


def test_s_renew_online_needs_no_card_in_hand_and_a_desk_does(on: Bench, person: Person) -> None:
    """Online it is applied for; the old card is handed in when the new one is collected."""
    on.card(person)
    papers = ALL_PAPERS - {Paper.CARD}
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.RENEW, person, wishes=FACE, papers=papers)
    assert "社会保障卡原件" in refused.value.cause("zh")
    do(on, Service.RENEW, person, Channel.ONLINE, wishes=FACE, papers=frozenset())
    assert newest(on).online


def test_s_renew_is_not_posted(on: Bench, person: Person) -> None:
    """The old card is taken back face to face (R-OLD-DESTROY)."""
    on.card(person)
    with pytest.raises(RequestWrong, match="post"):
        do(on, Service.RENEW, person, wishes={**FACE, "by_post": "yes"})


def test_s_renew_the_account_for_the_old_cards_money_is_kept_sealed(
    on: Bench, person: Person
) -> None:
    """Art. 16: the transit money goes to the account that the holder names, now or later."""
    on.card(person)
    do(on, Service.RENEW, person, wishes={**FACE, "payout": "6222020200112233445"})
    assert newest(on).payout == "6222020200112233445"


@pytest.mark.parametrize("payout", ["6222", "账户", "6" * 31, "6222-0202-0011"])
def test_s_renew_what_is_no_account_is_refused(on: Bench, person: Person, payout: str) -> None:
    """Money for an account that is none would come back in weeks."""
    on.card(person)
    with pytest.raises(RequestWrong, match="refund"):
        do(on, Service.RENEW, person, wishes={**FACE, "payout": payout})


@pytest.mark.parametrize("service", [Service.LOSS_TEMP, Service.LOSS_SOCIAL])
def test_s_renew_a_lost_card_is_not_renewed(on: Bench, person: Person, service: Service) -> None:
    """A lost card is found and lifted, or replaced."""
    on.card(person)
    do(on, service, person)
    with pytest.raises(RuleRefused):
        do(on, Service.RENEW, person, wishes=FACE)


def test_r_one_one_application_at_a_time(on: Bench, person: Person) -> None:
    """A renewal beside a renewal would be a third card."""
    on.card(person)
    do(on, Service.RENEW, person, wishes=FACE)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.RENEW, person, wishes=FACE)
    assert "第 4 条" in refused.value.cause("zh")


def test_r_make_now_on_the_spot(on: Bench, person: Person) -> None:
    """Rules Art. 22: an equipped outlet of the issuing bank makes it while the holder waits."""
    on.card(person)
    desk = on.desk(instant=True)
    answer = do(on, Service.RENEW, person, desk, wishes={**FACE, "instant": "yes"})
    assert values(answer)["制成时限"] == "现场制作"
    assert newest(on).instant


def test_s_renew_a_card_from_before_without_a_seat_gets_one(on: Bench, person: Person) -> None:
    """An imported card of the only kind sits down, so that the new one sits beside it."""
    card = second_card(on, person)
    do(on, Service.RENEW, person, on.desk(bank=OTHER_BANK), wishes=FACE)
    seats = seats_of(on, person)
    assert (seats.current_card, seats.next_application) == (card.id, newest(on).id)


def test_two_cards_from_before_take_two_people(on: Bench, person: Person) -> None:
    """Which of the two is renewed is said, and two people agree to it."""
    on.card(person)
    other = second_card(on, person)
    desk = on.desk(bank=OTHER_BANK)
    with pytest.raises(SecondWanted):
        do(on, Service.RENEW, person, desk, wishes=FACE, card=other.id)
    do(on, Service.RENEW, person, two(desk), wishes=FACE, card=other.id)
    assert newest(on).old_card_id == other.id


def test_s_renew_repeated_under_its_key_is_one_application(on: Bench, person: Person) -> None:
    """The answer of the first time is given again."""
    on.card(person)
    first = do(on, Service.RENEW, person, wishes=FACE, key="renew-1")
    second = do(on, Service.RENEW, person, wishes=FACE, key="renew-1")
    assert (second.repeated, second.lines) == (True, first.lines)
    assert again(on, newest(on)).progress.state == Progress.APPLIED
