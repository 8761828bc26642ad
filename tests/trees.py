"""What is in a folder, for comparing before and after."""

from pathlib import Path

Snapshot = dict[str, str | bytes]


def snapshot(root: Path) -> Snapshot:
    """All that is in a tree, but for what the programs that change accounts keep for themselves."""
    found: Snapshot = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_symlink():
            found[name] = str(path.readlink())
        elif path.is_file():
            found[name] = path.read_bytes()
    return {name: what for name, what in found.items() if not name.endswith(("-", ".pwd.lock"))}
