"""Where a passphrase comes from: a file that only its owner reads, or who sits at the terminal.

Never an argument and never an environment variable, which other programs can read.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from apdu.secret import Secret
from terminal.errors import FileTrouble, PassphraseMissing, PassphraseUnfit
from terminal.private_files import read_private
from terminal.texts import LANGUAGES, Language, Text
from terminal.tty import forget_typed, hidden_input

MOST_BYTES = 1024
"""More than any line that is asked for; who types on is not listened to for ever."""
LEAST_CHARACTERS = {"test": 1, "live": 12}
"""How long a new passphrase is, by the mark of the keys behind it."""
ATTEMPTS = 3

_QUESTION = Text("密钥文件 {path} 的口令（不显示）：", "Passphrase of {path} (not shown): ")
_NEW = Text("为 {path} 设新口令（不显示）：", "New passphrase for {path} (not shown): ")
_AGAIN = Text("再输一次：", "Once more: ")
_SHORT = Text(
    f"口令至少 {{least}} 个字符，至多 {MOST_BYTES} 字节",
    f"A passphrase has {{least}} characters at least and {MOST_BYTES} bytes at most",
)
_DIFFER = Text("两次输入的口令不一致", "The two entries differ")


class Prompt:
    """Ask at a terminal; where standard input is none, read a line of it if that is allowed.

    Scripts on a development machine may be asked so, nobody in production mode. Nothing is read
    beyond the line, so that the next to ask finds the next line.
    """

    def __init__(
        self, say: Callable[[str], object], *, lines_allowed: bool, descriptor: int = 0
    ) -> None:
        self._say = say
        self._lines_allowed = lines_allowed
        self._descriptor = descriptor

    def tell(self, sentence: str) -> None:
        """Say something that is no question."""
        self._say(f"{sentence}\n")

    def hidden(self, question: str) -> bytearray | None:
        """Ask without echo; None where there is nobody. Who asks wipes the answer."""
        return self._ask(question, hide=True)

    def shown(self, question: str) -> str | None:
        """Ask for what is no secret; None where there is nobody."""
        line = self._ask(question, hide=False)
        return None if line is None else line.decode("utf-8", "replace").strip()

    def _ask(self, question: str, *, hide: bool) -> bytearray | None:
        at_terminal = os.isatty(self._descriptor)
        if not at_terminal and not self._lines_allowed:
            return None
        if at_terminal and not hide:
            forget_typed(self._descriptor)
        hidden = at_terminal and hide
        with hidden_input(self._descriptor) if hidden else contextlib.nullcontext():
            self._say(question)
            line = self._line()
        if hide or not at_terminal:
            self._say("\n")  # nobody saw the one that ended the line
        return line

    def _line(self) -> bytearray | None:
        line = bytearray()
        while True:
            try:
                read_now = os.read(self._descriptor, 1)
            except OSError:
                read_now = b""  # closed, or the terminal hung up
            if not read_now and not line:
                return None
            if read_now in {b"", b"\n"}:
                break
            if len(line) <= MOST_BYTES:  # the rest of a longer one is no answer to what follows
                line += read_now
        if line.endswith(b"\r"):
            del line[-1]
        return line


@dataclass(frozen=True, slots=True)
class Passphrases:
    """Get the passphrases of key files: from the configured file, else by asking."""

    prompt: Prompt
    file: str = ""
    language: Language = "zh"

    def of(self, path: Path) -> Secret:
        """Get the passphrase of a file; raises PassphraseMissing, FileTrouble."""
        return self._configured() or self._entered(path, _QUESTION)

    def new(self, path: Path, mark: str) -> Secret:
        """Get one for a new file, asked twice; raises PassphraseMissing, FileTrouble."""
        least = LEAST_CHARACTERS[mark]
        if configured := self._configured():
            if _characters(configured) < least:
                detail = Text(*(_SHORT.say(each, least=least) for each in LANGUAGES))
                raise FileTrouble(path=self.file, detail=detail)
            return configured
        for _ in range(ATTEMPTS):
            first = self._entered(path, _NEW)
            if _characters(first) < least or len(first) > MOST_BYTES:
                self.prompt.tell(_SHORT.say(self.language, least=least))
            elif self._entered(path, _AGAIN) != first:
                self.prompt.tell(_DIFFER.say(self.language))
            else:
                return first
        raise PassphraseUnfit(least=least)

    def _configured(self) -> Secret | None:
        return read_passphrase(Path(self.file)) if self.file else None

    def _entered(self, path: Path, question: Text) -> Secret:
        line = self.prompt.hidden(question.say(self.language, path=path))
        if line is None:
            raise _missing(path)
        secret = Secret(bytes(line))
        line[:] = bytes(len(line))
        return secret


def read_passphrase(path: Path) -> Secret:
    """Take a passphrase from a file of one line that nobody else may use; raises FileTrouble."""
    data = read_private(path)
    line = data.removesuffix(b"\n").removesuffix(b"\r")
    if not line or b"\n" in line:
        detail = Text("里面不是一行口令", "it is not one line with a passphrase")
        raise FileTrouble(path=path, detail=detail)
    return Secret(line)


def _characters(secret: Secret) -> int:
    """Count the characters of UTF-8 by the bytes that begin one."""
    return sum(byte & 0xC0 != 0x80 for byte in secret.reveal())


def _missing(path: Path) -> PassphraseMissing:
    return PassphraseMissing(of=Text(f"密钥文件 {path} ", f"the key file {path}"))
