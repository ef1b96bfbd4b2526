"""The conditions of the regulation, each by its rule and article, with why not and what instead.

A check holds where its ``holds`` gives true. One that only a second person may pass says so. An
article stands only where it says what the check says; "" is our own reading (decision.cited).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from terminal.rules.case import Case
from terminal.rules.decision import Reason
from terminal.rules.states import Progress
from terminal.rules.terms import Deadline
from terminal.rules.vocabulary import FACE_TO_FACE, Actor, Ground, Paper
from terminal.texts import Text

_Facts = Callable[[Case], Mapping[str, object]]


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """Hold one condition; ``rule`` is its id in the digest, ``article`` the Rules'.

    ``facts`` fill in both sentences. ``second``: where it fails, a second person may agree, with a
    recorded reason; ``supervisor``: one who is a supervisor. ``wish``: it is about what the holder
    wants or shows, and is left out where only possibilities are asked for.
    """

    rule: str
    article: str
    holds: Callable[[Case], bool]
    why: Text
    instead: Text | None = None
    second: bool = False
    wish: bool = False
    supervisor: bool = False
    facts: _Facts | None = None
    said: Reason = field(init=False)
    """What it says, its facts not filled in; made once, for most have none."""

    def __post_init__(self) -> None:
        said = Reason(self.rule, self.article, self.why, self.instead, self.supervisor)
        object.__setattr__(self, "said", said)  # frozen from here on


@cache
def _end_of(day: date | None) -> Text:
    """Say the end of a day, as the regulation's terms end."""
    return Deadline(day).text if day is not None else Text("期满", "the end of the term")


# --- The person ----------------------------------------------------------------------------

_DEAD = Text("系统显示持卡人已死亡", "the holder is recorded as deceased")
_KIN_COME = Text(
    "亲属可凭死亡证明和亲属关系证明办理注销；记录有误的，请先到公安、民政部门更正",
    "Kin may cancel the card with proof of death and of kinship; a wrong record is corrected"
    " by the police or civil affairs first",
)
ALIVE = Check("R-VERIFY", "4", lambda case: case.person.alive, _DEAD, _KIN_COME)
"""Before a card is made."""
HOLDER_ALIVE = Check("S-CANCEL-SOCIAL", "19", lambda case: case.person.alive, _DEAD, _KIN_COME)
"""With a card that is there: after a death it is cancelled, and nothing else."""
IN_OWN_NAME = Check(
    "S-CANCEL-SOCIAL",
    "",
    lambda case: case.person.alive or case.who.actor is Actor.KIN,
    Text(
        "系统显示持卡人已死亡，不能再以本人、监护人或代理人名义办理",
        "the holder is recorded as deceased: nobody acts in their name any more",
    ),
    Text(
        "请由亲属凭死亡证明和亲属关系证明办理；记录有误的，请先到公安、民政部门更正",
        "Kin come with proof of death and of kinship; a wrong record is corrected by the police or"
        " civil affairs first",
    ),
)
DEATH_ON_RECORD = Check(
    "S-CANCEL-SOCIAL",
    "",
    lambda case: case.who.actor is not Actor.KIN or not case.person.alive,
    Text(
        "系统中没有持卡人死亡的记录，只有出示的死亡证明",
        "no death is on record: there is only the proof that is shown",
    ),
    Text("请第二人核对死亡证明原件后办理", "A second person looks at the proof of death"),
    second=True,
)
IDENTIFIED = Check(
    "R-OWN-USE",
    "",
    lambda case: case.who.identified,
    Text("尚未核实来人（来电人）身份", "who asks has not been identified"),
    Text("请先核实身份", "Identify them first"),
    wish=True,
)
ACTOR_NAMED = Check(
    "R-OWN-USE",
    "",
    lambda case: case.who.named or case.who.actor in {Actor.HOLDER, Actor.EMPLOYER},
    Text(
        "没有读取或输入代办人（监护人、代理人、亲属）本人的证件",
        "the document of who acts for the holder was not read or entered",
    ),
    Text(
        "请出示代办人本人的有效身份证件原件，读取或输入后办理",
        "They show their own identity document, and it is read or entered",
    ),
    wish=True,
)
"""Who it was is on record (_note_representative): both originals are shown (Rules Art. 24)."""
GUARDIAN_OF_A_MINOR = Check(
    "R-GUARDIAN",
    "",
    lambda case: case.who.actor is not Actor.GUARDIAN or case.person.minor is not False,
    Text(
        "持卡人已成年，户口簿、出生医学证明不足以证明监护关系",
        "the holder is of age: a household register or birth certificate proves no guardianship",
    ),
    Text(
        "请出示法院判决书等证明监护关系的原件，由第二人核对",
        "A court's decision or the like is shown, and a second person looks at it",
    ),
    second=True,
)
NOT_BLACKLISTED = Check(
    "R-OWN-USE",
    "",
    lambda case: not case.person.blacklisted,
    Text("持卡人或这张卡在关注名单上", "the holder or the card is on the blacklist"),
    Text(
        "请第二人核对证件、卡和本人；冒用、伪造的，留下卡并由两人上报",
        "A second person compares document, card and person; one that is another's or forged is"
        " kept and reported by two people",
    ),
    second=True,
)
NEVER_BLACKLISTED = Check(
    "R-OWN-USE",
    "",
    lambda case: not case.person.blacklisted,
    Text("持卡人或这张卡在关注名单上", "the holder or the card is on the blacklist"),
    Text(
        "请先由主管查清并移出关注名单，再来办理",
        "A supervisor looks into it and takes them off the list first",
    ),
)
ENTITLED = Check(
    "R-ELIGIBLE",
    "2",
    lambda case: case.person.entitled is not False,
    Text(
        "未在本市参加社会保险，也没有依托社会保障卡的公共服务权益",
        "not insured in the city, nor entitled to a service that is put on the card",
    ),
    Text(
        "请先办理参保，或由有关部门确认权益后再申领",
        "Have the insurance taken up, or the entitlement confirmed, then apply",
    ),
)
NO_CARD_YET = Check(
    "R-ONE",
    "4",
    lambda case: not case.person.has_card,
    Text(
        "一人一卡：已有第三代社会保障卡在用，或正在申办、待领取",
        "one person, one card: a third-generation card is in force or on its way",
    ),
    Text(
        "卡片遗失的请挂失后补领，损坏或信息变更的请换领",
        "A lost card is reported and replaced, a damaged one or one with changed data renewed",
    ),
)
NO_OPEN_APPLICATION = Check(
    "R-ONE",
    "4",
    lambda case: case.application is None,
    Text(
        "一人一卡：已有一张卡正在申办或待领取",
        "one person, one card: one is applied for, being made or ready for collection",
    ),
    Text("请查询办卡进度，或到所选合作银行领取", "Ask for its progress, or collect it at the bank"),
)
BANK_CHOSEN = Check(
    "S-APPLY",
    "5",
    lambda case: bool(case.new_bank),
    Text("没有选定合作银行", "no partner bank was chosen"),
    Text("请申请人选定合作银行", "Have the applicant choose one"),
    wish=True,
)
MATTERS_CLOSED = Check(
    "S-CANCEL-SOCIAL",
    "19",
    lambda case: case.person.matters_closed is not False,
    Text("人社、医保等业务尚未办结", "social and medical insurance matters are not closed yet"),
    Text(
        "请先到人社、医保经办机构办结相关业务，再来注销",
        "Have them closed at the social and medical insurance offices first",
    ),
)
MATTERS_KNOWN = Check(
    "S-CANCEL-SOCIAL",
    "19",
    lambda case: case.person.matters_closed is not None,
    Text(
        "没有查到人社、医保等业务是否已经办结",
        "it is not known whether social and medical insurance matters are closed",
    ),
    Text(
        "请稍后再查；有办结凭证的，由第二人核对后办理",
        "Ask again later; where there is proof that they are, a second person looks at it",
    ),
    second=True,
    wish=True,
)
CARD_OR_ID = Check(
    "S-STATUS",
    "18",
    lambda case: (
        case.where.channel not in FACE_TO_FACE or bool(case.papers & {Paper.CARD, Paper.ID})
    ),
    Text(
        "没有出示社会保障卡原件或有效身份证件原件",
        "neither the card nor an identity document was shown",
    ),
    Text("出示其中一样即可查询", "One of them is enough"),
    wish=True,
)
DATA_CHANGED_FIRST = Check(
    "S-DATA-BASIC",
    "17",
    lambda case: case.person.basic_data_changed is True,
    Text(
        "没有查到人社、医保等部门已经变更这项个人基本信息",
        "the social and medical insurance offices are not known to have recorded the change",
    ),
    Text(
        "请先到人社、医保等部门经办机构变更个人基本信息，成功后再来换领",
        "Have the basic data changed at the social and medical insurance offices first",
    ),
    wish=True,
)

AT_THE_COUNTER = Check(
    "S-FIN-ACTIVATE",
    "9",
    lambda case: not case.where.visiting,
    Text("激活金融功能须在网点柜面办理", "it is activated at the outlet's own counter"),
    Text(
        "请持卡人到发卡合作银行网点；来不了的，请询问银行的代办规定",
        "The holder comes to the issuing bank; who cannot asks for the bank's own rules on agents",
    ),
)


# --- Renewal, change of bank, cancellation -------------------------------------------------

GROUND_GIVEN = Check(
    "R-RENEW-GROUNDS",
    "16",
    lambda case: bool(case.grounds),
    Text("没有换领的法定情形", "none of the three grounds of renewal is given"),
    Text(
        "三种情形之一：卡面污损残缺、芯片损坏、基本信息依法变更；遗失的请补领",
        "Worn face, damaged chip, or basic data lawfully changed; a lost card is replaced",
    ),
    wish=True,
)
DATA_GROUND_TRUE = Check(
    "R-RENEW-GROUNDS",
    "17",
    lambda case: Ground.DATA not in case.grounds or case.person.basic_data_changed is True,
    DATA_CHANGED_FIRST.why,
    DATA_CHANGED_FIRST.instead,
)
ANOTHER_BANK = Check(
    "S-BANK-CHANGE",
    "16",
    lambda case: bool(case.new_bank) and (case.card is None or case.new_bank != case.card.bank),
    Text("没有选定另一家合作银行", "no other partner bank was chosen"),
    Text("请持卡人选定新的合作银行", "Have the holder choose one"),
    wish=True,
)
BANK_NOT_CHANGED_LATELY = Check(
    "R-BANK-6M",
    "16",
    lambda case: case.person.bank_changed_until is None,
    Text(
        "更换合作银行后，原则上 6 个月内（至{day}）不再变更",
        "the bank was changed; in principle not again within 6 months, until {day}",
    ),
    Text(
        "请期满后再来；确有需要的，由主管写明理由后办理",
        "Come back after that; in real need a supervisor may agree, with a recorded reason",
    ),
    second=True,
    supervisor=True,
    facts=lambda case: {"day": _end_of(case.person.bank_changed_until)},
)

# --- Making and handing over ---------------------------------------------------------------

CARD_MADE = Check(
    "S-COLLECT",
    "7",
    lambda case: case.application is not None and case.application.progress is Progress.MADE,
    Text("没有待领取的卡", "there is no card ready for collection"),
    Text("请查询办卡进度", "Ask for its progress"),
)
OLD_CARD_BROUGHT = Check(
    "R-OLD-DESTROY",
    "16",
    lambda case: (
        case.application is None or not case.application.takes_back or Paper.CARD in case.papers
    ),
    Text("没有带来旧卡原件", "the old card was not brought"),
    Text(
        "换领新卡须交回旧卡；旧卡遗失的，请先办理正式挂失",
        "The old card is handed in; where it is lost, report its loss formally first",
    ),
    wish=True,
)
NOT_DECEASED_UNCOLLECTED = Check(
    "R-DEAD-10WD",
    "21",
    lambda case: case.person.alive,
    Text("系统提醒持卡人已死亡，停止发放", "the holder is reported deceased: handing over stops"),
    Text(
        "未领取的卡由合作银行召回销毁；记录有误的，请先到公安、民政部门更正",
        "A card not yet collected is recalled and destroyed; a wrong record is corrected by the"
        " police or civil affairs first",
    ),
)
APPLIED_BY_EMPLOYER = Check(
    "S-COLLECT-GROUP",
    "7",
    lambda case: case.application is None or case.application.for_employer,
    Text("这张卡不是单位集体申领的", "this card was not applied for by an employer"),
    Text("请本人领取", "The person collects it"),
)
EQUIPPED = Check(
    "S-INSTANT",
    "3",
    lambda case: case.where.instant,
    Text("本网点不具备即时制卡条件", "this outlet does not make cards on the spot"),
    Text(
        "请到本行即时制卡网点，或在此申请、制成后领取",
        "Go to an outlet of the bank that does, or apply here and collect it later",
    ),
)
TO_BE_MADE = Check(
    "S-INSTANT",
    "22",
    lambda case: (
        case.application is not None
        and case.application.progress in {Progress.APPLIED, Progress.VERIFIED}
    ),
    Text("没有待制作的申请", "there is no application to make a card for"),
    Text("请先受理申领、补领或换领", "Take an application, replacement or renewal first"),
)

VISIT_BY_TWO = Check(
    "S-VISIT",
    "",
    lambda _case: False,
    Text("上门服务须两人同行", "two people go on a home visit"),
    Text("请另一人同去并确认", "Have another come along and agree"),
    second=True,
)

# --- Transit, park -------------------------------------------------------------------------

AT_RENEWAL = Check(
    "R-RENEW-PARK",
    "16",
    lambda case: (
        case.application is not None
        and case.application.progress is Progress.MADE
        and case.application.takes_back
    ),
    Text("公园年票只在换领新卡时转移", "a pass is moved only when a new card is collected"),
    Text("请在领取新卡时办理", "It is done when the new card is collected"),
)
