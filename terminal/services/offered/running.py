"""Carry out a service: once under its key, only as the rules allow, resumable at any point.

A service that changes the registry alone is decided and done in one transaction. One that works on
a card or asks another party to do something is first put on record as begun, in a commit of its
own; each thing that it does then happens once under a key made from the run's, so that the same
request under the same key goes on where a crash left it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from terminal.beijing_time import beijing_day
from terminal.errors import (
    GuitaiError,
    MovedMeanwhile,
    PartySaysNo,
    RequestDiffers,
    RequestWrong,
    Retry,
    RuleRefused,
    RunIsLeft,
    RunNotLeft,
    RunOpen,
    SecondWanted,
)
from terminal.journal.model import shown_key
from terminal.registry import audit, duties, representations, runs
from terminal.registry.cards import Card
from terminal.registry.duties import NewDuty
from terminal.registry.histories import IllegalMove
from terminal.registry.operators import Role
from terminal.registry.persons import Person
from terminal.registry.representations import NewRepresentation, Right
from terminal.registry.runs import Run
from terminal.registry.transaction import Transaction
from terminal.rules.case import Case
from terminal.rules.decide import decide
from terminal.rules.decision import Decision, Reason, Verdict
from terminal.rules.vocabulary import SERVICES, Actor, Paper, Pin, Service
from terminal.services.offered import delivery, pending_changes
from terminal.services.offered.answer import ERASED, KEY, Answer, Line
from terminal.services.offered.desk import Desk
from terminal.services.offered.rehearsing import on_trial
from terminal.services.offered.request import Request
from terminal.services.offered.signature import demand_drawn
from terminal.services.offered.situation import (
    NOT_ASKED,
    Asked,
    Situation,
    case_of,
    gather,
)
from terminal.services.two_people import demand_two
from terminal.texts import Text

_GO_ON = Text(
    "这项业务没有办完，请用同一流水号 {key} 接着办，不要另做一笔",
    "It is unfinished: go on under the same key {key}, begin no other",
)
_ONLY_FINISHED = Text(
    "没有这一笔，或已有结果，或开始后只能办完",
    "there is none, it has an outcome, or it can only be finished once it was begun",
)
_SUPERVISOR = Text("主管", "a supervisor")
_NOTHING_ELSE = Text("没有别的办法", "there is nothing else to do")


@dataclass(frozen=True, slots=True)
class Recorded:
    """Hold what a service put on record: the slip's lines, what is owed, whom it was about.

    ``tell`` is said besides what the rules say. ``looked``: the holder's data were shown, which is
    what the audit has to say of it (R-SECRET).
    """

    lines: tuple[Line, ...] = ()
    duties: tuple[NewDuty, ...] = ()
    tell: tuple[Text, ...] = ()
    facts: Mapping[str, audit.Fact] = field(default_factory=dict)
    person: Person | None = None
    card: Card | None = None
    looked: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """Hold a run that is being carried out; ``done`` is what ``act`` brought back."""

    desk: Desk
    request: Request
    key: str
    id: int
    situation: Situation
    asked: Asked
    decision: Decision
    done: Mapping[str, Any] = field(default_factory=dict)

    def part(self, name: str) -> str:
        """Make the key of a part of the run: what it names happens once."""
        return f"{self.key}.{name}"


@dataclass(frozen=True, slots=True)
class Work:
    """Hold how a service is done.

    ``ask`` asks other parties for facts (it changes nothing), ``look`` looks at what lies on the
    desk once the rules allow it (it raises before anything is begun), ``act`` works on the card and
    has other parties do what must come before the record, ``record`` puts everything on record.
    An ``act`` that raises PartySaysNo has done nothing, and its run is given up. ``undo`` says what
    is owed where a run comes to nothing, and sees to it that nothing happens under its parts any
    more; it raises RunNotLeft where something has. With one, whatever ``act`` raises gives the run
    up, unless it may be gone on with (``_broken_off``).
    ``waits``: not while something else is under way with the card. What stops a lost card, or only
    looks, does not wait for a run that somebody left unfinished.
    """

    service: Service
    record: Callable[[Running, Transaction], Recorded]
    ask: Callable[[Desk, Situation], Asked] | None = None
    look: Callable[[Desk, Situation], None] | None = None
    act: Callable[[Running], Mapping[str, Any]] | None = None
    undo: Callable[[Running], tuple[NewDuty, ...]] | None = None
    waits: bool = True


def carry_out(work: Work, desk: Desk, request: Request, key: str) -> Answer:
    """Carry out a request under its key, or give what came of it before.

    Raises RuleRefused, SecondWanted, RequestDiffers, RunOpen, RunIsLeft, PendingFirst, RequestWrong
    for a key whose data were erased, and what gathering, asking and acting raise.
    """
    with desk.registry.reading() as tx:
        known = _known(tx, request, key)
    repeated = known is not None and known.state == runs.DONE
    # What waits for the chip on the desk comes before all else that is done with it (R-PENDING).
    left = () if repeated else pending_changes.settle(desk, request)
    asks_pin = _asks_pin(desk, request)
    with desk.registry.reading() as tx:
        looks = (work.ask or work.act or asks_pin) and not repeated
        situation = gather(tx, desk, request) if looks else None
    if known is not None and repeated:
        run_id = known.id
    else:
        asked = work.ask(desk, situation) if work.ask and situation is not None else NOT_ASKED
        looked = bool(work.look or left or asks_pin)
        if looked and situation and _goes_on(desk, situation, asked, known):
            pending_changes.demand_settled(left, request.service)
            if work.look:
                work.look(desk, situation)
            if asks_pin and desk.chip is not None:
                desk.chip.verify_pin()
        if work.act is None:
            run_id, repeated = _in_one(work, desk, request, key, asked)
        else:
            run_id, repeated = _in_steps(work, desk, request, key, asked)
    # Also where it was done before: who was killed after the record had told nobody yet.
    delivery.at_once(desk, run_id)
    with desk.registry.reading() as tx:
        answer = Answer.of(runs.get(tx, run_id).result or {})
        owed = delivery.owed(tx, desk, duties.of_run(tx, run_id))
    return replace(answer, repeated=repeated, owed=(*(each.named for each in left), *owed))


def consider(work: Work, desk: Desk, request: Request, key: str) -> tuple[Decision, Situation]:
    """Say what the rules say of a request now, and whom it is about; nothing is done.

    Other parties are asked for the facts that it turns on. What only puts something on record is
    tried, so that what is filled in wrongly is told before the last word. Raises what gathering,
    asking and recording raise.
    """
    demand_drawn(request)
    with desk.registry.reading() as tx:
        situation = gather(tx, desk, request)
    asked = work.ask(desk, situation) if work.ask is not None else NOT_ASKED
    with desk.registry.reading() as tx:
        known = runs.by_key(tx, key)
        decision = _decided(tx, desk, situation, asked)
    if work.act is None and known is None and decision.verdict is not Verdict.REFUSED:
        trial = on_trial(desk, agreed=decision.verdict is Verdict.SECOND)
        _in_one(work, trial, request, key, asked)
    return decision, situation


def _asks_pin(desk: Desk, request: Request) -> bool:
    """Say whether the configuration has this service ask for the PIN of the card on the desk."""
    wanted = desk.pins.get(request.service) is Pin.VERIFY
    return wanted and desk.chip is not None and desk.chip.readable


def _goes_on(desk: Desk, situation: Situation, asked: Asked, known: Run | None) -> bool:
    """Say whether it will be carried out; what the rules refuse is refused by them, on record."""
    if known is not None:
        return True
    with desk.registry.reading() as tx:
        return _refusal(desk, _decided(tx, desk, situation, asked)) is None


def _done_meanwhile(tx: Transaction, request: Request, key: str) -> int | None:
    """Give the run of a key that another program has done since we looked; it did it for both."""
    again = _known(tx, request, key)
    return again.id if again is not None and again.state == runs.DONE else None


def _in_one(work: Work, desk: Desk, request: Request, key: str, asked: Asked) -> tuple[int, bool]:
    """Do it in one transaction; gives the run, and whether it was done meanwhile."""
    refusal: RuleRefused | SecondWanted | None = None
    with desk.registry.writing() as tx:
        done = _done_meanwhile(tx, request, key)
        if done is not None:
            return done, True
        situation = gather(tx, desk, request)
        decision = _decided(tx, desk, situation, asked)
        refusal = _refusal(desk, decision)
        if refusal is not None:
            # A refusal is on record too: that commits, and then it is raised.
            _note(tx, desk, situation, "refused", decision)
        else:
            run_id = _begin(tx, work, desk, key, situation)
            run = Running(desk, request, key, run_id, situation, asked, decision)
            _finish(tx, run, work.record(run, tx))
    if refusal is not None:
        raise refusal
    return run_id, False


def _in_steps(work: Work, desk: Desk, request: Request, key: str, asked: Asked) -> tuple[int, bool]:
    """Begin it, act, and record it; gives the run, and whether it was done meanwhile."""
    refusal: RuleRefused | SecondWanted | None = None
    with desk.registry.writing() as tx:
        known = _known(tx, request, key)  # as it is now: two programs may have one key
        if known is not None and known.state == runs.DONE:
            return known.id, True
        situation = gather(tx, desk, request)
        decision = _decided(tx, desk, situation, asked)
        if known is not None:
            # It was allowed when it was begun; what it has done since must not stop it now.
            run_id = known.id
        else:
            refusal = _refusal(desk, decision)
            if refusal is not None:
                _note(tx, desk, situation, "refused", decision)
            else:
                run_id = _begin(tx, work, desk, key, situation)
                _note(tx, desk, situation, "begun", decision, key=key)
    if refusal is not None:
        raise refusal
    run = Running(desk, request, key, run_id, situation, asked, decision)
    try:
        done = work.act(run) if work.act is not None else {}
    except GuitaiError as error:
        error.unfinished = _broken_off(work, run, error)
        raise
    with desk.registry.writing() as tx:
        done_by_other = _done_meanwhile(tx, request, key)
        if done_by_other is not None:
            return done_by_other, True
        situation = gather(tx, desk, request)
        run = Running(desk, request, key, run_id, situation, asked, decision, done)
        try:
            _finish(tx, run, work.record(run, tx))
        except IllegalMove as error:
            # A loss does not wait: it may have been reported while this was under way.
            raise MovedMeanwhile from error
    return run_id, False


def _broken_off(work: Work, run: Running, error: GuitaiError) -> Text | None:
    """Give a run up that is not gone on with; say what is owed for it, or that it is open.

    After what lost the card, or has to be found out first, the same request goes on.
    """
    finds_out = error.card_lost or error.retry is Retry.AFTER_RECONCILE
    if isinstance(error, PartySaysNo) or (work.undo is not None and not finds_out):
        # Whatever keeps it from being left, it is what broke it off that the clerk hears of.
        with contextlib.suppress(GuitaiError):
            owed = leave(work, run)
            return joined(list(owed)) if owed else error.unfinished
    return error.unfinished or _GO_ON.filled(key=shown_key(run.key))


def abandon(work: Work, desk: Desk, key: str) -> tuple[Text, ...]:
    """Give up a run that nobody goes on with, and say what became of what is owed for it.

    Raises what leaving raises, and what gathering does.
    """
    with desk.registry.reading() as tx:
        known = runs.by_key(tx, key)
        if known is None or known.state != runs.BEGUN or work.undo is None:
            raise RunNotLeft(key=shown_key(key), detail=_ONLY_FINISHED)
        request = Request.of(known.request)
        situation = gather(tx, desk, request)
        decision = _decided(tx, desk, situation, NOT_ASKED)
    return leave(work, Running(desk, request, key, known.id, situation, NOT_ASKED, decision))


def leave(work: Work, run: Running) -> tuple[Text, ...]:
    """Give a run up, and say what became of what is owed for it.

    Raises RunNotLeft where it has done something that stands, PaymentOpen, MovedMeanwhile.
    """
    owed = work.undo(run) if work.undo is not None else ()
    with run.desk.registry.writing() as tx:
        ids = [
            duties.add(
                tx,
                duty,
                run.part(f"left{number}"),
                run_id=run.id,
                person_id=run.situation.person.id if run.situation.person else None,
                card_id=run.situation.card.id if run.situation.card else None,
            )
            for number, duty in enumerate(owed, 1)
        ]
        runs.leave(tx, run.id)
        _note(tx, run.desk, run.situation, "left", run.decision, key=run.key)
    delivery.at_once(run.desk, run.id)
    with run.desk.registry.reading() as tx:
        return tuple(delivery.told(run.desk, duties.get(tx, each)) for each in ids)


def _decided(tx: Transaction, desk: Desk, situation: Situation, asked: Asked) -> Decision:
    case: Case = case_of(tx, desk, situation, asked)
    decision = decide(case)
    doubts = (*situation.doubts, *asked.doubts)
    if not doubts or decision.verdict is Verdict.REFUSED:
        return decision
    return Decision(
        decision.service,
        Verdict.SECOND,
        (*decision.reasons, *doubts),
        decision.bring,
        decision.tell,
        decision.pin,
    )


def _refusal(desk: Desk, decision: Decision) -> RuleRefused | SecondWanted | None:
    service = SERVICES[decision.service]
    if decision.verdict is Verdict.REFUSED:
        instead = [each.instead for each in decision.reasons if each.instead is not None]
        return RuleRefused(
            service=service,
            reasons=joined([_why(each) for each in decision.reasons]),
            instead=joined(instead) if instead else _NOTHING_ELSE,
            decision=decision,
        )
    if decision.verdict is Verdict.SECOND:
        higher = any(each.supervisor for each in decision.reasons)
        fits = not higher or Role.SUPERVISOR in desk.second_roles
        if not desk.second or not desk.reason or not fits:
            reasons = joined([_why(each) for each in decision.reasons])
            who = {"who": _SUPERVISOR} if higher else {}
            return SecondWanted(service=service, reasons=reasons, decision=decision, **who)
        demand_two(desk.operator, desk.second)
    return None


def _why(reason: Reason) -> Text:
    return Reason(reason.rule, reason.article, reason.why).sentence


def joined(texts: list[Text]) -> Text:
    """Join sentences; one that is there twice is said once."""
    once = list(dict.fromkeys((each.zh, each.en) for each in texts))
    return Text("；".join(zh for zh, _ in once), "; ".join(en for _, en in once))


def _known(tx: Transaction, request: Request, key: str) -> Run | None:
    """Find what was begun or done under a key; raises RequestDiffers, RequestWrong, RunIsLeft."""
    known = runs.by_key(tx, key)
    if known is None:
        return None
    if not known.request:
        raise RequestWrong(item=KEY, detail=ERASED)
    if known.request != request.document():
        raise RequestDiffers(key=shown_key(key))
    if known.state == runs.LEFT:
        raise RunIsLeft(key=shown_key(key))
    return known


def _begin(tx: Transaction, work: Work, desk: Desk, key: str, situation: Situation) -> int:
    demand_drawn(situation.request)
    card = situation.card if work.waits else None
    if card is not None:
        demand_idle(tx, card.id)
    return runs.begin(
        tx,
        key,
        work.service,
        desk.by,
        situation.request.document(),
        person_id=situation.person.id if situation.person else None,
        card_id=card.id if card else None,
    )


def demand_idle(tx: Transaction, card_id: int) -> None:
    """Demand a card that no service has begun with; raises RunOpen."""
    busy = runs.begun_with(tx, card_id)
    if busy is not None:
        raise RunOpen(
            service=SERVICES[busy.service],
            key=busy.key,
            outlet=busy.by.outlet,
            operator=busy.by.operator,
        )


def _finish(tx: Transaction, run: Running, recorded: Recorded) -> None:
    """Put duties, audit and answer on record, with what the service itself did."""
    person = recorded.person or run.situation.person
    card = recorded.card or run.situation.card
    person_id = person.id if person else None
    card_id = card.id if card else None
    for number, duty in enumerate(recorded.duties, 1):
        duties.add(
            tx, duty, run.part(str(number)), run_id=run.id, person_id=person_id, card_id=card_id
        )
    if person_id is not None:
        _note_representative(tx, run, person_id)
    told = dict.fromkeys((each.zh, each.en) for each in recorded.tell)
    told |= dict.fromkeys((each.why.zh, each.why.en) for each in run.decision.tell)
    answer = Answer(
        run.request.service,
        run.key,
        acceptance_number(run, tx),
        tx.at,
        str(person.name) if person else "",
        recorded.lines,
        tuple(Text(zh, en) for zh, en in told),
    )
    _note_done(tx, run, recorded, person_id, card_id)
    runs.done(tx, run.id, run.key, answer.document(), person_id=person_id, card_id=card_id)


def _note_done(
    tx: Transaction, run: Running, recorded: Recorded, person_id: int | None, card_id: int | None
) -> None:
    """Put on record what was done, or that somebody looked; raises LookUnexplained."""
    desk, service, actor = run.desk, run.request.service.value, run.request.actor.value
    facts: dict[str, audit.Fact] = {"run": run.id, "actor": actor, **recorded.facts}
    if recorded.looked:
        audit.looked(
            tx,
            desk.audit_chain,
            operator=desk.operator,
            service=service,
            reason=desk.reason or f"{actor}, {desk.where.channel.value}",
            second=desk.second,
            person_id=person_id,
            card_id=card_id,
            facts=facts,
        )
        return
    noted = audit.Note(
        desk.operator, "done", service, desk.second, person_id, card_id, desk.reason, facts
    )
    audit.note(tx, desk.audit_chain, noted)


_RIGHTS = {Actor.GUARDIAN: Right.GUARDIAN, Actor.AGENT: Right.AGENT, Actor.KIN: Right.KIN}


def _note_representative(tx: Transaction, run: Running, person_id: int) -> None:
    """Put on record who acted for the holder, by which paper, once."""
    request = run.request
    right, named = _RIGHTS.get(request.actor), request.representative
    if right is None or named is None:
        return
    known = representations.of_person(tx, person_id)
    if any(
        each.right is right
        and each.number.reveal() == named.document.number
        and each.in_force(tx.at)
        for each in known
    ):
        return
    proof = " ".join(sorted(request.papers - {Paper.ID, Paper.ACTOR_ID, Paper.CARD, Paper.PHOTO}))
    # An authorisation is for what it was shown for; a guardian acts in everything.
    services = frozenset({request.service}) if right is Right.AGENT else frozenset()
    representations.add(
        tx,
        NewRepresentation(
            person_id, right, named.document, named.name, proof[:64] or "-", services
        ),
        run_id=run.id,
    )


def acceptance_number(run: Running, tx: Transaction) -> str:
    """Give the number of an acceptance slip 受理单: day, outlet, run."""
    return f"{beijing_day(tx.at):%Y%m%d}-{run.desk.outlet or '0'}-{run.id:06}"


def _note(
    tx: Transaction,
    desk: Desk,
    situation: Situation,
    action: str,
    decision: Decision,
    key: str = "",
) -> None:
    facts: dict[str, audit.Fact] = {"actor": situation.request.actor.value}
    if decision.reasons:
        facts["rules"] = " ".join(dict.fromkeys(each.rule for each in decision.reasons))
    if key:
        facts["key"] = shown_key(key)
    audit.note(
        tx,
        desk.audit_chain,
        audit.Note(
            desk.operator,
            action,
            situation.request.service.value,
            desk.second,
            situation.person.id if situation.person else None,
            situation.card.id if situation.card else None,
            desk.reason,
            facts,
        ),
    )
