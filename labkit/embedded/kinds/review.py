"""Reviews: asked and answered, never stored.  What may I, and who am I?

Here the administrator may do everything and anybody else (``--as``) nothing.
Source: kubernetes pkg/registry/authorization, pkg/registry/authentication.
"""

from __future__ import annotations

from labkit.embedded.kinds.base import Json, Kind

EVERYTHING: Json = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
ASK: tuple[Json, ...] = (
    {
        "verbs": ["create"],
        "apiGroups": ["authorization.k8s.io"],
        "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
    },
    {
        "verbs": ["create"],
        "apiGroups": ["authentication.k8s.io"],
        "resources": ["selfsubjectreviews"],
    },
)
PUBLIC = ("/healthz", "/livez", "/readyz", "/version", "/version/")
DISCOVERY = ("/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*", *PUBLIC)


def _allowed(review: Json, user: str, groups: tuple[str, ...], all_rights: bool) -> Json:
    return {"allowed": True} if all_rights else {"allowed": False}


def _rules(review: Json, user: str, groups: tuple[str, ...], all_rights: bool) -> Json:
    rules = [EVERYTHING, *ASK] if all_rights else [*ASK]
    paths = [("*", ["*"])] if all_rights else []
    paths += [("get", list(DISCOVERY)), ("get", list(PUBLIC))]
    return {
        "resourceRules": rules,
        "nonResourceRules": [{"verbs": [verb], "nonResourceURLs": urls} for verb, urls in paths],
        "incomplete": False,
    }


def _user(review: Json, user: str, groups: tuple[str, ...], all_rights: bool) -> Json:
    return {"userInfo": {"username": user, "groups": list(groups)}}


SELF_SUBJECT_ACCESS_REVIEW = Kind(
    "SelfSubjectAccessReview",
    "selfsubjectaccessreviews",
    "authorization.k8s.io",
    namespaced=False,
    verbs=("create",),
    answer=_allowed,
)
SELF_SUBJECT_RULES_REVIEW = Kind(
    "SelfSubjectRulesReview",
    "selfsubjectrulesreviews",
    "authorization.k8s.io",
    namespaced=False,
    verbs=("create",),
    answer=_rules,
)
SELF_SUBJECT_REVIEW = Kind(
    "SelfSubjectReview",
    "selfsubjectreviews",
    "authentication.k8s.io",
    namespaced=False,
    verbs=("create",),
    answer=_user,
)
