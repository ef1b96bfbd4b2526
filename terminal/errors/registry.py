"""The registry: what is known of persons and cards, and the key that hides it."""

from __future__ import annotations

from terminal.errors.base import GuitaiError, Retry
from terminal.texts import Text


class RegistryError(GuitaiError):
    """Say that it is the registry."""

    exit_status = 15


class RegistryKeyWrong(RegistryError):
    """Say that the registry's key is missing, is none, or is not the one the data were sealed with.

    ``path`` is the key's file.
    """

    code = "registry_key_wrong"
    retry = Retry.NEVER
    what = Text("登记库的密钥文件不能用：{path}", "The registry's key file is of no use: {path}")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "请检查路径和权限，或放回另行保管的那一份密钥文件（备份时加了 --with-key 的，备份里也"
        "有）；不要为已有数据的登记库另建密钥，没有原来的密钥，其中的个人信息谁也读不出来",
        "Check its path and permissions, or put the copy back that is kept elsewhere (a backup has"
        " it only where it was made --with-key); make no other key for a registry with data, for"
        " without the first one nobody can read the persons in it",
    )


class RegistryKeyExists(RegistryError):
    """Say that a registry key was to be made where one is."""

    code = "registry_key_exists"
    retry = Retry.NEVER
    what = Text(
        "登记库的密钥文件 {path} 已存在，未作改动",
        "The registry's key file {path} exists already and was left alone",
    )
    why = Text(
        "覆盖以后，用它加密的个人信息就再也读不出来",
        "If it were overwritten, nobody could read the personal data that it protects any more",
    )
    remedy = Text(
        "可以直接使用它；新的登记库请换一个文件名",
        "Use it; for a new registry choose another file name",
    )


class PersonalDataDamaged(RegistryError):
    """Say that a personal column is not what was sealed for this place."""

    code = "personal_data_damaged"
    retry = Retry.NEVER
    what = Text("登记库中的个人信息读不出来（{place}）", "Personal data cannot be read ({place})")
    why = Text(
        "这一栏被改动过，或是从别的一行搬来的",
        "This column was altered, or moved here from another row",
    )
    remedy = Text(
        "不要改动登记库；请备份后联系维护人员，查清是谁、何时改动的",
        "Leave the registry as it is; save a copy and call support, who find out by whom and when"
        " it was altered",
    )


class PersonalDataWrong(RegistryError):
    """Say that a name or number is not put on record as it was given; it is not repeated."""

    code = "personal_data_wrong"
    retry = Retry.NEVER
    what = Text("{item}不能登记", "It cannot be put on record: {item}")
    why = Text("{detail}", "{detail}")
    remedy = Text("请对照证件原件改正后再试", "Correct it from the document and try again")


class RegistryMissing(RegistryError):
    """Say that there is no registry where one should be."""

    code = "registry_missing"
    retry = Retry.NEVER
    what = Text("没有登记库：{path}", "There is no registry: {path}")
    why = Text(
        "文件被移走、磁盘没有挂载，或者这是一个还没有建库的新柜台",
        "The file was moved, its disk is not mounted, or this counter is new",
    )
    remedy = Text(
        "请检查配置 [registry] file 和磁盘；原来有登记库的，从备份恢复：guitai restore 备份文件"
        " --replace --only registry；新柜台请由技术人员运行 guitai registry init",
        "Check [registry] file and its disk; where there was a registry restore it from the backup:"
        " guitai restore FILE --replace --only registry; for a new counter have IT run guitai"
        " registry init",
    )


class RegistryExists(RegistryError):
    """Say that a registry was to be made where something is."""

    code = "registry_exists"
    retry = Retry.NEVER
    what = Text("{path} 已存在，未作改动", "{path} exists already and was left alone")
    why = Text(
        "登记库只建一次；留在那里的登记库或审计锚文件是原来的",
        "A registry is made once; the registry or anchor file that is there is of the first one",
    )
    remedy = Text(
        "登记库还在的，直接使用；登记库不见了、只剩审计锚的，从备份恢复：guitai restore 备份文件"
        " --replace --only registry",
        "Where the registry is there use it; where only its anchors are left restore it from the"
        " backup: guitai restore FILE --replace --only registry",
    )


class RegistryBusy(RegistryError):
    """Say that another program kept the registry locked for too long."""

    code = "registry_busy"
    what = Text("登记库正忙，没有等到", "The registry is busy and did not become free")
    why = Text(
        "另一个程序正在写 {path}，例如正在备份或批量导入",
        "Another program is writing {path}, a backup or an import for example",
    )
    remedy = Text(
        "没有改动任何登记。请稍候再做；写了流水号的，用同一流水号",
        "Nothing was put on record. Repeat it in a moment; where it has a key, under the same one",
    )


class RegistryUnwritable(RegistryError):
    """Say that the registry cannot be read or written."""

    code = "registry_unwritable"
    what = Text("登记库不能读写：{path}", "The registry cannot be used: {path}")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "没有改动任何登记。请检查磁盘空间和权限后再做；写了流水号的，用同一流水号",
        "Nothing was put on record. Check disk space and permissions, then repeat it; where it has"
        " a key, under the same one",
    )


class RegistryDamaged(RegistryError):
    """Say that the file is no registry, or one that contradicts itself."""

    code = "registry_damaged"
    retry = Retry.NEVER
    what = Text("登记库 {path} 读不懂", "The registry {path} cannot be read")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "不要删除或修改它；请检查 [registry] file 是否写对，写对了就从备份恢复：guitai restore"
        " 备份文件 --replace --only registry（原来的文件会留在旁边），再联系维护人员",
        "Neither delete nor change it; check [registry] file, and where it is right restore the"
        " backup: guitai restore FILE --replace --only registry (the old file is kept beside it),"
        " then call support",
    )


class RegistryTooNew(RegistryError):
    """Say that a newer program wrote the registry."""

    code = "registry_too_new"
    retry = Retry.NEVER
    what = Text("登记库由更新的程序写成：{path}", "A newer program wrote the registry {path}")
    why = Text("本程序不认识它的格式", "This program does not know its form")
    remedy = Text("请升级本程序", "Update this program")


class MovedMeanwhile(RegistryError):
    """Say that another counter changed the same thing in between."""

    code = "moved_meanwhile"
    what = Text("别处刚刚办理了同一张卡或同一申请", "Somebody else has just changed the same thing")
    why = Text(
        "另一个柜台或线上渠道抢先了一步，这里没有改动",
        "Another counter or channel was first; nothing was changed here",
    )
    remedy = Text("请重新查询现在的状态，再决定要不要办", "Look at its state again, then decide")
