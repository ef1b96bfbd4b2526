"""Backup and restore: a copy of registry and journal in one encrypted file, and its way back."""

from __future__ import annotations

from terminal.errors.base import GuitaiError, Retry
from terminal.texts import Text


class BackupError(GuitaiError):
    """Say that it is a backup, or its way back."""

    exit_status = 20


class BackupExists(BackupError):
    """Say that something stands where the backup was to be written."""

    code = "backup_exists"
    retry = Retry.NEVER
    what = Text(
        "{path} 已存在，未作改动，也没有备份",
        "{path} exists already and was left alone; there is no new backup",
    )
    why = Text(
        "备份从不覆盖已有的文件，那可能是唯一完好的备份",
        "A backup never takes the place of a file, which may be the only good backup",
    )
    remedy = Text(
        "请换一个文件名，或者只给出文件夹，由程序按日期时间取名",
        "Choose another name, or give a folder: then the file is named by day and time",
    )


class BackupUnwritable(BackupError):
    """Say that a file of a backup or a restore could not be written; what was begun is gone."""

    code = "backup_unwritable"
    what = Text("写不了 {path}", "{path} cannot be written")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "没有留下不完整的文件，原有的数据没有改动。请检查磁盘空间和权限后重做",
        "No half file was left and what was there is as it was. Check disk space and permissions,"
        " then repeat it",
    )


class BackupBusy(BackupError):
    """Say that another backup or restore is running beside the same file."""

    code = "backup_busy"
    what = Text("{path} 正在备份或恢复", "{path} is being backed up or restored at this moment")
    why = Text("同一时间只做一个", "It is done by one program at a time")
    remedy = Text("请等它做完再重做", "Wait until it has finished, then repeat it")


class BackupNotHere(BackupError):
    """Say that this registry's database is backed up by its own tools."""

    code = "backup_not_here"
    retry = Retry.NEVER
    what = Text(
        "这个登记库不在本机文件里（{store}），guitai backup 备份不了它",
        "This registry is no file of this machine ({store}): guitai backup cannot copy it",
    )
    why = Text(
        "guitai backup 只备份 SQLite 文件；数据库服务器有自己的备份办法",
        "guitai backup copies SQLite files; a database server has ways of its own",
    )
    remedy = Text(
        "请用数据库服务器的备份办法（PostgreSQL：pg_basebackup 或 pg_dump），密钥文件另行保管",
        "Use the server's own (PostgreSQL: pg_basebackup or pg_dump), and keep the key file"
        " elsewhere",
    )


class BackupWrong(BackupError):
    """Say that a file is no backup that this program can open."""

    code = "backup_wrong"
    retry = Retry.NEVER
    what = Text("{path} 不是能用的备份文件", "{path} is no backup that can be used")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "什么都没有恢复。请检查文件名，或换另一个备份",
        "Nothing was restored. Check the file's name, or take another backup",
    )


class BackupLocked(BackupError):
    """Say that the passphrase does not open it; an altered header looks the same."""

    code = "backup_locked"
    what = Text("口令打不开备份 {path}", "The passphrase does not open the backup {path}")
    why = Text(
        "口令不对，或者文件开头被改动过，两者无法区分",
        "It is another one, or the beginning of the file was altered: the two look the same",
    )
    remedy = Text(
        "什么都没有恢复。请重新输入口令，留意大小写和输入法",
        "Nothing was restored. Enter it again, and mind capitals and the input method",
    )


class BackupDamaged(BackupError):
    """Say that a backup was cut, altered or put together anew since it was written."""

    code = "backup_damaged"
    retry = Retry.NEVER
    what = Text("备份 {path} 不完整或被改动过", "The backup {path} was cut or altered")
    why = Text(
        "第 {number} 块对不上：文件被截断、改动，或块的次序被调换",
        "Chunk {number} does not fit: the file was cut or altered, or its chunks were reordered",
    )
    remedy = Text(
        "什么都没有恢复。请从别处取这个备份的另一份，或换另一个备份",
        "Nothing was restored. Take another copy of this backup, or another backup",
    )


class BackupContentWrong(BackupError):
    """Say that what a backup holds is not whole, though nobody touched the file since."""

    code = "backup_content_wrong"
    retry = Retry.NEVER
    what = Text(
        "备份 {path} 里的数据有问题，没有恢复",
        "What the backup {path} holds is not whole; it was not restored",
    )
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "备份时数据就已经是这样。请换一个更早的备份，并请审计员查明原因",
        "It was so when the backup was made. Take an earlier one, and have an auditor find out why",
    )


class RestoreWouldReplace(BackupError):
    """Say that a restore would take the place of what is there, which has to be asked for."""

    code = "restore_would_replace"
    retry = Retry.NEVER
    what = Text(
        "{path} 已存在，没有恢复，也没有改动它",
        "{path} exists: nothing was restored and it was left alone",
    )
    why = Text(
        "恢复会用备份那时的数据代替它，此后登记的都不在其中",
        "A restore would put the backup's data in its place, without all that was put on record"
        " since",
    )
    remedy = Text(
        "确要代替，请停下正在使用它的程序，加 --replace；原来的会留在旁边。只缺登记库或流水"
        "的，加 --only registry 或 --only journal",
        "If that is wanted, stop what uses it and add --replace; the old one stays beside it. Where"
        " only the registry or the journal is gone add --only registry or --only journal",
    )


class RestoreInUse(BackupError):
    """Say that a program has the file open that a restore would replace."""

    code = "restore_in_use"
    what = Text("{path} 正在使用中，没有恢复", "{path} is in use; nothing was restored")
    why = Text(
        "有程序打开着它，恢复以后那个程序还会写进旧文件",
        "A program has it open, and would go on writing into the old file after the restore",
    )
    remedy = Text(
        "请先停下本柜台的所有 guitai 程序，再重做",
        "Stop every guitai program of this counter, then repeat it",
    )


class BackupPassphraseWeak(BackupError):
    """Say that a passphrase is too weak to protect a backup that holds the registry's key."""

    code = "backup_passphrase_weak"
    retry = Retry.NEVER
    what = Text(
        "口令太弱，不能把登记库的密钥放进备份",
        "The passphrase is too weak for a backup with the registry's key in it",
    )
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "请另设一个更长的口令，例如五六个不相干的词；或者不加 --with-key，密钥文件另行保管",
        "Choose a longer one, five or six unrelated words for example; or leave --with-key out and"
        " keep the key file elsewhere",
    )
