"""What curl prints beside the body: ``-w``, ``-v``, ``-i``, the meter."""

from __future__ import annotations

import re
from dataclasses import dataclass

from labkit.embedded.http.messages import Headers, Response
from labkit.embedded.interfaces import Process
from labkit.embedded.programs.escapes import unescape


@dataclass(slots=True)
class Report:
    """What became of one URL; times are seconds since ``began``."""

    url: str
    began: float
    looked_up: float = 0.0
    resolved: bool = False
    connected: float | None = None
    total: float = 0.0
    address: str = ""
    port: int = 0
    made: int = 0
    response: Response | None = None
    status: int = 0

    def elapsed(self, process: Process) -> float:
        return process.clock.monotonic() - self.began


def written(form: str, report: Report) -> str:
    """The text of ``-w``; an unknown variable is left out, as curl does with a warning."""
    response = report.response
    code = response.status if response else 0
    size = len(response.body) if response else 0
    values = {
        "http_code": f"{code:03}",
        "response_code": f"{code:03}",
        "http_version": "1.1" if response else "0",
        "content_type": response.header("Content-Type") if response else "",
        "exitcode": str(report.status),
        "num_connects": str(report.made),
        "remote_ip": report.address,
        "remote_port": str(report.port),
        "size_download": str(size),
        "speed_download": str(int(size / report.total) if report.total else 0),
        "time_namelookup": f"{report.looked_up:.6f}",
        "time_connect": f"{report.connected or 0:.6f}",
        "time_pretransfer": f"{report.connected or 0:.6f}",
        "time_starttransfer": f"{report.total if response else 0:.6f}",
        "time_total": f"{report.total:.6f}",
        "url_effective": report.url if "://" in report.url else f"http://{report.url}",
        "url": report.url,
    }
    parts = [unescape(part) for part in re.split(r"(%\{\w+\})", form)]
    known = re.compile(r"%\{(\w+)\}\Z")
    return "".join(
        values.get(found.group(1), "") if (found := known.match(part)) else part for part in parts
    )


def head(response: Response) -> bytes:
    """Status line and headers, as they came."""
    lines = [response.status_line, *(f"{name}: {value}" for name, value in response.headers)]
    return "".join(line + "\r\n" for line in [*lines, ""]).encode("latin-1")


def request_lines(method: str, target: str, headers: Headers) -> str:
    """The request as ``-v`` shows it."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), ""]
    return "".join(f"> {line}\n" for line in lines)


def resolved_lines(host: str, port: int, address: str) -> str:
    """What ``-v`` says when a name was looked up."""
    return f"* Host {host}:{port} was resolved.\n* IPv6: (none)\n* IPv4: {address}\n"


def response_lines(response: Response) -> str:
    """The head of the answer as ``-v`` shows it."""
    lines = [response.status_line, *(f"{name}: {value}" for name, value in response.headers), ""]
    return "".join(f"< {line}\n" for line in lines)


def meter(size: int, seconds: float) -> str:
    """The progress meter of a transfer that is over."""
    speed = int(size / seconds) if seconds > 0 else size
    return (
        "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
        "                                 Dload  Upload   Total   Spent    Left  Speed\n"
        f"100 {size:5}  100 {size:5}    0     0  {speed:5}      0"
        f" --:--:-- --:--:-- --:--:-- {speed:5}\n"
    )
