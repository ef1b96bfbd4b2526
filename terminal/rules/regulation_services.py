"""The catalogue of the regulation: the services, row by row (digest, "Services by channel").

Where each is offered, to whom and with which papers stands in table.py.
"""

from __future__ import annotations

from terminal.rules.regulation_entry import Entry, Kept, Mark
from terminal.texts import Text

_OWN = (Mark.OWN,)
_TABLE = "rules.table"


def _service(
    name: str, articles: str, zh: str, en: str, *modules: str, marks: tuple[Mark, ...] = ()
) -> Entry:
    where = (_TABLE, *(f"services.offered.{each}" for each in modules))
    return Entry(name, articles, Kept.ENFORCED, Text(zh, en), where, marks)


SERVICES: tuple[Entry, ...] = (
    _service(
        "S-APPLY",
        "Rules 3, 5, 26, 27",
        "本人凭证件、照片和个人信息申领第三代卡，并选定合作银行",
        "a person applies for a third-generation card with document, photo, data and a chosen bank",
        "apply",
        "ordering",
    ),
    _service(
        "S-GROUP",
        "Rules 3, 6",
        "单位为多人集体申领，每个人确认自己的信息",
        "an employer applies for many, each of whom confirms their own data",
        "group",
    ),
    _service(
        "S-COLLECT",
        "Rules 7",
        "本人凭证件到所选银行领取，或者邮寄",
        "the person collects the card at the chosen bank, or it is posted",
        "collect",
        "posting",
    ),
    _service(
        "S-COLLECT-GROUP",
        "Rules 7",
        "单位凭执照复印件、授权委托书和经办人证件代为领取",
        "an employer collects with licence, authorisation and its person's document",
        "collect_group",
        "hand_out",
    ),
    _service(
        "S-PIN-SET",
        "Rules 12",
        "首次设置服务密码，领取或启用时进行",
        "the service PIN is set for the first time, at collection or enabling",
        "pin_set",
        marks=_OWN,
    ),
    _service(
        "S-ENABLE",
        "Rules 8",
        "启用社会保障功能，线上或凭证件和卡到网点",
        "the social function is enabled, online or at an outlet with document and card",
        "enable",
    ),
    _service(
        "S-FIN-ACTIVATE",
        "Rules 9",
        "在发卡银行柜面激活金融功能，同时启用社会保障功能",
        "the financial function is activated at the issuing bank's counter, and the social one with"
        " it",
        "fin_activate",
    ),
    _service(
        "S-LOSS-TEMP",
        "Rules 3, 13",
        "临时挂失，网点、线上、电话都可以",
        "a loss is reported for the time being, at any outlet, online or by telephone",
        "loss_temp",
    ),
    _service(
        "S-LOSS-SOCIAL",
        "Rules 13",
        "社会保障功能正式挂失",
        "the loss of the social function is formally reported",
        "loss_social",
    ),
    _service(
        "S-LOSS-FULL",
        "Rules 13",
        "社会保障和金融功能一并正式挂失，只在发卡银行",
        "the loss of both functions is formally reported, at the issuing bank only",
        "loss_full",
    ),
    _service(
        "S-UNLOSS",
        "Rules 14",
        "找到卡后凭证件和卡解除正式挂失",
        "a formal loss is lifted with document and the card that was found",
        "unloss",
    ),
    _service(
        "S-REPLACE",
        "Rules 15",
        "正式挂失后补领新卡；只挂失社会保障功能也可以",
        "a lost card is replaced after a formal loss; one of the social function alone is enough",
        "replace",
        marks=_OWN,
    ),
    _service(
        "S-RENEW",
        "Rules 16",
        "有三种情形之一的换领新卡，本人持旧卡领取",
        "a card is renewed on one of three grounds, and collected in person with the old one",
        "renew",
        marks=_OWN,
    ),
    _service(
        "S-BANK-CHANGE",
        "Rules 16",
        "按本人需要变更合作银行",
        "the partner bank is changed for the holder's need",
        "bank_change",
    ),
    _service(
        "S-CANCEL-SOCIAL",
        "Rules 19",
        "有关业务办结后注销社会保障功能；死亡的由亲属凭证明办理",
        "the social function is cancelled once other matters are closed; after a death by kin",
        "cancel_social",
        "cancelling",
        marks=_OWN,
    ),
    _service(
        "S-CANCEL-ALL",
        "Rules 19",
        "在发卡银行一并注销社会保障、金融功能并退还交通余额",
        "both functions are cancelled and the transit money is refunded, at the issuing bank",
        "cancel_all",
        "cancelling",
        marks=_OWN,
    ),
    _service(
        "S-PIN-CHANGE",
        "Rules 12, 24",
        "凭原服务密码修改服务密码，代理人也可以",
        "the service PIN is changed by who knows the old one, agents too",
        "pin_change",
        "pins",
        marks=_OWN,
    ),
    _service(
        "S-PIN-RESET",
        "Rules 12, 24",
        "本人凭证件和卡重置服务密码，代理人不可以",
        "the service PIN is reset for the holder with document and card, never for an agent",
        "pin_reset",
        "pins",
    ),
    _service(
        "S-STATUS",
        "Rules 18",
        "凭卡或证件查询应用状态",
        "the state of a card is asked for with the card or a document",
        "status",
    ),
    _service("S-PROGRESS", "Rules 18", "查询办卡进度", "an application is asked about", "progress"),
    _service(
        "S-FEEDBACK",
        "Rules 18",
        "线上或电话提出意见和建议",
        "an opinion is left online or by telephone",
        "feedback",
    ),
    _service(
        "S-DATA-MINOR",
        "Rules 3, 17",
        "变更手机号码、职业、常住地址，不含银行预留的手机号码",
        "mobile number, occupation and address are changed, not the number that the bank has",
        "data_minor",
    ),
    _service(
        "S-DATA-BASIC",
        "Rules 16, 17",
        "人社、医保等部门先变更后，凭证件和旧卡换领",
        "once the offices have changed name or document, the card is renewed",
        "data_basic",
    ),
    _service(
        "S-TRANSIT-LOAD",
        "Rules 10",
        "持卡充值后使用交通出行功能",
        "the transit purse is topped up with the card",
        "transit_load",
    ),
    _service(
        "S-TRANSIT-REFUND",
        "Rules 3, 16, 19",
        "交通账户退资；未完成的行程和透支先结清，卡和其他功能保留",
        "the transit purse is refunded; trips and overdraft are settled first, the card is kept",
        "transit_refund",
        marks=(Mark.OWN, Mark.PUBLIC),
    ),
    _service(
        "S-PARK-BUY",
        "Rules 11",
        "符合条件的购买公园年票",
        "who is eligible buys a park pass",
        "park_buy",
    ),
    _service(
        "S-PARK-MOVE",
        "Rules 16",
        "换领时把公园年票转到新卡",
        "a park pass moves to the new card at renewal",
        "park_move",
    ),
    _service(
        "S-FIN-*",
        "Rules 3, 20",
        "金融功能的挂失、解挂、密码、注销、预留手机号码按银行规定，转银行办理并记下答复",
        "loss, lift, PIN, cancellation and mobile number of the account follow the bank's rules: it"
        " is referred there and the answer put on record",
        "financial_referral",
        "fin_loss",
        "fin_unloss",
        "fin_pin",
        "fin_cancel",
        "fin_mobile",
    ),
    _service(
        "S-INSTANT",
        "Rules 3, 22",
        "具备条件的网点现场制卡",
        "an equipped outlet makes the card on the spot",
        "instant",
    ),
    _service(
        "S-VISIT",
        "Rules 25",
        "为行动不便的人上门服务",
        "who can hardly come is visited at home",
        "home_visit",
        marks=_OWN,
    ),
)
