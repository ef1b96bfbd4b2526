"""Asking for services in tests: one line a request, and what the slip says in Chinese."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count

from registry import Bench, ask

from terminal.registry import audit_search, duties, histories
from terminal.registry.audit_search import Entry, Wanted
from terminal.registry.cards import Card
from terminal.registry.duties import Duty
from terminal.registry.operators import Role
from terminal.registry.persons import Person
from terminal.rules.vocabulary import Channel, Service
from terminal.services.offered.answer import Answer
from terminal.services.offered.desk import Desk
from terminal.services.offered.running import carry_out
from terminal.services.offered.works import work_of

_KEYS = count(1)


@dataclass
class LyingCard:
    """Be a card on the reader that does nothing but say who it is."""

    chip: str
    holder_name: str = ""
    readable: bool = True
    number: str = ""
    holder_number: str = ""
    pin_set: bool | None = True


def do(
    on: Bench,
    service: Service,
    person: Person | None,
    at: Channel | Desk = Channel.BANK,
    *,
    key: str = "",
    **more: object,
) -> Answer:
    """Ask for a service with every paper at hand, under a fresh key unless one is given."""
    desk = at if isinstance(at, Desk) else on.desk(at)
    request = ask(service, person, **more)
    return carry_out(work_of(service), desk, request, key or f"key-{next(_KEYS):05}")


def two(desk: Desk, reason: str = "核对过证件", *, supervisor: bool = False) -> Desk:
    """Have a second person agree at a desk."""
    return desk.with_second("li", reason, frozenset({Role.SUPERVISOR} if supervisor else ()))


def lying(desk: Desk, card: Card | str) -> Desk:
    """Lay a card on the reader, or one that nobody knows."""
    chip = card if isinstance(card, str) else card.chip
    return replace(desk, chip=LyingCard(chip or ""))  # type: ignore[arg-type]  # it only says who


def values(answer: Answer) -> dict[str, str]:
    """Give the slip's lines in Chinese; lines of one label are joined."""
    found: dict[str, str] = {}
    for each in answer.lines:
        before = found.get(each.label.zh)
        found[each.label.zh] = each.value.zh if before is None else f"{before}|{each.value.zh}"
    return found


def told(answer: Answer) -> str:
    """Give what the clerk is to tell, in Chinese."""
    return "\n".join(each.zh for each in answer.tell)


def owed(answer: Answer) -> str:
    """Give what is not confirmed, in Chinese."""
    return "\n".join(each.zh for each in answer.owed)


def duties_of(on: Bench, person: Person) -> tuple[Duty, ...]:
    """Give a person's obligations."""
    with on.registry.reading() as tx:
        return duties.of_person(tx, person.id)


def noted(on: Bench, **wanted: object) -> tuple[Entry, ...]:
    """Look things up in the audit."""
    with on.registry.reading() as tx:
        return audit_search.search(tx, Wanted(**wanted))  # type: ignore[arg-type]  # fields by name


def moves(on: Bench, thing_id: int) -> list[str]:
    """Give the moves of a thing's history, in order."""
    with on.registry.reading() as tx:
        return [str(row.move) for row in histories.history(tx, thing_id)]
