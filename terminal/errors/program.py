"""The command line, and ourselves."""

from __future__ import annotations

from terminal.errors.base import GuitaiError, Retry
from terminal.texts import Text

_ENDED = Text(
    "按了 Ctrl-C、没有更多输入，或收到了结束信号",
    "Ctrl-C, no more input, or a signal to end",
)


class UsageError(GuitaiError):
    """Say that it is the command line."""

    exit_status = 2
    retry = Retry.NEVER


class WrongUsage(UsageError):
    """Say that an option or argument is none."""

    code = "wrong_usage"
    what = Text("命令写法不对：{detail}", "The command line is wrong: {detail}")
    why = Text(
        "缺少、多出或写错了命令、选项、参数或取值",
        "A command, option, argument or value is missing, unknown or wrong",
    )
    remedy = Text("请用 --help 查看用法", "See how it is used with --help")


class Stopped(GuitaiError):
    """Say that it was not let finish."""

    exit_status = 130


class Interrupted(Stopped):
    """Say that somebody ended it."""

    code = "interrupted"
    retry = Retry.AFTER_RECONCILE
    what = Text("操作被中断", "It was interrupted")
    why = _ENDED
    remedy = Text(
        "需要时请重做；中断时正在写卡的，先查看卡上的状态",
        "Repeat it when wanted; where a card was being written look at its state first",
    )


class InterruptedBefore(Stopped):
    """Say that somebody ended it before anything was begun."""

    code = "interrupted_before"
    retry = Retry.SAFE
    what = Text("操作被中断，还没有开始办理", "It was interrupted before anything was begun")
    why = _ENDED
    remedy = Text(
        "卡没有写，钱没有动；需要时请重做",
        "No card was written, no money moved; repeat it when wanted",
    )


class InterruptedAmid(Stopped):
    """Say that somebody ended it, and what is known of the operation."""

    code = "interrupted_amid"
    retry = Retry.AFTER_RECONCILE
    why = _ENDED
    what = Text(
        "操作被中断；业务（流水 {key}）：{state}",
        "It was interrupted; the operation (entry {key}): {state}",
    )
    remedy = Text(
        "不要直接重做。放上这张卡运行 {recover}，结果见 guitai journal show {key}",
        "Do not just repeat it. Run {recover} with this card; "
        "guitai journal show {key} has the outcome",
    )


class ServiceInterrupted(Stopped):
    """Say that somebody ended a service that was begun, and how it goes on."""

    code = "service_interrupted"
    retry = Retry.AFTER_RECONCILE
    what = Text(
        "操作被中断；业务（流水号 {key}）：{state}",
        "It was interrupted; the service ({key}): {state}",
    )
    why = _ENDED
    remedy = Text(
        "不要另做一笔。请运行 guitai service run --key {key}：没有办完的接着办，办完的显示结果",
        "Begin no other. Run guitai service run --key {key}: what is unfinished goes on, what is"
        " done is shown",
    )


class ProgramError(GuitaiError):
    """Say that it is this program."""

    exit_status = 9
    retry = Retry.AFTER_RECONCILE


class InternalFault(ProgramError):
    """Say that this program made a mistake; the place is named, the data is not."""

    code = "internal_fault"
    what = Text("程序内部出错（{kind}）", "This program made a mistake ({kind})")
    why = Text("出错位置 {place}", "It happened at {place}")
    remedy = Text(
        "请把错误代码和位置告诉技术人员；涉及写卡的，先查清是否已经写入",
        "Tell IT the code and the place; what was being written has to be settled first",
    )
