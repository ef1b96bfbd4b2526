"""What was set or asked: configuration, files, arguments."""

from __future__ import annotations

from terminal.errors.base import GuitaiError, Retry
from terminal.texts import Text


class SettingError(GuitaiError):
    """Say that it is what was set or asked."""

    exit_status = 8
    retry = Retry.NEVER


class ConfigWrong(SettingError):
    """Say that the configuration file is wrong."""

    code = "config_wrong"
    what = Text("配置文件 {path} 有误", "The configuration file {path} is wrong")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "请改正后运行 guitai --config {path} config check",
        "Correct it, then run guitai --config {path} config check",
    )


class FileTrouble(SettingError):
    """Say that a file cannot be read or written."""

    code = "file_trouble"
    what = Text("无法读写文件 {path}", "The file {path} cannot be read or written")
    why = Text("{detail}", "{detail}")
    remedy = Text("请检查路径、权限和磁盘空间", "Check its path, permissions and the disk space")


class InputWrong(SettingError):
    """Say that what was given as input is not what is read."""

    code = "input_wrong"
    what = Text(
        "{source} 的内容读不懂，未写入任何内容", "{source} cannot be read; nothing was written"
    )
    why = Text(
        "应为一个 UTF-8 的 JSON 对象，每个数据项只写一次",
        "It is to be one JSON object in UTF-8 that names each item once",
    )
    remedy = Text(
        '请写成例如 {{"phone": "13900000000"}}；数据项见 guitai card files',
        'Write it like {{"phone": "13900000000"}}; guitai card files lists the items',
    )


class OutputTrouble(SettingError):
    """Say that the result could not be printed."""

    code = "output_trouble"
    retry = Retry.AFTER_RECONCILE
    what = Text("结果写不到标准输出", "The result cannot be written to standard output")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "要做的已经做完，只是没有显示出来。动过卡或钱的，请先查看卡和 guitai journal list，"
        "不要直接重做",
        "What was asked for is done and was not shown: where it touched a card or money, look at"
        " the card and guitai journal list before anything is repeated",
    )


class NotHex(SettingError):
    """Say that hex was expected."""

    code = "not_hex"
    what = Text("“{given}”不是十六进制命令", "“{given}” is no command in hex")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "请写成例如 00A40000023F00，至少 4 个字节",
        "Write it like 00A40000023F00, 4 bytes at least",
    )


class PinInArguments(SettingError):
    """Say that a PIN command was given where other users of the machine can read it."""

    code = "pin_in_arguments"
    what = Text("不能在命令行里带密码", "A PIN must not stand on the command line")
    why = Text(
        "命令行参数会出现在进程列表和历史记录中",
        "Arguments show in the process list and in the shell's history",
    )
    remedy = Text(
        "开发时请从标准输入给出：guitai apdu -；生产模式下请用密码键盘",
        "In development give it on standard input: guitai apdu -; in production use the PIN pad",
    )
