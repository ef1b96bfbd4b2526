"""The terminal's command groups: name → (help in Chinese, help in English, where it is).

The help stands here so that listing commands loads none of them.
"""

from __future__ import annotations

COMMANDS: dict[str, tuple[str, str, str]] = {
    "read": ("读取卡和持卡人信息", "Read the card and its holder", "terminal.cli.read:read"),
    "counter": (
        "柜员工作台：在本机浏览器中办理业务",
        "The clerk's console in this machine's browser",
        "terminal.cli.counter:counter",
    ),
    "pin": (
        "服务密码：状态、设置、验证、修改、重置",
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
    "service": (
        "业务：能办什么、怎么规定的、办理",
        "Services of the rules: list, explain, run",
        "terminal.cli.service:service",
    ),
    "person": (
        "持卡人：查找、登记已有的卡",
        "Holders: find, register",
        "terminal.cli.person:person",
    ),
    "query": (
        "查询：应用状态、办卡进度",
        "Enquiries: status, progress",
        "terminal.cli.query:query",
    ),
    "duties": (
        "待办：欠其他部门的事、没有办完的业务",
        "What is owed and unfinished: list, run, decide",
        "terminal.cli.duties:duties",
    ),
    "report": ("报表：各项期限", "Reports: deadlines", "terminal.cli.report:report"),
    "production": (
        "集中制卡：清单、核验、制成",
        "Central production: list, verify, made",
        "terminal.cli.production:production",
    ),
    "custody": (
        "在库的卡：清单、召回、销毁、单位发放",
        "Cards in custody: list, recall, destroy",
        "terminal.cli.custody:custody",
    ),
    "parcel": (
        "邮寄的卡：寄出、签收、退回、丢失",
        "Cards by post: send, delivered, lost",
        "terminal.cli.parcel:parcel",
    ),
    "found": (
        "拾获、冒用的卡：收存、归还、上报",
        "Found and misused cards: keep, give back, report",
        "terminal.cli.found:found",
    ),
    "authorise": (
        "授权委托：登记、撤销",
        "Authorisations of agents: add, withdraw",
        "terminal.cli.authorise:authorise",
    ),
    "deaths": (
        "死亡提醒：取回、更正",
        "Reminders of deaths: fetch, correct",
        "terminal.cli.deaths:deaths",
    ),
    "sign-in": ("柜员签到", "Sign in at this desk", "terminal.cli.sign_in:sign_in"),
    "sign-out": ("柜员签退", "Sign out", "terminal.cli.sign_in:sign_out"),
    "operator": (
        "柜员：添加、角色、密码",
        "Operators: add, roles, passwords",
        "terminal.cli.operator:operator",
    ),
    "audit": (
        "审计：检查、查询、导出",
        "The audit: verify, search, export",
        "terminal.cli.audit:audit",
    ),
    "registry": (
        "登记库：建立、检查",
        "The registry: init, check",
        "terminal.cli.registry:registry",
    ),
    "backup": (
        "备份登记库和流水（加密）",
        "Back registry and journal up, encrypted",
        "terminal.cli.backup:backup",
    ),
    "restore": (
        "从备份恢复，或核对备份",
        "Restore a backup, or check it",
        "terminal.cli.backup:restore",
    ),
    "id-reader": (
        "身份证阅读器：检查、读证件",
        "The reader of identity documents: test, read",
        "terminal.cli.id_reader:id_reader",
    ),
    "receipt-printer": (
        "凭条打印机：检查、打印测试页",
        "The receipt printer: test, print a test page",
        "terminal.cli.receipt_printer:receipt_printer",
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
