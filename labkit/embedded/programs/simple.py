"""Programs of a line or two: names, dates, numbers of the machine that is not there."""

from __future__ import annotations

import datetime

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit


async def true(process: Process) -> int:
    return 0


async def false(process: Process) -> int:
    return 1


async def hostname(process: Process) -> int:
    """``hostname [-i]``."""
    if "-i" in process.argv:
        kit.out(process, f"{process.net.address} \n".replace(" \n", "\n"))
    else:
        kit.out(process, process.hostname + "\n")
    return 0


async def pwd(process: Process) -> int:
    kit.out(process, process.workdir + "\n")
    return 0


async def whoami(process: Process) -> int:
    kit.out(process, "root\n")
    return 0


async def identity(process: Process) -> int:
    """``id``."""
    if "-u" in process.argv:
        kit.out(process, "0\n")
    else:
        kit.out(process, "uid=0(root) gid=0(root) groups=0(root),10(wheel)\n")
    return 0


async def uname(process: Process) -> int:
    """``uname [-a|-n|-r|-m|-s]``; the release says plainly what this is."""
    facts = {"s": "Linux", "n": process.hostname, "r": "6.12.0-labkit", "m": "x86_64"}
    words = [word for word in process.argv[1:] if word.startswith("-")]
    if "-a" in words:
        shown = f"Linux {process.hostname} {facts['r']} #1 SMP emulated by labkit x86_64 GNU/Linux"
    else:
        letters = "".join(word[1:] for word in words) or "s"
        shown = " ".join(facts[letter] for letter in "snrm" if letter in letters)
    kit.out(process, shown + "\n")
    return 0


async def date(process: Process) -> int:
    """``date [-u] [+FORMAT]`` in UTC, on the cluster's clock."""
    now = datetime.datetime.fromtimestamp(process.clock.now(), datetime.UTC)
    form = next((word[1:] for word in process.argv[1:] if word.startswith("+")), None)
    if form is None:
        front, back = now.strftime("%a %b "), now.strftime(" %H:%M:%S UTC %Y\n")
        kit.out(process, f"{front}{now.day:2}{back}")
        return 0
    form = form.replace("%s", str(int(now.timestamp()))).replace("%N", f"{now.microsecond}000")
    kit.out(process, now.strftime(form) + "\n")
    return 0


async def kill(process: Process) -> int:
    """Only process 1 can be named; TERM reaches it as the kubelet's would."""
    from labkit.embedded.programs.signals import terminate

    words = [word for word in process.argv[1:] if not word.startswith("-")]
    if not words:
        return kit.complain(process, "you need to specify whom to kill")
    status = 0
    for word in words:
        if word == "1":
            terminate(process)
        else:
            status = kit.complain(process, f"can't kill pid {word}: No such process")
    return status


async def ps(process: Process) -> int:
    """Process 1 and ``ps`` itself."""
    first = process.state.get("command", process.argv)
    shown = first if isinstance(first, str) else " ".join(first)
    kit.out(process, "PID   USER     TIME  COMMAND\n")
    kit.out(process, f"    1 root      0:00 {shown}\n    2 root      0:00 ps\n")
    return 0


async def nproc(process: Process) -> int:
    kit.out(process, "2\n")
    return 0


async def yes(process: Process) -> int:
    """Until nobody reads any more."""
    line = " ".join(process.argv[1:]) or "y"
    while True:
        kit.out(process, (line + "\n") * 64)
        await process.clock.sleep(0)
