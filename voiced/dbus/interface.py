"""interface.xml flows in; the contract, and its documentation as a page, flow out.

`python -m voiced.dbus.interface > docs/dbus.md` renews that page; a test compares them.
"""

import sys
from collections.abc import Iterator
from importlib import resources
from typing import Final
from xml.etree import ElementTree

from voiced.dbus.address import NAME, PATH

DOC: Final = "org.gtk.GDBus.DocString"


def read_xml() -> str:
    """The contract, as D-Bus introspection has it."""
    return (resources.files("voiced.dbus") / "interface.xml").read_text(encoding="utf-8")


def page() -> str:
    """docs/dbus.md: every member with its signature and its sentence."""
    ours, beside = ElementTree.fromstring(read_xml()).findall("interface")
    lines = ["# D-Bus", "", "<!-- generated from voiced/dbus/interface.xml -->", "", _doc(ours), ""]
    lines += [f"Bus name and interface `{NAME}`, object `{PATH}`.", "", *_members(ours, "##")]
    lines += ["## The level of the sound", "", f"Interface `{beside.get('name')}`, same name and object."]
    lines += ["", _doc(beside), "", *_members(beside, "###")]
    return "\n".join(lines).rstrip() + "\n"


def _members(interface: ElementTree.Element, heading: str) -> Iterator[str]:
    for kind, title, columns in (
        ("method", "Methods", "takes | gives"),
        ("property", "Properties", "type | access"),
        ("signal", "Signals", "carries"),
    ):
        rows = [f"| `{member.get('name')}` | {' | '.join(_cells(member))} | {_doc(member)} |"
                for member in interface.findall(kind)]  # fmt: skip
        if rows:
            head = f"| name | {columns} | meaning |"
            yield from (f"{heading} {title}", "", head, "|---" * (head.count("|") - 1) + "|", *rows, "")


def _cells(member: ElementTree.Element) -> Iterator[str]:
    if member.tag == "property":
        yield f"`{member.get('type')}`"
        yield "read, write" if member.get("access") == "readwrite" else "read"
    elif member.tag == "method":
        yield _arguments(member, "in")
        yield _arguments(member, "out")
    else:
        yield _arguments(member, None)


def _arguments(member: ElementTree.Element, direction: str | None) -> str:
    found = [arg for arg in member.findall("arg") if arg.get("direction") == direction]
    return ", ".join(f"{arg.get('name')} `{arg.get('type')}`" for arg in found) or "–"


def _doc(element: ElementTree.Element) -> str:
    return next(each.get("value", "") for each in element.findall("annotation") if each.get("name") == DOC)


if __name__ == "__main__":
    sys.stdout.write(page())
