"""Run udev rules on a made-up device, as udevd of Debian 12 (252) runs them.

In what the manual leaves open it goes by what udevd does: all questions of a rule are asked
before it acts, properties before attributes, attributes before parents, imports last; an
attribute that is not there fits neither == nor !=, a property that is not there is empty.
"""

import fnmatch
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from udev_grammar import SUBSTITUTION, Rule, Token

_OF_PARENTS = frozenset({"KERNELS", "SUBSYSTEMS", "DRIVERS", "ATTRS"})
_OF_THE_DEVICE = frozenset(
    {"ACTION", "KERNEL", "SYMLINK", "ENV", "TAG", "SUBSYSTEM", "DRIVER", "ATTR", "TEST"}
)


@dataclass(frozen=True, slots=True)
class Node:
    """Be a device in the tree of /sys: the event's own, or one above it."""

    kernel: str = ""
    subsystem: str = ""
    driver: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Device:
    """Be a device with what is above it, nearest first.

    ``env`` is what udev's own earlier files have set; ``builtins`` what they give where asked.
    """

    node: Node
    parents: tuple[Node, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    builtins: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    action: str = "add"


@dataclass(slots=True)
class Outcome:
    """Hold what the rules did."""

    env: dict[str, str]
    links: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)
    written: dict[str, str] = field(default_factory=dict)
    access: dict[str, str] = field(default_factory=dict)

    @property
    def untouched(self) -> bool:
        """Tell whether nobody would notice that there were rules."""
        ours = {name for name in self.env if "GUITAI" in name or name.startswith("ID_MM")}
        return not (ours or self.links or self.tags or self.written or self.access)


def run(files: Iterable[list[Rule]], device: Device) -> Outcome:
    """Run the files in their order; labels hold in their own file."""
    outcome = Outcome(dict(device.env))
    for rules in files:
        at = 0
        while at < len(rules):
            goto = _run_rule(rules[at], device, outcome)
            at = _label(rules, goto) if goto else at + 1
    return outcome


def _label(rules: list[Rule], name: str) -> int:
    wanted = Token("LABEL", "", "=", name)
    return next(at for at, each in enumerate(rules) if wanted in each)


def _run_rule(rule: Rule, device: Device, outcome: Outcome) -> str:
    """Run one rule; gives the label to go to, or nothing."""
    asked = {each.key for each in rule if each.matches} - {"IMPORT"}
    if unknown := asked - _OF_THE_DEVICE - _OF_PARENTS:
        raise AssertionError(f"this stand-in for udevd does not know {min(unknown)}==")
    own = [each for each in rule if each.matches and each.key in _OF_THE_DEVICE]
    if not all(_fits(token, device, outcome) for token in own):
        return ""
    above = [each for each in rule if each.matches and each.key in _OF_PARENTS]
    matched = device.node
    if above:
        found = (
            node
            for node in (device.node, *device.parents)
            if all(_fits_node(token, node) for token in above)
        )
        if (node := next(found, None)) is None:
            return ""
        matched = node
    for token in rule:
        if token.key == "IMPORT" and not _import(token, device, outcome):
            return ""
    goto = ""
    for token in rule:
        if not token.matches and token.key != "LABEL":
            goto = _act(token, device, matched, outcome) or goto
    return goto


def _fits(token: Token, device: Device, outcome: Outcome) -> bool:
    match token.key:
        case "ACTION":
            return _equal(token, device.action)
        case "ENV":
            return _equal(token, outcome.env.get(token.attribute, ""))
        case "TAG" | "SYMLINK":
            held = outcome.tags if token.key == "TAG" else outcome.links
            return any(_globs(token.value, each) for each in held) is (token.operator == "==")
        case "TEST":
            return (token.value in device.node.attributes) is (token.operator == "==")
    return _fits_node(token, device.node)


def _fits_node(token: Token, node: Node) -> bool:
    key = token.key.removesuffix("S") if token.key in _OF_PARENTS else token.key
    if key != "ATTR":
        names = {"KERNEL": node.kernel, "SUBSYSTEM": node.subsystem, "DRIVER": node.driver}
        return _equal(token, names[key])
    value = node.attributes.get(token.attribute)
    return value is not None and _equal(token, value)


def _equal(token: Token, value: str) -> bool:
    return _globs(token.value, value) is (token.operator == "==")


def _globs(pattern: str, value: str) -> bool:
    return any(fnmatch.fnmatchcase(value, each) for each in pattern.split("|"))


def _import(token: Token, device: Device, outcome: Outcome) -> bool:
    given = device.builtins.get(token.value) if token.attribute == "builtin" else None
    outcome.env |= given or {}
    return (given is not None) is (token.operator != "!=")


def _act(token: Token, device: Device, matched: Node, outcome: Outcome) -> str:
    """Carry out one assignment; gives the label of a GOTO."""
    value = _filled(token.value, device, matched, outcome)
    match token.key:
        case "GOTO":
            return value
        case "ENV" if token.operator == "+=":
            outcome.env[token.attribute] = f"{outcome.env.get(token.attribute, '')} {value}".strip()
        case "ENV" if value:
            outcome.env[token.attribute] = value
        case "ENV":
            outcome.env.pop(token.attribute, None)
        case "SYMLINK":
            outcome.links = (outcome.links if token.operator == "+=" else set()) | {*value.split()}
        case "TAG":
            kept = set() if token.operator == "=" else outcome.tags
            outcome.tags = kept - {value} if token.operator == "-=" else kept | {value}
        case "ATTR":
            outcome.written[token.attribute] = value
        case "GROUP" | "MODE" | "OWNER":
            outcome.access[token.key] = value
        case other:
            raise AssertionError(f"this stand-in for udevd does not know {other}=")
    return ""


def _filled(template: str, device: Device, matched: Node, outcome: Outcome) -> str:
    """Fill in what our rules use; anything else is not known here."""

    def value(found: re.Match[str]) -> str:
        match found["word"]:
            case "env":
                return outcome.env.get(found["of"], "")
            case "attr":
                here = device.node.attributes.get(found["of"])
                return matched.attributes.get(found["of"], "") if here is None else here
            case "kernel":
                return device.node.kernel
        raise AssertionError(f"this stand-in for udevd does not know {found[0]}")

    return SUBSTITUTION.sub(value, template)
