"""SelfSubjectAccessReviews: asked and answered, never stored.  Here everything is allowed."""

from __future__ import annotations

from labkit.embedded.kinds.base import Json, Kind, World


def _answer(review: Json, old: Json | None, world: World) -> None:
    review["status"] = {"allowed": True, "reason": "the embedded cluster allows everything"}


SELF_SUBJECT_ACCESS_REVIEW = Kind(
    "SelfSubjectAccessReview",
    "selfsubjectaccessreviews",
    "authorization.k8s.io",
    namespaced=False,
    verbs=("create",),
    prepare=_answer,
)
