"""Where the configured journal is."""

from __future__ import annotations

import os
from pathlib import Path

from terminal.config import Config
from terminal.errors import ConfigWrong
from terminal.journal.journal import Clock, Journal, now
from terminal.journal.store import SqliteStore
from terminal.texts import Text


def journal_path(config: Config) -> Path:
    """Say where the journal is: as configured, else (never in production) in the user's state.

    Raises ConfigWrong.
    """
    if config.journal.file:
        return Path(config.journal.file)
    if config.production:
        detail = Text("production = true 时要写 journal.file", "production needs journal.file")
        raise ConfigWrong(path=config.source, detail=detail)
    state = os.environ.get("XDG_STATE_HOME", "")
    # A relative one counts as none (XDG Base Directory Specification).
    folder = Path(state) if Path(state).is_absolute() else Path.home() / ".local/state"
    return folder / "guitai/journal.db"


def open_journal(config: Config, clock: Clock = now) -> Journal:
    """Open the configured journal, or make it; whoever gets it closes it.

    Raises ConfigWrong, JournalUnwritable, JournalDamaged, JournalTooNew.
    """
    return Journal(SqliteStore(journal_path(config)), clock)
