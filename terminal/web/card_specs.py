"""What each act of the room of cards asks for, and how a page says what it does."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminal.rules.vocabulary import SERVICES, Service
from terminal.services.offered.authorise import POSSIBLE
from terminal.services.offered.found import LONGEST, LONGEST_NUMBER, MATTERS
from terminal.services.offered.roles import KEEPERS, MAKERS
from terminal.texts import Text
from terminal.web.card_acts import At, CardAct, Field, Kind, Section, Spec, Subject


def _card_field(name: str, text: Text) -> Field:
    """Make the field of what the reader tells where it is left empty."""
    return Field(name, text, most=LONGEST_NUMBER, hint=_ELSE_READ)


_ELSE_READ = Text(
    "卡读不出来时照卡面填写；不填则读读卡器上的卡",
    "From the card's face where the chip cannot be read; left empty, the reader's card is read",
)
_WHOSE = Text("持卡人的证件", "The holder's document")
_NUMBER = Text("卡面上的卡号", "The number on the card")
_DESTROYED = Text(
    "两人当面销毁这张卡，记录在案。销毁后不能恢复。",
    "Two people destroy the card and put it on record. It cannot be undone.",
)

SPECS: Mapping[CardAct, Spec] = MappingProxyType(
    {
        CardAct.HAND_IN: Spec(
            Section.FOUND,
            Text("收存拾获的卡", "Take in a found card"),
            Text(
                "收存这张卡，替持卡人保管，并通知持卡人来领。卡的功能不变。",
                "The card is kept for its holder, who is told where it lies. Its functions stay.",
            ),
            fields=(_card_field("number", _NUMBER),),
            at=At.CHECK,
        ),
        CardAct.GIVE_BACK: Spec(
            Section.FOUND,
            Text("归还拾获的卡", "Give a found card back"),
            Text("核对证件后把卡交还给持卡人。", "The card is handed to its holder."),
            subject=Subject.CARD,
            holder=_WHOSE,
        ),
        CardAct.DESTROY_FOUND: Spec(
            Section.FOUND,
            Text("销毁无人认领的卡", "Destroy an unclaimed card"),
            _DESTROYED,
            subject=Subject.CARD,
            two=True,
        ),
        CardAct.REPORT: Spec(
            Section.FOUND,
            Text("上报冒用、伪造、买卖", "Report a misused, forged or sold card"),
            Text(
                "两人记录所见情况，报送市诚信档案。",
                "What two people saw goes on record, and to the city's integrity file.",
            ),
            fields=(
                Field(
                    "matter",
                    Text("情形", "What it is"),
                    Kind.CHOICE,
                    tuple((each.value, text) for each, text in MATTERS.items()),
                    needed=True,
                ),
                Field(
                    "told",
                    Text("所见情况", "What was seen"),
                    Kind.LONG,
                    needed=True,
                    most=LONGEST,
                ),
                Field(
                    "number",
                    Text("卡面上的卡号（没有可不填）", "The number on the card, if there is one"),
                    most=LONGEST_NUMBER,
                ),
                Field(
                    "blacklist",
                    Text(
                        "同时把卡（没有卡则把人）列入关注名单",
                        "Put the card, else the person, on the blacklist too",
                    ),
                    Kind.TICK,
                ),
            ),
            two=True,
            holder=Text("涉及的人的证件（不清楚可不填）", "Document of who is concerned, if known"),
            holder_needed=False,
        ),
        CardAct.TAKE_OFF: Spec(
            Section.FOUND,
            Text("移出关注名单", "Take off the blacklist"),
            Text("两人确认已查清，移出关注名单。", "Two people agree that it is cleared up."),
            subject=Subject.ENTRY,
            two=True,
        ),
        CardAct.SEND: Spec(
            Section.PARCELS,
            Text("登记寄出", "Note as posted"),
            Text(
                "卡交邮寄出，并把邮件号告诉持卡人。",
                "The card goes by post, and its holder is told the number.",
            ),
            subject=Subject.CARD,
            fields=(Field("tracking", Text("邮件号", "Number at the post"), needed=True, most=40),),
        ),
        CardAct.DELIVERED: Spec(
            Section.PARCELS,
            Text("登记签收", "Note as signed for"),
            Text("持卡人已经签收，这次领卡办结。", "Its holder has it: it is handed over."),
            subject=Subject.CARD,
        ),
        CardAct.RETURNED: Spec(
            Section.PARCELS,
            Text("登记退回", "Note as come back"),
            Text("邮件退回，卡在网点待领。", "It came back and waits for its holder here."),
            subject=Subject.CARD,
        ),
        CardAct.LOST: Spec(
            Section.PARCELS,
            Text("登记丢失", "Note as lost"),
            Text(
                "邮件丢失：这张卡的功能停用，免费重新制卡，并通知持卡人。",
                "The post lost it: its functions end, another card is made free of charge, and the"
                " holder is told.",
            ),
            subject=Subject.CARD,
        ),
        CardAct.TURNED_UP: Spec(
            Section.PARCELS,
            Text("销毁找回的卡", "Destroy a card that turned up"),
            _DESTROYED,
            subject=Subject.CARD,
            two=True,
        ),
        CardAct.AUTHORISE: Spec(
            Section.AGENTS,
            Text("登记授权委托", "Put an authorisation on record"),
            Text(
                "凭书面授权登记：代理人可以替持卡人办理下列业务。",
                "By the paper that was shown: the agent may do this for the holder.",
            ),
            fields=(
                Field(
                    "services",
                    Text("授权的业务", "Services"),
                    Kind.SEVERAL,
                    tuple((each.value, SERVICES[each]) for each in Service if each in POSSIBLE),
                    needed=True,
                ),
                Field("until", Text("授权的最后一天（不填则不限）", "Last day, if any"), Kind.DAY),
            ),
            holder=Text("授权人（持卡人）的证件", "Document of who entrusts (the holder)"),
            acting=Text("代理人的证件", "The agent's document"),
        ),
        CardAct.WITHDRAW_AGENT: Spec(
            Section.AGENTS,
            Text("撤销授权委托", "Withdraw an authorisation"),
            Text("代理人从现在起不能再凭它办理。", "From now on the agent may do nothing by it."),
            subject=Subject.RIGHT,
            holder=Text("授权人（持卡人）的证件", "Document of who entrusted (the holder)"),
        ),
        CardAct.REGISTER: Spec(
            Section.REGISTER,
            Text("登记读卡器上的卡", "Put the reader's card on record"),
            Text(
                "把这张卡和持卡人登记入库，以后凭它办理。卡上什么都不写。",
                "The card and its holder go on record, to be served from now on. Nothing is written"
                " to the card.",
            ),
            fields=(
                Field(
                    "bank",
                    Text("卡面上的合作银行代号", "The bank on its face, by its code"),
                    most=20,
                    hint=Text(
                        "市社保卡管理系统没有说明时才用", "Only where the city does not name it"
                    ),
                ),
                Field("mobile", Text("手机号码", "Mobile number")),
                Field(
                    "birth",
                    Text("出生日期（证件号码里没有的）", "Birth date, where the number has none"),
                    Kind.DAY,
                ),
                Field(
                    "name",
                    Text("全名（阅读器截断了的）", "Whole name, where the ID reader cut it"),
                ),
            ),
            holder=_WHOSE,
            at=At.BOTH,
        ),
        CardAct.ELECTRONIC: Spec(
            Section.REGISTER,
            Text("登记电子社会保障卡", "Put an electronic card on record"),
            Text(
                "照市社保卡管理系统所说登记：有则登记，没有了则登记为注销。",
                "The registry follows the city's word: on record where there is one, cancelled"
                " where there is none any more.",
            ),
            holder=_WHOSE,
        ),
        CardAct.RECALL: Spec(
            Section.CUSTODY,
            Text("召回", "Recall"),
            Text(
                "召回这张卡，申请随之终止；逾期未领的，通知持卡人。",
                "The card is recalled and its application ends; who did not collect it is told.",
            ),
            subject=Subject.CARD,
        ),
        CardAct.DESTROY: Spec(
            Section.CUSTODY,
            Text("销毁", "Destroy"),
            _DESTROYED,
            subject=Subject.CARD,
            two=True,
        ),
        CardAct.EMPLOYER: Spec(
            Section.CUSTODY,
            Text("登记单位发放", "Note what an employer handed out"),
            Text("照单位所说登记发放和退回。", "The employer's word goes on record."),
            subject=Subject.BATCH,
        ),
        CardAct.VERIFY: Spec(
            Section.PRODUCTION,
            Text("核验申请", "Verify an application"),
            Text(
                "向共享平台、市社保卡管理系统和银行核验；通不过的，申请结束并通知申请人。",
                "The authorities, the city and the bank are asked; where one says no it is over,"
                " and the applicant is told.",
            ),
            KEEPERS | MAKERS,
            Subject.APPLICATION,
        ),
        CardAct.VERIFY_ALL: Spec(
            Section.PRODUCTION,
            Text("核验并下达全部", "Verify and order all"),
            Text(
                "核验所有等待核验的申请，通过的下达制卡（现场制作的除外）。",
                "All that wait are verified, and their cards ordered, but for those made on the"
                " spot.",
            ),
            KEEPERS | MAKERS,
        ),
        CardAct.START: Spec(
            Section.PRODUCTION,
            Text("下达制卡", "Order the card"),
            Text("为这项申请下达制卡。", "The card of this application is ordered."),
            MAKERS,
            Subject.APPLICATION,
        ),
        CardAct.MADE: Spec(
            Section.PRODUCTION,
            Text("登记制成", "Note as made"),
            Text(
                "卡已制成，入库待领，并通知申请人。",
                "The card is made and waits here; the applicant is told.",
            ),
            MAKERS,
            Subject.APPLICATION,
            (
                _card_field("number", Text("卡号", "The card's number")),
                _card_field("chip", Text("芯片识别码（32 位十六进制）", "The chip's id in hex")),
                _card_field("transit", Text("交通卡号", "The transit number")),
            ),
            at=At.CHECK,
        ),
        CardAct.SPOILT: Spec(
            Section.PRODUCTION,
            Text("登记作废", "Note as spoilt"),
            Text("这张卡作废，申请重新制卡。", "The card is waste; another is made."),
            MAKERS,
            Subject.APPLICATION,
            (Field("why", Text("原因", "Why"), needed=True),),
        ),
        CardAct.WITHDRAW: Spec(
            Section.PRODUCTION,
            Text("撤回申请", "Withdraw the application"),
            Text(
                "申请人不要了：申请结束，已制成的卡召回。",
                "Nobody wants it any more: it ends, and a card that is made is recalled.",
            ),
            subject=Subject.APPLICATION,
        ),
        CardAct.FETCH_DEATHS: Spec(
            Section.DEATHS,
            Text("取回死亡提醒", "Fetch death reminders"),
            Text(
                "向市系统取回新的死亡提醒：停止发放，终止没有制成的申请，列出要召回的卡。",
                "New reminders are fetched: nothing is handed over any more, what is not made ends,"
                " and the cards to be recalled are listed.",
            ),
        ),
        CardAct.CORRECT_DEATH: Spec(
            Section.DEATHS,
            Text("更正死亡记录", "Take back a death"),
            Text(
                "共享平台显示在世的，由两人更正。已经召回的卡不恢复。",
                "Where the authorities say alive two people take it back. What was recalled stays"
                " so.",
            ),
            two=True,
            holder=Text("被误记的人的证件", "Document of whom it is about"),
        ),
    }
)
assert set(SPECS) == set(CardAct)
