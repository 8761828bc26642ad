"""The contract: what interface.xml says is what was promised, and what docs/dbus.md tells."""

from pathlib import Path
from xml.etree import ElementTree

from voiced.dbus.address import METER, NAME
from voiced.dbus.interface import DOC, page, read_xml
from voiced.dbus.snapshot import SIGNALS

DOCS = Path(__file__).parent.parent / "docs" / "dbus.md"

METHODS = {
    "Listen": ("", ""),
    "Stop": ("", ""),
    "Say": ("s", "u"),
    "Ask": ("s", "u"),
    "ListVoices": ("", "as"),
    "ListTimers": ("", "a(ussx)"),
    "CancelTimer": ("u", ""),
    "Reload": ("", ""),
}

PROPERTIES = {
    "State": ("s", "read"),
    "Muted": ("b", "readwrite"),
    "Voice": ("s", "readwrite"),
    "Volume": ("d", "readwrite"),
    "Profile": ("s", "read"),
    "WakeWords": ("as", "read"),
    "Version": ("s", "read"),
    "Health": ("a{ss}", "read"),
    "LastTurn": ("a{sd}", "read"),
}

SIGNATURES = {
    "WakeDetected": "sd",
    "Partial": "us",
    "Transcript": "us",
    "Reply": "us",
    "TurnEnded": "usa{sd}",
    "TimerFired": "us",
}


def interface(xml: str = "", name: str = NAME) -> ElementTree.Element:
    """One of ours, out of `xml` or the file."""
    return next(
        each for each in ElementTree.fromstring(xml or read_xml()).iter("interface") if each.get("name") == name
    )


def signature(member: ElementTree.Element, direction: str | None = None) -> str:
    return "".join(str(arg.get("type")) for arg in member.findall("arg") if arg.get("direction", "in") == direction)


def members(found: ElementTree.Element) -> tuple[dict[str, object], dict[str, object], dict[str, object]]:
    methods: dict[str, object] = {
        str(each.get("name")): (signature(each, "in"), signature(each, "out")) for each in found.findall("method")
    }
    properties: dict[str, object] = {
        str(each.get("name")): (each.get("type"), each.get("access")) for each in found.findall("property")
    }
    signals: dict[str, object] = {
        str(each.get("name")): "".join(str(arg.get("type")) for arg in each.findall("arg"))
        for each in found.findall("signal")
    }
    return methods, properties, signals


def test_the_interface_is_the_one_that_was_promised() -> None:
    assert members(interface()) == (METHODS, PROPERTIES, SIGNATURES)


def test_what_is_beside_it_is_the_level_alone() -> None:
    assert members(interface(name=METER)) == ({"Watch": ("", "")}, {}, {"Level": "d"})
    assert len(ElementTree.fromstring(read_xml()).findall("interface")) == 2


def test_every_member_is_documented_in_sentences() -> None:
    for member in [*interface(), *interface(name=METER)]:
        if member.tag != "annotation":
            [doc] = [str(each.get("value")) for each in member.findall("annotation") if each.get("name") == DOC]
            assert doc.endswith("."), member.get("name")


def test_the_page_is_made_from_the_interface() -> None:
    """`python -m voiced.dbus.interface > docs/dbus.md` renews it."""
    assert DOCS.read_text(encoding="utf-8") == page()


def test_every_signal_has_an_event() -> None:
    assert {kind.__name__ for kind in SIGNALS} == {*SIGNATURES, "Level"}
