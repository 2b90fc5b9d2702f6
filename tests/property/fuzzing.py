"""A coverage-guided fuzzer of the parser: what it feeds, what must hold, two engines.

On demand, for as long as one likes::

    python -m tests.property.fuzzing --seconds 600                  # the engine in this file
    python -m tests.property.fuzzing --seconds 600 --engine atheris # libFuzzer, if installed

A text that breaks the laws below is written to ``fuzz-failure.rules``.  ``atheris`` has no
wheels for every system, so it is no dependency: ``uv pip install atheris``.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from labkit.errors import LabkitError
from labkit.netfilter import Node
from labkit.ruleset import Ruleset
from labkit.ruleset.lint import lint
from labkit.ruleset.rule import FLAGS
from labkit.xt.registry import MATCHES, TARGETS

SEEDS = (
    "*nat\n:A - [0:0]\n-A PREROUTING -d 10.96.0.1/32 -p tcp -m tcp --dport 80 -j A\n"
    '-A A -m comment --comment "a \\"b\\" c" -m statistic --mode random --probability 0.33333 '
    "-j DNAT --to-destination 10.0.0.1:8080\nCOMMIT\n",
    "*filter\n:INPUT DROP [1:60]\n:B - [0:0]\n[5:300] -A INPUT ! -s 10.0.0.0/8 -i eth+ -m "
    "conntrack --ctstate RELATED,ESTABLISHED -g B\n-A B -p udp -m multiport --dports "
    "53,80:90 -j REJECT\n"
    "-A B -m recent --rcheck --seconds 60 --hitcount 3 --name K --rsource -j DROP\nCOMMIT\n",
    "*mangle\n-A OUTPUT -m mark --mark 0x1/0xff -j CONNMARK --save-mark\n-I OUTPUT 1 -j MARK "
    "--or-mark 0x4000\n-D OUTPUT 1\nCOMMIT\n*raw\n-A PREROUTING -j CT --notrack\nCOMMIT\n",
    "*nat\n-A POSTROUTING -s fd00::1/64 -p ipv6-icmp -m icmp6 --icmpv6-type 128 -j MASQUERADE\n"
    "-A PREROUTING -m set ! --match-set X src,dst -m addrtype --dst-type LOCAL -j RETURN\nCOMMIT\n",
)
WORDS = tuple(
    sorted(
        {name for table in FLAGS.values() for name in table}
        | {f"-m {name}" for name in MATCHES}
        | {f"-j {name}" for name in TARGETS}
    )
) + tuple(
    '!;0;1;-1;65535;65536;4294967296;0x;0x0;99999999999999999999;1.5;nan;1e9;10.0.0.1;10.0.0.1/33;'
    '::;fd00::1/129;10.0.0.1-10.0.0.9;:80;80:;90:80;[::1]:80;,;a,b;"";";\\;\ufeff;\r;\t;\0;ñ;'
    "COMMIT;*nat;*filter;*x;:A - [0:0];:ACCEPT - [0:0];:LOG -;-A A;-A INPUT;-j A;-g A;-N A;-X A;"
    "-F;-Z;-P INPUT DROP;-R A 1;-D A 1;-I A 1;[1:2];[x:y];#;--;---;-;--s;=;--dport=80;-p tcp;-p 300"
    .split(";")
)  # fmt: skip


class Broken(AssertionError):
    """A law does not hold for this text."""


def check(text: str) -> None:
    """The laws: only ``LabkitError`` is raised; what is read is written and read again alike."""
    try:
        rules = Ruleset.parse(text, source="fuzz")
    except LabkitError as error:
        if len(str(error)) > 3000:
            raise Broken("an endless error") from None
        return
    again = Ruleset.parse(rules.render(), family=rules.family)
    if again.tables != rules.tables:
        raise Broken("rendered and read again it is another ruleset")
    canonical = rules.canonical()
    if Ruleset.parse(canonical, family=rules.family).canonical() != canonical:
        raise Broken("the canonical form is not its own canonical form")
    for finding in lint(rules):
        str(finding)
    for backend in ("nft", "legacy"):
        try:
            Node(rules, backend=backend)
        except LabkitError:
            continue


def mutated(text: str, luck: random.Random) -> str:
    """A few changes of words, characters and lines."""
    for _ in range(luck.choice((1, 1, 1, 2, 4))):
        place, other = (luck.randint(0, len(text)) for _ in range(2))
        low, high = min(place, other), min(max(place, other), min(place, other) + 40)
        match luck.randint(0, 6):
            case 0:
                text = f"{text[:low]} {luck.choice(WORDS)} {text[low:]}"
            case 1:
                text = text[:low] + luck.choice(WORDS) + text[high:]
            case 2:
                text = text[:low] + text[high:]
            case 3:
                text = text[:high] + text[low:high] + text[high:]
            case 4:
                text = text[:low] + chr(luck.choice((0, 9, 10, 32, 34, 45, 58, 92, 233, 0x2028)))
                text += luck.choice(SEEDS)[len(text) :]
            case 5:
                lines = text.split("\n")
                lines.insert(luck.randint(0, len(lines)), luck.choice(lines))
                text = "\n".join(lines)
            case 6:
                words = text.split(" ")
                words[luck.randrange(len(words))] = luck.choice(WORDS)
                text = " ".join(words)
    return text[:4000]


class Coverage:
    """Which lines of the parser and the extensions have been run."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, int]] = set()

    def run(self, text: str) -> int:
        """Check a text; how many lines it has run that no other had."""
        before = len(self.seen)
        sys.settrace(self._call)
        try:
            check(text)
        finally:
            sys.settrace(None)
        return len(self.seen) - before

    def _call(self, frame: FrameType, event: str, arg: Any) -> Any:
        name = frame.f_code.co_filename
        return self._line if "labkit/ruleset" in name or "labkit/xt" in name else None

    def _line(self, frame: FrameType, event: str, arg: Any) -> Any:
        self.seen.add((frame.f_code.co_filename, frame.f_lineno))
        return self._line


def own_engine(seed: int) -> Iterator[tuple[str, int]]:
    """Texts without end, and how many lines are covered; what finds new lines is kept."""
    luck, coverage = random.Random(seed), Coverage()
    corpus = list(SEEDS)
    for text in SEEDS:
        coverage.run(text)
    while True:
        text = mutated(luck.choice(corpus if luck.random() < 0.7 else SEEDS), luck)
        try:
            if coverage.run(text):
                corpus.append(text)
        except Exception:
            Path("fuzz-failure.rules").write_text(text, "utf-8", errors="surrogateescape")
            raise
        yield text, len(coverage.seen)


def with_atheris(seconds: float, seed: int) -> None:
    """libFuzzer with the same laws and words."""
    import atheris

    atheris.instrument_all()

    def one(data: bytes) -> None:
        check(data.decode("utf-8", "surrogateescape"))

    folder = Path(".fuzz-corpus")
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(SEEDS):
        (folder / f"seed-{number}").write_text(text, "utf-8")
    words = folder.parent / ".fuzz-words"
    escaped = ("".join(f"\\x{byte:02x}" for byte in word.encode()) for word in WORDS if word)
    words.write_text("".join(f'"{word}"\n' for word in escaped))
    flags = [f"-max_total_time={int(seconds)}", f"-seed={seed}", f"-dict={words}", "-max_len=4000"]
    atheris.Setup([sys.argv[0], *flags, str(folder)], one)
    atheris.Fuzz()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", choices=("own", "atheris"), default="own")
    asked = parser.parse_args()
    if asked.engine == "atheris":
        with_atheris(asked.seconds, asked.seed)
        return
    ends, count, lines = time.monotonic() + asked.seconds, 0, 0
    for _, covered in own_engine(asked.seed):
        count, lines = count + 1, covered
        if time.monotonic() > ends:
            break
    print(f"{count} texts, {lines} lines of the parser and the extensions, nothing broken")


if __name__ == "__main__":
    main()
