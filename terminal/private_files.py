"""Files that hold secrets: read only where nobody else could have read or put them there."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from terminal.errors import FileTrouble
from terminal.texts import Text

MOST_BYTES = 1 << 20
"""More than any such file has; what is longer is not read to its end."""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class Found:
    """Hold a file's bytes, who owns it, and who may use it."""

    path: Path
    data: bytes
    owner: int
    mode: int

    def distrust(self, *, secret: bool = True) -> Text | None:
        """Say what keeps it from being trusted, None where nothing does.

        What is not ``secret`` others may read, but not have written.
        """
        if self.owner not in {os.geteuid(), 0}:
            return Text(
                f"它属于另一个用户（编号 {self.owner}）；请先 chown {os.geteuid()} {self.path}",
                f"it belongs to user {self.owner}; chown {os.geteuid()} {self.path} first",
            )
        if self.mode & (_OTHERS if secret else _OTHERS_WRITE):
            return Text(
                f"同组或其他用户可以使用它；请先 chmod 600 {self.path}",
                f"group or others may use it; chmod 600 {self.path} first",
            )
        return None


def read_file(path: Path) -> Found:
    """Read a regular file and look who may use it; raises FileTrouble."""
    try:
        # Without O_NONBLOCK a pipe in the file's place would keep us waiting for its writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise FileTrouble(path=path, detail=Text("不是普通文件", "not a regular file"))
            with os.fdopen(descriptor, "rb", closefd=False) as stream:
                data = stream.read(MOST_BYTES + 1)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        detail = getattr(error, "strerror", None) or Text("名称不对", "no file name")
        raise FileTrouble(path=path, detail=detail) from error
    if len(data) > MOST_BYTES:
        detail = Text(f"超过 {MOST_BYTES} 字节", f"it has more than {MOST_BYTES} bytes")
        raise FileTrouble(path=path, detail=detail)
    return Found(path, data, found.st_uid, found.st_mode)


def read_private(path: Path) -> bytes:
    """Read a file that is its user's alone; raises FileTrouble, also where others may use it."""
    found = read_file(path)
    if (distrust := found.distrust()) is not None:
        raise FileTrouble(path=path, detail=distrust)
    return found.data
