"""Data sharing in software: a register of made-up people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from emulator.parties.party import Json, Party, alike, asked, scripted, text

ENTITLEMENTS = {
    "elderly": ("养老助残", "aid for the elderly"),
    "disabled": ("残疾人优待", "aid for the disabled"),
    "preferential": ("优抚优待", "preferential treatment"),
}
_NOBODY = text("没有此人的记录", "nobody of this number is known")
_OPEN = {
    "social": text("社会保险业务尚未办结", "social insurance matters are open"),
    "medical": text("医疗保险业务尚未办结", "medical insurance matters are open"),
}
_AUTHORITIES = ("social", "medical")


class DataSharing(Party):
    """Know people by the number that they had when they were added.

    With ``open_register`` a stranger is who they say, insured, alive, and has no matter open.
    """

    name = "data_sharing"
    empty: ClassVar[Json] = {"people": {}}

    @property
    def people(self) -> dict[str, Json]:
        """Give the register."""
        people: dict[str, Json] = self.state["people"]
        return people

    # --- What is asked ---------------------------------------------------------------------

    @asked
    def verify(self, person: Json) -> Json:
        """Tell what is known of a person."""
        number = person["number"]
        known = self._find(number)
        if known is None:
            return {
                "number": number,
                "identity": "agrees" if self.open_register else "unknown",
                "differing": [],
                "insured": self.open_register,
                "life": "alive" if self.open_register else "unknown",
                "deceased_on": None,
                "entitlements": [],
                "card": "none",
            }
        held = known["social"]
        differing = [] if alike(person["name"], held["name"]) else ["name"]
        if held["id_type"] and held["id_type"] != person["id_type"]:
            differing.append("id_type")
        if held["number"] != number:
            differing.append("number")
        return {
            "number": number,
            "identity": "differs" if differing else "agrees",
            "differing": differing,
            "insured": known["insured"],
            "life": known["life"],
            "deceased_on": known["deceased_on"],
            "entitlements": known["entitlements"],
            "card": known["card"],
        }

    @asked
    def basic_data(self, number: str) -> Json:
        """Tell what each authority has now."""
        known = self._find(number)
        return {
            "number": number,
            **{name: known[name] if known else None for name in _AUTHORITIES},
        }

    @asked
    def matters_closed(self, number: str) -> Json:
        """Tell whether a person's matters are closed."""
        known = self._find(number)
        if known is None:
            closed = dict.fromkeys(_AUTHORITIES, self.open_register)
            return {
                "number": number,
                **closed,
                "still_open": [] if self.open_register else [_NOBODY],
            }
        closed = known["closed"]
        still_open = [_OPEN[name] for name in _AUTHORITIES if not closed[name]]
        return {"number": number, **closed, "still_open": still_open}

    @asked
    def guardians(self, number: str) -> Json:
        """Tell who a person's guardians are."""
        known = self._find(number)
        return {"number": number, "people": known["guardians"] if known else []}

    # --- What it is told -------------------------------------------------------------------

    @scripted
    def add_person(
        self,
        number: str,
        name: str,
        *,
        id_type: str = "",
        insured: bool = True,
        alive: bool = True,
        deceased_on: str | None = None,
        entitlements: Sequence[str] = (),
        guardians: Sequence[Json] = (),
        card: str = "none",
        closed: bool = False,
    ) -> None:
        """Know a person; no ``id_type`` fits any.

        ``entitlements`` are of ENTITLEMENTS; a guardian is ``{"name", "id_type", "number",
        "kinship": {"zh", "en"}}``; ``closed`` is whether the insurance matters are.
        """
        held = {"name": name, "id_type": id_type, "number": number, "changed_on": None}
        self.people[number] = {
            **{authority: dict(held) for authority in _AUTHORITIES},
            "insured": insured,
            "life": "alive" if alive and deceased_on is None else "deceased",
            "deceased_on": deceased_on,
            "entitlements": [
                {"code": each, "title": text(*ENTITLEMENTS[each])} for each in entitlements
            ],
            "guardians": list(guardians),
            "card": card,
            "closed": dict.fromkeys(_AUTHORITIES, closed),
        }

    @scripted
    def change_person(
        self,
        number: str,
        changed_on: str,
        *,
        name: str | None = None,
        id_type: str | None = None,
        new_number: str | None = None,
        by: Sequence[str] = _AUTHORITIES,
    ) -> None:
        """Change a person's basic data, at both authorities or at one."""
        changed = {"name": name, "id_type": id_type, "number": new_number}
        for authority in by:
            self.people[number][authority] |= {
                "changed_on": changed_on,
                **{field: value for field, value in changed.items() if value is not None},
            }

    @scripted
    def close_matters(self, number: str, by: Sequence[str] = _AUTHORITIES) -> None:
        """Close a person's insurance matters, at both authorities or at one."""
        self.people[number]["closed"] |= dict.fromkeys(by, True)

    @scripted
    def report_death(self, number: str, deceased_on: str) -> None:
        """Know that a person has died."""
        self.people[number] |= {"life": "deceased", "deceased_on": deceased_on}

    # --- How it is done --------------------------------------------------------------------

    def _find(self, number: str) -> Json | None:
        """Find a person by the number that they had, or have."""
        if number in self.people:
            return self.people[number]
        for each in self.people.values():
            if number in {each[authority]["number"] for authority in _AUTHORITIES}:
                return each
        return None
