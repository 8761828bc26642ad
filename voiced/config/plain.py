"""TOML that cannot be read flows in, what is wrong with it in plain words flows out: for what people get wrong most."""

import re

CURLY = "\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}\N{DOUBLE LOW-9 QUOTATION MARK}"
"""What word processors write in place of quotes."""

ENDLESS = "a text has no quote at its end; add it"

ALWAYS = {
    "Illegal character '\\n'": ENDLESS,
    'Expected "\'"': ENDLESS,
    "Expected '=' after a key": "this is no `key = value`; a key is one word, followed by =",
}
"""What tomllib says, by its beginning, where it means the same whatever the line."""


def plainly(text: str, complaint: str) -> str | None:
    """The line, and what is wrong there, without a full stop; None where tomllib's own `complaint` has to do."""
    if found := re.search(r" \(at line (\d+), column (\d+)\)$", complaint):
        number, column = int(found[1]), int(found[2])
    elif complaint.endswith(" (at end of document)"):
        number, column = text.rstrip().count("\n") + 1, 0
    else:
        return None
    lines = text.split("\n")
    line = lines[number - 1] if number <= len(lines) else ""
    wrong = _wrong(complaint, line.rstrip(), line[max(column - 1, 0) :].strip())
    return f"line {number}: {wrong}" if wrong else None


def _wrong(complaint: str, line: str, rest: str) -> str | None:
    """`rest` is what is left of the line where tomllib stopped."""
    key = line.partition("=")[0].strip()
    if complaint.startswith("Invalid value"):
        return _no_value(key, rest)
    if complaint.startswith("Expected newline or end of document after a statement"):
        if comma := re.match(r"[^=]*=\s*([+-]?\d+),(\d+)", line):
            return f"a decimal number has a point: {key} = {comma[1]}.{comma[2]}"
        return f"{_short(rest)} is too much; a text stands in quotes, and a remark behind a #"
    if complaint.startswith("Cannot overwrite a value") and "=" in line:
        return f"`{key}` is there twice; remove one of them"
    if complaint.startswith("Cannot declare") and line.lstrip().startswith("["):
        return f"{line.strip()} is there twice; put everything under one of them"
    return next((told for beginning, told in ALWAYS.items() if complaint.startswith(beginning)), None)


def _no_value(key: str, rest: str) -> str | None:
    word = re.match(r"[^#,\]]*", rest)
    value = word[0].strip() if word else ""
    if not rest or rest.startswith("#"):
        return f"`{key}` has no value; add one, or remove the line"
    if rest[0] in CURLY:
        return 'a text stands in straight quotes, like "this"'
    if value.lower() in ("true", "false"):
        return f"write {value.lower()} in small letters"
    if value.lower() in ("yes", "no", "on", "off"):
        return f"{value} is no value; write true or false, or a text in quotes"
    if re.match(r"[^\W\d_]|[~/]", rest):
        return f'a text stands in quotes: "{_short(value)}"'
    return None


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
