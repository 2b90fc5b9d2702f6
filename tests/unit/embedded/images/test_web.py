"""Images that serve and ask over HTTP: words, logs and statuses of the real programs."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from labkit.clock import ManualClock
from labkit.embedded.interfaces import Net, Peer
from labkit.embedded.programs.signals import terminate
from labkit.embedded.streams import Stream
from tests.unit.embedded.network.world import (
    CONTROL,
    WORKER,
    Bench,
    endpoints,
    process,
    running,
    service,
    settle,
    turning,
)


class Shop:
    """One server Pod behind 10.96.45.10:80, one client Pod; programs run as in containers."""

    def __init__(self, image: str, *argv: str, port: int = 8080, clock: Any = None) -> None:
        self.bench = Bench(
            service("backend", "10.96.45.10"),
            endpoints("backend", ("10.244.0.6", CONTROL), port=port),
            clock=clock,
        )
        self.server = self.bench.pod(CONTROL, "10.244.0.6")
        self.client = self.bench.pod(WORKER, "10.244.1.5")
        self.image, self.argv = image, argv
        self.log: list[bytes] = []
        self.files: dict[str, bytes] = {"/tmp/": b""}

    def start(self, **values: Any) -> tuple[Any, asyncio.Task[int]]:
        """The server's first process and its task."""
        image = self.bench.world.images.find(self.image)
        assert image is not None
        argv = [*image.entrypoint, *(self.argv or image.command)]
        files = dict(image.files)
        one = process(
            self.server, image.programs, argv, self.log, self.log, files=files,
            clock=self.bench.clock, **values,
        )  # fmt: skip
        self.first = one
        program = image.programs.get(argv[0]) or image.programs[argv[0].rsplit("/", 1)[-1]]
        return one, asyncio.ensure_future(program(one))

    async def run(self, *argv: str, image: str = "busybox", net: Net | None = None) -> Said:
        """A program in the client Pod."""
        found = self.bench.world.images.find(image)
        assert found is not None
        out: list[bytes] = []
        err: list[bytes] = []
        one = process(
            net or self.client, found.programs, list(argv), out, err, files=self.files,
            clock=self.bench.clock,
        )  # fmt: skip
        status = await found.programs[argv[0]](one)
        return Said(status, _text(out), _text(err))

    def play(self, body: Callable[[], Awaitable[None]], **values: Any) -> str:
        """Server up, the test, server down; the server's log."""

        async def whole() -> None:
            _, task = self.start(**values)
            await settle()
            await body()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        running(self.bench, whole)
        return _text(self.log)


class Said(tuple[int, str, str]):
    """Status, standard output, standard error."""

    def __new__(cls, status: int, out: str, err: str) -> Said:
        return super().__new__(cls, (status, out, err))


def _text(parts: list[bytes]) -> str:
    return b"".join(parts).decode()


ECHO = ("hashicorp/http-echo:1.0.0", "-listen=:8080", "-text=Hello from $(HOSTNAME)")


def test_http_echo_answers_and_logs_as_the_real_one() -> None:
    """The text and a newline; its headers; a log line per request in its own format."""
    shop = Shop(*ECHO)
    said: list[Said] = []

    async def body() -> None:
        said.append(await shop.run("wget", "-q", "-O-", "http://10.96.45.10:80"))
        said.append(await shop.run("curl", "-si", "http://10.96.45.10/x?y", image="nginx"))
        said.append(await shop.run("curl", "-s", "10.96.45.10/health", image="nginx"))

    log = shop.play(body)
    assert said[0] == (0, "Hello from $(HOSTNAME)\n", "")
    head, _, text = said[1][1].partition("\r\n\r\n")
    assert text == "Hello from $(HOSTNAME)\n"
    assert head.splitlines()[0] == "HTTP/1.1 200 OK"
    assert "X-App-Name: http-echo\r\nX-App-Version: 1.0.0\r\n" in head
    assert "Content-Type: text/plain; charset=utf-8" in head
    assert "Content-Length: 23" in head
    assert said[2][1] == '{"status":"ok"}\n'
    first, *rest = log.splitlines()
    stamp = r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d"
    assert re.fullmatch(stamp + r" \[INFO\] server is listening on :8080", first)
    # handlers.go: "%v %s %s \"%s %s %s\" %d %d \"%s\" %v\n"
    took = r"\d+(\.\d+)?(ns|µs|ms|s)"
    port = r"10\.244\.1\.5:\d{5}"
    wanted = [
        rf'{stamp} 10\.96\.45\.10 {port} "GET / HTTP/1\.1" 200 23 "Wget" {took}',
        rf'{stamp} 10\.96\.45\.10 {port} "GET /x HTTP/1\.1" 200 23 "curl/[0-9.]+" {took}',
    ]
    assert len(rest) == 2
    assert all(re.fullmatch(form, line) for form, line in zip(wanted, rest, strict=True))


@pytest.mark.parametrize(
    ("argv", "env", "status", "words"),
    [
        ([], {}, 127, "Missing -text option or ECHO_TEXT env var!\n"),
        (["-text=a", "more"], {}, 127, "Too many arguments!\n"),
        (["-version"], {}, 0, "http-echo v1.0.0\n"),
        (["-nope"], {}, 2, "flag provided but not defined: -nope\nUsage of /http-echo:\n"),
        (["-text"], {}, 2, "flag needs an argument: -text\nUsage of /http-echo:\n"),
    ],
)
def test_http_echo_refuses_what_the_real_one_refuses(
    argv: list[str], env: dict[str, str], status: int, words: str
) -> None:
    """Its words and exit statuses (main.go of 1.0.0, and Go's package flag)."""
    shop = Shop("hashicorp/http-echo", *argv)
    shop.argv = tuple(argv)
    result: list[int] = []

    async def body() -> None:
        image = shop.bench.world.images.find("hashicorp/http-echo")
        assert image is not None
        one = process(shop.server, image.programs, ["/http-echo", *argv], [], shop.log, env=env)
        result.append(await image.programs["/http-echo"](one))

    running(shop.bench, body)
    assert result == [status]
    assert _text(shop.log).startswith(words)


def test_http_echo_takes_its_text_from_the_environment_and_ends_on_sigterm() -> None:
    """ECHO_TEXT; -status-code; exit status 2 after SIGTERM, and nobody listens any more."""
    shop = Shop("hashicorp/http-echo", "-listen=:8080", "-status-code=503")

    async def body() -> None:
        one, task = shop.start(env={"ECHO_TEXT": "from env"})
        await settle()
        said = await shop.run("curl", "-s", "-w", "%{http_code}", "10.96.45.10", image="nginx")
        assert said[1] == "from env\n503"
        terminate(one)
        assert await task == 2
        assert (await shop.run("wget", "-q", "-O-", "10.96.45.10"))[0] == 1

    running(shop.bench, body)
    assert "[INFO] received interrupt, shutting down..." in _text(shop.log)


def test_an_answer_to_head_has_no_body() -> None:
    """Only the head, with the length that GET would give; the connection stays in step."""
    shop = Shop(*ECHO)

    async def body() -> None:
        stream = await shop.client.connect("10.96.45.10", 80)
        await stream.write(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
        head = await stream.readuntil(b"\r\n\r\n")
        assert b"Content-Length: 23\r\n" in head
        assert (await stream.readline()).startswith(b"HTTP/1.1 200")
        stream.close()

    shop.play(body)


METER = "100% |********************************|     6  0:00:00 ETA\n"


@pytest.mark.parametrize(
    ("argv", "status", "out", "err"),
    [
        # Words recorded from busybox 1.35 against a real server; only addresses differ.
        (
            ["wget", "-O-", "http://10.96.45.10/"], 0, "hello\n",
            "Connecting to 10.96.45.10:80 (10.96.45.10:80)\nwriting to stdout\n"
            f"-                    {METER}written to stdout\n",
        ),
        (
            ["wget", "-O", "out", "http://10.96.45.10/"], 0, "",
            "Connecting to 10.96.45.10:80 (10.96.45.10:80)\nsaving to 'out'\n"
            f"out                  {METER}'out' saved\n",
        ),
        (
            ["wget", "-q", "-O-", "http://10.96.45.10/missing"], 1, "",
            "wget: server returned error: HTTP/1.1 404 Not Found\n",
        ),
        (
            ["wget", "--spider", "http://10.96.45.10/"], 0, "",
            "Connecting to 10.96.45.10:80 (10.96.45.10:80)\nremote file exists\n",
        ),
        (
            ["wget", "-q", "-O-", "http://10.244.0.6:81/"], 1, "",
            "wget: can't connect to remote host (10.244.0.6): Connection refused\n",
        ),
        (
            ["wget", "-q", "-O-", "http://10.96.45.10:81/"], 1, "",
            "wget: can't connect to remote host (10.96.45.10): Network is unreachable\n",
        ),
        (["wget", "-q", "http://nope/"], 1, "", "wget: bad address 'nope'\n"),
        (["wget", "-q", "-O-", "http://10.96.45.10/go"], 0, "hello\n", ""),
        (["wget", "-q", "-O-", "--post-data", "a=b", "10.96.45.10/post"], 0, "POST a=b", ""),
        (["wget", "-q", "-O-", "-U", "me", "10.96.45.10/agent"], 0, "me", ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_wget_says_what_busybox_says(argv: list[str], status: int, out: str, err: str) -> None:
    """Standard output, standard error and status, word for word."""
    shop = Shop("x")
    found: list[Said] = []

    async def body() -> None:
        shop.server.listen(8080, _small_site)
        found.append(await shop.run(*argv))

    running(shop.bench, body)
    assert found[0] == (status, out, err)


async def _small_site(stream: Stream, peer: Peer) -> None:
    """A server written by hand, so that the client is not judged by our own server."""
    head = (await stream.readuntil(b"\r\n\r\n")).decode()
    method, path, _ = head.splitlines()[0].split()
    length = re.search(r"(?i)content-length: (\d+)", head)
    body = await stream.readexactly(int(length.group(1))) if length else b""
    agent = re.search(r"(?i)user-agent: (.*)", head)
    pages = {
        "/": (b"200 OK", b"hello\n"), "/go": (b"302 Found\r\nLocation: /", b""),
        "/post": (b"200 OK", method.encode() + b" " + body),
        "/agent": (b"200 OK", agent.group(1).strip().encode() if agent else b""),
    }  # fmt: skip
    status, text = pages.get(path, (b"404 Not Found", b""))
    if path == "/chunks":
        await stream.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        await stream.write(b"3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n")
    elif path == "/nothing":
        pass
    else:
        text = b"" if method == "HEAD" else text
        await stream.write(
            b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(text), text)
        )
    stream.close()


def test_wget_gives_up_after_its_time() -> None:
    """``-T 3`` on a Service that drops: the clock's three seconds, then the real words."""
    clock = ManualClock()
    shop = Shop("x", clock=clock)
    shop.bench.api.put(service("backend", "10.96.45.10", internalTrafficPolicy="Local"))

    async def body() -> None:
        said = await turning(clock, shop.run("wget", "-q", "-O-", "-T", "3", "10.96.45.10"))
        assert said == (1, "", "wget: download timed out\n")
        assert 3 <= clock.monotonic() < 5

    running(shop.bench, body)


@pytest.mark.parametrize(
    ("argv", "status", "out"),
    [
        (["-s", "10.96.45.10/"], 0, "hello\n"),
        (
            ["-s", "-o", "/dev/null", "-w", r"%{http_code} %{size_download}\n", "10.96.45.10"],
            0,
            "200 6\n",
        ),
        (["-s", "10.96.45.10/missing"], 0, ""),
        (["-sf", "10.96.45.10/missing"], 22, ""),
        (["-s", "10.96.45.10/chunks"], 0, "abcdefg"),
        (["-s", "10.96.45.10/nothing"], 52, ""),
        (["-sL", "10.96.45.10/go"], 0, "hello\n"),
        (["-s", "-d", "a=b", "-d", "c", "10.96.45.10/post"], 0, "POST a=b&c"),
        (["-s", "-X", "PUT", "-d", "z", "10.96.45.10/post"], 0, "PUT z"),
        (["-s", "-A", "me", "10.96.45.10/agent"], 0, "me"),
        (["-s", "10.96.45.10:81"], 7, ""),
        (["-s", "10.244.0.6:81"], 7, ""),
        (["-s", "http://nope.example/"], 6, ""),
        (["-s", "ftp://10.96.45.10/"], 1, ""),
        (["-s", "10.96.45.10/{agent,post}", "-A", "me"], 0, "meGET "),
        ([], 2, ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_curl_ends_with_curl_s_status(argv: list[str], status: int, out: str) -> None:
    """Exit statuses as curl(1) lists them, and the body."""
    shop = Shop("x")
    found: list[Said] = []

    async def body() -> None:
        shop.server.listen(8080, _small_site)
        found.append(await shop.run("curl", *argv, image="curlimages/curl"))

    running(shop.bench, body)
    assert found[0][:2] == (status, out)


def test_curl_keeps_its_connection() -> None:
    """Three URLs of one host: one connection, so one Pod answers all (a draw per connection)."""
    shop = Shop("registry.k8s.io/e2e-test-images/agnhost:2.53", "netexec")

    async def body() -> None:
        one = await shop.run(
            "curl", "-s", "-w", " %{num_connects}\n", "10.96.45.10/clientip",
            "10.96.45.10/clientip", "10.96.45.10/clientip", image="curlimages/curl",
        )  # fmt: skip
        lines = [line.split() for line in one[1].splitlines()]
        assert len({line[0] for line in lines}) == 1
        assert [line[1] for line in lines] == ["1", "0", "0"]

    shop.play(body)


def test_agnhost_netexec() -> None:
    """hostname, clientip, echo, shell, dial, UDP; exit ends it with the code asked for."""
    shop = Shop("registry.k8s.io/e2e-test-images/agnhost:2.53", "netexec", "--http-port=8080")

    async def body() -> None:
        async def get(path: str) -> str:
            return (await shop.run("curl", "-s", f"10.96.45.10{path}", image="nginx"))[1]

        assert await get("/hostname") == "client"  # the name that this test gives every Pod
        assert re.fullmatch(r"10\.244\.1\.5:\d+", await get("/clientip"))
        assert await get("/echo?msg=a%20b") == "a b"
        assert json.loads(await get("/shell?cmd=echo%20x%3B%20false")) == {
            "output": "x\n", "error": "exit status 1"
        }  # fmt: skip
        dial = "/dial?host=10.96.45.10&port=80&request=hostname&tries=3"
        assert json.loads(await get(dial)) == {"responses": ["client"] * 3}
        said = await shop.client.datagram("10.244.0.6", 8081, b"echo hi", timeout=1)
        assert said == b"hi"

    shop.play(body)


def test_nginx_serves_files_and_logs() -> None:
    """index.html, a missing page, a file put there later; access log in the usual format."""
    shop = Shop("nginx:1.29", port=80)
    said: list[str] = []

    async def body() -> None:
        for path in ("/", "/nope", "/"):
            said.append((await shop.run("curl", "-s", f"10.96.45.10{path}", image="nginx"))[1])

    log = shop.play(body)
    assert "<title>Welcome to nginx!</title>" in said[0] == said[2]
    assert "404 Not Found" in said[1]
    form = (
        r'10\.244\.1\.5 - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET / HTTP/1\.1" 200 '
        rf'{len(said[0])} "-" "curl/[0-9.]+" "-"'
    )
    assert len([line for line in log.splitlines() if re.fullmatch(form, line)]) == 2
    assert 'open() "/usr/share/nginx/html/nope" failed (2: No such file or directory)' in log


def test_nginx_forbids_a_folder_without_index() -> None:
    """ngx_http_autoindex and ngx_http_index: a folder that exists without an index page is 403
    and logged as forbidden; one that does not exist is 404."""
    shop = Shop("nginx:1.29", port=80)
    said: list[str] = []

    async def body() -> None:
        del shop.first.files["/usr/share/nginx/html/index.html"]
        for path in ("/", "/nope/"):
            said.append((await shop.run("curl", "-s", f"10.96.45.10{path}", image="nginx"))[1])

    log = shop.play(body)
    assert "403 Forbidden" in said[0]
    assert "404 Not Found" in said[1]
    assert 'directory index of "/usr/share/nginx/html/" is forbidden' in log


def test_redis_keeps_what_it_is_told() -> None:
    """PING, SET, GET, INCR through redis-cli, and the error of a wrong type."""
    shop = Shop("redis:7", port=6379)

    async def body() -> None:
        async def cli(*words: str) -> Said:
            return await shop.run("redis-cli", "-h", "10.244.0.6", *words, image="redis")

        assert await cli("PING") == (0, "PONG\n", "")
        assert (await cli("SET", "k", "a b"))[1] == "OK\n"
        assert (await cli("GET", "k"))[1] == "a b\n"
        assert (await cli("INCR", "n"))[1] == "1\n"
        status, out, _ = await cli("INCR", "k")
        # As redis-cli 7.0 prints it where no terminal is: an empty line behind it, status 0.
        assert (status, out) == (0, "ERR value is not an integer or out of range\n\n")

    shop.play(body)


def test_nc_looks_for_open_ports() -> None:
    """-z: 0 for an open port, 1 for a closed one, with what -v says."""
    shop = Shop(*ECHO)

    async def body() -> None:
        said = await shop.run("nc", "-zv", "10.96.45.10", "80")
        assert said == (0, "", "10.96.45.10 (10.96.45.10:80) open\n")
        said = await shop.run("nc", "-zv", "-w", "1", "10.244.0.6", "99")
        assert said == (1, "", "nc: 10.244.0.6 (10.244.0.6:99): Connection refused\n")

    shop.play(body)


def test_httpd_serves_its_folder_until_the_file_is_moved_away() -> None:
    """As readiness probes see it: 200, then 404 while ``mv`` holds the file, then 200 again."""
    shop = Shop("registry.k8s.io/e2e-test-images/httpd:2.4.38-4", port=80)
    page, kept = "/usr/local/apache2/htdocs/index.html", "/tmp/index.html"
    said: list[str] = []

    async def body() -> None:
        async def status() -> str:
            url = "http://10.96.45.10/index.html"
            asked = ("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", url)
            return (await shop.run(*asked, image="nginx"))[1]

        async def move(source: str, target: str) -> None:
            out: list[bytes] = []
            here = replace(shop.first, argv=["mv", "-v", source, target], stdout=out.append)
            await here.programs["mv"](here)
            said.extend([_text(out), await status()])

        said.append(await status())
        await move(page, "/tmp/")
        await move(kept, "/usr/local/apache2/htdocs/")

    log = shop.play(body)
    assert said == ["200", f"'{page}' -> '{kept}'\n", "404", f"'{kept}' -> '{page}'\n", "200"]
    assert re.search(r'"GET /index\.html HTTP/1\.1" 404 \d+\n', log)
