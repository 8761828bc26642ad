"""A conversation's events and sound flow in, a picture of where the time went flows out.

`spans` tells, without any drawing, from when to when each stage worked and what was said; `layout` decides what goes
where on the page; `picture` draws it.
"""

from voiced.timeline.picture import draw
from voiced.timeline.spans import Caption, Span, captions, spans

__all__ = ["Caption", "Span", "captions", "draw", "spans"]
