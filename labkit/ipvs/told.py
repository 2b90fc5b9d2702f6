"""What IPVS did, in words: English and Spanish."""

from __future__ import annotations

from labkit.ipvs.nouns import VirtualServer
from labkit.ipvs.schedulers import Dest

WORDS = {
    "scheduler": (
        "virtual server {virtual}, scheduler {scheduler} ({state}) chooses {server}",
        "servidor virtual {virtual}, el planificador {scheduler} ({state}) elige {server}",
    ),
    "persistent": (
        "virtual server {virtual} is persistent ({seconds} s) and knows this client: {server}",
        "el servidor virtual {virtual} es persistente ({seconds} s) y conoce a este cliente: "
        "{server}",
    ),
    "refused": (
        "virtual server {virtual}, scheduler {scheduler} ({state}) finds no server",
        "servidor virtual {virtual}, el planificador {scheduler} ({state}) no encuentra servidor",
    ),
    "none": (
        "no virtual server listens there",
        "ningún servidor virtual escucha ahí",
    ),
    "gone": (
        "the server of this connection was removed: the connection ends",
        "el servidor de esta conexión fue retirado: la conexión termina",
    ),
}


def told(
    code: str, virtual: VirtualServer | None = None, state: str = "", dest: Dest | None = None
) -> tuple[str, str]:
    """One sentence of the table above, filled in: English and Spanish."""
    fields = {
        "virtual": virtual.text if virtual else "",
        "scheduler": virtual.scheduler if virtual else "",
        "seconds": virtual.persistence if virtual else 0,
        "state": state,
        "server": f"{dest.address}:{dest.port}" if dest else "",
    }
    english, spanish = WORDS[code]
    return english.format(**fields), spanish.format(**fields)
