"""The services that are killed at every step (service_kills.py): what is there, what is asked.

Acts beside the services are in act_stories.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from act_stories import ACT_STORIES
from applying import CHILD, SAID, application_for, apply_for, guardian, shown
from chips import Drawer
from handing_over import PAYOUT, first, following, group
from offered import do, two
from registry import ALL_PAPERS, BANK, OTHER_BANK, Bench, ask, citizen_id, named
from service_kills import Point, Story

from terminal.registry import batches, cards, persons
from terminal.registry.cards import Card
from terminal.registry.persons import Person
from terminal.rules.documents import DocumentKind, DocumentNumber
from terminal.rules.states import Financial
from terminal.rules.vocabulary import Actor, Channel, Generation, Service
from terminal.services.offered.desk import Desk
from terminal.services.offered.request import Named, Request
from terminal.services.offered.running import carry_out
from terminal.services.offered.works import work_of

KEY = "story-key-1"
Prepare = Callable[[Bench, Path], None]


def holder(on: Bench) -> Person:
    """Give the one person of a story."""
    with on.registry.reading() as tx:
        return persons.get(tx, 1)


def theirs(on: Bench) -> tuple[Card, ...]:
    """Give the person's cards, the newest first."""
    with on.registry.reading() as tx:
        return cards.of_person(tx, 1)


# --- What is there before ----------------------------------------------------------------------


def one_card(on: Bench, folder: Path) -> None:
    """Have a person with one card in force, which lies on the desk with money on it."""
    person = on.person()
    Drawer.opened(folder).put_in(
        on.card(person),
        balance=5_000,
        pin=True,
        name=person.name.reveal(),
        number=person.document.number.reveal(),
    )


def without_pin(on: Bench, folder: Path) -> None:
    """Have a card without a service PIN."""
    Drawer.opened(folder).put_in(on.card(on.person()), balance=0)


def open_transit(on: Bench, folder: Path) -> None:
    """Have a card whose transit function is open."""
    one_card(on, folder)
    _load(on, folder)


def after(service: Service, prepare: Prepare = one_card, at: Channel = Channel.BANK) -> Prepare:
    """Have something done before."""

    def prepared(on: Bench, folder: Path) -> None:
        prepare(on, folder)
        do(on, service, holder(on), at)

    return prepared


def old_card(on: Bench, _folder: Path) -> None:
    """Have a card of the second generation, and nothing else."""
    on.card(on.person(), generation=Generation.SECOND, financial=Financial.NONE)


def nobody(_on: Bench, _folder: Path) -> None:
    """Have nobody."""


def made_card(on: Bench, folder: Path) -> None:
    """Have a first card that is made and waits."""
    _, card = first(on)
    Drawer.opened(folder).put_in(card)


def in_hand(on: Bench, folder: Path) -> None:
    """Have a first card that was collected, with nothing on."""
    made_card(on, folder)
    _collect(on, folder)


def renewal(on: Bench, folder: Path) -> None:
    """Have an old card with money and passes, and the new one that waits."""
    person = on.person()
    old = on.card(person)
    drawer = Drawer.opened(folder)
    drawer.put_in(old, balance=7_350, passes=(2026,), pin=True)
    drawer.put_in(following(on, person))


def renewal_of_dead(on: Bench, folder: Path) -> None:
    """Have the old card's chip dead; clearing will know in a week what was on it."""
    renewal(on, folder)
    _, old = theirs(on)
    Drawer.opened(folder).take(old).die()
    on.others.city.clearing.add_card(old.transit_number or "", 7_350, "2026-03-09")


def renewed(on: Bench, folder: Path) -> None:
    """Have the new card in hand, the old one taken back."""
    renewal(on, folder)
    _collect(on, folder)


def employers_cards(on: Bench, _folder: Path) -> None:
    """Have an employer's three cards that are made and wait."""
    group(on, 3)


def waiting_for_chip(on: Bench, folder: Path) -> None:
    """Have changes decided online that wait for the chip."""
    one_card(on, folder)
    do(on, Service.DATA_MINOR, holder(on), Channel.ONLINE, wishes={"mobile": "13900000000"})
    do(on, Service.PIN_CHANGE, holder(on), Channel.ONLINE)


def closed(on: Bench, folder: Path) -> None:
    """Have the insurance offices say that all matters are closed."""
    one_card(on, folder)
    _close_matters(on)


def closed_while_renewed(on: Bench, folder: Path) -> None:
    """Have them closed while a new card waits to be collected."""
    renewal(on, folder)
    _close_matters(on)


def data_changed(on: Bench, folder: Path) -> None:
    """Have the offices know the holder by another number."""
    one_card(on, folder)
    city = on.others.city.data_sharing
    city.add_person(citizen_id(1), "王建国")
    city.change_person(citizen_id(1), "2026-02-20", new_number=citizen_id(2))


def to_be_made_here(on: Bench, _folder: Path) -> None:
    """Have an application whose card is made on the spot."""
    apply_for(on, at=on.desk(instant=True), instant="yes")


def _close_matters(on: Bench) -> None:
    person = holder(on)
    number = person.document.number.reveal()
    on.others.city.data_sharing.add_person(number, person.name.reveal(), closed=True)


# --- What is asked -------------------------------------------------------------------------------


def plain(
    name: str,
    service: Service,
    at: Channel = Channel.BANK,
    prepare: Prepare = one_card,
    *,
    wishes: Mapping[str, str] | None = None,
    second: bool = False,
    bank: str = BANK,
    **more: object,
) -> Story:
    """Make the story of a service of the registry and the other parties."""

    def act(on: Bench, _folder: Path, _point: Point) -> None:
        request = ask(service, holder(on), wishes=wishes or {}, **more)
        desk = on.desk(at, bank, instant=service is Service.INSTANT)
        carry_out(work_of(service), two(desk) if second else desk, request, KEY)

    return Story(name, prepare, act)


def on_chip(
    name: str,
    service: Service,
    prepare: Prepare = one_card,
    at: Channel = Channel.BANK,
    **wishes: str,
) -> Story:
    """Make the story of a service with the card on the desk."""

    def act(on: Bench, folder: Path, point: Point) -> None:
        desk = on.desk(at).with_chip(Drawer.opened(folder, point).take(theirs(on)[0]))
        carry_out(work_of(service), desk, ask(service, holder(on), wishes=wishes), KEY)

    return Story(name, prepare, act)


def on_both(name: str, service: Service, prepare: Prepare, **wishes: str) -> Story:
    """Make the story of a service with the new card on the desk, the old one beside it."""

    def act(on: Bench, folder: Path, point: Point) -> None:
        request = ask(service, holder(on), wishes=wishes)
        carry_out(work_of(service), _with_both(on, folder, point), request, KEY)

    return Story(name, prepare, act)


def _with_both(on: Bench, folder: Path, point: Point) -> Desk:
    drawer = Drawer.opened(folder, point)
    new, *old = theirs(on)
    return on.desk().with_chip(drawer.take(new), drawer.take(old[0]) if old else None)


def _load(on: Bench, folder: Path) -> None:
    desk = on.desk().with_chip(Drawer.opened(folder).take(theirs(on)[0]))
    do(on, Service.TRANSIT_LOAD, holder(on), desk, wishes={"fen": "3000", "method": "cash"})


def _collect(on: Bench, folder: Path) -> None:
    do(on, Service.COLLECT, holder(on), _with_both(on, folder, lambda: None))


def _apply(on: Bench, _folder: Path, _point: Point) -> None:
    apply_for(on, key=KEY)


def _old_applies(on: Bench, _folder: Path, _point: Point) -> None:
    request = application_for(named(holder(on)))
    carry_out(work_of(Service.APPLY), on.desk(), request, KEY)


def _for_a_child(on: Bench, _folder: Path, _point: Point) -> None:
    request = guardian(shown("李小小", 8, CHILD), shown("李大", 9, "19850101"))
    carry_out(work_of(Service.APPLY), on.desk(), request, KEY)


def _group(on: Bench, _folder: Path, _point: Point) -> None:
    rows = [
        {
            "document": "citizen_id",
            "number": citizen_id(sequence),
            "name": name,
            "confirmed": confirmed,
            **{each: said for each, said in SAID.items() if each != "bank"},
        }
        for sequence, name, confirmed in ((1, "张三", True), (2, "李四", True), (3, "王五", False))
    ]
    firm = {
        "bank": BANK,
        "employer": "某某科技有限公司",
        "licence": "91110105MA01ABCDEF",
        "contact": "13700000000",
    }
    wishes = {**firm, "rows": json.dumps(rows)}
    _as_employer(on, Service.GROUP, wishes)


def _collect_group(on: Bench, _folder: Path, _point: Point) -> None:
    with on.registry.reading() as tx:
        batch = batches.get(tx, 1)
    _as_employer(on, Service.COLLECT_GROUP, {"batch": str(batch.id)})


def _as_employer(on: Bench, service: Service, wishes: Mapping[str, str]) -> None:
    clerk = shown("经办人", 99)
    request = Request(service, None, Actor.EMPLOYER, clerk, papers=ALL_PAPERS, wishes=wishes)
    carry_out(work_of(service), on.desk(), request, KEY)


def _basic(on: Bench, folder: Path, point: Point) -> None:
    shows = Named(DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(2)), "王建国")
    wishes = {"valid_until": "2040-01-01", "payout": PAYOUT}
    request = Request(Service.DATA_BASIC, shows, papers=ALL_PAPERS, wishes=wishes)
    desk = on.desk().with_chip(Drawer.opened(folder, point).take(theirs(on)[0]))
    carry_out(work_of(Service.DATA_BASIC), desk, request, KEY)


def _instant(on: Bench, _folder: Path, _point: Point) -> None:
    desk = on.desk(instant=True)
    carry_out(work_of(Service.INSTANT), desk, ask(Service.INSTANT, holder(on)), KEY)


def _cancels_the_old(on: Bench, folder: Path, point: Point) -> None:
    """Have everything cancelled by the card in force, while the next one waits."""
    _, old = theirs(on)
    desk = on.desk().with_chip(Drawer.opened(folder, point).take(old))
    request = ask(Service.CANCEL_ALL, holder(on), card=old.id, wishes={"payout": PAYOUT})
    carry_out(work_of(Service.CANCEL_ALL), desk, request, KEY)


_AGENT = shown("周全", 30)
_KIN = {"actor": Actor.KIN, "representative": shown("王小二", 31)}
_DIED = {"deceased_on": "2026-02-20"}
_OLD_TO_ACCOUNT = {"grounds": "face", "payout": PAYOUT}

SERVICE_STORIES = [
    plain("loss-temp", Service.LOSS_TEMP, Channel.HOTLINE),
    plain(
        "loss-temp-after-social",
        Service.LOSS_TEMP,
        Channel.DISTRICT,
        after(Service.LOSS_SOCIAL, at=Channel.DISTRICT),
    ),
    plain("loss-social", Service.LOSS_SOCIAL, Channel.DISTRICT),
    plain("loss-full", Service.LOSS_FULL),
    plain("unloss", Service.UNLOSS, prepare=after(Service.LOSS_FULL)),
    plain("replace", Service.REPLACE, prepare=after(Service.LOSS_FULL)),
    plain(
        "replace-after-social",
        Service.REPLACE,
        prepare=after(Service.LOSS_SOCIAL, at=Channel.DISTRICT),
    ),
    plain("renew", Service.RENEW, wishes=_OLD_TO_ACCOUNT),
    plain(
        "bank-change",
        Service.BANK_CHANGE,
        wishes={"bank": OTHER_BANK, "payout": PAYOUT},
        bank=OTHER_BANK,
    ),
    plain("cancel-social", Service.CANCEL_SOCIAL, Channel.DISTRICT, closed),
    plain(
        "cancel-social-by-kin",
        Service.CANCEL_SOCIAL,
        Channel.DISTRICT,
        closed_while_renewed,
        second=True,
        wishes=_DIED,
        card=1,
        **_KIN,
    ),
    plain("status", Service.STATUS),
    plain("progress", Service.PROGRESS, Channel.HOTLINE, made_card),
    plain("feedback", Service.FEEDBACK, Channel.HOTLINE, wishes={"said": "窗口排队太久"}),
    plain("fin-loss", Service.FIN_LOSS),
    plain("fin-unloss", Service.FIN_UNLOSS, prepare=after(Service.LOSS_FULL)),
    plain("fin-cancel", Service.FIN_CANCEL),
    plain("fin-pin", Service.FIN_PIN),
    plain("fin-mobile", Service.FIN_MOBILE),
    plain(
        "data-minor-online", Service.DATA_MINOR, Channel.ONLINE, wishes={"mobile": "13900000000"}
    ),
    plain("pin-reset-online", Service.PIN_RESET, Channel.ONLINE),
    plain("enable", Service.ENABLE, Channel.ONLINE, in_hand),
    plain(
        "enable-by-agent",
        Service.ENABLE,
        Channel.DISTRICT,
        in_hand,
        actor=Actor.AGENT,
        representative=_AGENT,
    ),
    plain("enable-after-renewal", Service.ENABLE, prepare=renewed),
    plain("visit", Service.VISIT, second=True, wishes={"address": "某街", "services": "S-STATUS"}),
    plain("instant", Service.INSTANT, prepare=to_be_made_here),
    Story("apply", nobody, _apply),
    Story("apply-with-old-card", old_card, _old_applies),
    Story("apply-for-a-child", nobody, _for_a_child),
    Story("group", nobody, _group),
    Story("collect-group", employers_cards, _collect_group),
    Story("data-basic", data_changed, _basic),
    on_both("collect", Service.COLLECT, made_card),
    on_both("collect-at-renewal", Service.COLLECT, renewal),
    on_both("collect-at-renewal-of-dead", Service.COLLECT, renewal_of_dead, old_chip="dead"),
    on_both("park-move", Service.PARK_MOVE, renewal),
    on_both("park-move-of-dead", Service.PARK_MOVE, renewal_of_dead, old_chip="dead"),
    on_chip("cancel-all", Service.CANCEL_ALL, closed, payout=PAYOUT),
    Story("cancel-all-while-renewed", closed_while_renewed, _cancels_the_old),
    plain(
        "cancel-all-by-kin",
        Service.CANCEL_ALL,
        prepare=closed,
        second=True,
        wishes={"chip": "absent", "payout": PAYOUT, "payout_name": "王小二", **_DIED},
        **_KIN,
    ),
    on_chip("fin-activate", Service.FIN_ACTIVATE, in_hand),
    on_both("fin-activate-after-renewal", Service.FIN_ACTIVATE, renewed),
    on_chip("pin-set", Service.PIN_SET, without_pin),
    on_chip("pin-change", Service.PIN_CHANGE),
    on_chip("pin-reset", Service.PIN_RESET),
    on_chip("data-minor", Service.DATA_MINOR, mobile="13900000000"),
    on_chip("pending-first", Service.PIN_RESET, waiting_for_chip),
    on_chip("transit-load", Service.TRANSIT_LOAD, fen="3000", method="cash"),
    on_chip("transit-load-paid", Service.TRANSIT_LOAD, fen="3000", method="transfer"),
    on_chip("transit-refund", Service.TRANSIT_REFUND, open_transit, method="cash"),
    on_chip("park-buy", Service.PARK_BUY, year="2026", type="1", method="transfer"),
]
STORIES = [*SERVICE_STORIES, *ACT_STORIES]
"""Every service that changes something, the enquiries that leave a trace, and the acts."""
