"""Payments in software: money that changes hands, some of it at once and some not known yet."""

from __future__ import annotations

from typing import Any, ClassVar

from emulator.parties.party import Json, Party, Refused, asked, done, scripted, text

_NO_ACCOUNT = text("没有写明账户", "no account is named")
_NOT_TODAY = text("今天不办理", "not today")
_FAILED = text("对方账户没有成功", "it did not go through")


class Payment(Party):
    """Take and give money; ``payments`` has what was asked by key, refusals too.

    ``till_fen`` is the cash that came in, less what went out.
    """

    name = "payment"
    empty: ClassVar[Json] = {"payments": {}, "undecided": False}

    @property
    def payments(self) -> dict[str, Json]:
        """Give the payments by their keys."""
        payments: dict[str, Json] = self.state["payments"]
        return payments

    @property
    def till_fen(self) -> int:
        """Give what the till gained."""
        return sum(
            each["amount_fen"] * (1 if each["direction"] == "in" else -1)
            for each in self.payments.values()
            if each["method"] == "cash" and each["state"] == "done"
        )

    # --- What is asked ---------------------------------------------------------------------

    @done
    def collect(
        self, key: str, method: str, amount_fen: int, what_for: str, payer: Json | None
    ) -> Json:
        """Take money."""
        return self._take("in", key, method, amount_fen, what_for, payer)

    @done
    def pay_out(
        self, key: str, method: str, amount_fen: int, what_for: str, payee: Json | None
    ) -> Json:
        """Give money."""
        return self._take("out", key, method, amount_fen, what_for, payee)

    @asked
    def outcome(self, key: str) -> Json:
        """Tell how a payment ended."""
        never = {"state": "never", "amount_fen": 0, "reference": "", "reason": None}
        payment = self.payments.get(key, never)
        return {"key": key, **{name: payment[name] for name in never}}

    def again(self, key: str, result: Any) -> Any:  # noqa: ARG002  what it is by now
        """Give what a payment is by now."""
        return self.outcome(key)

    def refuse(self, name: str, arguments: Json) -> Any:
        """Refuse a payment: that is its outcome, and the key is used up."""
        direction, other = ("in", "payer") if name == "collect" else ("out", "payee")
        account = arguments[other]
        rest = {name: each for name, each in arguments.items() if name != other}
        return self._take(direction, account=account, refused=_NOT_TODAY, **rest)

    # --- What it is told -------------------------------------------------------------------

    @scripted
    def set_undecided(self, *, undecided: bool) -> None:
        """Let the outcome of new payments be unknown until ``decide``."""
        self.state["undecided"] = undecided

    @scripted
    def decide(self, key: str, *, made: bool) -> None:
        """Let an unknown payment be made, or not."""
        self.payments[key] |= {
            "state": "done" if made else "refused",
            "reason": None if made else _FAILED,
        }

    # --- How it is done --------------------------------------------------------------------

    def _take(
        self,
        direction: str,
        key: str,
        method: str,
        amount_fen: int,
        what_for: str,
        account: Json | None,
        *,
        refused: Json | None = None,
    ) -> Json:
        if amount_fen <= 0:
            raise Refused("金额应大于零", "the amount is not above zero")
        if method == "account" and account is None:
            refused = refused or _NO_ACCOUNT
        state = "unknown" if self.state["undecided"] else "done"
        self.payments[key] = {
            "direction": direction,
            "method": method,
            "amount_fen": amount_fen,
            "what_for": what_for,
            "account": account,
            "state": "refused" if refused else state,
            "reference": "" if refused else self.reference(),
            "reason": refused,
        }
        return self.outcome(key)
