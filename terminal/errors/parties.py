"""The other parties: none configured, no answer, a wrong one, a refusal, a contradiction."""

from __future__ import annotations

from terminal.errors.base import GuitaiError, Retry
from terminal.texts import Text


class PartyError(GuitaiError):
    """Say that it is another party; ``party`` names it, ``contact`` says how people reach it."""

    exit_status = 17


class PartyMissing(PartyError):
    """Say that a party is not configured."""

    code = "party_missing"
    retry = Retry.NEVER
    what = Text("没有接通{party}", "There is no line to {party}")
    why = Text("配置中没有写 {setting}", "The configuration has no {setting}")
    remedy = Text(
        "本笔没有办理；请技术人员填写这项配置，急事{contact}",
        "Nothing was done; have IT set it, and where it is urgent {contact}",
    )


class PartyUnreachable(PartyError):
    """Say that a party gave no answer: it may have done what was asked, or not."""

    code = "party_unreachable"
    retry = Retry.AFTER_RECONCILE
    what = Text("{party}没有给出答复", "No answer came from {party}")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "请稍后再试，同一流水号不会办两次；急需知道是否办成时，{contact}",
        "Try again later, under the same key it is never done twice; where it has to be known now"
        " whether it was done, {contact}",
    )


class PartyAnswerWrong(PartyError):
    """Say that a party's answer is none, or not in the agreed form."""

    code = "party_answer_wrong"
    retry = Retry.AFTER_RECONCILE
    what = Text("{party}的应答不对", "The answer of {party} is wrong")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "请先不要继续，是否办成以对方为准；请技术人员核对 {setting} 和对方系统，急需时{contact}",
        "Do not go on, whether it was done is for the other side to say; have IT check {setting}"
        " and the other system, and where it is urgent {contact}",
    )


class PartyRefused(PartyError):
    """Say that a party refused, and why."""

    code = "party_refused"
    retry = Retry.NEVER
    what = Text("{party}不予办理", "It was refused by {party}")
    why = Text("对方说明：{reason}", "It says: {reason}")
    remedy = Text(
        "对方没有办这一笔；请按它的说明处理，有疑问{contact}",
        "Nothing was done there; do as it says, and where that is unclear {contact}",
    )


class PartyContradicts(PartyError):
    """Say that a party's answer contradicts what was asked of it, now or before."""

    code = "party_contradicts"
    retry = Retry.NEVER
    what = Text("{party}的答复与本笔业务矛盾", "The answer of {party} contradicts this")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "请不要重做；记下流水号，{contact}，由双方人工核对",
        "Do not repeat it; note the key, {contact} and have people on both sides check it",
    )
