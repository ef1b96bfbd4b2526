"""Back a counter up into one encrypted file; terminal/services/restoring.py brings it back.

The passphrase is the backup's own and not the registry key: whoever finds the file has nothing, and
who keeps the key elsewhere, as they should, has two things to lose before anybody can read a name.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from apdu.secret import Secret
from terminal.config import Config
from terminal.errors import (
    BackupPassphraseWeak,
    FileTrouble,
    PassphraseMissing,
    PassphraseUnfit,
)
from terminal.journal.opening import journal_path
from terminal.keys.passphrase import (
    ATTEMPTS,
    LEAST_CHARACTERS,
    MOST_BYTES,
    Prompt,
    read_passphrase,
)
from terminal.registry import backup
from terminal.registry.audit import Fact, Note, note
from terminal.registry.backup import Sources, file_name, new_id
from terminal.registry.backup_file import COST, Cost, Header
from terminal.registry.passwords import COMMON
from terminal.registry.store import Clock, now
from terminal.services.acts import Act
from terminal.services.opening import chain_of, open_registry_of, registry_place, system_user
from terminal.services.operators import NOBODY
from terminal.texts import Language, Text

Ask = Callable[[Path], Secret]
"""Get the passphrase of a file; raises PassphraseMissing."""
LEAST_WITH_KEY = 20
LEAST_DIFFERENT = 8

_OF = Text("备份文件 {path} 的口令（不显示）：", "Passphrase of the backup {path} (not shown): ")
_NEW = Text(
    "为备份文件 {path} 设口令（不显示）：", "New passphrase for the backup {path} (not shown): "
)
_AGAIN = Text("再输一次：", "Once more: ")
_SHORT = Text(
    f"口令至少 {{least}} 个字符，至多 {MOST_BYTES} 字节",
    f"A passphrase has {{least}} characters at least and {MOST_BYTES} bytes at most",
)
_DIFFER = Text("两次输入的口令不一致", "The two entries differ")
_MISSING_OF = Text("备份文件 {path} ", "the backup {path}")
_BY_OPTION = Text("用 --passphrase-file 写明口令文件", "name its file with --passphrase-file")
_WEAK_SHORT = Text(
    "正式运行时，带密钥的备份口令至少 {least} 个字符",
    "in production the passphrase of a backup with the key has {least} characters at least",
)
_WEAK_SAME = Text("它只用了不到 {least} 种字符", "it has fewer than {least} different characters")
_WEAK_COMMON = Text("它由最常见的密码拼成", "it is made of one of the most common passwords")


# --- Passphrases ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BackupPassphrases:
    """Get the passphrase of a backup: from a file that was named, else by asking."""

    prompt: Prompt
    file: Path | None = None
    language: Language = "zh"

    def of(self, path: Path) -> Secret:
        """Get the one of a backup that is there; raises PassphraseMissing, FileTrouble."""
        return self._from_file() or self._entered(path, _OF)

    def new(self, path: Path, *, production: bool) -> Secret:
        """Get one for a new backup, asked twice.

        Raises PassphraseMissing, PassphraseUnfit, FileTrouble.
        """
        least = LEAST_CHARACTERS["live" if production else "test"]
        given = self._from_file()
        if given is not None:
            if not _fits(given, least):
                raise FileTrouble(path=self.file, detail=_SHORT.filled(least=least))
            return given
        for _ in range(ATTEMPTS):
            first = self._entered(path, _NEW)
            if not _fits(first, least):
                self.prompt.tell(_SHORT.say(self.language, least=least))
            elif self._entered(path, _AGAIN) != first:
                self.prompt.tell(_DIFFER.say(self.language))
            else:
                return first
        raise PassphraseUnfit(least=least)

    def _from_file(self) -> Secret | None:
        return None if self.file is None else read_passphrase(self.file)

    def _entered(self, path: Path, question: Text) -> Secret:
        line = self.prompt.hidden(question.say(self.language, path=path))
        if line is None:
            raise PassphraseMissing(of=_MISSING_OF.filled(path=path), file=_BY_OPTION)
        secret = Secret(bytes(line))
        line[:] = bytes(len(line))
        return secret


def demand_strong(passphrase: Secret) -> None:
    """Demand a passphrase that may protect the registry's key; raises BackupPassphraseWeak."""
    text = passphrase.reveal().decode("utf-8", "replace").casefold()
    rest = text
    for each in sorted(COMMON, key=len, reverse=True):
        rest = rest.replace(each, "")
    if len(text) < LEAST_WITH_KEY:
        raise BackupPassphraseWeak(detail=_WEAK_SHORT.filled(least=LEAST_WITH_KEY))
    if len(set(text)) < LEAST_DIFFERENT:
        raise BackupPassphraseWeak(detail=_WEAK_SAME.filled(least=LEAST_DIFFERENT))
    if len(rest) < LEAST_WITH_KEY // 2:
        raise BackupPassphraseWeak(detail=_WEAK_COMMON)


def _fits(passphrase: Secret, least: int) -> bool:
    characters = len(passphrase.reveal().decode("utf-8", "replace"))
    return characters >= least and len(passphrase) <= MOST_BYTES


# --- Backing up ----------------------------------------------------------------------------


def back_up(
    config: Config,
    to: Path,
    ask: Ask,
    *,
    with_key: bool = False,
    cost: Cost = COST,
    clock: Clock = now,
) -> tuple[Path, Header]:
    """Back the configured counter up, and give where the backup is.

    ``to`` is a file that is not there, or a folder, in which it is named by outlet and time. It is
    put on record before the registry is copied, so that the backup knows of itself. Raises
    BackupPassphraseWeak in production for a key under a weak passphrase, and what
    terminal/registry/backup.py, ``ask`` and opening the registry raise.
    """
    place, chain, journal = registry_place(config), chain_of(config), journal_path(config)
    with closing(open_registry_of(config, clock)) as registry:
        backup_id = new_id()
        if os.path.isdir(to):  # noqa: PTH112  Path's own raises where it may not look
            to = to / file_name(config.outlet.id, registry.clock(), backup_id)
        backup.demand_free(to)
        passphrase = ask(to)
        if with_key and config.production:
            demand_strong(passphrase)
        facts: dict[str, Fact] = {
            "backup": backup_id,
            "with_key": with_key,
            "system_user": system_user(),
        }
        with registry.writing() as tx:  # nobody has to be signed in: a timer makes most of them
            note(tx, chain, Note(NOBODY, Act.BACKUP.value, facts=facts))
        sources = Sources(
            registry,
            journal if config.production or os.path.lexists(journal) else None,
            place.anchor_file,
            place.key_file if with_key else None,
        )
        header = backup.take(
            sources, to, passphrase, backup_id=backup_id, outlet=config.outlet.id, cost=cost
        )
    return to, header
