"""The sender of short messages in software: it keeps them all."""

from __future__ import annotations

import re
from typing import ClassVar

from emulator.parties.party import Json, Party, Refused, done, scripted

_MOBILE = re.compile(r"\+?[0-9]{5,20}")
_LONGEST = 500


class Messages(Party):
    """Take messages; ``sent`` has them in order."""

    name = "messages"
    empty: ClassVar[Json] = {"sent": [], "dead_numbers": []}

    @property
    def sent(self) -> list[Json]:
        """Give the messages that were taken."""
        sent: list[Json] = self.state["sent"]
        return sent

    @done
    def send(self, key: str, mobile: str, text: str, kind: str) -> Json:
        """Take a message."""
        if not _MOBILE.fullmatch(mobile):
            raise Refused("手机号码不对", "that is no mobile number")
        if not 0 < len(text) <= _LONGEST:
            raise Refused("短信没有内容或太长", "the text is empty or too long")
        self.sent.append({"key": key, "mobile": mobile, "text": text, "kind": kind})
        state = "failed" if mobile in self.state["dead_numbers"] else "accepted"
        return {"key": key, "state": state, "at": self.time()}

    @scripted
    def add_dead_number(self, mobile: str) -> None:
        """Deliver nothing to a number."""
        self.state["dead_numbers"].append(mobile)
