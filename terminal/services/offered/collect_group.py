"""Collection by an employer 单位代领 (S-COLLECT-GROUP, R-GROUP-30, Rules Art. 7).

All made cards of a batch that the bank has are given out; what may not be handed over stays with
the bank and is named by a number: of the deceased (R-DEAD-10WD), of whom waited over six months
(R-UNCOLLECTED-6M). What is not handed out comes back within 30 calendar days of the collection
(hand_out.py). No card is enabled, no PIN is set by it.
"""

from __future__ import annotations

from collections import Counter
from enum import Enum

from terminal.errors import ApplicationUnknown
from terminal.registry import applications, batches, cards, persons, runs
from terminal.registry.applications import Application
from terminal.registry.machines import Kind
from terminal.registry.transaction import Transaction
from terminal.rules.recalls import recall_of
from terminal.rules.states import Financial, Life, Progress
from terminal.rules.terms import EMPLOYER_RETURN
from terminal.rules.vocabulary import Service
from terminal.services.offered.answer import line
from terminal.services.offered.desk import Desk
from terminal.services.offered.running import Recorded, Running, Work
from terminal.texts import Text

_BATCH = Text("单位批次", "batch")
_GIVEN = Text("交给单位", "given to the employer")
_CARDS = Text("{count} 张", "{count} cards")
_BACK_BY = Text("未发放的卡退回期限", "what is not handed out comes back by")
_STAY = Text("不能交给单位", "not given out")
_DECEASED = Text(
    "{count} 张，持卡人已死亡，由银行召回", "{count} cards of deceased people, to be recalled"
)
_TOO_OLD = Text(
    "{count} 张，超过 6 个月未领取，由银行召回", "{count} cards over six months old, to be recalled"
)
_BUSY = Text("{count} 张，正在办理其他业务", "{count} cards that something is being done with")
_UNMADE = Text("尚未制成", "not made yet")
_NAMED = ("{0.id}（{0.employer}）", "{0.id} ({0.employer})")
_NONE = Text("这一批没有可以领取的卡", "no card of this batch can be collected")


class Fate(Enum):
    """What becomes of a card when the employer comes."""

    GIVEN = "given"
    DECEASED = "deceased"
    TOO_OLD = "too_old"
    BUSY = "busy"
    UNMADE = "unmade"
    GONE = "gone"
    """It went out before, or is not made any more."""


_SAID = {
    Fate.GIVEN: (_GIVEN, _CARDS),
    Fate.DECEASED: (_STAY, _DECEASED),
    Fate.TOO_OLD: (_STAY, _TOO_OLD),
    Fate.BUSY: (_STAY, _BUSY),
    Fate.UNMADE: (_UNMADE, _CARDS),
}


def record(run: Running, tx: Transaction) -> Recorded:
    """Give the employer what may be given; raises ApplicationUnknown, MovedMeanwhile."""
    batch = batches.get(tx, run.situation.some_application.batch_id or 0)
    found: Counter[Fate] = Counter()
    for each in applications.of_batch(tx, batch.id):
        fate = _fate(tx, run.desk, each)
        found[fate] += 1
        if fate is Fate.GIVEN:
            card = cards.get(tx, each.card_id or 0)
            cards.move(tx, card, Kind.LIFE, "give_employer", Life.EMPLOYER, run_id=run.id)
    if not found[Fate.GIVEN]:
        raise ApplicationUnknown(detail=_NONE)
    batches.note_collected(tx, batch)
    lines = [line(_BATCH, Text(*(form.format(batch) for form in _NAMED)))]
    for fate, (label, said) in _SAID.items():
        if found[fate]:
            lines.append(line(label, said.filled(count=found[fate])))
    lines.append(line(_BACK_BY, EMPLOYER_RETURN.deadline(tx.at, run.desk.calendar).text))
    facts = {"batch": batch.id, "cards": found[Fate.GIVEN]}
    return Recorded(lines=tuple(lines), facts=facts)


def _fate(tx: Transaction, desk: Desk, application: Application) -> Fate:
    """Say what becomes of one card of the batch."""
    if application.progress.state != Progress.MADE or application.card_id is None:
        return Fate.UNMADE if application.open else Fate.GONE
    card = cards.get(tx, application.card_id)
    if card.life.state != Life.READY:
        return Fate.GONE
    if not persons.get(tx, application.person_id).alive:
        return Fate.DECEASED
    made_at, financial = application.progress.since, Financial(card.financial.state)
    recall = recall_of(Life.READY, financial, made_at, None, tx.at, desk.calendar)
    if recall is not None and recall.now:
        return Fate.TOO_OLD
    return Fate.BUSY if runs.begun_with(tx, card.id) is not None else Fate.GIVEN


WORK = Work(Service.COLLECT_GROUP, record)
