"""Messages about the Jupyter kernel."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "kernel.installed": (
        "Instalado en {folder}. En JupyterLab: Núcleo > Cambiar de núcleo > {title}.",
        "Installed in {folder}. In JupyterLab: Kernel > Change Kernel > {title}.",
    ),
    "kernel.removed": ("Quitado de {folder}.", "Removed from {folder}."),
    "kernel.none": (
        "No hay ningún núcleo ClusterIP Lab en {folder}.",
        "There is no kernel ClusterIP Lab in {folder}.",
    ),
    "kernel.not_ours": (
        "{folder} tiene un núcleo que no instaló labkit: se queda como está.",
        "{folder} holds a kernel that labkit did not install: it stays as it is.",
    ),
    "kernel.cannot": (
        "No se puede escribir en {folder}: {why}.",
        "{folder} cannot be written: {why}.",
    ),
    "kernel.cannot.fix": (
        "Prueba `labkit kernel install --user`.",
        "Try `labkit kernel install --user`.",
    ),
    "kernel.action": ("qué hacer: install o uninstall", "what to do: install or uninstall"),
    "kernel.user": (
        "en la carpeta de Jupyter de tu usuario, para todos tus entornos",
        "in your user's Jupyter folder, for all your environments",
    ),
    "kernel.prefix": (
        "debajo de esta carpeta (por defecto, la del Python de labkit)",
        "below this folder (by default that of labkit's Python)",
    ),
}
