"""``agnhost connect HOST:PORT``: silent when it works, else one word that says why not."""

from __future__ import annotations

from labkit.embedded.interfaces import NameNotFound, Process
from labkit.embedded.programs import kit, lookup
from labkit.embedded.programs.agnhost.common import BadFlags, flags
from labkit.embedded.programs.goflags import Value
from labkit.embedded.programs.sockets import why

FLAGS: dict[str, Value] = {"timeout": "0s", "protocol": "tcp", "udp-data": "hostname"}
NO_LIMIT = 3600.0


async def connect(process: Process) -> int:
    """0, or 1 after REFUSED, TIMEOUT, DNS, OTHER or UNKNOWN on standard error."""
    try:
        values, words = flags(process, FLAGS)
    except BadFlags:
        return 1
    host, _, port = (words[0] if words else "").rpartition(":")
    if not port.isdigit():
        kit.err(process, "Error: accepts 1 arg(s): HOST:PORT\n")
        return 1
    if values["protocol"] not in ("", "tcp", "udp"):
        kit.err(process, f"Unsupported protocol\n{values['protocol']}")
        return 1
    try:
        await _try(process, host, int(port), values)
    except NameNotFound:
        said = "DNS"
    except ConnectionRefusedError:
        said = "REFUSED"
    except TimeoutError:
        said = "TIMEOUT"
    except OSError as error:
        said = f"OTHER: {why(error)}"
    else:
        return 0
    kit.err(process, said + "\n")
    return 1


async def _try(process: Process, host: str, port: int, values: dict[str, Value]) -> None:
    limit = kit.seconds(str(values["timeout"])) or None
    address = (await lookup.addresses(process, host))[0]
    if values["protocol"] == "udp":
        data = f"{values['udp-data']}\n".encode()
        if not await process.net.datagram(address, port, data, timeout=limit or NO_LIMIT):
            raise OSError("No data received from the server")
    else:
        (await process.net.connect(address, port, timeout=limit)).close()
