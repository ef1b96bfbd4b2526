"""Change minor data 个人非基本信息: mobile number, occupation, address (S-DATA-MINOR, Art. 17).

The registry has them at once. The chip has a copy of mobile and address in DF01 EF06 联系方式
(reference social-security-card.md §2.3), written where the card lies on the desk and the PIN is
verified, else at its next contact (R-PENDING); an occupation (GB/T 6565) has no place on the chip.
None of it is the mobile number that the bank keeps.
Wishes: ``mobile``, ``occupation``, ``address``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from apdu.errors import LayoutError
from card_profiles.public_data import CONTACT_FILE
from terminal.errors import GuitaiError, RequestWrong
from terminal.masking import mask_number
from terminal.parties.messages import MessageKind
from terminal.registry import pending, persons
from terminal.registry.cards import Card
from terminal.registry.duties import NewDuty
from terminal.registry.pending import What
from terminal.registry.persons import MinorData
from terminal.registry.transaction import Transaction
from terminal.rules.states import Life
from terminal.rules.vocabulary import Generation, Pin, Service
from terminal.services.offered import owing
from terminal.services.offered.answer import Line, line
from terminal.services.offered.applicant import (
    ADDRESS,
    MOBILE,
    OCCUPATION_ITEM,
    read_address,
    read_mobile,
    read_occupation,
)
from terminal.services.offered.desk import CHIP_DATA, ChipDesk, Desk
from terminal.services.offered.pin_policy import pin_of
from terminal.services.offered.request import Request
from terminal.services.offered.running import Recorded, Running, Work
from terminal.services.offered.situation import Situation
from terminal.texts import Text

_ITEMS = {"mobile": "phone", "address": "contact_address"}
_FIELDS = {each.name: each.field for each in CONTACT_FILE.items}
_WHICH = Text("变更的内容", "what is to be changed")
_NONE = Text(
    "请写明 mobile、occupation、address 中的至少一项", "name one of mobile, occupation, address"
)
_CHANGED = Text("已变更", "changed")
_COPY = Text("卡上的联系方式", "the card's copy")
_WRITTEN = Text("已写入", "written")
_LATER = Text("尚未写入，下次用卡办理业务时写入", "not yet: it is written at the next use")
_LATER_FOR = Text("尚未写入（{why}），下次用卡办理业务时写入", "not yet ({why}): at the next use")
_NO_ROOM = Text(
    "{item}在卡上写不下，卡上的这一项清空，以登记为准",
    "The card has no room for it ({item}): it is empty there, the registry has it",
)
_NO_PLACE = Text("卡上没有职业这一项，只改登记", "A card has no place for an occupation")
_MESSAGE = Text(
    "您在社会保障卡登记的个人信息已变更。如非您本人办理，请致电 96066。",
    "Your data were changed. Telephone 96066 if it was not you.",
)


def wanted(request: Request) -> MinorData:
    """Read what is to be changed; raises RequestWrong."""
    mobile, occupation, address = map(request.wish, ("mobile", "occupation", "address"))
    if not (mobile or occupation or address):
        raise RequestWrong(item=_WHICH, detail=_NONE)
    return MinorData(
        read_mobile(mobile) if mobile else None,
        read_occupation(occupation) if occupation else None,
        read_address(address) if address else None,
    )


def look(_desk: Desk, situation: Situation) -> None:
    """Demand data that can be kept."""
    wanted(situation.request)


def act(run: Running) -> Mapping[str, Any]:
    """Have the PIN verified and the chip's copy written, where the holder's card lies there.

    What keeps it from being written leaves it for the next contact; a wrong PIN leaves all.
    """
    chip, card = run.desk.chip, _card_there(run.desk.chip, run.situation)
    copy = on_chip(wanted(run.request))
    if chip is None or card is None or not chip.readable or not copy:
        return {}
    if pin_of(Service.DATA_MINOR, run.desk.pins) is Pin.VERIFY:
        chip.verify_pin()
    try:
        chip.write_minor(copy)
    except GuitaiError as error:
        return {"why": error.sentence}
    return {"written": card.id}


def undo(_run: Running) -> tuple[NewDuty, ...]:
    """Owe nothing: nothing was put on record."""
    return ()


def record(run: Running, tx: Transaction) -> Recorded:
    """Change the registry, and have the copies follow that are not written yet."""
    data, before = wanted(run.request), run.situation.some_person
    person = persons.change_minor(tx, before, data)
    copy, written = on_chip(data), run.done.get("written")
    waits = False
    for card in run.situation.cards if copy else ():
        if _has_copy(card):
            _follow(tx, card, copy, written=card.id == written, run_id=run.id)
            waits = waits or card.id != written
    lines = _lines(data)
    if written is not None or waits:
        lines += (line(_COPY, _copied(waits=waits, why=run.done.get("why"))),)
    # To the number that was there before: whoever had it has to hear of it.
    return Recorded(
        lines=lines,
        duties=owing.message(before, _MESSAGE, MessageKind.DATA),
        tell=_told(data, copy),
        facts={"items": ", ".join(_given(data))},
        person=person,
    )


def on_chip(data: MinorData) -> dict[str, str]:
    """Give what the chip's copy is to be; what it has no room for is empty there, never cut."""
    return {
        name: value if _fits(name, value) else ""
        for name, value in _given(data).items()
        if name in CHIP_DATA
    }


def _given(data: MinorData) -> dict[str, str]:
    found = {each.name: getattr(data, each.name) for each in fields(data)}
    return {name: value for name, value in found.items() if value is not None}


def _fits(name: str, value: str) -> bool:
    try:
        _FIELDS[_ITEMS[name]].encode(value)
    except LayoutError:
        return False
    return True


def _card_there(chip: ChipDesk | None, situation: Situation) -> Card | None:
    """Give the person's card that lies on the desk."""
    if chip is None or not chip.chip:
        return None
    return next((each for each in situation.cards if each.chip == chip.chip.upper()), None)


def _has_copy(card: Card) -> bool:
    """Say whether a card has a copy that is to follow: one that its holder has and may use."""
    held = card.life.state == Life.HELD and not card.over
    return card.generation is Generation.THIRD and card.chip is not None and held


def _follow(
    tx: Transaction, card: Card, copy: dict[str, str], *, written: bool, run_id: int
) -> None:
    """Note what still waits for a card: what waited before is not forgotten, nor written later."""
    waiting = [each for each in pending.waiting(tx, card.id) if each.what is What.MINOR_DATA]
    before = {name: value for each in waiting for name, value in each.value.items()}
    if written:
        after = {name: value for name, value in before.items() if name not in copy}
    else:
        after = before | copy
    if after:
        pending.decide(tx, card.id, What.MINOR_DATA, after, run_id=run_id)
        return
    for each in waiting:
        pending.drop(tx, each, run_id=run_id)


def _lines(data: MinorData) -> tuple[Line, ...]:
    shown = {
        MOBILE: mask_number(data.mobile) if data.mobile else None,
        OCCUPATION_ITEM: data.occupation,
        ADDRESS: _CHANGED if data.address else None,
    }
    return tuple(line(label, value) for label, value in shown.items() if value is not None)


def _copied(*, waits: bool, why: Text | None) -> Text:
    if not waits:
        return _WRITTEN
    return _LATER if why is None else _LATER_FOR.filled(why=why)


def _told(data: MinorData, copy: dict[str, str]) -> tuple[Text, ...]:
    titles = {"mobile": MOBILE, "address": ADDRESS}
    told = [_NO_ROOM.filled(item=titles[name]) for name, value in copy.items() if not value]
    return (*told, *((_NO_PLACE,) if data.occupation else ()))


WORK = Work(Service.DATA_MINOR, record, look=look, act=act, undo=undo)
