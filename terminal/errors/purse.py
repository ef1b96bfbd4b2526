"""The transit purse: what keeps money from being moved, and what is not known of it yet."""

from __future__ import annotations

from terminal.errors.base import GuitaiError, Retry
from terminal.texts import Text


class PurseError(GuitaiError):
    """Say that it is the transit purse."""

    exit_status = 13
    retry = Retry.NEVER


class NoPurse(PurseError):
    """Say that the card has no transit application."""

    code = "no_purse"
    what = Text("这张卡没有公共交通功能", "The card has no transit application")
    why = Text(
        "卡上没有交通联合应用，也不是北京市政交通一卡通旧卡",
        "It has neither a T-Union application nor that of Beijing's older card",
    )
    remedy = Text(
        "请换一张有交通功能的卡；第一、二代社保卡没有这项功能",
        "Use a card that has one; social security cards of generation 1 and 2 have none",
    )


class PurseBlocked(PurseError):
    """Say that the transit application is blocked."""

    code = "purse_blocked"
    what = Text("卡的公共交通功能已锁定（{sw}）", "The transit application is blocked ({sw})")
    why = Text(
        "卡被列入黑名单、换领或注销时已关闭，或多次校验失败",
        "It was blacklisted, closed, or too many checks failed",
    )
    remedy = Text(
        "钱没有动。请持卡人到市政交通一卡通自营网点查询余额",
        "No money was moved. Send the holder to the transit company's own outlet",
    )


class PurseNotStarted(PurseError):
    """Say that the transit function was not started, or not yet."""

    code = "purse_not_started"
    what = Text("卡的公共交通功能还没有启用", "The transit function is not started yet")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "钱没有动。请到市政交通一卡通自营网点启用，或待启用日期以后再来",
        "No money was moved. Have it started at the transit company's outlet, or come back then",
    )


class PurseExpired(PurseError):
    """Say that the transit function has expired."""

    code = "purse_expired"
    what = Text("卡的公共交通功能已于 {date} 到期", "The transit function expired on {date}")
    why = Text("过了有效期的卡不能充值和乘车", "An expired card takes no money and no trips")
    remedy = Text(
        "可以办理退资；继续使用请换领新卡",
        "Its money can be refunded; to go on have the card renewed",
    )


class PurseBlacklisted(PurseError):
    """Say that the card is on the blacklist."""

    code = "purse_blacklisted"
    what = Text("卡 {serial} 在交通黑名单中", "Card {serial} is on the transit blacklist")
    why = Text(
        "它已挂失、欠费，或被交通清算方停用",
        "It was reported lost, owes money, or was stopped by the clearing party",
    )
    remedy = Text(
        "钱没有动。请核对持卡人身份，并请其到市政交通一卡通自营网点处理",
        "No money was moved. Check who holds it and send them to the transit company's outlet",
    )


class PurseElsewhere(PurseError):
    """Say that the card belongs to another city."""

    code = "purse_elsewhere"
    what = Text(
        "这是{city}的交通卡，不能在本网点办理", "This transit card is of {city}, not served here"
    )
    why = Text("充值和退资由发卡城市办理", "Money is put on and refunded in the issuing city")
    remedy = Text("钱没有动。请到发卡城市的网点办理", "No money was moved. Go to that city")


class PurseReadOnly(PurseError):
    """Say that the card is of an older kind that is only read here."""

    code = "purse_read_only"
    what = Text("北京市政交通一卡通旧卡在这里只能查询", "Beijing's older card is only read here")
    why = Text(
        "旧卡的充值和退资不属于社会保障卡业务",
        "Its money is not the social security card's business",
    )
    remedy = Text(
        "请到市政交通一卡通自营网点办理", "Send the holder to the transit company's own outlet"
    )


class BalanceUnclear(PurseError):
    """Say that the card's answers about its balance do not agree."""

    code = "balance_unclear"
    what = Text("卡对余额的几种说法不一致，已停止", "The card's answers about its balance disagree")
    why = Text(
        "不同的卡对透支额度的算法不同，这张卡分不清（{detail}）",
        "Cards differ in how the overdraft counts, and this one cannot be told ({detail})",
    )
    remedy = Text(
        "钱没有动。请到市政交通一卡通自营网点核对余额后办理",
        "No money was moved. Have the balance checked at the transit company's own outlet",
    )


class AmountWrong(PurseError):
    """Say that an amount is none."""

    code = "amount_wrong"
    what = Text("金额“{amount}”不对", "“{amount}” is no amount")
    why = Text(
        "金额以元为单位，大于零，最多两位小数",
        "An amount is in yuan, above zero, with two decimals at most",
    )
    remedy = Text("请重新输入，例如 50 或 50.00", "Enter it again, for example 50 or 50.00")


class BalanceCeiling(PurseError):
    """Say that the card would hold more than it may."""

    code = "balance_ceiling"
    what = Text(
        "充值后余额将超过上限 {ceiling} 元",
        "The balance would exceed its ceiling, {ceiling} yuan",
    )
    why = Text(
        "卡内现有 {balance} 元，本次最多可充 {most} 元",
        "There are {balance} yuan on the card; at most {most} can be added",
    )
    remedy = Text("钱没有动。请减少充值金额", "No money was moved. Load less")


class NotEnough(PurseError):
    """Say that there is not enough money on the card."""

    code = "not_enough"
    what = Text("卡内余额不足", "There is not enough money on the card")
    why = Text("需要 {amount} 元，卡内只有 {balance} 元", "{amount} yuan wanted, {balance} there")
    remedy = Text("钱没有动。请先充值", "No money was moved. Load the card first")


class NothingToRefund(PurseError):
    """Say that there is no money on the card."""

    code = "nothing_to_refund"
    what = Text("卡内余额为零，不需要退资", "There is no money on the card to refund")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "无需办理；今天办过的请用 guitai journal list --card 核对是否已付款",
        "There is nothing to do; what was done today is in guitai journal list --card",
    )


class TripUnfinished(PurseError):
    """Say that a trip has no end yet."""

    code = "trip_unfinished"
    what = Text("卡上有一次行程没有结束（{where}）", "A trip on the card has no end ({where})")
    why = Text(
        "进站以后没有出站记录，票款还没有结清",
        "There is an entry without an exit, and the fare is not paid yet",
    )
    remedy = Text(
        "钱没有动。请先补交票款：guitai transit pay 票款 --exit，或请持卡人到车站补票",
        "Settle the fare first: guitai transit pay FARE --exit, or at a station",
    )


class OverdraftOwed(PurseError):
    """Say that an overdraft is owed."""

    code = "overdraft_owed"
    what = Text("卡透支 {amount} 元，先补足才能退资", "The card is {amount} yuan overdrawn")
    why = Text("退资以前要先结清透支", "An overdraft is settled before a refund")
    remedy = Text(
        "钱没有动。请先收取并充值 {amount} 元", "No money was moved. Load {amount} yuan first"
    )


class CardMacWrong(PurseError):
    """Say that the card's MAC is not that of its key."""

    code = "card_mac_wrong"
    what = Text("卡的校验码（MAC1）不对，已停止", "The card's MAC1 is wrong; it was stopped here")
    why = Text(
        "这张卡不是真卡，或与充值方的密钥不匹配",
        "It is no genuine card, or its keys are not the load host's",
    )
    remedy = Text(
        "钱没有动。请勿重试；按可疑卡处理，并通知技术人员",
        "No money was moved. Do not try again; treat it as suspicious and tell IT",
    )


class PurseRefused(PurseError):
    """Say that the card refused a purse command, and nothing was changed."""

    code = "purse_refused"
    what = Text("卡拒绝了“{step}”（{sw}）", "The card refused “{step}” ({sw})")
    why = Text("{meaning}", "{meaning}")
    remedy = Text(
        "钱没有动。请重试一次；仍如此请按故障卡处理",
        "No money was moved. Try once more; if it stays so treat the card as damaged",
    )


class LoadNotAccepted(PurseError):
    """Say that the card does not take the load host's MAC2, and nothing was changed."""

    code = "load_not_accepted"
    retry = Retry.NEVER
    what = Text(
        "卡不接受充值主机的授权（{sw}）", "The card does not accept the load host's word ({sw})"
    )
    why = Text(
        "主机给出的 MAC2 与这张卡不符：主机的密钥、线路，或者这张卡不对",
        "Its MAC2 does not fit this card: the host's keys, the line or the card is wrong",
    )
    remedy = Text(
        "钱没有动。请用另一张卡试一次：也不行就停止充值，通知充值主机方；只有这一张不行，按故障卡处理",
        "No money was moved. Try another card: if that fails too, stop loading and tell the host's "
        "people; if only this one fails, treat it as damaged",
    )


class PursePinWanted(PurseError):
    """Say that the card wants a PIN of its own for its purse."""

    code = "purse_pin_wanted"
    what = Text("卡要求输入电子钱包自己的密码", "The card wants a PIN of its purse's own")
    why = Text(
        "有的城市给电子钱包单独设密码；它既不是服务密码，也不是银行密码",
        "Some cities give the purse a PIN; it is neither the service PIN nor the bank's",
    )
    remedy = Text(
        "钱没有动。北京卡没有这个密码；请到发卡城市办理",
        "No money was moved. Beijing's cards have none; go to the issuing city",
    )


class PurseChanged(PurseError):
    """Say that the balance changed while it was looked at."""

    code = "purse_changed"
    retry = Retry.SAFE
    what = Text("卡的余额在办理中变了，已停止", "The balance changed meanwhile; stopped here")
    why = Text("卡报出的余额与刚才读到的不同", "The card says another balance than a moment before")
    remedy = Text("钱没有动。请重做一次", "No money was moved. Do it once more")


class PurseUnsettled(PurseError):
    """Say that it is not known whether the card was changed."""

    code = "purse_unsettled"
    retry = Retry.AFTER_RECONCILE
    card_lost = True
    what = Text(
        "{kind} {amount} 元的结果还不知道，请勿再做一次",
        "Whether the {kind} of {amount} yuan happened is not known; do not repeat it",
    )
    why = Text("命令已发给卡，但没有收到应答：{cause}", "It was sent, no answer came: {cause}")
    remedy = Text(
        "请放回同一张卡，运行 guitai transit recover 查清；现金先不要收付",
        "Put the same card back and run guitai transit recover; let no cash change hands yet",
    )


class DidNotHappen(PurseError):
    """Say that what was interrupted did not happen."""

    code = "did_not_happen"
    retry = Retry.SAFE
    what = Text(
        "已查清：这笔{kind} {amount} 元没有办成，卡没有改动",
        "It is settled: this {kind} of {amount} yuan did not happen, the card is as it was",
    )
    why = Text("卡在写入以前被取走", "The card left before it was written")
    remedy = Text(
        "现金不要收付；仍要办理请重做一次",
        "Let no cash change hands; if it is still wanted do it once more",
    )


class SettledFirst(PurseError):
    """Say that an unfinished operation was settled, and nothing new was begun."""

    code = "settled_first"
    retry = Retry.SAFE
    what = Text(
        "这张卡上次的{kind} {amount} 元没有办完，现已查清：{outcome}",
        "The last {kind} of {amount} yuan was unfinished; it is settled now: {outcome}",
    )
    why = Text("本次业务没有开始，卡没有改动", "Nothing new was begun, the card is as it was")
    remedy = Text(
        "请按查清的结果与持卡人核对；仍要办理请重做一次",
        "Tell the holder how it ended; if the new one is still wanted do it once more",
    )


class CannotTell(PurseError):
    """Say that the evidence does not decide."""

    code = "cannot_tell"
    what = Text(
        "卡上的证据查不清这笔{kind}（流水 {key}）",
        "The card does not show how this {kind} ended (entry {key})",
    )
    why = Text("{reason}", "{reason}")
    remedy = Text(
        "请主管凭 guitai journal show {key} 与清算方核对，再用 guitai journal decide 认定",
        "A supervisor takes guitai journal show {key} to the clearing party, then uses decide",
    )


class OtherCard(PurseError):
    """Say that another card lies there than the one that is awaited."""

    code = "other_card"
    retry = Retry.SAFE
    what = Text("这不是刚才那张卡", "This is not the card from before")
    why = Text("等的是尾号 {wanted} 的卡，放上的尾号是 {found}", "{wanted} is awaited, not {found}")
    remedy = Text("请放回原来的卡", "Put the card from before back")


class IntentionOver(PurseError):
    """Say that this intention was carried out before, or is over."""

    code = "intention_over"
    what = Text(
        "流水 {key} 已经结束（{outcome}），没有再做一次",
        "Entry {key} is over ({outcome}); nothing was done again",
    )
    why = Text("同一个流水号只办理一次", "One key is one operation")
    remedy = Text("仍要办理请作为新业务发起", "If it is still wanted begin it as a new operation")


class EntryRunning(PurseError):
    """Say that this intention is being carried out at this moment."""

    code = "entry_running"
    retry = Retry.SAFE
    what = Text(
        "流水 {key} 正在办理，没有再做一次", "Entry {key} is going on; it was not begun twice"
    )
    why = Text(
        "同一笔业务在另一个窗口刚刚发起，或者点了两次",
        "The same was begun elsewhere a moment ago, or it was clicked twice",
    )
    remedy = Text(
        "请等它办完，再用 guitai journal show {key} 查看结果",
        "Wait until it is over and look at guitai journal show {key}",
    )


class SecondPersonNeeded(PurseError):
    """Say that a second person has to agree."""

    code = "second_person_needed"
    what = Text("这项业务需要另一位工作人员复核", "A second person has to agree to this")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "请另一位工作人员到场，用 --second 写明其工号",
        "Have a colleague come and name them by --second",
    )


class CorrectionWrong(PurseError):
    """Say that an entry cannot be corrected so."""

    code = "correction_wrong"
    what = Text("流水 {key} 不能这样更正", "Entry {key} cannot be corrected so")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "没有写卡。请用 guitai journal show {key} 核对",
        "No card was written. See guitai journal show {key}",
    )


class NotEmpty(PurseError):
    """Say that the balance is not zero where it has to be."""

    code = "purse_not_empty"
    what = Text("卡内余额不是零，还有 {balance} 元", "The balance is not zero: {balance} yuan")
    why = Text(
        "退资办完或关闭公共交通功能，都要求余额为零并经核对",
        "A refund is complete, and the application closed, only with a balance of zero",
    )
    remedy = Text("请办理退资：guitai transit refund", "Refund it: guitai transit refund")
