"""Every cluster of the lab behaves as a real Kubernetes does (the checks of ``labkit parity``)."""

from __future__ import annotations

import pytest

from labkit.cluster import base
from labkit.parity.stage import Stage
from labkit.parity.suite import ALONE, CHECKS, Check, run_check
from tests.parity.conftest import stage_on

pytestmark = pytest.mark.kubectl


@pytest.mark.parametrize("check", ALONE, ids=lambda check: check.__name__)
def test_alone(cluster: base.Cluster, check: Check) -> None:
    """What makes and removes its own objects finds no difference."""
    assert [str(one) for one in run_check(check, stage_on(cluster)).differences] == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_on_the_stage(stage: Stage, check: Check) -> None:
    """On the stage no check finds a difference."""
    result = run_check(check, stage)
    assert [str(one) for one in result.differences] == []
    assert result.here, "two nodes and readable rules are here"
