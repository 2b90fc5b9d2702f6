"""``agnhost dns-suffix``, ``dns-server-list``, ``etc-hosts``: what the resolver reads."""

from __future__ import annotations

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit
from labkit.embedded.programs.lookup import HOSTS, config


async def dns_suffix(process: Process) -> int:
    """The search list of /etc/resolv.conf, with commas."""
    kit.out(process, ",".join(config(process).search) + "\n")
    return 0


async def dns_server_list(process: Process) -> int:
    """The name servers of /etc/resolv.conf, with commas."""
    kit.out(process, ",".join(config(process).servers) + "\n")
    return 0


async def etc_hosts(process: Process) -> int:
    """/etc/hosts as it is."""
    kit.out(process, process.files.get(HOSTS, b"").decode("utf-8", "replace") + "\n")
    return 0
