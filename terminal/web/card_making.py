"""Do what concerns production and deaths, and say how things stand behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from terminal.registry.applications import Application
from terminal.registry.cards import Made
from terminal.rules.states import PROGRESS, Progress
from terminal.services.offered import deaths, production
from terminal.services.offered.answer import Line, line
from terminal.services.offered.deaths import Death
from terminal.services.offered.desk import Desk
from terminal.services.offered.stepping import Step
from terminal.texts import Text
from terminal.web.card_acts import CardAct, Work, WorkDone
from terminal.web.card_lines import RESULT, card_line, number_of, person_of, state_line

Doing = Callable[[Desk, Work, str], WorkDone]
_APPLICATION = Text("申请 {number}", "Application {number}")
_CARD_HERE = Text("制卡编号", "The card's number here")
_BANK_SAYS = Text("银行答复", "The bank says")
_REASON = Text("未通过的原因", "Why it was refused")
_MUTE = Text("还没有结果", "No outcome yet")
_NOTHING_MOVED = Text("没有可以核验的申请", "No application waits to be verified")
_NO_REMINDER = Text("没有新的死亡提醒", "There is no new reminder")
_REMINDED = Text("{day} 提醒", "Reminded on {day}")
_STRANGER = Text("证件号码 {number}，登记库中没有此人", "{number}, not in the registry")
_STOPPED = Text("证件号码 {number}，已停止发放", "{number}: nothing is handed over any more")
_RECALL = Text("要召回的卡", "To be recalled")
_RECALL_BY = Text("登记编号 {cards}，最迟 {day}", "{cards} in the registry, by {day}")
_ENDED = Text("已终止的申请", "Applications that ended")
_ALIVE = Text("已更正为在世", "Taken back: alive")


def _verify(desk: Desk, work: Work, _key: str) -> WorkDone:
    return _stepped((production.verify(desk, number_of(work)),))


def _start(desk: Desk, work: Work, _key: str) -> WorkDone:
    card = production.start(desk, number_of(work))
    return WorkDone((line(_CARD_HERE, str(card.id)), state_line(card)))


def _made(desk: Desk, work: Work, _key: str) -> WorkDone:
    made = Made(work.wish("number").upper(), work.wish("chip"), work.wish("transit"))
    card = production.made(desk, number_of(work), made)
    return WorkDone((card_line(card), state_line(card)))


def _spoilt(desk: Desk, work: Work, _key: str) -> WorkDone:
    card = int(work.wish("card"))
    return _stands(production.spoilt(desk, number_of(work), card, work.wish("why")))


def _withdraw(desk: Desk, work: Work, _key: str) -> WorkDone:
    return _stands(production.withdraw(desk, number_of(work)))


def _stands(application: Application) -> WorkDone:
    progress = PROGRESS[Progress(application.progress.state)]
    return WorkDone((line(_APPLICATION.filled(number=application.id), progress),))


def _stepped(steps: Iterable[Step]) -> WorkDone:
    lines = [each for step in steps for each in _step(step)]
    return WorkDone(tuple(lines or [line(RESULT, _NOTHING_MOVED)]))


def _step(step: Step) -> Iterable[Line]:
    application = step.application
    progress = PROGRESS[Progress(application.progress.state)]
    yield line(_APPLICATION.filled(number=application.id), progress)
    if step.bank_says is not None:
        yield line(_BANK_SAYS, step.bank_says)
    for reason in step.reasons:
        yield line(_REASON, reason.sentence)
    if step.trouble is not None:
        yield line(_MUTE, step.trouble.sentence)


def _correct(desk: Desk, work: Work, _key: str) -> WorkDone:
    before = person_of(desk, work.holder)
    deaths.correct(desk, before.id)
    return WorkDone((line(RESULT, _ALIVE),), repeated=before.alive)


def _fetch(desk: Desk, _work: Work, _key: str) -> WorkDone:
    told = deaths.take_reminders(desk)
    if not told:
        return WorkDone((line(RESULT, _NO_REMINDER),))
    lines = [each for death in told for each in _death(death)]
    return WorkDone(tuple(lines), tuple(owed for death in told for owed in death.owed))


def _death(death: Death) -> Iterable[Line]:
    told = _STRANGER if death.person_id is None else _STOPPED
    day = _REMINDED.filled(day=death.reminded_on)
    yield line(day, told.filled(number=str(death.number)))
    if death.by is not None:
        cards = "、".join(map(str, death.to_recall))
        yield line(_RECALL, _RECALL_BY.filled(cards=cards, day=death.by.text))
    if death.withdrawn:
        yield line(_ENDED, "、".join(map(str, death.withdrawn)))


MAKING: Mapping[CardAct, Doing] = {
    CardAct.VERIFY: _verify,
    CardAct.VERIFY_ALL: lambda desk, _work, _key: _stepped(production.run_due(desk)),
    CardAct.START: _start,
    CardAct.MADE: _made,
    CardAct.SPOILT: _spoilt,
    CardAct.WITHDRAW: _withdraw,
    CardAct.FETCH_DEATHS: _fetch,
    CardAct.CORRECT_DEATH: _correct,
}
"""How each is done, under its key."""
