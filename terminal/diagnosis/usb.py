"""The USB devices of a machine as the kernel shows them in /sys."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.diagnosis.machine import Machine

FOLDER = "/sys/bus/usb/devices"
CCID_CLASS = "0b"


@dataclass(frozen=True, slots=True)
class UsbDevice:
    """Hold a device: its ids (``072f:2200``), and its interfaces' classes and kernel drivers."""

    ids: str
    product: str
    node: str
    classes: frozenset[str]
    drivers: frozenset[str]

    @property
    def ccid(self) -> bool:
        """Tell whether it is a card reader of the common class."""
        return CCID_CLASS in self.classes

    @property
    def title(self) -> str:
        """Name it for people."""
        return f"{self.product} ({self.ids})" if self.product else self.ids


def usb_devices(machine: Machine) -> list[UsbDevice]:
    """List the devices, hubs too; one that goes meanwhile has gaps.

    Interfaces stand beside their devices and have a colon in their names.
    """
    names = machine.names(FOLDER)
    return [_device(machine, name, names) for name in names if ":" not in name]


def _device(machine: Machine, name: str, names: list[str]) -> UsbDevice:
    def attribute(of: str) -> str:
        return machine.text(f"{FOLDER}/{name}/{of}")

    interfaces = [each for each in names if each.startswith(f"{name}:")]
    bus, number = attribute("busnum"), attribute("devnum")
    return UsbDevice(
        ids=f"{attribute('idVendor')}:{attribute('idProduct')}",
        product=attribute("product"),
        node=f"/dev/bus/usb/{bus.zfill(3)}/{number.zfill(3)}",
        classes=frozenset(
            machine.text(f"{FOLDER}/{each}/bInterfaceClass").lower() for each in interfaces
        ),
        drivers=frozenset(_driver(machine, each) for each in interfaces),
    )


def _driver(machine: Machine, interface: str) -> str:
    """Name the kernel driver that has an interface; a reader of PC/SC has none."""
    link = machine.path(f"{FOLDER}/{interface}/driver")
    return link.readlink().name if link.is_symlink() else ""
