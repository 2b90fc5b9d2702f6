"""Why a cluster of the user's cannot be reached, and the next step.  Field: ``context``."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "reach.plugin": (
        "El programa que da las credenciales del contexto «{context}» falta o falló.",
        "The program that gives the credentials of the context {context!r} is missing or failed.",
    ),
    "reach.plugin.fix": (
        "Comprueba `kubectl --context {context} get ns`: debe funcionar antes que labkit.",
        "Check `kubectl --context {context} get ns`: it must work before labkit can.",
    ),
    "reach.certificate": (
        "El clúster de «{context}» mostró un certificado que el kubeconfig no reconoce.",
        "The cluster of {context!r} showed a certificate that the kubeconfig does not trust.",
    ),
    "reach.certificate.fix": (
        "Vuelve a descargar el kubeconfig; si hay un proxy que inspecciona TLS, añade su CA.",
        "Download the kubeconfig again; if a proxy inspects TLS, add its CA.",
    ),
    "reach.login": (
        "El clúster de «{context}» no acepta tus credenciales.",
        "The cluster of {context!r} does not accept your credentials.",
    ),
    "reach.login.fix": (
        "Inicia sesión otra vez (el token pudo caducar) y comprueba `kubectl --context {context}"
        " get ns`.",
        "Log in again (the token may have expired) and check `kubectl --context {context} get ns`.",
    ),
    "reach.proxy": (
        "El proxy no deja pasar hasta el clúster de «{context}».",
        "The proxy does not let us through to the cluster of {context!r}.",
    ),
    "reach.proxy.fix": (
        "Revisa HTTPS_PROXY y NO_PROXY, o `proxy-url` en el kubeconfig.",
        "Look at HTTPS_PROXY and NO_PROXY, or at `proxy-url` in the kubeconfig.",
    ),
    "reach.name": (
        "El nombre del servidor de «{context}» no existe en tu DNS.",
        "The server name of {context!r} does not exist in your DNS.",
    ),
    "reach.name.fix": (
        "¿Hace falta una VPN, o el clúster ya no existe?",
        "Is a VPN needed, or is the cluster gone?",
    ),
    "reach.silent": (
        "El clúster de «{context}» no responde.",
        "The cluster of {context!r} does not answer.",
    ),
    "reach.silent.fix": (
        "Comprueba la red y la VPN.",
        "Check the network and the VPN.",
    ),
    "reach.refused": (
        "En la dirección de «{context}» no escucha ningún servidor.",
        "No server listens at the address of {context!r}.",
    ),
    "reach.refused.fix": (
        "Arranca el clúster (por ejemplo `minikube start`) y prueba otra vez.",
        "Start the cluster (for example `minikube start`) and try again.",
    ),
    "reach.quota": (
        "Una cuota del clúster de «{context}» no deja crear lo que el laboratorio necesita.",
        "A quota of the cluster of {context!r} does not allow what the lab needs.",
    ),
    "reach.quota.fix": (
        "Pide a quien lo administra una cuota mayor para el espacio de nombres.",
        "Ask its administrator for a larger quota in the namespace.",
    ),
    "reach.forbidden": (
        "En el clúster de «{context}» no tienes permiso para eso.",
        "You may not do that in the cluster of {context!r}.",
    ),
    "reach.forbidden.fix": (
        "Pide el permiso a quien lo administra, o usa --backend embedded.",
        "Ask its administrator for the permission, or use --backend embedded.",
    ),
}
