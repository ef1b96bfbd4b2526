"""Say in clear whom and what an act is about: the last look before it is done, and on record."""

from __future__ import annotations

from collections.abc import Iterable

from terminal.errors import ApplicationUnknown, CardUnknown, RequestWrong
from terminal.masking import mask_number
from terminal.registry import audit, batches, cards, persons, representations, watch
from terminal.registry.applications import SORTS
from terminal.registry.persons import Person
from terminal.registry.transaction import Transaction
from terminal.rules.documents import DOCUMENTS
from terminal.rules.states import PROGRESS, Progress
from terminal.services.offered.answer import Line, line
from terminal.services.offered.chip_facts import ChipFacts
from terminal.services.offered.custody import get_card
from terminal.services.offered.desk import Desk
from terminal.services.offered.found import MATTERS, Matter
from terminal.services.offered.request import Named
from terminal.services.offered.slip_lines import GENERATIONS
from terminal.services.offered.stepping import get_application
from terminal.texts import Text
from terminal.web.card_acts import CardAct, Subject, Work
from terminal.web.card_lines import (
    AGENT,
    BACK,
    CARD,
    HOLDER,
    OUT,
    SERVICE_LIST,
    WITHOUT_END,
    card_line,
    cards_in,
    right_lines,
    services_in,
    services_named,
    state_line,
)
from terminal.web.card_specs import SPECS

_DOCUMENT = Text("{document} {number}", "{document} {number}")
_WHO = Text("{name}，{document} {number}", "{name}, {document} {number}")
_PERSON = Text("涉及的人", "Who is concerned")
_APPLICATION = Text("申请", "Application")
_SORT = Text("{number}：{sort}，合作银行 {bank}", "{number}: {sort}, bank {bank}")
_PROGRESS = Text("进度", "Progress")
_ENTRY = Text("关注名单编号", "Number on the blacklist")
_REASON = Text("列入的依据", "Why it is there")
_NO_ENTRY = Text("没有这个编号，或已移出", "there is none, or it is off already")
_EMPLOYER = Text("单位", "Employer")
_NO_BATCH = Text("没有这个批次", "there is no such batch")
_HANDED_OUT = Text("已发放到本人", "Handed out")
_RETURNED = Text("退回", "Come back")
_ONE = Text("{name}，{number}", "{name}, {number}")
_TOLD = Text("所见情况", "What was seen")
_MATTER = Text("情形", "What it is")
_BLACKLIST = Text("关注名单", "Blacklist")
_LISTED = Text("同时列入", "It is put on it too")
_UNTIL = Text("授权的最后一天", "Last day")
_TRACKING = Text("邮件号", "Number at the post")
_WHY = Text("原因", "Why")
_CHIP = Text("芯片识别码", "The chip's id")
_UNKNOWN_CARD = Text("{number}（登记库中没有）", "{number} (not in the registry)")
_FROM_CHIP = Text("{number}，{generation}", "{number}, {generation}")


def about(desk: Desk, work: Work, chip: ChipFacts | None, reason: str) -> tuple[Line, ...]:
    """Say whom and what it is about, and put it on record that it was shown in clear.

    Raises CardUnknown, ApplicationUnknown, RequestWrong for a number that is none.
    """
    with desk.registry.writing() as tx:
        person_id, card_id, lines = _subject(tx, work)
        person = _shown(tx, work.holder)
        lines = [*lines, *_documents(work, person), *_said(work, chip)]
        if person_id is None and person is not None:
            person_id = person.id
        if lines:
            audit.looked(
                tx,
                desk.audit_chain,
                operator=desk.operator,
                service=work.act.value,
                reason=reason,
                person_id=person_id,
                card_id=card_id,
                facts={"revealed": True},
            )
    return tuple(lines)


def _subject(tx: Transaction, work: Work) -> tuple[int | None, int | None, list[Line]]:
    """Give whose it is, which card, and what is said of them."""
    number = work.number
    if number is None:
        return None, None, []
    match SPECS[work.act].subject:
        case Subject.APPLICATION:
            return _application(tx, number)
        case Subject.RIGHT:
            try:
                right = representations.get(tx, number)
            except KeyError:
                raise RequestWrong(item=AGENT, detail=_NO_ENTRY) from None
            return right.person_id, None, list(right_lines(right, clear=True))
        case Subject.ENTRY:
            return _entry(tx, number)
        case Subject.BATCH:
            return None, None, _batch(tx, work, number)
        case _:
            return _card(tx, number)


def _card(tx: Transaction, number: int) -> tuple[int | None, int | None, list[Line]]:
    card = get_card(tx, number)
    name = persons.get(tx, card.person_id).name.reveal()
    return card.person_id, card.id, [line(HOLDER, name), card_line(card), state_line(card)]


def _application(tx: Transaction, number: int) -> tuple[int | None, int | None, list[Line]]:
    found = get_application(tx, number)
    sort = _SORT.filled(number=found.id, sort=SORTS[found.sort], bank=found.bank)
    lines = [
        line(HOLDER, persons.get(tx, found.person_id).name.reveal()),
        line(_APPLICATION, sort),
        line(_PROGRESS, PROGRESS[Progress(found.progress.state)]),
    ]
    if found.card_id is not None:
        lines.append(card_line(cards.get(tx, found.card_id)))
    return found.person_id, found.card_id, lines


def _entry(tx: Transaction, number: int) -> tuple[int | None, int | None, list[Line]]:
    found = next((each for each in watch.listed(tx) if each.id == number), None)
    if found is None:
        raise RequestWrong(item=_ENTRY, detail=_NO_ENTRY)
    person_id, lines = found.person_id, [line(_ENTRY, str(found.id))]
    if found.card_id is not None:
        person_id, _, more = _card(tx, found.card_id)
        lines += more
    elif person_id is not None:
        lines.append(line(HOLDER, persons.get(tx, person_id).name.reveal()))
    return person_id, found.card_id, [*lines, line(_REASON, found.reason)]


def _batch(tx: Transaction, work: Work, number: int) -> list[Line]:
    try:
        lines = [line(_EMPLOYER, batches.get(tx, number).employer)]
    except KeyError:
        raise ApplicationUnknown(detail=_NO_BATCH) from None
    for label, what in ((_HANDED_OUT, OUT), (_RETURNED, BACK)):
        for card_id in cards_in(work, what):
            try:
                card = cards.get(tx, card_id)
            except KeyError:
                raise CardUnknown(detail=_NO_ENTRY) from None
            name = persons.get(tx, card.person_id).name.reveal()
            lines.append(line(label, _ONE.filled(name=name, number=card_line(card).value)))
    return lines


def _shown(tx: Transaction, holder: Named | None) -> Person | None:
    """Find whom a document names, None for who is not on record."""
    return None if holder is None else persons.find(tx, holder.document, holder.nationality)


def _documents(work: Work, person: Person | None) -> Iterable[Line]:
    """Name whose documents were shown; who is on record has the name that stands there."""
    whose = _PERSON if work.act is CardAct.REPORT else HOLDER
    if work.holder is not None:
        name = work.holder.name if person is None else person.name.reveal()
        yield line(whose, _who(work.holder, name))
    if work.acting is not None:
        yield line(AGENT, _who(work.acting, work.acting.name))


def _who(named: Named, name: str) -> Text:
    said = _WHO if name else _DOCUMENT
    kind = DOCUMENTS[named.document.kind].text
    return said.filled(name=name, document=kind, number=named.document.number)


def _said(work: Work, chip: ChipFacts | None) -> Iterable[Line]:
    """Say what the form says, as people read it."""
    match work.act:
        case CardAct.AUTHORISE:
            yield line(SERVICE_LIST, services_named(services_in(work)))
            yield line(_UNTIL, work.wish("until") or WITHOUT_END)
        case CardAct.REPORT:
            yield line(_MATTER, MATTERS[Matter(work.wish("matter"))])
            yield line(_TOLD, work.wish("told"))
            if work.number is None and work.wish("number"):
                yield line(CARD, _UNKNOWN_CARD.filled(number=work.wish("number")))
            if work.wish("blacklist"):
                yield line(_BLACKLIST, _LISTED)
        case CardAct.SEND:
            yield line(_TRACKING, work.wish("tracking"))
        case CardAct.SPOILT:
            yield line(_WHY, work.wish("why"))
        case CardAct.MADE:
            yield line(CARD, work.wish("number").upper())
            yield line(_CHIP, work.wish("chip"))
        case CardAct.REGISTER if chip is not None:
            number, generation = mask_number(chip.number), GENERATIONS[chip.generation]
            yield line(CARD, _FROM_CHIP.filled(number=number, generation=generation))
