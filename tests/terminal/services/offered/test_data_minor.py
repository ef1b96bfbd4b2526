"""Minor data (S-DATA-MINOR, Rules Art. 17): the registry at once, the chip's copy when it can."""

from __future__ import annotations

from pathlib import Path

import pytest
from offered import do, noted, told, values
from registry import OTHER_BANK, Bench, bench
from scripted_chip import ScriptedChip

from card_profiles.public_data import CONTACT_FILE
from terminal.errors import (
    AccessDenied,
    CardTorn,
    GuitaiError,
    PinNotSet,
    PinWrong,
    RequestWrong,
    RuleRefused,
)
from terminal.registry import pending, persons
from terminal.registry.cards import Card
from terminal.registry.pending import What
from terminal.registry.persons import Person
from terminal.rules.vocabulary import Actor, Channel, Generation, Service
from terminal.services.offered import data_minor, desk
from terminal.services.offered.answer import Answer
from terminal.texts import Text

MOBILE, ADDRESS, OCCUPATION = "13900000000", "样例路1号", "20800"


class Counter:
    """A desk, and a person with a card who was known by other data."""

    def __init__(self, folder: Path) -> None:
        self.bench: Bench = bench(folder)
        self.person: Person = self.bench.person()
        self.card: Card = self.bench.card(self.person)
        self.chip = ScriptedChip(self.card)

    def change(
        self, at: Channel = Channel.BANK, *, chip: bool = True, key: str = "", **wishes: str
    ) -> Answer:
        there = self.bench.desk(at).with_chip(self.chip if chip else None)
        return do(self.bench, Service.DATA_MINOR, self.person, there, key=key, wishes=wishes)

    def look(self) -> Person:
        with self.bench.registry.reading() as tx:
            return persons.get(tx, self.person.id)

    def waiting(self, card: Card | None = None) -> list[dict[str, str]]:
        with self.bench.registry.reading() as tx:
            found = pending.waiting(tx, (card or self.card).id)
        assert {each.what for each in found} <= {What.MINOR_DATA}
        return [dict(each.value) for each in found]


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path)


def test_s_data_minor_at_once_and_on_the_chip(counter: Counter) -> None:
    """The PIN is verified for the chip's copy, and everything says the same."""
    answer = counter.change(mobile=MOBILE, address=ADDRESS, occupation=OCCUPATION)
    person = counter.look()
    assert person.mobile is not None and person.address is not None  # noqa: PT018  for the types
    assert (person.mobile.reveal(), person.address.reveal()) == (MOBILE, ADDRESS)
    assert (person.occupation, person.data_version) == (OCCUPATION, 2)
    assert counter.chip.asked == ["verify_pin", "write_minor"]
    assert counter.chip.minor == {"mobile": MOBILE, "address": ADDRESS}
    assert counter.waiting() == []
    assert values(answer)["卡上的联系方式"] == "已写入"
    assert MOBILE not in str(answer.document())
    assert ADDRESS not in str(answer.document())


def test_s_data_minor_not_the_banks_mobile(counter: Counter) -> None:
    """The number reserved with the bank is the bank's to change, and the holder is told."""
    answer = counter.change(mobile=MOBILE)
    assert "预留" in told(answer)
    assert counter.bench.others.calls("bank") == []


def test_the_number_that_was_there_hears_of_it(counter: Counter) -> None:
    """Who takes over somebody's number at a counter would be noticed by nobody else."""
    counter.change(mobile=MOBILE)
    (message,) = counter.bench.others.city.messages.sent
    assert message["mobile"] == "13800000000"


def test_nothing_personal_is_in_the_audit(counter: Counter) -> None:
    """It says which items were changed, not to what."""
    counter.change(mobile=MOBILE, address=ADDRESS)
    facts = [dict(each.note.facts) for each in noted(counter.bench, action="done")]
    assert [each["items"] for each in facts] == ["mobile, address"]
    assert MOBILE not in str(facts)


def test_s_data_minor_an_occupation_has_no_place_on_the_chip(counter: Counter) -> None:
    """No PIN is asked for nothing, and the clerk is told why."""
    answer = counter.change(occupation=OCCUPATION)
    assert counter.chip.asked == []
    assert "职业" in told(answer)
    assert "卡上的联系方式" not in values(answer)


@pytest.mark.parametrize("channel", [Channel.DISTRICT, Channel.BANK])
def test_r_pending_without_the_card(counter: Counter, channel: Channel) -> None:
    """The card is not wanted for it: its copy is written when it is met."""
    answer = counter.change(channel, chip=False, mobile=MOBILE)
    assert counter.waiting() == [{"mobile": MOBILE}]
    assert "下次" in values(answer)["卡上的联系方式"]


def test_r_pending_online(counter: Counter) -> None:
    """Art. 3(3): online too; the chip follows."""
    counter.change(Channel.ONLINE, chip=False, address=ADDRESS)
    assert counter.waiting() == [{"address": ADDRESS}]


def test_r_pending_several_changes_wait_as_one(counter: Counter) -> None:
    """The later address takes the place of the earlier one, and the mobile is not forgotten."""
    counter.change(Channel.ONLINE, chip=False, mobile=MOBILE, address="样例路2号")
    counter.change(Channel.ONLINE, chip=False, address=ADDRESS)
    assert counter.waiting() == [{"mobile": MOBILE, "address": ADDRESS}]


def test_what_waited_is_not_written_over_what_is_newer(counter: Counter) -> None:
    """An old change that could not be written must not come back later."""
    counter.change(Channel.ONLINE, chip=False, mobile="13700000000", address=ADDRESS)
    counter.chip.fail("write_minor", AccessDenied(step=Text("", ""), file="", needs=Text("", "")))
    counter.change(mobile=MOBILE)
    assert counter.chip.minor == {"mobile": MOBILE}
    assert counter.waiting() == [{"address": ADDRESS}]
    counter.change(mobile="13600000000", address="样例路3号")
    assert counter.waiting() == []
    assert counter.chip.minor == {"mobile": "13600000000", "address": "样例路3号"}


@pytest.mark.parametrize("error", [PinWrong(left=2), PinNotSet()])
def test_s_data_minor_a_wrong_pin_changes_nothing(counter: Counter, error: GuitaiError) -> None:
    """Who does not know the PIN of the card they brought has nothing changed with it."""
    counter.chip.fail("verify_pin", error)
    with pytest.raises(type(error)):
        counter.change(mobile=MOBILE)
    assert counter.look().data_version == 1
    assert counter.waiting() == []
    counter.change(chip=False, mobile=MOBILE)


@pytest.mark.parametrize(
    "error", [CardTorn(), AccessDenied(step=Text("写入", ""), file="DF01EF06", needs=Text("", ""))]
)
def test_what_keeps_the_chip_from_being_written(counter: Counter, error: GuitaiError) -> None:
    """A pulled card or a missing key stops the copy, not the change; the slip says why."""
    counter.chip.fail("write_minor", error)
    answer = counter.change(mobile=MOBILE)
    assert counter.look().data_version == 2
    assert counter.waiting() == [{"mobile": MOBILE}]
    assert error.message("zh") in values(answer)["卡上的联系方式"]


def test_a_chip_that_cannot_be_written_waits(counter: Counter) -> None:
    """The registry is changed; the new card will have it."""
    counter.chip.readable = False
    counter.change(mobile=MOBILE)
    assert counter.chip.asked == []
    assert counter.waiting() == [{"mobile": MOBILE}]


def test_asked_again_it_is_changed_once(counter: Counter) -> None:
    """The version counts changes, not clicks."""
    for _ in range(2):
        counter.change(mobile=MOBILE, key="data-00001")
    assert counter.look().data_version == 2
    assert counter.chip.asked == ["verify_pin", "write_minor"]


def test_what_a_card_has_no_room_for_is_empty_there(counter: Counter) -> None:
    """40 characters fit; half an address, or the one from before, would be a wrong one."""
    counter.change(address="长" * 40)
    assert counter.chip.minor == {"address": "长" * 40}
    answer = counter.change(address="长" * 41)
    assert counter.chip.minor == {"address": ""}
    assert "写不下" in told(answer)
    address = counter.look().address
    assert address is not None
    assert address.reveal() == "长" * 41


def test_older_cards_have_no_copy_of_ours(counter: Counter) -> None:
    """Nothing waits for a card of the first two generations, nor for one that has ended."""
    older = counter.bench.card(counter.person, generation=Generation.SECOND)
    counter.change(chip=False, mobile=MOBILE)
    assert counter.waiting(older) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mobile", "1380000000"),
        ("mobile", "abcdefghijk"),
        ("occupation", "99999"),
        ("occupation", "２０８００ "),
        ("address", "   "),
        ("address", "样例路\n1号"),
        ("address", "x" * 201),
    ],
)
def test_wrong_data_change_nothing(counter: Counter, name: str, value: str) -> None:
    """What cannot be right is refused before anything is begun; the value is not repeated."""
    with pytest.raises(RequestWrong) as wrong:
        counter.change(**{name: value})
    assert value.strip()[:5] not in wrong.value.cause("zh") or not value.strip()
    assert counter.look().data_version == 1


def test_nothing_to_change(counter: Counter) -> None:
    """A request without an item is a mistake."""
    with pytest.raises(RequestWrong):
        counter.change()


def test_s_data_minor_by_whom_and_where(counter: Counter) -> None:
    """Any partner bank does it; an agent is none of those whom Art. 24 names it for."""
    do(
        counter.bench,
        Service.DATA_MINOR,
        counter.person,
        counter.bench.desk(bank=OTHER_BANK),
        wishes={"mobile": MOBILE},
    )
    wishes = {"mobile": MOBILE}
    for more in ({"actor": Actor.AGENT}, {"at": Channel.HOTLINE}, {"at": Channel.TRANSIT}):
        with pytest.raises(RuleRefused):
            do(counter.bench, Service.DATA_MINOR, counter.person, wishes=wishes, **more)  # type: ignore[arg-type]  # by name


def test_the_chips_items_are_the_files() -> None:
    """What a chip has a copy of is what its file has items for."""
    names = {each.name for each in CONTACT_FILE.items}
    assert set(data_minor._ITEMS) == desk.CHIP_DATA
    assert set(data_minor._ITEMS.values()) <= names
