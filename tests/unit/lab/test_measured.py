"""A real cluster's counts beside the exact band."""

from __future__ import annotations

import pytest

from labkit.errors import UsageError
from labkit.lab.measured import Measured, measured
from labkit.words import Words


def test_real_counts_lie_in_the_band_of_chance() -> None:
    """For 1,000 requests to two Pods the band is 423 to 577 (exact binomial), and kind's counts lie
    inside; a split of 600 to 400 would not."""
    words = Words("en")
    found = measured(2, words)
    assert found.band == (423, 577)
    assert all(measured(pods, words).inside for pods in (2, 3, 5))
    assert "529, 471" in str(found)
    assert not Measured((600, 400), found.band, words).inside
    with pytest.raises(UsageError, match="4 Pods"):
        measured(4, words)
