"""Settle on the chip what was decided elsewhere, at its next contact (R-PENDING; Rules 3, 12, 17).

It comes before anything else that is done with the card, in particular before any VERIFY: a holder
who had the PIN reset online does not know the one that the chip still has. A change is noted as
settled once the chip has it; whoever is stopped in between does it again, which harms nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from terminal.errors import GuitaiError, MovedMeanwhile, PendingFirst, PinAlreadySet
from terminal.registry import audit, cards, pending
from terminal.registry.cards import Card
from terminal.registry.pending import PINS, WHATS, PendingChange, What
from terminal.registry.transaction import Transaction
from terminal.rules.case import Case, Where
from terminal.rules.decide import decide
from terminal.rules.decision import Verdict
from terminal.rules.table import TABLE
from terminal.rules.vocabulary import Actor, Channel, Pin, Service
from terminal.services.offered.desk import ChipDesk, Desk
from terminal.services.offered.request import Request
from terminal.services.offered.situation import Situation, case_of, gather
from terminal.texts import Text

_WAITS = Text("还没有写入卡片：{what}（{why}）", "not on the card yet: {what} ({why})")
_ABSENT = Text("须持卡人或监护人带身份证件到场", "the holder or guardian comes with their document")
_DOUBTFUL = Text("姓名须由第二人复核", "a second person has to compare the name")
_DEAD_CHIP = Text("芯片不能读写", "the chip cannot be read or written")
_DECEASED = Text("系统显示持卡人已死亡", "the holder is recorded as deceased")
_FULFILLED = {
    Service.PIN_SET: PINS,
    Service.PIN_RESET: PINS,
    Service.PIN_CHANGE: frozenset({What.PIN_CHANGE}),
}
"""What a service at the desk does itself; it is not done twice."""
_SERVICES = {
    What.PIN_SET: Service.PIN_SET,
    What.PIN_CHANGE: Service.PIN_CHANGE,
    What.PIN_RESET: Service.PIN_RESET,
    What.MINOR_DATA: Service.DATA_MINOR,
}


@dataclass(frozen=True, slots=True)
class Left:
    """Hold a change that waits on, and why."""

    what: What
    why: Text

    @property
    def named(self) -> Text:
        """Say it to the clerk."""
        return _WAITS.filled(what=WHATS[self.what], why=self.why)


def settle(desk: Desk, request: Request) -> tuple[Left, ...]:
    """Settle what waits for the card on the desk, and say what waits on.

    Where the card is not the registry's, or nothing waits, nobody is asked for anything. Raises
    what gathering raises.
    """
    chip = desk.chip
    if chip is None or not chip.chip:
        return ()
    with desk.registry.reading() as tx:
        card = cards.by_chip(tx, chip.chip)
        changes = pending.waiting(tx, card.id) if card is not None else ()
        done_anyway = _FULFILLED.get(request.service, frozenset())
        changes = tuple(each for each in changes if each.what not in done_anyway)
        if card is None or not changes:
            return ()
        situation = replace(gather(tx, desk, request), card=card)
        case = case_of(tx, desk, situation)
    left: list[Left] = []
    lost: Text | None = None
    # The PIN first: what the holder is asked for is the one that they know now.
    for change in sorted(changes, key=lambda each: each.what not in PINS):
        why = lost or _obstacle(desk, chip, situation, case, change)
        if why is None:
            try:
                _write(chip, change)
                _note(desk, situation, card, change)
            except MovedMeanwhile:
                continue  # somebody else noted it
            except GuitaiError as error:
                why = error.sentence
                lost = why if error.card_lost else None
        if why is not None:
            left.append(Left(change.what, why))
    return tuple(left)


def demand_settled(left: tuple[Left, ...], service: Service) -> None:
    """Raise PendingFirst where a service would try a PIN that a change waits for."""
    if TABLE[service].pin not in {Pin.VERIFY, Pin.OLD}:
        return
    for each in left:
        if each.what in PINS:
            raise PendingFirst(what=WHATS[each.what], detail=each.why)


def fulfil(tx: Transaction, card: Card, service: Service, run_id: int) -> None:
    """Note what waited and was done by a service itself, or is pointless after it."""
    for change in pending.waiting(tx, card.id):
        if change.what in _FULFILLED[service]:
            as_asked = _SERVICES[change.what] is service
            (pending.settle if as_asked else pending.drop)(tx, change, run_id=run_id)


def _obstacle(
    desk: Desk, chip: ChipDesk, situation: Situation, case: Case, change: PendingChange
) -> Text | None:
    """Say what keeps a change from being settled here and now, None where nothing does."""
    if not chip.readable:
        return _DEAD_CHIP
    if change.what not in PINS:
        return None if case.person.alive else _DECEASED
    request = situation.request
    if request.holder is None or request.actor not in {Actor.HOLDER, Actor.GUARDIAN}:
        return _ABSENT
    if situation.doubts and not (desk.second and desk.reason):
        return _DOUBTFUL
    # Wherever the card is met: what the rules want for a PIN that is set anew holds there too.
    district = Where(Channel.DISTRICT)
    decision = decide(replace(case, service=Service.PIN_RESET, where=district))
    agreed = decision.verdict is Verdict.SECOND and desk.second and desk.reason
    if decision.verdict is Verdict.ALLOWED or agreed:
        return None
    return decision.reasons[0].why


def _write(chip: ChipDesk, change: PendingChange) -> None:
    match change.what:
        case What.PIN_SET:
            if chip.pin_set is not True:
                _set(chip)
        case What.PIN_CHANGE:
            chip.change_pin()
        case What.PIN_RESET:
            chip.reset_pin()
        case What.MINOR_DATA:
            chip.write_minor(dict(change.value))


def _set(chip: ChipDesk) -> None:
    try:
        chip.set_pin()
    except PinAlreadySet:
        return  # that it is set is all that was wanted


def _note(desk: Desk, situation: Situation, card: Card, change: PendingChange) -> None:
    with desk.registry.writing() as tx:
        pending.settle(tx, change, run_id=None)
        if change.what in PINS:
            cards.note_pin(tx, card, is_set=True)
        audit.note(
            tx,
            desk.audit_chain,
            audit.Note(
                desk.operator,
                "settled",
                _SERVICES[change.what].value,
                desk.second,
                situation.person.id if situation.person else None,
                card.id,
                desk.reason,
                {"pending": change.id, "actor": situation.request.actor.value},
            ),
        )
