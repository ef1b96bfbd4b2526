"""Standing authorisations 授权委托 of agents: put on record, withdrawn (R-AGENT, Rules Art. 24).

A holder may let an agent do what Art. 24 names, service by service, until a day. Where one stands
on record the rules go by it; where none does, by the paper that the agent shows at the desk.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from terminal.errors import RequestWrong
from terminal.registry import representations
from terminal.registry.audit import Fact
from terminal.registry.representations import NewRepresentation, Representation, Right
from terminal.registry.transaction import Transaction
from terminal.rules.table import TABLE
from terminal.rules.terms import Deadline
from terminal.rules.vocabulary import FACE_TO_FACE, PAPERS, SERVICES, Actor, Paper, Service
from terminal.services.acts import Act
from terminal.services.offered import beside
from terminal.services.offered.desk import Desk
from terminal.services.offered.request import Named
from terminal.texts import Text

POSSIBLE = frozenset(each for each in Service if Actor.AGENT in TABLE[each].actors) - {
    Service.FEEDBACK
}
"""What an agent may do at all; an opinion is anybody's own."""
_TO_BE_SEEN = Text("须在网点出示原件", "the original is shown at an outlet")
_AGENT = Text("代理人", "the agent")
_HIMSELF = Text("与持卡人是同一个人", "it is the holder")
_SERVICES = Text("授权的业务", "the services")
_NONE_NAMED = Text("没有写明业务", "none is named")
_NOT_POSSIBLE = Text(
    "代理人不能办理：{services}；可以授权的是：{possible}",
    "an agent may not do: {services}; what may be authorised: {possible}",
)
_UNTIL = Text("授权期限", "its last day")
_PAST = Text("{day} 已经过去", "{day} has passed")
_NUMBER = Text("授权编号", "its number")
_NO_SUCH = Text("没有这个编号的授权委托", "there is no authorisation of this number")


def authorise(
    desk: Desk,
    holder: Named,
    agent: Named,
    services: Iterable[Service],
    until: date | None = None,
    proof: Paper = Paper.AUTHORISATION,
) -> Representation:
    """Put on record what a holder lets an agent do, until the end of a day; asked again, once.

    Somebody has to see the paper: raises RequestWrong where no desk is, or for what makes no sense,
    PersonUnknown, PersonDiffers, SecondWanted.
    """
    if desk.where.channel not in FACE_TO_FACE:
        raise RequestWrong(item=PAPERS[Paper.AUTHORISATION], detail=_TO_BE_SEEN)
    wanted = frozenset(services)
    _demand_possible(wanted)
    end = None if until is None else Deadline(until)
    with desk.registry.writing() as tx:
        situation = beside.situation_of(tx, desk, holder)
        person = situation.some_person
        if end is not None and end.passed(tx.at):
            raise RequestWrong(item=_UNTIL, detail=_PAST.filled(day=until))
        if any(each.number.reveal() == agent.document.number for each in person.documents):
            raise RequestWrong(item=_AGENT, detail=_HIMSELF)
        beside.demand_agreed(desk, Act.AUTHORISE, situation)
        new = NewRepresentation(
            person.id,
            Right.AGENT,
            agent.document,
            agent.name,
            proof.value,
            wanted,
            None if end is None else end.at,
        )
        known = _known(tx, new)
        if known is not None:
            return known
        added = representations.add(tx, new, run_id=None)
        facts: dict[str, Fact] = {"representation": added, "services": " ".join(sorted(wanted))}
        beside.note(tx, desk, Act.AUTHORISE, person_id=person.id, facts=facts)
        return representations.get(tx, added)


def withdraw(desk: Desk, holder: Named, representation_id: int) -> Representation:
    """Note that a holder takes an authorisation back; what has ended stays so.

    Raises PersonUnknown, PersonDiffers, SecondWanted, RequestWrong where it is none of theirs.
    """
    with desk.registry.writing() as tx:
        situation = beside.situation_of(tx, desk, holder)
        person = situation.some_person
        found = next(
            (
                each
                for each in representations.of_person(tx, person.id)
                if each.id == representation_id and each.right is Right.AGENT
            ),
            None,
        )
        if found is None:
            raise RequestWrong(item=_NUMBER, detail=_NO_SUCH)
        if found.ended_at is not None:
            return found
        beside.demand_agreed(desk, Act.WITHDRAW, situation)
        representations.end(tx, found.id)
        facts = {"representation": found.id}
        beside.note(tx, desk, Act.WITHDRAW, person_id=person.id, facts=facts)
        return representations.get(tx, found.id)


def _demand_possible(wanted: frozenset[Service]) -> None:
    if not wanted:
        raise RequestWrong(item=_SERVICES, detail=_NONE_NAMED)
    if wanted - POSSIBLE:
        detail = _NOT_POSSIBLE.filled(services=_named(wanted - POSSIBLE), possible=_named(POSSIBLE))
        raise RequestWrong(item=_SERVICES, detail=detail)


def _known(tx: Transaction, new: NewRepresentation) -> Representation | None:
    """Find the same authorisation, where it stands on record already."""
    return next(
        (
            each
            for each in representations.standing(tx, new.person_id, new.document)
            if each.in_force(tx.at) and each.services == new.services and each.until == new.until
        ),
        None,
    )


def _named(services: frozenset[Service]) -> Text:
    listed = [SERVICES[each] for each in Service if each in services]
    return Text("、".join(each.zh for each in listed), ", ".join(each.en for each in listed))
