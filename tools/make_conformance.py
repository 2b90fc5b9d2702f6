"""Write ``docs/conformance.md``: Kubernetes' conformance tests, one by one, and ours behind them.

Usage: ``python tools/make_conformance.py [--check]``.

The names (``tests/conformance/names.tsv``) are those of sig-network and sig-apps in Kubernetes
1.36.  Ours are found by their mark, ``@pytest.mark.conformance(file, name)``; what is not expected
to pass stands with its reason in ``tests/conformance/unfit.toml``.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
TESTS = ROOT / "tests" / "conformance"
DOCUMENT = ROOT / "docs" / "conformance.md"
NETWORK = (
    "apiserver", "dns", "endpoints", "endpointslice", "endpointslicemirroring", "hostport",
    "ingress", "ingressclass", "networking", "proxy", "service", "service_cidrs", "service_latency",
)  # fmt: skip
"""The files that belong to sig-network; the others belong to sig-apps."""

HEAD = """\
# Kubernetes' conformance tests

The embedded cluster is meant to pass the end-to-end conformance tests of sig-network and sig-apps
of Kubernetes 1.36, with JSON bodies (`--kube-api-content-type=application/json`). They are {all}:
**{fit} are expected to pass, {unfit} not.** Behind each stands a test of this project that holds
the same behaviour, written from what the original asks and run by `python3 run.py test`.

This page is made by `python tools/make_conformance.py`; the originals are in `test/e2e/network`
and `test/e2e/apps` of the Kubernetes sources, in the file that the first column names.

## Run the originals

`e2e.test` comes with each release of Kubernetes, in `kubernetes-test-linux-amd64.tar.gz`:

```sh
labkit up
./e2e.test --provider=skeleton --kubeconfig="$(labkit kubeconfig)" \\
    --kube-api-content-type=application/json --kubectl-path="$(command -v kubectl)" \\
    --ginkgo.focus='\\[sig-(network|apps)\\].*\\[Conformance\\]' --ginkgo.no-color
```

The images that these tests name are emulated, so nothing is pulled and no node is touched. Use a
cluster of its own for it: some of the tests label nodes, and all make namespaces.
"""

Name = tuple[str, str]


def names() -> list[Name]:
    """File and name of each conformance test, in the order of the list."""
    lines = (TESTS / "names.tsv").read_text(encoding="utf-8").splitlines()
    return [(file, name) for file, name in (line.split("\t") for line in lines)]


def unfit() -> dict[Name, str]:
    """Why a test is not expected to pass."""
    tables = tomllib.loads((TESTS / "unfit.toml").read_text(encoding="utf-8"))
    return {
        (file, name): entry["en"] for file, found in tables.items() for name, entry in found.items()
    }


def ours() -> dict[Name, list[tuple[str, str]]]:
    """For each name the tests that carry its mark, as path below ``tests/`` and function."""
    found: dict[Name, list[tuple[str, str]]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if "mark.conformance(" not in text:
            continue
        where = path.relative_to(ROOT / "tests").as_posix()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                for name in _marks(node):
                    found[name].append((where, node.name))
    return found


def _marks(function: ast.FunctionDef) -> Iterator[Name]:
    for mark in function.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.conformance":
            file, name = (ast.literal_eval(argument) for argument in mark.args)
            yield file, name


def document() -> str:
    """The whole page."""
    why, tests, every = unfit(), ours(), names()
    page = [HEAD.format(all=len(every), fit=len(every) - len(why), unfit=len(why))]
    for sig, wanted in (("sig-network", True), ("sig-apps", False)):
        part = [name for name in every if (name[0] in NETWORK) == wanted]
        page += [
            f"\n## {sig} ({len(part)})\n\n| File | Test | Expected | Held by |\n|---|---|---|---|\n"
        ]
        page += [_row(name, why.get(name, ""), tests.get(name, [])) for name in part]
    return "".join(page)


def _row(name: Name, why: str, tests: list[tuple[str, str]]) -> str:
    held = "<br>".join(f"[{test}](../tests/{where})" for where, test in tests) or "none yet"
    title = name[1].replace("|", "\\|")
    return f"| {name[0]} | {title} | {f'no: {why}' if why else 'pass'} | {held} |\n"


def main(words: list[str]) -> int:
    """Write the page, or with ``--check`` say whether it is up to date."""
    made = document()
    if "--check" in words:
        kept = DOCUMENT.read_text(encoding="utf-8") if DOCUMENT.exists() else ""
        if kept == made:
            return 0
        sys.stderr.write("docs/conformance.md is out of date: python tools/make_conformance.py\n")
        return 1
    DOCUMENT.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
