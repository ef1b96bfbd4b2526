"""The terminal's command groups: name → (help in Chinese, help in English, where it is).

The help stands here so that listing commands loads none of them.
"""

from __future__ import annotations

COMMANDS: dict[str, tuple[str, str, str]] = {
    "read": ("读取卡和持卡人信息", "Read the card and its holder", "terminal.cli.read:read"),
    "pin": (
        "社保密码：状态、设置、验证、修改、重置",
        "The service PIN: status, set, verify, change, reset",
        "terminal.cli.pin:pin",
    ),
    "card": (
        "卡上的文件：列出、读取、写入",
        "Files on the card: list, get, set",
        "terminal.cli.card:card",
    ),
    "transit": (
        "公共交通：查询、充值、退资、查清",
        "The transit purse: show, load, refund, recover",
        "terminal.cli.transit:transit",
    ),
    "journal": (
        "流水：查看、对账",
        "The journal: list, show, reconcile",
        "terminal.cli.journal:journal",
    ),
    "park": (
        "公园年票：查看、售票、激活、转移",
        "Park passes: show, sell, activate, move",
        "terminal.cli.park:park",
    ),
    "keys": (
        "密钥文件：新建、导入、检查",
        "Key files: init, import, check",
        "terminal.cli.keys:keys",
    ),
    "readers": ("列出读卡器", "List the card readers", "terminal.cli.readers:readers"),
    "watch": ("显示插卡、拔卡等事件", "Show events as they happen", "terminal.cli.watch:watch"),
    "apdu": ("发送原始命令（诊断用）", "Send raw commands (diagnosis)", "terminal.cli.apdu:apdu"),
    "doctor": (
        "检查读卡服务为什么不工作",
        "Say why smart cards do not work here",
        "terminal.cli.doctor:doctor",
    ),
    "config": ("查看和检查配置", "Show and check the configuration", "terminal.cli.config:config"),
    "completion": (
        "生成命令行补全脚本",
        "Print a shell completion script",
        "terminal.cli.completion:completion",
    ),
}
