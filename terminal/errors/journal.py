"""The journal: what was begun on a card, and how it ended."""

from __future__ import annotations

from terminal.errors.base import GuitaiError, Retry
from terminal.texts import Text


class JournalError(GuitaiError):
    """Say that it is the journal."""

    exit_status = 12


class JournalUnwritable(JournalError):
    """Say that the journal takes no more entries; what was to be noted was not done either."""

    code = "journal_unwritable"
    what = Text("流水文件不能读写：{path}", "The journal cannot be used: {path}")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "这一步没有写卡；请检查磁盘空间和权限，再重做",
        "The card was not written; check the disk space and the permissions, then repeat it",
    )


class PersonWrong(JournalError):
    """Say that who does it, who agrees or why is not named in a way that can be put on record."""

    code = "person_wrong"
    what = Text("{option} 不能登记", "{option} cannot be put on record")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "没有写卡。请写明工号或依据，只用可见的字",
        "No card was written. Name the person or the grounds in visible characters",
    )


class JournalUnsettled(JournalError):
    """Say that the card was changed and the journal could not note it."""

    code = "journal_unsettled"
    retry = Retry.AFTER_RECONCILE
    what = Text(
        "卡已经改动，但没有记入流水（流水号 {key}）",
        "The card was changed, but the journal did not note it ({key})",
    )
    why = Text("{path}：{detail}", "{path}: {detail}")
    remedy = Text(
        "不要重做；请留下卡和单据，腾出磁盘空间，再放上这张卡运行 "
        "guitai transit recover（年票：guitai park recover）",
        "Do not repeat it; keep the card and the receipt, free the disk, "
        "then run guitai transit recover (a pass: guitai park recover) with this card",
    )


class JournalDamaged(JournalError):
    """Say that the file is no journal, or one that cannot be read any more."""

    code = "journal_damaged"
    retry = Retry.NEVER
    what = Text("流水文件 {path} 读不懂", "The journal {path} cannot be read")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "不要删除它；请检查 journal.file 是否写对，仍不行就先备份此文件，再联系维护人员",
        "Do not delete it; check journal.file, and if it is right save a copy of the file "
        "and call support",
    )


class JournalTooNew(JournalError):
    """Say that a newer program wrote the journal."""

    code = "journal_too_new"
    retry = Retry.NEVER
    what = Text(
        "流水文件 {path} 是新版本程序写的", "The journal {path} was written by a newer program"
    )
    why = Text(
        "文件是第 {found} 版，本程序只认到第 {known} 版",
        "The file has version {found}, this program knows up to {known}",
    )
    remedy = Text("请升级本程序，不要改动文件", "Upgrade this program; leave the file as it is")


class JournalMissing(JournalError):
    """Say that the journal of a counter in production is not where it was."""

    code = "journal_missing"
    retry = Retry.NEVER
    what = Text("流水文件不见了：{path}", "The journal is not there: {path}")
    why = Text(
        "磁盘没有挂载，或文件被移走、删除；生产模式不会自动新建，以免忘掉还没有查清的业务",
        "Its disk is not mounted, or it was moved or deleted; in production none is made instead, "
        "for what is unknown yet would be forgotten",
    )
    remedy = Text(
        "请挂载磁盘或恢复备份；只有新柜台才运行一次 guitai journal init",
        "Mount the disk or restore the backup; only a new counter runs guitai journal init, once",
    )


class JournalExists(JournalError):
    """Say that a journal was to be made where one is."""

    code = "journal_exists"
    retry = Retry.NEVER
    what = Text("已有流水文件，没有新建：{path}", "There is a journal, none was made: {path}")
    why = Text("一个柜台只有一本流水，只新建一次", "A counter has one journal, which is made once")
    remedy = Text(
        "不用新建，直接办理业务即可；位置不对时请检查 journal.file",
        "It is ready; if it is in the wrong place check journal.file",
    )


class IntentionDiffers(JournalError):
    """Say that one key was used for two intentions."""

    code = "intention_differs"
    retry = Retry.NEVER
    what = Text(
        "流水号 {key} 已经用于另一笔业务", "The key {key} already stands for something else"
    )
    why = Text(
        "同一流水号的业务、卡、金额或收付方式与先前登记的不同",
        "Its kind, card, amount or payment is not what was begun under this key",
    )
    remedy = Text(
        "没有写卡；新业务请用新的流水号，原来那笔见 guitai journal show {key}",
        "The card was not written; use a new key for what is new, "
        "guitai journal show {key} shows the old one",
    )


class EntryMoved(JournalError):
    """Say that somebody else went on with the same entry."""

    code = "entry_moved"
    retry = Retry.AFTER_RECONCILE
    what = Text("流水号 {key} 已被别处更新", "The entry {key} was moved on elsewhere")
    why = Text("它现在的状态：{state}", "It stands now as: {state}")
    remedy = Text(
        "不要重做；请用 guitai journal show {key} 查看结果",
        "Do not repeat it; guitai journal show {key} shows how it ended",
    )


class EntryUnknown(JournalError):
    """Say that no one entry has such a key."""

    code = "entry_unknown"
    retry = Retry.NEVER
    what = Text("找不到流水号 {key}", "There is no entry {key}")
    why = Text(
        "没有这个流水号，或以它开头的不止一笔，或不足 4 位",
        "No key is or begins like this, several do, or it has fewer than 4 characters",
    )
    remedy = Text(
        "请用 guitai journal list 查看流水号", "guitai journal list shows the keys there are"
    )


class DecisionRefused(JournalError):
    """Say that people cannot decide an entry so."""

    code = "decision_refused"
    retry = Retry.NEVER
    what = Text("流水号 {key} 没有认定", "The entry {key} was not decided")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "请用 guitai journal show {key} 核对后再认定",
        "Look at it with guitai journal show {key} before you decide it",
    )


class CardNotAsked(JournalError):
    """Say that an entry's card was not asked, which is before people decide."""

    code = "card_not_asked"
    retry = Retry.NEVER
    what = Text(
        "流水号 {key} 的卡还没有查过，没有认定",
        "The card of the entry {key} was not asked yet; it was not decided",
    )
    why = Text("卡能说明结果的，不由人认定", "What the card can tell is not decided by people")
    remedy = Text(
        "请放上这张卡运行 guitai transit recover；卡确实回不来的，加 --without-card 认定",
        "Run guitai transit recover with this card; if it will never come back decide with "
        "--without-card",
    )
