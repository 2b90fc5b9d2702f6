"""Links of a page behind the API server's proxy, made to lead through the proxy again.

After apimachinery/pkg/util/proxy/transport.go: only attributes that hold an address, and only
addresses on the page's own host that begin at its root.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

ATTRIBUTES = {
    "a": ("href",), "applet": ("codebase",), "area": ("href",), "audio": ("src",),
    "base": ("href",), "blockquote": ("cite",), "body": ("background",),
    "button": ("formaction",), "command": ("icon",), "del": ("cite",), "embed": ("src",),
    "form": ("action",), "frame": ("longdesc", "src"), "head": ("profile",),
    "html": ("manifest",), "iframe": ("longdesc", "src"), "img": ("longdesc", "src", "usemap"),
    "input": ("src", "usemap", "formaction"), "ins": ("cite",), "link": ("href",),
    "object": ("classid", "codebase", "data", "usemap"), "q": ("cite",), "script": ("src",),
    "source": ("src",), "video": ("poster", "src"),
}  # fmt: skip
TAG = re.compile(r"""<([a-zA-Z][a-zA-Z0-9]*)(\s(?:[^<>"']|"[^"]*"|'[^']*')*)>""")
ATTRIBUTE = re.compile(r"""([a-zA-Z-]+)(\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)""")


@dataclass(frozen=True, slots=True)
class Behind:
    """``prefix`` is the proxy's path to the server's root; ``hosts`` are the server's names."""

    prefix: str
    hosts: tuple[str, ...]

    def link(self, target: str) -> str:
        """An address as it reads from before the proxy; others stay as they are."""
        try:
            parts = urlsplit(target)
        except ValueError:
            return target
        if (parts.netloc and parts.netloc not in self.hosts) or not parts.path.startswith("/"):
            return target
        path = parts.path
        if not path.startswith(self.prefix):
            path = posixpath.normpath(f"{self.prefix}/{path}")
            path += "/" if parts.path.endswith("/") else ""
        return urlunsplit(("", "", path, parts.query, parts.fragment))

    def page(self, html: bytes) -> bytes:
        """A page of HTML with its links rewritten."""
        text = html.decode("latin-1")  # bytes as they are: only ASCII is looked at
        return TAG.sub(self._tag, text).encode("latin-1")

    def _tag(self, found: re.Match[str]) -> str:
        wanted = ATTRIBUTES.get(found[1].lower())
        if not wanted:
            return found[0]

        def one(attribute: re.Match[str]) -> str:
            if attribute[1].lower() not in wanted:
                return attribute[0]
            value = attribute[3]
            quote = value[0] if value[0] in "\"'" else ""
            inner = value.strip(quote) if quote else value
            return f"{attribute[1]}{attribute[2]}{quote}{self.link(inner)}{quote}"

        return f"<{found[1]}{ATTRIBUTE.sub(one, found[2])}>"
