"""Hidden part of 08.1: a redis of somebody else stands in the front's namespace."""

import json

from labkit.grading.exercises import x08_1 as visible
from labkit.grading.exercises.x08_1 import cases, deployment, moved  # noqa: F401
from labkit.grading.nouns import Said, Test, because

SAID = {
    **visible.SAID,
    "wrong_redis": Said(
        "`redis_host` llega a otro redis: el del propio namespace.",
        "`redis_host` reaches another redis: that of its own namespace.",
        "Un nombre corto encuentra primero lo que está cerca.",
        "A short name finds first what is near.",
        "M30",
    ),
}


def the_right_redis(sight):
    """What is written in the data namespace is read through ``redis_host``."""
    if not visible.NAME.fullmatch(str(sight.answers["redis_host"])):
        return because("not_a_name", got=str(sight.answers["redis_host"])[:80])
    stage = sight.cluster
    web, data = stage.namespaces
    decoy = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "redis", "namespace": web},
        "spec": {"selector": {"app": "redis"}, "ports": [{"port": 6379}]},
    }
    items = [deployment("redis", web), decoy]
    stage.run_anywhere(
        "apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    )
    stage.settle(1, "app=redis", web)
    stage.endpoints("redis", 1, web)
    host = moved(sight, str(sight.answers["redis_host"]))
    stage.shell(f"printf 'SET labkit here\\r\\nQUIT\\r\\n' | nc -w 2 redis.{data} 6379")
    said = stage.shell(f"printf 'GET labkit\\r\\nQUIT\\r\\n' | nc -w 2 {host} 6379").output
    return None if "here" in said else because("wrong_redis")


TESTS = (
    Test("accepted", visible.accepted, "se aplica en otro clúster", "applies to another cluster"),
    Test("right_redis", the_right_redis, "llega al redis debido", "the right redis", 2, "accepted"),
)

WRONG = {
    "not_a_url": "SOLUTION\napi_url = 'http://nobody/ || echo api faked #'",
    "short_name": "SOLUTION\nredis_host = 'redis'",
    "number": "SOLUTION\nredis_host = '10.96.0.10'",
    "not_a_name": "SOLUTION\nredis_host = redis_host + ':6379'",
    "port": "SOLUTION\napi_url = 'http://api:8080'",
    "name": "SOLUTION\napi_url = 'http://front'",
    "selector": "SOLUTION\nservices = services.replace('app: api', 'app: backend')",
    "no_service": "SOLUTION\nservices = services.replace(task['data'], task['web'])",
}
