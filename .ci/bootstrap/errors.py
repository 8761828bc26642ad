"""The output of a program that failed flows in, the one sentence that says what to do flows out."""

from __future__ import annotations

import re

AGAIN = "then run the same command again."

CAUSES = (
    (
        r"no space left on device",
        "The disk is full: make room (3 GB are enough), " + AGAIN,
    ),
    (
        r"killed signal terminated program|signal 9|cannot allocate memory|out of memory|virtual memory exhausted",
        "There was not enough memory to compile: close other programs or add swap, " + AGAIN,
    ),
    (
        r"could not get lock|unable to lock|unable to acquire the dpkg",
        "Another program is installing Debian packages: wait until it is done, " + AGAIN,
    ),
    (
        r"a password is required|not in the sudoers|may not run sudo|incorrect password|terminal is required",
        "This user may not use sudo: install the Debian packages named above as root, " + AGAIN,
    ),
    (
        r"do not match the hashes|hashes are required",
        "A downloaded package is not the one that was pinned: look at what package index pip is set to use, " + AGAIN,
    ),
    (
        r"packages need to be removed but remove is disabled",
        "A Debian package named above would push out others that this machine has, which is left alone: run this in a "
        "container or a virtual machine, or install it yourself.",
    ),
    (
        r"unable to locate package|has no installation candidate",
        "This release does not have a Debian package named above: use Debian 12 or later, or Ubuntu 23.04 or later.",
    ),
    (
        r"temporary failure (in name resolution|resolving)|could not resolve|newconnectionerror|nameresolutionerror|"
        r"failed to establish a new connection|network is unreachable|connecttimeout|read timed out|proxyerror|"
        r"connection (timed out|refused)|failed to fetch|unable to fetch|from versions: none|no matching distribution",
        "The network did not answer: connect this machine to the internet for the first set-up, " + AGAIN,
    ),
)
"""Patterns and what they mean, in the order in which they are looked for: a full disk makes downloads fail as well."""


class SetupError(Exception):
    """Why the set-up cannot go on: one sentence that says what to do."""


def cause(output: str) -> str | None:
    """The sentence for a known cause in a failed program's output; None when it is not a known one."""
    for pattern, sentence in CAUSES:
        if re.search(pattern, output, re.IGNORECASE):
            return sentence
    return None
