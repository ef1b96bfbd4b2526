"""What the three services of the service PIN 服务密码 have in common (Rules Art. 12, R-TWO-PINS).

At a desk the PIN is entered at the pad, and the chip has it at once. Online nothing of it is asked:
that one is to be set waits for the chip's next contact (R-PENDING). No step of ours knows the bank
PIN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from terminal.parties.messages import MessageKind
from terminal.registry import cards, pending
from terminal.registry.duties import NewDuty
from terminal.registry.pending import WHATS, What
from terminal.registry.transaction import Transaction
from terminal.rules.vocabulary import Service
from terminal.services.offered import owing, pending_changes
from terminal.services.offered.answer import line
from terminal.services.offered.desk import ChipDesk
from terminal.services.offered.on_desk import chip_on, demand_chip_unless_online, online
from terminal.services.offered.running import Recorded, Running, Work
from terminal.services.offered.slip_lines import card_line
from terminal.texts import Text

_PIN = Text("服务密码", "service PIN")
_ACCEPTED = Text("已受理，尚未写入卡片", "accepted, not on the card yet")
_COME = Text(
    "下次用卡办理业务时，请持卡人带身份证件和卡，在密码键盘上输入",
    "The holder enters it at the PIN pad when the card is used next, with document and card",
)
_MESSAGE = Text(
    "您的社会保障卡已受理：{what}。如非您本人办理，请致电 96066。",
    "Your card: {what}. Telephone 96066 if it was not you.",
)


def pin_work(service: Service, what: What, enter: Callable[[ChipDesk], None], done: Text) -> Work:
    """Make a PIN service: ``enter`` has the PIN entered, ``done`` says on the slip that it was."""

    def act(run: Running) -> Mapping[str, Any]:
        if not online(run.desk):
            enter(chip_on(run.desk))
        return {}

    def record(run: Running, tx: Transaction) -> Recorded:
        person, card = run.situation.some_person, run.situation.some_card
        if online(run.desk):
            pending.decide(tx, card.id, what, run_id=run.id)
            said = _ACCEPTED
        else:
            cards.note_pin(tx, card, is_set=True)
            pending_changes.fulfil(tx, card, service, run.id)
            said = done
        told = _MESSAGE.filled(what=WHATS[what])
        return Recorded(
            lines=(card_line(card), line(_PIN, said)),
            duties=owing.message(person, told, MessageKind.DATA),
            tell=(_COME,) if online(run.desk) else (),
        )

    return Work(service, record, look=demand_chip_unless_online, act=act, undo=_nothing)


def _nothing(_run: Running) -> tuple[NewDuty, ...]:
    """Owe nothing: whatever the chip's PIN is, it is the holder's."""
    return ()
