"""$(VAR) expansion: the cases of Kubernetes' own expand_test.go, and the seed's."""

from __future__ import annotations

import pytest

from labkit.embedded.kubelet.expansion import expand

KNOWN = {"VAR_A": "A", "VAR_B": "B", "VAR_C": "C", "VAR_REF": "$(VAR_A)", "VAR_EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$(VAR_A)", "A"),
        ("___$(VAR_B)___", "___B___"),
        ("___$(VAR_C)", "___C"),
        ("$(VAR_A)-$(VAR_A)", "A-A"),
        ("$(VAR_A)-1", "A-1"),
        ("1-$(VAR_A)", "1-A"),
        ("$$(VAR_B)_$(VAR_A)", "$(VAR_B)_A"),
        ("$$(VAR_A)_$(VAR_B)", "$(VAR_A)_B"),
        ("foo$$(VAR_A)bar", "foo$(VAR_A)bar"),
        ("f000-$$VAR_A", "f000-$VAR_A"),
        ("$(VAR_REF)", "$(VAR_A)"),
        ("%%$(VAR_REF)--$(VAR_REF)%%", "%%$(VAR_A)--$(VAR_A)%%"),
        ("foo$(VAR_EMPTY)bar", "foobar"),
        ("foo\\$(VAR_A)bar", "foo\\Abar"),
        ("foo$$$(VAR_A)bar", "foo$Abar"),
        ("foo$$$$$$$(VAR_A)$$$$bar", "foo$$$A$$bar"),
        ("foo$$$$$$$$$(VAR_A)bar", "foo$$$$Abar"),
        ("$$$$$$$(VAR_A)$$", "$$$A$"),
        ("$VAR_A", "$VAR_A"),
        ("$(VAR_A", "$(VAR_A"),
        ("$($(VAR_A)", "$($(VAR_A)"),
        ("foo$", "foo$"),
        ("foo$$", "foo$"),
        ("$()", "$()"),
        ("$(VAR_DNE)", "$(VAR_DNE)"),
        ("$?_boo_$!", "$?_boo_$!"),
        ("-text=Hello from Pod $(HOSTNAME)", "-text=Hello from Pod $(HOSTNAME)"),
        ("", ""),
    ],
)
def test_expand(text: str, expected: str) -> None:
    """Known names are replaced once, unknown ones stay, ``$$`` is one dollar sign."""
    assert expand(text, KNOWN) == expected


def test_the_first_mapping_counts() -> None:
    """Variables of the container come before those of Services."""
    assert expand("$(A) $(B)", {"A": "1"}, {"A": "2", "B": "3"}) == "1 3"
