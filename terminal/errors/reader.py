"""The reader: missing, ambiguous, busy, unplugged."""

from __future__ import annotations

from terminal.errors.base import GuitaiError, Retry
from terminal.texts import Text


class ReaderError(GuitaiError):
    """Say that it is the reader."""

    exit_status = 4
    card_lost = True


class NoReader(ReaderError):
    """Say that no reader is connected."""

    code = "no_reader"
    what = Text("没有找到读卡器", "No card reader is connected")
    why = Text(
        "读卡服务在运行，但没有列出任何读卡器",
        "The smart-card service runs and lists no reader",
    )
    remedy = Text(
        "请检查读卡器的连线和指示灯，然后运行 guitai doctor",
        "Check the reader's cable and light, then run guitai doctor",
    )


class ReaderNotFound(ReaderError):
    """Say that no reader fits what was asked for."""

    code = "reader_not_found"
    what = Text("没有与“{wanted}”相符的读卡器", "No reader fits “{wanted}”")
    why = Text("现有读卡器：{readers}", "The readers are: {readers}")
    remedy = Text(
        "请用 guitai readers 查看编号、名称或配置的角色",
        "See numbers, names and configured roles with guitai readers",
    )


class ReaderAmbiguous(ReaderError):
    """Say that several readers fit."""

    code = "reader_ambiguous"
    what = Text("有多个读卡器可选，无法确定用哪一个", "Several readers fit; which one is meant?")
    why = Text("相符的读卡器：{readers}", "These fit: {readers}")
    remedy = Text(
        "请用 --reader 指定编号或更长的名称，或在配置文件 [readers] 中登记角色",
        "Give a number or a longer name with --reader, or set a role under [readers]",
    )


class ReaderBusy(ReaderError):
    """Say that another program holds the reader."""

    code = "reader_busy"
    what = Text("读卡器正被其他程序占用", "Another program is using the reader")
    why = Text("占用者可能是：{holders}", "It may be held by: {holders}")
    remedy = Text(
        "请关闭该程序（或等它做完）后再试",
        "Close that program, or wait until it is done, and try again",
    )


class ReaderGone(ReaderError):
    """Say that the reader was unplugged."""

    code = "reader_gone"
    retry = Retry.AFTER_RECONCILE
    what = Text("读卡器在操作中断开了", "The reader was disconnected in the middle")
    why = Text("连线松动、被拔出，或供电不足", "A loose cable, a pulled plug, or too little power")
    remedy = Text("请重新插好读卡器，再放卡重做", "Plug the reader in, put the card back, repeat")
