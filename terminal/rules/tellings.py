"""What the rules have a clerk tell the holder, each by its rule and article."""

from __future__ import annotations

from collections.abc import Callable

from terminal.rules.case import Case
from terminal.rules.checks import Check
from terminal.rules.states import Financial, Social
from terminal.rules.vocabulary import Actor, Channel
from terminal.texts import Text


def _always(_case: Case) -> bool:
    return True


def _tell(
    rule: str, article: str, zh: str, en: str, when: Callable[[Case], bool] = _always
) -> Check:
    return Check(rule, article, when, Text(zh, en))


def _on_the_spot(case: Case) -> bool:
    return case.where.instant and (case.chosen or case.issuing)


MADE_IN_30 = _tell(
    "R-MAKE-30",
    "22",
    "首次申领的卡在 30 个自然日内制成，邮寄时间不计",
    "a first card is made within 30 calendar days, postage aside",
    lambda case: not _on_the_spot(case),
)
MADE_IN_4 = _tell(
    "R-MAKE-4WD",
    "22",
    "自申请之日起 4 个工作日内制成，邮寄时间不计",
    "it is made within 4 working days of the application, postage aside",
    lambda case: not _on_the_spot(case),
)
MADE_NOW = _tell(
    "R-MAKE-NOW",
    "22",
    "本网点可以现场制卡并领取",
    "this outlet makes it on the spot",
    _on_the_spot,
)
YOUNG = _tell(
    "R-GUARDIAN",
    "",
    "申请人未满 18 周岁：金融账户的开立按银行规定，可能要法定代理人到场",
    "the applicant is under 18: for the account the bank may want a guardian to come",
    lambda case: case.who.actor is Actor.HOLDER and case.person.minor is True,
)
FREE = _tell("R-FREE", "23", "免收工本费和快递费", "no fee for the card or its delivery")
OLD_CARD_STAYS = _tell(
    "R-OLD-GEN",
    "27",
    "原第一、二代卡不收回，其社会保障功能自新卡启用时失效，金融功能可自行选择是否注销",
    "an older card is kept; its social function ends when the new one is enabled",
)
OLD_ENDS = _tell(
    "R-OLD-UNTIL-NEW",
    "16",
    "有旧卡的，其原有功能自新卡启用时失效",
    "an old card's functions end when the new one is enabled",
)
NOTHING_ON_YET = _tell(
    "R-NEW-OFF",
    "8",
    "新卡各项功能尚未启用：社会保障功能须启用，交通充值后可用，公园年票购买后可用",
    "no function is on yet: the social one is enabled, transit topped up, a park pass bought",
)
_SUBSIDY_ZH = "如用旧卡领取补贴、津贴，请尽快到原办理渠道变更银行卡号"
_SUBSIDY_EN = "where a subsidy is paid into the old account, report the new number to who pays it"
SUBSIDY = _tell("R-SUBSIDY-NOTE", "16", _SUBSIDY_ZH, _SUBSIDY_EN)
SUBSIDY_AFTER_LOSS = _tell("R-SUBSIDY-NOTE", "15", _SUBSIDY_ZH, _SUBSIDY_EN)
SUBSIDY_AT_BANK = _tell("R-SUBSIDY-NOTE", "20", _SUBSIDY_ZH, _SUBSIDY_EN)
SUBSIDY_NEW_CARD = _tell(
    "R-SUBSIDY-NOTE",
    "15, 16",
    _SUBSIDY_ZH,
    _SUBSIDY_EN,
    lambda case: case.application is not None and case.application.in_place_of,
)
OLD_HANDED_IN = _tell(
    "R-OLD-DESTROY",
    "16",
    "领取新卡时须带旧卡原件，旧卡由银行收回销毁",
    "bring the old card when the new one is collected: the bank takes it back and destroys it",
)
MONEY_GOES_BACK = _tell(
    "R-RENEW-MONEY",
    "16",
    "领取新卡时，旧卡交通余额退到您指定的银行账户，公园年票转到新卡",
    "when the new card is collected, the old one's transit money goes to an account that you name,"
    " and its park pass moves over",
)
CONFIRM_EACH = _tell(
    "S-GROUP",
    "6",
    "由单位组织每个人确认个人制卡信息；不能集中办理的，通知个人自行申领",
    "the employer has each person confirm their data; who cannot be done together applies alone",
)
BACK_IN_30 = _tell(
    "R-GROUP-30",
    "7",
    "未发放到职工的卡，请在 30 个自然日内退回",
    "cards not handed out come back within 30 calendar days",
)
TWO_PINS = _tell(
    "R-TWO-PINS",
    "12",
    "服务密码与银行密码分别设置，互不通用",
    "service PIN and bank PIN are set and used apart",
)
SOCIAL_TOO = _tell(
    "S-FIN-ACTIVATE",
    "9",
    "激活金融功能时一并启用社会保障功能",
    "the social function is enabled in the same step",
)
STOPS_15_DAYS = _tell(
    "R-TEMP-15",
    "13",
    "社会保障功能停 15 个自然日，期满未正式挂失即自动恢复，不能手工解除；金融功能的恢复按银行规定",
    "the social function stops for 15 calendar days and comes back by itself unless the loss is"
    " formally reported; the financial one follows the bank's rules",
    lambda case: case.card is None or case.card.social in {Social.OFF, Social.ON},
)
RISK = _tell(
    "R-TEMP-15",
    "13",
    "未及时挂失造成的风险由持卡人承担",
    "the risk of not reporting in time is the holder's",
)
TRANSIT_GOES_ON = _tell(
    "R-TEMP-15",
    "",
    "交通余额和公园年票不因挂失停用，也不能挂失追回",
    "transit money and park pass are not stopped by a loss, nor given back",
)


def _financial_elsewhere(case: Case) -> bool:
    return (
        case.where.channel is Channel.DISTRICT
        and case.card is not None
        and case.card.financial in {Financial.ON, Financial.STOPPED, Financial.LOST}
    )


_ONLY_SOCIAL_ZH = "这里只办社会保障功能；金融功能请到发卡合作银行网点"
_ONLY_SOCIAL_EN = (
    "only the social function is served here; for the financial one go to the issuing bank"
)
FINANCIAL_AT_BANK = _tell(
    "R-DISTRICT-SOCIAL", "13", _ONLY_SOCIAL_ZH, _ONLY_SOCIAL_EN, _financial_elsewhere
)
LIFTED_AT_BANK = _tell("S-UNLOSS", "3", _ONLY_SOCIAL_ZH, _ONLY_SOCIAL_EN, _financial_elsewhere)
CANCELLED_AT_BANK = _tell(
    "S-CANCEL-SOCIAL", "19", _ONLY_SOCIAL_ZH, _ONLY_SOCIAL_EN, _financial_elsewhere
)
NOT_RESTORED = _tell(
    "R-UNLOSS-NOT-REPLACED",
    "14",
    "申请补领后，旧卡即使找到也不能再恢复",
    "once a replacement is applied for, the old card is not restored even if found",
)
NO_MONEY_OF_LOST = _tell(
    "S-REPLACE",
    "",
    "遗失卡的交通余额和公园年票不承诺退还或转移",
    "no refund of the lost card's transit money, no transfer of its pass, is promised",
)
BANK_6M = _tell(
    "R-BANK-6M",
    "16",
    "变更后，原则上 6 个月内不再变更合作银行",
    "in principle the bank is not changed again within 6 months",
)
NOT_THE_BANKS_MOBILE = _tell(
    "S-DATA-MINOR",
    "17",
    "这不改变银行账户预留的手机号码",
    "it does not change the mobile number reserved with the bank",
)
ON_THE_CHIP_LATER = _tell(
    "R-PENDING",
    "",
    "卡内的数据在下次用卡办业务时写入，届时先办这一项",
    "the chip is written when the card is next served, before anything else",
    lambda case: case.where.channel is Channel.ONLINE,
)
BANKS_OWN_RULES = _tell(
    "S-FIN-*",
    "20",
    "按发卡合作银行的规定办理；银行密码只在银行设备上输入",
    "by the issuing bank's rules; the bank PIN is entered at the bank's devices only",
)
VISIT = _tell(
    "S-VISIT",
    "25",
    "为行动不便的老年人、残疾人等上门办理，所办业务按网点办理的条件",
    "for elderly, disabled and less mobile holders; each service on the outlet's conditions",
)
