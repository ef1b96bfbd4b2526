"""USB devices that are known to need something (reference counter-devices.md §1.5, §1.8).

Ids as in /sys: four hex digits, lower case. ``sure`` is False where one source alone has it.
"""

from __future__ import annotations

from dataclasses import dataclass

from terminal.texts import Text


@dataclass(frozen=True, slots=True)
class VendorDevice:
    """Hold a device that PC/SC does not know and that its vendor's library talks to.

    ``transport`` is what the device node is: ``usb``, ``hidraw``, ``keyboard`` (none needed).
    """

    ids: str
    name: Text
    transport: str = "usb"
    sure: bool = True


VENDOR_DEVICES = (
    VendorDevice(
        "0471:a112", Text("德卡读写器（D3、T6、T10）", "Decard reader (D3, T6, T10)"), "hidraw"
    ),
    VendorDevice("0400:c35a", Text("身份证阅读器（SDT、SS628 类）", "ID-card reader (SDT, SS628)")),
    VendorDevice("10c4:8a1b", Text("信通身份证阅读器", "Senter ID-card reader"), sure=False),
    VendorDevice("2015:0008", Text("森锐身份证阅读器", "Senrui ID-card reader"), sure=False),
    VendorDevice("9573:4836", Text("亿数身份证阅读器", "Yishu ID-card reader"), sure=False),
    VendorDevice(
        "2d9a:0101",
        Text("CJ201 非接与身份证模块", "CJ201 contactless and ID unit"),
        "hidraw",
        sure=False,
    ),
    VendorDevice("23a4:0219", Text("非接与身份证模块", "contactless and ID unit"), sure=False),
)
KEYBOARD_VENDOR = VendorDevice(
    "1483:",
    Text("明华读卡器（模拟键盘）", "Mingwah reader (types like a keyboard)"),
    "keyboard",
    False,
)
"""Known by its vendor id alone."""

USB_SERIAL = {
    "1a86:7523": "CH340",
    "1a86:5523": "CH340",
    "1a86:55d3": "CH343",
    "1a86:55d4": "CH343",
    "10c4:ea60": "CP210x",
    "10c4:ea70": "CP210x",
    "10c4:ea71": "CP210x",
    "0403:6001": "FTDI",
    "0403:6010": "FTDI",
    "0403:6011": "FTDI",
    "0403:6014": "FTDI",
    "0403:6015": "FTDI",
    "067b:2303": "PL2303",
    "067b:23a3": "PL2303",
    "067b:23c3": "PL2303",
}
"""Serial converters as they leave the factory (udev/62-guitai-ports.rules has the same)."""
BRAILLE_LOOKALIKES = ("1a86:7523", "10c4:ea60")
"""Those of them that brltty took for braille displays."""
PRINTER_CLASS = "07"


def vendor_device(ids: str) -> VendorDevice | None:
    """Find what is known of a device."""
    for each in (*VENDOR_DEVICES, KEYBOARD_VENDOR):
        if ids.startswith(each.ids):
            return each
    return None
