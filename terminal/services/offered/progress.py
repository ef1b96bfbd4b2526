"""Progress enquiry 办卡进度 (S-PROGRESS, Rules Art. 18): how far an application is, and until when.

By which day the card is to be made follows from Rules Art. 22 (R-MAKE-30, R-MAKE-4WD, R-MAKE-NOW).
An employer asks for its batches, by its licence. Who is not in the registry has no application, and
is told so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from terminal.beijing_time import beijing_day
from terminal.errors import RequestWrong
from terminal.registry import applications, batches, parcels
from terminal.registry.applications import SORTS, Application, Sort
from terminal.registry.batches import Batch
from terminal.registry.machines import Parcel
from terminal.registry.transaction import Transaction
from terminal.rules.states import PROGRESS, Progress
from terminal.rules.terms import EMPLOYER_RETURN, FIRST_PRODUCTION, REPLACEMENT_PRODUCTION, Deadline
from terminal.rules.vocabulary import Actor, Service
from terminal.rules.working_days import WorkingDays
from terminal.services.offered.answer import Line, line
from terminal.services.offered.running import Recorded, Running, Work
from terminal.texts import Text

LICENCE = "licence"
_LICENCE = Text("单位证照号码（licence）", "the employer's licence (licence)")
_NOT_GIVEN = Text("没有填写", "it is not given")
_MAKING = frozenset({Progress.APPLIED, Progress.VERIFIED, Progress.MAKING})
_APPLICATION = Text("申请", "application")
_APPLICATION_IS = Text(
    "编号 {number}，{sort}，{day} 受理，合作银行 {bank}",
    "{number}, {sort}, accepted on {day}, bank {bank}",
)
_PROGRESS = Text("进度", "progress")
_SINCE = Text("{state}（{day}）", "{state} ({day})")
_MADE_BY = Text("最迟制成", "to be made by")
_NOW = Text("现场制卡，当场可取", "made on the spot")
_LATE = Text("{deadline}，已逾期", "{deadline}, which is over")
_PARCEL = Text("邮件", "parcel")
_PARCEL_IS = Text("{tracking}，{state}（{day}）", "{tracking}, {state} ({day})")
_NONE = Text("没有办卡申请", "there is none")
_PARCELS = {
    Parcel.SENT: Text("已寄出", "sent"),
    Parcel.DELIVERED: Text("已签收", "delivered"),
    Parcel.RETURNED: Text("已退回", "came back"),
    Parcel.LOST: Text("已丢失", "lost"),
}
_BATCH = Text("集体申领", "group application")
_BATCH_IS = Text(
    "批次 {number}，{employer}，{day} 受理，合作银行 {bank}，共 {count} 人",
    "batch {number}, {employer}, accepted on {day}, bank {bank}, {count} persons",
)
_COUNT = Text("{count} 人", "{count}")
_RETURN_BY = Text("未发放的卡最迟退回", "cards not handed out are returned by")


def record(run: Running, tx: Transaction) -> Recorded:
    """Tell how far what was applied for is; raises RequestWrong where no licence is named."""
    told = _batches if run.request.actor is Actor.EMPLOYER else _own
    lines = tuple(told(run, tx)) or (line(_APPLICATION, _NONE),)
    return Recorded(lines=lines, looked=True)


def made_by(application: Application, calendar: WorkingDays) -> Deadline | None:
    """Say by when a card is to be made (Rules Art. 22), None for one made on the spot."""
    if application.instant:
        return None
    term = FIRST_PRODUCTION if application.sort is Sort.FIRST else REPLACEMENT_PRODUCTION
    return term.deadline(application.applied_at, calendar)


def _own(run: Running, tx: Transaction) -> Iterator[Line]:
    """Tell of what is open, or of the last application where nothing is."""
    person = run.situation.person
    pleas = applications.of_person(tx, person.id) if person is not None else ()
    if run.request.application is not None:
        pleas = tuple(each for each in pleas if each.id == run.request.application)
    for plea in [each for each in pleas if each.open] or pleas[:1]:
        yield line(
            _APPLICATION,
            _APPLICATION_IS.filled(
                number=plea.id,
                sort=SORTS[plea.sort],
                day=beijing_day(plea.applied_at),
                bank=plea.bank,
            ),
        )
        state, day = PROGRESS[Progress(plea.progress.state)], beijing_day(plea.progress.since)
        yield line(_PROGRESS, _SINCE.filled(state=state, day=day))
        if plea.progress.state in _MAKING:
            yield line(_MADE_BY, _said(made_by(plea, run.desk.calendar), tx))
        if plea.card_id is not None:
            yield from _parcel(tx, plea.card_id)


def _parcel(tx: Transaction, card_id: int) -> Iterator[Line]:
    """Tell of the parcel that a card is in, or was in until its holder had it."""
    found = parcels.last_of(tx, card_id)
    if found is not None:
        standing = found.standing
        yield line(
            _PARCEL,
            _PARCEL_IS.filled(
                tracking=found.tracking,
                state=_PARCELS[Parcel(standing.state)],
                day=beijing_day(standing.since),
            ),
        )


def _batches(run: Running, tx: Transaction) -> Iterator[Line]:
    licence = run.request.wish(LICENCE)
    if not licence:
        raise RequestWrong(item=_LICENCE, detail=_NOT_GIVEN)
    for batch in batches.of_licence(tx, licence):
        yield from _batch(run, tx, batch)


def _batch(run: Running, tx: Transaction, batch: Batch) -> Iterator[Line]:
    """Tell how many of a batch are how far; whose cards they are is not told."""
    pleas = applications.of_batch(tx, batch.id)
    yield line(
        _BATCH,
        _BATCH_IS.filled(
            number=batch.id,
            employer=batch.employer,
            day=beijing_day(batch.applied_at),
            bank=batch.bank,
            count=len(pleas),
        ),
    )
    counted = Counter(Progress(each.progress.state) for each in pleas)
    for state in Progress:
        if counted[state]:
            yield line(PROGRESS[state], _COUNT.filled(count=counted[state]))
    if any(counted[state] for state in _MAKING):
        until = FIRST_PRODUCTION.deadline(batch.applied_at, run.desk.calendar)
        yield line(_MADE_BY, _said(until, tx))
    if batch.collected_at is not None and counted[Progress.MADE]:
        until = EMPLOYER_RETURN.deadline(batch.collected_at, run.desk.calendar)
        yield line(_RETURN_BY, _said(until, tx))


def _said(deadline: Deadline | None, tx: Transaction) -> Text:
    """Say a deadline, and that it is over where it is."""
    if deadline is None:
        return _NOW
    return _LATE.filled(deadline=deadline.text) if deadline.passed(tx.at) else deadline.text


WORK = Work(Service.PROGRESS, record, waits=False)
