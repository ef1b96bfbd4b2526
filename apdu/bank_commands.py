"""What is asked of a bank application, beside SELECT and READ RECORD.

Source: JR/T 0025 (PBOC 3.0), which takes both from EMV 4.3 Book 3 §5.4 (DOL) and §6.5.8.
"""

from __future__ import annotations

from typing import NamedTuple

from apdu import tlv
from apdu.command import SHORT_LIMIT
from apdu.declare import Declared, Redact, Refused, answer_length, data, declare
from apdu.errors import EncodingError, TlvError
from apdu.status import SW

COMMAND_TEMPLATE = 0x83
_LONGEST_TAG = 3


class Wanted(NamedTuple):
    """Hold one entry of a data object list: which object the card wants, in how many bytes."""

    tag: int
    size: int


def parse_dol(raw: bytes) -> tuple[Wanted, ...]:
    """Read a data object list: tags and lengths without values (EMV 4.3 Book 3 §5.4).

    Raises TlvError where it is cut off, or where a length is more than one byte says (7F).
    """
    wanted: list[Wanted] = []
    at = 0
    while at < len(raw):
        begin = at
        at += 1
        if raw[begin] & 0x1F == 0x1F:
            while at < len(raw) and raw[at] & 0x80:
                at += 1
            at += 1
        if at >= len(raw) or at - begin > _LONGEST_TAG or raw[at] > 0x7F:
            raise TlvError("no entry of a data object list", begin)
        wanted.append(Wanted(int.from_bytes(raw[begin:at], "big"), raw[at]))
        at += 1
    return tuple(wanted)


@declare("GET PROCESSING OPTIONS", ins=0xA8, cla=0x80, takes_data=True, redact=Redact.ANSWER)
class GetProcessingOptions(Declared):
    """Ask a bank application which records it lets be read (EMV 4.3 Book 3 §6.5.8).

    ``template`` is tag 83 around the values the card's PDOL wants, one behind the other.
    Build with :meth:`of`. The answer may hold the account number, so it is masked.
    """

    template: bytes = data()
    le: int | None = answer_length(default=None)

    @classmethod
    def of(cls, values: bytes, le: int | None = None) -> GetProcessingOptions:
        """Wrap the values; raises EncodingError where they are more than a command carries."""
        template = tlv.build(COMMAND_TEMPLATE, values).encode()
        if len(template) > SHORT_LIMIT:
            raise EncodingError(f"{len(values)} bytes are too many for {cls.NAME}")
        return cls(template, le)

    @property
    def values(self) -> bytes:
        """Unwrap the values; raises Refused where the data is not the one template."""
        try:
            (template,) = tlv.parse(self.template)
        except ValueError as error:  # TlvError is one, too
            raise Refused(SW.WRONG_DATA, "no command template") from error
        if template.tag != COMMAND_TEMPLATE:
            raise Refused(SW.WRONG_DATA, f"template {template.tag:02X}")
        return template.value
