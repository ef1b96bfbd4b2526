"""What the acts beside the services of the rules share (found.py, authorise.py).

They are no runs: each is one transaction, and asked for again it finds what it did.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from terminal.errors import SecondPersonNeeded, SecondWanted
from terminal.registry import audit, duties
from terminal.registry.duties import NewDuty
from terminal.registry.transaction import Transaction
from terminal.rules.checks import NOT_BLACKLISTED
from terminal.rules.decision import Decision, Reason, Verdict
from terminal.rules.vocabulary import Service
from terminal.services.acts import ACTS, Act
from terminal.services.offered import delivery
from terminal.services.offered.desk import Desk
from terminal.services.offered.request import Named, Request
from terminal.services.offered.running import joined
from terminal.services.offered.situation import Situation, gather
from terminal.services.two_people import NO_GROUNDS, demand_two
from terminal.texts import Text

_BLACKLISTED = Reason(NOT_BLACKLISTED.rule, NOT_BLACKLISTED.article, NOT_BLACKLISTED.why)


def situation_of(
    tx: Transaction, desk: Desk, holder: Named | None, card: int | None = None
) -> Situation:
    """Find whom a document names and which card is meant, as an enquiry does.

    Raises PersonUnknown, PersonDiffers, CardUnknown.
    """
    return gather(tx, desk, Request(Service.STATUS, holder, card=card))


def demand_agreed(desk: Desk, act: Act, situation: Situation) -> None:
    """Demand a second person where there is doubt; raises SecondWanted, SecondPersonNeeded."""
    doubts = list(situation.doubts)
    if situation.blacklisted:
        doubts.append(_BLACKLISTED)
    if not doubts:
        return
    if not desk.second or not desk.reason:
        raise SecondWanted(
            service=ACTS[act],
            reasons=joined([each.sentence for each in doubts]),
            decision=Decision(Service.STATUS, Verdict.SECOND, tuple(doubts)),
        )
    demand_two(desk.operator, desk.second)


def demand_two_with_grounds(desk: Desk) -> None:
    """Demand two people and their grounds; raises SecondPersonNeeded."""
    demand_two(desk.operator, desk.second)
    if not desk.reason.strip():
        raise SecondPersonNeeded(detail=NO_GROUNDS)


def note(
    tx: Transaction,
    desk: Desk,
    act: Act,
    *,
    person_id: int | None,
    card_id: int | None = None,
    facts: Mapping[str, audit.Fact] | None = None,
) -> None:
    """Put an act on record in the audit."""
    audit.note(
        tx,
        desk.audit_chain,
        audit.Note(
            desk.operator,
            act.value,
            second=desk.second,
            person_id=person_id,
            card_id=card_id,
            reason=desk.reason,
            facts=dict(facts or {}),
        ),
    )


def owe(
    tx: Transaction,
    owed: Iterable[NewDuty],
    key: str,
    *,
    person_id: int | None,
    card_id: int | None,
) -> None:
    """Put obligations on record under an act's key."""
    for number, duty in enumerate(owed, 1):
        duties.add(tx, duty, part(key, number), person_id=person_id, card_id=card_id)


def deliver(desk: Desk, key: str, most: int) -> tuple[Text, ...]:
    """Try at once what an act owes, and name what is not confirmed."""
    with desk.registry.reading() as tx:
        found = [duties.by_key(tx, part(key, number)) for number in range(1, most + 1)]
    owed = [each for each in found if each is not None]
    delivery.try_each(desk, owed)
    with desk.registry.reading() as tx:
        return delivery.owed(tx, desk, tuple(duties.get(tx, each.id) for each in owed))


def part(key: str, number: int) -> str:
    """Give the key of an act's obligation."""
    return f"{key}.{number}"
