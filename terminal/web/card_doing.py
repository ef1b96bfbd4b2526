"""Do an act of the room of cards, and say how things stand then; names are masked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from terminal.services.offered import (
    authorise,
    custody,
    electronic,
    found,
    hand_out,
    posting,
    register,
)
from terminal.services.offered.answer import line
from terminal.services.offered.chip_facts import ChipFacts
from terminal.services.offered.desk import Desk
from terminal.services.offered.electronic import Outcome
from terminal.services.offered.found import Matter
from terminal.texts import Text
from terminal.web.card_acts import CardAct, Work, WorkDone
from terminal.web.card_lines import (
    BACK,
    HOLDER,
    OUT,
    RESULT,
    card_line,
    cards_in,
    last_day_in,
    named,
    number_of,
    person_of,
    right_lines,
    services_in,
    state_line,
)
from terminal.web.card_making import MAKING, Doing

_KEPT_UNTIL = Text("保管至", "Kept until")
_REPORT = Text("诚信档案编号", "Number of the report")
_HELD = Text("已发放到本人", "Handed out")
_RETURNED = Text("已退回", "Came back")
_STILL_OUT = Text("还没有发放", "Out yet")
_BACK_BY = Text("未发放的最迟退回", "What is out comes back by")
_OUTCOMES = {
    Outcome.REGISTERED: Text("已登记电子卡", "The electronic card is on record"),
    Outcome.KNOWN: Text("先前已登记，没有改动", "On record before, and left as it is"),
    Outcome.ENDED: Text(
        "市社保卡管理系统已没有这张电子卡，已登记为注销",
        "The city has it no more: on record as cancelled",
    ),
}
_OFF = Text("已移出关注名单", "Off the blacklist")


def do(desk: Desk, work: Work, key: str, chip: ChipFacts | None = None) -> WorkDone:
    """Do it under its key; raises the catalogue's leaves. ``chip`` is what the card tells."""
    if work.act is CardAct.REGISTER:
        return _registered(desk, work, chip)
    return _DOING[work.act](desk, work, key)


def _found(done: found.Done) -> WorkDone:
    kept = () if done.until is None else (line(_KEPT_UNTIL, done.until.text),)
    return WorkDone((card_line(done.card), state_line(done.card), *kept), done.owed)


def _moved(done: custody.Done) -> WorkDone:
    return WorkDone((card_line(done.card), state_line(done.card)), done.owed, done.repeated)


def _reported(desk: Desk, work: Work, key: str) -> WorkDone:
    person = None if work.holder is None else person_of(desk, work.holder)
    done = found.report(
        desk,
        key,
        Matter(work.wish("matter")),
        work.wish("told"),
        card_id=work.number,
        person_id=None if person is None else person.id,
        card_number="" if work.number is not None else work.wish("number"),
        blacklist=bool(work.wish("blacklist")),
    )
    return WorkDone((line(_REPORT, str(done.report)),), done.owed)


def _registered(desk: Desk, work: Work, chip: ChipFacts | None) -> WorkDone:
    assert chip is not None  # it lies there, or nothing is done
    said = {name: work.wish(name) for name in ("mobile", "birth", "name") if work.wish(name)}
    done = register.register(desk, named(work.holder), chip, said, work.wish("bank"))
    lines = (line(HOLDER, str(done.person.name)), card_line(done.card), state_line(done.card))
    return WorkDone(lines, repeated=done.repeated)


def _handed_out(desk: Desk, work: Work, _key: str) -> WorkDone:
    done = hand_out.report(desk, number_of(work), cards_in(work, OUT), cards_in(work, BACK))
    lines = [
        line(_HELD, str(done.held)),
        line(_RETURNED, str(done.returned)),
        line(_STILL_OUT, str(done.out)),
    ]
    if done.back_by is not None:
        lines.append(line(_BACK_BY, done.back_by.text))
    return WorkDone(tuple(lines), done.owed)


def _take_off(desk: Desk, work: Work, _key: str) -> WorkDone:
    found.take_off(desk, number_of(work))
    return WorkDone((line(RESULT, _OFF),))


def _authorise(desk: Desk, work: Work, _key: str) -> WorkDone:
    holder, agent = named(work.holder), named(work.acting)
    done = authorise.authorise(desk, holder, agent, services_in(work), last_day_in(work))
    return WorkDone(right_lines(done))


def _withdraw(desk: Desk, work: Work, _key: str) -> WorkDone:
    return WorkDone(right_lines(authorise.withdraw(desk, named(work.holder), number_of(work))))


def _follow(desk: Desk, work: Work, _key: str) -> WorkDone:
    followed = electronic.follow(desk, named(work.holder))
    return WorkDone((line(RESULT, _OUTCOMES[followed.outcome]), card_line(followed.card)))


def _moving(act: Callable[[Desk, int], custody.Done]) -> Doing:
    return lambda desk, work, _: _moved(act(desk, number_of(work)))


_DOING: Mapping[CardAct, Doing] = {
    CardAct.HAND_IN: lambda desk, work, key: _found(found.hand_in(desk, key, number_of(work))),
    CardAct.GIVE_BACK: lambda desk, work, _: _found(
        found.give_back(desk, named(work.holder), number_of(work))
    ),
    CardAct.DESTROY_FOUND: lambda desk, work, key: _found(
        found.destroy(desk, key, number_of(work))
    ),
    CardAct.REPORT: _reported,
    CardAct.TAKE_OFF: _take_off,
    CardAct.SEND: lambda desk, work, _: _moved(
        posting.post(desk, number_of(work), work.wish("tracking"))
    ),
    CardAct.DELIVERED: _moving(posting.delivered),
    CardAct.RETURNED: _moving(posting.came_back),
    CardAct.LOST: _moving(posting.lost),
    CardAct.TURNED_UP: _moving(partial(custody.destroy, turned_up=True)),
    CardAct.AUTHORISE: _authorise,
    CardAct.WITHDRAW_AGENT: _withdraw,
    CardAct.ELECTRONIC: _follow,
    CardAct.RECALL: _moving(custody.recall),
    CardAct.DESTROY: _moving(custody.destroy),
    CardAct.EMPLOYER: _handed_out,
    **MAKING,
}
