"""What the audit calls the acts that are no service of the rules: sign-in, operators, the registry.

Services of the rules are named by their id (terminal/rules/vocabulary.py).
"""

from __future__ import annotations

from enum import StrEnum

from terminal.texts import Text


class Act(StrEnum):
    """An act, as the audit's column ``action`` has it."""

    LOOK = "look"
    SIGN_IN = "sign_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_OUT = "sign_out"
    SECOND = "second"
    SECOND_FAILED = "second_failed"
    PASSWORD = "password"  # noqa: S105  the name of an act
    PASSWORD_FAILED = "password_failed"  # noqa: S105  the name of an act
    OPERATOR_FIRST = "operator_first"
    OPERATOR_ADD = "operator_add"
    OPERATOR_ROLES = "operator_roles"
    OPERATOR_RESET = "operator_reset"
    OPERATOR_UNLOCK = "operator_unlock"
    OPERATOR_LEAVE = "operator_leave"
    OPERATOR_RECOVER = "operator_recover"
    AUDIT_SEARCH = "audit_search"
    AUDIT_EXPORT = "audit_export"
    REGISTRY_INIT = "registry_init"
    CLOCK_CONFIRM = "clock_confirm"
    BACKUP = "backup"
    RESTORE = "restore"
    ERASE = "erase"
    HAND_IN = "hand_in"
    GIVE_BACK = "give_back"
    DESTROY_FOUND = "destroy_found"
    INTEGRITY = "integrity"
    BLACKLIST_OFF = "blacklist_off"
    AUTHORISE = "authorise"
    WITHDRAW = "withdraw"
    RECALL = "recall"
    DESTROY = "destroy"
    PARCEL_SENT = "parcel_sent"
    PARCEL_DELIVERED = "parcel_delivered"
    PARCEL_RETURNED = "parcel_returned"
    PARCEL_LOST = "parcel_lost"
    HANDED_OUT = "handed_out"
    DEATH = "death"
    DEATH_CORRECTED = "death_corrected"
    DUTY_DECIDED = "duty_decided"
    REGISTER_CARD = "register_card"
    REGISTER_ELECTRONIC = "register_electronic"
    CALLER_CHECK = "caller_check"
    DAY_OPENED = "day_opened"
    DAY_CLOSED = "day_closed"


ACTS = {
    Act.LOOK: Text("查看", "looked at"),
    Act.SIGN_IN: Text("签到", "signed in"),
    Act.SIGN_IN_FAILED: Text("签到失败", "sign-in failed"),
    Act.SIGN_OUT: Text("签退", "signed out"),
    Act.SECOND: Text("复核人确认", "agreed as second person"),
    Act.SECOND_FAILED: Text("复核人确认失败", "second person failed"),
    Act.PASSWORD: Text("改密码", "changed the password"),
    Act.PASSWORD_FAILED: Text("改密码失败", "password change failed"),
    Act.OPERATOR_FIRST: Text("建第一个柜员", "made the first operator"),
    Act.OPERATOR_ADD: Text("添加柜员", "added an operator"),
    Act.OPERATOR_ROLES: Text("改角色", "changed roles"),
    Act.OPERATOR_RESET: Text("重置密码", "reset a password"),
    Act.OPERATOR_UNLOCK: Text("解锁", "unlocked an operator"),
    Act.OPERATOR_LEAVE: Text("停用柜员", "let an operator go"),
    Act.OPERATOR_RECOVER: Text("凭密钥文件恢复主管", "recovered a supervisor by the key file"),
    Act.AUDIT_SEARCH: Text("查审计", "searched the audit"),
    Act.AUDIT_EXPORT: Text("导出审计", "exported the audit"),
    Act.REGISTRY_INIT: Text("建登记库", "made the registry"),
    Act.HAND_IN: Text("收存拾获的卡", "took a found card in"),
    Act.GIVE_BACK: Text("归还拾获的卡", "gave a found card back"),
    Act.DESTROY_FOUND: Text("销毁无人认领的卡", "destroyed an unclaimed card"),
    Act.INTEGRITY: Text("上报诚信档案", "reported to the integrity file"),
    Act.BLACKLIST_OFF: Text("移出关注名单", "took off the blacklist"),
    Act.AUTHORISE: Text("登记授权委托", "put an authorisation on record"),
    Act.WITHDRAW: Text("撤销授权委托", "noted an authorisation as withdrawn"),
    Act.CLOCK_CONFIRM: Text("确认时钟", "confirmed the clock"),
    Act.BACKUP: Text("备份", "made a backup"),
    Act.RESTORE: Text("从备份恢复", "restored a backup"),
    Act.ERASE: Text("清除到期的个人信息", "erased personal data whose time was over"),
    Act.RECALL: Text("召回", "recalled"),
    Act.DESTROY: Text("销毁", "destroyed"),
    Act.PARCEL_SENT: Text("寄出", "posted"),
    Act.PARCEL_DELIVERED: Text("登记签收", "noted as delivered"),
    Act.PARCEL_RETURNED: Text("登记退回", "noted as come back"),
    Act.PARCEL_LOST: Text("登记邮件丢失", "noted as lost in the post"),
    Act.HANDED_OUT: Text("登记单位发放", "noted what an employer handed out"),
    Act.DEATH: Text("登记死亡提醒", "noted a death"),
    Act.DEATH_CORRECTED: Text("更正死亡记录", "took back a death"),
    Act.DUTY_DECIDED: Text("人工处理待办", "settled a duty by people"),
    Act.REGISTER_CARD: Text("登记已有的卡", "put a card from before on record"),
    Act.REGISTER_ELECTRONIC: Text("登记电子卡", "put an electronic card on record"),
    Act.CALLER_CHECK: Text("核对来电人身份", "checked who a caller is"),
    Act.DAY_OPENED: Text("开班", "opened the day"),
    Act.DAY_CLOSED: Text("日结", "closed the day"),
}


def said(action: str) -> Text:
    """Name an action, by its own word where no sentence is known for it."""
    known = action in Act.__members__.values()
    return ACTS[Act(action)] if known else Text(action, action)
