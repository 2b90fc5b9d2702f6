"""What is written again when something changes."""

from __future__ import annotations

from dataclasses import replace

from labkit.kubeproxy.config import KubeProxyConfig
from labkit.kubeproxy.proxy import KubeProxy
from labkit.kubeproxy.syncer import FULL_SYNC_PERIOD, Syncer
from labkit.model.service import Endpoint, EndpointPort, EndpointSlice, Service, ServicePort

WEB = Service("web", cluster_ip="10.96.0.1", ports=(ServicePort(80),))
DB = Service("db", cluster_ip="10.96.0.2", ports=(ServicePort(5432, protocol="TCP"),))


def slice_of(service: Service, *ips: str) -> EndpointSlice:
    """The Service's only slice."""
    return EndpointSlice(
        f"{service.name}-1",
        service_name=service.name,
        endpoints=tuple(Endpoint((ip,), target=f"pod-{ip}") for ip in ips),
        ports=(EndpointPort(8080),),
    )


def declared(text: str, prefix: str) -> list[str]:
    """The chains with a prefix that a text declares."""
    return [line.split()[0][1:] for line in text.splitlines() if line.startswith(f":{prefix}")]


def test_one_changed_endpoint_rewrites_the_chains_of_its_service_only() -> None:
    """The shared chains are whole, web's chains are there anew, db's are not touched."""
    syncer = Syncer(KubeProxy("node"))
    old, new = slice_of(WEB, "10.244.0.1", "10.244.0.2"), slice_of(WEB, "10.244.0.2", "10.244.0.3")
    other = slice_of(DB, "10.244.0.9")
    first = syncer.sync([WEB, DB], [old, other])
    second = syncer.sync([WEB, DB], [new, other])
    assert (first.full, second.full) == (True, False)
    assert second.changed_services == ("default/web",)
    assert len(declared(second.text, "KUBE-SVC-")) == 1
    assert len(declared(second.text, "KUBE-SEP-")) == 3
    assert len(second.stale_chains) == 1
    assert f"-X {second.stale_chains[0]}" in second.text
    assert "default/db cluster IP" in second.text
    assert "10.244.0.9" not in second.text
    assert "10.244.0.1:8080" not in syncer.save_text()
    assert "10.244.0.9:8080" in syncer.save_text()


def test_what_kube_proxy_does_not_look_at_changes_nothing() -> None:
    """Another Pod's name behind the same address, or a label, rewrites no chain."""
    syncer = Syncer(KubeProxy("node"))
    one = slice_of(WEB, "10.244.0.1")
    syncer.sync([WEB], [one])
    renamed = replace(one, endpoints=(replace(one.endpoints[0], target="new"),))
    assert syncer.sync([replace(WEB, labels=(("a", "b"),))], [renamed]).changed_services == ()
    again = syncer.sync([replace(WEB, labels=(("c", "d"),))], [renamed]).text
    assert ":KUBE-SVC-" not in again
    assert "default/web cluster IP" in again


def test_a_failed_restore_and_an_hour_call_for_a_full_sync() -> None:
    """Only then, and after a new configuration, everything is written again."""
    syncer = Syncer(KubeProxy("node"))
    one = slice_of(WEB, "10.244.0.1")
    assert syncer.sync([WEB], [one], now=0).full
    assert not syncer.sync([WEB], [one], now=FULL_SYNC_PERIOD).full
    assert syncer.sync([WEB], [one], now=FULL_SYNC_PERIOD + 1).full
    assert not syncer.sync([WEB], [one], now=FULL_SYNC_PERIOD + 2).full
    syncer.failed()
    again = syncer.sync([WEB], [one], now=FULL_SYNC_PERIOD + 3)
    assert again.full
    assert again.changed_services == ("default/web",)
    syncer.reconfigure(KubeProxy("node", KubeProxyConfig(masquerade_all=True)))
    new = syncer.sync([WEB], [one], now=FULL_SYNC_PERIOD + 4)
    assert new.full
    assert new.text == syncer.proxy.restore_text([WEB], [one])


def test_chains_of_an_earlier_kube_proxy_are_removed_and_nobody_elses() -> None:
    """At the start, chains with kube-proxy's prefixes that nothing uses are stale."""
    left = ["KUBE-SVC-AAAAAAAAAAAAAAAA", "KUBE-SERVICES", "KUBE-KUBELET-CANARY", "DOCKER"]
    result = Syncer(KubeProxy("node"), left).sync([], [])
    assert result.stale_chains == ("KUBE-SVC-AAAAAAAAAAAAAAAA",)


def test_a_large_cluster_cleans_up_once_per_period_and_keeps_old_comments() -> None:
    """Crossing 1,000 endpoints rewrites nothing by itself; stale chains wait for syncPeriod."""
    many = [f"10.244.{n // 250}.{n % 250}" for n in range(1001)]
    syncer = Syncer(KubeProxy("node"))
    syncer.sync([WEB, DB], [slice_of(WEB, *many[:3]), slice_of(DB, "10.245.0.1")], now=0)
    crossed = syncer.sync([WEB, DB], [slice_of(WEB, *many), slice_of(DB, "10.245.0.1")], now=1)
    assert crossed.large
    saved = syncer.save_text()
    assert "default/db -> 10.245.0.1:8080" in saved
    assert "default/web -> " not in saved
    fewer = [slice_of(WEB, *many), slice_of(DB, "10.245.0.2")]
    soon = syncer.sync([WEB, DB], fewer, now=2)
    assert soon.stale_chains == ()
    assert "10.245.0.1:8080" in syncer.save_text()
    later = syncer.sync([WEB, DB], fewer, now=40)
    assert len(later.stale_chains) == 1
    assert "10.245.0.1:8080" not in syncer.save_text()
    syncer.failed()
    syncer.sync([WEB, DB], fewer, now=41)
    assert "default/db -> " not in syncer.save_text()


def test_a_full_sync_of_a_large_cluster_writes_everything_without_comments() -> None:
    """What was written before the cluster grew large loses its comments then, unchanged or not."""
    many = [f"10.244.{n // 250}.{n % 250}" for n in range(1001)]
    small = slice_of(DB, "10.245.0.1")
    syncer = Syncer(KubeProxy("node"))
    syncer.sync([WEB, DB], [slice_of(WEB, *many[:3]), small], now=0)
    syncer.sync([WEB, DB], [slice_of(WEB, *many), small], now=1)
    assert "default/db -> " in syncer.save_text()
    syncer.failed()
    syncer.sync([WEB, DB], [slice_of(WEB, *many), small], now=2)
    assert "default/db -> " not in syncer.save_text()
