"""`voiced devices`: the sound devices flow out, as a table."""

import argparse

from rich.console import Console
from rich.table import Table

from voiced.audio.devices import list_devices
from voiced.errors import AudioError


def run(options: argparse.Namespace) -> int:
    """Lists the microphones and speakers that sounddevice sees. Raises AudioError when there are none."""
    del options
    table = Table("device", "through", "in", "out", "rate", "default for", box=None, pad_edge=False)
    devices = list_devices()
    if not devices:
        raise AudioError("There is no sound device on this machine; plug one in, or start the sound server.")
    for device in devices:
        default = [word for word, is_it in (("in", device.default_input), ("out", device.default_output)) if is_it]
        table.add_row(
            device.name,
            device.host,
            str(device.inputs or ""),
            str(device.outputs or ""),
            f"{device.rate:.0f} Hz",
            ", ".join(default),
        )
    Console(markup=False).print(table)  # names come from anywhere
    return 0
