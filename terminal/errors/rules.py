"""The regulation: what it does not allow, who is not known, what stands in the way."""

from __future__ import annotations

from terminal.errors.base import GuitaiError, Retry
from terminal.texts import Text

_ANYBODY = Text("第二人", "a second person")
_FINISH = Text(
    "请办完它：guitai service run --key {key}；要用卡的，先放上这张卡",
    "Finish it: guitai service run --key {key}; lay the card on first where it wants one",
)


class RuleError(GuitaiError):
    """Say that it is the regulation."""

    exit_status = 16


class RuleRefused(RuleError):
    """Say that the rules do not allow it; ``decision`` has every reason."""

    code = "rule_refused"
    retry = Retry.NEVER
    what = Text("不能办理：{service}", "It cannot be done: {service}")
    why = Text("{reasons}", "{reasons}")
    remedy = Text("{instead}", "{instead}")


class SecondWanted(RuleError):
    """Say that the rules want a second person, anybody unless ``who``, who has not agreed yet."""

    code = "second_wanted"
    what = Text("须由{who}复核：{service}", "{who} has to agree: {service}")
    why = Text("{reasons}", "{reasons}")
    remedy = Text(
        "请复核人在本柜台确认（--second），并写明理由（--reason）",
        "Have one agree at this desk (--second), and state the grounds (--reason)",
    )

    def __init__(self, **facts: object) -> None:
        super().__init__(**{"who": _ANYBODY} | facts)


class SeatTaken(RuleError):
    """Say that the person has a card in force or being made (R-ONE)."""

    code = "seat_taken"
    retry = Retry.NEVER
    what = Text(
        "一人一卡：已有一张第三代卡在用或正在申办",
        "One person, one card: there is one in force or being made",
    )
    why = Text(
        "实施细则第 4 条；可能是另一个柜台或线上刚刚受理的",
        "Rules Art. 4; another counter or channel may have been first",
    )
    remedy = Text(
        "请查询办卡进度；遗失的请挂失后补领，损坏的请换领",
        "Ask for its progress; a lost card is replaced, a damaged one renewed",
    )


class PersonUnknown(RuleError):
    """Say that the registry knows nobody by this document."""

    code = "person_unknown"
    retry = Retry.NEVER
    what = Text("登记库中没有此人", "The registry does not know this person")
    why = Text(
        "证件类型、证件号码或国籍与登记的不同，或者此人从未在本市申领",
        "Document, number or nationality is not what is on record, or they never applied here",
    )
    remedy = Text(
        "请核对证件类型和号码；从未申领的请办理申领",
        "Compare document and number; who never applied applies",
    )


class PersonDiffers(RuleError):
    """Say that the document names another person than the card or the registry does."""

    code = "person_differs"
    retry = Retry.NEVER
    what = Text("证件与{where}上的持卡人不一致", "The document and {where} name different people")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "请核对证件、卡和本人；姓名截断或写法不同的，由第二人复核；冒用他人卡的，留下卡并由两人上报",
        "Compare document, card and person; where a name is cut short or spelt otherwise a second"
        " person agrees; a card that is another's is kept and reported by two people",
    )


class CardUnknown(RuleError):
    """Say that the registry does not know the card, or the person has none that fits."""

    code = "card_unknown"
    retry = Retry.NEVER
    what = Text("没有找到要办理的卡", "The card that is meant was not found")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "请放上卡，或按证件查询此人名下的卡后指定其中一张",
        "Lay the card on, or look up the person's cards and name one",
    )


class ApplicationUnknown(RuleError):
    """Say that there is no such application."""

    code = "application_unknown"
    retry = Retry.NEVER
    what = Text("没有找到这项申请", "There is no such application")
    why = Text("{detail}", "{detail}")
    remedy = Text("请查询办卡进度", "Ask for its progress")


class RequestDiffers(RuleError):
    """Say that one key was used for two different requests."""

    code = "request_differs"
    retry = Retry.NEVER
    what = Text(
        "流水号 {key} 已用于另一项业务", "The key {key} was used for another request already"
    )
    why = Text("同一流水号只办同一件事", "One key is for one request")
    remedy = Text("请换一个流水号", "Take another key")


class RunOpen(RuleError):
    """Say that another service with the same card is not finished."""

    code = "run_open"
    retry = Retry.AFTER_RECONCILE
    what = Text(
        "这张卡有一项业务没有办完：{service}（流水号 {key}）",
        "A service with this card is unfinished: {service} ({key})",
    )
    why = Text(
        "它在 {outlet} 由 {operator} 开始，中断了，或者正在办理",
        "{operator} began it at {outlet}; it was broken off, or is being done",
    )
    remedy = Text(
        "请先用同一流水号办完它（guitai service run --key），再办别的",
        "Finish it under its key first (guitai service run --key), then go on",
    )


class RunIsLeft(RuleError):
    """Say that what is asked for again under a key was given up before."""

    code = "run_left"
    retry = Retry.NEVER
    what = Text("流水号 {key} 的业务已经放弃", "The request under {key} was given up")
    why = Text("放弃的业务不再继续", "What was given up is not gone on with")
    remedy = Text("要办请换一个新流水号", "Take a new key to do it")


class RequestWrong(RuleError):
    """Say that something that the service needs is missing or is none."""

    code = "request_wrong"
    retry = Retry.NEVER
    what = Text("{item}不对", "Something is wrong with: {item}")
    why = Text("{detail}", "{detail}")
    remedy = Text("没有办理任何业务。请改正后再试", "Nothing was done. Correct it and try again")


class PartySaysNo(RuleError):
    """Say that another party, whose word counts, does not agree."""

    code = "party_says_no"
    retry = Retry.NEVER
    what = Text("{party}不同意：{service}", "{party} does not agree: {service}")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "没有办理。请持卡人与其联系，或更正信息后再来",
        "Nothing was done. The holder turns to them, or comes back with corrected data",
    )


class DutyUnknown(RuleError):
    """Say that there is no such duty."""

    code = "duty_unknown"
    retry = Retry.NEVER
    what = Text("没有编号为 {number} 的待办", "There is no duty {number}")
    why = Text("编号不对", "The number is another's, or nobody's")
    remedy = Text("请用 guitai duties list 查看编号", "See the numbers by guitai duties list")


class DutySettled(RuleError):
    """Say that a duty is settled already."""

    code = "duty_settled"
    retry = Retry.NEVER
    what = Text("待办 {number} 已有结果", "Duty {number} is settled")
    why = Text("{state}", "{state}")
    remedy = Text("无需再处理", "Nothing is to be done")


class CardWanted(RuleError):
    """Say that the card that it is about does not lie on the desk, or another one does."""

    code = "card_wanted"
    what = Text("请放上{card}", "Lay on: {card}")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "放好后用同一流水号再办，不会重复办理",
        "Then repeat under the same key; nothing is done twice",
    )


class CustodyRefused(RuleError):
    """Say that a card in custody is not in the state for what is wanted."""

    code = "custody_refused"
    retry = Retry.NEVER
    what = Text("不能{act}这张卡", "It cannot be done to this card: {act}")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "没有改动登记。请核对卡片和在库清单",
        "The registry was not changed. Compare the card with the list of cards in custody",
    )


class DeathStands(RuleError):
    """Say that a death on record is not taken back: the authorities do not say alive."""

    code = "death_stands"
    retry = Retry.NEVER
    what = Text("死亡记录不能更正", "The death on record is not taken back")
    why = Text(
        "数据共享平台没有说此人在世（{detail}）",
        "The authorities do not say that the person is alive ({detail})",
    )
    remedy = Text(
        "请家属先到公安、民政部门更正，再来办理",
        "The record is corrected by the police or civil affairs first",
    )


class PendingFirst(RuleError):
    """Say that a change of the service PIN waits for this chip, and comes before any VERIFY."""

    code = "pending_first"
    what = Text(
        "卡上有线上受理的服务密码变更（{what}）没有写入，须先办完",
        "A change of the service PIN ({what}) waits for this card and comes first",
    )
    why = Text("这次没有办成：{detail}", "It was not done now: {detail}")
    remedy = Text(
        "没有验证密码，也没有办理。请持卡人带身份证件原件和卡，在密码键盘上办完，再办这一项",
        "No PIN was tried, nothing was done. Have the holder, with document and card, do it at the"
        " PIN pad, then ask for this again",
    )


class PaymentOpen(RuleError):
    """Say that it is not known yet whether the holder's payment was made."""

    code = "payment_open"
    retry = Retry.AFTER_RECONCILE
    what = Text(
        "{amount} 元收款的结果还不知道，没有写卡",
        "Whether the {amount} yuan were paid is not known yet; the card was not written",
    )
    why = Text(
        "收付系统已受理，还没有给出结果", "The payment system took it and has no outcome yet"
    )
    remedy = Text(
        "请不要让持卡人再付一次；稍后用同一流水号（{key}）再办，会先查清这笔款",
        "Let nobody pay twice; ask again later under the same key ({key}), which finds out first",
    )


class RunNotLeft(RuleError):
    """Say that a service cannot be given up: it has done something that stands.

    It is gone on with, unless ``instead`` says what is done.
    """

    code = "run_not_left"
    retry = Retry.AFTER_RECONCILE
    what = Text("流水号 {key} 的业务不能放弃", "The request under {key} cannot be given up")
    why = Text("{detail}", "{detail}")
    remedy = Text("{instead}", "{instead}")

    def __init__(self, **facts: object) -> None:
        instead = _FINISH.filled(key=facts.get("key"))
        super().__init__(**{"instead": instead} | facts)
