"""The emulator's commands for ``guitai``: name → (help in Chinese, in English, where it is)."""

from __future__ import annotations

COMMANDS: dict[str, tuple[str, str, str]] = {
    "emulate": (
        "把软件卡插入虚拟读卡器",
        "Put a software card into a virtual reader",
        "emulator.cli:emulate",
    ),
    "emulate-host": (
        "运行软件充值主机",
        "Run a software load host for the transit purse",
        "emulator.purse_host_cli:emulate_host",
    ),
    "emulate-pin-pad": (
        "在伪终端上运行软件密码键盘",
        "Run a software PIN pad on a pseudo-terminal",
        "emulator.pin_pad_cli:emulate_pin_pad",
    ),
    "emulate-id-reader": (
        "在伪终端上运行软件身份证阅读器",
        "Run a software reader of identity documents on a pseudo-terminal",
        "emulator.id_reader_cli:emulate_id_reader",
    ),
    "emulate-receipt-printer": (
        "在伪终端上运行软件凭条打印机",
        "Run a software receipt printer on a pseudo-terminal",
        "emulator.receipt_printer_cli:emulate_receipt_printer",
    ),
    "emulate-park": (
        "运行软件公园年票系统",
        "Run a software park pass system",
        "emulator.park_cli:emulate_park",
    ),
    "emulate-parties": (
        "运行软件的银行、清算、数据共享等其他各方",
        "Run the other parties in software: bank, clearing, data sharing …",
        "emulator.parties_cli:emulate_parties",
    ),
}
