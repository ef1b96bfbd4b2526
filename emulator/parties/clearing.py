"""Transit clearing in software: made-up purses, with a day on which a balance becomes exact."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from emulator.parties.party import Json, Party, Refused, asked, done, scripted

PIECE = 5000
"""Numbers of the blacklist in one answer."""


class TransitClearing(Party):
    """Know the money of cards; with ``open_register`` an unknown one has nothing left."""

    name = "clearing"
    empty: ClassVar[Json] = {"cards": {}, "settlements": {}, "blacklist": []}

    @property
    def cards(self) -> dict[str, Json]:
        """Give what is known of cards, by their numbers."""
        cards: dict[str, Json] = self.state["cards"]
        return cards

    @property
    def settlements(self) -> dict[str, Json]:
        """Give the orders to pay a dead card's money, by their keys."""
        settlements: dict[str, Json] = self.state["settlements"]
        return settlements

    @property
    def blocked(self) -> list[str]:
        """Give the blacklist, in the order in which the numbers came."""
        numbers: list[str] = self.state["blacklist"]
        return numbers

    # --- What is asked ---------------------------------------------------------------------

    @asked
    def balance(self, card_number: str) -> Json:
        """Tell a card's balance, if it is exact yet."""
        certainty, fen, day = self._sum(card_number)
        return {
            "card_number": card_number,
            "certainty": certainty,
            "balance_fen": fen,
            "expected_on": day,
        }

    @asked
    def unfinished_trips(self, card_number: str) -> Json:
        """Tell a card's trips without an end."""
        return {"card_number": card_number, "trips": self._card(card_number)["trips"]}

    @done
    def settle_dead(self, key: str, card_number: str, account_number: str, name: str) -> Json:
        """Order a card's money to be paid; once a card, and none of a card that owes."""
        if self._card(card_number)["balance_fen"] < 0:
            raise Refused("卡有透支，请先补足", "the card has an overdraft, to be paid first")
        if any(each["card_number"] == card_number for each in self.settlements.values()):
            raise Refused("这张卡的余额已经申请退还", "this card's money was ordered already")
        self.settlements[key] = {
            "card_number": card_number,
            "account_number": account_number,
            "name": name,
            "paid_at": None,
        }
        return self.settlement(key)

    @asked
    def settlement(self, key: str) -> Json:
        """Tell how far an order is; it is paid as soon as the sum is exact and somebody asks."""
        order = self.settlements.get(key)
        if order is None:
            raise Refused("没有这一笔", "there is no such order")
        certainty, fen, day = self._sum(order["card_number"])
        if certainty == "exact" and order["paid_at"] is None:
            order |= {"paid_at": self.time(), "amount_fen": fen}
        return {
            "key": key,
            "card_number": order["card_number"],
            "account_number": order["account_number"],
            "certainty": certainty,
            "amount_fen": fen,
            "expected_on": day,
            "paid_at": order["paid_at"],
        }

    @done
    def block(self, key: str, card_number: str, why: str) -> Json:  # noqa: ARG002  kept under its key
        """Put a card on the blacklist."""
        if card_number not in self.blocked:
            self.blocked.append(card_number)
        return self.receipt(key)

    @asked
    def blacklist(self, since_version: int) -> Json:
        """Give a piece of the blacklist; its version is how many numbers came so far."""
        if not 0 <= since_version <= len(self.blocked):
            raise Refused("没有这个版本", "there is no such version")
        numbers = self.blocked[since_version : since_version + PIECE]
        return {
            "since_version": since_version,
            "version": since_version + len(numbers),
            "numbers": numbers,
        }

    # --- What it is told -------------------------------------------------------------------

    @scripted
    def add_card(
        self,
        card_number: str,
        balance_fen: int,
        exact_on: str | None = None,
        trips: Sequence[Json] = (),
    ) -> None:
        """Know a card: what it has in the end, the day (ISO 8601) from which that is exact.

        A trip is ``{"where": …, "begun_at": …, "owed_fen": …}``.
        """
        self.cards[card_number] = {
            "balance_fen": balance_fen,
            "exact_on": exact_on,
            "trips": list(trips),
        }

    # --- How it is done --------------------------------------------------------------------

    def _sum(self, card_number: str) -> tuple[str, Any, Any]:
        """Give certainty, fen and expected day of a card's money."""
        card = self._card(card_number)
        day = card["exact_on"]
        if day is None or date.fromisoformat(day) <= self.clock().date():
            return "exact", card["balance_fen"], None
        return "pending", None, day

    def _card(self, card_number: str) -> Json:
        if card_number not in self.cards and self.open_register:
            self.add_card(card_number, 0)
        card = self.cards.get(card_number)
        if card is None:
            raise Refused("没有这张卡", "there is no such card")
        return card
