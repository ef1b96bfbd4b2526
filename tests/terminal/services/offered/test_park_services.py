"""Park passes as services: sold against money, moved at renewal only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from offered import do, owed, told, values
from registry import OTHER_BANK, Bench, ask, bench, citizen_id
from scripted_chip import PRICE, ScriptedChip

from emulator.parties.party import Fault
from terminal.errors import (
    ApplicationUnknown,
    CardWanted,
    ParkSystemUnreachable,
    PassExists,
    PassNotEligible,
    PassNothingToMove,
    PassNotOnSale,
    PassUnsettled,
    RequestWrong,
    RuleRefused,
    RunIsLeft,
    RunNotLeft,
)
from terminal.registry import applications, cards, persons, runs
from terminal.registry.cards import Card, Made
from terminal.registry.persons import Person
from terminal.rules.documents import DocumentKind, DocumentNumber
from terminal.rules.states import Public
from terminal.rules.vocabulary import Channel, Service
from terminal.services.offered import delivery, park_move, production, running
from terminal.services.offered.answer import Answer
from terminal.services.offered.situation import NO_SEATS, Situation
from terminal.services.offered.works import work_of
from terminal.texts import Text

KEY = "park-00001"
UNSETTLED = PassUnsettled(key="k", detail=Text("", ""))


class Counter:
    """The issuing bank's desk with a person's card on it."""

    def __init__(self, folder: Path) -> None:
        self.bench: Bench = bench(folder)
        self.person: Person = self.bench.person()
        self.card: Card = self.bench.card(self.person)
        self.chip = ScriptedChip(self.card)

    def buy(self, year: str = "2026", method: str = "cash", **more: Any) -> Answer:
        desk = more.pop("desk", None) or self.bench.desk()
        more.setdefault("wishes", {"year": year, "method": method})
        more.setdefault("key", KEY)
        return do(self.bench, Service.PARK_BUY, self.person, desk.with_chip(self.chip), **more)

    @property
    def payments(self) -> list[tuple[str, str, int]]:
        return [
            (each["direction"], each["method"], each["amount_fen"])
            for each in self.bench.others.city.payment.payments.values()
        ]

    @property
    def park(self) -> str:
        return self.bench.look(self.card).park.state

    @property
    def begun(self) -> int:
        with self.bench.registry.reading() as tx:
            return len(runs.begun(tx))

    # --- A renewal ---------------------------------------------------------------------------

    def renewed(self, grounds: str = "face", *, made: bool = True) -> ScriptedChip:
        """Have a new card made, and lay it on; the old one is what was there before."""
        do(self.bench, Service.RENEW, self.person, wishes={"grounds": grounds})
        with self.bench.registry.reading() as tx:
            (plea,) = [e for e in applications.of_person(tx, self.person.id) if e.open]
        desk = self.bench.desk()
        if made:
            production.verify(desk, plea.id)
            card = production.start(desk, plea.id)
            known_by = Made("A77777777", "110000D15600000500000000000000AB")
            production.made(desk, plea.id, known_by)
            self.new = self.bench.look(card)
        else:
            self.new = self.card
        return ScriptedChip(self.new)

    def move(self, new: ScriptedChip, old: ScriptedChip | None, **more: Any) -> Answer:
        desk = self.bench.desk().with_chip(new, old)
        more.setdefault("key", KEY)
        return do(self.bench, Service.PARK_MOVE, self.person, desk, **more)


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path)


# --- Buying -------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", ["cash", "transfer"])
def test_s_park_buy(counter: Counter, method: str) -> None:
    """One pass, one price, and what has to be done before the first visit."""
    answer = counter.buy(method=method)
    assert counter.chip.passes == [2026]
    assert counter.payments == [("in", method, PRICE)]
    assert values(answer)["公园年票"] == "2026 年公园年票"
    assert values(answer)["收款"].startswith("100.00 元")
    assert "激活" in told(answer)


def test_r_new_off_the_first_one_opens_park(counter: Counter) -> None:
    """The next year's pass stands beside it on the same card."""
    assert counter.park == Public.OFF
    counter.buy()
    assert counter.park == Public.ON
    counter.buy("2027", key="park-00002")
    assert counter.chip.passes == [2026, 2027]


def test_s_park_buy_where(counter: Counter) -> None:
    """At the issuing bank and the pass outlets; at another bank the way out is named."""
    counter.buy(desk=counter.bench.desk(Channel.PARK))
    for desk in (counter.bench.desk(bank=OTHER_BANK), counter.bench.desk(Channel.DISTRICT)):
        with pytest.raises(RuleRefused) as refused:
            counter.buy(key="park-00002", desk=desk)
        assert "公园年票服务网点" in refused.value.advice("zh")


@pytest.mark.parametrize("method", ["cash", "transfer"])
@pytest.mark.parametrize(
    "error",
    [
        PassNotEligible(year=2026, reason=Text("不在购买范围内", "-")),
        PassExists(year=2026, where=Text("已有", "-")),
    ],
)
def test_what_the_park_system_says_counts(counter: Counter, error: Exception, method: str) -> None:
    """Who may, and one a person a year, is its to say; nothing is kept of the money."""
    counter.chip.fail("buy_pass", error)
    with pytest.raises(type(error)):
        counter.buy(method=method)
    back = [("in", method, PRICE), ("out", method, PRICE)] if method == "transfer" else []
    assert counter.payments == back
    assert (counter.begun, counter.park) == (0, Public.OFF)
    with pytest.raises(RunIsLeft):
        counter.buy(method=method)


def test_out_of_season_no_money_is_taken(counter: Counter) -> None:
    """The price is asked first, and there is none."""
    counter.chip.fail("pass_price", PassNotOnSale(year=2026, detail=Text("", "")))
    with pytest.raises(PassNotOnSale):
        counter.buy(method="transfer")
    assert (counter.payments, counter.begun) == ([], 0)


@pytest.mark.parametrize("method", ["cash", "transfer"])
@pytest.mark.parametrize("error", [UNSETTLED, ParkSystemUnreachable(detail=Text("", ""))])
def test_what_is_not_known_is_gone_on_with(counter: Counter, error: Exception, method: str) -> None:
    """Torn, or the park system mute: the same request sells one pass for one payment."""
    counter.chip.fail("buy_pass", error, after=error is UNSETTLED)
    with pytest.raises(type(error)):
        counter.buy(method=method)
    counter.buy(method=method)
    counter.buy(method=method)
    assert counter.chip.passes == [2026]
    assert counter.payments == [("in", method, PRICE)]


def test_a_sale_that_nobody_goes_on_with(counter: Counter) -> None:
    """Given up it is paid back; sold, it is finished and not given up."""
    desk = counter.bench.desk().with_chip(counter.chip)
    counter.chip.fail("buy_pass", ParkSystemUnreachable(detail=Text("", "")))
    with pytest.raises(ParkSystemUnreachable):
        counter.buy(method="transfer")
    running.abandon(work_of(Service.PARK_BUY), desk, KEY)
    assert counter.payments[1:] == [("out", "transfer", PRICE)]
    counter.chip.fail("buy_pass", UNSETTLED, after=True)
    with pytest.raises(PassUnsettled):
        counter.buy(key="park-00002")
    with pytest.raises(RunNotLeft):
        running.abandon(work_of(Service.PARK_BUY), desk, "park-00002")


def test_a_till_that_is_down_is_told_later(counter: Counter) -> None:
    """The pass is sold, and the clerk hears what is not booked yet."""
    counter.bench.others.set("payment", Fault.DOWN)
    assert "收款入账" in owed(counter.buy())
    counter.bench.others.set("payment", Fault.UP)
    counter.bench.later(hours=1)
    delivery.run_due(counter.bench.desk())
    assert counter.payments == [("in", "cash", PRICE)]


@pytest.mark.parametrize(
    "wishes",
    [
        {},
        {"year": "26"},
        {"year": "1999"},
        {"year": "２０２６"},
        {"year": "2026", "type": "0"},
        {"year": "2026", "type": "255"},
        {"year": "2026", "type": "x"},
        {"year": "2026", "method": "account"},
    ],
)
def test_no_such_pass(counter: Counter, wishes: dict[str, str]) -> None:
    """Wrong wishes are refused before anything is begun."""
    with pytest.raises(RequestWrong):
        counter.buy(wishes=wishes)
    assert (counter.chip.asked, counter.payments, counter.begun) == ([], [], 0)


def test_the_card_has_to_lie_there(counter: Counter) -> None:
    """A pass is written on the chip."""
    with pytest.raises(CardWanted):
        do(counter.bench, Service.PARK_BUY, counter.person, wishes={"year": "2026"})


# --- Moving -------------------------------------------------------------------------------------
def test_r_renew_park(counter: Counter) -> None:
    """On the spot: what was on the old card is on the new one, and the functions go over."""
    counter.chip.passes = [2026, 2027]
    new = counter.renewed()
    answer = counter.move(new, counter.chip)
    assert (new.passes, counter.chip.passes) == ([2026, 2027], [])
    assert values(answer)["转入的公园年票"] == "2026、2027 年"
    assert counter.bench.look(counter.new).park.state == Public.ON
    assert counter.bench.look(counter.card).park.state == Public.CLOSED
    assert counter.move(new, counter.chip).repeated


def test_r_renew_park_only_at_renewal(counter: Counter) -> None:
    """A pass is one person's on one card: it moves with a card that takes its place."""
    counter.chip.passes = [2026]
    with pytest.raises(RuleRefused) as refused:
        counter.move(counter.chip, counter.chip)
    assert "换领" in refused.value.cause("zh")
    new = counter.renewed(made=False)
    with pytest.raises(RuleRefused):
        counter.move(new, counter.chip)


def test_s_park_move_of_nothing(counter: Counter) -> None:
    """It is said, and the new card is not kept busy with it."""
    new = counter.renewed()
    with pytest.raises(PassNothingToMove):
        counter.move(new, counter.chip)
    assert counter.begun == 0
    assert counter.bench.look(counter.card).park.state == Public.OFF


def test_s_park_move_wants_both_cards(counter: Counter) -> None:
    """The old one is marked; only of a dead chip the record is enough, and that is said."""
    counter.chip.passes = [2026]
    new = counter.renewed()
    for old in (None, new):
        with pytest.raises(CardWanted):
            counter.move(new, old)
    with pytest.raises(CardWanted):
        counter.move(counter.chip, counter.chip)
    new.known[counter.card.chip] = [2026]
    counter.move(new, None, wishes={"old_chip": "dead"})
    assert new.passes == [2026]


def test_a_torn_move_goes_on(counter: Counter) -> None:
    """Under its key, whichever card was pulled; until then it is not given up."""
    counter.chip.passes = [2026]
    new = counter.renewed()
    new.fail("move_passes", UNSETTLED, after=True)
    with pytest.raises(PassUnsettled):
        counter.move(new, counter.chip)
    desk = counter.bench.desk().with_chip(new, counter.chip)
    with pytest.raises(RunNotLeft):
        running.abandon(work_of(Service.PARK_MOVE), desk, KEY)
    counter.move(new, counter.chip)
    assert new.passes == [2026]


def test_of_a_changed_number_the_record_has_the_former(counter: Counter) -> None:
    """The third ground of renewal: the passes are under the number from before."""
    counter.chip.passes = [2026]
    new = counter.renewed()
    with counter.bench.registry.writing() as tx:
        number = DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(99))
        persons.change_basic(tx, counter.person, "王建国", number)
        counter.person = persons.get(tx, counter.person.id)
    assert park_move._formerly(counter.person) == citizen_id(1)
    new.known[counter.card.chip] = []
    with pytest.raises(PassNothingToMove):
        counter.move(new, None, wishes={"old_chip": "dead"})
    assert new.asked == ["move_passes", f"move_passes {citizen_id(1)}"]


def test_a_first_card_takes_no_ones_place(counter: Counter) -> None:
    """Without an old card there is nothing to move, whatever the caller thinks."""
    with counter.bench.registry.reading() as tx:
        theirs = cards.of_person(tx, counter.person.id)
    request = ask(Service.PARK_MOVE, counter.person)
    situation = Situation(request, counter.person, counter.card, None, theirs, NO_SEATS)
    with pytest.raises(ApplicationUnknown):
        park_move._old_card(situation)
