"""How long personal data are kept, as data: docs/retention.md says the same to people.

The Rules name no term for any of it. 个人信息保护法 (PIPL) Art. 19 wants the shortest time that the
purpose needs, Art. 47 erasure once it is reached; how long that is stands here, and every term is
our own choice **[own]**.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from terminal.rules.terms import Term, days, months
from terminal.texts import Text


class Item(StrEnum):
    """What is erased together."""

    PHOTO = "photo"
    ACCOUNT = "account"
    PENDING = "pending"
    VISIT = "visit"
    FEEDBACK = "feedback"
    DUTY = "duty"
    RUN = "run"
    REPRESENTATION = "representation"
    BATCH = "batch"
    INTEGRITY = "integrity"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Rule:
    """Hold what is erased (``table.column``), from which event on the term counts, and why."""

    item: Item
    title: Text
    columns: tuple[str, ...]
    event: Text
    term: Term
    why: Text


RULES: Mapping[Item, Rule] = MappingProxyType(
    {
        rule.item: rule
        for rule in (
            Rule(
                Item.PHOTO,
                Text("申请时的照片", "photo of an application"),
                ("application.photo", "run.request"),
                Text(
                    "卡已领取，或申请以其他方式了结",
                    "the card was handed over, or the application ended otherwise",
                ),
                days(30),
                Text(
                    "制坏重做才还用得着，领取以后照片在卡面上",
                    "it is wanted again only where a card is spoilt; then it is on the card",
                ),
            ),
            Rule(
                Item.ACCOUNT,
                Text("申请时写的银行账户", "bank accounts of an application"),
                ("application.payout", "application.account", "run.request"),
                Text(
                    "卡已领取，或申请以其他方式了结",
                    "the card was handed over, or the application ended otherwise",
                ),
                months(36),
                Text(
                    "退款有争议时要核对；诉讼时效三年（民法典第一百八十八条）",
                    "a payout may be disputed for three years (民法典 Art. 188)",
                ),
            ),
            Rule(
                Item.PENDING,
                Text("等着写入芯片的内容", "what waited to be written on a chip"),
                ("pending_change.value",),
                Text("已写入芯片，或已作废", "it was written on the chip, or dropped"),
                days(30),
                Text("芯片上和本人登记里都有", "the chip has it, and so has the person's row"),
            ),
            Rule(
                Item.VISIT,
                Text("上门服务的地址等", "address and more of a home visit"),
                ("run.request", "run.result"),
                Text("上门服务办完", "the visit is over"),
                months(6),
                Text("只为上门这一次用", "it served that one visit"),
            ),
            Rule(
                Item.FEEDBACK,
                Text("意见和建议的原话", "words of opinions and suggestions"),
                ("feedback.said", "feedback.call_number", "run.request", "run.result"),
                Text("收到意见", "they were received"),
                months(24),
                Text("答复和统计以后不再需要", "answered and counted, they are wanted no more"),
            ),
            Rule(
                Item.DUTY,
                Text("向其他单位办理的内容", "what other parties were told"),
                ("duty.arguments", "duty.detail_zh", "duty.detail_en"),
                Text("对方确认，或已人工处理", "they confirmed it, or people settled it"),
                months(12),
                Text("对方自己有记录", "they have records of their own"),
            ),
            Rule(
                Item.RUN,
                Text("业务的申请内容和结果", "requests and results of services"),
                ("run.request", "run.result"),
                Text("业务办结", "the service is over"),
                months(36),
                Text(
                    "有争议时要核对；诉讼时效三年（民法典第一百八十八条）",
                    "it may be disputed for three years (民法典 Art. 188)",
                ),
            ),
            Rule(
                Item.REPRESENTATION,
                Text("代理人、监护人、亲属", "agents, guardians and kin"),
                ("representation.number", "representation.name", "representation.blind"),
                Text("代理关系结束或到期", "they act no more"),
                months(36),
                Text(
                    "代办有争议时要核对；诉讼时效三年（民法典第一百八十八条）",
                    "what they did may be disputed for three years (民法典 Art. 188)",
                ),
            ),
            Rule(
                Item.BATCH,
                Text("集体申领的联系人和名单", "contact and list of an employer's batch"),
                ("batch.contact", "run.request"),
                Text("这一批的申请全部了结", "every application of the batch has ended"),
                months(12),
                Text("卡发完就不再联系", "nobody is called once the cards are handed out"),
            ),
            Rule(
                Item.INTEGRITY,
                Text("向诚信档案报送的内容", "what the integrity file was told"),
                ("integrity_report.told",),
                Text("已经报送", "the city has it"),
                months(36),
                Text(
                    "档案由主管部门保管，本柜台不保管", "the authority keeps that file, we do not"
                ),
            ),
            Rule(
                Item.PERSON,
                Text("个人的全部信息", "all that is known of a person"),
                (
                    "person.name",
                    "person.birth",
                    "person.mobile",
                    "person.address",
                    "person.nationality",
                    "person.occupation",
                    "identity.number",
                    "identity.blind",
                    "identity.valid_until",
                    "card.account",
                ),
                Text(
                    "最后一件事了结：没有在用的卡、未了结的申请、未办完的业务和待办",
                    "the last matter ended: no card in force, no open application, service or duty",
                ),
                months(60),
                Text(
                    "再来办理的人五年内不必重新登记；到期连同上面各项一并清除",
                    "who comes back within five years is still known; then all above goes with it",
                ),
            ),
        )
    }
)
KEPT: Mapping[str, Text] = MappingProxyType(
    {
        "history": Text("状态的来历，没有姓名", "how states came about; no names"),
        "audit, audit_head": Text(
            "谁在何时为哪个编号办了什么，没有姓名",
            "who did what when, for which number; no names",
        ),
        "card.number, card.chip, card.transit_number": Text(
            "旧卡再出现时仍认得出是已注销的卡",
            "an old card that turns up is still known as cancelled",
        ),
        "person.id, person.kind, person.deceased_on, person.erased_at": Text(
            "这一行还在，只是不知道是谁", "the row stays; whose it was is not known"
        ),
        "operator, sign_in": Text(
            "柜员对办过的业务负责；签到记录只有凭证的摘要",
            "operators answer for what they did; a sign-in is a digest",
        ),
        "destruction, blacklist, parcel, found_card, death_reminder": Text(
            "编号、日期和经办人", "numbers, days and who did it"
        ),
        "journal": Text("卡号和金额，没有姓名", "card numbers and amounts; no names"),
    }
)
"""What is never erased, and why it may stay."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Hold the terms that an outlet keeps to; what is not said keeps to the table."""

    terms: Mapping[Item, Term] = field(default_factory=lambda: MappingProxyType({}))

    def term(self, item: Item) -> Term:
        """Give an item's term."""
        return self.terms.get(item, RULES[item].term)


POLICY = Policy()
