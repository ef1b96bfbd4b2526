"""The bank core in software: made-up accounts, and what their holders' documents say."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from card_profiles.bank import TEST_ISSUER, account_number_check
from emulator.parties.party import Json, Party, Refused, alike, asked, done, scripted, text

_STOPPED = {"temporary_loss": "stopped_temporary", "formal_loss": "stopped_formal"}
_FIELDS = {"name": "姓名", "id_type": "证件类型", "valid_to": "证件有效期"}
_SERIAL_DIGITS = 12


class BankCore(Party):
    """Be the bank of every account; ``accounts``, ``payouts`` and the rest are what it did.

    With ``open_register`` an account that it does not know is an active one of its own.
    """

    name = "bank"
    empty: ClassVar[Json] = {
        "accounts": {},
        "documents": {},
        "refusals": {},
        "risks": {},
        "payouts": [],
        "reminders": [],
        "referrals": [],
    }

    @property
    def accounts(self) -> dict[str, Json]:
        """Give the accounts by their numbers."""
        accounts: dict[str, Json] = self.state["accounts"]
        return accounts

    @property
    def payouts(self) -> list[Json]:
        """Give what was paid, in order."""
        payouts: list[Json] = self.state["payouts"]
        return payouts

    @property
    def reminders(self) -> list[Json]:
        """Give the reminders to restrict an account, in order."""
        reminders: list[Json] = self.state["reminders"]
        return reminders

    @property
    def referrals(self) -> list[Json]:
        """Give the referrals, in order."""
        referrals: list[Json] = self.state["referrals"]
        return referrals

    # --- What is asked ---------------------------------------------------------------------

    @done
    def check_and_open(self, key: str, applicant: Json) -> Json:
        """Open an account, if name, document type, number and validity agree."""
        number = applicant["number"]
        if (refusal := self.state["refusals"].get(number)) is not None:
            raise Refused(**refusal)
        self._check(applicant, self.state["documents"].get(number, {}))
        risk = self.state["risks"].get(number, {})
        account = self._new_number()
        self.accounts[account] = {
            **applicant,
            "state": "opened",
            "class": risk.get("account_class", "I"),
            "restricted": risk.get("restricted", False),
        }
        return {
            "key": key,
            "number": number,
            "account_number": account,
            "account_class": self.accounts[account]["class"],
            "restricted": self.accounts[account]["restricted"],
            "risk": risk.get("note"),
        }

    @done
    def activate(self, key: str, account_number: str) -> Json:
        """Activate an account that was opened."""
        account = self._account(account_number)
        if account["state"] not in {"opened", "active"}:
            raise Refused("账户已挂失，不能激活", "the account is stopped for a loss")
        account["state"] = "active"
        return self.receipt(key)

    @done
    def stop_financial(self, key: str, account_number: str, why: str) -> Json:
        """Stop an account; a formal loss stands above a temporary one."""
        _stop(self._account(account_number), _STOPPED[why])
        return self.receipt(key)

    @done
    def restore_financial(self, key: str, account_number: str) -> Json:
        """Make an account what it was before the loss."""
        _restore(self._account(account_number))
        return self.receipt(key)

    @done
    def cancel_account(self, key: str, account_number: str) -> Json:
        """Close an account."""
        self._account(account_number)["state"] = "cancelled"
        return self.receipt(key)

    @done
    def payout(self, key: str, account_number: str, amount_fen: int, name: str) -> Json:
        """Take money for an account, of this bank or another; of this one the name is checked."""
        account = self.accounts.get(account_number)
        if amount_fen <= 0:
            raise Refused("金额应大于零", "the amount is not above zero")
        if account is not None:
            self._account(account_number)
            if account["name"] and not alike(account["name"], name):
                raise Refused("户名不符", "the account is in another name")
        paid = {
            "key": key,
            "account_number": account_number,
            "amount_fen": amount_fen,
            "reference": self.reference(),
            "at": self.time(),
        }
        self.payouts.append({**paid, "name": name})
        return paid

    @done
    def remind_restriction(self, key: str, account_number: str, cancelled_on: str) -> Json:
        """Take a reminder, and restrict the account: it is encouraged, and this bank does it."""
        self._account(account_number)["restricted"] = True
        self.reminders.append({"account_number": account_number, "cancelled_on": cancelled_on})
        return self.receipt(key)

    @asked
    def financial_state(self, account_number: str) -> Json:
        """Tell what an account is."""
        try:
            account = self._account(account_number, cancelled=True)
        except Refused:
            account = {"state": "unknown", "class": None, "restricted": False}
        return {
            "account_number": account_number,
            "state": account["state"],
            "account_class": account["class"],
            "restricted": account["restricted"],
        }

    @done
    def referral(self, key: str, matter: str, account_number: str) -> Json:
        """Take a referral: a loss and its lift are settled, the rest is the holder's to do."""
        account = self._account(account_number)
        settled = matter in {"loss", "lift"}
        if matter == "loss":
            _stop(account, "stopped_formal")
        if matter == "lift":
            _restore(account)
        says = (
            text("已按本行规定办理", "done by the bank's own rules")
            if settled
            else text("请持卡人在本行柜面继续办理", "the holder goes on at the bank's counter")
        )
        answer = {
            "key": key,
            "matter": matter,
            "procedure": self.reference(),
            "settled": settled,
            "says": says,
        }
        self.referrals.append({**answer, "account_number": account_number})
        return answer

    # --- What it is told -------------------------------------------------------------------

    @scripted
    def add_account(
        self,
        account_number: str,
        name: str = "",
        state: str = "active",
        account_class: str = "I",
        *,
        restricted: bool = False,
    ) -> None:
        """Know an account; an empty name fits any."""
        self.accounts[account_number] = {
            "name": name,
            "state": state,
            "class": account_class,
            "restricted": restricted,
        }

    @scripted
    def add_document(
        self,
        number: str,
        name: str,
        id_type: str | None = None,
        valid_to: str | None = None,
    ) -> None:
        """Know what a document says; None, and an account opened with it may say anything."""
        says = {"name": name, "id_type": id_type, "valid_to": valid_to}
        known = {field: each for field, each in says.items() if each is not None}
        self.state["documents"][number] = known

    @scripted
    def refuse_person(self, number: str, zh: str, en: str) -> None:
        """Open no account for a person."""
        self.state["refusals"][number] = {"zh": zh, "en": en}

    @scripted
    def set_risk(
        self, number: str, account_class: str, *, restricted: bool, zh: str = "", en: str = ""
    ) -> None:
        """Open a person an account of a class only, with a word of caution."""
        note = text(zh, en) if zh else None
        self.state["risks"][number] = {
            "account_class": account_class,
            "restricted": restricted,
            "note": note,
        }

    # --- How it is done --------------------------------------------------------------------

    def _check(self, applicant: Json, document: Json) -> None:
        valid_to = applicant["valid_to"]
        if valid_to is not None and date.fromisoformat(valid_to) < self.clock().date():
            raise Refused("证件已过有效期", "the document has expired")
        differing = [
            name
            for name, there in document.items()
            if not (alike(applicant["name"], there) if name == "name" else applicant[name] == there)
        ]
        if differing:
            zh = "、".join(_FIELDS[name] for name in differing)
            raise Refused(f"{zh}与证件不一致", f"not as in the document: {', '.join(differing)}")

    def _account(self, account_number: str, *, cancelled: bool = False) -> Json:
        """Find an account; raises Refused where there is none, or it is closed."""
        if account_number not in self.accounts and self.open_register:
            self.add_account(account_number)
        account = self.accounts.get(account_number)
        if account is None:
            raise Refused("没有这个账户", "there is no such account")
        if account["state"] == "cancelled" and not cancelled:
            raise Refused("账户已销户", "the account is closed")
        return account

    def _new_number(self) -> str:
        serial = len(self.accounts) + 1
        body = f"{TEST_ISSUER}{serial:0{_SERIAL_DIGITS}}"
        return body + account_number_check(body)


def _stop(account: Json, stopped: str) -> None:
    """Stop an account; a temporary loss does not lift a formal one."""
    if account["state"] not in _STOPPED.values():
        account["before"] = account["state"]
    if account["state"] != "stopped_formal":
        account["state"] = stopped


def _restore(account: Json) -> None:
    if account["state"] not in _STOPPED.values():
        raise Refused("账户没有挂失", "the account is not stopped for a loss")
    account["state"] = account.pop("before", "active")
