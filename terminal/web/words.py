"""What the console calls things where a form shows them: shorter than the command line's help.

Services stand in groups, in the order in which people ask for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from terminal.rules.vocabulary import GROUNDS, SERVICES, Ground, Service
from terminal.services.offered.wishes import OF_SERVICE, WISHES, asked_as
from terminal.texts import Text
from terminal.web.views import Offer

GROUPS: tuple[tuple[Text, tuple[Service, ...]], ...] = (
    (
        Text("查询", "Ask"),
        (Service.STATUS, Service.PROGRESS, Service.FEEDBACK),
    ),
    (
        Text("申领、领取、换补", "Apply, collect, renew, replace"),
        (
            Service.APPLY,
            Service.COLLECT,
            Service.RENEW,
            Service.REPLACE,
            Service.BANK_CHANGE,
            Service.INSTANT,
            Service.GROUP,
            Service.COLLECT_GROUP,
        ),
    ),
    (
        Text("启用和服务密码", "Enable, service PIN"),
        (
            Service.ENABLE,
            Service.FIN_ACTIVATE,
            Service.PIN_SET,
            Service.PIN_CHANGE,
            Service.PIN_RESET,
        ),
    ),
    (
        Text("挂失、解挂", "Losses"),
        (Service.LOSS_TEMP, Service.LOSS_SOCIAL, Service.LOSS_FULL, Service.UNLOSS),
    ),
    (
        Text("交通和公园", "Transit, parks"),
        (Service.TRANSIT_LOAD, Service.TRANSIT_REFUND, Service.PARK_BUY, Service.PARK_MOVE),
    ),
    (
        Text("信息变更、上门", "Data, home visits"),
        (Service.DATA_MINOR, Service.DATA_BASIC, Service.VISIT),
    ),
    (
        Text("注销", "Cancel"),
        (Service.CANCEL_SOCIAL, Service.CANCEL_ALL),
    ),
    (
        Text("金融功能（由银行办理）", "Financial function (the bank's)"),
        (
            Service.FIN_LOSS,
            Service.FIN_UNLOSS,
            Service.FIN_PIN,
            Service.FIN_CANCEL,
            Service.FIN_MOBILE,
        ),
    ),
)

_YES_NO = {"yes": Text("是", "yes"), "no": Text("否", "no")}
CHOICES: Mapping[str, Mapping[str, Text]] = MappingProxyType(
    {
        "by_post": _YES_NO,
        "instant": _YES_NO,
        "legal_representative": _YES_NO,
        "grounds": {each.value: GROUNDS[Ground(each)] for each in Ground},
        "old_chip": {"dead": Text("芯片已坏，读不出", "its chip is dead")},
        "chip": {
            "dead": Text("卡读不出", "the card cannot be read"),
            "absent": Text("没有带卡", "it was not brought along"),
        },
        "method": {"cash": Text("现金", "cash"), "transfer": Text("转账", "transfer")},
    }
)
"""What may be chosen, by wish and value."""
LABELS: Mapping[str, Text] = MappingProxyType(
    {
        "fen": Text("金额（元）", "Amount in yuan"),
        "method": Text("收付方式（不选为现金）", "How the money changes hands (left open: cash)"),
        "by_post": Text("邮寄", "By post"),
        "instant": Text("即时制卡", "Made on the spot"),
        "grounds": Text("换领情形", "Grounds of the renewal"),
        "photo": Text("照片（JPEG 或 PNG 文件）", "Photo (JPEG or PNG file)"),
        "rows": Text("人员名单（CSV 文件）", "The persons (CSV file)"),
        "old_chip": Text("旧卡", "The old card"),
        "chip": Text("卡的情况", "The card"),
        "year": Text("年票年份", "Year of the pass"),
        "type": Text("票种（不填为 1）", "Type of the pass (1 unless said)"),
        "legal_representative": Text("经办人是法定代表人", "The legal representative comes"),
        "occupation": Text("职业代码（GB/T 6565）", "Occupation (GB/T 6565)"),
        "valid_until": Text(
            "证件有效期截止日（如 2036-01-31，长期的写 长期）",
            "Last day of the document (2036-01-31, or 长期)",
        ),
        "services": Text("要上门办的业务（可多选）", "Services at home"),
    }
)


def label_of(service: Service, name: str) -> Text:
    """Say what a field of a form is."""
    return LABELS.get(name) or asked_as(service, name)


def choices_of(name: str) -> tuple[tuple[str, Text], ...]:
    """Give what may be chosen for a field, nothing where it is typed."""
    if name == "services":
        return tuple((each.value, SERVICES[each]) for each in Service if each is not Service.VISIT)
    known = CHOICES.get(name, {})
    return tuple((each, known.get(each, Text(each, each))) for each in WISHES[name].among)


def said_of(name: str, value: str) -> Text:
    """Say a value as a form shows it."""
    named = dict(choices_of(name))
    said = [named.get(each, Text(each, each)) for each in (value.split() if named else [value])]
    return Text("、".join(each.zh for each in said), ", ".join(each.en for each in said))


def grouped(offers: Iterable[Offer]) -> tuple[tuple[Text, tuple[Offer, ...]], ...]:
    """Give what can be done, by group; a group of which nothing can be done is left out."""
    allowed = {each.service: each for each in offers if each.allowed}
    found = (
        (title, tuple(allowed[each] for each in group if each in allowed))
        for title, group in GROUPS
    )
    return tuple((title, group) for title, group in found if group)


NEEDED: Mapping[Service, tuple[str, ...]] = MappingProxyType(
    {
        Service.TRANSIT_LOAD: ("fen",),
        Service.PARK_BUY: ("year",),
        Service.RENEW: ("grounds",),
        Service.FEEDBACK: ("said",),
        Service.APPLY: ("bank", "mobile"),
        Service.BANK_CHANGE: ("bank",),
        Service.GROUP: ("bank", "employer", "licence", "contact"),
        Service.COLLECT_GROUP: ("batch",),
    }
)
"""Fields without which the service is never possible: a form says so before it is sent."""
assert all(set(names) <= set(OF_SERVICE[service]) for service, names in NEEDED.items())
