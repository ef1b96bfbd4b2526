"""The desk of the command line: who is signed in at it, and passwords that are entered there.

The session's token lies in a file of the user's own, ``$XDG_RUNTIME_DIR/guitai/session``, which
goes with the machine's session, else among the user's state.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import click

from apdu.secret import Secret
from terminal.cli.app import Session
from terminal.errors import FileTrouble, NotSignedIn, PasswordMissing, PasswordUnfit
from terminal.keys.passphrase import Prompt
from terminal.private_files import read_private
from terminal.registry.operators import Role, SignedIn, folded
from terminal.registry.store import Registry
from terminal.services import operators
from terminal.services.clock import demand_clock
from terminal.services.opening import (
    chain_of,
    open_registry_of,
    state_folder,
)
from terminal.services.operators import Operators, Second
from terminal.services.two_people import demand_two
from terminal.texts import Text

_PASSWORD = Text("{operator} 的密码（不显示）：", "Password of {operator} (not shown): ")
_SECOND = Text(
    "请复核人 {operator} 输入自己的密码（不显示）：",
    "{operator}, who agrees, enters their own password (not shown): ",
)
_NEW = Text("为 {operator} 设新密码（不显示）：", "New password for {operator} (not shown): ")
_AGAIN = Text("再输一次：", "Once more: ")
_DIFFER = Text("两次输入的不一样", "the two entries differ")
_NOBODY = Text("这个柜台没有人签到", "nobody is signed in at this desk")


@contextlib.contextmanager
def opened(session: Session) -> Iterator[Registry]:
    """Open the configured registry for a command (see terminal/services/opening.py)."""
    with closing(open_registry_of(session.config)) as registry:
        yield registry


def operators_of(session: Session, registry: Registry) -> Operators:
    """Give what concerns operators, at this desk."""
    return Operators(registry, chain_of(session.config), operators.POLICY)


def signed_in(session: Session, registry: Registry, *, any_clock: bool = False) -> SignedIn:
    """Say who is signed in at this desk.

    Raises NotSignedIn, and ClockJumped unless ``any_clock``: what depends on no term.
    """
    token = kept_token()
    if token is None:
        raise NotSignedIn(detail=_NOBODY)
    try:
        who = operators_of(session, registry).who(token)
    except NotSignedIn:
        if not any_clock:
            demand_clock(registry)  # a clock that was set makes a long absence of a short one
        raise
    if not any_clock:
        demand_clock(registry)
    return who


def second_person(
    session: Session,
    registry: Registry,
    first: SignedIn,
    second: str,
    roles: Iterable[Role] = (),
) -> Second:
    """Have somebody else agree by their own password, entered here.

    ``roles``: which will do; none, anybody but an auditor. Raises SecondPersonNeeded,
    SignInRefused, OperatorLocked, PasswordMustChange, RoleMissing, PasswordMissing.
    """
    demand_two(first.operator, folded(second))  # before anybody types a password for nothing
    password = _asked(session, _SECOND, second)
    return operators_of(session, registry).confirm_second(first, second, password, roles)


def ask_password(session: Session, operator: str) -> Secret:
    """Ask somebody for their password; raises PasswordMissing."""
    return _asked(session, _PASSWORD, operator)


def ask_new_password(session: Session, operator: str) -> Secret:
    """Ask somebody for a new password, twice; raises PasswordMissing, PasswordUnfit."""
    first = _asked(session, _NEW, operator)
    if _asked(session, _AGAIN, operator) != first:
        raise PasswordUnfit(detail=_DIFFER)
    return first


def warn(session: Session, texts: Iterable[Text]) -> None:
    """Say on standard error what somebody has to know now."""
    for text in texts:
        click.echo(session.say(text), err=True)


# --- The token -----------------------------------------------------------------------------


def token_file() -> Path:
    """Say where the desk keeps its token."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if Path(runtime).is_absolute():
        return Path(runtime) / "guitai/session"
    return state_folder() / "session"


def keep_token(token: Secret) -> None:
    """Keep a token for the commands that follow; raises FileTrouble."""
    path = token_file()
    new = path.with_name(f"session.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, token.reveal().hex().encode("ascii") + b"\n")
        finally:
            os.close(descriptor)
        new.replace(path)
    except OSError as error:
        raise FileTrouble(path=path, detail=error.strerror) from error


def kept_token() -> Secret | None:
    """Give the token of this desk, None where nobody is signed in.

    Raises FileTrouble where somebody else could have read it or put it there.
    """
    path = token_file()
    if not path.exists():
        return None
    try:
        return Secret(bytes.fromhex(read_private(path).decode("ascii")))
    except ValueError:  # no token: then nobody is signed in by it
        return None


def forget_token() -> None:
    """Forget the token; raises FileTrouble."""
    path = token_file()
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise FileTrouble(path=path, detail=error.strerror) from error


def _asked(session: Session, question: Text, operator: str) -> Secret:
    prompt = Prompt(_to_standard_error, lines_allowed=True)
    line = prompt.hidden(session.say(question, operator=operator))
    if line is None:
        raise PasswordMissing
    secret = Secret(bytes(line))
    line[:] = bytes(len(line))
    return secret


def _to_standard_error(text: str) -> None:
    """Keep questions out of what a program may read from us."""
    sys.stderr.write(text)
    sys.stderr.flush()
