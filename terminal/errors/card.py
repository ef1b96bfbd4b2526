"""The card as a thing: absent, mute, torn, reset, hung."""

from __future__ import annotations

from terminal.errors.base import GuitaiError, Retry
from terminal.texts import Text


class CardError(GuitaiError):
    """Say that it is the card as a thing."""

    exit_status = 5
    card_lost = True


class NoCard(CardError):
    """Say that there is no card in the reader."""

    code = "no_card"
    what = Text("读卡器里没有卡", "There is no card in the reader")
    why = Text("卡未插入、未放稳，或已取走", "It is not inserted, not seated, or was taken out")
    remedy = Text("请将卡芯片朝上插到底（或平放在感应区）", "Insert it fully, or lay it flat")


class CardMute(CardError):
    """Say that the card does not answer to reset."""

    code = "card_mute"
    what = Text("卡没有应答", "The card does not answer to reset")
    why = Text(
        "卡插反、触点脏污，或芯片损坏",
        "It is the wrong way round, its contacts are dirty, or the chip is dead",
    )
    remedy = Text(
        "请擦净触点，换个方向重插；仍无应答则按损坏卡处理",
        "Clean the contacts, insert it the right way; else treat it as a damaged card",
    )


class CardTorn(CardError):
    """Say that the card was pulled in the middle of a command."""

    code = "card_torn"
    retry = Retry.AFTER_RECONCILE
    what = Text("操作未完成时卡被取走", "The card was taken out before it was done")
    why = Text("卡在应答之前离开了读卡器", "It left the reader before it had answered")
    remedy = Text(
        "请放回同一张卡重做；涉及写卡的，系统会先查清上次是否已经写入",
        "Put the same card back and repeat; what was being written is settled first",
    )


class CardReset(CardError):
    """Say that another program reset the card: what was proved to it is forgotten."""

    code = "card_reset"
    retry = Retry.AFTER_RECONCILE
    what = Text("卡被其他程序复位，本次认证已失效", "Another program reset the card")
    why = Text(
        "另一个程序正在使用同一读卡器；此前的密钥认证和密码验证都已作废",
        "Another program uses this reader; keys and PIN proved before are void now",
    )
    remedy = Text(
        "请关闭占用读卡器的其他程序后重做",
        "Close the other program that uses the reader, then repeat",
    )


class CardHung(CardError):
    """Say that the card did not answer in time and its reader was given up."""

    code = "card_hung"
    retry = Retry.AFTER_RECONCILE
    what = Text("卡在 {seconds} 秒内没有应答", "The card did not answer within {seconds} s")
    why = Text(
        "卡或读卡器停住了；该读卡器已停用，其他读卡器不受影响",
        "Card or reader got stuck; this reader was given up, the others go on",
    )
    remedy = Text(
        "请取出卡并重插读卡器，然后重做",
        "Take the card out, plug the reader in again, repeat",
    )


class CardSlow(CardError):
    """Say that the card answers, but so slowly that it does not come to an end."""

    code = "card_slow"
    retry = Retry.AFTER_RECONCILE
    what = Text(
        "卡太慢，{seconds} 秒内没有做完", "The card is too slow: not done within {seconds} s"
    )
    why = Text(
        "卡每条命令都有应答，但每次都很久；触点脏、天线接触不好或芯片老化都会这样",
        "It answers every command, each late: dirty contacts, a weak field or an old chip",
    )
    remedy = Text(
        "请擦拭芯片或换一个读卡器再试；仍如此则换卡",
        "Clean the chip or try another reader; if it stays so replace the card",
    )


class CardBabbles(CardError):
    """Say that the card's answers do not end or are no answers."""

    code = "card_babbles"
    what = Text("卡的应答不符合规范：{detail}", "The card's answers make no sense: {detail}")
    why = Text(
        "这不是一张正常的卡，或芯片已损坏",
        "It is not a proper card, or its chip is damaged",
    )
    remedy = Text(
        "请重插一次；仍如此则按损坏卡处理，不要继续",
        "Insert it once more; if it stays so treat it as damaged and do not go on",
    )
