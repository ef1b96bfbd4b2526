"""The service PIN 服务密码: wrong, weak, blocked, not entered."""

from __future__ import annotations

from terminal.errors.base import GuitaiError, Retry
from terminal.texts import Text


class PinError(GuitaiError):
    """Say that it is the service PIN."""

    exit_status = 10


class PinWrong(PinError):
    """Say that the service PIN was wrong."""

    code = "pin_wrong"
    what = Text(
        "服务密码不正确，还可试 {left} 次",
        "The service PIN is wrong, {left} tries left",
    )
    why = Text(
        "输入的不是这张卡的服务密码（与银行密码是两个密码）",
        "It is not this card's service PIN, which is not the bank PIN",
    )
    remedy = Text(
        "请持卡人想好再输；忘记了可凭证件办理密码重置",
        "Let the holder think first; a forgotten PIN is reset with the identity document",
    )


class PinLastTry(PinError):
    """Say that only one try is left, and that it was not spent."""

    code = "pin_last_try"
    retry = Retry.NEVER
    what = Text(
        "服务密码只剩最后 1 次机会，本次没有使用",
        "Only one try is left for the service PIN; it was not spent",
    )
    why = Text(
        "再错一次密码就会锁定",
        "One more wrong entry blocks the PIN",
    )
    remedy = Text(
        "确有把握再加 --last-try 重做；否则请凭证件办理密码重置",
        "Repeat it with --last-try if the holder is sure, else have it reset (identity document)",
    )


class PinTriesUnknown(PinError):
    """Say that the card does not tell how many tries are left."""

    code = "pin_tries_unknown"
    retry = Retry.NEVER
    what = Text(
        "卡没有说明服务密码还剩几次，本次没有使用",
        "The card does not tell how many tries are left; none was spent",
    )
    why = Text(
        "卡对查询返回状态字 {sw}",
        "It answered {sw} to the question",
    )
    remedy = Text(
        "也许只剩最后一次；确有把握再加 --last-try 重做",
        "It may be the last one; if the holder is sure repeat it with --last-try",
    )


class PinBlocked(PinError):
    """Say that the service PIN is blocked."""

    code = "pin_blocked"
    retry = Retry.NEVER
    what = Text(
        "服务密码已锁定",
        "The service PIN is blocked",
    )
    why = Text(
        "此前多次输入错误",
        "Too many wrong entries before",
    )
    remedy = Text(
        "请凭证件办理密码重置：guitai pin reset",
        "Have it reset with the identity document: guitai pin reset",
    )


class PinNotSet(PinError):
    """Say that the card has no service PIN yet."""

    code = "pin_not_set"
    retry = Retry.NEVER
    what = Text(
        "这张卡还没有设置服务密码",
        "This card has no service PIN yet",
    )
    why = Text(
        "卡上没有可比对的密码",
        "There is nothing on it to compare with",
    )
    remedy = Text(
        "请先设置密码：guitai pin set",
        "Set one first: guitai pin set",
    )


class PinAlreadySet(PinError):
    """Say that the card has a service PIN, and that first setting is not for it."""

    code = "pin_already_set"
    retry = Retry.NEVER
    what = Text(
        "这张卡已有服务密码，未作改动",
        "This card has a service PIN already; nothing was changed",
    )
    why = Text(
        "首次设置只用于没有密码的卡",
        "First setting is for cards without one",
    )
    remedy = Text(
        "知道原密码请用 guitai pin change，忘记了请用 guitai pin reset",
        "Use guitai pin change with the old PIN, guitai pin reset where it is forgotten",
    )


class PinWeak(PinError):
    """Say that a new PIN is too easy to guess."""

    code = "pin_weak"
    retry = Retry.NEVER
    what = Text(
        "新密码太容易被猜到，未作改动",
        "The new PIN is too easy to guess; nothing was changed",
    )
    why = Text(
        "{reason}",
        "{reason}",
    )
    remedy = Text(
        "请持卡人另选一个密码",
        "Let the holder choose another",
    )


class PinLength(PinError):
    """Say that a PIN is too short, too long or no number."""

    code = "pin_length"
    what = Text(
        "服务密码应为 {least} 至 {most} 位数字，卡上未作任何尝试",
        "A service PIN has {least} to {most} digits; the card was not tried",
    )
    why = Text(
        "输入的位数不对，或含有数字以外的字符",
        "There were more or fewer, or something that is no digit",
    )
    remedy = Text(
        "请重新输入",
        "Enter it again",
    )


class PinsDiffer(PinError):
    """Say that the two entries of a new PIN differ."""

    code = "pins_differ"
    what = Text(
        "两次输入的新密码不一致，未作改动",
        "The two entries of the new PIN differ; nothing was changed",
    )
    why = Text(
        "其中一次按错了",
        "One of them was mistyped",
    )
    remedy = Text(
        "请重新输入两次",
        "Enter it twice again",
    )


class PinCancelled(PinError):
    """Say that the entry was cancelled."""

    code = "pin_cancelled"
    what = Text(
        "密码输入被取消，卡上未作任何尝试",
        "The entry was cancelled; the card was not tried",
    )
    why = Text(
        "按了取消键，或没有输入",
        "The cancel key was pressed, or nothing was entered",
    )
    remedy = Text(
        "需要时请重做",
        "Repeat it when wanted",
    )


class PinTimedOut(PinError):
    """Say that nobody entered a PIN in time."""

    code = "pin_timed_out"
    what = Text(
        "没有在规定时间内输入密码，卡上未作任何尝试",
        "No PIN was entered in time; the card was not tried",
    )
    why = Text(
        "等待超过了设定的秒数",
        "The time that is set for it passed",
    )
    remedy = Text(
        "请提醒持卡人输入，然后重做",
        "Ask the holder to enter it, then repeat",
    )


class PinSourceMissing(PinError):
    """Say that there is nothing a PIN could be entered at."""

    code = "pin_source_missing"
    retry = Retry.NEVER
    what = Text(
        "没有可以输入密码的设备",
        "There is nothing to enter a PIN at",
    )
    why = Text(
        "读卡器没有键盘，也没有配置密码键盘{why}",
        "The reader has no keypad and no PIN pad is configured{why}",
    )
    remedy = Text(
        "请接上密码键盘，并在配置 [pin_pad] 中写明端口",
        "Connect a PIN pad and name its port under [pin_pad] in the configuration",
    )


class PinUnsettled(PinError):
    """Say that the card left while its PIN was being written."""

    code = "pin_unsettled"
    retry = Retry.AFTER_RECONCILE
    what = Text(
        "写入新密码的途中与卡失去联系，不知是否已写入",
        "The card was lost while the new PIN was written; whether it was is unknown",
    )
    why = Text(
        "卡在应答之前被取走，或读卡服务中断",
        "It left before it had answered, or the smart-card service stopped",
    )
    remedy = Text(
        "请放回原卡：先用新密码验证，不对再用原密码，每次只试一回",
        "Put it back and verify the new PIN once; if it is wrong, the old one once",
    )
