"""Say a sentence as the clerk's console says it: buttons and pages instead of commands.

The catalogue and the services speak to whoever works at the command line. A page says the same
sentence, but each command or option in it gives way to the page, button or field that does it; what
has none is IT's, and is addressed to them. What is swapped for what is data, in two tables:
:mod:`terminal.web.at_console_table` and :mod:`terminal.web.at_console_table_it`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from terminal.services.offered.wishes import WISHES
from terminal.texts import Language, Text
from terminal.web.at_console_table import CLERKS
from terminal.web.at_console_table_it import FOR_IT

_NAMES = "|".join(WISHES)
_MENTION = re.compile(
    r"guitai |--[a-z]|执行|as root|journalctl|systemctl|ldconfig|ls -l|chmod|chown|apt [a-z]"
)
"""What may be a command or an option; the table knows which of it is one.

Each branch begins with a letter, so that the search skips to those: every sentence of a page is
looked at.
"""


_NAME_OF_FIELD = re.compile(rf"（(?:{_NAMES})）| \\((?:{_NAMES})\\)")
"""What a field is called in a command: its label says the same on a page."""


def at_console(text: Text) -> Text:
    """Give a sentence as the console says it; one that names no command is given back itself.

    Sentences come filled: their keys and numbers stay.
    """
    # Only what names a command is kept in the cache: of a holder's data nothing stays in memory.
    return _there(text) if _mentions(text) else text


def _mentions(text: Text) -> bool:
    if _MENTION.search(text.zh) is not None or _MENTION.search(text.en) is not None:
        return True
    return "）" in text.zh and _NAME_OF_FIELD.search(text.zh) is not None


@lru_cache(maxsize=1024)
def _there(text: Text) -> Text:
    said = Text(_swapped(text.zh, "zh"), _swapped(text.en, "en"))
    return text if said == text else said


def _swapped(sentence: str, language: Language) -> str:
    for pattern, instead in _swaps(language):
        sentence = pattern.sub(instead, sentence)
    return _NAME_OF_FIELD.sub("", sentence)


@cache
def _swaps(language: Language) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Give the swaps of a language in the order of the table."""
    return tuple(
        (re.compile(pattern), instead)
        for mention in (*CLERKS, *FOR_IT)
        for pattern, instead in (mention.zh if language == "zh" else mention.en)
    )
