"""The programs of busybox, by name."""

from __future__ import annotations

from collections.abc import Mapping

from labkit.embedded.interfaces import Program
from labkit.embedded.programs import simple
from labkit.embedded.programs.cat import cat
from labkit.embedded.programs.echo import echo
from labkit.embedded.programs.env import env, printenv
from labkit.embedded.programs.printf import printf
from labkit.embedded.programs.seq import seq
from labkit.embedded.programs.sleep import sleep
from labkit.embedded.programs.test import test
from labkit.embedded.programs.wget import wget
from labkit.embedded.shell.main import sh

PROGRAMS: Mapping[str, Program] = {
    "sh": sh, "ash": sh, "echo": echo, "printf": printf, "test": test, "[": test,
    "true": simple.true, "false": simple.false, "sleep": sleep, "seq": seq, "cat": cat,
    "env": env, "printenv": printenv, "hostname": simple.hostname, "pwd": simple.pwd,
    "whoami": simple.whoami, "id": simple.identity, "uname": simple.uname,
    "date": simple.date, "kill": simple.kill, "ps": simple.ps, "nproc": simple.nproc,
    "yes": simple.yes, "wget": wget,
}  # fmt: skip
"""The shell among them: a script runs them all by their names."""
