"""One login to one PKCS#11 token: found by its label, entered with a PIN that is sent once.

A wrong PIN is never sent twice, for tokens lock: what was refused is remembered for as long as the
process lives. After a logout from outside one operation fails, the next one logs in again.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

from apdu.secret import Secret
from terminal.errors import TokenLoggedOut, TokenMissing, TokenRefused
from terminal.texts import Text

_PIN_REFUSED = frozenset({"PinIncorrect", "PinInvalid", "PinLenRange", "PinLocked", "PinExpired"})
_LOGGED_OUT = frozenset(
    {
        "KeyHandleInvalid",  # private objects go with the login, and their handles with them
        "ObjectHandleInvalid",
        "PKCS11Error",  # the bare root: somebody finalised the library
        "SessionClosed",
        "SessionHandleInvalid",
        "UserNotLoggedIn",
        "UserPinNotInitialized",
    }
)
_GONE = frozenset({"DeviceRemoved", "SlotIDInvalid", "TokenNotPresent", "TokenNotRecognised"})
_VAGUE = frozenset({"DeviceError", "FunctionFailed", "GeneralError"})
_REFUSED_BEFORE = Text("这个口令被拒绝过，不再发送", "this PIN was refused before and is not sent")
_LOCKED = Text("口令已锁定，没有发送", "its PIN is locked; none was sent")
_LAST_TRY = Text("口令只剩最后 1 次，没有发送", "one try is left for its PIN; none was sent")

# python-pkcs11 initialises libraries for one thread, and lets go of the GIL in every call.
_ONE_AT_A_TIME = threading.RLock()
_refused: set[tuple[str, bytes, Secret]] = set()
"""Which PIN was refused by which token (serial number) of which module in this process."""


def load_pkcs11(token: str) -> Any:
    """Import python-pkcs11 when a token is wanted, for few counters have one; or TokenMissing."""
    try:
        import pkcs11  # noqa: PLC0415  an optional dependency
    except ImportError as error:
        install = 'pip install "guitai[token]"'
        detail = Text(
            f"没有安装 python-pkcs11（{install}）", f"python-pkcs11 is not installed ({install})"
        )
        raise TokenMissing(token=token, detail=detail) from error
    return pkcs11


class TokenLine:
    """Keep one session with one token; ``pin_of`` is asked for the user PIN at each login."""

    def __init__(self, module: str, label: str, pin_of: Callable[[], Secret]) -> None:
        self.pkcs11 = load_pkcs11(label)
        self._module = module
        self._label = label
        self._pin_of = pin_of
        self._serial: bytes | None = None
        self._session: Any = None

    @contextlib.contextmanager
    def use(self, step: str, *, write: bool = False) -> Iterator[Any]:
        """Give the session, logged in; one thread at a time.

        Raises TokenMissing, TokenLoggedOut, TokenRefused for what goes wrong in the block.
        """
        with _ONE_AT_A_TIME:
            if self._session is None:
                self._session = self._log_in(write=write)
            try:
                yield self._session
            except self.pkcs11.PKCS11Error as error:
                raise self._explained(step, error) from error

    def drop(self) -> None:
        """Log out; the session may be dead already."""
        with _ONE_AT_A_TIME:
            session, self._session = self._session, None
            if session is not None:
                with contextlib.suppress(self.pkcs11.PKCS11Error):
                    session.close()

    def _log_in(self, *, write: bool) -> Any:
        token = self._find()
        pin = self._pin_of()
        self._guard(token, pin)
        try:
            session = self._enter(token, pin, write=write)
        except self.pkcs11.PKCS11Error as error:
            name = type(error).__name__
            if name not in _PIN_REFUSED:
                raise self._explained("C_Login", error) from error
            _refused.add((self._module, token.serial, pin))
            raise TokenLoggedOut(detail=f"C_Login: {name}") from error
        self._serial = token.serial
        return session

    def _enter(self, token: Any, pin: Secret, *, write: bool) -> Any:
        try:
            spelled = pin.reveal().decode("utf-8")
        except UnicodeDecodeError:
            raise TokenLoggedOut(
                detail=Text("令牌口令不是 UTF-8", "the PIN is not UTF-8")
            ) from None
        try:
            return token.open(user_pin=spelled, rw=write)
        except self.pkcs11.UserAlreadyLoggedIn:
            # Another service of this process is: a login is the process's, not the session's.
            return token.open(rw=write)

    def _guard(self, token: Any, pin: Secret) -> None:
        """Send no PIN that was refused before, and never the last one that is let through."""
        if (self._module, token.serial, pin) in _refused:
            raise TokenLoggedOut(detail=_REFUSED_BEFORE)
        flag = self.pkcs11.TokenFlag
        for bad, said in ((flag.USER_PIN_LOCKED, _LOCKED), (flag.USER_PIN_FINAL_TRY, _LAST_TRY)):
            if token.flags & bad:
                raise TokenLoggedOut(detail=said)

    def _find(self) -> Any:
        """Find the token again; one that is broken in another slot does not matter."""
        try:
            slots = self.pkcs11.lib(self._module).get_slots(token_present=True)
        except self.pkcs11.PKCS11Error as error:
            detail = str(error) or type(error).__name__
            raise TokenMissing(token=self._label, detail=detail) from error
        found = []
        for slot in slots:
            with contextlib.suppress(self.pkcs11.PKCS11Error):
                token = slot.get_token()
                if token.label == self._label and self._serial in {None, token.serial}:
                    found.append(token)
        if len(found) != 1:
            several = Text(
                f"{self._module} 的 {len(slots)} 个插槽中有 {len(found)} 个这样的令牌",
                f"{len(found)} such tokens in {len(slots)} slots of {self._module}",
            )
            raise TokenMissing(token=self._label, detail=several)
        return found[0]

    def _explained(self, step: str, error: Exception) -> Exception:
        """Say what a failure means; the session is dropped unless only this step was refused."""
        name = type(error).__name__
        if name not in _LOGGED_OUT | _GONE | _VAGUE:
            return TokenRefused(step=step, detail=f"PKCS#11: {name}")
        self.drop()
        try:
            self._find()
        except TokenMissing as missing:
            return missing
        if name in _GONE:
            return TokenMissing(token=self._label, detail=f"{step}: {name}")
        if name in _LOGGED_OUT:
            return TokenLoggedOut(detail=f"{step}: {name}")
        return TokenRefused(step=step, detail=f"PKCS#11: {name}")
