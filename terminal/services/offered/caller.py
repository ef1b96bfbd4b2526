"""Check who calls: what a caller says of the holder is held against the registry, and nothing told.

By telephone nobody shows a document (Rules Art. 13, 18 want who asks identified). Which answers are
asked for is our own choice: the document's number, the name, the end of the mobile number. Whoever
guesses learns nothing from a refusal: not which answer was wrong, nor whether somebody is known. A
check is on record, and after some that failed on one day none agrees for this person any more.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from terminal.beijing_time import beijing_day
from terminal.registry import audit, persons
from terminal.registry.audit_search import Wanted, search
from terminal.registry.persons import Person
from terminal.registry.transaction import Transaction
from terminal.rules.names import NameMatch, compare
from terminal.rules.vocabulary import Actor
from terminal.services.acts import Act
from terminal.services.offered.desk import Desk
from terminal.services.offered.request import Named

MOBILE_DIGITS = 4
MOST_A_CALL = 3
"""How often a caller may be asked in one call."""
MOST_A_DAY = 6
"""How many checks of one person may fail in a day, in all calls together."""
_SAME = frozenset({NameMatch.SAME, NameMatch.SAME_NORMALISED})


@dataclass(frozen=True, slots=True)
class Answers:
    """Hold what a caller says of the holder; ``mobile`` are the last digits of the number."""

    holder: Named
    mobile: str = field(repr=False)


def check_caller(desk: Desk, answers: Answers, actor: Actor) -> bool:
    """Say whether all answers agree with the registry; the check is on record, with its outcome.

    ``desk.reason`` names the call. Somebody of whom no mobile number is known cannot be checked.
    """
    with desk.registry.writing() as tx:
        holder = answers.holder
        person = persons.find(tx, holder.document, holder.nationality)
        often = person is not None and _failed_today(tx, person) >= MOST_A_DAY
        agrees = person is not None and not often and _agree(person, answers)
        facts: dict[str, audit.Fact] = {"agrees": agrees, "actor": actor.value}
        if often:
            facts["too_often"] = True
        noted = audit.Note(
            desk.operator,
            Act.CALLER_CHECK.value,
            person_id=person.id if person is not None else None,
            reason=desk.reason,
            facts=facts,
        )
        audit.note(tx, desk.audit_chain, noted)
    return agrees


def _agree(person: Person, answers: Answers) -> bool:
    mobile = person.mobile.reveal() if person.mobile is not None else ""
    known = mobile[-MOBILE_DIGITS:].encode()
    same = hmac.compare_digest(known, answers.mobile.encode())
    named = compare(person.name.reveal(), answers.holder.name) in _SAME
    return named and same and len(known) == MOBILE_DIGITS


def _failed_today(tx: Transaction, person: Person) -> int:
    wanted = Wanted(person_id=person.id, action=Act.CALLER_CHECK.value, from_day=beijing_day(tx.at))
    return sum(each.note.facts.get("agrees") is False for each in search(tx, wanted))
