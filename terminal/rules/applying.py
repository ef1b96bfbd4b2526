"""The conditions of applying for a card and of having one made (checks.py has the others)."""

from __future__ import annotations

from terminal.rules.checks import ALIVE, ENTITLED, NO_CARD_YET, NO_OPEN_APPLICATION, Check
from terminal.rules.vocabulary import Actor, Ground
from terminal.texts import Text

OF_AGE_TO_APPLY = 16
"""Years: who is younger has no account without a guardian (个人存款账户实名制规定).

The rules do not speak of it. Who is 16 or 17 may work and be insured (Rules Art. 2) and applies by
themselves; what the account may want besides is told (tellings.py).
"""

IDENTITY_AGREES = Check(
    "R-VERIFY",
    "4",
    lambda case: case.person.identity_agrees is not False,
    Text(
        "姓名或证件信息与数据共享平台的不一致",
        "name or document is not what the data-sharing platform has",
    ),
    Text(
        "请核对证件；姓名、证件依法变更过的，请先到人社、医保经办机构变更，再来申请",
        "Compare the document; where name or document was lawfully changed, have it changed at the"
        " social and medical insurance offices first, then apply",
    ),
)
CHILD_BY_GUARDIAN = Check(
    "R-GUARDIAN",
    "",
    lambda case: (
        not (
            case.who.actor is Actor.HOLDER
            and case.person.age is not None
            and case.person.age < OF_AGE_TO_APPLY
        )
    ),
    Text("未满 16 周岁，由法定代理人办理", "a guardian applies for who is under 16"),
    Text(
        "请法定代理人带监护关系证明（户口簿、出生医学证明等）和双方身份证件原件来办理",
        "The guardian comes, with proof of guardianship and both identity documents",
    ),
)
CHIP_GROUND_TRUE = Check(
    "R-RENEW-GROUNDS",
    "16",
    lambda case: (
        not (case.grounds == {Ground.CHIP} and case.card is not None and case.card.readable is True)
    ),
    Text("这张卡的芯片在本柜台可以读写", "its chip can be read and written here"),
    Text(
        "确实时好时坏的，由复核人确认；其他情形请改选",
        "Where it works only at times a second person agrees; else give another ground",
    ),
    second=True,
)

EACH_OF_A_GROUP = (ALIVE, NO_CARD_YET, NO_OPEN_APPLICATION)
"""What each person of a group has to fulfil when the employer applies (Rules Art. 4, 6)."""
FIRST_MADE = (IDENTITY_AGREES, ALIVE, ENTITLED, NO_CARD_YET)
"""What is asked before a first card is made (R-VERIFY, R-ELIGIBLE, R-ONE)."""
NEXT_MADE = (IDENTITY_AGREES, ALIVE)
"""What is asked before a card that takes another's place is made (R-VERIFY)."""
