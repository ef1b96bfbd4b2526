"""udev(7)'s grammar, strictly: what Debian 12's udevd only warns of, or skips, is refused here.

A rule that udevd does not understand is dropped with a line in a log that nobody reads.
"""

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"\s*(?P<key>[A-Z_]+)(?:\{(?P<attribute>[^}]*)\})?\s*(?P<operator>==|!=|\+=|-=|:=|=)\s*"
    r'(?P<value>e?"(?:[^"\\]|\\.)*")\s*(?P<comma>,|$)'
)
_MATCH = frozenset({"==", "!="})
_IMPORTS = frozenset({"program", "builtin", "file", "db", "cmdline", "parent"})
_BUILTINS = frozenset(
    {
        *("blkid", "btrfs", "hwdb", "input_id", "keyboard", "kmod", "net_id", "net_setup_link"),
        *("path_id", "uaccess", "usb_id"),
    }
)
_OPTIONS = re.compile(
    r"link_priority=-?\d+|string_escape=(none|replace)|static_node=\S+|no?watch|watch|db_persist"
    r"|log_level=\w+"
)


@dataclass(frozen=True, slots=True)
class _Key:
    """Say what a key may have: operators, an attribute in braces, substitutions in its value."""

    operators: str
    attribute: str = "no"
    substitutes: bool = False


_KEYS = {
    "ACTION": _Key("== !="),
    "DEVPATH": _Key("== !="),
    "KERNEL": _Key("== !="),
    "KERNELS": _Key("== !="),
    "SUBSYSTEM": _Key("== !="),
    "SUBSYSTEMS": _Key("== !="),
    "DRIVER": _Key("== !="),
    "DRIVERS": _Key("== !="),
    "TAGS": _Key("== !="),
    "RESULT": _Key("== !="),
    "ATTRS": _Key("== !=", "must"),
    "CONST": _Key("== !=", "must"),
    "TEST": _Key("== !=", "may", substitutes=True),
    "ATTR": _Key("== != =", "must", substitutes=True),
    "SYSCTL": _Key("== != =", "must", substitutes=True),
    "ENV": _Key("== != = +=", "must", substitutes=True),
    "NAME": _Key("== != = :=", substitutes=True),
    "SYMLINK": _Key("== != = += :=", substitutes=True),
    "TAG": _Key("== != = += -=", substitutes=True),
    "OWNER": _Key("= :=", substitutes=True),
    "GROUP": _Key("= :=", substitutes=True),
    "MODE": _Key("= :=", substitutes=True),
    "SECLABEL": _Key("= +=", "must", substitutes=True),
    "OPTIONS": _Key("= += :="),
    "RUN": _Key("= += :=", "may", substitutes=True),
    "PROGRAM": _Key("== != =", substitutes=True),
    "IMPORT": _Key("== != =", "must", substitutes=True),
    "LABEL": _Key("="),
    "GOTO": _Key("="),
}
_WORDS = (
    *("kernel", "number", "devpath", "id", "driver", "attr", "env", "major", "minor", "result"),
    *("parent", "name", "links", "root", "sys", "devnode"),
)
SUBSTITUTION = re.compile(
    rf"\$(?P<word>{'|'.join(_WORDS)})(?![a-z])(?:\{{(?P<of>[^}}]+)\}})?"
    r"|%(?P<letter>[knpbsEMmcPrSN])(?:\{(?P<what>[^}]+)\})?|(?P<itself>%%|\$\$)"
)
_TAKES_BRACES = frozenset({"attr", "env", "result", "s", "E", "c"})
_LINK_SIGNS = re.compile(r"[0-9A-Za-z#+\-.:=@_/ ]*")


@dataclass(frozen=True, slots=True)
class Token:
    """Hold one key with its operator and value."""

    key: str
    attribute: str
    operator: str
    value: str

    @property
    def matches(self) -> bool:
        """Tell whether it asks; PROGRAM and IMPORT ask too, whatever their operator."""
        return self.operator in _MATCH or self.key in {"PROGRAM", "IMPORT"}


Rule = tuple[Token, ...]


def parse(text: str) -> list[Rule]:
    """Read a file of rules; raises ValueError with what is wrong."""
    rules, line = [], ""
    for piece in text.splitlines():
        if not line and piece.lstrip().startswith("#"):
            continue
        line += piece.removesuffix("\\")
        if piece.endswith("\\"):
            continue
        if line.strip():
            rules.append(_rule(line.strip()))
        line = ""
    if line:
        raise ValueError(f"goes on after the file's end: {line}")
    _check_jumps(rules)
    return rules


def _rule(line: str) -> Rule:
    tokens, at = [], 0
    while at < len(line):
        found = _TOKEN.match(line, at)
        if found is None:
            raise ValueError(f"no key, operator and quoted value: {line[at:]}")
        at = found.end()
        if found["comma"] and at == len(line):
            raise ValueError(f"a comma at the end: {line}")
        value = found["value"].removeprefix("e")[1:-1]
        token = Token(found["key"], found["attribute"] or "", found["operator"], value)
        if found["attribute"] == "":
            raise ValueError(f"{token.key} has empty braces")
        _check(token)
        tokens.append(token)
    if all(each.matches and each.key not in {"IMPORT", "PROGRAM"} for each in tokens):
        raise ValueError(f"matches, and does nothing: {line}")
    if sum(each.key == "GOTO" for each in tokens) > 1:
        raise ValueError(f"jumps twice: {line}")
    return tuple(tokens)


def _check(token: Token) -> None:
    known = _KEYS.get(token.key)
    if known is None or token.operator not in known.operators.split():
        raise ValueError(f"{token.key} has no {token.operator}")
    if known.attribute == "must" and not token.attribute:
        raise ValueError(f"{token.key} of what?")
    if known.attribute == "no" and token.attribute:
        raise ValueError(f"{token.key} has no attribute")
    empties = token.key == "ENV" and token.operator == "="
    if not token.value and token.operator not in _MATCH and not empties:
        raise ValueError(f"{token.key} is given nothing")
    _check_substitutions(token, known)
    _check_value(token)


def _check_substitutions(token: Token, known: _Key) -> None:
    asks = token.operator in _MATCH
    if not known.substitutes or (asks and token.key not in {"TEST", "PROGRAM", "IMPORT"}):
        return
    for found in SUBSTITUTION.finditer(token.value):
        name, braces = found["word"] or found["letter"], found["of"] or found["what"]
        if name in {"attr", "env", "s", "E"} and not braces:
            raise ValueError(f"{found[0]} of what?")
        if braces and name not in _TAKES_BRACES:
            raise ValueError(f"{found[0]} takes no braces")
    if re.search(r"[$%]", SUBSTITUTION.sub("", token.value)):
        raise ValueError(f"no such substitution: {token.value}")


def _check_value(token: Token) -> None:
    """Look at values that have a form of their own."""
    plain = SUBSTITUTION.sub("", token.value)
    wrong = {
        "MODE": not re.fullmatch("0?[0-7]{3,4}", plain),
        "TEST": not re.fullmatch("[0-7]{0,4}", token.attribute),
        "CONST": token.attribute not in {"arch", "virt"},
        "RUN": token.attribute not in {"", "program", "builtin"},
        "IMPORT": token.attribute not in _IMPORTS
        or (token.attribute == "builtin" and token.value.split()[0] not in _BUILTINS),
        "OPTIONS": not _OPTIONS.fullmatch(token.value),
        "SYMLINK": token.operator not in _MATCH
        and (not _LINK_SIGNS.fullmatch(plain) or token.value.startswith("/") or ".." in plain),
    }
    if wrong.get(token.key, False):
        raise ValueError(f"{token.key} cannot be {token.attribute or token.value}")


def _check_jumps(rules: list[Rule]) -> None:
    """A jump goes forward to a label that is there once."""
    labels: dict[str, int] = {}
    for at, each in enumerate(rules):
        for token in each:
            if token.key == "LABEL" and labels.setdefault(token.value, at) != at:
                raise ValueError(f"the label {token.value} stands twice")
    wanted = set()
    for at, each in enumerate(rules):
        for token in each:
            if token.key == "GOTO":
                wanted.add(token.value)
                if labels.get(token.value, -1) <= at:
                    raise ValueError(f"no label {token.value} further down")
    if unused := set(labels) - wanted:
        raise ValueError(f"nobody jumps to {min(unused)}")
