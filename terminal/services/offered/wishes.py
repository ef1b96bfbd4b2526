"""What a service itself wants to know, by name: said at the counter, on record with the request.

Each module says in its docstring what it makes of them. What is personal is never an argument of
a command, for every user of the machine could read it there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from terminal.rules.vocabulary import Ground, Service
from terminal.texts import Text


@dataclass(frozen=True, slots=True)
class Wish:
    """Hold what is asked for; ``private``: it is personal; ``among``: it is one of these."""

    text: Text
    private: bool = False
    among: tuple[str, ...] = ()


_YES_NO = ("yes", "no")

WISHES: Mapping[str, Wish] = {
    "bank": Wish(Text("合作银行代号", "code of the bank")),
    "mobile": Wish(Text("手机号码", "mobile number"), private=True),
    "occupation": Wish(
        Text("职业代码（GB/T 6565，如 20800）", "occupation (GB/T 6565, such as 20800)")
    ),
    "address": Wish(Text("常住地址", "home address"), private=True),
    "valid_until": Wish(
        Text(
            "证件有效期截止日（如 2036-01-31），长期的写 长期", "last day of the document, or long"
        )
    ),
    "birth": Wish(Text("出生日期（证件号码里没有时）", "birth date"), private=True),
    "nationality": Wish(Text("国籍的三个字母，如 FRA", "nationality, three letters")),
    "name": Wish(Text("全名（读卡器截断时）", "whole name, where a reader cut it"), private=True),
    "photo": Wish(
        Text("照片（JPEG 或 PNG），写成 photo=@文件", "the photo (JPEG or PNG): photo=@FILE"),
        private=True,
    ),
    "by_post": Wish(Text("邮寄：yes 或 no", "by post: yes or no"), among=_YES_NO),
    "instant": Wish(Text("即时制卡：yes 或 no", "made on the spot: yes or no"), among=_YES_NO),
    "grounds": Wish(
        Text(
            "换领情形：face 卡面、chip 芯片、data 信息变更，可写多项",
            "grounds: face, chip, data; one or more",
        ),
        among=tuple(Ground),
    ),
    "payout": Wish(Text("退款的银行账号", "account for the refund"), private=True),
    "payout_name": Wish(Text("退款账户户名（不是本人时）", "its holder's name"), private=True),
    "old_chip": Wish(Text("旧卡芯片已坏：dead", "the old chip is dead: dead"), among=("dead",)),
    "chip": Wish(
        Text("卡读不出 dead，没有带卡 absent", "the card is dead, or absent: not brought along"),
        among=("dead", "absent"),
    ),
    "fen": Wish(Text("金额（元），如 50 或 50.5", "amount in yuan, such as 50 or 50.5")),
    "method": Wish(
        Text(
            "收付方式：cash 现金、transfer 转账，不写为 cash", "cash or transfer, cash unless said"
        ),
        among=("cash", "transfer"),
    ),
    "year": Wish(Text("年票年份，如 2027", "year of the pass, such as 2027")),
    "type": Wish(Text("票种，不写为 1", "type of the pass, 1 unless said")),
    "deceased_on": Wish(Text("死亡日期（亲属办理时）", "day of death (kin)"), private=True),
    "batch": Wish(Text("集体申领的批次编号", "number of the batch")),
    "legal_representative": Wish(
        Text("经办人是法定代表人：yes 或 no", "the legal representative comes: yes or no"),
        among=_YES_NO,
    ),
    "employer": Wish(Text("单位名称", "the employer's name")),
    "licence": Wish(Text("单位证照号码", "the employer's licence number")),
    "contact": Wish(Text("单位经办人手机号码", "mobile number of its contact"), private=True),
    "rows": Wish(
        Text("人员名单（JSON），写成 rows=@文件", "the persons (JSON): rows=@FILE"), private=True
    ),
    "said": Wish(Text("意见内容", "what is said"), private=True),
    "call": Wish(Text("来电编号", "number of the call")),
    "signature": Wish(Text("手写签名", "the signature, drawn on the screen"), private=True),
    "services": Wish(Text("要上门办的业务，可写多项", "services at home; one or more")),
}
IN_SERVICE: Mapping[tuple[Service, str], Text] = {
    (Service.VISIT, "address"): Text("上门地址", "address of the visit"),
}
"""What a wish is to one service alone."""
SAID_AS: Mapping[str, str] = {"fen": "yuan"}
"""What people call a wish that is on record by another name: they count in yuan, we in fen."""
LISTS = frozenset({"grounds", "services"})
"""Wishes of which there may be several, with spaces between them."""
_NEW_CARD = ("payout", "valid_until", "instant", "signature")

OF_SERVICE: Mapping[Service, tuple[str, ...]] = {
    Service.APPLY: (
        "bank",
        "mobile",
        "occupation",
        "address",
        "valid_until",
        "birth",
        "nationality",
        "name",
        "photo",
        "by_post",
        "instant",
        "signature",
    ),
    Service.GROUP: ("bank", "employer", "licence", "contact", "rows"),
    Service.COLLECT: ("payout", "payout_name", "old_chip", "signature"),
    Service.COLLECT_GROUP: ("batch", "legal_representative"),
    Service.REPLACE: ("valid_until", "by_post", "instant", "signature"),
    Service.RENEW: ("grounds", *_NEW_CARD),
    Service.BANK_CHANGE: ("bank", *_NEW_CARD),
    Service.DATA_BASIC: _NEW_CARD,
    Service.DATA_MINOR: ("mobile", "occupation", "address"),
    Service.CANCEL_SOCIAL: ("deceased_on", "signature"),
    Service.CANCEL_ALL: ("payout", "payout_name", "chip", "deceased_on", "signature"),
    Service.PROGRESS: ("licence",),
    Service.FEEDBACK: ("said", "call"),
    Service.TRANSIT_LOAD: ("fen", "method"),
    Service.TRANSIT_REFUND: ("method",),
    Service.PARK_BUY: ("year", "type", "method"),
    Service.PARK_MOVE: ("old_chip",),
    Service.VISIT: ("address", "services"),
}


def wanted_by(service: Service) -> tuple[str, ...]:
    """Name what a service wants to know, nothing where the request says all."""
    return OF_SERVICE.get(service, ())


def asked_as(service: Service, name: str) -> Text:
    """Say what a wish is where a service asks for it."""
    return IN_SERVICE.get((service, name), WISHES[name].text)


def said_as(name: str) -> str:
    """Give the name by which people say a wish."""
    return SAID_AS.get(name, name)
