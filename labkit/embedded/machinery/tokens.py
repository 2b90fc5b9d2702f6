"""``serviceaccounts/token``: tokens of ServiceAccounts (``kubectl create token``).

Source: pkg/registry/core/serviceaccount/storage/token.go, pkg/serviceaccount/claims.go.  The
claims are Kubernetes' own; the signature is HMAC with a key of this cluster, for nobody else is
to trust it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from labkit import plan
from labkit.embedded.kinds.ages import rfc3339
from labkit.embedded.machinery.world import World
from labkit.embedded.schema import decode
from labkit.embedded.schema.fields import GVK
from labkit.embedded.status import Cause, invalid

Json = dict[str, Any]

ISSUER = f"https://kubernetes.default.svc.{plan.CLUSTER_DOMAIN}"
USUAL, SHORTEST, LONGEST = 3600, 600, 2**32
REQUEST = GVK("authentication.k8s.io", "v1", "TokenRequest")


def issue(world: World, account: Json, body: Json, key: bytes, validation: str) -> Json:
    """The ``TokenRequest`` with its token.  422 for a time that is too short or too long."""
    asked = decode.decode(REQUEST, body, validation=validation).obj
    spec = dict(asked.get("spec") or {})
    spec.setdefault("expirationSeconds", USUAL)
    spec["audiences"] = spec.get("audiences") or [ISSUER]
    _check(int(spec["expirationSeconds"]))
    spec.setdefault("boundObjectRef", None)
    now = int(world.now())
    ends = now + int(spec["expirationSeconds"])
    data = account["metadata"]
    return {
        "kind": "TokenRequest",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {
            "name": data["name"],
            "namespace": data["namespace"],
            "creationTimestamp": rfc3339(now),
        },
        "spec": spec,
        "status": {
            "token": _signed(_claims(account, spec, now, ends), key),
            "expirationTimestamp": rfc3339(ends),
        },
    }


def _check(seconds: int) -> None:
    if seconds < SHORTEST:
        says = "may not specify a duration less than 10 minutes"
    elif seconds > LONGEST:
        says = "may not specify a duration larger than 2^32 seconds"
    else:
        return
    cause = Cause(
        "spec.expirationSeconds", "FieldValueInvalid", f"Invalid value: {seconds}: {says}"
    )
    raise invalid("TokenRequest", REQUEST.group, "", [cause])


def _claims(account: Json, spec: Json, now: int, ends: int) -> Json:
    data = account["metadata"]
    about: Json = {
        "namespace": data["namespace"],
        "serviceaccount": {"name": data["name"], "uid": data["uid"]},
    }
    bound = spec.get("boundObjectRef")
    if bound:
        named = {key: bound[key] for key in ("name", "uid") if bound.get(key)}
        about[str(bound.get("kind", "")).lower()] = named
    return {
        "aud": spec["audiences"],
        "exp": ends,
        "iat": now,
        "iss": ISSUER,
        "kubernetes.io": about,
        "nbf": now,
        "sub": f"system:serviceaccount:{data['namespace']}:{data['name']}",
    }


def _signed(claims: Json, key: bytes) -> str:
    """A JSON Web Token (RFC 7519)."""
    head = {"alg": "HS256", "typ": "JWT"}
    parts = [json.dumps(part, separators=(",", ":")).encode() for part in (head, claims)]
    text = b".".join(_plain(part) for part in parts)
    return (text + b"." + _plain(hmac.new(key, text, hashlib.sha256).digest())).decode()


def _plain(raw: bytes) -> bytes:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
