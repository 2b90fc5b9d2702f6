"""What every back end keeps in the runtime folder, and what each is made from."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from labkit.clock import Clock
from labkit.cluster import base
from labkit.cluster.paths import Home, changed
from labkit.words import Words


class Kept:
    """The part that all back ends share: a folder of their own by name, and in it the kubeconfig
    and the record of what was made."""

    name: ClassVar[str]
    made: ClassVar[tuple[str, ...]] = ()
    """The files that this back end may have made in its folder, by name."""

    def __init__(
        self,
        home: Home,
        environment: Mapping[str, str],
        clock: Clock,
        words: Words,
        wishes: base.Wishes = base.NO_WISHES,
    ) -> None:
        self.home = home
        self.folder = home.folder / self.name
        self._environment = dict(environment)
        self._clock = clock
        self._words = words
        self._wishes = wishes

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "kubeconfig"

    @property
    def log(self) -> Path:
        """Where the raw text of what went wrong is kept."""
        return self.home.folder / "logs" / f"{self.name}.log"

    @property
    def _state_file(self) -> Path:
        return self.folder / "state.json"

    def recorded(self) -> float:
        """See ``base.Cluster``."""
        return changed(self._state_file)

    def rules_follow(self) -> bool | None:
        """See ``base.Cluster``; a real kube-proxy tells nobody."""
        return None

    def _forget(self) -> None:
        """Remove our own files, by name, and the folder when nothing else lies in it."""
        for name in self.made:
            (self.folder / name).unlink(missing_ok=True)
        shutil.rmtree(self.folder / "kube-cache", ignore_errors=True)
        with suppress(OSError):
            self.folder.rmdir()
