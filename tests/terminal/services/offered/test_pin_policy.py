"""The service PIN is asked for where the digest or the configuration says so, and nowhere else."""

from dataclasses import replace
from pathlib import Path

import pytest
from chips import Drawer
from offered import do
from registry import Bench, bench

from terminal.errors import ConfigWrong, PinWrong
from terminal.registry.cards import Card
from terminal.registry.persons import Person
from terminal.rules.vocabulary import Pin, Service
from terminal.services.offered.desk import Desk
from terminal.services.offered.pin_policy import CHOOSABLE, chosen_pins, pin_of


class Refusing:
    """A card whose holder does not know the PIN."""

    def __init__(self, chip: object) -> None:
        self._chip = chip
        self.asked = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._chip, name)

    def verify_pin(self) -> None:
        """Refuse what is entered."""
        self.asked += 1
        raise PinWrong(left=2)


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


def at_desk(on: Bench, folder: Path, pins: dict[str, str]) -> tuple[Desk, Person, Refusing, Card]:
    person = on.person()
    card = on.card(person)
    chip = Refusing(Drawer.opened(folder).put_in(card, balance=1_000, pin=True))
    desk = replace(on.desk(), chip=chip, pins=chosen_pins(pins, "here"))  # type: ignore[arg-type]  # it is one by its parts
    return desk, person, chip, card


def test_a_configured_service_asks_before_anything_is_done(on: Bench, tmp_path: Path) -> None:
    """A PIN that is asked for after the money moved protects nobody."""
    desk, person, chip, card = at_desk(on, tmp_path, {"S-TRANSIT-LOAD": "verify"})
    with pytest.raises(PinWrong):
        do(on, Service.TRANSIT_LOAD, person, desk, wishes={"fen": "1000", "method": "cash"})
    assert chip.asked == 1
    assert chip.balance() == 1_000  # type: ignore[operator]  # the drawer's
    assert on.look(card).transit.state == "off"


def test_an_unconfigured_service_does_not_ask(on: Bench, tmp_path: Path) -> None:
    """Who tops a card up at the bank is not asked for a PIN that the rules do not mention."""
    desk, person, chip, _ = at_desk(on, tmp_path, {})
    do(on, Service.TRANSIT_LOAD, person, desk, wishes={"fen": "1000", "method": "cash"})
    assert chip.asked == 0


def test_minor_data_may_be_written_without_the_pin(on: Bench, tmp_path: Path) -> None:
    """What the configuration takes off is not asked for."""
    desk, person, chip, _ = at_desk(on, tmp_path, {"S-DATA-MINOR": "none"})
    do(on, Service.DATA_MINOR, person, desk, wishes={"mobile": "13900000000"})
    assert chip.asked == 0


@pytest.mark.parametrize(
    "named", [{"S-REPLACE": "verify"}, {"S-PIN-SET": "none"}, {"S-ENABLE": "old"}, {"x": "none"}]
)
def test_what_cannot_be_chosen_is_said(named: dict[str, str]) -> None:
    """A lost card has no chip to ask, and setting a PIN without one is none."""
    with pytest.raises(ConfigWrong) as told:
        chosen_pins(named, "guitai.toml")
    assert next(iter(named)) in told.value.cause("zh")


def test_no_service_for_a_dead_or_lost_card_can_be_made_to_ask() -> None:
    """A holder whose chip is dead must not be sent away for a PIN."""
    assert not CHOOSABLE & {Service.RENEW, Service.REPLACE, Service.UNLOSS, Service.LOSS_FULL}
    assert pin_of(Service.DATA_MINOR, {}) is Pin.VERIFY
