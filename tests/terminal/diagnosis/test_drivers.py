"""USB readers that are plugged in, and their drivers."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from emulator.pcsc import ScriptedPcsc
from terminal.diagnosis.finding import Finding
from terminal.diagnosis.known_devices import KEYBOARD_VENDOR, VENDOR_DEVICES, VendorDevice
from terminal.diagnosis.machine import Machine
from terminal.diagnosis.usb import usb_devices

Found = Callable[..., dict[str, Finding]]
Plug = Callable[..., None]
Write = Callable[..., Path]
ACR39U = ("072f:b100", "ACR39U ICC Reader")
CCID = "0b"
MODULES = "pn533_usb 20480 0 - Live 0x0\npn533 49152 1 pn533_usb, Live 0x0\nnfc 131072 1 pn533,\n"


def test_devices_are_read(machine: Callable[..., Machine], plug: Plug) -> None:
    """What the kernel shows in files and links is a device with its interfaces."""
    plug(*ACR39U, kind="0B")
    plug("072f:2200", kind=CCID, driver="pn533_usb")
    first, second = usb_devices(machine())
    assert (first.ids, first.title, first.ccid) == (
        "072f:b100",
        "ACR39U ICC Reader (072f:b100)",
        True,
    )
    assert (first.node, first.drivers) == ("/dev/bus/usb/001/001", frozenset({""}))
    assert (second.title, second.drivers) == ("072f:2200", frozenset({"pn533_usb"}))


def test_no_usb(found: Found, root: Path) -> None:
    """In a virtual machine the reader hangs on the host, however often it is plugged in."""
    (root / "sys/bus/usb/devices").rmdir()
    all_found = found()
    assert "no_usb" in all_found
    assert "check_broken" not in all_found


def test_no_ccid_driver(found: Found, root: Path, plug: Plug) -> None:
    """pcscd without libccid runs well and sees nothing."""
    shutil.rmtree(root / "usr/lib/pcsc/drivers")
    assert "ccid_driver_missing" not in found()  # nothing is plugged in that wants it
    plug(*ACR39U, kind=CCID)
    all_found = found()
    assert "ccid_driver_missing" in all_found
    assert "ACR39U ICC Reader (072f:b100)" in all_found["ccid_driver_missing"].what.zh


def test_plugged_and_not_listed(found: Found, pcsc: ScriptedPcsc, plug: Plug) -> None:
    """The kernel has it, PC/SC does not: that tells a dead cable from a stuck daemon."""
    plug(*ACR39U, kind=CCID)
    assert "reader_not_listed" not in found()
    pcsc.remove_reader("ACS ACR39U ICC Reader 00 00")
    assert "reader_not_listed" in found()
    pcsc.lose_service()
    assert "reader_not_listed" not in found()  # nobody was asked


@pytest.mark.parametrize(("group", "wrong"), [("root", True), ("pcscd", False)])
def test_node_group(found: Found, write: Write, plug: Plug, group: str, wrong: bool) -> None:
    """A daemon that is no longer root opens only devices of its own group."""
    plug(*ACR39U, kind=CCID)
    assert "node_group" not in found(group_of=lambda _path: group)  # root opens all
    write("/usr/lib/systemd/system/pcscd.service", "[Service]\nUser=pcscd\n")
    assert ("node_group" in found(group_of=lambda _path: group)) is wrong


@pytest.mark.parametrize("device", [*VENDOR_DEVICES, KEYBOARD_VENDOR], ids=lambda each: each.ids)
def test_vendor_reader(found: Found, plug: Plug, device: VendorDevice) -> None:
    """PC/SC never lists these; who waits for them there waits for ever."""
    plug(device.ids if device is not KEYBOARD_VENDOR else f"{device.ids}0001")
    what = found()["vendor_reader"].what
    assert device.ids in what.zh
    assert " not a PC/SC device" in what.en


def test_ids_that_one_source_has(found: Found, plug: Plug) -> None:
    """What one list alone says of a device is said with a «probably»."""
    plug("0471:a112")
    assert "probably" not in found()["vendor_reader"].what.en
    plug("9573:4836")
    assert "probably" in found()["vendor_reader"].what.en
    assert "vendor_reader" in found()


def test_other_devices_are_left_alone(found: Found, plug: Plug) -> None:
    """Keyboards and hubs are no readers, and every machine has them."""
    healthy = set(found())
    plug("1d6b:0002", "xHCI Host Controller", kind="09")
    plug("046d:c31c", "USB Keyboard", kind="03", driver="usbhid")
    assert set(found()) == healthy


def test_kernel_took_the_reader(found: Found, plug: Plug, write: Write) -> None:
    """The kernel's NFC driver makes an ACR122U vanish from PC/SC without a word."""
    plug("072f:2200", "ACR122U", kind=CCID, driver="pn533_usb")
    write("/proc/modules", MODULES)
    all_found = found()
    assert "nfc_took_reader" in all_found
    assert "ACR122U (072f:2200)" in all_found["nfc_took_reader"].what.zh
    assert "nfc_modules_loaded" not in all_found  # once is enough


def test_kernel_would_take_a_reader(found: Found, write: Write) -> None:
    """The modules wait for the next ACR122U; a laptop's own NFC chip is another matter."""
    write("/proc/modules", "nfc 131072 0 - Live 0x0\n")
    assert "nfc_modules_loaded" not in found()
    write("/proc/modules", MODULES)
    all_found = found()
    assert "nfc_modules_loaded" in all_found
    assert "pn533_usb、pn533、nfc" in all_found["nfc_modules_loaded"].what.zh
