"""The driver of the ZT588/ZT598 against frames of the reference and a pad in software.

Reference counter-devices.md §3.2, §3.7 and §7.2; all keys are TEST KEYS of public examples. What
the driver sends is held against bodies written out here.
"""

from pads import pads

from apdu.secret import Secret
from terminal.devices.pin_pad import KeyKind, KeyUse

NO_UID = {"uid": "none"}
TDES = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
TDES_CHECK = bytes.fromhex("08D7B4FB629D0885")
WORK_WRAPPED = bytes.fromhex("3EB3B72576BBBE832532DF5DD75880D3")
WORK_CHECK = bytes.fromhex("491510CAF24FB6CA")
SM4_MASTER = bytes.fromhex("1234567890ABCDEFABCDEF0987654321")
SM4_MASTER_CHECK = bytes.fromhex("F6BF2D5B4CD5D8A0")
SM4_WRAPPED = bytes.fromhex("3D66234C49E4296FF9C78D8BACBD6A76")
SM4_CHECK = bytes.fromhex("861E83E31FAEBF10")


def nothing(_count: int) -> None:
    """Show no stars."""


# --- What is sent ---------------------------------------------------------------------------


def test_golden_others() -> None:
    """Info, status and reset are the reference's frames."""
    desk = pads()
    desk.driver.self_test()
    desk.driver.reset()
    sent = [each.hex(" ").upper() for each in desk.wire.sent]
    assert sent[1:3] == ["02 30 30 31 33 03 30 31", "02 30 30 31 49 03 37 42"]
    assert sent[-1] == "02 30 30 34 35 30 33 30 03 33 31"


def test_golden_keys() -> None:
    """Loading keys sends what the reference has worked out (§7.2)."""
    desk = pads(switches=NO_UID)
    desk.driver.load_master_key(0x01, KeyKind.TDES, Secret(TDES), TDES_CHECK)
    desk.driver.load_work_key(0x30, 0x01, KeyUse.PIN, KeyKind.TDES, WORK_WRAPPED, WORK_CHECK)
    plain, wrapped = desk.wire.sent[1:]
    assert plain == b"\x02037" + b"10102" + TDES.hex().upper().encode() + b"\x0305"
    assert wrapped[:12] == b"\x020392013032"[:4] + b"2013032" + b"3"
    assert wrapped[4:11] == b"2013032"
