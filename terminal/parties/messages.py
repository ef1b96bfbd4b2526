"""Short messages 短信: telling holders and employers what they have to know (R-NOTIFY)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from terminal.parties.receipt import AS_ASKED


class MessageKind(StrEnum):
    """Say what a message is about; which of them go out first is the sender's business."""

    CARD_READY = "card_ready"
    """A card can be collected (Rules Art. 7)."""
    CARD_RECALLED = "card_recalled"
    ENABLED = "enabled"
    LOSS = "loss"
    """A loss was reported, or is about to expire (Rules Art. 13)."""
    RESTORED = "restored"
    CANCELLED = "cancelled"
    DATA = "data"
    """Data or the service PIN were changed."""
    MONEY = "money"
    REMINDER = "reminder"


class MessageState(StrEnum):
    """Say how far a message is."""

    ACCEPTED = "accepted"
    """On its way."""
    DELIVERED = "delivered"
    FAILED = "failed"
    """It cannot be delivered to this number."""


@dataclass(frozen=True, slots=True)
class MessageReceipt:
    """Hold how far a message is, and since when."""

    key: str = field(metadata=AS_ASKED)
    state: MessageState
    at: datetime


class Messages(Protocol):
    """Ask the sender of short messages.

    All raise PartyMissing, PartyUnreachable, PartyAnswerWrong, PartyRefused, PartyContradicts.
    """

    def send(self, key: str, mobile: str, text: str, kind: MessageKind) -> MessageReceipt:
        """Send a text to a mobile number; asked again, it is not sent twice.

        Raises PartyRefused for a number or a text that it does not take.
        """
