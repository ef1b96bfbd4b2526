"""The city's card management system in software: who has a card, or is being made one."""

from __future__ import annotations

from typing import ClassVar

from emulator.parties.party import Json, Party, Refused, asked, done, scripted

_OTHER = "contradiction"
_OVER = {"cancelled", "destroyed"}


class CardManagement(Party):
    """Keep one card a person; ``reports`` and ``integrity`` are what it was told, in order."""

    name = "card_management"
    empty: ClassVar[Json] = {
        "people": {},
        "electronic": {},
        "released": [],
        "reports": [],
        "integrity": [],
        "reminders": [],
    }

    @property
    def reports(self) -> list[Json]:
        """Give what was reported of cards."""
        reports: list[Json] = self.state["reports"]
        return reports

    @property
    def integrity(self) -> list[Json]:
        """Give what was reported to the integrity file."""
        integrity: list[Json] = self.state["integrity"]
        return integrity

    # --- What is asked ---------------------------------------------------------------------

    @asked
    def standing(self, id_type: str, number: str) -> Json:
        """Tell which cards a person has."""
        return {"id_type": id_type, "number": number, **self._cards(id_type, number)}

    @asked
    def electronic(self, id_type: str, number: str) -> Json:
        """Tell which electronic card a person has in use."""
        none = {"card_number": "", "issued_on": None}
        found = self.state["electronic"].get(_key(id_type, number), none)
        return {"id_type": id_type, "number": number, **found}

    @done
    def reserve(self, key: str, id_type: str, number: str, bank: str, replaces: str) -> Json:
        """Give the right to make a person's card."""
        if key in self.state["released"]:
            raise Refused("这一笔已经撤销", "it was released")
        cards = self._cards(id_type, number)
        making = cards["being_made"]
        # One that was handed over and lost before it was enabled is replaced as well.
        instead = making is not None and replaces != "" and making["card_number"] == replaces
        if making is not None and not instead:
            raise Refused("此人已有社会保障卡正在制作", "a card is being made for this person")
        in_force = cards["in_force"]
        if in_force is not None and in_force["card_number"] != replaces and not instead:
            raise Refused("此人已有在用的第三代社会保障卡", "this person has a card in force")
        self._put(id_type, number, being_made=_card("", bank, key))
        return {"key": key, "number": number, "bank": bank, "replaces": replaces}

    @asked
    def release(self, key: str) -> None:
        """Take a right back; what comes later under its key comes too late."""
        reserved = self.state["done"].get(key)
        if reserved is not None and reserved["meant"]["call"] != "reserve":
            raise Refused("这个流水号不是占用登记", "the key is none of a reservation", _OTHER)
        for cards in self.state["people"].values():
            if (cards["in_force"] or {}).get("reserved_by") == key:
                raise Refused("这张卡已经启用", "this card is enabled")
            if (cards["being_made"] or {}).get("reserved_by") == key:
                cards["being_made"] = None
        self.state["done"].pop(key, None)
        if key not in self.state["released"]:
            self.state["released"].append(key)

    @done
    def report(self, key: str, report: Json) -> Json:
        """Take note of what happened to a card."""
        self.reports.append(report)
        who, number = (report["id_type"], report["number"]), report["card_number"]
        cards = self._cards(*who)
        making, in_force = cards["being_made"], cards["in_force"]
        ours = making is not None and (
            making["card_number"] == number or making["reserved_by"] == report["reserved_by"] != ""
        )
        if report["event"] in {"made", "handed_over"} and ours:
            self._put(*who, being_made={**making, "card_number": number})
        if report["event"] == "enabled":
            enabled = _card(number, report["bank"], report["reserved_by"])
            self._put(*who, in_force=enabled, being_made=None if ours else making)
        if report["event"] in _OVER:
            electronic = self.state["electronic"]
            if electronic.get(_key(*who), {}).get("card_number") == number:
                del electronic[_key(*who)]
            if making is not None and making["card_number"] == number:
                self._put(*who, being_made=None)
            if in_force is not None and in_force["card_number"] == number:
                self._put(*who, in_force=None)
        return self.receipt(key)

    @asked
    def death_reminders(self, since: str) -> list[Json]:
        """Give the reminders of a day and after it; days in ISO 8601 sort as texts."""
        reminders = [each for each in self.state["reminders"] if each["reminded_on"] >= since]
        return sorted(reminders, key=lambda each: str(each["reminded_on"]))

    @done
    def report_integrity(self, key: str, report: Json) -> Json:
        """Take a report for the integrity file."""
        self.integrity.append(report)
        return self.receipt(key)

    # --- What it is told -------------------------------------------------------------------

    @scripted
    def add_card(self, id_type: str, number: str, card_number: str, bank: str) -> None:
        """Know a card in force."""
        self._put(id_type, number, in_force=_card(card_number, bank, ""))

    @scripted
    def add_electronic(
        self, id_type: str, number: str, card_number: str, issued_on: str | None = None
    ) -> None:
        """Know an electronic card in use; without a number, know that there is none."""
        found = {"card_number": card_number, "issued_on": issued_on}
        self.state["electronic"][_key(id_type, number)] = found

    @scripted
    def add_death(
        self, id_type: str, number: str, reminded_on: str, deceased_on: str | None = None
    ) -> None:
        """Remind of a person's death."""
        self.state["reminders"].append(
            {
                "reminder": self.reference(),
                "reminded_on": reminded_on,
                "id_type": id_type,
                "number": number,
                "deceased_on": deceased_on,
            }
        )

    # --- How it is done --------------------------------------------------------------------

    def _cards(self, id_type: str, number: str) -> Json:
        none = {"in_force": None, "being_made": None}
        cards: Json = self.state["people"].get(_key(id_type, number), none)
        return cards

    def _put(self, id_type: str, number: str, **cards: Json | None) -> None:
        self.state["people"][_key(id_type, number)] = {**self._cards(id_type, number), **cards}


def _key(id_type: str, number: str) -> str:
    return f"{id_type} {number}"


def _card(card_number: str, bank: str, reserved_by: str) -> Json:
    return {"card_number": card_number, "bank": bank, "reserved_by": reserved_by}
