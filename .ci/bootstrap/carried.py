"""A bundle that `voiced models export --wheels` wrote flows in, the wheels in it that are wanted here flow out.

For a machine on which there is no voiced yet to take them in. Who names a bundle trusts whoever made it, for a wheel is
a program: what is looked for is damage, and nothing is written but the wheels that were asked for.
"""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
import zlib
from collections.abc import Iterable
from pathlib import Path

from bootstrap.errors import SetupError
from voiced.compiled import WHEELS

LARGEST_MANIFEST = 1_000_000

FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]*\.whl")


def unpack(bundle: Path, keys: Iterable[str], target: Path) -> set[str]:
    """Brings the wheels of these keys, as far as they are there, to `target`/KEY; which were. Raises SetupError."""
    found: set[str] = set()
    try:
        with tarfile.open(str(bundle)) as archive:
            digests = _digests(archive)
            wanted = {name.split("/")[1] for name in digests} & set(keys)
            while wanted - found:
                entry = archive.next()
                if entry is None:
                    raise EOFError
                folder, _, key = entry.name.rpartition("/")[0].partition("/")
                file = entry.name.rpartition("/")[2]
                if folder != WHEELS or key not in wanted or not FILE.fullmatch(file):
                    continue
                stream = archive.extractfile(entry)
                body = stream.read() if stream else b""
                if digests.get(entry.name) != hashlib.sha256(body).hexdigest():
                    raise SetupError(f"{file} in {bundle} is damaged: copy the bundle again, or leave out WHEELS=.")
                (target / key).mkdir()
                (target / key / file).write_bytes(body)
                found.add(key)
    except OSError as error:
        raise SetupError(
            f"{bundle} cannot be read ({error.strerror or error}): name another file with WHEELS=."
        ) from error
    except (tarfile.TarError, zlib.error, EOFError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise SetupError(
            f"{bundle} is no bundle with wheels, or damaged: name one that `voiced models export --wheels` wrote."
        ) from error
    return found


def _digests(archive: tarfile.TarFile) -> dict[str, str]:
    """What the manifest says of wheels, by their names in the archive. Raises whatever comes when that is nothing."""
    entry = archive.next()
    if entry is None or entry.name != "manifest.json" or entry.size > LARGEST_MANIFEST:
        raise ValueError("no manifest")
    stream = archive.extractfile(entry)
    told = json.loads(stream.read().decode("utf-8") if stream else "")
    return {f"{WHEELS}/{each['key']}/{each['file']}": each["sha256"] for each in told["wheels"]["wheels"]}
