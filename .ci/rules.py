"""The repository's files flow in, what breaks its own rules flows out: those that no linter knows.

The limits are what keeps a code base readable after years: no file that one has to search, no function that one has to
scroll, no test that tests a double instead of the thing.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

MODULE_LINES = 400
FUNCTION_LINES = 60
DOUBLES = re.compile(r"\b(Mock|MagicMock|AsyncMock|mock\.patch|mocker)\b\s*[.(]")


def broken(path: Path, source: str) -> Iterator[str]:
    """What is wrong with a module, one sentence each, beginning with its place."""
    tree = ast.parse(source)
    name = path.relative_to(ROOT)
    lines = source.count("\n")
    if lines > MODULE_LINES:
        yield f"{name}:1: {lines} lines; past {MODULE_LINES} it is two modules."
    if source.strip() and not ast.get_docstring(tree):
        yield f"{name}:1: the module does not say what flows in and what flows out."
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield f"{name}:{node.lineno}: {node.name} has {length} lines; past {FUNCTION_LINES} it is two."
    for number, line in enumerate(source.splitlines(), 1):
        if DOUBLES.search(line):
            yield f"{name}:{number}: a double; use the real thing, or the stand-in that ships beside its interface."


def main() -> int:
    files = sorted(f for folder in ("voiced", "tests", ".ci/bootstrap") for f in (ROOT / folder).rglob("*.py"))
    complaints = [c for file in files for c in broken(file, file.read_text(encoding="utf-8"))]
    print("\n".join(complaints) if complaints else f"{len(files)} modules keep the rules.")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
