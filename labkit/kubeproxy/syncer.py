"""Keeping a node's rules up to date: what is written again when something changes.

Follows ``syncProxyRules`` (``pkg/proxy/iptables/proxier.go``, KEP-3453).  The first sync is
full.  After that the shared chains are written whole each time, but the chains of a Service
only when the Service or one of its slices has changed.  A failed restore, a changed
configuration, or an hour without one, calls for a full sync again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import is_

from labkit.kubeproxy import names
from labkit.kubeproxy.endpoints import Backends, collect, port_key
from labkit.kubeproxy.ports import PortInfo, port_infos
from labkit.kubeproxy.proxy import LARGE_CLUSTER_ENDPOINTS, KubeProxy, render_port
from labkit.kubeproxy.restore import restore_text
from labkit.kubeproxy.rule import Rule
from labkit.kubeproxy.saved import own_chains, saved_text
from labkit.kubeproxy.service import PortRules
from labkit.model.service import EndpointSlice, Service

FULL_SYNC_PERIOD = 3600.0
"""Seconds after which a sync is full even if nothing went wrong (``FullSyncPeriod``)."""

_SERVICE_CHAINS = (
    names.CLUSTER_POLICY_PREFIX,
    names.LOCAL_POLICY_PREFIX,
    names.ENDPOINT_PREFIX,
    names.FIREWALL_PREFIX,
    names.EXTERNAL_PREFIX,
)


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What one sync did.

    ``text`` went to iptables-restore; ``changed_services`` (``ns/name``, sorted) are those
    whose own chains were written again or removed; ``stale_chains`` were deleted.
    """

    text: str
    full: bool
    changed_services: tuple[str, ...]
    stale_chains: tuple[str, ...]
    large: bool


@dataclass(frozen=True, slots=True)
class _Known:
    """One Service as it was at the last sync, and what was rendered for it.

    ``large`` tells whether ``rules`` were rendered without the comments of endpoints.
    """

    service: Service
    slices: tuple[EndpointSlice, ...]
    ports: tuple[tuple[PortInfo, Backends], ...]
    rules: tuple[PortRules, ...] = ()
    large: bool = False
    endpoints: int = 0

    def chains(self) -> list[str]:
        """The chains of its own that were rendered."""
        return [chain for port in self.rules for chain in port.own_chains]


_Objects = tuple[tuple[Service, ...], tuple[EndpointSlice, ...]]


class Syncer:
    """The state of one kube-proxy: what it knows, and what it has written.

    ``existing_chains`` are those that an earlier kube-proxy left in the nat table.
    Time is passed in, in seconds of any clock.
    """

    def __init__(self, proxy: KubeProxy, existing_chains: Iterable[str] = ()) -> None:
        self._proxy = proxy
        self._settings = proxy.settings
        self._known: dict[str, _Known] = {}
        self._own: dict[str, Sequence[Rule]] = {
            chain: () for chain in existing_chains if chain.startswith(_SERVICE_CHAINS)
        }
        self._seen: _Objects = ((), ())
        self._left_over: set[str] = set()
        self._need_full = True
        self._last_full = self._last_cleanup = float("-inf")

    @property
    def proxy(self) -> KubeProxy:
        """The kube-proxy whose rules these are."""
        return self._proxy

    def reconfigure(self, proxy: KubeProxy) -> None:
        """Another configuration or Node: everything is written again at the next sync."""
        self._proxy = proxy
        self._settings = proxy.settings
        self._known = {}
        self._seen = ((), ())
        self._need_full = True

    def failed(self) -> None:
        """The restore failed: the next sync is a full one."""
        self._need_full = True

    def sync(
        self, services: Iterable[Service], slices: Iterable[EndpointSlice], now: float = 0.0
    ) -> SyncResult:
        """Bring the rules up to date with all Services and slices there are."""
        full = self._need_full or now - self._last_full > FULL_SYNC_PERIOD
        before = self._known
        self._known, touched = self._look(services, slices)
        endpoints = sum([one.endpoints for one in self._known.values()])
        large = endpoints > LARGE_CLUSTER_ENDPOINTS
        changed = _changed(before, self._known, touched)
        rewritten = set(self._known) if full else changed & set(self._known)
        looked_at = self._known.keys() if touched is None or full else touched
        self._render(looked_at, rewritten, before, large)
        self._find_left_over(changed, before, full)
        stale = self._stale_chains(large, now)
        result = SyncResult(
            text=self._text(rewritten, stale),
            full=full,
            changed_services=tuple(sorted(rewritten | changed)),
            stale_chains=stale,
            large=large,
        )
        self._apply(rewritten, stale)
        if full:
            self._need_full, self._last_full = False, now
        return result

    def save_text(self) -> str:
        """What iptables-save prints after the syncs so far."""
        ports = [rules for one in self._known.values() for rules in one.rules]
        return saved_text(self._settings, ports, self._own, self._proxy.backend)

    def _look(
        self, services: Iterable[Service], slices: Iterable[EndpointSlice]
    ) -> tuple[dict[str, _Known], set[str] | None]:
        """All Services by name, and those that were looked at (None: all of them).

        What has not changed is taken over from the last sync.
        """
        services, slices = tuple(services), tuple(slices)
        before, self._seen = self._seen, (services, slices)
        replaced = _replaced(before, self._seen)
        if replaced is None:
            return self._look_at_all(services, slices), None
        found = dict(self._known)
        new_slices = {id(old): new for old, new in replaced.slices}
        keys = {service.key for service in replaced.services}
        keys |= {new.service_key for _, new in replaced.slices} & found.keys()
        by_key = {service.key: service for service in replaced.services}
        for key in keys:
            known = found[key]
            mine = tuple([new_slices.get(id(one), one) for one in known.slices])
            found[key] = self._look_at(by_key.get(key, known.service), mine)
        return found, keys

    def _look_at_all(
        self, services: Iterable[Service], slices: Iterable[EndpointSlice]
    ) -> dict[str, _Known]:
        by_service: dict[str, list[EndpointSlice]] = {}
        for one in slices:
            by_service.setdefault(one.service_key, []).append(one)
        return {
            service.key: self._look_at(service, tuple(by_service.get(service.key, ())))
            for service in services
        }

    def _look_at(self, service: Service, slices: tuple[EndpointSlice, ...]) -> _Known:
        """One Service, as it was known if nothing about it is new."""
        known = self._known.get(service.key)
        if known is not None and (known.service, known.slices) == (service, slices):
            if all(map(is_, known.slices, slices)):
                return known
            return replace(known, slices=slices)  # equal, but what the informer holds now
        ports = self._ports(service, slices)
        count = sum(len(backends) for _, backends in ports)
        return _Known(service, slices, ports, endpoints=count)

    def _ports(
        self, service: Service, slices: tuple[EndpointSlice, ...]
    ) -> tuple[tuple[PortInfo, Backends], ...]:
        settings = self._settings
        backends = collect(slices, settings.family, settings.node_name)
        infos = port_infos(service, settings.family)
        return tuple((info, backends.get(port_key(info), ())) for info in infos)

    def _render(
        self,
        looked_at: Iterable[str],
        rewritten: set[str],
        before: dict[str, _Known],
        large: bool,
    ) -> None:
        """Render what is to be written; what is not keeps the rules that it has."""
        for key in tuple(looked_at):
            known = self._known[key]
            if key not in rewritten:
                old = before[key]
                if known is not old:
                    self._known[key] = replace(known, rules=old.rules, large=old.large)
            elif not known.rules or known.large != large:
                rules = tuple(
                    render_port(info, found, self._settings, large) for info, found in known.ports
                )
                self._known[key] = replace(known, rules=rules, large=large)

    def _find_left_over(self, changed: set[str], before: dict[str, _Known], full: bool) -> None:
        """Chains in the nat table that no Service port has any more.

        A full sync looks at all; else only those of changed Services can have gone.
        """
        if full:
            active = {chain for one in self._known.values() for chain in one.chains()}
            self._left_over = set(self._own) - active
            return
        for key in changed & before.keys():
            self._left_over.update(before[key].chains())
        for key in changed & self._known.keys():
            self._left_over.difference_update(self._known[key].chains())

    def _stale_chains(self, large: bool, now: float) -> tuple[str, ...]:
        """Those that are deleted now; large clusters look less often."""
        if large and now - self._last_cleanup <= self._proxy.config.sync_period:
            return ()
        self._last_cleanup = now
        stale, self._left_over = self._left_over, set()
        return tuple(sorted(stale))

    def _text(self, rewritten: set[str], stale: tuple[str, ...]) -> str:
        ports = [rules for one in self._known.values() for rules in one.rules]
        again = {id(rules) for key in rewritten for rules in self._known[key].rules}
        return restore_text(self._settings, ports, [id(rules) in again for rules in ports], stale)

    def _apply(self, rewritten: set[str], stale: tuple[str, ...]) -> None:
        """Remember what the nat table holds now."""
        for key in rewritten:
            self._own.update(own_chains(self._known[key].rules))
        for chain in stale:
            del self._own[chain]


@dataclass(frozen=True, slots=True)
class _Replaced:
    """Services and slices (old and new) that took another's place."""

    services: tuple[Service, ...]
    slices: tuple[tuple[EndpointSlice, EndpointSlice], ...]


def _replaced(before: _Objects, after: _Objects) -> _Replaced | None:
    """What is new, when objects of the same names only took the places of others; else None.

    An informer hands out the same objects until they change, so places can be compared
    without looking into them.
    """
    (old_services, old_slices), (services, slices) = before, after
    if not old_services or len(old_services) != len(services) or len(old_slices) != len(slices):
        return None
    pairs = zip(old_services, services, strict=True)
    new_services = [(old, new) for old, new in pairs if old is not new]
    new_slices = [(old, new) for old, new in zip(old_slices, slices, strict=True) if old is not new]
    if any(old.key != new.key for old, new in new_services):
        return None
    if any(old.service_key != new.service_key for old, new in new_slices):
        return None
    return _Replaced(tuple(new for _, new in new_services), tuple(new_slices))


def _changed(
    before: dict[str, _Known], after: dict[str, _Known], touched: set[str] | None
) -> set[str]:
    """Services that came, went, or are seen differently by kube-proxy than before."""
    new_or_differ = {
        key
        for key in (after if touched is None else touched)
        if after[key] is not before.get(key) and _as_seen(before.get(key)) != _as_seen(after[key])
    }
    return new_or_differ | (before.keys() - after.keys() if touched is None else set())


def _as_seen(known: _Known | None) -> object:
    """What kube-proxy compares: the ports of a Service, and its slices but for the Pods' names."""
    if known is None:
        return None
    slices = {
        one.name: (one.ports, [replace(endpoint, target="") for endpoint in one.endpoints])
        for one in known.slices
    }
    return [info for info, _ in known.ports], slices
