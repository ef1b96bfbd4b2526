"""What is inside the software PIN pad: its settings and what each command does.

Reference counter-devices.md §3.2.2 to §3.2.7. Every command may come twice, for the terminal
repeats what it heard no reply to.
"""

from __future__ import annotations

from collections.abc import Callable

from apdu.cipher import SM4
from apdu.errors import EncodingError
from apdu.pin_block import BlockForm, build
from apdu.zt598 import (
    Act,
    BlockFormat,
    ClearKey,
    Control,
    GetPinBlock,
    GetSm4Block,
    LineHex,
    Setting,
    StartCipherEntry,
)
from apdu.zt598_fields import Letter, success, to_hex
from apdu.zt598_keys import (
    Authenticate,
    DeleteSmKey,
    KeyType,
    LoadPlainKey,
    LoadWrappedKey,
    Sm4MasterKey,
    Sm4WorkKey,
)
from apdu.zt598_replies import (
    BATTERY_LOW,
    BlockReply,
    Info,
    InfoFlag,
    encode_check_value,
    speed_code,
)
from apdu.zt598_switches import CheckValue, Control3, GetBlock, Model, Switches
from emulator.pin_pad_entry import Keypad, Mode
from emulator.pin_pad_keys import DesKey, KeyStore, PadError, sm4_check_value
from emulator.randomness import Randomness

_TAMPERED = 0xDD
_WRONG_DATA = 0xE9
_WRONG_PARAMETER = 0xEB
_GENERAL_ERROR = 0xEF
"""Also where no PIN was entered."""
_KEY_CODES = bytes.fromhex("3132331B34353608373839072E30230D4143454742444648")
"""Scan order: 1 2 3 CANCEL, 4 5 6 CLEAR, 7 8 9 blank, . 0 00 ENTER, then the side keys (§3.2.3)."""
_HEX_LETTERS = bytes.maketrans(b"ABCDEF", b":;<=>?")
_INFO_HEX = slice(50, 118)
_MASTERS = (KeyType.IMK, KeyType.TMK)
_STATUS = b"GUITAI01".ljust(22, b"0")
_INSTALLED = b"000"


class Firmware:
    """Carry out commands; a UID among the switches is stored, with the all-zero key in slot 00."""

    def __init__(
        self,
        model: Model,
        switches: Switches,
        clock: Callable[[], float],
        randomness: Randomness,
        beep: Callable[[], object],
    ) -> None:
        self.model = model
        self.switches = switches
        self.keypad = Keypad()
        self.keys = KeyStore(switches.uid.reveal() if switches.uid else None, randomness)
        self.user_text = ""
        self.check_size = 8
        """Bytes of a DES key's check value that are given."""
        self.battery_low = False
        self.tampered = False
        self._clock = clock
        self._beep = beep
        self._filler = 0xFF
        self._nibble_hex = False
        self._sound = True
        self._beep_time = 10
        self._handlers: dict[int, Callable[[bytes], bytes]] = {
            Letter.LOAD_PLAIN_KEY: self._load_plain_key,
            Letter.LOAD_WRAPPED_KEY: self._load_wrapped_key,
            Letter.INFO: self._info,
            Letter.CONTROL: self._control,
            Letter.START_ENTRY: self._start_cipher_entry,
            Letter.GET_BLOCK: self._pin_block,
            Letter.AUTHENTICATE: self._authenticate,
            Letter.STATUS: self._status,
            Letter.INSTALLED: lambda _: _INSTALLED,
            Letter.SM4_MASTER_KEY: self._sm4_master_key,
            Letter.SM4_WORK_KEY: self._sm4_work_key,
            Letter.DELETE_SM_KEY: self._delete_sm_key,
            Letter.SM4_BLOCK: self._sm4_block,
        }

    def answer(self, body: bytes) -> tuple[int, bytes]:
        """Carry out a command; give the code of its reply and the data."""
        if self.tampered:
            return _TAMPERED, b""
        handler = self._handlers.get(body[0])
        if handler is None:
            return _GENERAL_ERROR, b""
        try:
            return success(body[0]), handler(body)
        except PadError as error:
            return error.code, b""
        except EncodingError:
            return _WRONG_DATA, b""

    def _hex(self, text: bytes) -> bytes:
        """Write hex in the form the line is set to."""
        return text.translate(_HEX_LETTERS) if self._nibble_hex else text

    def _info(self, body: bytes) -> bytes:
        if len(body) > 1:
            self.user_text = body[1:].decode("ascii", "replace")
            return b""
        flags = InfoFlag(0) if self.keys.has_master else InfoFlag.NO_IMK
        if self.keypad.mode is not Mode.CLOSED:
            flags |= InfoFlag.INPUT_OPEN
        if self._sound:
            flags |= InfoFlag.SOUND
        fills = self.switches.control_3 is Control3.FILL
        keypad = self.keypad
        settings = bytes(
            (
                *(flags.value, 0, keypad.seconds),
                self._filler if fills else keypad.mask,
                *(keypad.least, keypad.most, speed_code(self.switches.speed)),
                LineHex.NIBBLE if self._nibble_hex else LineHex.ASCII,
                *(self._beep_time, 0),
            )
        )
        model = self.model.name
        text = Info(
            self.user_text, _KEY_CODES, settings, "00000001", model, "1.0", "2.3", "2601", "0001"
        ).encode()
        return text[: _INFO_HEX.start] + self._hex(text[_INFO_HEX]) + text[_INFO_HEX.stop :]

    def _status(self, _body: bytes) -> bytes:
        if self.battery_low:
            raise PadError(BATTERY_LOW)
        return _STATUS

    def _control(self, body: bytes) -> bytes:
        control = Control.decode(body)
        keypad = self.keypad
        match control.setting:
            case Setting.ACT:
                self._act(control.value)
            case Setting.SECONDS:
                keypad.seconds = control.value
            case Setting.LEAST:
                keypad.least = control.digits(self.switches)
            case Setting.MOST:
                keypad.most = control.digits(self.switches)
            case Setting.MASK_OR_FILL if self.switches.control_3 is Control3.MASK:
                keypad.mask = control.value
            case Setting.MASK_OR_FILL:
                self._filler = control.value
            case Setting.LINE:
                # What would change the speed is refused: the public drivers disagree about it.
                if control.value not in list(LineHex):
                    raise PadError(_WRONG_PARAMETER)
                self._nibble_hex = control.value == LineHex.NIBBLE
            case Setting.CLEAR:
                keypad.clear = _clear_key(control.value)
            case Setting.BEEP:
                self._beep_time = control.value
            case Setting.HOLD | Setting.SM4_REPEAT:
                pass  # a software finger is never too slow, and keys may repeat
        return b""

    def _act(self, value: int) -> None:
        match value:
            case Act.RESET:
                self.keypad.close()
                self.keys.forget_proofs()
            case Act.WIPE:
                self.keypad = Keypad()
                self.keys.wipe()
            case Act.CLOSE_INPUT:
                self.keypad.close()
            case Act.OPEN_PLAIN:
                self.keypad.open(Mode.PLAIN, self._clock())
            case Act.SOUND_OFF | Act.SOUND_ON:
                self._sound = value == Act.SOUND_ON
            case Act.BEEP:
                self._beep()
            case _:
                raise PadError(_WRONG_PARAMETER)

    def _authenticate(self, body: bytes) -> bytes:
        step = Authenticate.decode(body)
        return self._hex(to_hex(self.keys.prove(step.step, step.data)))

    def _load_plain_key(self, body: bytes) -> bytes:
        command = LoadPlainKey.decode(body, self.switches)
        self.keys.authorise(0)
        return self._keep(command.slot, DesKey(command.type, command.key))

    def _load_wrapped_key(self, body: bytes) -> bytes:
        command = LoadWrappedKey.decode(body, self.switches)
        if not command.wrapped:
            self.keys.des.pop(command.slot, None)
            return b""
        if command.slot == command.under:
            raise PadError(_WRONG_PARAMETER)
        master = self.keys.key(command.under, *_MASTERS)
        self.keys.authorise(command.under)
        key = DesKey(KeyType(command.type), master.decrypt(command.wrapped))
        return self._keep(command.slot, key)

    def _keep(self, slot: int, key: DesKey) -> bytes:
        self.keys.des[slot] = key
        form = self.switches.check_value
        text = encode_check_value(key.check_value[: self.check_size], form)
        return text if form is CheckValue.RAW else self._hex(text)

    def _sm4_master_key(self, body: bytes) -> bytes:
        command = Sm4MasterKey.decode(body)
        return self._keep_sm4(command.slot, command.key)

    def _sm4_work_key(self, body: bytes) -> bytes:
        command = Sm4WorkKey.decode(body)
        master = self.keys.sm4_key(command.under)
        return self._keep_sm4(command.slot, SM4.decrypt_blocks(master, command.wrapped))

    def _keep_sm4(self, slot: int, key: bytes) -> bytes:
        self.keys.sm4[slot] = key
        return self._hex(to_hex(sm4_check_value(key)))

    def _delete_sm_key(self, body: bytes) -> bytes:
        command = DeleteSmKey.decode(body)
        if command.slot is None:
            self.keys.sm4.clear()
        else:
            self.keys.sm4.pop(command.slot, None)
        return b""

    def _start_cipher_entry(self, body: bytes) -> bytes:
        command = StartCipherEntry.decode(body, self.switches)
        self.keypad.open(Mode.CIPHER, self._clock())
        self.keypad.clear = command.clear
        self.keypad.slot = command.slot
        self.keypad.format = command.format
        self.keypad.account = command.account
        if command.most:
            self.keypad.most = command.most
        return b""

    def _pin_block(self, body: bytes) -> bytes:
        command = GetPinBlock.decode(body, self.switches)
        if self.switches.get_block is GetBlock.ALONE:
            command = GetPinBlock(self.keypad.slot, self.keypad.format, self.keypad.account)
        key = self.keys.key(command.slot, KeyType.PIN)
        self.keys.authorise(command.slot)
        if command.format is not BlockFormat.ISO_0:
            raise PadError(_WRONG_PARAMETER)
        return self._block(BlockForm.ISO_0, command.account, key.encrypt)

    def _sm4_block(self, body: bytes) -> bytes:
        command = GetSm4Block.decode(body)
        key = self.keys.sm4_key(command.slot)
        return self._block(
            BlockForm.SM4, command.account, lambda block: SM4.encrypt_blocks(key, block)
        )

    def _block(self, form: BlockForm, account: bytes, encrypt: Callable[[bytes], bytes]) -> bytes:
        """Make the block of what was entered; it may be asked for again until the input closes."""
        pin = self.keypad.entered if self.keypad.mode is Mode.CIPHER else b""
        if not pin:
            raise PadError(_GENERAL_ERROR)
        block = encrypt(build(form, pin, account, self._filler & 0xF))
        return self._hex(BlockReply(len(pin), block).encode())


def _clear_key(value: int) -> ClearKey:
    if value not in list(ClearKey):
        raise PadError(_WRONG_PARAMETER)
    return ClearKey(value)
