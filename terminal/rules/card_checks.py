"""The conditions that a card has to fulfil (checks.py has the others).

Where no card is known yet they hold: decide asks for one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache

from terminal.rules.case import BEIJING_REGION, CardFacts
from terminal.rules.checks import Check
from terminal.rules.states import FINANCIAL, LIFE, SOCIAL, Financial, Life, Public, Social
from terminal.rules.terms import Deadline
from terminal.rules.vocabulary import Generation
from terminal.texts import Text

_OVER = frozenset({Social.ENDED, Social.CANCELLED})
_FORMALLY_LOST = frozenset({Social.LOST, Social.REPLACED})
_NOT_HANDED_OVER = frozenset({Life.MAKING, Life.READY, Life.POSTED, Life.EMPLOYER})
_WITHDRAWN = frozenset({Life.TAKEN_BACK, Life.RECALLED, Life.WASTE, Life.DESTROYED})
_TO_STOP = frozenset({Financial.ON, Financial.STOPPED})
_STOPPED = frozenset({Financial.STOPPED, Financial.LOST})
_AT_THE_BANK = Text(
    "金融功能仍停用，请到发卡合作银行网点办理金融功能解挂",
    "Its financial function still is: have the issuing bank lift that",
)
_USABLE_AS_IS = Text("可直接使用", "It can be used")
_LIVING_ACCOUNT = frozenset({Financial.OFF, Financial.ON, Financial.STOPPED, Financial.LOST})
_ALONE = Text(
    "；金融功能仍在，其挂失、注销请到发卡合作银行办理",
    "; its account lives on: its loss or cancellation is the issuing bank's",
)
_NO_MORE = Text("", "")
_USABLE = frozenset({Public.OFF, Public.ON})


def _card_check(
    rule: str,
    article: str,
    holds: Callable[[CardFacts], bool],
    why: Text,
    instead: Text,
    *,
    facts: Callable[[CardFacts], Mapping[str, object]] | None = None,
) -> Check:
    """Make a check of the card; where none is known yet it holds (decide asks for the card)."""
    return Check(
        rule,
        article,
        lambda case: case.card is None or holds(case.card),
        why,
        instead,
        facts=None if facts is None else lambda case: {} if case.card is None else facts(case.card),
    )


@cache
def _when_back(day: date | None) -> Text:
    """Say when a temporary loss ends; without its day, in words."""
    if day is None:
        return Text("期满后", "after its 15 days")
    end = Deadline(day).text
    return Text(f"{end.zh}期满后", f"after {end.en}")


CARD_OF_THE_CITY = _card_check(
    "R-OLD-GEN",
    "26",
    lambda card: card.region.startswith(BEIJING_REGION),
    Text("这张卡不是北京市发行的", "this card was not issued in Beijing"),
    Text("可以读取；其业务请到发卡地办理", "It is read here; it is served where it was issued"),
)
NOT_ELECTRONIC = _card_check(
    "R-ECARD",
    "",
    lambda card: card.generation is not Generation.ELECTRONIC,
    Text("电子卡不在柜台办理业务", "no service of a counter is done on an electronic card"),
    Text(
        "请按实体卡办理；电子卡由持卡人在线上申领、使用",
        "Name the physical card; the electronic one is applied for and used online",
    ),
)
THIRD_GENERATION = _card_check(
    "R-OLD-GEN",
    "26, 27",
    lambda card: card.generation in {Generation.THIRD, Generation.ELECTRONIC},
    Text("这项业务只对第三代社会保障卡办理", "this is for third-generation cards only"),
    Text(
        "第一、二代卡可继续使用；需要更换的（包括遗失、损坏的），请申领第三代社会保障卡；持卡人已死亡的，请"
        "向社会保险经办机构或 96066 咨询",
        "An older card stays usable; to have another, also for a lost or damaged one, apply for a"
        " third-generation card; after its holder's death ask the insurance office or 96066",
    ),
)
HOLDER_KNOWN = _card_check(
    "R-OWN-USE",
    "",
    lambda card: card.owner_known,
    Text("登记中没有这张卡，或持卡人不一致", "the registry does not know this card of this holder"),
    Text(
        "请核对持卡人与证件；卡片来历不明的，由两人登记并上报",
        "Compare holder and document; a card of unknown origin is put on record by two people",
    ),
)
COLLECTED = _card_check(
    "S-COLLECT",
    "7",
    lambda card: card.life not in _NOT_HANDED_OVER,
    Text("这张卡还没有发放到本人（{life}）", "this card was not handed over yet ({life})"),
    Text(
        "请领取之后再办理；可先查询办卡进度", "It has to be collected first; ask for its progress"
    ),
    facts=lambda card: {"life": LIFE[card.life]},
)
NOT_WITHDRAWN = _card_check(
    "R-OLD-DESTROY",
    "16, 21",
    lambda card: card.life not in _WITHDRAWN,
    Text("这张卡不再使用（{life}）", "this card is not used any more ({life})"),
    Text("请使用新卡；没有新卡的，请申领", "Use the new card; without one, apply for it"),
    facts=lambda card: {"life": LIFE[card.life]},
)
IN_THE_HOLDERS_HANDS = _card_check(
    "R-OWN-USE",
    "",
    lambda card: card.life is not Life.HANDED_IN,
    Text("这张卡是拾获交存的，还没有归还本人", "this card was found and handed in"),
    Text("请先核对持卡人本人并归还", "Compare the holder and give it back first"),
)
NOT_STOPPED = _card_check(
    "R-TEMP-15",
    "13",
    lambda card: card.social is not Social.TEMP_LOST,
    Text(
        "这张卡在临时挂失中，社会保障功能已暂停",
        "within a temporary loss the social function is stopped",
    ),
    Text(
        "{day}自动恢复，不能手工解除；确实遗失的，请办理正式挂失",
        "It comes back by itself {day}, and not by hand; a card that is lost is reported formally",
    ),
    facts=lambda card: {"day": _when_back(card.social_returns)},
)
NOT_LOST = _card_check(
    "S-UNLOSS",
    "14",
    lambda card: card.social is not Social.LOST,
    Text("这张卡已正式挂失", "this card's loss was formally reported"),
    Text(
        "找到卡的，请凭身份证件和卡先办理解挂；找不到的，请补领",
        "A card that was found again is lifted first, with document and card; one that was not is"
        " replaced",
    ),
)
NOT_REPLACED = _card_check(
    "R-UNLOSS-NOT-REPLACED",
    "14",
    lambda card: card.social is not Social.REPLACED,
    Text(
        "已办理补领，旧卡不能再恢复",
        "a replacement was applied for: the old card is not restored",
    ),
    Text("请交回旧卡，使用新卡", "Hand the old card in, and use the new one"),
)
STILL_IN_FORCE = _card_check(
    "R-OLD-UNTIL-NEW",
    "16, 19",
    lambda card: card.social not in _OVER,
    Text("这张卡的社会保障功能已失效或已注销", "the social function has ended or was cancelled"),
    Text(
        "请使用新卡；没有新卡的，请申领{financial}",
        "Use the new card; without one, apply for it{financial}",
    ),
    facts=lambda card: {"financial": _ALONE if card.financial in _LIVING_ACCOUNT else _NO_MORE},
)
ENABLED_FIRST = _card_check(
    "R-OLD-UNTIL-NEW",
    "16",
    lambda card: not card.beside_another or card.social is not Social.OFF,
    Text(
        "这张新卡还没有启用，旧卡还没有失效",
        "this new card is not enabled yet, and the old one has not ended",
    ),
    Text(
        "请先办理启用（芯片损坏的也可启用），再办这项业务",
        "Have it enabled first, which a damaged chip does not hinder; then come back to this",
    ),
)
NOT_ENABLED_YET = _card_check(
    "S-ENABLE",
    "8",
    lambda card: card.social is not Social.ON,
    Text("社会保障功能已经启用", "the social function is enabled already"),
    Text("不需要再办，可直接使用", "Nothing is to be done: it can be used"),
)
FINANCIAL_OFF = _card_check(
    "S-FIN-ACTIVATE",
    "9",
    lambda card: card.financial is Financial.OFF,
    Text(
        "金融功能的状态是“{state}”，不能再激活",
        'the financial function stands at "{state}" and cannot be activated',
    ),
    Text("请向发卡合作银行查询账户状态", "Ask the issuing bank for the account's state"),
    facts=lambda card: {"state": FINANCIAL[card.financial]},
)
HAS_FINANCIAL = _card_check(
    "S-FIN-*",
    "20",
    lambda card: card.financial is not Financial.NONE,
    Text("这张卡没有金融功能", "this card has no financial function"),
    Text("需要的，请申领第三代社会保障卡", "Apply for a third-generation card for it"),
)
CHIP_WORKS = _card_check(
    "R-RENEW-GROUNDS",
    "16",
    lambda card: card.readable is not False,
    Text("芯片不能读写", "the chip cannot be read or written"),
    Text("请换领新卡（芯片损坏）", "Renew the card (damaged chip)"),
)
NO_PIN_YET = _card_check(
    "S-PIN-SET",
    "12",
    lambda card: card.pin_set is not True,
    Text("服务密码已经设置过", "the service PIN is set already"),
    Text("请办理修改；忘记的请办理重置", "Have it changed, or reset where it was forgotten"),
)
PIN_THERE = _card_check(
    "S-PIN-CHANGE",
    "12",
    lambda card: card.pin_set is not False,
    Text("服务密码还没有设置", "no service PIN is set yet"),
    Text("请先设置服务密码", "Set it first"),
)
SOCIAL_COMES_ALONG = _card_check(
    "S-FIN-ACTIVATE",
    "9",
    lambda card: card.social in {Social.OFF, Social.ON},
    Text(
        "金融功能不能单独激活，而社会保障功能的状态是“{state}”",
        'the financial function is not activated alone, and the social one stands at "{state}"',
    ),
    Text(
        "临时挂失的待其恢复，正式挂失的先解挂；已失效、已注销的请使用新卡或申领",
        "Wait for the end of a temporary loss, have a formal one lifted; where it has ended, use or"
        " apply for a new card",
    ),
    facts=lambda card: {"state": SOCIAL[card.social]},
)
COULD_BE_LOST = _card_check(
    "S-LOSS-TEMP",
    "13",
    # A found card that nobody fetched was destroyed: its holder reports it to have another.
    lambda card: card.life in {Life.HELD, Life.HANDED_IN, Life.DESTROYED},
    Text(
        "这张卡不在持卡人手中（{life}），没有遗失",
        "this card is not in its holder's hands ({life}): it is not lost",
    ),
    Text(
        "还没有领取的，请查询办卡进度；已收回的，请使用新卡",
        "Where it was not collected yet ask for its progress; where it was taken back use the new"
        " one",
    ),
    facts=lambda card: {"life": LIFE[card.life]},
)
NOT_STOPPED_YET = _card_check(
    "R-TEMP-15",
    "13",
    lambda card: card.social is not Social.TEMP_LOST,
    Text("这张卡已在临时挂失中", "this card is within a temporary loss already"),
    Text(
        "期限不能延长，{day}自动恢复；请尽快办理正式挂失",
        "It is not made longer and ends {day}; report the loss formally",
    ),
    facts=lambda card: {"day": _when_back(card.social_returns)},
)
NOT_LOST_YET = _card_check(
    "S-LOSS-SOCIAL",
    "13",
    lambda card: card.social not in _FORMALLY_LOST,
    Text(
        "社会保障功能已正式挂失，不需要再办", "the loss of the social function is reported already"
    ),
    Text(
        "金融功能还没有挂失的，请到发卡合作银行网点办理；需要新卡的，请补领",
        "Where the financial function is not, go to the issuing bank; for a new card, replace it",
    ),
)
SOMETHING_TO_STOP = _card_check(
    "R-TEMP-15",
    "13",
    lambda card: card.social not in _FORMALLY_LOST or card.financial in _TO_STOP,
    Text(
        "这张卡已正式挂失，没有可以临时停用的功能",
        "the loss was formally reported: nothing is left to stop for the time being",
    ),
    Text("请查询应用状态；需要新卡的，请补领", "Ask for its state; for a new card, replace it"),
)
"""After a formal loss of the social function alone the financial one may be stopped so."""
FINANCIAL_TO_LOSE = _card_check(
    "S-LOSS-FULL",
    "13",
    lambda card: card.financial in _TO_STOP,
    Text(
        "没有可以一并挂失的金融功能（{state}）",
        "there is no financial function to report lost ({state})",
    ),
    Text(
        "社会保障功能还没有挂失的，请单独办理其正式挂失",
        "Where the social function is not reported lost yet, report that alone",
    ),
    facts=lambda card: {"state": FINANCIAL[card.financial]},
)
NOT_BY_HAND = _card_check(
    "R-TEMP-15",
    "13",
    lambda card: card.social is not Social.TEMP_LOST,
    Text("临时挂失不能手工解除", "a temporary loss is not lifted by hand"),
    Text(
        "{day}自动恢复；解挂只在正式挂失后办理",
        "It ends by itself {day}; only a formal loss is lifted",
    ),
    facts=lambda card: {"day": _when_back(card.social_returns)},
)
FORMALLY_LOST = _card_check(
    "S-UNLOSS",
    "14",
    lambda card: card.social not in {Social.OFF, Social.ON},
    Text("这张卡没有正式挂失", "this card's loss was not formally reported"),
    Text("社会保障功能不需要解挂；{financial}", "Its social function is not stopped. {financial}"),
    facts=lambda card: {"financial": _AT_THE_BANK if card.financial in _STOPPED else _USABLE_AS_IS},
)
LOST_BEFORE_REPLACED = _card_check(
    "S-REPLACE",
    "15",
    lambda card: card.social not in {Social.OFF, Social.ON, Social.TEMP_LOST},
    Text("补领须先办理正式挂失", "a card is replaced only after its loss was formally reported"),
    Text(
        "请先办理正式挂失（区、街网点或发卡合作银行网点）；临时挂失不够",
        "Report the loss formally first (district outlet or issuing bank); a temporary one is not"
        " enough",
    ),
)
NOT_REPLACED_YET = _card_check(
    "S-REPLACE",
    "15",
    # Where nothing came of it (refused, withdrawn, recalled) the lost card is replaced again.
    lambda card: card.social is not Social.REPLACED or card.replaced_in_vain,
    Text("这张卡已经办理过补领", "a replacement was applied for already"),
    Text("请查询办卡进度，使用新卡", "Ask for its progress, and use the new card"),
)
SOCIAL_NOT_OVER = _card_check(
    "S-CANCEL-SOCIAL",
    "19",
    lambda card: card.social not in _OVER,
    Text("社会保障功能已失效或已注销", "the social function has ended or was cancelled"),
    Text(
        "不需要再注销；金融功能请到发卡合作银行注销",
        "Nothing is left to cancel; the financial function is cancelled at the issuing bank",
    ),
)
SOMETHING_NOT_OVER = _card_check(
    "S-CANCEL-ALL",
    "19",
    lambda card: (
        card.social not in _OVER
        or card.financial in {Financial.ON, Financial.OFF, Financial.STOPPED, Financial.LOST}
        or card.transit in _USABLE
    ),
    Text("各项功能均已失效或已注销", "all functions have ended or were cancelled"),
    Text("不需要再办理", "Nothing is left to do"),
)
AT_THE_BANK = _card_check(
    "S-COLLECT",
    "7",
    lambda card: card.life is Life.READY,
    Text("这张卡不在银行待领（{life}）", "this card does not wait at the bank ({life})"),
    Text(
        "邮寄途中的请等候送达，由单位代领的请向单位领取；退回之后再来",
        "Wait for the post, or ask the employer for it; or come when it was returned",
    ),
    facts=lambda card: {"life": LIFE[card.life]},
)
NOT_RECALLED = _card_check(
    "R-UNCOLLECTED-6M",
    "21",
    lambda card: not card.recall_due,
    Text(
        "制成后超过 6 个月未领取，应召回销毁",
        "it was not collected within 6 months: it is recalled and destroyed",
    ),
    Text("请重新申领", "Apply anew"),
)
TRANSIT_USABLE = _card_check(
    "S-TRANSIT-REFUND",
    "16, 19",
    lambda card: card.transit in _USABLE,
    Text("这张卡的交通出行功能已关闭或已失效", "the transit function is closed or has ended"),
    Text("请使用新卡", "Use the new card"),
)
"""A purse that is "not opened" here may have been topped up elsewhere: the chip decides."""
PARK_USABLE = _card_check(
    "R-RENEW-PARK",
    "16",
    lambda card: card.park in _USABLE,
    Text("这张卡的公园游览功能已关闭或已失效", "the park function is closed or has ended"),
    Text("请使用新卡", "Use the new card"),
)
