"""The words of the regulation: services, channels, who comes, what they bring.

Regulation digest, "Words", "Channels" and "Services by channel".
"""

from __future__ import annotations

from enum import StrEnum

from terminal.texts import Text


class Service(StrEnum):
    """A service of the rules, by its id in the digest."""

    APPLY = "S-APPLY"
    GROUP = "S-GROUP"
    COLLECT = "S-COLLECT"
    COLLECT_GROUP = "S-COLLECT-GROUP"
    PIN_SET = "S-PIN-SET"
    ENABLE = "S-ENABLE"
    FIN_ACTIVATE = "S-FIN-ACTIVATE"
    LOSS_TEMP = "S-LOSS-TEMP"
    LOSS_SOCIAL = "S-LOSS-SOCIAL"
    LOSS_FULL = "S-LOSS-FULL"
    UNLOSS = "S-UNLOSS"
    REPLACE = "S-REPLACE"
    RENEW = "S-RENEW"
    BANK_CHANGE = "S-BANK-CHANGE"
    CANCEL_SOCIAL = "S-CANCEL-SOCIAL"
    CANCEL_ALL = "S-CANCEL-ALL"
    PIN_CHANGE = "S-PIN-CHANGE"
    PIN_RESET = "S-PIN-RESET"
    STATUS = "S-STATUS"
    PROGRESS = "S-PROGRESS"
    FEEDBACK = "S-FEEDBACK"
    DATA_MINOR = "S-DATA-MINOR"
    DATA_BASIC = "S-DATA-BASIC"
    TRANSIT_LOAD = "S-TRANSIT-LOAD"
    TRANSIT_REFUND = "S-TRANSIT-REFUND"
    PARK_BUY = "S-PARK-BUY"
    PARK_MOVE = "S-PARK-MOVE"
    FIN_LOSS = "S-FIN-LOSS"
    FIN_UNLOSS = "S-FIN-UNLOSS"
    FIN_PIN = "S-FIN-PIN"
    FIN_CANCEL = "S-FIN-CANCEL"
    FIN_MOBILE = "S-FIN-MOBILE"
    INSTANT = "S-INSTANT"
    VISIT = "S-VISIT"


class Channel(StrEnum):
    """Where a service is asked for."""

    DISTRICT = "DISTRICT"
    BANK = "BANK"
    ONLINE = "ONLINE"
    HOTLINE = "HOTLINE"
    BANK_PHONE = "BANK-PHONE"
    TRANSIT = "TRANSIT"
    PARK = "PARK"


CHANNELS = {
    Channel.DISTRICT: Text("区、街两级社会保障卡服务网点", "a district or street outlet"),
    Channel.BANK: Text("合作银行服务网点", "a partner bank's outlet"),
    Channel.ONLINE: Text("市人社局官网、微信公众号或京通", "online (website, WeChat, 京通)"),
    Channel.HOTLINE: Text("96066 服务电话", "the hotline 96066"),
    Channel.BANK_PHONE: Text("合作银行服务电话", "the bank's telephone"),
    Channel.TRANSIT: Text(
        "北京一卡通 APP 或市政交通一卡通自营网点", "the transit company's outlets or its app"
    ),
    Channel.PARK: Text("公园年票服务网点", "the park pass outlets"),
}
FACE_TO_FACE = frozenset({Channel.DISTRICT, Channel.BANK, Channel.TRANSIT, Channel.PARK})
"""Where papers and cards lie on a desk; elsewhere the channel itself identified who asks."""


class Place(StrEnum):
    """Which bank's outlet a service is tied to; at the other channels there is only ANY."""

    ANY = "any"
    ISSUING = "issuing"
    """发卡合作银行: the bank that issued this card."""
    CHOSEN = "chosen"
    """所选合作银行: the bank that the applicant chose."""
    ISSUING_OR_CHOSEN = "issuing or chosen"
    PENDING = "pending"
    """Decided there, and settled on the chip at its next contact (R-PENDING)."""


PLACES = {
    Place.ISSUING: Text("发卡合作银行的网点", "an outlet of the issuing bank"),
    Place.CHOSEN: Text("所选合作银行的网点", "an outlet of the chosen bank"),
    Place.ISSUING_OR_CHOSEN: Text(
        "发卡合作银行或所选合作银行的网点", "an outlet of the issuing or the chosen bank"
    ),
}


class Actor(StrEnum):
    """Who comes, and by what right they act."""

    HOLDER = "holder"
    """本人."""
    GUARDIAN = "guardian"
    """法定代理人: acts by law."""
    AGENT = "agent"
    """代理人: entrusted in writing."""
    EMPLOYER = "employer"
    """用人单位或管理单位经办人."""
    KIN = "kin"
    """亲属: after a death."""


ACTORS = {
    Actor.HOLDER: Text("本人", "the holder"),
    Actor.GUARDIAN: Text("法定代理人", "a guardian"),
    Actor.AGENT: Text("代理人", "an agent"),
    Actor.EMPLOYER: Text("用人单位经办人", "an employer's person"),
    Actor.KIN: Text("亲属", "kin"),
}


class Paper(StrEnum):
    """What is brought to the counter."""

    ID = "id"
    ACTOR_ID = "actor_id"
    AUTHORISATION = "authorisation"
    GUARDIANSHIP = "guardianship"
    LICENCE = "licence"
    DEATH = "death"
    KINSHIP = "kinship"
    CARD = "card"
    PHOTO = "photo"
    FIRM_AUTHORISATION = "firm_authorisation"


PAPERS = {
    Paper.ID: Text("持卡人（申请人）有效身份证件原件", "the holder's identity document, original"),
    Paper.ACTOR_ID: Text("办理人有效身份证件原件", "the identity document of who acts, original"),
    Paper.AUTHORISATION: Text("书面授权委托书", "a written authorisation"),
    Paper.GUARDIANSHIP: Text(
        "监护关系证明（户口簿、出生医学证明等）", "proof of guardianship (household register …)"
    ),
    Paper.LICENCE: Text(
        "单位法人证书或营业执照复印件", "the employer's licence or certificate, copy"
    ),
    Paper.DEATH: Text("死亡证明", "proof of death"),
    Paper.KINSHIP: Text("亲属关系证明", "proof of kinship"),
    Paper.CARD: Text("社会保障卡原件", "the card itself"),
    Paper.PHOTO: Text("个人照片", "a photo"),
    Paper.FIRM_AUTHORISATION: Text(
        "申请单位授权委托书原件（经办人不是法定代表人时）",
        "the employer's authorisation, original (unless its legal representative comes)",
    ),
}


class Pin(StrEnum):
    """What a service wants of the service PIN; never the bank PIN (R-TWO-PINS)."""

    NONE = "none"
    SET = "set"
    VERIFY = "verify"
    OLD = "old"


class Ground(StrEnum):
    """Why a card is renewed (R-RENEW-GROUNDS)."""

    FACE = "face"
    CHIP = "chip"
    DATA = "data"


GROUNDS = {
    Ground.FACE: Text("卡面污损、残缺不能辨认", "its face is worn or unreadable"),
    Ground.CHIP: Text("芯片损坏、不能读写", "its chip is damaged"),
    Ground.DATA: Text("个人基本信息依法变更", "basic data were lawfully changed"),
}


class Generation(StrEnum):
    """Which card it is."""

    FIRST = "1"
    SECOND = "2"
    THIRD = "3"
    ELECTRONIC = "e"


SERVICES = {
    Service.APPLY: Text("申领社会保障卡", "apply for a card"),
    Service.GROUP: Text("单位集体申领", "apply for a group"),
    Service.COLLECT: Text("领取社会保障卡", "collect a card"),
    Service.COLLECT_GROUP: Text("单位代为领取", "collect for an employer"),
    Service.PIN_SET: Text("首次设置服务密码", "set the service PIN"),
    Service.ENABLE: Text("启用社会保障功能", "enable the social function"),
    Service.FIN_ACTIVATE: Text("激活金融功能", "activate the financial function"),
    Service.LOSS_TEMP: Text("临时挂失", "report a loss for the time being"),
    Service.LOSS_SOCIAL: Text("社会保障功能正式挂失", "report the loss of the social function"),
    Service.LOSS_FULL: Text("社会保障和金融功能正式挂失", "report the loss of both functions"),
    Service.UNLOSS: Text("解挂", "lift a formal loss"),
    Service.REPLACE: Text("补领", "replace a lost card"),
    Service.RENEW: Text("换领", "renew a card"),
    Service.BANK_CHANGE: Text("变更合作银行", "change the partner bank"),
    Service.CANCEL_SOCIAL: Text("注销社会保障功能", "cancel the social function"),
    Service.CANCEL_ALL: Text("注销社会保障、金融功能并退资", "cancel all functions"),
    Service.PIN_CHANGE: Text("修改服务密码", "change the service PIN"),
    Service.PIN_RESET: Text("重置服务密码", "reset the service PIN"),
    Service.STATUS: Text("查询应用状态", "ask for a card's state"),
    Service.PROGRESS: Text("查询办卡进度", "ask how far an application is"),
    Service.FEEDBACK: Text("提出意见和建议", "leave an opinion or suggestion"),
    Service.DATA_MINOR: Text("变更手机号码、职业、常住地址", "change minor data"),
    Service.DATA_BASIC: Text("变更姓名、证件类型、证件号码", "change basic data"),
    Service.TRANSIT_LOAD: Text("交通账户充值", "top up the transit purse"),
    Service.TRANSIT_REFUND: Text("交通账户退资", "refund the transit purse"),
    Service.PARK_BUY: Text("购买公园年票", "buy a park pass"),
    Service.PARK_MOVE: Text("转移公园年票", "move a park pass"),
    Service.FIN_LOSS: Text("金融功能挂失", "report the loss of the financial function"),
    Service.FIN_UNLOSS: Text("金融功能解挂", "lift the loss of the financial function"),
    Service.FIN_PIN: Text("金融账户密码修改、重置", "change or reset the bank PIN"),
    Service.FIN_CANCEL: Text("注销金融功能", "cancel the financial function"),
    Service.FIN_MOBILE: Text("修改金融账户预留手机号码", "change the bank's mobile number"),
    Service.INSTANT: Text("即时制卡", "make a card on the spot"),
    Service.VISIT: Text("上门服务", "home visit"),
}
