"""The people at the counter, and the record of what they did: operators, sign-in, audit."""

from __future__ import annotations

from terminal.errors.base import GuitaiError, Retry
from terminal.texts import Text


class OperatorError(GuitaiError):
    """Say that it is who works here."""

    exit_status = 18


class SignInRefused(OperatorError):
    """Say that operator and password do not belong together; which of them is wrong is not told."""

    code = "sign_in_refused"
    what = Text("工号或密码不对", "Operator or password is wrong")
    why = Text(
        "工号不存在、密码输错，或者这个工号已经停用",
        "There is no such operator, the password is mistyped, or the operator has left",
    )
    remedy = Text(
        "请重新输入；连续输错 {failures} 次，工号锁定 {minutes} 分钟。忘记密码请主管重置",
        "Enter it again; {failures} mistakes in a row lock the operator for {minutes} minutes."
        " Whoever forgot it asks a supervisor to reset it",
    )


class OperatorLocked(OperatorError):
    """Say that too many wrong passwords were entered; ``until`` is Beijing time."""

    code = "operator_locked"
    what = Text("工号 {operator} 已锁定，到 {until} 为止", "{operator} is locked until {until}")
    why = Text("连续输错密码的次数太多", "Too many wrong passwords were entered in a row")
    remedy = Text(
        "请等到那时，或请主管立即解锁；若不是本人输错，请报告主管",
        "Wait until then, or have a supervisor unlock it at once; tell the supervisor where the"
        " mistakes were somebody else's",
    )


class NotSignedIn(OperatorError):
    """Say that nobody is signed in at this desk, or no more."""

    code = "not_signed_in"
    what = Text("请先签到", "Sign in first")
    why = Text("{detail}", "{detail}")
    remedy = Text("请运行 guitai sign-in，再重做", "Run guitai sign-in, then repeat it")


class PasswordMustChange(OperatorError):
    """Say that a one-time password only opens the way to a password of one's own."""

    code = "password_must_change"
    retry = Retry.NEVER
    what = Text("{operator} 要先改密码", "{operator} has to change the password first")
    why = Text(
        "这是主管给的一次性密码，主管也知道它",
        "It is a one-time password, which a supervisor knows as well",
    )
    remedy = Text(
        "请运行 guitai operator password，设一个只有自己知道的密码",
        "Run guitai operator password and choose one that nobody else knows",
    )


class PasswordMissing(OperatorError):
    """Say that nobody entered a password that was asked for."""

    code = "password_missing"
    what = Text("没有输入密码", "No password was entered")
    why = Text(
        "输入已经结束；密码只在终端输入，或由标准输入逐行给出",
        "Input came to its end; a password is typed at the terminal or given as a line of standard"
        " input",
    )
    remedy = Text("请再运行一次，并输入密码", "Run it again and enter the password")


class PasswordUnfit(OperatorError):
    """Say why a new password is none to be trusted."""

    code = "password_unfit"
    what = Text("新密码不合适，没有改动", "The new password will not do; nothing was changed")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "请另设一个：长而好记的就好，例如几个不相干的词",
        "Choose another: long and easy to remember, a few unrelated words for example",
    )


class OperatorUnknown(OperatorError):
    """Say that nobody works here under this id."""

    code = "operator_unknown"
    retry = Retry.NEVER
    what = Text("没有工号 {operator}", "There is no operator {operator}")
    why = Text("工号写错，或者此人已经停用", "It is mistyped, or that person has left")
    remedy = Text("用 guitai operator list 查看", "Look at guitai operator list")


class OperatorExists(OperatorError):
    """Say that an id is taken, by somebody who has left perhaps: it is never used again."""

    code = "operator_exists"
    retry = Retry.NEVER
    what = Text("工号 {operator} 已经有人用过", "{operator} is taken")
    why = Text(
        "工号写在记录里，离职以后也不给别人用",
        "Records name it, so it is nobody else's, even after its owner has left",
    )
    remedy = Text("请换一个工号", "Choose another id")


class OperatorWrong(OperatorError):
    """Say that an id or name is none that an operator can have."""

    code = "operator_wrong"
    retry = Retry.NEVER
    what = Text("{item}不能这样写", "It cannot be written so: {item}")
    why = Text("{detail}", "{detail}")
    remedy = Text("请改正后再试", "Correct it and try again")


class FirstOperatorExists(OperatorError):
    """Say that the first operator is there already."""

    code = "first_operator_exists"
    retry = Retry.NEVER
    what = Text("已经有柜员，不再建第一个", "There are operators; there is no other first one")
    why = Text(
        "第一个柜员只在空的登记库里建一次，以后由主管添加",
        "The first is made once, in an empty registry; supervisors add the others",
    )
    remedy = Text(
        "请主管运行 guitai operator add；没有主管能签到时，见 guitai operator recover",
        "Have a supervisor run guitai operator add; where no supervisor can sign in, see guitai"
        " operator recover",
    )


class RolesClash(OperatorError):
    """Say that one person may not hold these roles together."""

    code = "roles_clash"
    retry = Retry.NEVER
    what = Text("这些角色不能由一个人担任", "One person cannot hold these roles")
    why = Text("{detail}", "{detail}")
    remedy = Text("请交给两个人，各用各的工号", "Give them to two people, each with an id")


class RoleMissing(OperatorError):
    """Say that it takes a role that this person does not hold."""

    code = "role_missing"
    retry = Retry.NEVER
    what = Text("{operator} 不能办这件事", "{operator} may not do this")
    why = Text("办理人须是：{roles}", "It takes: {roles}")
    remedy = Text("请有这个角色的人来办", "Have somebody with that role do it")


class LastSupervisor(OperatorError):
    """Say that the last supervisor stays one."""

    code = "last_supervisor"
    retry = Retry.NEVER
    what = Text("{operator} 是最后一名主管，没有改动", "{operator} is the last supervisor")
    why = Text(
        "没有主管就没有人能添加柜员、重置密码",
        "Without one nobody could add operators or reset passwords",
    )
    remedy = Text("请先任命另一名主管", "Make somebody else a supervisor first")


class NotForOneself(OperatorError):
    """Say that a supervisor's help is for others."""

    code = "not_for_oneself"
    retry = Retry.NEVER
    what = Text("这件事不能给自己办", "Nobody does this for themself")
    why = Text(
        "重置和解锁要由另一名主管来办", "Resetting and unlocking is done by another supervisor"
    )
    remedy = Text(
        "改自己的密码请用 guitai operator password，其余请另一名主管办理",
        "Change your own password with guitai operator password; ask another supervisor for the"
        " rest",
    )


class AuditError(GuitaiError):
    """Say that it is the record of who did what, and when."""

    exit_status = 19


class AuditBroken(AuditError):
    """Say that the audit's end is not what was sealed, so that nothing is added to it."""

    code = "audit_broken"
    retry = Retry.NEVER
    what = Text("审计记录 {chain} 被改动过", "The audit {chain} was tampered with")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "什么都没有办。请停止使用登记库，保存一份副本，由审计员运行 guitai audit verify",
        "Nothing was done. Stop using the registry, save a copy, and have the auditor run guitai"
        " audit verify",
    )


class LookUnexplained(AuditError):
    """Say that somebody would look at a holder without saying who, for what service, or why."""

    code = "look_unexplained"
    retry = Retry.NEVER
    what = Text("没有说明{missing}，不能查看", "Nothing is shown without {missing}")
    why = Text(
        "查看持卡人信息要记下柜员、业务和事由",
        "Who looks at a holder's data is put on record, with the service and the reason",
    )
    remedy = Text("请写明后再试", "Say it and try again")


class NoteUnfit(AuditError):
    """Say that what is to be put on record cannot be written there."""

    code = "note_unfit"
    retry = Retry.NEVER
    what = Text("{item}不能记入审计", "It cannot be put on record: {item}")
    why = Text("{detail}", "{detail}")
    remedy = Text("什么都没有办；请改正后再试", "Nothing was done; correct it and try again")


class AnchorsMissing(AuditError):
    """Say that the file that keeps the audit's ends outside the database is gone or unreadable."""

    code = "anchors_missing"
    retry = Retry.NEVER
    what = Text("审计锚文件不能用：{path}", "The audit's anchor file is of no use: {path}")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "请检查配置 [registry] anchor_file 和磁盘；从备份恢复原来的文件，不要新建空文件",
        "Check [registry] anchor_file and its disk; restore the file from the backup, put no empty"
        " one in its place",
    )


class ClockJumped(AuditError):
    """Say that the clock cannot be believed, on which every term hangs."""

    code = "clock_jumped"
    retry = Retry.NEVER
    what = Text("本机时钟可疑，暂不办理", "The clock is doubtful, so nothing is done")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "请先校准时钟；时钟确实无误的，由两人确认，其中一人是主管：guitai registry clock --confirm"
        " --second 工号",
        "Set the clock right; where it is right, two people confirm it, one of them a supervisor:"
        " guitai registry clock --confirm --second ID",
    )
