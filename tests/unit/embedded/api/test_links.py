"""Links behind the API server's proxy: which are rewritten, and which stay as they are."""

from __future__ import annotations

import pytest

from labkit.embedded.api.links import Behind

PREFIX = "/api/v1/namespaces/default/pods/web/proxy"
BEHIND = Behind(PREFIX, ("10.244.1.5:8080", "127.0.0.1:4711"))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/a", f"{PREFIX}/a"),
        ("/a/b/", f"{PREFIX}/a/b/"),
        ("/", f"{PREFIX}/"),
        ("/a?x=/y#z", f"{PREFIX}/a?x=/y#z"),
        (f"{PREFIX}/a", f"{PREFIX}/a"),
        ("http://10.244.1.5:8080/a", f"{PREFIX}/a"),
        ("http://127.0.0.1:4711/a", f"{PREFIX}/a"),
        ("http://example.org/a", "http://example.org/a"),
        ("//example.org/a", "//example.org/a"),
        ("a/b", "a/b"),
        ("#top", "#top"),
        ("mailto:a@example.org", "mailto:a@example.org"),
    ],
)
def test_one_link(target: str, expected: str) -> None:
    """Only what begins at the root of the page's own host gets the proxy's path before it."""
    assert BEHIND.link(target) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (b'<a href="/x">t</a>', f'<a href="{PREFIX}/x">t</a>'),
        (b"<img alt='/x' src='/x'>", f"<img alt='/x' src='{PREFIX}/x'>"),
        (b"<IMG SRC=/x>", f"<IMG SRC={PREFIX}/x>"),
        (b'<form action="/x" method="post"/>', f'<form action="{PREFIX}/x" method="post"/>'),
        (b'<p data="/x">/x</p>', '<p data="/x">/x</p>'),
        ("<a href='/ñ'>ñ < b</a>".encode(), f"<a href='{PREFIX}/ñ'>ñ < b</a>"),
    ],
)
def test_a_page(html: bytes, expected: str) -> None:
    """Attributes that hold addresses change, everything else stays byte by byte."""
    assert BEHIND.page(html) == expected.encode()
