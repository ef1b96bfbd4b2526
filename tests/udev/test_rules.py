"""What the rules do to a device: names, access, who is kept off; and to whom they do nothing."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from udev_grammar import Rule, parse
from udev_rules import Device, Node, Outcome, run

from terminal.diagnosis.known_devices import USB_SERIAL, VENDOR_DEVICES, VendorDevice
from terminal.diagnosis.udev_files import BRLTTY_FILE, DESK_FILE, PORTS_FILE, READERS_FILE

UDEV = Path(__file__).parents[2] / "udev"
PCI = "pci-0000:00:14.0-usb-0"
CH340, CP210X, FTDI, PL2303 = "1a86:7523", "10c4:ea60", "0403:6001", "067b:2303"
BRLTTY_STARTS = parse(
    'SUBSYSTEM=="usb", ENV{PRODUCT}=="1a86/7523/*", ENV{BRLTTY_BRAILLE_DRIVER}="xx", '
    'ENV{BRLTTY_BRAILLE_DEVICE}="usb:serial=", TAG+="systemd", '
    'ENV{SYSTEMD_WANTS}+="brltty-device@.service"\n'
)
"""As brltty's own rules start it, written by us: by the ids, through a wish of systemd's."""


def file(name: str) -> list[Rule]:
    return parse((UDEV / name).read_text("utf-8"))


READERS, DESK, PORTS, BRLTTY = map(
    file, (READERS_FILE, f"{DESK_FILE}.example", PORTS_FILE, BRLTTY_FILE)
)
ALL = (READERS, DESK, PORTS, BRLTTY)


def done(device: Device, files: Iterable[list[Rule]] = ALL) -> Outcome:
    return run(files, device)


def parent(ids: str, *, driver: str = "usb") -> Node:
    vendor, product = ids.split(":")
    return Node("1-9", "usb", driver, {"idVendor": vendor, "idProduct": product})


HUB = parent("1d6b:0002")


def usb(ids: str, *, action: str = "add", devtype: str = "usb_device", **env: str) -> Device:
    path = {"ID_PATH": f"{PCI}:9", "DEVTYPE": devtype}
    return Device(parent(ids), (HUB,), path | env, action=action)


def hidraw(ids: str, serial: str = "") -> Device:
    """A HID device's node: the ids are its parent's, so ATTR does not see them."""
    about = {"ID_SERIAL_SHORT": serial} if serial else {}
    return Device(
        Node("hidraw0", "hidraw"),
        (Node("0003:0471:A112.0001", "hid", "hid-generic"), parent(ids), HUB),
        builtins={"usb_id": about, "path_id": {"ID_PATH": f"{PCI}:9:1.0"}},
    )


def tty(
    ids: str,
    *,
    serial: str = "",
    port: str = "0",
    interface: str = "00",
    socket: str = "9",
    kernel: str = "ttyUSB0",
    driver: str = "ch341-uart",
    action: str = "add",
) -> Device:
    """A converter's port, with what 60-serial.rules says of it."""
    env = {
        "ID_BUS": "usb",
        "ID_PATH": f"{PCI}:{socket}:1.{int(interface)}",
        "ID_USB_INTERFACE_NUM": interface,
    }
    line = Node(kernel, "usb-serial", driver, {"port_number": port})
    above = (line,) if kernel.startswith("ttyUSB") else ()
    card = Node("1-9:1.0", "usb", "x", {"bInterfaceNumber": interface})
    return Device(
        Node(kernel, "tty"),
        (*above, card, parent(ids), HUB),
        env | ({"ID_SERIAL_SHORT": serial} if serial else {}),
        action=action,
    )


def printer(ids: str = "0416:5011", serial: str = "", socket: str = "9") -> Device:
    """A node of usblp; nobody has asked yet who made it."""
    about = {"ID_USB_INTERFACES": ":070102:"} | ({"ID_SERIAL_SHORT": serial} if serial else {})
    return Device(
        Node("lp0", "usbmisc"),
        (Node("1-9:1.0", "usb", "usblp"), parent(ids), HUB),
        builtins={"usb_id": about, "path_id": {"ID_PATH": f"{PCI}:{socket}:1.0"}},
    )


class TestReaders:
    @pytest.mark.parametrize("device", VENDOR_DEVICES, ids=lambda each: each.ids)
    def test_known_devices_are_opened(self, device: VendorDevice) -> None:
        """`guitai doctor` sends people to these rules for each of these devices."""
        right, wrong = done(usb(device.ids)), done(hidraw(device.ids))
        if device.transport == "hidraw":
            right, wrong = wrong, right
        assert right.tags == {"uaccess"}
        assert right.access == {"GROUP": "guitai", "MODE": "0660"}
        assert wrong.untouched

    def test_names_of_an_id_reader(self) -> None:
        """Two readers of one make are told apart by the socket, and by a number."""
        assert done(usb("0400:c35a")).links == {f"counter/idreader-{PCI}:9"}
        assert done(usb("0400:c35a", ID_SERIAL_SHORT="A1")).links == {
            *("counter/idreader-A1", f"counter/idreader-{PCI}:9"),
        }

    def test_names_of_a_reader(self) -> None:
        """A HID node says nothing of itself: its device is asked."""
        assert done(hidraw("0471:a112", "D3S")).links == {
            *("counter/reader-D3S", f"counter/reader-{PCI}:9:1.0"),
        }

    @pytest.mark.parametrize(
        "device",
        [
            usb("072f:b100"),
            usb("0400:0001"),
            usb("0471:c35a"),
            usb("0400:c35a", action="remove"),
            usb("0400:c35a", devtype="usb_interface"),
            Device(
                Node("x0", "other", "", parent("0400:c35a").attributes),
                (),
                {"DEVTYPE": "usb_device"},
            ),
            hidraw("046d:c31c"),
        ],
        ids=["ccid", "vendor only", "mixed ids", "removed", "interface", "not USB", "keyboard"],
    )
    def test_other_devices_are_left_alone(self, device: Device) -> None:
        """CCID readers are pcscd's and libccid's; a keyboard's node shows what is typed."""
        assert done(device).untouched


class TestSerialPorts:
    @pytest.mark.parametrize("ids", USB_SERIAL)
    def test_every_chip(self, ids: str) -> None:
        """`guitai doctor` sends people to these rules for each of these converters."""
        kernel = "ttyACM0" if USB_SERIAL[ids] == "CH343" else "ttyUSB0"
        outcome = done(tty(ids, kernel=kernel))
        assert outcome.tags == {"uaccess"}
        assert outcome.env["ID_MM_DEVICE_IGNORE"] == outcome.env["ID_MM_PORT_IGNORE"] == "1"
        assert outcome.env["GUITAI_CHIP"] == USB_SERIAL[ids]
        assert outcome.links == {f"counter/serial-{PCI}:9:1.0"}
        assert outcome.access == {}  # dialout's, as it was

    def test_the_same_chips_as_the_doctor_knows(self) -> None:
        """One list in two places: each names what the other names."""
        named = {
            f"{vendor.value}:{product}"
            for rule in PORTS
            for vendor in rule
            if vendor.attribute == "idVendor"
            for token in rule
            if token.attribute == "idProduct"
            for product in token.value.split("|")
        }
        assert named == set(USB_SERIAL)

    def test_a_serial_number(self) -> None:
        """It goes with the device from socket to socket, so it is a name beside the socket's."""
        outcome = done(tty(FTDI, serial="FT9ABC"))
        assert outcome.links == {"counter/serial-FT9ABC", f"counter/serial-{PCI}:9:1.0"}

    @pytest.mark.parametrize("serial", ["0001", "0000", "00000000", "0"])
    def test_a_factorys_number(self, serial: str) -> None:
        """Every unnumbered CP2102 says 0001: by that name a pad could be taken for another."""
        assert done(tty(CP210X, serial=serial)).links == {f"counter/serial-{PCI}:9:1.0"}

    def test_two_alike(self) -> None:
        """Two CH340 have one id and no number: only the socket tells the pad from the reader."""
        first, second = done(tty(CH340, socket="5")).links, done(tty(CH340, socket="6")).links
        assert first.isdisjoint(second)

    def test_several_ports_of_one_chip(self) -> None:
        """By interfaces (FT2232) or several in one: each has its own name, or one hides others."""
        made = [
            tty("0403:6010", serial="F", interface="00"),
            tty("0403:6010", serial="F", interface="01"),
            tty(PL2303, serial="F", port="1"),
        ]
        assert [done(each).links for each in made] == [
            {"counter/serial-F", f"counter/serial-{PCI}:9:1.0"},
            {"counter/serial-F-if01", f"counter/serial-{PCI}:9:1.1"},
            {"counter/serial-F-port1", f"counter/serial-{PCI}:9:1.0-port1"},
        ]

    def test_modem_manager_sees_it_at_the_converter_too(self) -> None:
        """It looks at the port or at the device above it, by version; the node stays as it is."""
        outcome = done(usb(CH340))
        assert outcome.env["ID_MM_DEVICE_IGNORE"] == "1"
        assert (outcome.tags, outcome.links, outcome.access) == (set(), set(), {})

    @pytest.mark.parametrize("action", ["add", "bind", "change"])
    def test_latency(self, action: str) -> None:
        """16 ms an answer is most of what a short exchange with a pad takes."""
        node = Node("ttyUSB0", "usb-serial", "ftdi_sio", {"latency_timer": "16"})
        outcome = done(Device(node, (parent(FTDI), HUB), action=action))
        assert outcome.written == {"latency_timer": "1"}

    @pytest.mark.parametrize(
        "node",
        [
            Node("ttyUSB0", "usb-serial", "ftdi_sio", {"port_number": "0"}),
            Node("ttyUSB0", "usb-serial", "ch341-uart", {"latency_timer": "16"}),
            Node("1-9:1.0", "usb", "ftdi_sio", {"latency_timer": "16"}),
        ],
        ids=["not bound yet", "another chip", "not a port"],
    )
    def test_no_latency_to_set(self, node: Node) -> None:
        """Writing where there is nothing fills the log with a failure each time it is plugged."""
        assert done(Device(node, (parent(FTDI), HUB))).untouched

    @pytest.mark.parametrize(
        "device",
        [
            tty("12d1:1506", driver="option1"),
            tty("19d2:1405", kernel="ttyACM0"),
            tty("10c4:8a2a", driver="cp210x"),
            tty(CH340, action="remove"),
            usb("0781:5567", ID_USB_INTERFACES=":080650:"),
            usb("12d1:1506"),
            Device(Node("ttyS0", "tty"), (Node("00:00", "pnp"),)),
            Device(Node("tty1", "tty")),
            Device(Node("sda", "block"), (parent("0781:5567"), HUB)),
            Device(Node("event3", "input"), (parent("046d:c31c"), HUB)),
            Device(Node("lp0", "printer"), (Node("parport0", "parport"),)),
            Device(Node("cdc-wdm0", "usbmisc"), (parent("12d1:1506"), HUB)),
        ],
        ids=[
            *("3G dongle", "ACM modem", "a maker's own id", "removed", "mass storage", "dongle"),
            *("built-in port", "console", "disk", "keyboard", "parallel printer", "QMI modem"),
        ],
    )
    def test_others_are_left_alone(self, device: Device) -> None:
        """A modem that ModemManager may no longer use is a machine without its network."""
        assert done(device, (READERS, PORTS, BRLTTY)).untouched


class TestPrinters:
    def test_names(self) -> None:
        """Receipt printers have no maker's id in common; that usblp drives them says enough."""
        outcome = done(printer(serial="P1"), (READERS, PORTS))
        assert outcome.links == {"counter/receipt-P1", f"counter/receipt-{PCI}:9:1.0"}
        assert (outcome.tags, outcome.access) == ({"uaccess"}, {})  # lp's, as it was

    def test_a_card_printer_is_no_receipt_printer(self) -> None:
        """A receipt sent to a card printer costs a card."""
        assert done(printer("0f49:0a00")).links == {f"counter/cardprinter-{PCI}:9:1.0"}

    def test_unasked(self) -> None:
        """Where udev finds nothing out, the printer is still opened."""
        outcome = done(Device(Node("lp0", "usbmisc"), (parent("0416:5011"), HUB)))
        assert (outcome.tags, outcome.links) == ({"uaccess"}, set())


class TestDesk:
    """The example is tried as it stands: who copies it has rules that work."""

    @pytest.mark.parametrize(
        ("device", "name"),
        [
            (tty(CH340, socket="1"), "pinpad-1"),
            (tty(CP210X, socket="2", serial="0001"), "idreader-1"),
            (tty("ffff:0001", socket="1", kernel="ttyACM0"), "pinpad-1"),
            (Device(Node("ttyS0", "tty"), (Node("00:00", "pnp"),)), "receipt-1"),
            (printer(socket="4"), "receipt-2"),
        ],
        ids=["pad", "ID reader", "a chip nobody lists", "built-in port", "printer"],
    )
    def test_a_name_for_a_port(self, device: Device, name: str) -> None:
        """A port that was named is the counter's, whatever chip it has."""
        outcome = done(device)
        assert f"counter/{name}" in outcome.links
        assert outcome.tags == {"uaccess"}
        if device.node.subsystem == "tty":
            assert outcome.env["ID_MM_PORT_IGNORE"] == "1"

    def test_another_socket(self) -> None:
        """A name is its socket's: a pad in the wrong one must not answer to it."""
        named = [done(tty(CH340, socket=each)).links for each in ("1", "2", "3", "11", "1.1")]
        assert ["counter/pinpad-1" in links for links in named] == [True] + [False] * 4

    def test_an_exchanged_pad_keeps_its_name(self) -> None:
        """Another pad in the same socket, with another number, is what the configuration means."""
        for serial in ("", "FT1", "FT2"):
            assert "counter/pinpad-1" in done(tty(FTDI, serial=serial, socket="1")).links


class TestBrltty:
    def test_it_is_kept_off(self) -> None:
        """What its rules have set is gone when they are done: nobody starts it."""
        device = usb(CH340, PRODUCT="1a86/7523/264")
        before = run((BRLTTY_STARTS,), device)
        assert before.env["SYSTEMD_WANTS"] == "brltty-device@.service"
        after = run((READERS, PORTS, BRLTTY_STARTS, BRLTTY), device)
        assert not [name for name in after.env if name.startswith(("BRLTTY", "SYSTEMD"))]

    def test_a_braille_display_is_not(self) -> None:
        """Who reads braille at the machine goes on doing so: only bare converters are ours."""
        display = usb("0904:2000", BRLTTY_BRAILLE_DRIVER="bm", SYSTEMD_WANTS="brltty@x.service")
        assert done(display).env["SYSTEMD_WANTS"] == "brltty@x.service"
        assert done(display).env["BRLTTY_BRAILLE_DRIVER"] == "bm"

    def test_wishes_of_others_stay(self) -> None:
        """A service that another file starts for a converter is none of ours to stop."""
        outcome = done(usb(CH340, SYSTEMD_WANTS="other.service"))
        assert outcome.env["SYSTEMD_WANTS"] == "other.service"
