"""What is done in a telephone call: whom it is about, what is asked for, how it goes on record.

Nothing of the holder is looked up before the answers of the caller agreed with the registry. All
that is on record of a call has its number: as the reason of each look and service, and with an
opinion as what it says of itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from terminal.errors import RequestWrong
from terminal.registry.plain import is_plain
from terminal.rules.vocabulary import Actor, Service
from terminal.services.offered.answer import Answer
from terminal.services.offered.caller import MOBILE_DIGITS, MOST_A_CALL, Answers, check_caller
from terminal.services.offered.desk import Desk
from terminal.services.offered.feedback import CALL, LONGEST_CALL, SAID
from terminal.services.offered.run_keys import fresh_key
from terminal.texts import Text
from terminal.web.asked import ACTING, HOLDER, choice, named_in
from terminal.web.sessions import Call, Draft, Guest

FLOWS = (Service.LOSS_TEMP, Service.STATUS, Service.PROGRESS, Service.FEEDBACK)
"""What the Rules have done by telephone (regulation digest, Services by channel)."""
CALLERS = (Actor.HOLDER, Actor.GUARDIAN, Actor.AGENT)
_ID = re.compile(r"[A-Za-z0-9_-]{16}")
_NUMBER = Text("来电编号", "the call's number")
_DOCUMENT = Text("持卡人的证件号码和姓名", "the holder's document and name")
_MOBILE = Text("手机号码的最后 {digits} 位", "the last {digits} digits of the mobile number")
_ACTING = Text("来电人（代理人、监护人）的证件", "the document of who calls for the holder")
_EMPTY = Text("还没有填写", "it is not filled in")
_LONG = Text("超过 {most} 个字", "it has more than {most} characters")
_ODD = Text("含有换行等控制字符", "it has control characters")
_FORM = Text("应为 {digits} 位数字", "it is not {digits} digits")
_BEGINNINGS: Mapping[Service, Text] = MappingProxyType(
    {
        Service.LOSS_TEMP: Text(
            "临时挂失已经办好，受理号 {number}。", "The loss is on record, number {number}."
        ),
        Service.STATUS: Text("社会保障卡现在的状态如下。", "This is how the card stands now."),
        Service.PROGRESS: Text("办卡进度如下。", "This is how far the application is."),
        Service.FEEDBACK: Text(
            "您的意见已经记下，受理号 {number}。", "It is taken down, number {number}."
        ),
    }
)
_LINE = Text("{label}：{value}。", "{label}: {value}.")


def begun(call_id: str, number: str) -> Call:
    """Begin a call; raises RequestWrong for a number that nobody could look up again."""
    number = number.strip()
    detail = None
    if not number:
        detail = _EMPTY
    elif len(number) > LONGEST_CALL:
        detail = _LONG.filled(most=LONGEST_CALL)
    elif not is_plain(number):
        detail = _ODD
    if detail is not None or not _ID.fullmatch(call_id):
        raise RequestWrong(item=_NUMBER, detail=detail or _ODD)
    return Call(call_id, number, Guest(call_id))


def reason_of(call: Call) -> str:
    """Give what stands on record as the reason of all that is done in a call."""
    return f"call {call.number}"


def tries_left(call: Call) -> int:
    """Say how often the caller may still be asked."""
    return max(0, MOST_A_CALL - call.tries)


def check(call: Call, desk: Desk, fields: Mapping[str, str]) -> bool:
    """Hold what the caller says against the registry; the call is about the holder where it agrees.

    Raises RequestWrong and PersonalDataWrong for what cannot be anybody's: that costs no try.
    """
    holder = named_in(fields, HOLDER, desk.today)
    if holder is None or not holder.name:
        raise RequestWrong(item=_DOCUMENT, detail=_EMPTY)
    mobile = fields.get("mobile", "").strip()
    if not (len(mobile) == MOBILE_DIGITS and mobile.isascii() and mobile.isdecimal()):
        item = _MOBILE.filled(digits=MOBILE_DIGITS)
        raise RequestWrong(item=item, detail=_FORM.filled(digits=MOBILE_DIGITS))
    actor = choice(Actor, fields.get("actor", Actor.HOLDER.value))
    acting = None
    if actor is not Actor.HOLDER:
        acting = named_in(fields, ACTING, desk.today)
        if acting is None or not acting.name:
            raise RequestWrong(item=_ACTING, detail=_EMPTY)
    call.tries += 1
    agrees = check_caller(desk, Answers(holder, mobile), actor)
    if agrees:
        call.guest.named, call.actor, call.acting = holder, actor, acting
    return agrees


def draft_for(call: Call, service: Service, desk: Desk) -> Draft:
    """Give what is being filled in for a service: the same until it was begun."""
    for each in reversed(call.drafts.values()):
        if each.service is service and each.request is None:
            return each
    made = Draft(fresh_key(desk.today), service, call.guest, acting=call.acting)
    call.drafts[made.key] = made
    return made


def fill_in(call: Call, draft: Draft, fields: Mapping[str, str]) -> None:
    """Fill in what the caller asks for; who they are is the check's to say, not the form's."""
    draft.acting = call.acting
    draft.papers = frozenset({"identified"}) if call.identified else frozenset()
    draft.fields = {"actor": call.actor.value, "card": fields.get("card", "")}
    if draft.service is Service.FEEDBACK:
        draft.fields[f"wish.{SAID}"] = fields.get(SAID, "")
        draft.fields[f"wish.{CALL}"] = call.number


def sentences(answer: Answer) -> tuple[Text, ...]:
    """Give an answer as sentences that are read out."""
    begin = _BEGINNINGS.get(answer.service, _BEGINNINGS[Service.STATUS])
    lines = (_LINE.filled(label=each.label, value=each.value) for each in answer.lines)
    return (begin.filled(number=answer.number), *lines)
