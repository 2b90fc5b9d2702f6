"""The lab of a notebook: ``lab = open_lab()``, then ``lab.ask(20)``."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit.clock import Clock, SystemClock
from labkit.cluster.base import (
    LOOPBACK,
    NO_WISHES,
    NODE_RULES,
    REPEATABLE,
    RIGHTS,
    Cluster,
    Started,
    Wishes,
    quiet,
)
from labkit.cluster.environment import with_program_first
from labkit.cluster.kubectl import Kubectl, find_program
from labkit.cluster.paths import find_home
from labkit.cluster.registry import choose
from labkit.errors import LabError, UsageError
from labkit.lab import files, questions, steps
from labkit.lab.answers import Answers
from labkit.lab.growing import Reading, growing_bars
from labkit.lab.keeping import Keeping
from labkit.lab.pictures import Pictures
from labkit.lab.troubles import Troubles
from labkit.model.ruletext import RuleText
from labkit.words import Language, Words, by_words, language_of

if TYPE_CHECKING:
    from fractions import Fraction

    from kubernetes.client import ApiClient

    from labkit.dataplane.plane import DataPlane
    from labkit.lab.hunt import Hunt
    from labkit.lab.journey import Journey
    from labkit.lab.measured import Measured
    from labkit.lab.noderules import Odds
    from labkit.lab.nodesync import NodeSync
    from labkit.model.panel import Panel
    from labkit.model.trials import Trials
    from labkit.model.way import Way

Tell = Callable[[str], None]
VARIABLES = ("KUBECONFIG", "KUBECACHEDIR", "KUBERC", "NO_PROXY", "no_proxy")
MOST = 100_000


def tell_on_stdout(text: str) -> None:
    """A line for the learner, under the cell."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def open_lab(
    backend: str = "auto",
    *,
    seed: int | None = None,
    proxy_mode: str = "",
    wishes: Wishes = NO_WISHES,
    lang: str | None = None,
    environment: MutableMapping[str, str] | None = None,
    clock: Clock | None = None,
    tell: Tell = tell_on_stdout,
) -> Lab:
    """Find or start the cluster and open the lab on it; says which one it is and what differs.

    Sets ``KUBECONFIG``, ``KUBECACHEDIR``, ``NO_PROXY`` and a ``PATH`` that finds kubectl, for
    this process alone, so that ``!kubectl get pods`` works in a cell.  ``seed`` makes the draws
    of a new cluster repeatable (so does ``LABKIT_SEED``), ``proxy_mode`` (iptables, nftables,
    ipvs) is its kube-proxy's.  ``backend`` "auto" means what ``LABKIT_BACKEND`` says, if it says
    anything.  Raises ``ClusterError`` or ``UsageError`` with the next step.
    """
    environment = os.environ if environment is None else environment
    clock = SystemClock() if clock is None else clock
    words = Words(lab_language(lang, environment))
    home = find_home(environment, words)
    wishes = replace(wishes, proxy_mode=proxy_mode or wishes.proxy_mode)
    choice = choose(backend, home, environment, clock, words, wishes)
    cluster = choice.cluster
    tell(words("lab.open", cluster=cluster.describe()))
    for one in choice.passed_over:
        tell(words("lab.passed_over", name=one.name, reason=one.reason))
    program = find_program(environment, words)
    began = clock.monotonic()
    at_once = REPEATABLE in cluster.capabilities  # emulated here: nothing to watch
    started = cluster.up(quiet if at_once else tell, seed=seed)
    tell(words(opened(started), seconds=clock.monotonic() - began))
    for note in started.notes:
        tell(note)
    if cluster.differs():
        tell(by_words(cluster.differs()))
    variables = cluster.environment()
    environment.update({name: variables[name] for name in VARIABLES if name in variables})
    environment["PATH"] = with_program_first(environment.get("PATH", ""), program.path)
    kubectl = Kubectl(program, variables, clock, words)
    return Lab(cluster, kubectl, words, clock, home.folder, tell)


def opened(started: Started) -> str:
    """The message that says how ``up`` ended."""
    if started.found:
        return "lab.open.found"
    return "lab.open.recovered" if started.recovered else "lab.open.started"


def lab_language(
    lang: str | None, environment: Mapping[str, str], folder: Path | None = None
) -> Language:
    """``lang``, else ``LABKIT_LANG``, else the folder of the notebook (``notebooks/es``), else
    the language of the environment."""
    asked = lang or environment.get("LABKIT_LANG", "")
    if not asked:
        parts = (folder or Path.cwd()).parts
        asked = next((part for part in reversed(parts) if part in ("es", "en")), "")
    if asked == "es" or asked.startswith("es"):
        return "es"
    return "en" if asked else language_of(environment)


class Lab(Pictures, Troubles, Keeping):
    """An open lab.  Neither port nor secret of the cluster is ever shown."""

    def __init__(
        self,
        cluster: Cluster,
        kubectl: Kubectl,
        words: Words,
        clock: Clock,
        home: Path,
        tell: Tell,
    ) -> None:
        self.cluster = cluster
        self.words = words
        self._kubectl = kubectl
        self._clock = clock
        self._home = home
        self._tell = tell
        self._folder = files.base_of(Path.cwd())
        self._api: ApiClient | None = None

    def __repr__(self) -> str:
        return f"Lab({self.cluster.name!r})"

    # ---- talking to the cluster ----------------------------------------------------------

    @property
    def api(self) -> ApiClient:
        """The official Python client for this cluster alone: ``CoreV1Api(lab.api)``."""
        if self._api is None:
            from kubernetes import client, config

            settings = client.Configuration()
            config.load_kube_config(  # type: ignore[no-untyped-call]
                str(self.cluster.kubeconfig), client_configuration=settings, persist_config=False
            )
            if LOOPBACK in self.cluster.capabilities:
                settings.proxy = None
                settings.no_proxy = "127.0.0.1,localhost"
            self._api = client.ApiClient(settings)
        return self._api

    @property
    def program(self) -> Kubectl:
        """kubectl with this lab's environment, for those who run it themselves."""
        return self._kubectl

    def kubectl(self, command: str, stdin: str | None = None) -> str:
        """Run ``kubectl COMMAND`` and give back what it printed; ``CommandFailed`` otherwise."""
        words = shlex.split(command)
        return self._kubectl.check(
            *(words[1:] if words[:1] == ["kubectl"] else words), stdin=stdin
        ).stdout

    def get(self, what: str) -> dict[str, Any]:
        """``kubectl get WHAT -o json`` as Python data: ``lab.get("service web")["spec"]``."""
        from labkit.lab.questions import get_json

        return get_json(self._kubectl, *shlex.split(what))

    def follow(self, pod: str = steps.CLIENT_NAME, seconds: float = 8.0) -> str:
        """``kubectl logs -f POD`` that ends after some seconds: prints the lines as they come,
        and gives them back as one text."""

        def on_line(line: str) -> bool:
            self._tell(line)
            return True

        answer = self._kubectl.stream("logs", "-f", pod, on_line=on_line, seconds=seconds)
        if not answer.ok:
            raise self._kubectl.failed(answer)
        return answer.stdout

    # ---- asking the Service --------------------------------------------------------------

    def ask(self, n: int = 20, *, live: bool = False) -> Answers:
        """``n`` requests from the client Pod through the Service, one after the other.

        What is missing (backend, Service, client) is applied first, and named.  ``live`` shows
        bars that grow while the answers come.  Raises ``LabError`` when not all answers came.
        """
        if not isinstance(n, int) or not 1 <= n <= MOST:
            raise UsageError(self.words("lab.requests", n=n, most=MOST))
        self.ensurer().ensure()
        places = questions.backend_places(self._kubectl)
        node = questions.client_node(self._kubectl)
        odds = self._exact(node)
        reading = Reading(places, node, self.words.language, odds)
        on_line = growing_bars(reading, self._clock) if live else None
        if on_line:
            answer = self._kubectl.stream(
                *steps.burst(n).command, on_line=on_line, seconds=steps.BURST_LIMIT
            )
            if not answer.ok:
                raise self._kubectl.failed(answer)
        else:
            answer = self._kubectl.check(*steps.burst(n).command, timeout=steps.BURST_LIMIT)
        found = reading.of(answer.stdout.splitlines())
        if on_line:
            on_line.done(found)
        if len(found) != n:
            raise LabError(
                self.words("lab.missing_answers", got=len(found), n=n),
                self.words("lab.silent.fix"),
            )
        return found

    def _exact(self, node: str) -> dict[str, Fraction] | None:
        """Each Pod's exact probability by the rules of the client's node."""
        return {row.pod: row.chance for row in self.odds(node=node).rows if row.pod}

    # ---- the rules -----------------------------------------------------------------------

    def rules(self, node: str | None = None) -> str:
        """What ``iptables-save`` prints on ``node`` (by default the client's); in other modes of
        kube-proxy ``nft list ruleset``, or what IPVS mode keeps.

        Where a node's own cannot be read, what kube-proxy writes for the objects that are there
        now, and a sentence that says so.
        """
        place = node or self._client_node()
        if NODE_RULES in self.cluster.capabilities:
            return self.cluster.node_rules(place)
        from labkit.lab.computed import look

        self._tell(self.words("lab.computed", node=place))
        return look(self._kubectl).rules(place)

    def last_sync(self, node: str | None = None) -> NodeSync:
        """What kube-proxy wrote last on ``node`` (by default the client's): ``print`` it after a
        ``kubectl scale`` to see what one changed endpoint rewrites."""
        from labkit.cluster.embedded import EmbeddedCluster
        from labkit.lab.nodesync import NodeSync

        if not isinstance(self.cluster, EmbeddedCluster):
            raise LabError(self.words("lab.no_syncs"))
        place = node or self._client_node()
        return NodeSync.from_dict(self.cluster.last_sync(place), self.words)

    def service_rules(self, service: str = steps.SERVICE_NAME, node: str | None = None) -> RuleText:
        """Only the rules of one Service (``name`` or ``namespace/name``), table by table."""
        from labkit.lab.noderules import rules_of

        found = rules_of(self._kubectl, self.rules(node), self._qualified(service), self.words)
        if not found:
            raise LabError(
                self.words("lab.no_service", service=service), self.words("lab.no_service.fix")
            )
        return RuleText(found)

    def odds(self, service: str = steps.SERVICE_NAME, node: str | None = None) -> Odds:
        """Where a new connection to the Service goes, exactly, by the rules of ``node``."""
        from labkit.lab.noderules import odds_of_service

        place = node or self._client_node()
        return odds_of_service(
            self._kubectl, self.rules(place), self._qualified(service), place, self.words
        )

    def trace(self, pod: str = steps.CLIENT_NAME, service: str = steps.SERVICE_NAME) -> Way:
        """One packet from a Pod to a Service, rule by rule, by the rules of the Pod's node:
        ``print`` it to read it, ``show`` it to step through."""
        from labkit.lab.noderules import trace_to_service

        return trace_to_service(
            self._kubectl, self.rules, pod, self._qualified(service), self.words
        )

    def hunt(self, address: str) -> Hunt:
        """Search for an address on every node's and Pod's interfaces, in the slices and in the
        rules of the nodes (where they can be read).  Makes one small Pod a node and removes it."""
        from labkit.lab.hunt import hunt

        rules = self.rules if NODE_RULES in self.cluster.capabilities else None
        return hunt(self._kubectl, address, rules, self.words)

    def endpoint_panel(self, name: str) -> Panel:
        """Buttons on the Pods of the Deployment and Service ``name`` (nginx with a readiness
        probe on ``/``), and the table of who is in the slices.  Show it."""
        from labkit.lab.endpointpanel import EndpointPanel

        return EndpointPanel(self._kubectl, name, self._clock, self.words).panel()

    def journey(
        self,
        pod: str = steps.CLIENT_NAME,
        service: str = steps.SERVICE_NAME,
        *,
        connection: int = 1,
    ) -> Journey:
        """One connection from a Pod to a Service, there and back: source and destination that a
        capture would show beside the client, on the wire and beside the backend.  Another
        ``connection`` may meet another draw."""
        from labkit.lab.journey import journey

        asked = self._qualified(service)
        return journey(self._kubectl, self.rules, pod, asked, self.words, connection)

    def forward(
        self, target: str = f"service/{steps.SERVICE_NAME}", port: int = 80, n: int = 20
    ) -> list[str]:
        """``n`` requests from this machine through one ``kubectl port-forward``: the answers."""
        from labkit.lab.forward import forward

        return forward(self._kubectl, target, port, n, self.words)

    def bug_hunt(self) -> Panel:
        """Buttons that break something unseen, climb the debugging ladder, and mend: show it."""
        from labkit.lab.bughunt import BugHunt

        return BugHunt(self, self._kubectl).panel()

    def field_panel(self) -> Panel:
        """Buttons that change one field of the lab's Service, and a client that asks: show it."""
        from labkit.lab.fieldpanel import FieldPanel

        return FieldPanel(self._kubectl, self.words, self.settle).panel()

    def affinity_panel(self) -> Panel:
        """Buttons for a connection and for time that passes, on an emulated node with a sticky
        Service: show it."""
        from labkit.lab.affinity import AffinityPanel

        return AffinityPanel(self.words).panel()

    def affinity_crowd(self, clients: int, endpoints: int = 2) -> Fraction:
        """The share of clients of a sticky Service that meet another endpoint the second time."""
        from labkit.lab.affinity import crowd

        return crowd(clients, endpoints)

    def measured(self, replicas: int) -> Measured:
        """What 1,000 requests to 2, 3 or 5 Pods gave on a real kind cluster, for comparison."""
        from labkit.lab.measured import measured

        return measured(replicas, self.words)

    def practice(self) -> Trials:
        """Ways to ask a ClusterIP in each mode of kube-proxy, each with what comes back: show it.
        It needs no cluster: the modes' rules are made and followed for the occasion."""
        from labkit.lab.practice import practice

        return practice(self.words)

    def node(self, name: str) -> DataPlane:
        """The emulated node with the rules that it has now: ask it anything."""
        from labkit.lab.noderules import node_with_rules

        return node_with_rules(self._kubectl, name, self.rules(name))

    def _qualified(self, service: str) -> str:
        """``namespace/name``; the namespace is the lab's unless it is given."""
        return service if "/" in service else f"{self.cluster.namespace}/{service}"

    def _client_node(self) -> str:
        if f"pod/{steps.CLIENT_NAME}" in questions.leftovers(self._kubectl):
            return questions.client_node(self._kubectl)
        return questions.first_node(self._kubectl)

    # ---- manifests -----------------------------------------------------------------------

    def manifests(self, which: str = "fixed") -> Path:
        """A folder with a set of manifests (``fixed``, ``seed``, ``web``), copied there if absent.

        It lies beside the notebook, or in the runtime folder where that cannot be written.  On a
        cluster that checks rights, the set has those that its Pods need as well.
        """
        rights = self.cluster.namespace if RIGHTS in self.cluster.capabilities else ""
        folder = self._folder / "manifests" / which
        try:
            files.copy_into(folder, which, self.words, rights_in=rights)
        except LabError:
            folder = self._home / "manifests" / which
            files.copy_into(folder, which, self.words, rights_in=rights)
        return folder

    def compare_manifests(self, name: str = files.BACKEND) -> str:
        """What changes from the seed's manifest to the corrected one, as a unified diff."""
        if name not in files.FILES:
            raise UsageError(
                self.words("lab.variant", which=name),
                self.words("lab.variant.fix", names=", ".join(files.FILES)),
            )
        before, after = (files.text_of(which, name) for which in ("seed", "fixed"))
        lines = unified_diff(
            before.splitlines(), after.splitlines(), f"seed/{name}", f"fixed/{name}", lineterm=""
        )
        return "\n".join(lines)

    # ---- the end -------------------------------------------------------------------------

    def close(self) -> None:
        """Let go of the client; the cluster goes on running for the next notebook."""
        self._close_client()
        self._tell(self.words("lab.closed"))

    def down(self) -> None:
        """Stop the cluster and remove exactly what was made."""
        self._close_client()
        self.cluster.down()
        self._tell(self.words("lab.down"))

    def _close_client(self) -> None:
        if self._api is not None:
            self._api.close()  # type: ignore[no-untyped-call]
            self._api = None

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()
