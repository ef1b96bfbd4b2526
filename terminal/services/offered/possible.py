"""Answer "what can this person do here now?": every service, with reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from terminal.errors import ApplicationUnknown, PersonUnknown
from terminal.registry import audit
from terminal.rules.case import ApplicationFacts
from terminal.rules.decide import decide
from terminal.rules.decision import Decision, Reason, Verdict
from terminal.rules.states import Progress
from terminal.rules.table import TABLE
from terminal.rules.vocabulary import Actor, Paper, Service
from terminal.services.offered.books import Books
from terminal.services.offered.desk import Desk
from terminal.services.offered.request import Request
from terminal.services.offered.situation import Situation, case_of, gather
from terminal.texts import Text

ACTION = "list"
_NO_CARD = Text("此人名下没有社会保障卡", "the person has no card")
_APPLY = Text(
    "没有卡的请申领；别处发的卡，先用 guitai person register 登记",
    "Who has none applies; one that was issued elsewhere is put on record first (guitai person"
    " register)",
)


def possible_here(desk: Desk, request: Request) -> tuple[Decision, ...]:
    """Decide every service for who comes by a request; see :func:`possible_by`."""
    return possible_by(desk, request, (request.actor,))[request.actor]


def possible_by(
    desk: Desk, request: Request, actors: Iterable[Actor]
) -> Mapping[Actor, tuple[Decision, ...]]:
    """Decide every service for whom a request names, by who might come; it is one look, on record.

    The card is the one that each service would take. Services that are not for who comes, and for a
    stranger those that want somebody on record, are left aside. Raises what gathering raises.
    """
    if desk.chip is not None:
        request = replace(request, papers=request.papers | {Paper.CARD})
    with desk.registry.writing() as tx:
        person = None
        books = Books(tx)
        found: dict[Actor, tuple[Decision, ...]] = {}
        for actor in actors:
            decisions = []
            for situation in _situations(books, desk, replace(request, actor=actor)):
                person = person or situation.person
                case = replace(case_of(tx, desk, situation), asking=True)
                if situation.request.service is Service.COLLECT_GROUP and case.application is None:
                    case = replace(case, application=_some_batch(desk))
                decision = decide(case)
                decisions.append(decision if _has_card(situation) else _without_card(decision))
            found[actor] = tuple(decisions)
        if person is not None:
            audit.looked(
                tx,
                desk.audit_chain,
                operator=desk.operator,
                service=ACTION,
                reason=desk.reason or ACTION,
                second=desk.second,
                person_id=person.id,
            )
    return found


def _has_card(situation: Situation) -> bool:
    """Say whether there is a card that a service could be about; a stranger may have one."""
    wants = TABLE[situation.request.service].wants_card
    return not wants or situation.person is None or bool(situation.cards)


def _without_card(decision: Decision) -> Decision:
    """Refuse what is about a card to somebody who has none."""
    reason = Reason(decision.service.value, "", _NO_CARD, _APPLY)
    return replace(
        decision, verdict=Verdict.REFUSED, reasons=(reason, *decision.reasons), bring=(), tell=()
    )


def _some_batch(desk: Desk) -> ApplicationFacts:
    """Give the facts of an employer's batch that is named later: it is made, and this outlet's."""
    return ApplicationFacts(Progress.MADE, desk.where.bank, for_employer=True)


def _situations(books: Books, desk: Desk, request: Request) -> Iterator[Situation]:
    for service in Service:
        if request.actor not in TABLE[service].actors:
            continue
        try:
            yield gather(books.tx, desk, request.for_service(service), choosing=False, books=books)
        except PersonUnknown:
            continue  # a service for those on record
        except ApplicationUnknown:
            if request.application is not None:
                raise
            yield Situation(request.for_service(service), None, None, None)
