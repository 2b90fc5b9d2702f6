"""The scheduler: filters, scores, binding.  One plugin of kube-scheduler per file."""

from __future__ import annotations

from labkit.embedded.scheduler.loop import Scheduler

__all__ = ["Scheduler"]
