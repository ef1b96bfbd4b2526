"""Show a person with everything that concerns them, masked unless revealed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from terminal.beijing_time import beijing_day
from terminal.cli.app import Session
from terminal.masking import Masked, mask_number
from terminal.registry.applications import SORTS
from terminal.registry.cards import Card
from terminal.registry.pending import WHATS
from terminal.registry.representations import Representation, Right
from terminal.rules.documents import DOCUMENTS, PERSONS
from terminal.rules.states import PROGRESS, Progress
from terminal.rules.vocabulary import ACTORS, SERVICES, Actor
from terminal.services.offered.looking import Dossier
from terminal.services.offered.slip_lines import (
    FINANCIAL_FUNCTION,
    GENERATIONS,
    financial_state,
    life,
    public_lines,
    social_line,
)
from terminal.texts import Text

_COLON = Text("：", ": ")
_CHANGED = Text("（已更换）", " (changed)")
_DECEASED = Text("系统显示已死亡", "recorded as deceased")
_CARD = Text(
    "卡 {number}：{shown}，{generation}，{life}", "Card {number}: {shown}, {generation}, {life}"
)
_BANK = Text("发卡合作银行：{bank}", "issuing bank: {bank}")
_NO_NUMBER = Text("尚无卡号", "no number yet")
_APPLICATION = Text(
    "申请 {number}：{sort}，{day} 受理，合作银行 {bank}，{progress}",
    "Application {number}: {sort}, of {day}, bank {bank}, {progress}",
)
_ACTS = Text(
    "{right} {number}：{name}，{services}{until}", "{right} {number}: {name}, {services}{until}"
)
_ENDED = Text("（已撤销）", " (withdrawn)")
_UNTIL = Text("，至 {day} 24:00", ", until 24:00 on {day}")
_EVERYTHING = Text("全部业务", "everything")
_PENDING = Text("待写入芯片：{what}", "Waits for its chip: {what}")
_UNFINISHED = Text(
    "未办完：{service}，接着办：guitai service run --key {key}",
    "Unfinished: {service}, to go on: guitai service run --key {key}",
)
_RIGHTS = {
    Right.GUARDIAN: ACTORS[Actor.GUARDIAN],
    Right.AGENT: ACTORS[Actor.AGENT],
    Right.KIN: ACTORS[Actor.KIN],
}
_MOMENT = timedelta(microseconds=1)
_FUNCTIONS = ("social", "financial", "transit", "park")


class ShownPerson:
    """Show a person; ``reveal`` shows names and numbers in clear."""

    def __init__(self, session: Session, *, reveal: bool = False) -> None:
        self._session = session
        self._reveal = reveal

    def document(self, dossier: Dossier, owed: Iterable[Text]) -> dict[str, Any]:
        """Give it as JSON has it (docs/schemas/guitai.person-1.json)."""
        say, who = self._session.say, dossier.person
        return {
            "person": {
                "number": who.id,
                "kind": who.kind.value,
                "name": self._text(who.name),
                "documents": [
                    {
                        "kind": each.document.value,
                        "number": self._text(each.number),
                        "ended": each.ended_at is not None,
                    }
                    for each in who.documents
                ],
                "alive": who.alive,
            },
            "cards": [self.card_document(each) for each in dossier.cards],
            "applications": [
                {
                    "number": each.id,
                    "sort": each.sort.value,
                    "bank": each.bank,
                    "progress": each.progress.state,
                    "applied_on": beijing_day(each.applied_at).isoformat(),
                    "card": each.card_id,
                }
                for each in dossier.applications
            ],
            "representations": [self.right_document(each) for each in dossier.representations],
            "pending": [each.what.value for each in dossier.pending],
            "unfinished": [
                {"service": each.service.value, "key": each.key} for each in dossier.unfinished
            ],
            "owed": [say(each) for each in owed],
        }

    def card_document(self, card: Card) -> dict[str, Any]:
        """Give a card as JSON has it."""
        return {
            "number": card.id,
            "card_number": self.number_of(card) if card.number else None,
            "generation": card.generation.value,
            "bank": card.bank,
            "life": card.life.state,
            **{name: getattr(card, name).state for name in _FUNCTIONS},
        }

    def right_document(self, right: Representation) -> dict[str, Any]:
        """Give a right to act as JSON has it."""
        return {
            "number": right.id,
            "right": right.right.value,
            "name": self._text(right.name),
            "document": right.document.value,
            "services": sorted(each.value for each in right.services),
            "until": None if right.until is None else _last_day(right.until).isoformat(),
            "ended": right.ended_at is not None,
        }

    def lines(self, dossier: Dossier, owed: Iterable[Text]) -> Iterator[str]:
        """Give it as a clerk reads it."""
        say, who = self._session.say, dossier.person
        yield f"{self._text(who.name)}  {say(PERSONS[who.kind])}"
        for known in who.documents:
            ended = say(_CHANGED) if known.ended_at else ""
            yield f"  {say(DOCUMENTS[known.document].text)} {self._text(known.number)}{ended}"
        if not who.alive:
            yield f"! {say(_DECEASED)}"
        for card in dossier.cards:
            yield from self.card_lines(card)
        for plea in dossier.applications:
            yield say(
                _APPLICATION.filled(
                    number=plea.id,
                    sort=SORTS[plea.sort],
                    day=beijing_day(plea.applied_at),
                    bank=plea.bank,
                    progress=PROGRESS[Progress(plea.progress.state)],
                )
            )
        for right in dossier.representations:
            yield self.right_line(right)
        for change in dossier.pending:
            yield f"! {say(_PENDING.filled(what=WHATS[change.what]))}"
        for run in dossier.unfinished:
            yield f"! {say(_UNFINISHED.filled(service=SERVICES[run.service], key=run.key))}"
        for text in owed:
            yield f"! {say(text)}"

    def card_lines(self, card: Card) -> Iterator[str]:
        """Give a card as a clerk reads it."""
        say = self._session.say
        yield say(
            _CARD.filled(
                number=card.id,
                shown=self.number_of(card),
                generation=GENERATIONS[card.generation],
                life=life(card),
            )
        )
        if card.bank:
            yield f"  {say(_BANK, bank=card.bank)}"
        for each in (social_line(card), *public_lines(card)):
            yield f"  {say(each.label)}{say(_COLON)}{say(each.value)}"
        yield f"  {say(FINANCIAL_FUNCTION)}{say(_COLON)}{say(financial_state(card))}"

    def right_line(self, right: Representation) -> str:
        """Give a right to act as a clerk reads it."""
        listed = [SERVICES[each] for each in sorted(right.services)]
        services = Text(
            "、".join(each.zh for each in listed), ", ".join(each.en for each in listed)
        )
        until = Text("", "")
        if right.ended_at is not None:
            until = _ENDED
        elif right.until is not None:
            until = _UNTIL.filled(day=_last_day(right.until))
        return self._session.say(
            _ACTS.filled(
                right=_RIGHTS[right.right],
                number=right.id,
                name=self._text(right.name),
                services=services if right.services else _EVERYTHING,
                until=until,
            )
        )

    def number_of(self, card: Card) -> str:
        """Give a card's number, masked unless revealed."""
        if not card.number:
            return self._session.say(_NO_NUMBER)
        return card.number if self._reveal else mask_number(card.number)

    def _text(self, value: Masked[str]) -> str:
        return value.reveal() if self._reveal else str(value)


def _last_day(until: datetime) -> date:
    """Give the last day of what ends at a midnight."""
    return beijing_day(until - _MOMENT)
