"""What ``labkit up --backend kind --dry-run`` prints: every command line, and nothing runs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from labkit.cluster import base
from labkit.cluster.kind import commands, images
from labkit.cluster.kind.config import Plan, config_text
from labkit.cluster.kind.engine import VARIABLE, info, wished
from labkit.cluster.kubectl import find_program
from labkit.errors import ClusterError
from labkit.words import Words


def planned(
    folder: Path, wishes: base.Wishes, environment: Mapping[str, str], words: Words
) -> tuple[str, ...]:
    """The lines; those that begin with ``#`` say when a command is left out, and why."""
    engine = first_engine(wishes, environment)
    return tuple(lines(folder, engine, wishes, kubectl_path(environment, words), words))


def first_engine(wishes: base.Wishes, environment: Mapping[str, str]) -> str:
    """The first engine on the PATH of those that would be tried, else the first of them."""
    names = wished(wishes.engine, environment)
    path = environment.get("PATH", "")
    return next((name for name in names if shutil.which(name, path=path)), names[0])


def kubectl_path(environment: Mapping[str, str], words: Words) -> str:
    """Where kubectl is, or just its name."""
    try:
        return str(find_program(environment, words).path)
    except ClusterError:
        return "kubectl"


def lines(
    folder: Path, engine: str, wishes: base.Wishes, kubectl: str, words: Words
) -> Iterator[str]:
    """One after the other, in the order in which they would run."""
    config, kubeconfig = folder / "kind.yaml", folder / "kubeconfig"
    plan = Plan(wishes.image or images.NODE, wishes.proxy_mode or "iptables")
    yield f"# {words('kind.step.check')}"
    yield info(engine).shown()
    yield f"{VARIABLE}={engine} {commands.clusters().shown()}"
    yield f"# {words('kind.dry.pull')}"
    for image in (plan.image, *images.LAB):
        yield commands.has_image(engine, image).shown()
        yield commands.pull(engine, image).shown()
    yield f"# {words('kind.dry.config', path=config)}"
    yield from (f"#   {line}" for line in config_text(plan).splitlines())
    yield f"# {words('kind.dry.cgroup')}"
    create = commands.create(config, kubeconfig, retain=wishes.keep)
    yield f"{VARIABLE}={engine} {create.shown()}"
    yield commands.identities(engine).shown()
    for name, command in commands.waits(kubectl, kubeconfig):
        yield f"# {words(f'kind.step.wait.{name}')}"
        yield command.shown()
    yield from loading(folder, engine, words)
    yield f"# {words('kind.dry.failure')}"
    yield f"{VARIABLE}={engine} {commands.delete(kubeconfig).shown()}"


def loading(folder: Path, engine: str, words: Words) -> Iterator[str]:
    """The lab's images into the nodes, both ways."""
    if engine == "docker":
        yield f"# {words('kind.step.load')}"
        yield commands.load(images.LAB).shown()
        yield f"# {words('kind.dry.archives')}"
    else:
        yield f"# {words('kind.step.load')}"
    for number, image in enumerate(images.LAB):
        archive = folder / f"{number}.tar"
        yield commands.save(engine, image, archive, "").shown()
        yield commands.load_archive(archive).shown()
