"""The clerk's console: its pages, its workers, its address."""

from __future__ import annotations

from terminal.errors.base import GuitaiError, Retry
from terminal.texts import Text


class ConsoleError(GuitaiError):
    """Say that it is the console."""

    exit_status = 21


class ConsolePortTaken(ConsoleError):
    """Say that the console's address cannot be had."""

    code = "console_port_taken"
    what = Text(
        "工作台打不开地址 {address}",
        "The console cannot have the address {address}",
    )
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "工作台可能已在运行：直接打开 http://{address}/；否则用 --port 换一个端口",
        "It may be running already: open http://{address}/; else take another port with --port",
    )


class WorkerGone(ConsoleError):
    """Say that the process that worked on a card ended in the middle."""

    code = "worker_gone"
    retry = Retry.AFTER_RECONCILE
    what = Text(
        "读卡进程意外退出，这一步没有得到结果",
        "The process at the reader ended in the middle, and there is no result",
    )
    why = Text(
        "读卡器或卡没有反应，或程序被结束",
        "Reader or card did not answer, or the process was ended",
    )
    remedy = Text(
        "请取出卡重新放上。已经开始的业务按原流水号接着办，不要另做一笔",
        "Lay the card on again. What was begun goes on under its key; begin no other",
    )


class WorkerSlow(ConsoleError):
    """Say that a page got no answer in time."""

    code = "worker_slow"
    what = Text("等了 {seconds} 秒还没有结果", "There was no result within {seconds} seconds")
    why = Text(
        "前面的操作还没有结束，或读卡器、其他部门没有反应",
        "What is before it is not over, or a reader or another party does not answer",
    )
    remedy = Text(
        "还没有开始办理；请到“设备状态”看一下，稍后再试",
        "Nothing was begun; look at “The desk”, and try again later",
    )


class DeskBusy(ConsoleError):
    """Say that something else is being done at the reader."""

    code = "desk_busy"
    what = Text(
        "读卡器正在办理另一项业务：{service}",
        "Something else is being done at the reader: {service}",
    )
    why = Text(
        "一个读卡器同时只办一项业务；可能是在另一个窗口开始的",
        "A reader does one thing at a time; it may have been begun in another window",
    )
    remedy = Text(
        "等它办完再继续；这里填好的内容仍然保留",
        "Wait until it is done, then go on; what was filled in here is kept",
    )


class DraftGone(ConsoleError):
    """Say that what was filled in is not there any more; nothing was begun."""

    code = "draft_gone"
    what = Text(
        "这项业务还没有开始办理，填写的内容已经不在",
        "This service was not begun, and what was filled in is gone",
    )
    why = Text(
        "工作台重新启动过，或者已经签退",
        "The console was started anew, or somebody signed out",
    )
    remedy = Text(
        "卡没有写，钱没有动；请重新填写", "No card was written, no money moved; fill it in again"
    )


class PageStale(ConsoleError):
    """Say that a page's form is not of this sign-in, or came from elsewhere."""

    code = "page_stale"
    what = Text("这个页面已经失效，没有做任何事", "This page is no longer good; nothing was done")
    why = Text(
        "页面是在上一次签到时打开的，或请求来自别的网站",
        "It was opened in an earlier sign-in, or the request came from elsewhere",
    )
    remedy = Text("请回到首页再操作", "Go back to the first page and do it there")


class TooManySignIns(ConsoleError):
    """Say that there were too many attempts to sign in."""

    code = "too_many_sign_ins"
    what = Text(
        "签到尝试过于频繁，暂停 {seconds} 秒",
        "Too many attempts to sign in: wait {seconds} seconds",
    )
    why = Text("短时间内多次输入密码", "Passwords were entered many times in a short while")
    remedy = Text(
        "请稍候再试；不是您本人的操作请报告主管",
        "Wait, then try again; tell your supervisor if it was not you",
    )


class PageUnknown(ConsoleError):
    """Say that there is no such page."""

    code = "page_unknown"
    what = Text("没有这个页面", "There is no such page")
    why = Text("地址写错了，或内容已经不在", "The address is wrong, or what it showed is gone")
    remedy = Text("请回到首页", "Go back to the first page")
