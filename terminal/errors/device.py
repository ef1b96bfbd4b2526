"""The devices on the desk: the PIN pad, and later what prints and reads documents."""

from __future__ import annotations

from terminal.errors.base import GuitaiError, Retry
from terminal.texts import Text


class DeviceError(GuitaiError):
    """Say that it is a device on the desk."""

    exit_status = 11


class PinPadMissing(DeviceError):
    """Say that the PIN pad cannot be opened."""

    code = "pin_pad_missing"
    what = Text(
        "打不开密码键盘 {port}",
        "The PIN pad at {port} cannot be opened",
    )
    why = Text(
        "{detail}",
        "{detail}",
    )
    remedy = Text(
        "请检查连线和电源；还不行请技术人员核对端口名和权限（udev/README.md）",
        "Check cable and power; else have IT check the port and its permissions (udev/README.md)",
    )


class PinPadGone(DeviceError):
    """Say that the PIN pad was unplugged in the middle."""

    code = "pin_pad_gone"
    what = Text(
        "密码键盘在使用中断开，卡上未作任何尝试",
        "The PIN pad was disconnected in the middle; the card was not tried",
    )
    why = Text(
        "连线松动、被拔出，或断电",
        "A loose cable, a pulled plug, or no power",
    )
    remedy = Text(
        "请重新插好密码键盘，然后重做",
        "Plug the PIN pad in again, then repeat",
    )


class PinPadSilent(DeviceError):
    """Say that the PIN pad does not answer."""

    code = "pin_pad_silent"
    what = Text(
        "密码键盘没有应答",
        "The PIN pad does not answer",
    )
    why = Text(
        "重复 {times} 次都没有完整的回答",
        "{times} attempts brought no whole answer",
    )
    remedy = Text(
        "请检查密码键盘的电源；还不行请技术人员核对波特率和型号设置",
        "Check the pad's power; else have IT check the speed and the model that are set",
    )


class PinPadGarbled(DeviceError):
    """Say that the PIN pad's answers are no answers."""

    code = "pin_pad_garbled"
    what = Text(
        "密码键盘的回答不符合规范",
        "The PIN pad's answers make no sense",
    )
    why = Text(
        "{detail}",
        "{detail}",
    )
    remedy = Text(
        "请技术人员核对配置中的型号；线路受干扰时请更换连线",
        "Have IT check the model in the configuration; with a noisy line change the cable",
    )


class PinPadRefused(DeviceError):
    """Say that the PIN pad refused a command."""

    code = "pin_pad_refused"
    retry = Retry.NEVER
    what = Text(
        "密码键盘拒绝了 {step}：{meaning}",
        "The PIN pad refused {step}: {meaning}",
    )
    why = Text(
        "键盘返回错误码 {error}",
        "It answered with error {error}",
    )
    remedy = Text(
        "请技术人员核对键盘中的密钥和设置",
        "Have IT check the pad's keys and settings",
    )


class PinPadTampered(DeviceError):
    """Say that the PIN pad reports that it was opened."""

    code = "pin_pad_tampered"
    retry = Retry.NEVER
    what = Text(
        "密码键盘报告曾被拆动，已停止使用",
        "The PIN pad reports that it was opened; it is not used",
    )
    why = Text(
        "防拆开关动作（错误码 {error}），其中的密钥已作废",
        "Its tamper switch acted (error {error}); its keys are void",
    )
    remedy = Text(
        "请封存该键盘并更换，通知安全管理员",
        "Put it aside under seal, use another, tell the security officer",
    )


class ClearEntryForbidden(DeviceError):
    """Say that this outlet does not let the service PIN leave a pad in clear."""

    code = "clear_entry_forbidden"
    retry = Retry.NEVER
    what = Text(
        "本网点不允许密码键盘以明文输入服务密码",
        "This outlet does not let a pad give the service PIN in clear",
    )
    why = Text(
        "配置 pin_pad.clear_entry = false",
        "The configuration says pin_pad.clear_entry = false",
    )
    remedy = Text(
        "请改用带键盘的读卡器，或由安全管理员在配置中允许",
        "Use a reader with a keypad, or have the security officer allow it in the configuration",
    )


class KeypadFailed(DeviceError):
    """Say that the reader's own keypad did not do its part."""

    code = "keypad_failed"
    what = Text(
        "读卡器键盘没有完成密码输入",
        "The reader's keypad did not complete the entry",
    )
    why = Text(
        "读卡器返回 {result}",
        "The reader answered {result}",
    )
    remedy = Text(
        "请重插读卡器后再试；仍如此请改用密码键盘",
        "Plug the reader in again and retry; else use a PIN pad",
    )
