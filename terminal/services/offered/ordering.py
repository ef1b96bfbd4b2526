"""Take an application for a card: its seat, the city's right, and what the slip says of it.

What every application shares, whichever service takes it: first card, replacement, renewal, change
of bank, change of basic data.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping

from terminal.errors import RequestWrong
from terminal.registry import applications, persons, seats
from terminal.registry.applications import SORTS, Application, NewApplication, Sort
from terminal.registry.cards import Card
from terminal.registry.lists import OpenApplication
from terminal.registry.persons import Person
from terminal.registry.plain import is_plain
from terminal.registry.transaction import Transaction
from terminal.rules.checks import EQUIPPED
from terminal.rules.terms import FIRST_PRODUCTION, REPLACEMENT_PRODUCTION, Deadline
from terminal.rules.vocabulary import FACE_TO_FACE, PAPERS, Channel, Paper
from terminal.rules.working_days import WorkingDays
from terminal.services.offered import rights
from terminal.services.offered.announcing import IN_PERSON
from terminal.services.offered.answer import Line, line
from terminal.services.offered.applicant import read_address, read_validity
from terminal.services.offered.desk import Desk
from terminal.services.offered.request import Request
from terminal.services.offered.running import Recorded, Running
from terminal.texts import Text

LONGEST_BANK = 16
MOST_PHOTO = 1_000_000
"""Characters of a photo's base64."""

_ACCOUNT = re.compile(r"[0-9]{8,30}")

BANK = Text("合作银行", "bank")
_NUMBER = Text("申请编号", "application")
_SORT = Text("办理类型", "sort")
DEADLINE = Text("制成时限", "made by")
HOW = Text("领取方式", "collected")
_CHECK = Text("核验", "verification")
_ON_THE_SPOT = Text("现场制作", "made on the spot")
_BY_POST = Text("邮寄到登记的常住地址，免收快递费", "posted to the address on record, free")
_AT_BANK = Text(
    "制成后通知，凭本人有效身份证件原件到 {bank} 网点领取",
    "when it is announced; at an outlet of {bank}, with the identity document",
)
_WITH_OLD_CARD = Text(
    "制成后通知，本人带有效身份证件原件和旧卡到 {bank} 网点领取，旧卡当场收回",
    "when it is announced; in person at an outlet of {bank}, with the identity document and the old"
    " card, which is taken back",
)
_NEWS = Text("制成通知", "news of it")
_NO_MOBILE = Text(
    "没有登记手机号码，收不到短信；由银行另行告知，或现在登记手机号码",
    "no mobile number is on record for a message: the bank says it otherwise, or it is put on"
    " record now",
)
_HERE = Text("在本网点当场领取", "here, at once")
_NOT_VERIFIED = Text(
    "数据共享平台未答复，制卡前再核验",
    "the data-sharing platform did not answer: verified before the card is made",
)
_WISH = Text("选项 {name}", "the option {name}")
_YES_OR_NO = Text("只能是 yes 或 no", "it is yes or no")
_BANK_FORM = Text(
    "应为合作银行的代号，不超过 {most} 个字", "it is a bank's code of at most {most} characters"
)
_NO_SUCH_BANK = Text("没有这家；合作银行有：{banks}", "there is none such; there are: {banks}")
_PAYOUT = Text("退款账户", "the account for the refund")
_PAYOUT_FORM = Text("应为 8 到 30 位银行账号", "an account number has 8 to 30 digits")
_POST = Text("邮寄", "by post")
_NOT_BY_POST = Text(
    "换领要当场收回旧卡，须本人领取", "the old card is taken back, so it is collected in person"
)
_PHOTO_FORM = Text("应为 base64，不超过 {most} 个字符", "it is base64 of at most {most} characters")
_PHOTO_WANTED = Text("线上申领须上传个人照片", "online it has to be sent along")
_INSTANT = Text("即时制卡", "on the spot")
_OTHER_BANK = Text(
    "只能在所选合作银行的即时制卡网点办理", "only at an outlet of the chosen bank that does so"
)


def production_deadline(
    application: Application | OpenApplication, calendar: WorkingDays
) -> Deadline | None:
    """Say by when a card is made (R-MAKE-30, R-MAKE-4WD); None: on the spot (R-MAKE-NOW).

    A change of bank is counted as a renewal: the rules have it in the same article, and name no
    term of its own.
    """
    if application.instant:
        return None
    term = FIRST_PRODUCTION if application.sort is Sort.FIRST else REPLACEMENT_PRODUCTION
    return term.deadline(application.applied_at, calendar)


def wished(
    run: Running,
    person: Person,
    sort: Sort,
    bank: str,
    old: Card | None = None,
) -> NewApplication:
    """Read what is wished of a card; raises RequestWrong."""
    request = run.request
    by_post = yes(request, "by_post")
    if by_post and sort in IN_PERSON:
        raise RequestWrong(item=_POST, detail=_NOT_BY_POST)
    if by_post:
        read_address(person.address.reveal() if person.address is not None else "")
    payout = request.wish("payout")
    if payout and not _ACCOUNT.fullmatch(payout):
        raise RequestWrong(item=_PAYOUT, detail=_PAYOUT_FORM)
    return NewApplication(
        person.id,
        sort,
        read_bank(bank, run.desk.banks),
        old_card_id=old.id if old is not None else None,
        by_post=by_post,
        instant=_instant(run.desk, request, bank),
        online=run.desk.where.channel is Channel.ONLINE,
        payout=payout,
        photo=_photo(run.desk, request, sort),
    )


def placed(
    run: Running,
    tx: Transaction,
    person: Person,
    new: NewApplication,
    old: Card | None = None,
) -> Recorded:
    """Put an application on record with its seat, and owe the claim of the city's right.

    Raises SeatTaken (R-ONE). The card that is to take ``old``'s place sits beside it; one that is
    lost before it was enabled gives up its own seat, beside the card that is still in force.
    """
    application = applications.apply(tx, new, run_id=run.id)
    if old is None:
        seats.take(tx, person.id, application_id=application.id)
    else:
        if run.situation.seats.next_card == old.id:
            seats.leave(tx, person.id, card_id=old.id)
        if not run.situation.seats.taken:
            seats.take(tx, person.id, card_id=old.id)  # a card from before that has none yet
        seats.take(tx, person.id, application_id=application.id, beside=True)
    replaces = (old.number or "") if old is not None else ""
    claim = rights.claim(application, person, run.part(rights.RIGHT), replaces)
    return Recorded(
        lines=slip(run, application, person),
        duties=(claim,),
        facts={"application": application.id, "sort": application.sort.value},
        person=person,
    )


def slip(run: Running, application: Application, person: Person) -> tuple[Line, ...]:
    """Say what was applied for, at which bank, by when it is made, how it is collected."""
    due = production_deadline(application, run.desk.calendar)
    lines = [
        line(_NUMBER, str(application.id)),
        line(_SORT, SORTS[application.sort]),
        line(BANK, application.bank),
        line(DEADLINE, _ON_THE_SPOT if due is None else due.text),
        line(HOW, _how(application)),
    ]
    if person.mobile is None and not application.instant:
        lines.append(line(_NEWS, _NO_MOBILE))
    asked = run.asked
    if application.sort is Sort.FIRST and asked.alive is asked.entitled is None:
        lines.append(line(_CHECK, _NOT_VERIFIED))
    return tuple(lines)


def current_document(tx: Transaction, person: Person, request: Request, desk: Desk) -> Person:
    """Note a validity that was said, and see that the document has not expired.

    Raises RequestWrong. The bank opens the account by it (R-FIN-CHECK).
    """
    kind, said = person.document.document, request.wish("valid_until")
    until = read_validity(kind, said, desk.today, person)
    return persons.note_validity(tx, person, until) if said else person


def yes(request: Request, name: str) -> bool:
    """Read a wish that is yes or no; raises RequestWrong."""
    said = request.wish(name)
    if said not in {"", "yes", "no"}:
        raise RequestWrong(item=_WISH.filled(name=name), detail=_YES_OR_NO)
    return said == "yes"


def read_bank(code: str, banks: Mapping[str, str]) -> str:
    """Read a partner bank's code, one of ``banks`` where any are named; raises RequestWrong."""
    if not code or len(code) > LONGEST_BANK or not is_plain(code) or code != code.strip():
        raise RequestWrong(item=BANK, detail=_BANK_FORM.filled(most=LONGEST_BANK))
    if banks and code not in banks:
        listed = "、".join(f"{each}（{name}）" for each, name in banks.items())
        raise RequestWrong(item=BANK, detail=_NO_SUCH_BANK.filled(banks=listed))
    return code


def _photo(desk: Desk, request: Request, sort: Sort) -> str:
    """Read a photo that can be kept; on a desk a paper one does too. Raises RequestWrong."""
    photo, item = request.wish("photo"), PAPERS[Paper.PHOTO]
    if not photo and sort is Sort.FIRST and desk.where.channel not in FACE_TO_FACE:
        raise RequestWrong(item=item, detail=_PHOTO_WANTED)
    wrong = RequestWrong(item=item, detail=_PHOTO_FORM.filled(most=MOST_PHOTO))
    if len(photo) > MOST_PHOTO:
        raise wrong
    try:
        base64.b64decode(photo, validate=True)
    except ValueError:
        raise wrong from None
    return photo


def _instant(desk: Desk, request: Request, bank: str) -> bool:
    """Say whether the card is made on the spot; raises RequestWrong where it cannot be."""
    if not yes(request, "instant"):
        return False
    if not desk.where.instant:
        raise RequestWrong(item=_INSTANT, detail=EQUIPPED.why)
    if desk.where.bank != bank:
        raise RequestWrong(item=_INSTANT, detail=_OTHER_BANK)
    return True


def _how(application: Application) -> Text:
    if application.by_post:
        return _BY_POST
    if application.instant:
        return _HERE
    how = _WITH_OLD_CARD if application.sort in IN_PERSON else _AT_BANK
    return how.filled(bank=application.bank)
