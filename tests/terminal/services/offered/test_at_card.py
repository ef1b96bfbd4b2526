"""The card on the desk, with real software cards: who it is, and each thing once under its key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from card_bench import OTHER_READER, PIN, READER, CardBench, chip, chip_id, facts_of, purse
from offered import do, values
from parties import BEIJING
from scripted_chip import ScriptedChip
from visits import Holder

from card_profiles.park_pass import PassState
from emulator.park_system import ParkFault
from terminal.cards.park_pass import decode
from terminal.errors import (
    CardMute,
    DataDamaged,
    GuitaiError,
    IntentionDiffers,
    NoCard,
    NotSocialSecurity,
    OtherCard,
    ParkSystemMissing,
    ParkSystemUnreachable,
    PassKeyUsed,
    PassNotOnSale,
    PinAlreadySet,
    PinError,
    PinLastTry,
    PinWrong,
)
from terminal.journal import Method, State
from terminal.registry import applications
from terminal.registry.cards import Made
from terminal.rules.states import Life, Public, Social
from terminal.rules.vocabulary import Service
from terminal.services.offered import production
from terminal.services.offered.at_card import card_on, no_card
from terminal.services.offered.slot import open_tools

CASH, TRANSFER = Method.CASH, Method.TRANSFER
DECEMBER = datetime(2026, 12, 20, 10, tzinfo=BEIJING)
KEY = "run-00001.part"


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[CardBench]:
    made = CardBench(tmp_path)
    yield made
    made.close()


def passes(card: Any) -> dict[int | None, PassState | None]:
    """Read the passes past all commands."""
    cells = card.memory.cells()
    found = [decode(number, cells[f"park_pass.0005.{number}"]) for number in range(1, 9)]
    return {each.year: each.state for each in found if each.year is not None}


class Mute:
    """A chip that gives no answer to reset."""

    atr = b""

    def power_on(self) -> None: ...
    def power_off(self) -> None: ...
    def reset(self) -> None: ...
    def transmit(self, command: bytes) -> bytes:
        raise AssertionError(command)


class TestWhoItIs:
    def test_card_and_holder_as_the_chip_has_them(self, counter: CardBench) -> None:
        """The registry finds the card by its id, and compares the holder with the document."""
        card, facts = chip(), facts_of(1)
        assert facts.holder is not None
        with counter.laid(card) as desk:
            assert (desk.chip, desk.number) == (chip_id(card), facts.card_number)
            assert desk.holder_name == facts.holder.name
            assert desk.holder_number == facts.holder.social_security_number
            assert (desk.readable, desk.pin_set) == (True, True)
            assert facts.holder.name not in repr(desk.identity)

    def test_a_chip_that_does_not_answer_is_a_card_too(self, counter: CardBench) -> None:
        """A dead chip is a ground of renewal: it is told, and every act says why it cannot be."""
        with counter.laid(Mute()) as desk:
            assert (desk.chip, desk.readable, desk.pin_set) == ("", False, None)
            with pytest.raises(CardMute):
                desk.balance()

    def test_a_chip_half_of_which_is_damaged(self, counter: CardBench) -> None:
        """The card is known by its id, and its holder is not made up from half a name."""
        card = chip()
        for cell in list(card.memory.cells()):
            if cell.startswith("SSSE.EF06.2"):
                card.memory.write(cell, b"\x09\x1e\x81\x20" + b"\xff" * 28)
        with counter.laid(card) as desk:
            assert desk.chip == chip_id(card)
            assert isinstance(desk.identity.trouble, DataDamaged)
            assert (desk.holder_name, desk.readable) == ("", False)

    def test_another_kind_of_card_is_no_dead_chip(self, counter: CardBench) -> None:
        """A bank card laid on by mistake must not look like a card with a damaged chip."""
        with pytest.raises(NotSocialSecurity), counter.laid(Refusing(chip())):
            pass

    def test_a_card_without_a_pin(self, counter: CardBench) -> None:
        """The rules ask whether one is set, and the chip knows best."""
        with counter.laid(chip(pin=None)) as desk:
            assert desk.pin_set is False

    def test_no_card(self, counter: CardBench) -> None:
        """An empty reader is no card; what stands for one does nothing but give up."""
        with counter.slot() as slot:
            with pytest.raises(NoCard):
                card_on(slot)
            absent = no_card(slot)
            assert (absent.chip, absent.readable) == ("", False)
            with pytest.raises(NoCard):
                absent.load(KEY, 100, CASH)
            assert absent.give_up(KEY)

    def test_tools_come_from_the_configuration(self, counter: CardBench, tmp_path: Path) -> None:
        """What the command line and the page open, and close again."""
        journal = replace(counter.config.journal, file=str(tmp_path / "other.db"))
        config = replace(counter.config, journal=journal)
        with open_tools(config, counter.pcsc, "wang", Holder().open) as tools:
            assert tools.park is None
            assert tools.journal.today()


class Refusing:
    """A card that has no application of any kind."""

    def __init__(self, card: Any) -> None:
        self.atr = card.atr

    def power_on(self) -> None: ...
    def power_off(self) -> None: ...
    def reset(self) -> None: ...
    def transmit(self, command: bytes) -> bytes:
        return b"\x6a\x82"


class TestPasses:
    @pytest.fixture(autouse=True)
    def _december(self, counter: CardBench) -> None:
        counter.bench.now = DECEMBER

    def test_a_pass_is_sold_once(self, counter: CardBench) -> None:
        """The receipt is the same again, and there is one pass."""
        card = chip()
        with counter.laid(card) as desk:
            assert desk.pass_price(KEY, 2027, 2) == 5_000
            first = desk.buy_pass(KEY, 2027, 2, CASH)
            assert "2027-01-01 至 2028-01-31，50.00 元" in first.zh
            assert desk.buy_pass(KEY, 2027, 2, CASH) == first
            with pytest.raises(IntentionDiffers):
                desk.buy_pass(KEY, 2026, 2, CASH)
        assert passes(card) == {2027: PassState.SOLD}

    def test_what_was_sold_keeps_its_price(self, counter: CardBench) -> None:
        """A request that is repeated in March, or after the prices changed, is about that sale."""
        with counter.laid(chip()) as desk:
            desk.buy_pass(KEY, 2026, 1, CASH)
            counter.bench.now = datetime(2027, 3, 1, tzinfo=BEIJING)
            assert desk.pass_price(KEY, 2026, 1) == 10_000
            with pytest.raises(PassNotOnSale):
                desk.pass_price("run-00002.part", 2026, 1)

    def test_a_torn_sale_is_settled_and_done(self, counter: CardBench) -> None:
        """At every command: the same key again ends with one pass, sold once."""
        card = chip()
        with counter.laid(card) as desk:
            for lost in range(60):
                card.at, card.how = card.seen + lost, "after"
                try:
                    desk.buy_pass(KEY, 2027, 1, CASH)
                except GuitaiError:
                    card.at = -1
                    counter.lay(card)
                else:
                    break
            assert lost > 5
            desk.buy_pass(KEY, 2027, 1, CASH)
        assert passes(card) == {2027: PassState.SOLD}
        done = counter.journal.of_day(DECEMBER.date())
        assert [each.state for each in done].count(State.DONE) == 1

    def test_a_sale_the_park_system_did_not_hear_of_is_confirmed(self, counter: CardBench) -> None:
        """Its answer is lost after the card was written: nothing is sold twice, nothing lost."""
        card = chip()
        with counter.laid(card) as desk:
            answer = counter.park.answer

            def deaf(text: str) -> str:
                if '"confirm"' in text:
                    raise ConnectionError
                return answer(text)

            counter.park.answer = deaf  # type: ignore[method-assign]
            with pytest.raises(GuitaiError):
                desk.buy_pass(KEY, 2027, 1, CASH)
            assert not desk.give_up(KEY)
            counter.park.answer = answer  # type: ignore[method-assign]
            desk.buy_pass(KEY, 2027, 1, CASH)
        assert passes(card) == {2027: PassState.SOLD}

    def test_a_reservation_is_released_when_it_is_given_up(self, counter: CardBench) -> None:
        """Else nobody could buy that year's pass any more; mute, it stays as it is."""
        with counter.laid(chip()) as desk:
            counter.park.fault = ParkFault.DOWN
            with pytest.raises(ParkSystemUnreachable):
                desk.buy_pass(KEY, 2027, 1, CASH)
            counter.park.fault = ParkFault.UP
            answer = counter.park.answer

            def lost(text: str) -> str:
                said = answer(text)
                if '"sell"' in text:
                    raise ConnectionError
                return said

            counter.park.answer = lost  # type: ignore[method-assign]
            with pytest.raises(ParkSystemUnreachable):
                desk.buy_pass(KEY, 2027, 1, CASH)
            counter.park.answer = answer  # type: ignore[method-assign]
            counter.park.fault = ParkFault.DOWN
            assert not desk.give_up(KEY)
            counter.park.fault = ParkFault.UP
            assert desk.give_up(KEY)
            assert "2027" in desk.buy_pass("run-00002.part", 2027, 1, CASH).zh

    def test_without_a_park_system_nothing_is_sold(self, counter: CardBench) -> None:
        """An outlet that does not sell passes says what is missing."""
        counter.lay(chip())
        with counter.slot() as slot:
            slot.tools = replace(slot.tools, park=None)
            with pytest.raises(ParkSystemMissing):
                card_on(slot).buy_pass(KEY, 2027, 1, CASH)

    def test_passes_move_between_two_readers(self, counter: CardBench) -> None:
        """At renewal: exactly those of the old card, marked there, valid here."""
        old_chip, new_chip = chip(1), chip(2)
        with counter.laid(old_chip) as old, counter.laid(new_chip, OTHER_READER) as new:
            old.buy_pass("run-00001.a", 2026, 1, CASH)
            old.buy_pass("run-00001.b", 2027, 1, CASH)
            assert new.move_passes(KEY, old, old.chip) == (2026, 2027)
            assert new.move_passes(KEY, old, old.chip) == (2026, 2027)
            assert new.move_passes("run-00003.part", old, old.chip) == ()
        assert set(passes(old_chip).values()) == {PassState.MOVED}
        assert set(passes(new_chip).values()) == {PassState.SOLD}

    def test_one_reader_takes_one_card_after_the_other(self, counter: CardBench) -> None:
        """Whichever is wanted is asked for by its number, which nobody reads from the screen."""
        old_chip, new_chip = chip(1), chip(2)
        counter.change_seconds = 5
        counter.pcsc.idle = lambda: swap(counter, old_chip, new_chip)
        with counter.laid(old_chip) as old:
            old.buy_pass("run-00001.a", 2027, 1, CASH)
            counter.lay(new_chip)
            new = card_on(old._slot)
            assert new.move_passes(KEY, old, old.chip) == (2027,)
            assert (old.balance(), new.balance()) == (0, 0)
        asked = [each.zh for each in counter.said if each.zh.startswith("请放上")]
        assert len(asked) >= 3
        assert all(old.number not in each and new.number not in each for each in asked)

    def test_a_dead_chips_passes_come_from_the_record(self, counter: CardBench) -> None:
        """The park system knows them; the old id is revoked."""
        new_chip = chip(2)
        with counter.laid(chip(1)) as old:
            old.buy_pass("run-00001.a", 2027, 1, CASH)
            gone = old.chip
        with counter.laid(new_chip, OTHER_READER) as new:
            assert new.move_passes(KEY, None, "0" * 32) == ()
            assert new.move_passes(KEY, None, gone) == (2027,)
        assert passes(new_chip) == {2027: PassState.SOLD}

    def test_a_move_that_was_released_elsewhere(self, counter: CardBench) -> None:
        """Another outlet gave it up: that is noted, and the same request begins anew."""
        old_chip, new_chip = chip(1), chip(2)
        with counter.laid(old_chip) as old, counter.laid(new_chip, OTHER_READER) as new:
            old.buy_pass("run-00001.a", 2027, 1, CASH)
            for lost in range(40):
                new_chip.at, new_chip.how = new_chip.seen + lost, "after"
                with pytest.raises(GuitaiError):
                    new.move_passes(KEY, old, old.chip)
                new_chip.at = -1
                counter.lay(new_chip, OTHER_READER)
                if counter.journal.unfinished():
                    break
            (entry,) = counter.journal.unfinished()
            assert entry.state is not State.BEGUN
            assert counter.tools.park is not None
            counter.tools.park.release(entry.key)
            with pytest.raises(PassKeyUsed):
                new.move_passes(KEY, old, old.chip)
            assert new.move_passes(KEY, old, old.chip) == (2027,)

    def test_only_cards_on_desks_move(self, counter: CardBench) -> None:
        """A card of another kind cannot be asked for what a move needs of it."""
        with counter.laid(chip()) as desk, pytest.raises(TypeError):
            desk.move_passes(KEY, ScriptedChip(), "")

    def test_a_torn_move_goes_on_under_its_key(self, counter: CardBench) -> None:
        """Whichever of the two cards is pulled, wherever: in the end the new one has the pass."""
        old_chip, new_chip = chip(1), chip(2)
        with counter.laid(old_chip) as old, counter.laid(new_chip, OTHER_READER) as new:
            old.buy_pass("run-00001.a", 2027, 1, CASH)
            for torn, reader in ((new_chip, OTHER_READER), (old_chip, READER)) * 20:
                torn.at, torn.how = torn.seen + 7, "after"
                try:
                    new.move_passes(KEY, old, old.chip)
                except GuitaiError:
                    torn.at = -1
                    counter.lay(torn, reader)
                else:
                    torn.at = -1
                    break
            assert new.move_passes(KEY, old, old.chip) == (2027,)
        assert (passes(old_chip), passes(new_chip)) == (
            {2027: PassState.MOVED},
            {2027: PassState.SOLD},
        )


def swap(counter: CardBench, one: Any, other: Any) -> bool:
    """Do as a clerk does who is asked for the other card."""
    counter.lay(other if counter.pcsc.readers[READER].card is one else one)
    return True


class TestWhichCard:
    def test_another_card_is_not_worked_on(self, counter: CardBench) -> None:
        """A card changed for another in the middle gets none of the first one's money."""
        mine, other = chip(1), chip(2)
        with counter.laid(mine) as desk:
            counter.lay(other)
            with pytest.raises(NoCard):
                desk.load(KEY, 100, CASH)
            counter.change_seconds = 5
        assert purse(other) == purse(mine) == 0
        assert any("请放上卡号为" in each.zh for each in counter.said)

    def test_nobody_is_asked_without_end(self, counter: CardBench) -> None:
        """Three wrong cards are enough."""
        mine, second, third = chip(1), chip(2), chip(3)
        counter.change_seconds = 5
        counter.pcsc.idle = lambda: swap(counter, second, third)
        with counter.laid(mine) as desk:
            counter.lay(second)
            with pytest.raises(OtherCard):
                desk.balance()

    def test_the_same_card_laid_again_goes_on(self, counter: CardBench) -> None:
        """It was taken away and came back between two acts: nobody notices."""
        card = chip()
        with counter.laid(card) as desk:
            desk.load("run-00001.load", 100, CASH)
            counter.lay(card)
            assert desk.balance() == 100

    def test_the_transit_side_may_answer_in_another_reader(self, counter: CardBench) -> None:
        """Real cards have their purse on the contactless side; it has to be the same chip's."""
        mine, another = chip(1), chip(2)
        counter.lay(mine)
        counter.lay(mine, OTHER_READER)
        with counter.slot(contactless=OTHER_READER) as slot:
            desk = card_on(slot)
            assert desk.load(KEY, 100, CASH) == 100
            assert desk.readable
            counter.lay(another, OTHER_READER)
            with pytest.raises(OtherCard):
                desk.balance()
        assert (purse(mine), purse(another)) == (100, 0)


class TestThePin:
    def test_set_change_reset_verify(self, counter: CardBench) -> None:
        """Each at the pad; the bench's holder types what is asked, and no more."""
        with counter.laid(chip(pin=None)) as desk:
            counter.holder.entries = ["836402", "836402"]
            desk.set_pin()
            assert desk.pin_set is True
            with pytest.raises(PinAlreadySet):
                desk.set_pin()
            counter.holder.entries = ["836402", "519027", "519027"]
            desk.change_pin()
            counter.holder.entries = ["402836", "402836"]
            desk.reset_pin()
            counter.holder.entries = ["402836"]
            desk.verify_pin()
            desk.verify_pin()
            assert counter.holder.entries == []

    def test_a_reset_of_nothing_sets_the_first(self, counter: CardBench) -> None:
        """Who forgot that none was set is served all the same."""
        with counter.laid(chip(pin=None)) as desk:
            counter.holder.entries = ["836402", "836402"]
            desk.reset_pin()
            assert desk.pin_set is True

    def test_the_last_try_is_not_spent(self, counter: CardBench) -> None:
        """Two wrong entries, and nobody is asked for a third one unwarned."""
        with counter.laid(chip()) as desk:
            counter.holder.entries = ["999999"] * 9
            for _ in range(9):
                with pytest.raises(PinError) as refused:
                    desk.verify_pin()
                if isinstance(refused.value, PinLastTry):
                    break
            assert isinstance(refused.value, PinLastTry)
            counter.holder.entries = ["836402", "836402"]
            desk.reset_pin()

    def test_a_wrong_pin_says_so(self, counter: CardBench) -> None:
        """The tries left are the card's."""
        with counter.laid(chip()) as desk:
            counter.holder.entries = ["999999", PIN]
            with pytest.raises(PinWrong):
                desk.verify_pin()
            desk.verify_pin()


class TestMinorData:
    def test_the_chips_copy_is_written(self, counter: CardBench) -> None:
        """Mobile and address stand in DF01 EF06, where the city writes them at issuing."""
        card = chip()
        with counter.laid(card) as desk:
            desk.write_minor({"mobile": "13800000001", "address": "样例路9号"})
            desk.write_minor({"address": ""})
        contact = b"".join(
            content for name, content in card.memory.cells().items() if "DF01.EF06" in name
        )
        assert b"13800000001" in contact
        assert "样例路".encode("gb18030") not in contact

    def test_what_has_no_place_is_a_mistake_of_ours(self, counter: CardBench) -> None:
        """An occupation is nowhere on the chip; a service that asks for it is wrong."""
        with counter.laid(chip()) as desk, pytest.raises(KeyError):
            desk.write_minor({"occupation": "20800"})


# --- Stories -----------------------------------------------------------------------------------
@pytest.mark.parametrize("readers", [1, 2])
def test_r_renew_money_and_park_go_over_exactly(counter: CardBench, readers: int) -> None:
    """Through the engine: money and pass go over exactly, with two readers or one."""
    counter.bench.now = DECEMBER
    person, old_chip, new_chip = counter.person(), chip(1), chip(2, pin=None)
    old = counter.register(person, old_chip)
    b = counter.bench
    counter.change_seconds = 5
    counter.pcsc.idle = lambda: swap(counter, old_chip, new_chip)
    with ExitStack() as stack:
        card = stack.enter_context(counter.laid(old_chip))
        desk = b.desk().with_chip(card)
        loaded = do(b, Service.TRANSIT_LOAD, person, desk, wishes={"fen": "1234"})
        assert values(loaded)["充值"] == "12.34 元（现金）"
        bought = do(b, Service.PARK_BUY, person, desk, wishes={"year": "2027"})
        assert values(bought)["收款"] == "100.00 元（现金）"
        assert b.others.city.payment.till_fen == 11_234
        do(b, Service.RENEW, person, desk, wishes={"grounds": "face"})
        new = produced(counter, new_chip)
        if readers == 2:
            counter.lay(new_chip, OTHER_READER)
            new_card = card_on(stack.enter_context(counter.slot(OTHER_READER)))
        else:
            counter.lay(new_chip)
            new_card = card_on(card._slot)
        counter.holder.entries = ["836402", "836402"]
        collected = do(
            b,
            Service.COLLECT,
            person,
            b.desk().with_chip(new_card, card),
            wishes={"payout": "6200000000000000002"},
        )
    assert counter.holder.entries == []
    assert ("请放上" in "".join(each.zh for each in counter.said)) == (readers == 1)
    assert "12.34 元" in values(collected)["交通余额"]
    assert values(collected)["公园年票"].endswith("2027 年")
    assert (purse(old_chip), purse(new_chip)) == (0, 0)
    assert (passes(old_chip), passes(new_chip)) == (
        {2027: PassState.MOVED},
        {2027: PassState.SOLD},
    )
    assert [each["amount_fen"] for each in b.others.city.bank.payouts] == [1_234]
    assert b.look(old).life.state == Life.TAKEN_BACK
    assert b.look(old).transit.state == b.look(old).park.state == Public.CLOSED
    assert (b.look(new).park.state, b.look(new).social.state) == (Public.ON, Social.OFF)
    do(b, Service.ENABLE, person, b.desk())
    assert (b.look(new).social.state, b.look(old).social.state) == (Social.ON, Social.ENDED)


def produced(counter: CardBench, card: Any) -> int:
    """Have the renewed card made, and give its number in the registry."""
    desk = counter.bench.desk()
    with counter.bench.registry.reading() as tx:
        (plea,) = [each for each in applications.of_person(tx, 1) if each.open]
    production.verify(desk, plea.id)
    made = production.start(desk, plea.id)
    facts = facts_of(2)
    assert facts.transit is not None
    known_by = Made(facts.card_number or "", chip_id(card), facts.transit.serial)
    production.made(desk, plea.id, known_by)
    return made.id
