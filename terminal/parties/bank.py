"""The bank core 银行核心: the account behind a card, which is the bank's and not ours.

We pass on what happens to the card, and record what the bank answers; account classes, watching
for suspicious transactions and the bank's own procedures are its own (Rules Art. 4, 20). Which bank
an account is at shows in its number; the line takes a call to that bank. No PIN goes over it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from terminal.parties.receipt import AS_ASKED, Receipt
from terminal.texts import Text


class AccountClass(StrEnum):
    """Name the classes of personal accounts (账户分类): what an account may be used for."""

    FULL = "I"
    """I 类户."""
    LIMITED = "II"
    """II 类户."""
    SMALL = "III"
    """III 类户."""


class AccountState(StrEnum):
    """Name what an account is, in the bank's word."""

    OPENED = "opened"
    """There, and not activated yet 已开户未激活."""
    ACTIVE = "active"
    STOPPED_TEMPORARY = "stopped_temporary"
    """临时挂失."""
    STOPPED_FORMAL = "stopped_formal"
    """正式挂失."""
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    """The bank has no such account."""


class StopReason(StrEnum):
    """Say why the financial function is stopped (Rules Art. 13)."""

    TEMPORARY_LOSS = "temporary_loss"
    FORMAL_LOSS = "formal_loss"


class Matter(StrEnum):
    """Name what is the bank's own procedure (S-FIN-*, Rules Art. 3(2)4, 20)."""

    LOSS = "loss"
    """挂失."""
    LIFT = "lift"
    """解挂."""
    PIN = "pin"
    """账户密码修改和重置: at the bank's own keypad, never at ours."""
    CANCEL = "cancel"
    """注销."""
    MOBILE = "mobile"
    """预留手机号码修改."""


@dataclass(frozen=True, slots=True)
class Applicant:
    """Hold whom an account is opened for, as the document has it (R-FIN-CHECK).

    ``id_type`` is the document's type in the registry's word, ``valid_to`` the last day of its
    validity, None where it has no end 长期. ``bank`` is the code of the bank that was chosen.
    """

    name: str = field(repr=False)
    id_type: str
    number: str = field(repr=False)
    valid_to: date | None
    mobile: str = field(repr=False)
    bank: str


@dataclass(frozen=True, slots=True)
class AccountOpened:
    """Hold an account that was opened; its number is the one embossed on the card 银行卡号.

    ``restricted`` and ``risk`` are the bank's word of caution 风险提示, passed on as it is
    (R-RISK).
    """

    key: str = field(metadata=AS_ASKED)
    number: str = field(metadata=AS_ASKED, repr=False)
    """The person's, as it was asked."""
    account_number: str = field(repr=False)
    account_class: AccountClass
    restricted: bool
    risk: Text | None


@dataclass(frozen=True, slots=True)
class FinancialState:
    """Hold what the bank says an account is.

    ``restricted``: business other than at a counter is suspended 暂停非柜面业务.
    """

    account_number: str = field(metadata=AS_ASKED, repr=False)
    state: AccountState
    account_class: AccountClass | None
    restricted: bool

    @property
    def stopped(self) -> bool:
        """Tell whether a loss stops it."""
        return self.state in {AccountState.STOPPED_TEMPORARY, AccountState.STOPPED_FORMAL}


@dataclass(frozen=True, slots=True)
class Payout:
    """Hold a sum that the bank took for an account."""

    key: str = field(metadata=AS_ASKED)
    account_number: str = field(metadata=AS_ASKED, repr=False)
    amount_fen: int = field(metadata=AS_ASKED)
    reference: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReferralAnswer:
    """Hold the bank's answer to a referral: its procedure's number, and what it says.

    ``settled`` tells whether it is done already; else the holder goes on with the bank.
    """

    key: str = field(metadata=AS_ASKED)
    matter: Matter = field(metadata=AS_ASKED)
    procedure: str
    settled: bool
    says: Text


class BankCore(Protocol):
    """Ask the bank that issued a card.

    All raise PartyMissing, PartyUnreachable, PartyAnswerWrong; what changes something also
    PartyRefused (nothing was done, and the bank says why) and PartyContradicts.
    """

    def check_and_open(self, key: str, applicant: Applicant) -> AccountOpened:
        """Have the bank compare the applicant's data, and open an account if they agree.

        R-FIN-CHECK, Rules Art. 4. Raises PartyRefused where they do not agree.
        """

    def activate(self, key: str, account_number: str) -> Receipt:
        """Activate the financial function 激活 (S-FIN-ACTIVATE, Rules Art. 9)."""

    def stop_financial(self, key: str, account_number: str, why: StopReason) -> Receipt:
        """Stop the financial function at once (R-TEMP-15, Rules Art. 13)."""

    def restore_financial(self, key: str, account_number: str) -> Receipt:
        """Bring the financial function back; the bank's own rules say whether (Rules Art. 20)."""

    def cancel_account(self, key: str, account_number: str) -> Receipt:
        """Close the account (Rules Art. 19, 20)."""

    def payout(self, key: str, account_number: str, amount_fen: int, name: str) -> Payout:
        """Pay a sum into the account that its holder, so named, names (R-RENEW-MONEY)."""

    def remind_restriction(self, key: str, account_number: str, cancelled_on: date) -> Receipt:
        """Remind the bank to restrict non-counter business (R-FIN-6M, Rules Art. 19).

        ``cancelled_on`` is the day on which the card's social function was cancelled.
        """

    def financial_state(self, account_number: str) -> FinancialState:
        """Ask what an account is."""

    def referral(self, key: str, matter: Matter, account_number: str) -> ReferralAnswer:
        """Refer the holder to the bank's own procedure, and take its number and answer.

        S-FIN-*, Rules Art. 3(2)4, 20.
        """
