"""A city in which anything is asked for in any order, by anybody, anywhere: what must always hold.

Most of what is asked at random is refused, and that is half of it: a refusal must change nothing.
The other half asks for what the rules say is possible, with the cards on the desk, so that cards
are made, loaded, torn, renewed, lost and cancelled. At the end everything is told and finished, and
then every fen has to be somewhere.

    python tests/support/model_city.py EXAMPLES STEPS

plays so many lives, and prints a line of JSON: how often each service succeeded.
"""

from __future__ import annotations

import contextlib
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parent))

import hypothesis.strategies as st
from applying import shown
from chips import Drawer, DrawerChip
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from model_desks import DONE, Desks, refused
from registry import BANK, OTHER_BANK, ask, bench, card_number, citizen_id, named
from sqlalchemy import text

from emulator.parties.party import Fault
from terminal.registry import applications, batches, cards, duties, runs, seats
from terminal.registry.audit_check import verify
from terminal.registry.cards import Made
from terminal.registry.duties import DutyState
from terminal.rules.states import Financial, Life, Progress, Social
from terminal.rules.table import TABLE
from terminal.rules.vocabulary import Actor, Channel, Generation, Service
from terminal.services.offered import delivery, found, hand_out, production
from terminal.services.offered.running import abandon
from terminal.services.offered.works import work_of

PEOPLE = 3
PASS_FEN = 10_000
MOST_BATCHES = 1
PATIENCE = 8
HALF, MOSTLY = 0.5, 0.7
IN_ONE_GO = {
    "begin": (
        Service.APPLY,
        Service.INSTANT,
        Service.COLLECT,
        Service.FIN_ACTIVATE,
        Service.TRANSIT_LOAD,
        Service.TRANSIT_REFUND,
    ),
    "lose": (
        Service.LOSS_FULL,
        Service.UNLOSS,
        Service.FIN_LOSS,
        Service.FIN_UNLOSS,
        Service.LOSS_SOCIAL,
        Service.REPLACE,
        Service.COLLECT,
        Service.ENABLE,
    ),
    "renew": (
        Service.UNLOSS,
        Service.PARK_BUY,
        Service.TRANSIT_LOAD,
        Service.RENEW,
        Service.PARK_MOVE,
        Service.COLLECT,
        Service.ENABLE,
    ),
    "change": (Service.BANK_CHANGE, Service.COLLECT, Service.ENABLE),
    "errands": (
        Service.STATUS,
        Service.PROGRESS,
        Service.DATA_MINOR,
        Service.PIN_SET,
        Service.PIN_CHANGE,
        Service.PIN_RESET,
        Service.FIN_PIN,
        Service.FIN_MOBILE,
        Service.FIN_CANCEL,
        Service.LOSS_TEMP,
        Service.CANCEL_ALL,
    ),
}
"""What belongs together, one after the other."""
TROUBLES = ("tear", "die", "find", "rename", "weather", "employ", "visit", *IN_ONE_GO)
SEEDS = st.integers(0, 1 << 32)
PARTIES = ("bank", "card_management", "messages", "data_sharing", "payment", "clearing")
SERVICES = tuple(
    each for each in Service if each not in {Service.GROUP, Service.COLLECT_GROUP, Service.VISIT}
)
"""What a person asks for; an employer comes by itself, and a visit by two."""
CHANNELS = (
    Channel.DISTRICT,
    Channel.BANK,
    Channel.BANK,
    Channel.BANK,
    Channel.ONLINE,
    Channel.HOTLINE,
)
ALIVE_SOCIAL = {Social.ON, Social.TEMP_LOST, Social.LOST}
IDLE = frozenset({Service.STATUS, Service.PROGRESS, Service.FEEDBACK, Service.DATA_MINOR})
"""What is possible nearly always."""
MONEY = frozenset(
    {
        Service.TRANSIT_LOAD,
        Service.TRANSIT_REFUND,
        Service.PARK_BUY,
        Service.COLLECT,
        Service.CANCEL_ALL,
    }
)
"""Services that no run of may be left open in the end."""


class City(Desks, RuleBasedStateMachine):
    """A city of three people, two banks and every kind of outlet."""

    @initialize()
    def open_the_doors(self) -> None:
        """Begin a day: two have a card from before, one with money; one has an old card."""
        self.folder = tempfile.TemporaryDirectory(prefix="guitai-model-")
        self.bench = bench(Path(self.folder.name))
        with contextlib.closing(self.bench.registry.engine.raw_connection()) as raw:
            raw.cursor().execute("PRAGMA synchronous=OFF")  # no machine is switched off here
        self.drawer = Drawer.opened(Path(self.folder.name))
        self.people = [
            self.bench.person(name, number, address="北京市")
            for number, name in enumerate(("张三丰", "李四光", "迪丽热巴·买买提"), 1)
        ]
        for each in self.people:
            known = self.bench.others.city.data_sharing.add_person
            known(each.document.number.reveal(), each.name.reveal(), closed=True)
        self.money_before = 3_300
        self._lay_in(self.bench.card(self.people[0]), self.money_before)
        self._lay_in(self.bench.card(self.people[2], bank=OTHER_BANK), 0)
        self.bench.card(self.people[1], generation=Generation.SECOND, financial=Financial.NONE)
        self.asked = 0
        self.tried: Counter[Service] = Counter()
        self.batches = 0
        self.open_ones = []

    def teardown(self) -> None:
        """Finish everything, count every fen, and close the doors."""
        if not hasattr(self, "bench"):
            return
        try:
            self._finish()
            self._every_fen_is_somewhere()
            with self.bench.registry.reading() as tx:
                assert verify(tx) == []
        finally:
            self.bench.registry.close()
            self.folder.cleanup()

    # --- What people do ------------------------------------------------------------------------

    @rule(
        service=st.sampled_from(SERVICES),
        channel=st.sampled_from(CHANNELS),
        who=st.integers(0, PEOPLE - 1),
        actor=st.sampled_from([Actor.HOLDER, Actor.HOLDER, Actor.AGENT, Actor.KIN]),
        bank=st.sampled_from([BANK, OTHER_BANK]),
        grounds=st.sampled_from(["", "face", "chip"]),
    )
    def ask_at_random(
        self,
        service: Service,
        channel: Channel,
        who: int,
        actor: Actor,
        bank: str,
        grounds: str,
    ) -> None:
        """Ask for any service of anybody's, anywhere."""
        person = self._person(who)
        desk = self._desk(channel, bank, person, service)
        helper = named(self._person((who + 1) % PEOPLE)) if actor is not Actor.HOLDER else None
        self._ask(
            self._request(service, person, bank, grounds, actor=actor, representative=helper), desk
        )

    @rule(seed=SEEDS, days=st.integers(1, 6))
    def morning(self, seed: int, days: int) -> None:
        """Live some days; there are three rules of it, for it is what most people do."""
        self._live(random.Random(seed), days, again=False)

    @rule(seed=SEEDS, days=st.integers(1, 6))
    def noon(self, seed: int, days: int) -> None:
        """Live some days, and ask for everything twice."""
        self._live(random.Random(seed), days, again=True)

    @rule(seed=SEEDS, days=st.integers(1, 6))
    def evening(self, seed: int, days: int) -> None:
        """Live some days."""
        self._live(random.Random(seed), days, again=False)

    def _live(self, dice: random.Random, days: int, *, again: bool) -> None:
        """Ask for some things that the rules would allow, with the cards at hand."""
        for _ in range(days):
            person = self._person(dice.randrange(PEOPLE))
            channel, bank = dice.choice(CHANNELS), dice.choice(self._banks_of(person))
            grounds = dice.choice(["face", "face chip"])
            offered = [each for each in SERVICES if channel in TABLE[each].channels]
            if dice.random() < MOSTLY:
                offered = [each for each in offered if each not in IDLE]
            # What was tried less comes rather, else a life is spent on enquiries.
            offered.sort(key=lambda each: dice.random() + self.tried[each])
            for service in offered[:PATIENCE]:
                new_bank = bank
                if service is Service.BANK_CHANGE:
                    new_bank = OTHER_BANK if bank == BANK else BANK
                request = self._request(service, person, new_bank, grounds)
                desk = self._desk(channel, bank, person, service)
                if self._possible(request, desk):
                    self.tried[service] += 1
                    key = self._ask(request, desk)
                    if again and key:
                        self._again(key, request, desk)
                    break
            if dice.random() < MOSTLY:
                self.produce()
            else:
                self._happen(dice, dice.randrange(PEOPLE))

    @rule(seed=SEEDS, who=st.integers(0, PEOPLE - 1))
    def trouble(self, seed: int, who: int) -> None:
        """Let something go wrong, or happen."""
        self._happen(random.Random(seed), who)

    def _happen(self, dice: random.Random, who: int) -> None:
        match dice.choice(TROUBLES):
            case "tear":
                self.tear(dice.randint(1, 9_999), dice.random() < HALF, who)
            case "die":
                self.die(who)
            case "find":
                self.find(who, dice.random() < HALF)
            case "rename":
                self.rename(who, dice.choice("甲乙丙丁"))
            case "weather":
                fault = dice.choice([Fault.UP, Fault.DOWN, Fault.LOST_ANSWER])
                self.bench.others.set(dice.choice(PARTIES), fault)
            case "employ" if self.batches < MOST_BATCHES:
                self.employ(hands_out=dice.random() < HALF)
            case "visit":
                self.visit(who)
            case story if story in IN_ONE_GO:
                self.in_one_go(who, story)

    def tear(self, fen: int, after: bool, who: int) -> None:
        """Pull a card out while it is topped up; whether it is gone on with is left open."""
        person = self._person(who)
        desk = self._desk(Channel.BANK, BANK, person, Service.TRANSIT_LOAD)
        if isinstance(desk.chip, DrawerChip):
            desk.chip.tear("load", after=after)
        wishes = {"fen": str(fen), "method": "transfer" if fen % 2 else "cash"}
        self._ask(ask(Service.TRANSIT_LOAD, person, wishes=wishes), desk)

    def die(self, who: int) -> None:
        """Let the chip of a card that is held stop working; clearing knows what was on it."""
        card = self._in_force(self._person(who))
        if card is None or card.chip not in self.drawer.chips or card.life.state != Life.HELD:
            return
        chip = self.drawer.take(card)
        if chip.has["dead"] or chip.has["closed"] or chip.has["balance"] == 0:
            return
        with self.bench.registry.reading() as tx:
            if runs.begun_with(tx, card.id) is not None:
                return
        chip.die()
        number = card.transit_number or ""
        self.bench.others.city.clearing.add_card(number, chip.has["balance"])

    def produce(self) -> None:
        """Have the city make what is ordered."""
        desk = self.bench.desk()
        with refused():
            production.run_due(desk)
        for plea in self._open():
            if plea.progress.state == Progress.MAKING:
                self.bench.made += 1
                number = self.bench.made
                made = Made(
                    number=card_number("A", number),
                    chip=f"110000D156000005{number:016X}",
                    transit_number=f"1000{number:016}",
                )
                with refused():
                    self._lay_in(production.made(desk, plea.id, made), 0)

    def find(self, who: int, gives_back: bool) -> None:
        """Let somebody find a card and hand it in, and its holder fetch it."""
        card = self._in_force(self._person(who))
        if card is None:
            return
        self.asked += 1
        with refused():
            found.hand_in(self.bench.desk(), f"found-{self.asked:06}", card.id)
        if gives_back:
            with refused():
                found.give_back(
                    self._with_second(self.bench.desk()), named(self._person(who)), card.id
                )

    def rename(self, who: int, mark: str) -> None:
        """Change a name at the offices, and then on the card."""
        person = self._person(who)
        city, number = self.bench.others.city.data_sharing, person.document.number.reveal()
        name = f"{person.name.reveal()[:-1]}{mark}"
        before = city.people[number]["social"]["name"]
        city.change_person(number, "2026-03-02", name=name)
        card = self._in_force(person)
        if card is None:
            self.in_one_go(who, "begin")
            card = self._in_force(person)
        request = self._request(Service.DATA_BASIC, person, BANK, "data")
        holder = replace(request.holder, name=name) if request.holder else None
        desk = self._desk(Channel.BANK, card.bank if card else BANK, person, Service.DATA_BASIC)
        if not self._ask(replace(request, holder=holder), desk):
            city.change_person(number, "2026-03-02", name=before)

    def ask_for(self, service: Service, channel: Channel, who: int) -> None:
        """Ask for one thing."""
        person = self._person(who)
        desk = self._desk(channel, BANK, person, service)
        self._ask(self._request(service, person, BANK, "face"), desk)

    def in_one_go(self, who: int, story: str) -> None:
        """Ask for one thing after the other at the right bank, as far as it gets."""
        person = self._person(who)
        for service in IN_ONE_GO[story]:
            card = self._meant(person, service)
            here = card.bank if card is not None else self._banks_of(person)[-1]
            there = OTHER_BANK if here == BANK else BANK
            changed = story == "change" and service is not Service.COLLECT
            if service is Service.COLLECT:
                here = self._bank_of_new(person) or here
            desk = self._desk(Channel.BANK, here, person, service)
            self._ask(self._request(service, person, there if changed else here, "face"), desk)
            if service is not Service.APPLY:  # else there is nothing to be made on the spot
                self.produce()

    def employ(self, *, hands_out: bool) -> None:
        """Have an employer apply for two people, fetch the cards, and hand one out."""
        self.batches += 1
        rows = [
            {
                "document": "citizen_id",
                "number": citizen_id(20 * self.batches + place),
                "name": "职工某",
                "confirmed": True,
                "mobile": "13800000000",
                "occupation": "20800",
                "address": "北京市",
                "valid_until": "2040-01-01",
            }
            for place in range(2)
        ]
        firm = {
            "bank": BANK,
            "employer": "某某公司",
            "licence": "91110105MA01ABCDEF",
            "contact": "13700000000",
        }
        desk = self.bench.desk()
        clerk = {"actor": Actor.EMPLOYER, "representative": shown("经办人", 99)}
        wishes = {**firm, "rows": json.dumps(rows)}
        if not self._ask(ask(Service.GROUP, None, wishes=wishes, **clerk), desk):
            return
        self.produce()
        number = {"batch": str(self.batches)}
        self._ask(ask(Service.COLLECT_GROUP, None, wishes=number, **clerk), desk)
        with refused(), self.bench.registry.reading() as tx:
            out = [
                each.card_id
                for each in applications.of_batch(tx, batches.get(tx, self.batches).id)
                if each.card_id is not None
            ]
        with refused():
            hand_out.report(desk, self.batches, out[:1] if hands_out else [], out[1:])

    def visit(self, who: int) -> None:
        """Have two people go to somebody's home."""
        wishes = {"address": "北京市", "services": "S-STATUS S-RENEW"}
        request = ask(Service.VISIT, self._person(who), wishes=wishes)
        self._ask(request, self._with_second(self.bench.desk()))

    @rule(hours=st.integers(0, 24 * 40))
    def wait(self, hours: int) -> None:
        """Let time pass."""
        self.bench.now += timedelta(hours=hours, minutes=7)

    @precondition(lambda self: bool(self.open_ones))
    @rule()
    def go_on(self) -> None:
        """Ask again for what broke off, in the same words."""
        key, request, desk = self.open_ones[-1]
        self._again(key, request, desk)

    @rule()
    def everything_is_told_in_the_end(self) -> None:
        """With every party well, what is due is done, and nothing that is due now stays due."""
        for party in PARTIES:
            self.bench.others.set(party, Fault.UP)
        self.bench.now += timedelta(hours=2)
        for _ in range(2):  # an account that was opened too late is closed by the second
            delivery.run_due(self.bench.desk(), 500)
        with self.bench.registry.reading() as tx:
            late = [
                each
                for each in (duties.get(tx, number) for number in duties.open_ones(tx))
                if each.state is DutyState.DUE and each.next_at <= tx.at
            ]
        assert late == []

    # --- What always holds -----------------------------------------------------------------------

    @invariant()
    @precondition(lambda self: hasattr(self, "bench"))
    def one_person_one_card(self) -> None:
        """At most one third-generation card in force, at most one beside it that is not enabled."""
        with self.bench.registry.reading() as tx:
            for person in self.people:
                held = seats.of_person(tx, person.id)
                theirs = [
                    each
                    for each in cards.of_person(tx, person.id)
                    if each.generation is Generation.THIRD
                ]
                in_force = [
                    each.id
                    for each in theirs
                    if each.social.state in ALIVE_SOCIAL and each.id != held.next_card
                ]
                coming = [
                    each.id
                    for each in theirs
                    if (each.social.state == Social.OFF or each.id == held.next_card)
                    and each.life.state in {Life.MAKING, Life.READY, Life.POSTED, Life.HELD}
                ]
                assert len(in_force) <= 1
                assert len(coming) <= 1
                assert {*in_force, *coming} <= {held.current_card, held.next_card} - {None}
                opened = [each for each in applications.of_person(tx, person.id) if each.open]
                assert len(opened) <= 1

    @invariant()
    @precondition(lambda self: hasattr(self, "bench"))
    def functions_agree(self) -> None:
        """A card never has money without identity: no financial function on a dead social one."""
        with self.bench.registry.reading() as tx:
            for person in self.people:
                for card in cards.of_person(tx, person.id):
                    if card.social.state == Social.ENDED and card.generation is Generation.THIRD:
                        assert card.financial.state in {
                            Financial.ENDED,
                            Financial.CANCELLED,
                            Financial.NONE,
                        }
                    if card.social.state == Social.OFF:
                        assert card.financial.state in {Financial.OFF, Financial.NONE}
                    if card.social.until is not None:
                        # A temporary loss that is over is over, without anybody having written it.
                        assert self.bench.now < card.social.until

    @invariant()
    @precondition(lambda self: hasattr(self, "bench"))
    def database_is_sound(self) -> None:
        """No row refers to nothing."""
        with self.bench.registry.reading() as tx:
            assert tx.connection.execute(text("PRAGMA foreign_key_check")).fetchall() == []

    # --- The end -------------------------------------------------------------------------------

    def _finish(self) -> None:
        """Go on with what broke off, or give it up, and tell everybody everything."""
        for _ in range(2):
            self.everything_is_told_in_the_end()
            for run in self._begun():
                key, request, desk = next(each for each in self.open_ones if each[0] == run.key)
                self._again(key, request, desk)
            for run in self._begun():
                with refused():
                    _, _, desk = next(each for each in self.open_ones if each[0] == run.key)
                    abandon(work_of(run.service), desk, run.key)
        self.everything_is_told_in_the_end()
        for run in self._begun():
            # What may be left open says so and moves no money.
            assert run.service not in MONEY, (run.service, run.key)

    def _every_fen_is_somewhere(self) -> None:
        """What came in is on chips, went out, or paid for a pass; and nobody is refused money."""
        city = self.bench.others.city
        paid = [each for each in city.payment.payments.values() if each["state"] == "done"]
        came = sum(each["amount_fen"] for each in paid if each["direction"] == "in")
        went = sum(each["amount_fen"] for each in paid if each["direction"] == "out")
        went += sum(each["amount_fen"] for each in city.bank.payouts)
        settled = {each["card_number"] for each in city.clearing.settlements.values()}
        went += sum(each.get("amount_fen") or 0 for each in city.clearing.settlements.values())
        on_chips = sum(
            chip["balance"]
            for chip_id, chip in self.drawer.chips.items()
            if self._transit_number(chip_id) not in settled
        )
        passes = PASS_FEN * sum(len(chip["passes"]) for chip in self.drawer.chips.values())
        assert self.money_before + came - went - on_chips - passes == 0
        with self.bench.registry.reading() as tx:
            left = [duties.get(tx, number) for number in duties.open_ones(tx)]
            stuck = [each for each in left if each.party in {"payment", "clearing"}]
        assert [each for each in stuck if each.call != "block"] == []

    def _transit_number(self, chip_id: str) -> str:
        with self.bench.registry.reading() as tx:
            card = cards.by_chip(tx, chip_id)
        return (card.transit_number or "") if card is not None else ""


def quiet_days() -> None:
    """Play each story once in a city where nothing goes wrong, so that the rare ones are done."""
    for story in IN_ONE_GO:
        with playing() as city:
            city.in_one_go(1 if story == "begin" else 0, story)
    with playing() as city:
        city.rename(0, "甲")
        city.visit(0)
        city.employ(hands_out=True)
        city.ask_for(Service.FEEDBACK, Channel.HOTLINE, 0)
        city.ask_for(Service.CANCEL_SOCIAL, Channel.DISTRICT, 2)


@contextlib.contextmanager
def playing() -> Iterator[City]:
    """Open a city, see that all holds after what is done in it, and finish everything."""
    city = City()
    city.open_the_doors()
    try:
        yield city
        city.one_person_one_card()
        city.functions_agree()
        city.database_is_sound()
    finally:
        city.teardown()


def play(examples: int, steps: int, *, derandomize: bool) -> None:
    """Play so many lives of so many steps."""
    run_state_machine_as_test(  # type: ignore[no-untyped-call]  # hypothesis leaves it untyped
        City,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=derandomize,
            database=None,
            phases=(Phase.generate,),  # a failure's steps are short enough to read
        ),
    )


if __name__ == "__main__":
    quiet_days()
    play(int(sys.argv[1]), int(sys.argv[2]), derandomize=False)
    sys.stdout.write(json.dumps({each.value: DONE[each] for each in Service}) + "\n")
