"""Text as models write it flows in, one line of plain text flows out: no Markdown, no HTML, no web addresses.

Written here rather than taken from a Markdown parser because what comes is a clause, not a document: emphasis that
begins in one clause and ends in the next is normal, and a parser that follows CommonMark leaves such marks standing.
All patterns are bounded, so that no text takes more than linear time.
"""

import html
import re
from collections.abc import Iterator
from typing import Final

from voiced.text.language import Language

QUOTE: Final = re.compile(r"(?:>(?![\d=])\s?){1,9}")  # ">90 %" is no quotation
HEADING: Final = re.compile(r"#{1,6}\s+")
BULLET: Final = re.compile(r"(?:[-*+•◦▪‣–]\s+)(?:\[[ xX]\]\s+)?")
NUMBERED: Final = re.compile(r"[*_]{0,3}(\d{1,3})[.)][*_]{0,3}\s+(?=\S)")
FENCE: Final = re.compile(r"(?:(?:[-*+]|\d{1,3}[.)])\s)?(```|~~~)")

IMAGE_OR_LINK: Final = re.compile(r"!?\[([^\[\]]{0,500})\]\((?:[^()\n]|\([^()\n]{0,200}\)){0,2000}\)")
REFERENCE: Final = re.compile(r"\[([^\[\]^]{1,500})\]\[[^\[\]]{0,100}\]")
FOOTNOTE: Final = re.compile(r"\[\^?\d{1,3}\]|\[\^[^\[\]\s]{1,40}\]")
TAG: Final = re.compile(r"</?[a-zA-Z][\w-]{0,40}(?:\s[^<>\n]{0,300})?/?>|<!--.{0,1000}?-->")
URL: Final = re.compile(r"<?\b(?:https?|ftp)://([^\s<>\"'`]{1,4000})>?", re.IGNORECASE)
WWW: Final = re.compile(r"(?<![\w.@/])www\.([^\s<>\"'`]{1,4000})", re.IGNORECASE)
EMAIL: Final = re.compile(r"(?<![\w.+-])(?:mailto:)?([\w.+-]{1,64})@([\w-]{1,63}(?:\.[\w-]{1,63}){1,6})")
DOT: Final = re.compile(r"(?<=[^\W_])\.(?=[^\W\d_])")
ESCAPE: Final = re.compile(r"\\([\\`*_{}\[\]()#+.!|~>-])")
TRAILING: Final = ".,;:!?)]}*_~"


def plain(text: str, language: Language) -> str:
    """`text` in one line, without blocks of code; a heading, a list's item or a row of a table becomes a sentence."""
    line = " ".join(_lines(text))
    line = TAG.sub(" ", IMAGE_OR_LINK.sub(r"\1", line)) if "](" in line or "<" in line else line
    line = FOOTNOTE.sub("", REFERENCE.sub(r"\1", line))
    line = ESCAPE.sub(r"\1", html.unescape(line))
    return _emphasis(_addresses(line, language))


def _lines(text: str) -> Iterator[str]:
    """The lines of `text` without what makes them blocks; those that end a sentence have a full stop."""
    kept: list[str] = []
    fence = ""
    for raw in text.splitlines():
        line = raw.strip()
        if quote := QUOTE.match(line):
            line = line[quote.end() :]
        mark = FENCE.match(line)
        if fence:
            fence = "" if mark and mark.group(1) == fence else fence
            continue
        if mark and "`" not in line[mark.end() :]:
            fence = mark.group(1)
            continue
        head, ticks, tail = line.partition("```")
        if ticks and head and "`" not in tail:
            fence, line = ticks, head.strip()
        block, line = _block(line)
        speaks = any(map(str.isalnum, line))
        if kept and (block or not speaks):
            kept[-1] = _ended(kept[-1])
        if speaks:
            kept.append(_ended(line) if block else line)
    return iter(kept)


def _block(line: str) -> tuple[bool, str]:
    """Whether `line` is a block of its own, and its text."""
    if heading := HEADING.match(line):
        return True, line[heading.end() :].rstrip("# ")
    if line.startswith("|"):
        return True, ", ".join(cell.strip() for cell in line.split("|") if any(map(str.isalnum, cell)))
    if bullet := BULLET.match(line):
        return True, line[bullet.end() :]
    if numbered := NUMBERED.match(line):
        return True, f"{numbered.group(1)}: {line[numbered.end() :]}"
    if len(line) > 4 and line[:2] in ("**", "__") and line.rstrip(":").endswith(line[:2]):
        return True, line
    return False, line


def _ended(line: str) -> str:
    bare = line.rstrip("*_`~\"'”’)] ")
    return line if bare.endswith((".", "!", "?", ":", ";", ",", "…")) else f"{line}."


def _addresses(line: str, language: Language) -> str:
    words = language.words

    def spoken(host: str) -> str:
        host = re.split(r"[/?#]", host, maxsplit=1)[0].rpartition("@")[2].partition(":")[0].removeprefix("www.")
        return host.replace("-", f" {words['dash']} ").replace(".", f" {words['dot']} ").strip()

    def link(match: re.Match[str]) -> str:
        address = match.group(1).rstrip(TRAILING)
        host = spoken(address)
        said = language.link.format(host=host) if any(map(str.isalnum, host)) else ""
        return f" {said}{match.group(1)[len(address) :]} "

    def bare(match: re.Match[str]) -> str:
        address = match.group(1).rstrip(TRAILING)
        return f"{spoken(address)}{match.group(1)[len(address) :]}"

    def mail(match: re.Match[str]) -> str:
        name = match.group(1).replace(".", f" {words['dot']} ").replace("-", f" {words['dash']} ")
        return f"{name.replace('_', ' ')} {words['at']} {spoken(match.group(2))}"

    if "://" in line:
        line = URL.sub(link, line)
    if "www." in line.lower():
        line = WWW.sub(bare, line)
    return EMAIL.sub(mail, line) if "@" in line else line


def dotted(line: str, language: Language) -> str:
    """`line` with the full stops inside of names such as "main.py" or "example.com" said aloud. Abbreviations must
    have been read before."""

    def dot(match: re.Match[str]) -> str:
        # "the end.The next" is a forgotten space, not a name.
        before, after = line[match.start() - 1], line[match.end()]
        return ". " if before.islower() and after.isupper() else f" {language.words['dot']} "

    return DOT.sub(dot, line)


def _emphasis(line: str) -> str:
    line = re.sub(r"(?<=\d) ?\* ?(?=\d)|(?<=\w) \* (?=\w)", " × ", line)
    line = re.sub(r"\*+|~~|==(?=\S)(?!=)|(?<=\S)==|`+", "", line)
    return line.replace("_", " ")
