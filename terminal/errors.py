"""The error catalogue: everything that can go wrong at the counter, as a tree.

::

    GuitaiError
    ├── ServiceError            PC/SC itself
    │   ├── ServiceMissing      no daemon answers
    │   ├── ServiceLost         the daemon went while it was needed
    │   ├── ServiceRefused      the daemon does not let this user in
    │   └── ServiceFailed       a result code that nothing above explains
    ├── ReaderError             the reader
    │   ├── NoReader            none is connected
    │   ├── ReaderNotFound      none fits what was asked for
    │   ├── ReaderAmbiguous     several do
    │   ├── ReaderBusy          another program holds it
    │   └── ReaderGone          it was unplugged
    ├── CardError               the card as a thing
    │   ├── NoCard              none in the reader
    │   ├── CardMute            it does not answer to reset
    │   ├── CardTorn            it was pulled in the middle
    │   ├── CardReset           another program reset it
    │   ├── CardHung            it did not answer in time
    │   └── CardBabbles         its answers do not end or are no answers
    ├── ContentError            what is on it
    │   ├── NotSocialSecurity   no social security environment
    │   ├── CardBlocked         card or application blocked
    │   ├── CardRefused         a command was refused
    │   └── DataDamaged         data that cannot be read as what it should be
    ├── ProofError              keys
    │   ├── KeysDoNotFit        the card could not prove itself
    │   ├── ProofRejected       the card did not accept our proof
    │   ├── ProofLocked         the card's key is locked
    │   ├── KeyFileWrong        the key file is none
    │   ├── KeyMissing          the key service lacks a key
    │   └── TestKeysRefused     test keys in production mode
    ├── SettingError            what was set or asked
    │   ├── ConfigWrong         the configuration file
    │   ├── FileTrouble         a file that cannot be read or written
    │   ├── NotHex              hex that is none
    │   └── PinInArguments      a PIN command where others can read it
    ├── UsageError              the command line
    │   └── WrongUsage          an option or argument that is none
    └── ProgramError            ourselves
        └── InternalFault       a mistake in this program

Each leaf has a stable code, a cause and a remedy in both languages, and a retry class;
``docs/errors.md`` is written from here (tools/docs) and a test keeps them in step.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import ClassVar

from terminal.texts import Language, Text


class Retry(Enum):
    """Say whether the same may be tried again."""

    SAFE = "safe"
    """Yes, at any time."""
    AFTER_RECONCILE = "after_reconcile"
    """Only after it is known whether the card was changed."""
    NEVER = "never"
    """Not without a change of something."""


class GuitaiError(Exception):
    """Be the root of the catalogue; ``facts`` fill the sentences."""

    code: ClassVar[str] = ""
    exit_status: ClassVar[int] = 1
    retry: ClassVar[Retry] = Retry.SAFE
    what: ClassVar[Text]
    why: ClassVar[Text]
    remedy: ClassVar[Text]

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.message("en"))

    def message(self, language: Language) -> str:
        """Say what happened."""
        return self.what.say(language, **self.facts)

    def cause(self, language: Language) -> str:
        """Say why it happens."""
        return self.why.say(language, **self.facts)

    def advice(self, language: Language) -> str:
        """Say what to do now."""
        return self.remedy.say(language, **self.facts)


def catalogue(root: type[GuitaiError] = GuitaiError) -> Iterator[type[GuitaiError]]:
    """Give every leaf of the tree in its order."""
    for child in root.__subclasses__():
        if child.__subclasses__():
            yield from catalogue(child)
        else:
            yield child


# --- PC/SC ---------------------------------------------------------------------------------


class ServiceError(GuitaiError):
    """Say that PC/SC itself does not work."""

    exit_status = 3


class ServiceMissing(ServiceError):
    """Say that no PC/SC daemon answers."""

    code = "service_missing"
    what = Text("读卡服务没有运行", "The smart-card service is not running")
    why = Text(
        "PC/SC 守护进程 pcscd 没有启动，或本程序找不到它的套接字",
        "The PC/SC daemon pcscd is not started, or its socket is elsewhere",
    )
    remedy = Text(
        "请运行 guitai doctor 查看原因；通常执行 systemctl enable --now pcscd.socket 即可",
        "Run guitai doctor for the cause; usually systemctl enable --now pcscd.socket is enough",
    )


class ServiceLost(ServiceError):
    """Say that the daemon went away while it was needed."""

    code = "service_lost"
    retry = Retry.AFTER_RECONCILE
    what = Text("读卡服务中断了", "The smart-card service went away")
    why = Text("pcscd 在操作中途停止或重启", "pcscd stopped or restarted in the middle")
    remedy = Text(
        "请稍候片刻再重做；若反复出现，请运行 guitai doctor",
        "Wait a moment and do it again; if it comes back, run guitai doctor",
    )


class ServiceRefused(ServiceError):
    """Say that the daemon does not let this user in."""

    code = "service_refused"
    retry = Retry.NEVER
    what = Text("没有使用读卡器的权限", "This user may not use the readers")
    why = Text(
        "polkit 规则或套接字权限拒绝了当前用户",
        "A polkit rule or the socket's permissions refuse this user",
    )
    remedy = Text(
        "请运行 guitai doctor，它会给出需要安装的规则",
        "Run guitai doctor; it names the rule to install",
    )


class ServiceFailed(ServiceError):
    """Say that PC/SC gave a result code that nothing else explains."""

    code = "service_failed"
    retry = Retry.AFTER_RECONCILE
    what = Text("读卡服务返回错误 {result}", "The smart-card service returned error {result}")
    why = Text(
        "PC/SC 调用 {call} 失败，原因不在已知之列",
        "The PC/SC call {call} failed for no reason that is known here",
    )
    remedy = Text(
        "请重插读卡器后再试；若仍如此，请把 guitai doctor --json 的输出交给技术人员",
        "Plug the reader in again and retry; else give the output of guitai doctor --json to IT",
    )


# --- The reader ----------------------------------------------------------------------------


class ReaderError(GuitaiError):
    """Say that it is the reader."""

    exit_status = 4


class NoReader(ReaderError):
    """Say that no reader is connected."""

    code = "no_reader"
    what = Text("没有找到读卡器", "No card reader is connected")
    why = Text(
        "读卡服务在运行，但没有列出任何读卡器",
        "The smart-card service runs and lists no reader",
    )
    remedy = Text(
        "请检查读卡器的连线和指示灯，然后运行 guitai doctor",
        "Check the reader's cable and light, then run guitai doctor",
    )


class ReaderNotFound(ReaderError):
    """Say that no reader fits what was asked for."""

    code = "reader_not_found"
    what = Text("没有与“{wanted}”相符的读卡器", "No reader fits “{wanted}”")
    why = Text("现有读卡器：{readers}", "The readers are: {readers}")
    remedy = Text(
        "请用 guitai readers 查看编号、名称或配置的角色",
        "See numbers, names and configured roles with guitai readers",
    )


class ReaderAmbiguous(ReaderError):
    """Say that several readers fit."""

    code = "reader_ambiguous"
    what = Text("有多个读卡器可选，无法确定用哪一个", "Several readers fit; which one is meant?")
    why = Text("相符的读卡器：{readers}", "These fit: {readers}")
    remedy = Text(
        "请用 --reader 指定编号或更长的名称，或在配置文件 [readers] 中登记角色",
        "Give a number or a longer name with --reader, or set a role under [readers]",
    )


class ReaderBusy(ReaderError):
    """Say that another program holds the reader."""

    code = "reader_busy"
    what = Text("读卡器正被其他程序占用", "Another program is using the reader")
    why = Text("占用者可能是：{holders}", "It may be held by: {holders}")
    remedy = Text(
        "请关闭该程序（或等它做完）后再试",
        "Close that program, or wait until it is done, and try again",
    )


class ReaderGone(ReaderError):
    """Say that the reader was unplugged."""

    code = "reader_gone"
    retry = Retry.AFTER_RECONCILE
    what = Text("读卡器在操作中断开了", "The reader was disconnected in the middle")
    why = Text("连线松动、被拔出，或供电不足", "A loose cable, a pulled plug, or too little power")
    remedy = Text("请重新插好读卡器，再放卡重做", "Plug the reader in, put the card back, repeat")


# --- The card as a thing -------------------------------------------------------------------


class CardError(GuitaiError):
    """Say that it is the card as a thing."""

    exit_status = 5


class NoCard(CardError):
    """Say that there is no card in the reader."""

    code = "no_card"
    what = Text("读卡器里没有卡", "There is no card in the reader")
    why = Text("卡未插入、未放稳，或已取走", "It is not inserted, not seated, or was taken out")
    remedy = Text("请将卡芯片朝上插到底（或平放在感应区）", "Insert it fully, or lay it flat")


class CardMute(CardError):
    """Say that the card does not answer to reset."""

    code = "card_mute"
    what = Text("卡没有应答", "The card does not answer to reset")
    why = Text(
        "卡插反、触点脏污，或芯片损坏",
        "It is the wrong way round, its contacts are dirty, or the chip is dead",
    )
    remedy = Text(
        "请擦净触点，换个方向重插；仍无应答则按损坏卡处理",
        "Clean the contacts, insert it the right way; else treat it as a damaged card",
    )


class CardTorn(CardError):
    """Say that the card was pulled in the middle of a command."""

    code = "card_torn"
    retry = Retry.AFTER_RECONCILE
    what = Text("操作未完成时卡被取走", "The card was taken out before it was done")
    why = Text("卡在应答之前离开了读卡器", "It left the reader before it had answered")
    remedy = Text(
        "请放回同一张卡重做；涉及写卡的，系统会先查清上次是否已经写入",
        "Put the same card back and repeat; what was being written is settled first",
    )


class CardReset(CardError):
    """Say that another program reset the card: what was proved to it is forgotten."""

    code = "card_reset"
    retry = Retry.AFTER_RECONCILE
    what = Text("卡被其他程序复位，本次认证已失效", "Another program reset the card")
    why = Text(
        "另一个程序正在使用同一读卡器；此前的密钥认证和密码验证都已作废",
        "Another program uses this reader; keys and PIN proved before are void now",
    )
    remedy = Text(
        "请关闭占用读卡器的其他程序后重做",
        "Close the other program that uses the reader, then repeat",
    )


class CardHung(CardError):
    """Say that the card did not answer in time and its reader was given up."""

    code = "card_hung"
    retry = Retry.AFTER_RECONCILE
    what = Text("卡在 {seconds} 秒内没有应答", "The card did not answer within {seconds} s")
    why = Text(
        "卡或读卡器停住了；该读卡器已停用，其他读卡器不受影响",
        "Card or reader got stuck; this reader was given up, the others go on",
    )
    remedy = Text(
        "请取出卡并重插读卡器，然后重做",
        "Take the card out, plug the reader in again, repeat",
    )


class CardBabbles(CardError):
    """Say that the card's answers do not end or are no answers."""

    code = "card_babbles"
    what = Text("卡的应答不符合规范：{detail}", "The card's answers make no sense: {detail}")
    why = Text(
        "这不是一张正常的卡，或芯片已损坏",
        "It is not a proper card, or its chip is damaged",
    )
    remedy = Text(
        "请重插一次；仍如此则按损坏卡处理，不要继续",
        "Insert it once more; if it stays so treat it as damaged and do not go on",
    )


# --- What is on the card -------------------------------------------------------------------


class ContentError(GuitaiError):
    """Say that it is what is on the card."""

    exit_status = 6


class NotSocialSecurity(ContentError):
    """Say that the card has no social security environment."""

    code = "not_social_security"
    retry = Retry.NEVER
    what = Text("这不是社会保障卡{likely_zh}", "This is not a social security card{likely_en}")
    why = Text(
        "卡上没有社会保障环境：按名称、按 DDF1、按主文件都选不到（ATR {atr}）",
        "It has no social security environment by name, by DDF1 or in the MF (ATR {atr})",
    )
    remedy = Text(
        "请放入社会保障卡；若确是社保卡，请按损坏卡处理",
        "Insert a social security card; if it is one, treat it as damaged",
    )


class CardBlocked(ContentError):
    """Say that card or application is blocked."""

    code = "card_blocked"
    retry = Retry.NEVER
    what = Text("卡或社保应用已被锁定", "The card or its social security application is blocked")
    why = Text("卡返回状态字 {sw}", "The card answered {sw}")
    remedy = Text(
        "请为持卡人办理补换卡",
        "Have the card replaced for the holder",
    )


class CardRefused(ContentError):
    """Say that the card refused a command."""

    code = "card_refused"
    what = Text("卡拒绝了 {step}:{meaning_zh}", "The card refused {step}: {meaning_en}")
    why = Text("卡返回状态字 {sw}", "The card answered {sw}")
    remedy = Text(
        "请重插一次；仍如此请将 --trace 记录交给技术人员",
        "Insert it once more; else give a --trace file to IT",
    )


class DataDamaged(ContentError):
    """Say that data on the card cannot be read as what it should be."""

    code = "data_damaged"
    retry = Retry.NEVER
    what = Text("卡上的{item_zh}无法读取", "The card's {item_en} cannot be read")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "请勿据此办理业务；请核对证件并按损坏卡处理",
        "Do not act on it; check the identity document and treat the card as damaged",
    )


# --- Keys ----------------------------------------------------------------------------------


class ProofError(GuitaiError):
    """Say that it is the keys."""

    exit_status = 7


class KeysDoNotFit(ProofError):
    """Say that the card could not prove itself with our keys."""

    code = "keys_do_not_fit"
    retry = Retry.NEVER
    what = Text("卡与本网点的密钥不匹配", "The card does not fit this counter's keys")
    why = Text(
        "内部认证结果不符：密钥不对，或卡不是真卡；未消耗卡上的尝试次数",
        "Its internal authentication is wrong: other keys, or no genuine card; no try was spent",
    )
    remedy = Text(
        "请检查密钥设置（guitai config check）；密钥无误则按可疑卡处理",
        "Check the key settings (guitai config check); if they are right treat it as suspicious",
    )


class ProofRejected(ProofError):
    """Say that the card did not accept our proof."""

    code = "proof_rejected"
    retry = Retry.NEVER
    what = Text(
        "卡不接受本网点的认证，还可试 {left} 次", "The card rejects our proof, {left} tries left"
    )
    why = Text(
        "外部认证密钥 {key} 不对；再错会锁定该密钥",
        "Key {key} is not the right one; more failures lock it",
    )
    remedy = Text(
        "请勿重试；请技术人员检查密钥设置",
        "Do not try again; have IT check the key settings",
    )


class ProofLocked(ProofError):
    """Say that the card's key is locked."""

    code = "proof_locked"
    retry = Retry.NEVER
    what = Text("卡上的密钥 {key} 已锁定", "The card's key {key} is locked")
    why = Text("此前多次认证失败", "Too many authentications failed before")
    remedy = Text("请为持卡人办理换卡", "Have the card replaced for the holder")


class KeyFileWrong(ProofError):
    """Say that a key file is none."""

    code = "key_file_wrong"
    retry = Retry.NEVER
    what = Text("密钥文件 {path} 不可用", "The key file {path} cannot be used")
    why = Text("{detail_zh}", "{detail_en}")
    remedy = Text("格式见 docs/keys.md", "Its format is described in docs/keys.md")


class KeyMissing(ProofError):
    """Say that the key service lacks a key."""

    code = "key_missing"
    retry = Retry.NEVER
    what = Text("密钥服务中没有密钥 {key}", "The key service has no key {key}")
    why = Text("密钥文件没有写入该密钥", "The key file does not hold it")
    remedy = Text("请补全密钥文件，格式见 docs/keys.md", "Add it to the key file, see docs/keys.md")


class TestKeysRefused(ProofError):
    """Say that test keys were offered in production mode."""

    __test__ = False  # pytest takes the name for a test class

    code = "test_keys_refused"
    retry = Retry.NEVER
    what = Text("生产模式下不能使用测试密钥", "Test keys are refused in production mode")
    why = Text(
        "配置中 production = true，而密钥标记为 test",
        "The configuration says production = true and the keys are marked test",
    )
    remedy = Text(
        "请换用正式密钥服务，或在开发环境中关闭生产模式",
        "Use the live key service, or turn production mode off on a development machine",
    )


# --- What was set or asked -----------------------------------------------------------------


class SettingError(GuitaiError):
    """Say that it is what was set or asked."""

    exit_status = 8
    retry = Retry.NEVER


class ConfigWrong(SettingError):
    """Say that the configuration file is wrong."""

    code = "config_wrong"
    what = Text("配置文件 {path} 有误", "The configuration file {path} is wrong")
    why = Text("{detail_zh}", "{detail_en}")
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


# --- The command line, and ourselves -------------------------------------------------------


class UsageError(GuitaiError):
    """Say that it is the command line."""

    exit_status = 2
    retry = Retry.NEVER


class WrongUsage(UsageError):
    """Say that an option or argument is none."""

    code = "wrong_usage"
    what = Text("命令写法不对：{detail}", "The command line is wrong: {detail}")
    why = Text("没有这个命令、选项或取值", "There is no such command, option or value")
    remedy = Text("请用 --help 查看用法", "See how it is used with --help")


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
