"""Where the configured journal is."""

from __future__ import annotations

import os
from pathlib import Path

from terminal.config import Config
from terminal.errors import ConfigWrong, JournalExists
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
    """Open the configured journal; whoever gets it closes it.

    One that is not there is made, never in production: there it was lost, and all that is unknown
    with it. Raises ConfigWrong, JournalMissing, JournalUnwritable, JournalDamaged, JournalTooNew.
    """
    return Journal(SqliteStore(journal_path(config), make=not config.production), clock)


def init_journal(config: Config) -> Path:
    """Make the journal of a new counter; raises ConfigWrong, JournalExists, JournalUnwritable."""
    path = journal_path(config)
    if os.path.lexists(path):  # a link that leads nowhere, to a disk that is not mounted, as well
        raise JournalExists(path=path)
    SqliteStore(path).close()
    return path
