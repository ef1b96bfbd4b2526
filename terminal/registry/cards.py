"""Cards and their functions: what each is, and how it stands now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from terminal.registry import histories
from terminal.registry.histories import Standing
from terminal.registry.machines import TITLES, Kind
from terminal.registry.tables.cards import CARD
from terminal.registry.transaction import Transaction
from terminal.rules.states import Financial, Life, Public, Social
from terminal.rules.vocabulary import Generation
from terminal.texts import Text

_NO_PART = Text("编号 {thing} 不是{kind}的记录", "the thing {thing} is not {kind}")
_FUNCTIONS = ("social", "financial", "transit", "park")


@dataclass(frozen=True, slots=True)
class Card:
    """Hold a card, and how it and its functions stand at the moment that it was asked for."""

    id: int
    person_id: int
    generation: Generation
    number: str | None = field(repr=False)
    chip: str | None
    transit_number: str | None = field(repr=False)
    region: str
    bank: str
    account: str | None = field(repr=False)
    pin_set: bool | None
    issued_on: date | None
    life: Standing
    social: Standing
    financial: Standing
    transit: Standing
    park: Standing

    @property
    def over(self) -> bool:
        """Say whether its social function is over for good."""
        return self.social.state in {Social.ENDED, Social.CANCELLED}


@dataclass(frozen=True, slots=True)
class Made:
    """Hold what a made card is known by: its number, its chip's id in hex, and the rest.

    An electronic card has no chip: it is empty.
    """

    number: str = field(repr=False)
    chip: str
    transit_number: str = field(default="", repr=False)
    account: str = field(default="", repr=False)
    issued_on: date | None = None


_BY_ID = select(CARD).where(CARD.c.id == bindparam("id"))
_BY_CHIP = select(CARD).where(CARD.c.chip == bindparam("chip"))
_BY_NUMBER = select(CARD).where(CARD.c.number == bindparam("number")).order_by(CARD.c.id.desc())
_OF_PERSON = (
    select(CARD).where(CARD.c.person_id == bindparam("person_id")).order_by(CARD.c.id.desc())
)
_ADD = insert(CARD)
_CHANGE = update(CARD).where(CARD.c.id == bindparam("card_id"))


def get(tx: Transaction, card_id: int) -> Card:
    """Give a card by its number in the registry; raises KeyError."""
    row = tx.row(_BY_ID, id=card_id)
    if row is None:
        raise KeyError(card_id)
    return _read(tx, [row])[0]


def by_chip(tx: Transaction, chip: str) -> Card | None:
    """Find a card by its chip's id in hex."""
    row = tx.row(_BY_CHIP, chip=chip)
    return None if row is None else _read(tx, [row])[0]


def by_number(tx: Transaction, number: str) -> tuple[Card, ...]:
    """Find cards by their number, the newest first: a number may be on more than one."""
    return _read(tx, tx.rows(_BY_NUMBER, number=number))


def of_person(tx: Transaction, person_id: int) -> tuple[Card, ...]:
    """Give a person's cards, the newest first."""
    return _read(tx, tx.rows(_OF_PERSON, person_id=person_id))


def order(tx: Transaction, person_id: int, bank: str, *, region: str, run_id: int | None) -> Card:
    """Put a third-generation card that is to be made on record: no function is on."""
    parts = {
        "life": histories.begin(tx, Kind.LIFE, "order", Life.MAKING, run_id=run_id),
        "social": histories.begin(tx, Kind.SOCIAL, "issue", Social.OFF, run_id=run_id),
        "financial": histories.begin(tx, Kind.FINANCIAL, "issue", Financial.OFF, run_id=run_id),
        "transit": histories.begin(tx, Kind.TRANSIT, "issue", Public.OFF, run_id=run_id),
        "park": histories.begin(tx, Kind.PARK, "issue", Public.OFF, run_id=run_id),
    }
    return _add(tx, person_id, Generation.THIRD, bank, region, parts)


def register(
    tx: Transaction,
    person_id: int,
    generation: Generation,
    made: Made,
    *,
    bank: str,
    region: str,
    financial: Financial = Financial.NONE,
    social: Social = Social.ON,
    run_id: int | None = None,
) -> Card:
    """Put a card from before on record, in its holder's hands, enabled unless ``social`` is off."""
    public = Public.OFF if generation is Generation.THIRD else Public.NONE
    parts = {
        "life": histories.begin(tx, Kind.LIFE, "register", Life.HELD, run_id=run_id),
        "social": histories.begin(
            tx,
            Kind.SOCIAL,
            "issue" if social is Social.OFF else "register",
            social,
            run_id=run_id,
        ),
        "financial": histories.begin(
            tx,
            Kind.FINANCIAL,
            "issue" if financial is Financial.OFF else "register",
            financial,
            run_id=run_id,
        ),
        "transit": histories.begin(tx, Kind.TRANSIT, "issue", public, run_id=run_id),
        "park": histories.begin(tx, Kind.PARK, "issue", public, run_id=run_id),
    }
    return made_as(tx, _add(tx, person_id, generation, bank, region, parts), made)


def made_as(tx: Transaction, card: Card, made: Made) -> Card:
    """Note what a card is known by; raises IntegrityError where its chip is known already."""
    tx.run(
        _CHANGE,
        card_id=card.id,
        number=made.number,
        chip=made.chip.upper() or None,
        transit_number=made.transit_number or None,
        account=tx.seal(_place(card.id), made.account or None),
        issued_on=made.issued_on,
    )
    return get(tx, card.id)


def note_pin(tx: Transaction, card: Card, *, is_set: bool) -> None:
    """Note whether the chip has a service PIN; nothing of the PIN itself."""
    tx.run(_CHANGE, card_id=card.id, pin_set=is_set)


def move(
    tx: Transaction,
    card: Card,
    what: Kind,
    name: str,
    state: str,
    *,
    until: datetime | None = None,
    back_to: str | None = None,
    run_id: int | None = None,
) -> Card:
    """Move a card's life or one of its functions on; raises MovedMeanwhile."""
    part = what.value
    moved = histories.move(
        tx, getattr(card, part), name, state, until=until, back_to=back_to, run_id=run_id
    )
    changed: dict[str, Any] = {part: moved}
    return replace(card, **changed)


def _add(
    tx: Transaction,
    person_id: int,
    generation: Generation,
    bank: str,
    region: str,
    parts: dict[str, Standing],
) -> Card:
    card_id = parts["life"].thing_id
    tx.run(
        _ADD,
        id=card_id,
        person_id=person_id,
        generation=generation.value,
        region=region,
        bank=bank,
        **{f"{name}_id": parts[name].thing_id for name in _FUNCTIONS},
    )
    return Card(
        card_id, person_id, generation, None, None, None, region, bank, None, None, None, **parts
    )


def _read(tx: Transaction, rows: Iterable[Row[Any]]) -> tuple[Card, ...]:
    rows = list(rows)
    if not rows:
        return ()
    standings = histories.standings(
        tx, [thing for row in rows for thing in (row.id, *_function_ids(row))]
    )
    return tuple(
        Card(
            id=row.id,
            person_id=row.person_id,
            generation=Generation(row.generation),
            number=row.number,
            chip=row.chip,
            transit_number=row.transit_number,
            region=row.region,
            bank=row.bank,
            account=tx.open(_place(row.id), row.account),
            pin_set=row.pin_set,
            issued_on=row.issued_on,
            life=_part(tx, standings[row.id], Kind.LIFE),
            social=_part(tx, standings[row.social_id], Kind.SOCIAL),
            financial=_part(tx, standings[row.financial_id], Kind.FINANCIAL),
            transit=_part(tx, standings[row.transit_id], Kind.TRANSIT),
            park=_part(tx, standings[row.park_id], Kind.PARK),
        )
        for row in rows
    )


def _part(tx: Transaction, standing: Standing, kind: Kind) -> Standing:
    """Give how a part of a card stands; raises RegistryDamaged where it is none of that kind."""
    if standing.kind is not kind:
        raise tx.damaged(_NO_PART.filled(thing=standing.thing_id, kind=TITLES[kind]))
    return standing


def _function_ids(row: Row[Any]) -> tuple[int, ...]:
    return (row.social_id, row.financial_id, row.transit_id, row.park_id)


def _place(card_id: int) -> str:
    return f"card.account:{card_id}"
