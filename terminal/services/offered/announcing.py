"""What applicants and employers are told of an application: made, refused, withdrawn (R-NOTIFY)."""

from __future__ import annotations

from terminal.masking import mask_name
from terminal.parties.messages import MessageKind
from terminal.registry.applications import SORTS, Application, Sort
from terminal.registry.batches import Batch
from terminal.registry.duties import NewDuty
from terminal.registry.persons import Person
from terminal.rules.decision import Reason
from terminal.services.offered import owing
from terminal.services.offered.running import joined
from terminal.texts import Text

IN_PERSON = frozenset({Sort.RENEW, Sort.BANK, Sort.DATA})
"""Collected in person: the old card is handed in (Rules Art. 16)."""
_LAST = 4
"""Characters of a number that tell people apart in a message."""

_REFUSED = Text(
    "您的社会保障卡{sort}申请（编号 {number}）未通过：{why}。{instead}。",
    "Your application {number} ({sort}) was not accepted: {why}. {instead}.",
)
_ALONE = Text("请按个人申领流程单独申领", "Apply by yourself")
_ASK = Text("请到合作银行网点咨询", "Ask at an outlet of the bank")
_ONE_REFUSED = Text(
    "贵单位集体申领中，{name}（证件尾号 {number}）未通过核验，请通知本人按个人申领流程办理。",
    "Of your group, {name} ({number}) was not accepted: have them apply by themselves.",
)
_WITHDRAWN = Text(
    "您的社会保障卡{sort}申请（编号 {number}）已撤回。",
    "Your application {number} ({sort}) was withdrawn.",
)
_READY = Text(
    "您的社会保障卡已制成。请带有效身份证件原件到{bank}网点领取；超过 6 个月未领取的将召回。",
    "Your card is made. Collect it at {bank}, with your identity document, within 6 months.",
)
_READY_WITH_OLD = Text(
    "您的社会保障卡已制成。请本人带有效身份证件原件和旧卡到{bank}网点领取，旧卡当场收回。",
    "Your card is made. Collect it at {bank}, with your identity document and the old card.",
)
_READY_BY_POST = Text(
    "您的社会保障卡已制成，将免费邮寄到您登记的常住地址，请注意查收。",
    "Your card is made and will be posted to the address on record.",
)
_READY_FOR_EMPLOYER = Text(
    "贵单位集体申领的社会保障卡已陆续制成，请带单位证照复印件、授权委托书原件和经办人身份证件"
    "到{bank}网点领取，或商请上门送卡。领取后 30 个自然日内未发放的请退回。",
    "Cards of your group are made. Collect them at {bank}, with licence, authorisation and your"
    " identity document; those not handed out come back within 30 days.",
)


def ready(application: Application, person: Person) -> tuple[NewDuty, ...]:
    """Tell a person that the card is made, and how it is collected."""
    said = _READY_WITH_OLD if application.sort in IN_PERSON else _READY
    if application.by_post:
        said = _READY_BY_POST
    return owing.announcement(person, said.filled(bank=application.bank))


def ready_for_employer(batch: Batch) -> tuple[NewDuty, ...]:
    """Tell an employer that cards of the group are made."""
    said = _READY_FOR_EMPLOYER.filled(bank=batch.bank)
    return to_employer(batch, said, MessageKind.CARD_READY) or (owing.to_tell(said),)


def refused(
    application: Application, person: Person, reasons: tuple[Reason, ...]
) -> tuple[NewDuty, ...]:
    """Tell a person that the application was refused, why, and what to do instead."""
    instead = [each.instead for each in reasons if each.instead is not None]
    ways = joined(instead) if instead else _ASK
    said = _REFUSED.filled(
        sort=SORTS[application.sort],
        number=application.id,
        why=joined([each.why for each in reasons]),
        instead=_ALONE if application.batch_id is not None else ways,
    )
    return owing.message(person, said, MessageKind.REMINDER)


def refused_of_group(batch: Batch, person: Person) -> tuple[NewDuty, ...]:
    """Tell an employer whose application was refused: they apply alone (Rules Art. 6)."""
    number = person.document.number.reveal()[-_LAST:]
    said = _ONE_REFUSED.filled(name=mask_name(person.name.reveal()), number=number)
    return to_employer(batch, said, MessageKind.REMINDER)


def withdrawn(application: Application, person: Person) -> tuple[NewDuty, ...]:
    """Tell a person that the application was withdrawn."""
    said = _WITHDRAWN.filled(sort=SORTS[application.sort], number=application.id)
    return owing.message(person, said, MessageKind.REMINDER)


def to_employer(batch: Batch, said: Text, kind: MessageKind) -> tuple[NewDuty, ...]:
    """Tell an employer something of a batch, where a mobile number is on record."""
    if batch.contact is None:
        return ()
    arguments = {"mobile": batch.contact.reveal(), "text": said.zh, "kind": kind.value}
    return (NewDuty("messages", "message", "message", arguments, at_once=True),)
