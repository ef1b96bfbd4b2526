"""Sentences in both languages; one is never written without the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Text:
    """Hold a sentence in Chinese and in English; ``{facts}`` are filled in later."""

    zh: str
    en: str

    def say(self, language: Language, **facts: object) -> str:
        """Give the sentence in a language with its facts filled in."""
        template = self.zh if language == "zh" else self.en
        return template.format(**facts) if facts else template

    def filled(self, **facts: object) -> Text:
        """Give the sentence with its facts filled in; a fact that is a Text is said as well."""
        return Text(self._with("zh", facts), self._with("en", facts))

    def _with(self, language: Language, facts: dict[str, object]) -> str:
        said = {
            name: fact.say(language) if isinstance(fact, Text) else fact
            for name, fact in facts.items()
        }
        return self.say(language, **said)
