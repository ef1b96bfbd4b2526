"""The reader of identity documents 身份证阅读器 on the desk, and the document on it."""

from __future__ import annotations

from terminal.errors.base import Retry
from terminal.errors.device import DeviceError
from terminal.texts import Text


class IdReaderNotConfigured(DeviceError):
    """Say that this desk has no reader of identity documents."""

    code = "id_reader_not_configured"
    retry = Retry.NEVER
    what = Text(
        "本柜台没有配置身份证阅读器",
        "No ID document reader is configured at this desk",
    )
    why = Text(
        "{source} 中没有写 id_reader.port",
        "{source} does not set id_reader.port",
    )
    remedy = Text(
        "请在配置中写上阅读器的端口；没有阅读器的，证件信息由柜员录入",
        "Set the reader's port in the configuration; without a reader the document is keyed in",
    )


class IdReaderMissing(DeviceError):
    """Say that the reader cannot be opened."""

    code = "id_reader_missing"
    what = Text(
        "打不开身份证阅读器 {port}",
        "The ID document reader at {port} cannot be opened",
    )
    why = Text(
        "{detail}",
        "{detail}",
    )
    remedy = Text(
        "请检查连线和电源；还不行请技术人员核对端口名和权限（udev/README.md）",
        "Check cable and power; else have IT check the port and its permissions (udev/README.md)",
    )


class IdReaderGone(DeviceError):
    """Say that the reader was unplugged in the middle."""

    code = "id_reader_gone"
    what = Text(
        "身份证阅读器在使用中断开，证件没有读完",
        "The ID document reader was disconnected in the middle; the document was not read",
    )
    why = Text(
        "连线松动、被拔出，或断电",
        "A loose cable, a pulled plug, or no power",
    )
    remedy = Text(
        "请重新插好阅读器，拿起证件重新放好，再读一次",
        "Plug the reader in again, lift the document and lay it again, then repeat",
    )


class IdReaderSilent(DeviceError):
    """Say that the reader does not answer."""

    code = "id_reader_silent"
    what = Text(
        "身份证阅读器没有应答",
        "The ID document reader does not answer",
    )
    why = Text(
        "重复 {times} 次都没有任何回答：没有通电，速率不对，或者端口上是别的设备",
        "{times} attempts brought nothing at all: no power, another speed, or another device there",
    )
    remedy = Text(
        "请检查电源；还不行请技术人员核对配置中的 id_reader.port 和 id_reader.speed",
        "Check its power; else have IT check id_reader.port and id_reader.speed in the"
        " configuration",
    )


class IdReaderGarbled(DeviceError):
    """Say that what comes from the line is no answer of such a reader."""

    code = "id_reader_garbled"
    what = Text(
        "身份证阅读器的回答不符合规范",
        "The ID document reader's answers make no sense",
    )
    why = Text(
        "{detail}；可能速率不对，端口上是别的设备，或线路受干扰",
        "{detail}; it may be another speed, another device at this port, or a noisy line",
    )
    remedy = Text(
        "请技术人员核对配置中的 id_reader.port 和 id_reader.speed；都对时请更换连线",
        "Have IT check id_reader.port and id_reader.speed in the configuration; if both are right"
        " change the cable",
    )


class IdReaderRefused(DeviceError):
    """Say that the reader refused a command."""

    code = "id_reader_refused"
    retry = Retry.NEVER
    what = Text(
        "身份证阅读器拒绝了“{step}”：{meaning}",
        "The ID document reader refused “{step}”: {meaning}",
    )
    why = Text(
        "阅读器返回状态 {status}",
        "It answered with status {status}",
    )
    remedy = Text(
        "请断开阅读器电源再接上；仍如此请技术人员检修或更换",
        "Take its power away and give it back; if it stays so have IT mend or change it",
    )


class IdReaderUnauthorised(DeviceError):
    """Say that the security module in the reader is not authorised to read documents."""

    code = "id_reader_unauthorised"
    retry = Retry.NEVER
    what = Text(
        "身份证阅读器的安全模块未经授权，不能读证件",
        "The ID document reader's security module is not authorised; it cannot read documents",
    )
    why = Text(
        "模块返回状态 66：没有授权，或授权已失效",
        "It answered with status 66: never authorised, or no longer",
    )
    remedy = Text(
        "请换一台阅读器，并联系厂家处理授权",
        "Use another reader, and ask its maker about the authorisation",
    )


class IdDocumentAbsent(DeviceError):
    """Say that nobody laid a document on the reader in time."""

    code = "id_document_absent"
    what = Text(
        "{seconds:g} 秒内没有放上证件",
        "No document was laid on the reader within {seconds:g} s",
    )
    why = Text(
        "没有证件，或者证件上次读过之后没有拿起来",
        "There is none, or it was not lifted since it was read before",
    )
    remedy = Text(
        "请把证件拿起来重新放在读卡区，再读一次",
        "Lift the document, lay it on the reading area again, and repeat",
    )


class IdDocumentWrong(DeviceError):
    """Say that what lies on the reader is no document that is read here."""

    code = "id_document_wrong"
    retry = Retry.NEVER
    what = Text(
        "放上的不是能读的身份证件",
        "What lies on the reader is no identity document that can be read",
    )
    why = Text(
        "{detail}",
        "{detail}",
    )
    remedy = Text(
        "请放居民身份证、港澳台居民居住证或外国人永久居留身份证；其他证件由柜员录入",
        "Lay an identity card, a residence permit or a permanent resident's card; other documents"
        " are keyed in",
    )


class IdDocumentUnreadable(DeviceError):
    """Say that the document could not be read."""

    code = "id_document_unreadable"
    what = Text(
        "证件没有读成：{meaning}",
        "The document could not be read: {meaning}",
    )
    why = Text(
        "证件放偏、移动过或拿得太早，也可能芯片损坏或证件有假",
        "It lay askew, was moved or lifted too early; its chip may be broken, or it is not genuine",
    )
    remedy = Text(
        "请把证件拿起来重新放好，再读一次；多次不成的，请核对证件真伪，可以由柜员录入",
        "Lift the document, lay it again and repeat; if it fails several times look whether it is"
        " genuine, and key it in",
    )


class IdReadCancelled(DeviceError):
    """Say that the reading was called off."""

    code = "id_read_cancelled"
    what = Text(
        "读证件已取消",
        "The reading of the document was called off",
    )
    why = Text(
        "柜员取消了这一次读取",
        "The clerk called this reading off",
    )
    remedy = Text(
        "需要时请重新读取",
        "Read again when it is needed",
    )
