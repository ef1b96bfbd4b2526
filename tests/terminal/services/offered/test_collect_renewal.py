"""S-COLLECT at renewal: the old card is handed in, its money and passes move on (Art. 16)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from chips import Drawer
from handing_over import (
    PAYOUT,
    both,
    following,
    plea_of,
    renewal_ready,
    state_of,
)
from offered import do, duties_of, owed, told, values
from parties import BEIJING
from registry import ALL_PAPERS, OTHER_BANK, Bench, bench

from emulator.parties.party import Fault
from terminal.errors import (
    CardTorn,
    CardWanted,
    OverdraftOwed,
    RequestWrong,
    RuleRefused,
    RunNotLeft,
    RunOpen,
    TripUnfinished,
)
from terminal.registry import cards, runs
from terminal.registry.cards import Card
from terminal.registry.duties import DutyState
from terminal.registry.machines import Kind
from terminal.registry.persons import Person
from terminal.rules.vocabulary import Channel, Paper, Service
from terminal.services.offered import delivery
from terminal.services.offered.desk import Desk
from terminal.services.offered.running import abandon
from terminal.services.offered.works import work_of

KEY = "collect-0001"
DEAD = {"old_chip": "dead"}


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


def renewal(folder: Path, **chip: object) -> tuple[Bench, Person, Card, Card, Desk, Drawer]:
    """Have a person's card renewed, with both cards on the desk."""
    laid = renewal_ready(folder)
    assert laid.old is not None
    desk, drawer = both(laid.on, folder, laid.new, laid.old, **chip)
    return laid.on, laid.person, laid.old, laid.new, desk, drawer


def why(error: pytest.ExceptionInfo[RuleRefused]) -> list[tuple[str, str]]:
    return [(each.rule, each.article) for each in error.value.facts["decision"].reasons]  # type: ignore[attr-defined]  # a Decision


# --- Renewal -----------------------------------------------------------------------------------


def test_r_renew_money_goes_to_the_named_account_to_the_fen(tmp_path: Path) -> None:
    """Not one fen more or less, once, to whom the holder named."""
    on, person, old, _new, desk, drawer = renewal(tmp_path, balance=12_345)
    answer = do(on, Service.COLLECT, person, desk)
    (paid,) = on.others.city.bank.payouts
    assert (paid["amount_fen"], paid["account_number"], paid["name"]) == (12_345, PAYOUT, "王建国")
    assert values(answer)["交通余额"] == "123.45 元，退至账户 ************2222"
    chip = drawer.take(old)
    assert (chip.has["balance"], chip.has["closed"]) == (0, True)
    assert on.others.city.messages.sent[-1]["kind"] == "money"
    assert "123.45" in on.others.city.messages.sent[-1]["text"]
    assert "block" not in on.others.calls("clearing")


def test_r_old_until_new_the_old_card_works_on_in_custody(tmp_path: Path) -> None:
    """R-OLD-DESTROY takes it on the spot; its functions end when the new one is enabled."""
    on, person, old, _new, desk, _drawer = renewal(tmp_path, balance=1)
    do(on, Service.COLLECT, person, desk)
    now = on.look(old)
    assert (now.life.state, now.social.state, now.financial.state) == ("taken_back", "on", "on")
    assert now.transit.state == "closed"
    do(on, Service.ENABLE, person, Channel.ONLINE)
    now = on.look(old)
    assert {now.social.state, now.financial.state, now.transit.state} == {"ended"}


def test_r_renew_park_moves_the_passes_to_the_new_card(tmp_path: Path) -> None:
    """On the spot, with both years that may stand on a card."""
    on, person, old, new, desk, drawer = renewal(tmp_path, passes=(2026, 2027))
    answer = do(on, Service.COLLECT, person, desk)
    assert drawer.take(new).has["passes"] == [2026, 2027]
    assert drawer.take(old).has["passes"] == []
    assert (state_of(on, new, Kind.PARK), state_of(on, old, Kind.PARK)) == ("on", "closed")
    assert values(answer)["公园年票"] == "已转移到新卡：2026、2027 年"


def test_an_empty_old_card_needs_no_account(on: Bench, tmp_path: Path) -> None:
    """Nobody is asked for an account for nothing, and nothing is owed."""
    person = on.person()
    old = on.card(person)
    new = following(on, person, payout="")
    desk, drawer = both(on, tmp_path, new, old)
    answer = do(on, Service.COLLECT, person, desk)
    assert on.others.city.bank.payouts == []
    assert values(answer)["交通余额"] == "0.00 元，无可退"
    assert drawer.take(old).has["closed"]


def test_r_renew_money_wants_an_account_before_anything_is_begun(on: Bench, tmp_path: Path) -> None:
    """Money without somewhere to go stays on the card until the holder says where."""
    person = on.person()
    old = on.card(person)
    new = following(on, person, payout="")
    desk, drawer = both(on, tmp_path, new, old, balance=500)
    with pytest.raises(RequestWrong):
        do(on, Service.COLLECT, person, desk, key=KEY)
    with pytest.raises(RequestWrong):
        do(on, Service.COLLECT, person, desk, key=KEY, wishes={"payout": "6217 0000 1111 2222"})
    assert drawer.take(old).has["balance"] == 500
    with on.registry.reading() as tx:
        assert runs.by_key(tx, KEY) is None
    do(on, Service.COLLECT, person, desk, key=KEY, wishes={"payout": PAYOUT, "payout_name": "王母"})
    assert on.others.city.bank.payouts[0]["name"] == "王母"
    assert plea_of(on, new).payout == PAYOUT


def test_r_renew_money_of_a_dead_chip_is_pending_then_exact(tmp_path: Path) -> None:
    """Clearing takes days: what it finds then is paid by it, and nothing is paid before."""
    on, person, old, _new, desk, drawer = renewal(tmp_path, balance=900)
    drawer.take(old).die()
    clearing = on.others.city.clearing
    clearing.add_card(old.transit_number or "", 900, "2026-03-05")
    with pytest.raises(CardWanted):
        do(on, Service.COLLECT, person, desk)
    answer = do(on, Service.COLLECT, person, desk, wishes=DEAD)
    assert "以交通清算核定的金额为准" in values(answer)["交通余额"]
    assert old.transit_number in clearing.blocked
    (order,) = [each for each in duties_of(on, person) if each.call == "settle_dead"]
    assert (order.state, order.detail.zh) == (DutyState.DUE, "对方约定 2026-03-05 之后答复")
    on.now = datetime(2026, 3, 4, 23, 59, 59, tzinfo=BEIJING)
    assert delivery.run_due(on.desk()) == ()
    on.later(seconds=1)
    (settled,) = delivery.run_due(on.desk())
    assert (settled.state, settled.detail.zh) == (DutyState.DONE, "已付 9.00 元")
    (kept,) = clearing.settlements.values()
    assert (kept["amount_fen"], kept["account_number"]) == (900, PAYOUT)
    assert on.others.city.bank.payouts == []


def test_r_renew_park_of_a_dead_chip_goes_by_the_park_systems_record(tmp_path: Path) -> None:
    """The pass is the holder's, whatever became of the chip that carried it."""
    on, person, old, new, desk, drawer = renewal(tmp_path, passes=(2026,))
    drawer.take(old).die()
    do(on, Service.COLLECT, person, desk, wishes=DEAD)
    assert drawer.take(new).has["passes"] == [2026]


def test_a_chip_said_to_be_dead_that_works_is_not_passed_over(tmp_path: Path) -> None:
    """Its money is on it: to wait days for clearing would not be what the holder is owed."""
    on, person, old, _new, desk, drawer = renewal(tmp_path, balance=5)
    with pytest.raises(RequestWrong):
        do(on, Service.COLLECT, person, desk, wishes=DEAD)
    absent = desk.with_chip(desk.chip)
    with pytest.raises(CardWanted):
        do(on, Service.COLLECT, person, absent)
    drawer.take(old).die()
    do(on, Service.COLLECT, person, absent, wishes=DEAD)
    assert on.others.calls("clearing").count("settle_dead") == 1


def test_another_old_card_is_not_emptied(tmp_path: Path) -> None:
    """Only the card that is renewed gives its money; a stranger's on the second reader does not."""
    on, person, _old, _new, desk, drawer = renewal(tmp_path, balance=5)
    stranger = on.card(on.person("李明", 2))
    other = drawer.put_in(stranger, balance=700)
    with pytest.raises(CardWanted):
        do(on, Service.COLLECT, person, desk.with_chip(desk.chip, other))
    assert other.has["balance"] == 700


def test_r_old_destroy_the_old_card_has_to_be_brought(tmp_path: Path) -> None:
    """The new card is handed over against the old one (Rules Art. 16)."""
    on, person, _old, _new, desk, _drawer = renewal(tmp_path)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.COLLECT, person, desk, papers=ALL_PAPERS - {Paper.CARD})
    assert ("R-OLD-DESTROY", "16") in why(refused)


def test_an_old_card_lost_since_is_reported_lost_and_promises_nothing(on: Bench) -> None:
    """It cannot be handed in; after a formal loss the new one is handed over all the same."""
    person = on.person()
    old = on.card(person)
    new = following(on, person)
    do(on, Service.LOSS_FULL, person, card=old.id)
    do(on, Service.COLLECT, person, papers=ALL_PAPERS - {Paper.CARD})
    assert state_of(on, new) == "held"
    assert state_of(on, old) == "held"
    assert on.others.city.bank.payouts == []


def test_s_replace_collected_promises_no_money_and_no_pass(on: Bench) -> None:
    """A lost card is lost with what is on it (Rules Art. 15), and the holder is told."""
    person = on.person()
    old = on.card(person)
    do(on, Service.LOSS_FULL, person)
    new = following(on, person, Service.REPLACE)
    answer = do(on, Service.COLLECT, person)
    assert "不承诺退还或转移" in told(answer)
    assert set(values(answer)) == {"卡号"}
    assert state_of(on, old, Kind.SOCIAL) == "replaced"
    assert on.others.city.bank.payouts == []
    assert state_of(on, new) == "held"


def test_an_overdraft_or_a_trip_is_settled_first(tmp_path: Path) -> None:
    """S-TRANSIT-REFUND's public rule: neither is begun, so both cards are as they were."""
    on, person, old, _new, desk, drawer = renewal(tmp_path, balance=-150)
    with pytest.raises(OverdraftOwed):
        do(on, Service.COLLECT, person, desk, key=KEY)
    drawer.take(old).has["balance"] = 100
    trip = {"where": "4 号线", "begun_at": "2026-03-02T08:00:00+08:00", "owed_fen": 300}
    on.others.city.clearing.add_card(old.transit_number or "", 100, trips=[trip])
    with pytest.raises(TripUnfinished):
        do(on, Service.COLLECT, person, desk, key=KEY)
    with on.registry.reading() as tx:
        assert runs.by_key(tx, KEY) is None
    assert state_of(on, old) == "held"


def test_a_trip_that_only_the_chip_knows_gives_the_run_up(tmp_path: Path) -> None:
    """Nothing was moved, so nothing stays locked: the holder ends the trip and comes back."""
    on, person, old, new, desk, drawer = renewal(tmp_path, balance=100)
    drawer.take(old).has["trip"] = True
    with pytest.raises(TripUnfinished):
        do(on, Service.COLLECT, person, desk, key=KEY)
    assert state_of(on, old) == "held"
    drawer.take(old).has["trip"] = False
    do(on, Service.COLLECT, person, desk)
    assert state_of(on, new) == "held"
    assert [each["amount_fen"] for each in on.others.city.bank.payouts] == [100]


def test_a_run_that_has_moved_money_is_gone_on_with_not_given_up(tmp_path: Path) -> None:
    """Whoever gave it up would lose the money; the same key finishes it after an attempt to."""
    on, person, old, _new, desk, drawer = renewal(tmp_path, balance=100, passes=(2026,))
    drawer.take(old)
    assert desk.old_chip is not None
    desk.old_chip.tear("close", after=False)  # type: ignore[attr-defined]  # a chip of the drawer
    with pytest.raises(CardTorn):
        do(on, Service.COLLECT, person, desk, key=KEY)
    with pytest.raises(RunNotLeft):
        abandon(work_of(Service.COLLECT), desk, KEY)
    do(on, Service.COLLECT, person, desk, key=KEY)
    assert [each["amount_fen"] for each in on.others.city.bank.payouts] == [100]


def test_a_run_of_an_empty_card_goes_on_after_an_attempt_to_give_it_up(tmp_path: Path) -> None:
    """Its refund came to nothing and was given up on the way; that is no reason to be stuck."""
    on, person, old, _new, desk, drawer = renewal(tmp_path)
    chip = desk.chip
    assert chip is not None
    chip.tear("set_pin", after=False)  # type: ignore[attr-defined]  # a chip of the drawer
    with pytest.raises(CardTorn):
        do(on, Service.COLLECT, person, desk, key=KEY)
    assert drawer.take(old).has["closed"]
    with pytest.raises(RunNotLeft):
        abandon(work_of(Service.COLLECT), desk, KEY)
    answer = do(on, Service.COLLECT, person, desk, key=KEY)
    assert values(answer)["交通余额"] == "0.00 元，无可退"
    assert on.others.city.bank.payouts == []


@pytest.mark.parametrize("act", ["move_passes", "refund", "close", "set_pin"])
@pytest.mark.parametrize("after", [False, True])
def test_torn_anywhere_the_same_key_ends_it(tmp_path: Path, act: str, after: bool) -> None:
    """Whatever the card had done when it was pulled, its money is paid once and to the fen."""
    on, person, old, new, desk, drawer = renewal(tmp_path, balance=777, passes=(2026,))
    for chip in (desk.chip, desk.old_chip):
        assert chip is not None
        chip.tear(act, after=after)  # type: ignore[attr-defined]  # a chip of the drawer
    with pytest.raises(CardTorn):
        do(on, Service.COLLECT, person, desk, key=KEY)
    fresh = desk.with_chip(drawer.take(new), drawer.take(old))
    do(on, Service.COLLECT, person, fresh, key=KEY)
    assert [each["amount_fen"] for each in on.others.city.bank.payouts] == [777]
    assert drawer.take(new).has["passes"] == [2026]
    assert (drawer.take(old).has["balance"], drawer.take(old).has["closed"]) == (0, True)


@pytest.mark.parametrize("act", ["refund", "close"])
def test_a_chip_that_dies_after_its_money_came_off_is_paid_from_the_journal(
    tmp_path: Path, act: str
) -> None:
    """Clearing would pay it a second time; the journal knows that it came off, and how much."""
    on, person, old, new, desk, drawer = renewal(tmp_path, balance=777)
    assert desk.old_chip is not None
    desk.old_chip.tear(act, after=act == "refund")  # type: ignore[attr-defined]  # a chip of the drawer
    with pytest.raises(CardTorn):
        do(on, Service.COLLECT, person, desk, key=KEY)
    drawer.take(old).die()
    do(on, Service.COLLECT, person, desk, key=KEY)
    assert [each["amount_fen"] for each in on.others.city.bank.payouts] == [777]
    assert "settle_dead" not in on.others.calls("clearing")
    assert old.transit_number in on.others.city.clearing.blocked
    assert state_of(on, new) == "held"


def test_a_new_chip_that_dies_on_the_way_does_not_swallow_the_money(tmp_path: Path) -> None:
    """It cannot be undone any more: the money is paid, and the new card renewed for its chip."""
    on, person, old, new, desk, drawer = renewal(tmp_path, balance=777, passes=(2026,))
    assert desk.chip is not None
    desk.chip.tear("set_pin", after=False)  # type: ignore[attr-defined]  # a chip of the drawer
    with pytest.raises(CardTorn):
        do(on, Service.COLLECT, person, desk, key=KEY)
    drawer.take(new).die()
    do(on, Service.COLLECT, person, desk, key=KEY)
    assert [each["amount_fen"] for each in on.others.city.bank.payouts] == [777]
    assert state_of(on, new) == "held"
    assert state_of(on, old) == "taken_back"


def test_a_chip_that_dies_before_its_money_came_off_is_clearings(tmp_path: Path) -> None:
    """Nothing came off under the key, and never will: clearing pays, once."""
    on, person, old, _new, desk, drawer = renewal(tmp_path, balance=777)
    assert desk.old_chip is not None
    desk.old_chip.tear("refund", after=False)  # type: ignore[attr-defined]  # a chip of the drawer
    with pytest.raises(CardTorn):
        do(on, Service.COLLECT, person, desk, key=KEY)
    drawer.take(old).die()
    do(on, Service.COLLECT, person, desk, key=KEY)
    assert on.others.city.bank.payouts == []
    assert on.others.calls("clearing").count("settle_dead") == 1


def test_a_loss_reported_in_between_does_not_swallow_the_money(tmp_path: Path) -> None:
    """It was handed in before its money came off: the repetition goes on with it."""
    on, person, old, _new, desk, _drawer = renewal(tmp_path, balance=777)
    assert desk.old_chip is not None
    desk.old_chip.tear("close", after=True)  # type: ignore[attr-defined]  # a chip of the drawer
    with pytest.raises(CardTorn):
        do(on, Service.COLLECT, person, desk, key=KEY)
    with on.registry.writing() as tx:
        cards.move(tx, cards.get(tx, old.id), Kind.SOCIAL, "lose", "lost")
    do(on, Service.COLLECT, person, desk, key=KEY)
    assert [each["amount_fen"] for each in on.others.city.bank.payouts] == [777]


def test_r_renew_money_survives_a_bank_that_does_not_answer(tmp_path: Path) -> None:
    """The card is handed over; the payout is owed, named, and paid once when the bank is back."""
    on, person, _old, new, desk, _drawer = renewal(tmp_path, balance=888)
    on.others.once("bank", Fault.LOST_ANSWER, "payout")
    answer = do(on, Service.COLLECT, person, desk)
    assert "退款到指定账户" in owed(answer)
    assert state_of(on, new) == "held"
    on.later(minutes=2)
    delivery.run_due(on.desk())
    assert [each["amount_fen"] for each in on.others.city.bank.payouts] == [888]


def test_r_renew_money_that_the_bank_refuses_stays_open_for_people(tmp_path: Path) -> None:
    """A wrong account is not the end of the money: it is named with whom to telephone."""
    on, person, _old, _new, desk, _drawer = renewal(tmp_path, balance=888)
    on.others.city.bank.add_account(PAYOUT, "别人")
    answer = do(on, Service.COLLECT, person, desk)
    assert "银行核心系统拒绝了：退款到指定账户" in owed(answer)
    (payout,) = [each for each in duties_of(on, person) if each.call == "payout"]
    assert (payout.state, payout.arguments["fen"]) == (DutyState.REFUSED, 888)


def test_an_old_card_that_something_else_is_done_with_waits(tmp_path: Path) -> None:
    """A load that broke off on it is finished first, or its end could not be put on record."""
    on, person, old, _new, desk, _drawer = renewal(tmp_path, balance=1)
    with on.registry.writing() as tx:
        runs.begin(
            tx, "load-1", Service.TRANSIT_LOAD, desk.by, {}, person_id=person.id, card_id=old.id
        )
    with pytest.raises(RunOpen):
        do(on, Service.COLLECT, person, desk, key=KEY)


def test_s_bank_change_begins_its_six_months_at_the_hand_over(on: Bench, tmp_path: Path) -> None:
    """R-BANK-6M is counted from here: the new bank's card is the holder's from now on."""
    person = on.person()
    old = on.card(person)
    new = following(on, person, Service.BANK_CHANGE, bank=OTHER_BANK, payout=PAYOUT)
    drawer = Drawer.opened(tmp_path)
    desk = on.desk(bank=OTHER_BANK).with_chip(drawer.put_in(new), drawer.put_in(old, balance=20))
    on.later(days=3)
    do(on, Service.COLLECT, person, desk)
    assert state_of(on, old) == "taken_back"
    assert on.others.city.bank.payouts[0]["amount_fen"] == 20
    assert plea_of(on, new).progress.since == on.now
