"""Secret: type Opaque; ``stringData`` goes into ``data`` and is never read back.

Source: SetDefaults_Secret; Convert_v1_Secret_To_core_Secret.
"""

from __future__ import annotations

import base64
from typing import Any


def fill(secret: dict[str, Any]) -> None:
    """Fill in the defaults, in place."""
    secret.setdefault("type", "Opaque")
    plain = secret.pop("stringData", None)
    if plain:
        packed = {key: base64.b64encode(text.encode()).decode() for key, text in plain.items()}
        secret["data"] = {**secret.get("data", {}), **packed}
