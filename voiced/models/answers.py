"""What a server answers flows in; it is taken, refused in one sentence, or worth asking again."""

import re
from dataclasses import dataclass

import httpx2

from voiced.errors import ModelError
from voiced.models.catalogue import HubFile


class Broken(Exception):  # noqa: N818 - never leaves the hub
    """The connection brought less than it should have; the next one may bring the rest."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is fetched, and where."""

    url: str
    file: HubFile
    address: str
    mirror: bool = False
    """Whether that is not the hub's own."""
    proxy: str = ""
    """What everything goes through; empty for nothing."""

    @property
    def title(self) -> str:
        """For messages."""
        return self.file.name


def refuse(source: Source, response: httpx2.Response) -> None:
    """Raises ModelError for an answer that will be the same next time, Broken for one that may not be."""
    status, size = response.status_code, source.file.size
    addresses = [each.url for each in (*response.history, response)]
    if addresses[0].scheme == "https" and any(url.scheme != "https" for url in addresses):
        raise ModelError(f"{source.address} sends {source.title} to an address without encryption; it is not fetched.")
    if status in (401, 403):
        raise ModelError(
            f"{source.address} does not give out {source.title} ({status}): its page may ask for an agreement first; "
            "fetch it with a browser, and take it in with `voiced models import`."
        )
    if status in (404, 410) and source.mirror:
        raise ModelError(f"The mirror {source.address} lacks {source.title} ({status}); name another mirror, or none.")
    if status in (404, 410):
        raise ModelError(
            f"{source.address} has no {source.title} any more ({status}); a newer voiced may know where it went."
        )
    if status == 407:
        raise ModelError("The proxy wants a name and a password (407); put them into HTTPS_PROXY.")
    if status == 416:
        return  # there is no such rest: a matter of what is here
    if status not in (200, 206):
        if status == 429 or status >= 500:
            raise Broken(f"{source.address} is too busy, or out of order ({status}); try again later.")
        raise ModelError(f"{source.address} answers {status} for {source.title}, which is no file; try again later.")
    if response.headers.get("content-type", "").partition(";")[0].strip().lower() == "text/html":
        raise ModelError(web_page(source))
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise ModelError(f"{source.address} sends {source.title} packed, although it was asked not to; try a mirror.")
    told = next((each.headers.get("x-linked-size") for each in response.history), None)
    named = linked(response)
    other = (told or str(size)) != str(size)
    if other or (source.file.sha256 and len(named) == 64 and named != source.file.sha256):
        raise ModelError(
            f"{source.title} at {source.address} is not the file that the catalogue knows; a newer voiced may know it."
        )
    length = response.headers.get("content-length", "")
    if status == 200 and length and length != str(size):
        raise Broken(f"{source.address} says it has {length} bytes instead of {size}; try again later.")


def linked(response: httpx2.Response) -> str:
    """The digest that the hub gives: as X-Linked-ETag before it sends on to where large files are, or as the ETag of a
    small file, which is git's."""
    for each in (*response.history, response):
        for header in ("x-linked-etag", "etag"):
            value = str(each.headers.get(header, "")).strip('"')
            if re.fullmatch(r"[0-9a-f]{64}", value) and header == "x-linked-etag":
                return value
            if re.fullmatch(r"[0-9a-f]{40}", value):
                return value
    return ""


def first_byte(response: httpx2.Response) -> int:
    """Where a partial response begins; -1 when it does not say."""
    found = re.match(r"bytes (\d+)-", response.headers.get("content-range", ""))
    return int(found[1]) if found else -1


def web_page(source: Source) -> str:
    return (
        f"Instead of {source.title} a web page came from {source.address}; if this network has a log-in page, open it "
        "in a browser first."
    )


def unreachable(source: Source, reason: str) -> str:
    address = source.address
    if "CERTIFICATE" in reason.upper():
        return f"{address} cannot prove that it is itself ({reason}); look at this machine's clock, and at the proxy."
    if source.proxy:
        return (
            f"the proxy {source.proxy} cannot be reached ({reason}); look at HTTPS_PROXY in the environment, and at "
            "proxy in [models] of config.toml."
        )
    return (
        f"{address} cannot be reached ({reason}); look at the network, or carry models here with "
        "`voiced models export` and `import`."
    )
