"""S-COLLECT: handed over at the chosen bank; the old card is handed in and paid (Art. 7, 16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from applying import shown
from chips import Drawer
from handing_over import (
    Laid,
    both,
    first,
    first_ready,
    group,
    plea_of,
    renewal_ready,
    state_of,
)
from offered import LyingCard, do, lying, owed, told, two, values
from parties import BEIJING
from registry import OTHER_BANK, Bench, ask, bench, citizen_id

from emulator.parties.party import Fault
from terminal.errors import (
    CardTorn,
    CardWanted,
    MovedMeanwhile,
    PersonDiffers,
    RequestWrong,
    RuleRefused,
    RunOpen,
    SecondWanted,
)
from terminal.registry import applications, persons, runs
from terminal.registry.cards import Card
from terminal.registry.persons import Person
from terminal.rules.states import Progress
from terminal.rules.vocabulary import Actor, Channel, Service
from terminal.services.offered import delivery
from terminal.services.offered.desk import Desk

KEY = "collect-0001"


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


@pytest.fixture
def waiting(tmp_path: Path) -> Laid:
    return first_ready(tmp_path)


def renewal(folder: Path, **chip: object) -> tuple[Bench, Person, Card, Card, Desk, Drawer]:
    """Have a person's card renewed, with both cards on the desk."""
    laid = renewal_ready(folder)
    assert laid.old is not None
    desk, drawer = both(laid.on, folder, laid.new, laid.old, **chip)
    return laid.on, laid.person, laid.old, laid.new, desk, drawer


def why(error: pytest.ExceptionInfo[RuleRefused]) -> list[tuple[str, str]]:
    return [(each.rule, each.article) for each in error.value.facts["decision"].reasons]  # type: ignore[attr-defined]  # a Decision


# --- A first card ------------------------------------------------------------------------------


def test_s_collect_hands_the_card_over_and_r_new_off_leaves_everything_off(waiting: Laid) -> None:
    """What the article is about: the holder has a card, and no function of it is on."""
    on, person, card = waiting.on, waiting.person, waiting.new
    answer = do(on, Service.COLLECT, person)
    now = on.look(card)
    assert (now.life.state, now.social.state, now.financial.state) == ("held", "off", "off")
    assert (now.transit.state, now.park.state) == ("off", "off")
    assert plea_of(on, card).progress.state == Progress.HANDED_OVER
    assert "启用" in told(answer)
    assert on.others.city.card_management.reports[-1]["event"] == "handed_over"
    assert owed(answer) == ""


def test_s_collect_is_for_the_chosen_bank_alone(waiting: Laid) -> None:
    """The bank that made it has it; anywhere else nobody could hand it over."""
    on, person = waiting.on, waiting.person
    for desk in (on.desk(bank=OTHER_BANK), on.desk(Channel.DISTRICT), on.desk(Channel.ONLINE)):
        with pytest.raises(RuleRefused) as refused:
            do(on, Service.COLLECT, person, desk)
        assert ("S-COLLECT", "7") in why(refused)


def test_s_collect_wants_the_document_and_takes_a_guardian(waiting: Laid) -> None:
    """Against the original; a guardian brings their own and proof, an agent is not enough."""
    on, person = waiting.on, waiting.person
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.COLLECT, person, papers=frozenset())
    assert ("S-COLLECT", "7") in why(refused)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.COLLECT, person, actor=Actor.AGENT, representative=shown("赵红", 12))
    assert ("R-AGENT", "24") in why(refused)


def test_s_collect_twice_under_one_key_hands_over_once(waiting: Laid) -> None:
    """A doubled click is told the same, and nothing is told to the city again."""
    on, person, card = waiting.on, waiting.person, waiting.new
    one = do(on, Service.COLLECT, person, key=KEY)
    reports = len(on.others.city.card_management.reports)
    again = do(on, Service.COLLECT, person, key=KEY)
    assert again.repeated
    assert again.lines == one.lines
    assert len(on.others.city.card_management.reports) == reports
    with pytest.raises(RuleRefused):
        do(on, Service.COLLECT, person)
    assert state_of(on, card) == "held"


def test_s_collect_tells_the_city_later_where_it_does_not_answer(waiting: Laid) -> None:
    """The holder has the card all the same; what is owed is named, and delivered afterwards."""
    on, person, card = waiting.on, waiting.person, waiting.new
    on.others.set("card_management", Fault.DOWN)
    answer = do(on, Service.COLLECT, person)
    assert "市社保卡管理系统尚未确认" in owed(answer)
    assert state_of(on, card) == "held"
    on.others.set("card_management", Fault.UP)
    on.later(minutes=1)
    delivery.run_due(on.desk())
    assert on.others.city.card_management.reports[-1]["event"] == "handed_over"


def test_s_pin_set_at_collection_where_the_chip_lies_there(waiting: Laid, tmp_path: Path) -> None:
    """The first PIN is the holder's own, at the pad; the registry knows only that there is one."""
    on, person, card = waiting.on, waiting.person, waiting.new
    chip = Drawer.opened(tmp_path).put_in(card)
    answer = do(on, Service.COLLECT, person, on.desk().with_chip(chip))
    assert chip.has["pin"]
    assert on.look(card).pin_set
    assert values(answer)["服务密码"] == "已由本人设置"


def test_s_pin_set_at_collection_may_be_declined(waiting: Laid, tmp_path: Path) -> None:
    """The cancel key means later, not that the card stays at the bank."""
    on, person, card = waiting.on, waiting.person, waiting.new
    chip = Drawer.opened(tmp_path).put_in(card)
    chip.declines = True
    answer = do(on, Service.COLLECT, person, on.desk().with_chip(chip))
    assert "未设置" in values(answer)["服务密码"]
    assert on.look(card).pin_set is not True
    assert state_of(on, card) == "held"


def test_s_pin_set_that_nobody_was_asked_for_is_not_said_to_be_the_holders(
    waiting: Laid, tmp_path: Path
) -> None:
    """A chip that comes with a PIN from its making: its holder may not even know it."""
    on = waiting.on
    chip = Drawer.opened(tmp_path).put_in(waiting.new, pin=True)
    answer = do(on, Service.COLLECT, waiting.person, on.desk().with_chip(chip))
    assert values(answer)["服务密码"].startswith("卡上已有服务密码")
    assert on.look(waiting.new).pin_set


def test_s_pin_set_before_a_tear_is_not_asked_for_twice(waiting: Laid, tmp_path: Path) -> None:
    """The chip has it; who set it is not asked again because the counter forgot."""
    on, person, card = waiting.on, waiting.person, waiting.new
    chip = Drawer.opened(tmp_path).put_in(card)
    chip.tear("set_pin", after=True)
    desk = on.desk().with_chip(chip)
    with pytest.raises(CardTorn):
        do(on, Service.COLLECT, person, desk, key=KEY)
    chip.declines = True
    do(on, Service.COLLECT, person, desk, key=KEY)
    assert on.look(card).pin_set


def test_another_card_on_the_reader_is_not_handed_over(waiting: Laid, tmp_path: Path) -> None:
    """The wrong card out of the drawer is seen before anything is begun."""
    on, person = waiting.on, waiting.person
    _, another = first(on, 8, 98)
    with pytest.raises(PersonDiffers):
        do(on, Service.COLLECT, person, lying(on.desk(), another), key=KEY)
    with pytest.raises(CardWanted):
        do(on, Service.COLLECT, person, lying(on.desk(), "11" * 16), key=KEY)
    with on.registry.reading() as tx:
        assert runs.by_key(tx, KEY) is None


def test_a_new_card_with_a_dead_chip_is_not_handed_over(waiting: Laid, tmp_path: Path) -> None:
    """It would be the second ground of renewal on its first day."""
    on, person, card = waiting.on, waiting.person, waiting.new
    chip = Drawer.opened(tmp_path).put_in(card)
    chip.die()
    with pytest.raises(RequestWrong) as wrong:
        do(on, Service.COLLECT, person, on.desk().with_chip(chip))
    assert "废卡" in wrong.value.cause("zh")


def test_a_reader_cell_that_cuts_the_name_takes_a_second_person(on: Bench) -> None:
    """R-FIN-CHECK at the hand-over too: a long name is neither passed over nor refused."""
    long = "阿卜杜拉·买买提·艾合买提江·吐尔逊"
    person = on.person(long, 40)
    batch, _ = group(on, 0)
    assert batch
    with on.registry.writing() as tx:
        plea = applications.apply(
            tx,
            applications.NewApplication(person.id, applications.Sort.FIRST, "BOB"),
            run_id=None,
        )
    from applying import produce

    produce(on, plea, 41)
    holder = replace(ask(Service.COLLECT, person).holder, name=long[:15], from_reader=True)  # type: ignore[type-var]  # it is there
    with pytest.raises(SecondWanted):
        do(on, Service.COLLECT, None, holder=holder)
    do(on, Service.COLLECT, None, two(on.desk()), holder=holder)


def test_with_the_employer_it_is_not_collected_at_the_bank(on: Bench) -> None:
    """The bank does not have it: the employer hands it out, or brings it back."""
    batch, (card,) = group(on, 1)
    employer(on, batch.id)
    with on.registry.reading() as tx:
        person = persons.get(tx, card.person_id)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.COLLECT, person)
    assert ("S-COLLECT", "7") in why(refused)
    assert "由单位代领" in refused.value.cause("zh")


def employer(on: Bench, batch_id: int) -> None:
    do(
        on,
        Service.COLLECT_GROUP,
        None,
        actor=Actor.EMPLOYER,
        representative=shown("赵红", 12),
        wishes={"batch": str(batch_id)},
    )


# --- Terms -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "last"),
    [
        ("2026-03-02T09:00", "2026-09-02"),
        ("2026-03-02T23:59", "2026-09-02"),
        ("2026-08-31T12:00", "2027-02-28"),
        ("2026-03-31T00:00", "2026-09-30"),
    ],
)
def test_r_uncollected_6m_to_the_second(on: Bench, made: str, last: str) -> None:
    """The last second is the holder's, the next one is the recall's; month ends count."""
    on.now = datetime.fromisoformat(f"{made}:00+08:00")
    person, card = first(on)
    on.now = datetime.fromisoformat(f"{last}T23:59:59+08:00")
    with on.registry.reading() as tx:
        assert applications.of_card(tx, card.id) is not None
    on.later(seconds=1)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.COLLECT, person)
    assert ("R-UNCOLLECTED-6M", "21") in why(refused)
    on.later(seconds=-1)
    do(on, Service.COLLECT, person)


def test_r_uncollected_6m_does_not_begin_anew_when_a_card_comes_back(on: Bench) -> None:
    """Six months not handed to the person are six months, wherever it was meanwhile."""
    from terminal.services.offered import hand_out

    batch, (card,) = group(on, 1)
    on.later(days=150)
    employer(on, batch.id)
    on.later(days=20)
    hand_out.report(on.desk(), batch.id, returned=[card.id])
    on.now = datetime(2026, 9, 3, 0, 0, tzinfo=BEIJING)
    with on.registry.reading() as tx:
        person = persons.get(tx, card.person_id)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.COLLECT, person)
    assert ("R-UNCOLLECTED-6M", "21") in why(refused)


def test_r_dead_10wd_stops_the_hand_over_at_once(waiting: Laid) -> None:
    """From the reminder on, whoever comes with whatever papers."""
    on, person, card = waiting.on, waiting.person, waiting.new
    with on.registry.writing() as tx:
        persons.note_death(tx, person, deceased_on=None, reminded=True)
    with pytest.raises(RuleRefused) as refused:
        do(on, Service.COLLECT, person)
    assert ("R-DEAD-10WD", "21") in why(refused)
    assert state_of(on, card) == "ready"


def test_handed_over_at_two_counters_at_once_it_is_once(waiting: Laid, tmp_path: Path) -> None:
    """Two clerks with the same card: the second one hears of the first, and nothing is doubled."""
    on, person, card = waiting.on, waiting.person, waiting.new
    chip = Drawer.opened(tmp_path).put_in(card)
    chip.tear("set_pin", after=False)
    with pytest.raises(CardTorn):
        do(on, Service.COLLECT, person, on.desk().with_chip(chip), key=KEY)
    with pytest.raises((RunOpen, MovedMeanwhile)):
        do(on, Service.COLLECT, person)


def test_a_chip_of_a_namesake_is_not_handed_out(waiting: Laid) -> None:
    """People of one name are many: it is the number on the chip that says whose card it is."""
    on, card = waiting.on, waiting.new
    name = waiting.person.name.reveal()
    for number in (citizen_id(55), citizen_id(55)[:6] + citizen_id(55)[8:-1]):
        chip = LyingCard(card.chip or "", holder_name=name, holder_number=number, pin_set=None)
        with pytest.raises(PersonDiffers) as error:
            do(on, Service.COLLECT, waiting.person, replace(on.desk(), chip=chip))
        assert "姓名相同也不能办" in error.value.cause("zh")
    assert state_of(on, card) == "ready"


@pytest.mark.parametrize("form", ["{0}", "{1}", "", " {0}"])
def test_a_chip_with_the_holders_own_number_is(waiting: Laid, form: str) -> None:
    """Also as the 15 digits of old, or where the counter has no key to read it."""
    on, card = waiting.on, waiting.new
    own = waiting.person.document.number.reveal()
    chip = LyingCard(card.chip or "", holder_number=form.format(own, own[:6] + own[8:-1]))
    do(on, Service.COLLECT, waiting.person, replace(on.desk(), chip=chip))
    assert state_of(on, card) == "held"


def test_a_chip_with_another_card_number_is_not_handed_out(waiting: Laid) -> None:
    """What production typed is not what the chip says: somebody has to look into it."""
    on, card = waiting.on, waiting.new
    chip = LyingCard(card.chip or "", number="A00100011")
    with pytest.raises(RequestWrong) as error:
        do(on, Service.COLLECT, waiting.person, replace(on.desk(), chip=chip))
    assert "不要发放" in error.value.cause("zh")
