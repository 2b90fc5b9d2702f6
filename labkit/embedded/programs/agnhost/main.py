"""Which of its programs ``agnhost`` is asked to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from labkit.embedded.interfaces import Process, Program
from labkit.embedded.programs import kit
from labkit.embedded.programs.agnhost.connect import connect
from labkit.embedded.programs.agnhost.dns import dns_server_list, dns_suffix, etc_hosts
from labkit.embedded.programs.agnhost.entrypoint_tester import entrypoint_tester
from labkit.embedded.programs.agnhost.netexec import netexec
from labkit.embedded.programs.agnhost.pause import pause
from labkit.embedded.programs.agnhost.porter import porter
from labkit.embedded.programs.agnhost.serve_hostname import serve_hostname
from labkit.embedded.programs.agnhost.test_webserver import webserver

COMMANDS: Mapping[str, Program] = {
    "connect": connect,
    "dns-server-list": dns_server_list,
    "dns-suffix": dns_suffix,
    "entrypoint-tester": entrypoint_tester,
    "etc-hosts": etc_hosts,
    "netexec": netexec,
    "pause": pause,
    "porter": porter,
    "serve-hostname": serve_hostname,
    "test-webserver": webserver,
}


async def agnhost(process: Process) -> int:
    """``agnhost COMMAND [FLAGS]``; without one it says which there are."""
    words = list(process.argv[1:])
    if not words or words[0] in ("help", "-h", "--help"):
        known = "".join(f"  {name}\n" for name in COMMANDS)
        kit.out(process, f"Usage:\n  app [command]\n\nAvailable Commands:\n{known}")
        return 0
    command = COMMANDS.get(words[0])
    if command is None:
        known = ", ".join(COMMANDS)
        kit.err(process, f'Error: unknown command "{words[0]}" for "app" (here: {known})\n')
        return 1
    if words[0] == "entrypoint-tester":
        return await command(process)  # it prints the whole command line
    return await command(replace(process, argv=words))
