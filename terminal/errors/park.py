"""The annual park pass: why it is not sold, what is still open, what nobody can tell."""

from __future__ import annotations

from terminal.errors.base import GuitaiError, Retry
from terminal.texts import Text


class ParkError(GuitaiError):
    """Say that it is the park pass."""

    exit_status = 14


class ParkSystemMissing(ParkError):
    """Say that no park system is configured."""

    code = "park_system_missing"
    retry = Retry.NEVER
    what = Text("没有配置公园年票系统", "No park pass system is configured")
    why = Text("配置中没有写 park.url", "The configuration has no park.url")
    remedy = Text(
        "请技术人员填写配置 [park]；在此之前请持卡人到公园年票服务网点办理",
        "Have IT set [park]; until then send the holder to a park pass service point",
    )


class ParkSystemUnreachable(ParkError):
    """Say that the park system gave no answer."""

    code = "park_system_unreachable"
    retry = Retry.AFTER_RECONCILE
    what = Text("公园年票系统没有给出答复", "The park pass system gave no answer")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "请检查网络后重做同一笔；已经开始的先放上卡运行 guitai park recover",
        "Check the network and repeat it under the same key; what was begun is settled first by"
        " guitai park recover with the card",
    )


class ParkAnswerWrong(ParkError):
    """Say that the park system's answer is none, or not to what was asked."""

    code = "park_answer_wrong"
    retry = Retry.AFTER_RECONCILE
    what = Text("公园年票系统的应答不对", "The park pass system's answer is wrong")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "请勿继续；请技术人员核对 park.url 和对方系统，再运行 guitai park recover",
        "Do not go on; have IT check park.url and the other system, then run guitai park recover",
    )


class ParkContradicts(ParkError):
    """Say that the park system's record contradicts what is asked of it."""

    code = "park_contradicts"
    retry = Retry.NEVER
    what = Text(
        "公园年票系统的记录与本笔业务矛盾", "The park pass system's record contradicts this"
    )
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "请不要重做；请记下流水号，与公园年票系统人工核对",
        "Do not repeat it; note the key and have it checked with the park pass system by people",
    )


class PassNotOnSale(ParkError):
    """Say that this year's pass is not sold now, or not by this counter."""

    code = "pass_not_on_sale"
    retry = Retry.NEVER
    what = Text("{year} 年的这种年票现在不发售", "The pass of {year} is not on sale")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "未收费、未写卡；请在发售期内再来，或选择在售的年份和票种",
        "Nothing was charged or written; come back in the season, or choose another year or type",
    )


class PassNotEligible(ParkError):
    """Say that the holder may not have the pass."""

    code = "pass_not_eligible"
    retry = Retry.NEVER
    what = Text("持卡人不符合 {year} 年年票的购买条件", "The holder may not buy the pass of {year}")
    why = Text(
        "公园年票系统答复：{reason}（实施细则第十一条）",
        "The park pass system says: {reason} (Rules Art. 11)",
    )
    remedy = Text(
        "未收费、未写卡；有异议请持卡人到公园年票服务网点核实",
        "Nothing was charged or written; the holder may have it checked at a park service point",
    )


class PassExists(ParkError):
    """Say that the person has this year's pass."""

    code = "pass_exists"
    retry = Retry.NEVER
    what = Text("持卡人已有 {year} 年的年票", "The holder has the pass of {year} already")
    why = Text("{where}；每人每年一张", "{where}; one a person a year")
    remedy = Text(
        "未收费、未写卡；卡上没有时，请换领新卡时用 guitai park move 转移",
        "Nothing was charged or written; if it is on another card, guitai park move brings it over"
        " at a renewal",
    )


class PassPending(ParkError):
    """Say that the park system waits for another operation on the same pass."""

    code = "pass_pending"
    retry = Retry.AFTER_RECONCILE
    what = Text("{year} 年的年票还有一笔业务没有了结", "Something about the pass of {year} is open")
    why = Text(
        "公园年票系统正等着流水号 {key} 的结果",
        "The park pass system waits for the outcome of {key}",
    )
    remedy = Text(
        "请放上原来那张卡运行 guitai park recover，再重做；正在转移而新卡已坏或丢失的，"
        "放上另一张新卡运行 guitai park move --instead",
        "Run guitai park recover with the card it was begun on, then repeat; where a move is under"
        " way and its new card is dead or lost, lay another new card and run guitai park move"
        " --instead",
    )


class PassElsewhere(ParkError):
    """Say that the park system knows the pass on another card."""

    code = "pass_elsewhere"
    retry = Retry.NEVER
    what = Text("{year} 年的年票不属于这张卡", "The pass of {year} is not this card's")
    why = Text(
        "公园年票系统登记的是另一张卡，或没有登记",
        "The park pass system has it on another card, or has none",
    )
    remedy = Text(
        "请核对持卡人和卡；未写卡",
        "Check holder and card; nothing was written",
    )


class PassNoRoom(ParkError):
    """Say that the card has no free record."""

    code = "pass_no_room"
    retry = Retry.NEVER
    what = Text("卡上没有空位放年票", "The card has no room for the pass")
    why = Text(
        "年票记录都还有效，或读不懂，不能覆盖",
        "All records are in force or unreadable, and none may be overwritten",
    )
    remedy = Text(
        "未收费、未写卡；请用 guitai park show 查看，必要时为持卡人换卡",
        "Nothing was charged or written; see guitai park show, replace the card if need be",
    )


class PassNoIdentity(ParkError):
    """Say that the card does not tell whose it is."""

    code = "pass_no_identity"
    retry = Retry.NEVER
    what = Text("卡上没有社会保障号码，不能办理年票", "The card has no social security number")
    why = Text("年票按人发售，每人每年一张", "Passes are sold to persons, one a person a year")
    remedy = Text(
        "未收费、未写卡；请先为持卡人换卡",
        "Nothing was charged or written; have the card replaced first",
    )


class PassNoApplication(ParkError):
    """Say that the card cannot carry a pass."""

    code = "pass_no_application"
    retry = Retry.NEVER
    what = Text("这张卡没有公园年票功能", "This card has no park pass application")
    why = Text(
        "只有北京第三代社会保障卡能装年票",
        "Only third-generation cards of Beijing carry one",
    )
    remedy = Text(
        "请持卡人申领第三代卡，或到公园年票服务网点办理",
        "The holder may apply for a third-generation card, or go to a park service point",
    )


class PassCardExpired(ParkError):
    """Say that the card's validity is over."""

    code = "pass_card_expired"
    retry = Retry.NEVER
    what = Text("卡已于 {day} 到期，不能再装年票", "The card expired on {day}")
    why = Text("到期的卡不再写入新的业务", "Nothing new is written on an expired card")
    remedy = Text(
        "请先换领新卡；卡上已有的年票可用 guitai park move 转移",
        "Renew the card first; passes it carries are brought over by guitai park move",
    )


class PassUnfinished(ParkError):
    """Say that something begun on this card has no outcome yet."""

    code = "pass_unfinished"
    retry = Retry.AFTER_RECONCILE
    what = Text(
        "这张卡上次的{kind}（流水号 {key}）还没有了结",
        "The {kind} ({key}) on this card has no outcome yet",
    )
    why = Text(
        "上次中途断开，卡上是否写入要先查清",
        "It broke off; whether the card was written is found out first",
    )
    remedy = Text(
        "请放上这张卡运行 guitai park recover，再办新的业务；卡已坏或丢失的见 guitai park move 和"
        " guitai park decide 的 --help",
        "Run guitai park recover with this card before anything new; for a card that is dead or"
        " lost see --help of guitai park move and guitai park decide",
    )


class PassUnsettled(ParkError):
    """Say that the card left while it was written."""

    code = "pass_unsettled"
    retry = Retry.AFTER_RECONCILE
    card_lost = True
    what = Text(
        "年票写入时与卡失去联系，结果未知（流水号 {key}）",
        "The card was lost while the pass was written; the outcome is unknown ({key})",
    )
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "不要重做，也不要退费；请放回同一张卡运行 guitai park recover，由卡说明结果",
        "Neither repeat nor refund it; put the same card back and run guitai park recover: the card"
        " tells",
    )


class PassUnconfirmed(ParkError):
    """Say that the card was written and the park system could not be told."""

    code = "pass_unconfirmed"
    retry = Retry.AFTER_RECONCILE
    what = Text(
        "年票已写入卡，公园年票系统还没有确认（流水号 {key}）",
        "The card holds the pass; the park pass system has not confirmed it yet ({key})",
    )
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "不要重做；网络恢复后放上这张卡运行 guitai park recover 补报",
        "Do not repeat it; when the network is back run guitai park recover with this card",
    )


class PassCannotTell(ParkError):
    """Say that the card's record is neither what was there nor what was to be written."""

    code = "pass_cannot_tell"
    retry = Retry.NEVER
    what = Text(
        "卡上的年票记录对不上，无法判断上次是否写入（流水号 {key}）",
        "The card's record fits neither outcome of {key}",
    )
    why = Text(
        "第 {number} 条记录：现为 {found}，原为 {before}，应写 {after}",
        "Record {number} is {found}, was {before}, was to be {after}",
    )
    remedy = Text(
        "请保留卡和单据，把以上内容交业务主管与公园年票系统人工核对，然后{way}",
        "Keep card and receipt; have the above checked with the park system, then {way}",
    )


class PassNotFound(ParkError):
    """Say that the card has no such pass."""

    code = "pass_not_found"
    retry = Retry.NEVER
    what = Text("卡上没有可以激活的 {year} 年年票", "The card has no pass of {year} to activate")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "请用 guitai park show 查看卡上的年票；未写卡",
        "See guitai park show; nothing was written",
    )


class PassKeyUsed(ParkError):
    """Say that what was begun under this key did not happen, and never will."""

    code = "pass_key_used"
    retry = Retry.NEVER
    what = Text("流水号 {key} 的业务已作废", "What was begun under {key} was given up")
    why = Text("上次没有写入，已经了结", "It did not happen, and that was settled")
    remedy = Text("要重新办理请用新的流水号", "Use a new key to do it anew")


class PassCardRevoked(ParkError):
    """Say that the park system takes no more passes on this card."""

    code = "pass_card_revoked"
    retry = Retry.NEVER
    what = Text("这张卡在公园年票系统中已作废", "The park pass system has revoked this card")
    why = Text(
        "它曾被报告为芯片损坏或丢失，年票已转到别的卡",
        "It was reported dead or lost, and its passes went to another card",
    )
    remedy = Text("请改用另一张卡；没有写卡", "Use another card; this one was not written")


class PassOtherPerson(ParkError):
    """Say that the park system does not know two numbers as one person's."""

    code = "pass_other_person"
    retry = Retry.NEVER
    what = Text(
        "公园年票系统不认为新旧社会保障号码属于同一个人",
        "The park pass system does not take the two numbers for one person's",
    )
    why = Text("公园年票系统答复：{reason}", "The park pass system says: {reason}")
    remedy = Text(
        "请核对原号码；无误的，请持卡人带变更证明到公园年票服务网点登记后再来",
        "Check the former number; if it is right the holder has the change noted at a park service"
        " point first",
    )


class PassNotThisCard(ParkError):
    """Say that another card lies there than this step of a move needs."""

    code = "pass_not_this_card"
    what = Text("这不是这次转移要放的卡", "This is not the card that the move needs now")
    why = Text("现在需要的是{wanted}", "Now it needs {wanted}")
    remedy = Text("请取走它，放上{wanted}；没有写卡", "Take it away and lay {wanted}; not written")


class PassNothingToMove(ParkError):
    """Say that there is no pass on another card of the person."""

    code = "pass_nothing_to_move"
    retry = Retry.NEVER
    what = Text("没有可以转移到这张卡的年票", "There is no pass to move to this card")
    why = Text(
        "公园年票系统中，持卡人没有登记在另一张卡上的有效年票",
        "The park pass system knows no pass in force of this person on another card",
    )
    remedy = Text(
        "请确认放上的是新卡；旧卡是否有年票见 guitai park show；换过社会保障号码的，加"
        " --formerly 输入原号码",
        "Make sure that the new card lies there; guitai park show tells of the old one; after a"
        " change of the social security number add --formerly",
    )
