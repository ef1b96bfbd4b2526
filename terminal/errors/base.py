"""The root of the catalogue: what an error is, how it speaks, how all are listed."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import ClassVar

from terminal.errors.system_words import in_chinese
from terminal.texts import Language, Text


class Retry(Enum):
    """Say whether the same may be tried again."""

    SAFE = "safe"
    """Yes, at any time."""
    AFTER_RECONCILE = "after_reconcile"
    """Only after it is known whether the card was changed."""
    NEVER = "never"
    """Not without a change of something."""


class GuitaiError(Exception):
    """Be the root of the catalogue; ``facts`` fill the sentences.

    A fact may be a Text; the system's own words (``os.strerror``) are put into Chinese.
    """

    code: ClassVar[str] = ""
    exit_status: ClassVar[int] = 1
    retry: ClassVar[Retry] = Retry.SAFE
    card_lost: ClassVar[bool] = False
    """Whether the session with the card ends with it: what was proved to the card is gone."""
    what: ClassVar[Text]
    why: ClassVar[Text]
    remedy: ClassVar[Text]

    unfinished: Text | None = None
    """What is still open of the operation that it broke off, where its own words don't say."""

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.message("en"))

    def message(self, language: Language) -> str:
        """Say what happened."""
        return self.what.say(language, **self._spoken(language))

    @property
    def sentence(self) -> Text:
        """Give what happened in both languages, to stand inside another sentence."""
        return Text(self.message("zh"), self.message("en"))

    def cause(self, language: Language) -> str:
        """Say why it happens."""
        return self.why.say(language, **self._spoken(language))

    def advice(self, language: Language) -> str:
        """Say what to do now."""
        return self.remedy.say(language, **self._spoken(language))

    def _spoken(self, language: Language) -> dict[str, object]:
        return {name: _in(language, fact) for name, fact in self.facts.items()}


def _in(language: Language, fact: object) -> object:
    if isinstance(fact, Text):
        return fact.say(language)
    return in_chinese(fact) if language == "zh" and isinstance(fact, str) else fact


def catalogue(root: type[GuitaiError] = GuitaiError) -> Iterator[type[GuitaiError]]:
    """Give every leaf of the tree in its order."""
    for child in root.__subclasses__():
        if child.__subclasses__():
            yield from catalogue(child)
        else:
            yield child
