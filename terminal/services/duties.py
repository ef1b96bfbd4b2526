"""What is owed to other parties, what was begun and is not over: seen, tried, settled by people.

Nobody sleeps over it. It is tried by ``guitai duties run``, which a timer may call, and by whoever
is served next: of a party that answered their own service just now (:func:`follow_up`). One that is
down holds no clerk up for others' sake.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from terminal.beijing_time import in_beijing
from terminal.errors import (
    DutySettled,
    DutyUnknown,
    PersonalDataDamaged,
    RegistryDamaged,
    RegistryError,
)
from terminal.registry import audit, duties, runs
from terminal.registry.duties import Duty, DutyState
from terminal.registry.runs import Run
from terminal.services.acts import Act
from terminal.services.offered import beside, delivery, owing
from terminal.services.offered.desk import Desk
from terminal.texts import Text

MOST_BESIDE = 5
"""How much of what others left is tried behind a service."""
SECONDS_BESIDE = 2.0
"""How long it goes on with the next one; the one that is under way ends by its own time-out."""
_UNTRIED = Text(
    "{what}（{party}），还没有办过：guitai duties run",
    "{what} ({party}), not tried yet: guitai duties run",
)
_LATER = Text("{what}（{party}），{at} 起办理", "{what} ({party}), from {at} on")


@dataclass(frozen=True, slots=True)
class Open:
    """Hold what is open: duties with how they are named to people, and unfinished services.

    ``altered``: that one of them was altered, to be told once the others are.
    """

    duties: tuple[tuple[Duty, Text], ...]
    unfinished: tuple[Run, ...]
    altered: RegistryError | None = None


def open_now(desk: Desk) -> Open:
    """Give what is owed or unfinished."""
    owed: list[tuple[Duty, Text]] = []
    altered: RegistryError | None = None
    with desk.registry.reading() as tx:
        for duty_id in duties.open_ones(tx):
            try:
                duty = duties.get(tx, duty_id)
            except (PersonalDataDamaged, RegistryDamaged) as error:
                altered = altered or error
            else:
                owed.append((duty, named(desk, duty, tx.at)))
        try:
            unfinished = runs.begun(tx)
        except (PersonalDataDamaged, RegistryDamaged) as error:
            unfinished, altered = (), altered or error
    return Open(tuple(owed), unfinished, altered)


def named(desk: Desk, duty: Duty, at: datetime) -> Text:
    """Say what is owed: what waits for its day, or was never tried, nobody failed to confirm."""
    if duty.state is not DutyState.DUE or duty.attempts or duty.call == owing.TELL:
        return delivery.told(desk, duty)
    return (_LATER if duty.next_at > at else _UNTRIED).filled(
        party=desk.parties.counterparts[duty.party].title,
        what=delivery.WHATS.get(duty.what, Text(duty.what, duty.what)),
        at=f"{in_beijing(duty.next_at):%Y-%m-%d %H:%M}",
    )


def run_due(desk: Desk, most: int = 50) -> tuple[tuple[Duty, Text], ...]:
    """Try what is due now and give how each stands afterwards.

    A party that does not answer is asked once, and its other duties stay as they are.
    """
    found = delivery.run_due(desk, most)
    with desk.registry.reading() as tx:
        return tuple((each, named(desk, each, tx.at)) for each in found)


def follow_up(
    desk: Desk, answered: Collection[str], clock: Callable[[], float] = time.monotonic
) -> None:
    """Try some of what others left of the parties that have just answered; the rest stays due.

    Whoever does not answer now is left alone at once, and nobody is kept for long. ``clock`` gives
    seconds.
    """
    parties, began = set(answered), clock()
    for _ in range(MOST_BESIDE):
        if not parties or clock() - began > SECONDS_BESIDE:
            return
        tried = delivery.run_due(desk, 1, parties)
        if not tried:
            return
        parties -= {each.party for each in tried if each.state is DutyState.DUE}


def decide(desk: Desk, duty_id: int, outcome: str) -> Duty:
    """Settle by people what another party refused or will never confirm; two of them, with grounds.

    Decided again alike, it is as it was. Raises DutyUnknown, DutySettled, SecondPersonNeeded.
    """
    beside.demand_two_with_grounds(desk)
    with desk.registry.writing() as tx:
        try:
            duty = duties.get(tx, duty_id)
        except KeyError as error:
            raise DutyUnknown(number=duty_id) from error
        if duty.state is DutyState.DECIDED and duty.detail.zh == outcome:
            return duty
        if duty.state in {DutyState.DONE, DutyState.DECIDED}:
            raise DutySettled(number=duty_id, state=duties.DUTY_STATES[duty.state])
        duties.note_decided(tx, duty, Text(outcome, outcome))
        audit.note(
            tx,
            desk.audit_chain,
            audit.Note(
                desk.operator,
                Act.DUTY_DECIDED.value,
                "",
                desk.second,
                duty.person_id,
                duty.card_id,
                desk.reason,
                {"duty": duty.id, "what": duty.what, "outcome": outcome},
            ),
        )
        return duties.get(tx, duty_id)
