"""Single commands to a ZT588/ZT598: proved where that is wanted, refusals turned into errors.

Reference counter-devices.md §3.2.4 and §3.2.6.
"""

from __future__ import annotations

from apdu import tdes
from apdu.errors import EncodingError
from apdu.zt598 import Act, Control, Setting
from apdu.zt598_fields import Letter, from_hex
from apdu.zt598_frames import Frame
from apdu.zt598_keys import Authenticate, Proof, whole_uid
from apdu.zt598_replies import FIRST_ERROR, TAMPERED, meaning
from apdu.zt598_switches import Switches
from terminal.devices.zt598_link import PadLink
from terminal.errors import PinPadGarbled, PinPadRefused, PinPadTampered
from terminal.texts import Text


class PadCommands:
    """Send commands over a link; what the pad says no to is PinPadRefused or PinPadTampered."""

    def __init__(self, link: PadLink, switches: Switches) -> None:
        self._link = link
        self._switches = switches

    def send(self, body: bytes, proved_under: int | None = None) -> bytes:
        """Give the data of a reply that says yes; prove the UID under a slot before, if named."""

        def prepare() -> None:
            if proved_under is not None:
                self._authenticate(proved_under)

        reply = self._link.exchange(body, prepare)
        if refused(reply):
            raise refusal(body, reply.code)
        return reply.data

    def control(self, control: Control) -> None:
        """Set something."""
        self.send(control.encode(self._switches))

    def act(self, act: Act) -> None:
        """Have something done."""
        self.control(Control(Setting.ACT, act))

    def _authenticate(self, slot: int) -> None:
        """Prove the UID before a key is used (§3.2.4); a pad without one wants no proof."""
        if self._switches.uid is None:
            return
        uid = whole_uid(self._switches.uid.reveal())
        challenge = _unhex(self._step(Proof.CHALLENGE, uid))
        mixed = _unhex(self._step(slot, challenge))
        try:
            answer = tdes.encrypt(uid, mixed)
        except ValueError as error:
            raise PinPadGarbled(detail=f"a challenge of {len(mixed)} bytes") from error
        self._step(Proof.ANSWER, answer)

    def _step(self, step: int, data: bytes) -> bytes:
        return self.send(Authenticate(step, data).encode(self._switches))


def refused(reply: Frame) -> bool:
    """Tell whether a reply is an error."""
    return reply.code >= FIRST_ERROR


def refusal(body: bytes, code: int) -> PinPadRefused | PinPadTampered:
    """Make the catalogue's error of an error code."""
    if code in TAMPERED:
        return PinPadTampered(error=f"{code:02X}")
    said = meaning(code)
    return PinPadRefused(step=_step(body), meaning=Text(said.zh, said.en), error=f"{code:02X}")


def _step(body: bytes) -> str:
    """Name a command in a message: a control whole, of others the letter, for keys follow it."""
    shown = body if body[:1] == bytes((Letter.CONTROL,)) else body[:1]
    return shown.decode("ascii") or "entry"


def _unhex(text: bytes) -> bytes:
    try:
        return from_hex(text)
    except EncodingError as error:
        raise PinPadGarbled(detail=str(error)) from error
