"""How things are asked for in the model (model_city.py): by whom, where, with which cards."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator

from chips import Drawer, DrawerChip
from registry import BANK, OTHER_BANK, Bench, ask
from sqlalchemy import text

from terminal.errors import GuitaiError, InternalFault
from terminal.registry import applications, cards, persons, runs, seats
from terminal.registry.applications import Application
from terminal.registry.cards import Card
from terminal.registry.operators import Role
from terminal.registry.persons import Person
from terminal.registry.runs import Run
from terminal.rules.decide import decide
from terminal.rules.states import Life
from terminal.rules.vocabulary import Channel, Service
from terminal.services.offered.desk import Desk
from terminal.services.offered.request import Request
from terminal.services.offered.running import carry_out
from terminal.services.offered.situation import Asked, case_of, gather
from terminal.services.offered.works import work_of

PAYOUT = "6200000000000000999"
WITH_DESK = frozenset({Channel.DISTRICT, Channel.BANK})
DONE: Counter[Service] = Counter()
"""How often each service succeeded, in all lives of this process."""


class Desks:
    """Hold a bench, the people there and their chips, and ask for things in their names.

    ``open_ones`` are the requests that broke off, by key.
    """

    bench: Bench
    drawer: Drawer
    people: list[Person]
    asked: int
    open_ones: list[tuple[str, Request, Desk]]

    def _ask(self, request: Request, desk: Desk) -> str:
        """Ask for something under a new key; gives it where it was done, empty where it was not."""
        self.asked += 1
        key = f"model-{self.asked:06}"
        before = self._rows()
        try:
            carry_out(work_of(request.service), desk, request, key)
        except GuitaiError as error:
            in_words(error)
            with self.bench.registry.reading() as tx:
                known = runs.by_key(tx, key)
            if known is None:
                assert self._rows() == before, request.service
            elif known.state == runs.BEGUN:
                self.open_ones.append((key, request, desk))
            return ""
        DONE[request.service] += 1
        return key

    def _again(self, key: str, request: Request, desk: Desk) -> None:
        """Ask for the same once more: what is done is told, what broke off is gone on with."""
        with self.bench.registry.reading() as tx:
            known = runs.by_key(tx, key)
        assert known is not None
        before = self._rows()
        with refused():
            answer = carry_out(work_of(request.service), desk, request, key)
            if known.state == runs.DONE:
                assert answer.repeated
                assert self._rows() == before
        with self.bench.registry.reading() as tx:
            known = runs.by_key(tx, key)
        if known is not None and known.state != runs.BEGUN:
            self.open_ones = [each for each in self.open_ones if each[0] != key]

    def _request(
        self, service: Service, person: Person, bank: str, grounds: str, **more: object
    ) -> Request:
        card = self._in_force(person)
        dead = card is not None and self._is_dead(card)
        wishes = {
            "bank": bank,
            "grounds": grounds,
            "payout": PAYOUT,
            "occupation": "10000",
            "mobile": "13800000000",
            "address": "北京市朝阳区某街 1 号",
            "valid_until": "2040-01-01",
            "photo": "",
            "said": "窗口排队太久",
            "fen": "4321",
            "method": "transfer" if self.asked % 2 else "cash",
            "year": str(2026 + self.asked % 2),
            "instant": "yes" if service is Service.APPLY and self.asked % 3 == 0 else "",
        }
        if dead:
            wishes |= {"old_chip": "dead", "chip": "dead"}
        return ask(service, person, wishes=wishes, **more)

    def _desk(self, channel: Channel, bank: str, person: Person, service: Service) -> Desk:
        """Sit down, with the cards that the service would want."""
        desk = self._with_second(self.bench.desk(channel, bank, instant=True))
        if channel not in WITH_DESK:
            return desk
        with self.bench.registry.reading() as tx:
            theirs = cards.of_person(tx, person.id)
            plea = next((e for e in applications.of_person(tx, person.id) if e.open), None)
        if service in {Service.COLLECT, Service.PARK_MOVE} and plea is not None:
            new = next((each for each in theirs if each.id == plea.card_id), None)
            old = next((each for each in theirs if each.id == plea.old_card_id), None)
            return desk.with_chip(self._chip(new), self._chip(old))
        meant = self._meant(person, service)
        return desk.with_chip(self._chip(meant))

    def _meant(self, person: Person, service: Service) -> Card | None:
        """Give the card that a service is about: the next one is enabled, the other one used."""
        with self.bench.registry.reading() as tx:
            held = seats.of_person(tx, person.id)
            theirs = {each.id: each for each in cards.of_person(tx, person.id)}
        following = theirs.get(held.next_card or 0)
        enabling = service in {Service.ENABLE, Service.FIN_ACTIVATE, Service.PIN_SET}
        if enabling and following is not None and following.life.state == Life.HELD:
            return following
        return theirs.get(held.current_card or 0)

    def _chip(self, card: Card | None) -> DrawerChip | None:
        if card is None or card.chip not in self.drawer.chips or self._is_dead(card):
            return None
        return self.drawer.take(card) if card.life.state != Life.DESTROYED else None

    def _is_dead(self, card: Card) -> bool:
        return card.chip in self.drawer.chips and bool(self.drawer.take(card).has["dead"])

    def _with_second(self, desk: Desk) -> Desk:
        return desk.with_second("li", "核对无误", frozenset({Role.SUPERVISOR}))

    def _possible(self, request: Request, desk: Desk) -> bool:
        """Say whether the rules would allow a service, were every party to say yes."""
        try:
            with self.bench.registry.reading() as tx:
                situation = gather(tx, desk, request)
                known = Asked(
                    alive=True, entitled=True, matters_closed=True, basic_data_changed=True
                )
                return decide(case_of(tx, desk, situation, known)).allowed
        except GuitaiError:
            return False

    def _banks_of(self, person: Person) -> list[str]:
        """Give the banks that a person has to do with."""
        with self.bench.registry.reading() as tx:
            found_banks = {each.bank for each in cards.of_person(tx, person.id)}
            found_banks |= {each.bank for each in applications.of_person(tx, person.id)}
        return sorted(found_banks & {BANK, OTHER_BANK}) or [BANK, OTHER_BANK]

    def _bank_of_new(self, person: Person) -> str:
        """Give the bank at which a person's next card is collected, empty where none is made."""
        with self.bench.registry.reading() as tx:
            pleas = applications.of_person(tx, person.id)
        return next((each.bank for each in pleas if each.open), "")

    def _lay_in(self, card: Card, fen: int) -> None:
        self.drawer.put_in(card, balance=fen)

    def _in_force(self, person: Person) -> Card | None:
        with self.bench.registry.reading() as tx:
            held = seats.of_person(tx, person.id).current_card
            return cards.get(tx, held) if held is not None else None

    def _person(self, who: int) -> Person:
        with self.bench.registry.reading() as tx:
            return persons.get(tx, self.people[who].id)

    def _open(self) -> tuple[Application, ...]:
        with self.bench.registry.reading() as tx:
            return applications.all_open(tx)

    def _rows(self) -> list[int]:
        """Count what grows; what waited for a chip is settled whatever is asked (R-PENDING)."""
        but_pending = "history WHERE kind <> 'pending'"
        names = (but_pending, "run", "application", "card", "seat", "duty", "person")
        with self.bench.registry.reading() as tx:
            return [
                tx.connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
                for name in names
            ]

    def _begun(self) -> tuple[Run, ...]:
        with self.bench.registry.reading() as tx:
            return runs.begun(tx)


@contextlib.contextmanager
def refused() -> Iterator[None]:
    """Take a refusal of the catalogue as an answer; a mistake of ours is none."""
    try:
        yield
    except GuitaiError as error:
        in_words(error)


def in_words(error: GuitaiError) -> None:
    """See that an error is said in words; a mistake of ours is raised again."""
    said = (error.message("zh"), error.cause("zh"), error.advice("zh"))
    if isinstance(error, InternalFault) or not all(said) or "{" in "".join(said):
        raise error
