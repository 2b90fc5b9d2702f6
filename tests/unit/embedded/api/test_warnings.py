"""Warnings of the API server: each once, and cut as the real one cuts them."""

from __future__ import annotations

from labkit.embedded.api.warnings import warning_headers


def test_each_once_and_quoted() -> None:
    """The same text twice is one header; quotes and line ends cannot leave it."""
    assert warning_headers(["a", 'say "no"\r\n', "a", ""]) == [
        '299 - "a"',
        '299 - "say \\"no\\"  "',
    ]


def test_many_long_ones_are_cut() -> None:
    """Over 4,096 characters in all each is cut at 256, and what comes after 4,096 is left out
    (TestTruncation of the real filter, in its own measure)."""
    texts = [f"{number:03}" + "x" * 297 for number in range(40)]
    headers = warning_headers(texts)
    assert len(headers) == 16
    assert headers[0] == f'299 - "{texts[0][:256]}"'
    assert warning_headers(texts[:13]) == [f'299 - "{text}"' for text in texts[:13]]
