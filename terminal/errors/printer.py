"""The receipt printer 凭条打印机 on the desk: whether it prints, and what may be on the paper.

Those that can happen in the middle say in ``printed`` whether anything may have been printed:
NOTHING_PRINTED or PERHAPS_IN_PART.
"""

from __future__ import annotations

from terminal.errors.base import Retry
from terminal.errors.device import DeviceError
from terminal.texts import Text

NOTHING_PRINTED = Text("还没有打印任何内容", "nothing was printed yet")
PERHAPS_IN_PART = Text(
    "可能已打印了一部分，请看打印出的纸",
    "it was perhaps printed in part, look at the paper",
)


class ReceiptPrinterNotConfigured(DeviceError):
    """Say that this desk has no receipt printer."""

    code = "receipt_printer_not_configured"
    retry = Retry.NEVER
    what = Text(
        "本柜台没有配置凭条打印机",
        "No receipt printer is configured at this desk",
    )
    why = Text(
        "{source} 中没有写 receipt_printer.port",
        "{source} does not set receipt_printer.port",
    )
    remedy = Text(
        "请在配置中写上打印机的端口；没有打印机的，可以生成 PDF 后打印",
        "Set the printer's port in the configuration; without a printer make a PDF and print that",
    )


class ReceiptPrinterMissing(DeviceError):
    """Say that the printer cannot be opened."""

    code = "receipt_printer_missing"
    what = Text(
        "打不开凭条打印机 {port}",
        "The receipt printer at {port} cannot be opened",
    )
    why = Text(
        "{detail}",
        "{detail}",
    )
    remedy = Text(
        "请检查连线和电源；还不行请技术人员核对端口名和权限（udev/README.md）",
        "Check cable and power; else have IT check the port and its permissions (udev/README.md)",
    )


class ReceiptPrinterGone(DeviceError):
    """Say that the printer was unplugged in the middle."""

    code = "receipt_printer_gone"
    what = Text(
        "凭条打印机在使用中断开，{printed}",
        "The receipt printer was disconnected in the middle; {printed}",
    )
    why = Text(
        "连线松动、被拔出，或断电",
        "A loose cable, a pulled plug, or no power",
    )
    remedy = Text(
        "请重新插好打印机，看过纸上的内容，再决定要不要补打",
        "Plug the printer in again, and look at the paper before printing once more",
    )


class ReceiptPrinterSilent(DeviceError):
    """Say that the printer does not answer."""

    code = "receipt_printer_silent"
    what = Text(
        "凭条打印机没有应答，{printed}",
        "The receipt printer does not answer; {printed}",
    )
    why = Text(
        "问了 {times} 次状态都没有回答",
        "Its status was asked for {times} times without an answer",
    )
    remedy = Text(
        "请检查打印机的电源；还不行请技术人员核对配置中的 receipt_printer.port 和"
        " receipt_printer.speed",
        "Check its power; else have IT check receipt_printer.port and receipt_printer.speed in the"
        " configuration",
    )


class ReceiptPrinterGarbled(DeviceError):
    """Say that what answers is no receipt printer, or a disturbed one."""

    code = "receipt_printer_garbled"
    what = Text(
        "端口上应答的不像是凭条打印机，{printed}",
        "What answers at the port does not look like a receipt printer; {printed}",
    )
    why = Text(
        "回答不符合 ESC/POS：接的是别的设备、波特率不对，或线路受干扰",
        "Its answers are no ESC/POS: another device, another speed, or a disturbed line",
    )
    remedy = Text(
        "请技术人员核对配置中的 receipt_printer.port 和 receipt_printer.speed；都对时请更换连线",
        "Have IT check receipt_printer.port and receipt_printer.speed in the configuration; if both"
        " are right change the cable",
    )


class ReceiptPrinterPaperOut(DeviceError):
    """Say that there is no paper."""

    code = "receipt_printer_paper_out"
    what = Text(
        "凭条打印机缺纸，{printed}",
        "The receipt printer is out of paper; {printed}",
    )
    why = Text(
        "纸卷用完、没有装好，或没有压到传感器上",
        "The roll is used up, not put in well, or not under the sensor",
    )
    remedy = Text(
        "请换上新纸卷并合上盖；换纸后打印机可能先打完剩下的内容，再决定要不要补打",
        "Put in a new roll and close the cover; the printer may then print the rest by itself, so"
        " wait for that before printing once more",
    )


class ReceiptPrinterCoverOpen(DeviceError):
    """Say that the printer's cover stands open."""

    code = "receipt_printer_cover_open"
    what = Text(
        "凭条打印机的盖没有合上，{printed}",
        "The receipt printer's cover is open; {printed}",
    )
    why = Text(
        "上盖打开，或没有扣紧",
        "The cover stands open or is not shut tight",
    )
    remedy = Text(
        "请合上盖；打印机可能先打完剩下的内容，再决定要不要补打",
        "Close it; the printer may then print the rest by itself, so wait for that before printing"
        " once more",
    )


class ReceiptPrinterFaulty(DeviceError):
    """Say that the printer reports an error."""

    code = "receipt_printer_faulty"
    what = Text(
        "凭条打印机报告故障：{fault}，{printed}",
        "The receipt printer reports an error: {fault}; {printed}",
    )
    why = Text(
        "打印机自己在状态中报告了故障",
        "It says so in its status",
    )
    remedy = Text(
        "请关机再开机，清除卡纸；仍有故障请报修",
        "Switch it off and on, and take jammed paper out; if it stays, have it mended",
    )


class ReceiptPrinterOffline(DeviceError):
    """Say that the printer is offline, and does not say why."""

    code = "receipt_printer_offline"
    what = Text(
        "凭条打印机处于脱机状态，{printed}",
        "The receipt printer is offline; {printed}",
    )
    why = Text(
        "打印机没有说明原因；多半有人按住了走纸键，或刚刚开机",
        "It does not say why: most often somebody holds its feed key, or it was just switched on",
    )
    remedy = Text(
        "请松开按键，看面板上的指示灯，稍候再试",
        "Let go of its keys, look at its lights, and try again in a moment",
    )


class ReceiptPrinterSlow(DeviceError):
    """Say that the printer takes no more, and reports nothing wrong."""

    code = "receipt_printer_slow"
    what = Text(
        "凭条打印机 {seconds} 秒没有进展，{printed}",
        "The receipt printer made no progress for {seconds} s; {printed}",
    )
    why = Text(
        "它的缓冲区满了，状态中却没有故障",
        "Its buffer is full, and its status shows nothing wrong",
    )
    remedy = Text(
        "请看打印机是否还在打印；很慢的机器请技术人员把配置中的 receipt_printer.timeout_seconds"
        " 调大",
        "See whether it still prints; for a slow one have IT raise receipt_printer.timeout_seconds"
        " in the configuration",
    )
