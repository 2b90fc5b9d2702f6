"""The programs of busybox, by name."""

from __future__ import annotations

from collections.abc import Mapping

from labkit.embedded.interfaces import Program
from labkit.embedded.programs import columns, files, lines, simple
from labkit.embedded.programs.cat import cat
from labkit.embedded.programs.echo import echo
from labkit.embedded.programs.env import env, printenv
from labkit.embedded.programs.expr import expr
from labkit.embedded.programs.grep import grep
from labkit.embedded.programs.ip import ip
from labkit.embedded.programs.ls import ls
from labkit.embedded.programs.nc import nc
from labkit.embedded.programs.netstat import netstat
from labkit.embedded.programs.nslookup import nslookup
from labkit.embedded.programs.ping import ping
from labkit.embedded.programs.printf import printf
from labkit.embedded.programs.sed import sed
from labkit.embedded.programs.seq import seq
from labkit.embedded.programs.sleep import sleep
from labkit.embedded.programs.tar import tar
from labkit.embedded.programs.test import test
from labkit.embedded.programs.timeout import measure, timeout
from labkit.embedded.programs.wget import wget
from labkit.embedded.shell.main import sh

PROGRAMS: Mapping[str, Program] = {
    "sh": sh, "ash": sh, "[": test, "[[": test, "test": test,
    "true": simple.true, "false": simple.false,
    "echo": echo, "printf": printf, "sleep": sleep, "seq": seq, "yes": simple.yes, "expr": expr,
    "cat": cat, "head": lines.head, "tail": lines.tail, "wc": lines.wc, "sort": lines.sort,
    "uniq": lines.uniq, "tee": lines.tee, "grep": grep, "egrep": grep, "fgrep": grep,
    "cut": columns.cut, "tr": columns.tr, "rev": columns.rev,
    "ls": ls, "mkdir": files.mkdir, "rm": files.rm, "rmdir": files.rmdir, "touch": files.touch,
    "cp": files.copy, "mv": files.copy, "tar": tar, "which": files.which,
    "basename": files.basename, "dirname": files.dirname, "pwd": simple.pwd,
    "env": env, "printenv": printenv, "hostname": simple.hostname, "whoami": simple.whoami,
    "id": simple.identity, "uname": simple.uname, "date": simple.date, "nproc": simple.nproc,
    "kill": simple.kill, "ps": simple.ps,
    "wget": wget, "nslookup": nslookup, "nc": nc, "ping": ping, "ip": ip, "netstat": netstat,
    "sed": sed, "timeout": timeout, "time": measure,
}  # fmt: skip
"""The shell among them: a script runs them all by their names."""
