"""What is only asked: may I, what may I, who am I, may somebody else.

Source: kubernetes pkg/registry/authorization, pkg/registry/authentication.
"""

from __future__ import annotations

from labkit.embedded.kinds import rights
from labkit.embedded.kinds.base import Json, Kind, World
from labkit.embedded.kinds.rights import Request, Visitor

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
"""The rules of the ClusterRole system:basic-user, which every user has."""
PUBLIC = ("/healthz", "/livez", "/readyz", "/version", "/version/")
DISCOVERY = ("/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*", *PUBLIC)


def _allowed(review: Json, who: Visitor, world: World) -> Json:
    """Of the one who asks."""
    return _decision(review.get("spec") or {}, who, world)


def _somebody(review: Json, who: Visitor, world: World) -> Json:
    """Of the user and the groups that the review names."""
    spec = review.get("spec") or {}
    other = Visitor(str(spec.get("user") or ""), tuple(spec.get("groups") or ()))
    return _decision(spec, other, world)


def _decision(spec: Json, who: Visitor, world: World) -> Json:
    path = spec.get("nonResourceAttributes")
    if who.may_do_anything:
        return {"allowed": True}
    if path is not None:
        reason = rights.path_allowed(world, who, path.get("verb", ""), path.get("path", ""))
    else:
        reason = rights.allowed(world, who, _request(spec.get("resourceAttributes") or {}))
    return {"allowed": False} if reason is None else {"allowed": True, "reason": reason}


def _request(asked: Json) -> Request:
    part = f"/{asked['subresource']}" if asked.get("subresource") else ""
    return Request(
        asked.get("verb", ""),
        asked.get("resource", "") + part,
        asked.get("group", ""),
        asked.get("namespace") or None,
        asked.get("name", ""),
    )


def _rules(review: Json, who: Visitor, world: World) -> Json:
    namespace = (review.get("spec") or {}).get("namespace") or None
    if who.may_do_anything:
        rules = [EVERYTHING, *ASK]
    else:
        granted = (rule for each in rights.grants(world, who, namespace) for rule in each.rules)
        rules = [rule for rule in granted if rule.get("resources")]
    paths = [("*", ["*"])] if who.may_do_anything else []
    paths += [("get", list(DISCOVERY)), ("get", list(PUBLIC))]
    return {
        "resourceRules": rules,
        "nonResourceRules": [{"verbs": [verb], "nonResourceURLs": urls} for verb, urls in paths],
        "incomplete": False,
    }


def _user(review: Json, who: Visitor, world: World) -> Json:
    return {"userInfo": {"username": who.name, "groups": list(who.groups)}}


AUTHORIZATION = "authorization.k8s.io"
LOCAL_ACCESS_REVIEW = Kind("LocalSubjectAccessReview", "localsubjectaccessreviews", AUTHORIZATION,
                           verbs=("create",), answer=_somebody)  # fmt: skip
SELF_SUBJECT_ACCESS_REVIEW = Kind("SelfSubjectAccessReview", "selfsubjectaccessreviews",
                                  AUTHORIZATION, namespaced=False, verbs=("create",),
                                  answer=_allowed)  # fmt: skip
SELF_SUBJECT_RULES_REVIEW = Kind("SelfSubjectRulesReview", "selfsubjectrulesreviews",
                                 AUTHORIZATION, namespaced=False, verbs=("create",),
                                 answer=_rules)  # fmt: skip
SUBJECT_ACCESS_REVIEW = Kind("SubjectAccessReview", "subjectaccessreviews", AUTHORIZATION,
                             namespaced=False, verbs=("create",), answer=_somebody)  # fmt: skip
SELF_SUBJECT_REVIEW = Kind("SelfSubjectReview", "selfsubjectreviews", "authentication.k8s.io",
                           namespaced=False, verbs=("create",), answer=_user)  # fmt: skip
