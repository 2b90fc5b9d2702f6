"""registry.k8s.io/kube-proxy: its Pods hold up the rules of the nodes that they stand on."""

from collections.abc import Mapping

from labkit import plan
from labkit.embedded.images.base import EmulatedImage
from labkit.embedded.programs.kube_proxy import KubeProxyProgram, Proxy

PROGRAM = "/usr/local/bin/kube-proxy"


def image(proxies: Mapping[str, Proxy]) -> EmulatedImage:
    """The image, its program bound to the proxies of all nodes."""
    program = KubeProxyProgram(proxies)
    return EmulatedImage(
        repositories=("registry.k8s.io/kube-proxy",),
        programs={PROGRAM: program, "kube-proxy": program},
        entrypoint=(PROGRAM,),
        known_tags=(plan.KUBERNETES_VERSION,),
    )
