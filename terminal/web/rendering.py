"""Draw pages: templates in both languages, everything from elsewhere escaped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from terminal.beijing_time import in_beijing
from terminal.documents.capitals import in_capitals
from terminal.masking import mask_number
from terminal.money import yuan
from terminal.rules.vocabulary import ACTORS, Actor
from terminal.texts import Language, Text
from terminal.typesetting import tidy
from terminal.web.at_console import at_console
from terminal.web.words import grouped


def _as_seen(value: object) -> object:
    """Take controls out of a text: one that turns the direction shows a number from behind.

    Escaping leaves them as they are; whoever wrote a card, a document or a file may have put them.
    """
    if isinstance(value, Text):
        raise TypeError("a template says a Text in a language")
    if not isinstance(value, str) or isinstance(value, Markup) or value.isprintable():
        return value  # what a macro has drawn went through here, piece by piece
    return tidy(value)


_TEMPLATES = Environment(
    loader=PackageLoader("terminal.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
    finalize=_as_seen,
)
_TEMPLATES.filters["moment"] = lambda at: f"{in_beijing(at):%Y-%m-%d %H:%M}"
_TEMPLATES.filters["yuan"] = yuan
_TEMPLATES.filters["grouped"] = grouped
_TEMPLATES.filters["who"] = ACTORS.__getitem__
_TEMPLATES.filters["capitals"] = in_capitals
_TEMPLATES.filters["masked"] = mask_number


def render(name: str, language: Language, facts: Mapping[str, Any]) -> str:
    """Draw a template; it says a Text by ``say`` and its own words by ``t(zh, en)``."""

    def say(text: Text | str) -> str:
        return at_console(text).say(language) if isinstance(text, Text) else text

    def t(zh: str, en: str) -> str:
        return zh if language == "zh" else en

    found = {"actor": Actor.HOLDER, **facts}
    return _TEMPLATES.get_template(name).render(say=say, t=t, language=language, **found)


__all__ = ["Markup", "render"]
