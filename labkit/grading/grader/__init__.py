"""Grading submissions: read, run in a sandbox, judge elsewhere, report (``labkit grade``)."""
