"""Passwords of operators: what makes one fit, how it is kept, how it is held against what is kept.

Kept as Argon2id (RFC 9106). Length is asked for, no mixture of signs: a long password that its
owner remembers is not on a slip under the keyboard (NIST SP 800-63B, 5.1.1).
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from apdu.secret import Secret
from terminal.errors import PasswordUnfit
from terminal.texts import Text

Choose = Callable[[str], str]
MOST_BYTES = 1024
LEAST_BESIDE_NAME = 6
LEAST_DIFFERENT = 4
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without what is misread from a screen: 0 and o, 1, i and l."""
_GROUPS, _GROUP = 3, 4
COMMON = frozenset(
    re.findall(
        r"\S+",
        """
        0123456789 1234567890 0987654321 9876543210 1234512345 12345678910 1234567891 123456789a
        1122334455 1357924680 2468013579 5201314520 1314520520 woaini1314 woaini1314520
        woaini5201314 5201314woaini woaini123456 iloveyou520 iloveyou123 aini1314520 a123456789
        aa12345678 abc1234567 abc123456789 abcd123456 abcd12345678 abcdefghij abcde12345 asdfghjkl;
        asdfghjkl1 asdf123456 admin12345 admin123456 administrator administrator1 changeme123
        letmein123 letmein1234 p@ssw0rd123 p@ssword123 passw0rd123 password01 password11 password12
        password123 password1234 password12345 qazwsxedcrfv qaz123456789 qq123456789 q123456789
        qwer123456 qwer12345678 qwertyuiop qwertyuiop1 qwertyuiop123 qwerty12345 qwerty123456
        1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc zaq12wsxcde3 zxcvbnm123 zxcvbnm123456 wang123456
        zhang123456 beijing123 beijing1234 beijing2008 beijing2026 guitai1234 guitai123456
        shebao1234 shebao123456 welcome123 welcome1234
        """,
    )
)
"""What is tried first; compared in lower case."""

_SHORT = Text("少于 {least} 个字符", "it has fewer than {least} characters")
_LONG = Text("超过 {most} 字节", "it has more than {most} bytes")
_NOT_TEXT = Text("不是文字", "it is no text")
_NAME = Text(
    "除了工号和姓名，剩下的不到 {least} 个字符",
    "apart from id and name it has fewer than {least} characters",
)
_COMMON = Text("它是最常见的密码之一", "it is among the most common passwords")
_SAME = Text("它只用了不到 {least} 种字符", "it has fewer than {least} different characters")


@dataclass(frozen=True, slots=True)
class Policy:
    """Say what a guess costs, how many are allowed, and how long a desk may stand unused."""

    time_cost: int = 3
    memory_kib: int = 65_536
    parallelism: int = 1
    least_characters: int = 10
    failures: int = 5
    """So many wrong passwords in a row lock the operator."""
    locked_for: timedelta = timedelta(minutes=15)
    idle: timedelta = timedelta(minutes=30)


def demand_fit(password: Secret, operator: str, name: str, policy: Policy) -> None:
    """Demand a password that is hard to guess; raises PasswordUnfit, without repeating it."""
    detail = _unfit(password, operator, name, policy)
    if detail is not None:
        raise PasswordUnfit(detail=detail)


def hashed(password: Secret, policy: Policy) -> str:
    """Give a password as it is kept."""
    return _hasher(policy).hash(_normal(password) or b"")


def matches(password: Secret, kept: str | None, policy: Policy) -> bool:
    """Say whether it is the password that is kept; where none is, that costs as much time."""
    given = _normal(password)
    if kept is None:
        _hasher(policy).hash(given or b"")
        return False
    try:
        return _hasher(policy).verify(kept, given or b"") and given is not None
    except (VerificationError, InvalidHashError):
        return False


def are_same(one: Secret, other: Secret) -> bool:
    """Say whether two are one password, however they were typed."""
    return _normal(one) == _normal(other)


def is_outdated(kept: str, policy: Policy) -> bool:
    """Say whether a password is kept more cheaply, or more dearly, than the policy says."""
    return _hasher(policy).check_needs_rehash(kept)


def one_time(choose: Choose = secrets.choice) -> Secret:
    """Make a password to be told once and changed at once: 3 × 4 signs, 59 bits."""
    groups = ("".join(choose(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return Secret("-".join(groups).encode("ascii"))


def _unfit(password: Secret, operator: str, name: str, policy: Policy) -> Text | None:
    if len(password) > MOST_BYTES:
        return _LONG.filled(most=MOST_BYTES)
    normal = _normal(password)
    if normal is None:
        return _NOT_TEXT
    text = normal.decode().casefold()
    if len(text) < policy.least_characters:
        return _SHORT.filled(least=policy.least_characters)
    if text in COMMON:
        return _COMMON
    if len(set(text)) < LEAST_DIFFERENT:
        return _SAME.filled(least=LEAST_DIFFERENT)
    rest = text
    for own in (operator, name):
        rest = rest.replace(unicodedata.normalize("NFKC", own).casefold(), "")
    return _NAME.filled(least=LEAST_BESIDE_NAME) if len(rest) < LEAST_BESIDE_NAME else None


def _normal(password: Secret) -> bytes | None:
    """Bring it to one form (NFKC), however the keyboard writes it; None for what is no text."""
    if len(password) > MOST_BYTES:
        return None
    try:
        return unicodedata.normalize("NFKC", password.reveal().decode()).encode()
    except UnicodeDecodeError:
        return None


@lru_cache(maxsize=4)
def _hasher(policy: Policy) -> PasswordHasher:
    return PasswordHasher(policy.time_cost, policy.memory_kib, policy.parallelism)
