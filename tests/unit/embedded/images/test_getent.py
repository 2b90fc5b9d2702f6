"""getent of the emulated images beside the one of this machine, with this machine's files."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support import need
from tests.unit.embedded.images.test_tools import DNSUTILS, said_by
from tests.unit.embedded.images.test_web import Said, _text
from tests.unit.embedded.network.world import WORKER, Bench, process, running

HOSTS = Path("/etc/hosts")


@pytest.fixture(scope="module")
def real() -> str:
    """The C library's own getent."""
    found = shutil.which("getent")
    need("getent", found, "no getent (apt install libc-bin)")
    return str(found)


def emulated(*argv: str) -> Said:
    """What the emulated getent says, given the files of this machine and no name server."""
    bench = Bench()
    client = bench.pod(WORKER, "10.244.1.5")
    found: list[Said] = []

    async def body() -> None:
        image = bench.world.images.find(DNSUTILS)
        assert image is not None
        out: list[bytes] = []
        err: list[bytes] = []
        files = {path: Path(path).read_bytes() for path in ("/etc/hosts", "/etc/passwd")}
        one = process(client, image.programs, ["getent", *argv], out, err, files=files)
        found.append(Said(await image.programs["getent"](one), _text(out), _text(err)))

    running(bench, body)
    return found[0]


@pytest.mark.parametrize(
    "words",
    ["hosts 127.0.0.1", "ahostsv4 localhost", "passwd root", "passwd 0 nobody-of-that-name",
     "nonsense x", ""],
)  # fmt: skip
def test_as_the_c_library_says_it(real: str, words: str) -> None:
    """Status, output and complaints are those of the real program."""
    said = subprocess.run(
        ["getent", *words.split()],
        executable=real,
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert emulated(*words.split()) == (said.returncode, said.stdout, said.stderr)


def test_names_from_dns() -> None:
    """A short name is shown by the name that the search list found; 2 for what nobody knows."""
    line = "10.96.1.2       ng.default.svc.cluster.local\n"
    for name in ("ng", "ng.default", "ng.default.svc"):
        assert said_by(DNSUTILS, "getent", "hosts", name) == (0, line, "")
    assert said_by(DNSUTILS, "getent", "hosts", "nosuch") == (2, "", "")
