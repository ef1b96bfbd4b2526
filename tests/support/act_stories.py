"""The acts beside the services that are killed at every step (service_kills.py).

What production, custody, the post, employers, the city's reminders and finders of cards bring about
is no run under a key: asked for again it finds what it did.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from applying import apply_for, made_card, newest, produce, shown
from chips import Drawer
from handing_over import first, following, group
from offered import do, two
from parties import BEIJING
from registry import Bench, ask, named
from service_kills import Point, Story

from emulator.parties.party import Fault
from terminal.errors import RequestWrong
from terminal.registry import applications, batches, cards, persons
from terminal.registry.cards import Card
from terminal.registry.persons import Person
from terminal.rules.decision import Reason
from terminal.rules.states import Progress
from terminal.rules.vocabulary import Actor, Channel, Service
from terminal.services.offered import (
    authorise,
    custody,
    deaths,
    delivery,
    found,
    hand_out,
    posting,
    production,
)
from terminal.services.offered.desk import Desk
from terminal.services.offered.found import Matter
from terminal.texts import Text

KEY = "act-key-01"
LATER = datetime(2026, 9, 3, 9, 0, tzinfo=BEIJING)
"""More than six months after the tests' Monday."""
TOMORROW = datetime(2026, 3, 3, 9, 0, tzinfo=BEIJING)
TRACKING = "EA123456789CN"
Prepare = Callable[[Bench, Path], None]
_WHY = Reason("R-VERIFY", "4", Text("材料不实", "what was said is not true"))


def _card(on: Bench, index: int = 0) -> Card:
    """Give a card of the first person, the newest first."""
    with on.registry.reading() as tx:
        return cards.of_person(tx, 1)[index]


def _person(on: Bench) -> Person:
    with on.registry.reading() as tx:
        return persons.get(tx, 1)


def _plea(on: Bench) -> applications.Application:
    with on.registry.reading() as tx:
        return applications.of_person(tx, 1)[0]


# --- What is there before ----------------------------------------------------------------------


def _applied(on: Bench, _folder: Path) -> None:
    apply_for(on)


def _ordered(on: Bench, folder: Path) -> None:
    _applied(on, folder)
    plea = newest(on)
    production.verify(on.desk(), plea.id)
    production.start(on.desk(), plea.id)


def _made(on: Bench, _folder: Path) -> None:
    first(on)


def _by_post(on: Bench, _folder: Path) -> None:
    first(on, by_post="yes")


def _posted(on: Bench, folder: Path) -> None:
    _by_post(on, folder)
    posting.post(on.desk(), _card(on).id, TRACKING)


def _one_card(on: Bench, _folder: Path) -> None:
    on.card(on.person())


def _lost_and_replaced(on: Bench, _folder: Path) -> None:
    person = on.person()
    on.card(person)
    do(on, Service.LOSS_FULL, person)
    following(on, person, Service.REPLACE)


def _handed_in(on: Bench, folder: Path) -> None:
    _one_card(on, folder)
    found.hand_in(on.desk(), "found-before", _card(on).id)


def _taken_back(on: Bench, folder: Path) -> None:
    """Have an old card in custody, whose functions have ended."""
    person = on.person()
    old = on.card(person)
    drawer = Drawer.opened(folder)
    new = following(on, person)
    desk = on.desk().with_chip(drawer.put_in(new), drawer.put_in(old))
    do(on, Service.COLLECT, person, desk)
    do(on, Service.ENABLE, person, Channel.ONLINE)


def _at_the_employers(on: Bench, _folder: Path) -> None:
    batch, _ = group(on, 3)
    do(
        on,
        Service.COLLECT_GROUP,
        None,
        actor=Actor.EMPLOYER,
        representative=shown("赵红", 12),
        wishes={"batch": str(batch.id)},
    )


def _reminded(prepare: Prepare) -> Prepare:
    """Have the city remind of the first person's death."""

    def prepared(on: Bench, folder: Path) -> None:
        prepare(on, folder)
        document = _person(on).document
        on.others.city.card_management.add_death(
            document.document.value, document.number.reveal(), "2026-03-02", "2026-02-27"
        )

    return prepared


def _wrongly_dead(on: Bench, folder: Path) -> None:
    _reminded(_one_card)(on, folder)
    deaths.take_reminders(on.desk())


def _authorised(on: Bench, folder: Path) -> None:
    _one_card(on, folder)
    authorise.authorise(on.desk(), named(_person(on)), shown("周全", 30), {Service.ENABLE})


def _unheard(on: Bench, folder: Path) -> None:
    """Have nobody answer while a card is lost and found again."""
    _one_card(on, folder)
    for party in ("bank", "card_management", "messages"):
        on.others.set(party, Fault.DOWN)
    do(on, Service.LOSS_FULL, _person(on))
    do(on, Service.UNLOSS, _person(on))
    for party in ("bank", "card_management", "messages"):
        on.others.set(party, Fault.UP)


# --- What is done --------------------------------------------------------------------------------


def act(
    name: str,
    prepare: Prepare,
    doing: Callable[[Bench, Desk], object],
    *,
    at: datetime | None = None,
) -> Story:
    """Make the story of an act, by two people at a desk of the bank."""

    def done(on: Bench, _folder: Path, _point: Point) -> None:
        if at is not None:
            on.now = at
        doing(on, two(on.desk()))

    return Story(name, prepare, done)


def _produce(on: Bench, desk: Desk) -> None:
    """Bring an application all the way; each step may be asked for again."""
    plea = _plea(on)
    if plea.progress.state != Progress.MADE:
        produce(on, plea)
    else:
        production.made(desk, plea.id, made_card())


def _spoil(on: Bench, desk: Desk) -> None:
    production.spoilt(desk, _plea(on).id, _card(on).id, "卡面印歪")


def _hand_out(_on: Bench, desk: Desk) -> None:
    with desk.registry.reading() as tx:
        batch = batches.get(tx, 1)
        made = [each.card_id for each in applications.of_batch(tx, batch.id)]
    first_one, second_one, _third = (each for each in made if each is not None)
    hand_out.report(desk, batch.id, [first_one], [second_one])


def _report(on: Bench, desk: Desk) -> None:
    found.report(desk, KEY, Matter.BORROWED, "转借他人就医", card_id=_card(on).id, blacklist=True)


def _listed(on: Bench, folder: Path) -> None:
    _one_card(on, folder)
    _report(on, two(on.desk()))


def _take_off(_on: Bench, desk: Desk) -> None:
    with suppress(RequestWrong):  # off already: no more is to be done
        found.take_off(desk, 1)


def _give_back(on: Bench, desk: Desk) -> None:
    found.give_back(desk, ask(Service.STATUS, _person(on)).holder or shown(), _card(on).id)


def _authorise(on: Bench, desk: Desk) -> None:
    authorise.authorise(desk, named(_person(on)), shown("周全", 30), {Service.ENABLE})


ACT_STORIES = [
    act("produce", _applied, _produce),
    act("production-run", _applied, lambda _on, desk: production.run_due(desk)),
    act("spoilt", _ordered, _spoil),
    act("withdraw", _made, lambda on, desk: production.withdraw(desk, _plea(on).id)),
    act("refuse", _applied, lambda on, desk: production.refuse(desk, _plea(on).id, (_WHY,))),
    act("post", _by_post, lambda on, desk: posting.post(desk, _card(on).id, TRACKING)),
    act("post-delivered", _posted, lambda on, desk: posting.delivered(desk, _card(on).id)),
    act("post-came-back", _posted, lambda on, desk: posting.came_back(desk, _card(on).id)),
    act("post-lost", _posted, lambda on, desk: posting.lost(desk, _card(on, -1).id)),
    act("recall", _made, lambda on, desk: custody.recall(desk, _card(on).id), at=LATER),
    act("destroy", _taken_back, lambda on, desk: custody.destroy(desk, _card(on, -1).id)),
    act("hand-out", _at_the_employers, _hand_out),
    act("death", _reminded(_made), lambda _on, desk: deaths.take_reminders(desk)),
    act(
        "death-applied",
        _reminded(_applied),
        lambda _on, desk: deaths.take_reminders(desk),
    ),
    act(
        "death-at-the-employers",
        _reminded(_at_the_employers),
        lambda _on, desk: deaths.take_reminders(desk),
    ),
    act("death-corrected", _wrongly_dead, lambda _on, desk: deaths.correct(desk, 1)),
    act("found", _one_card, lambda on, desk: found.hand_in(desk, KEY, _card(on).id)),
    act(
        "found-after-replacement",
        _lost_and_replaced,
        lambda on, desk: found.hand_in(desk, KEY, _card(on, -1).id),
    ),
    act("give-back", _handed_in, _give_back),
    act(
        "destroy-found",
        _handed_in,
        lambda on, desk: found.destroy(desk, KEY, _card(on).id),
        at=LATER,
    ),
    act("misuse", _one_card, _report),
    act("blacklist-off", _listed, _take_off),
    act("authorise", _one_card, _authorise),
    act(
        "authorisation-withdrawn",
        _authorised,
        lambda on, desk: authorise.withdraw(desk, named(_person(on)), 1),
    ),
    act("duties", _unheard, lambda _on, desk: delivery.run_due(desk), at=TOMORROW),
]
"""Every act that changes something."""
