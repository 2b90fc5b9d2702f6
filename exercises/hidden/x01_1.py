"""Hidden part of 01.1: clusters of every kind with addresses that no learner has seen."""

from labkit.grading.exercises.x01_1 import SAID, TESTS, cluster  # noqa: F401


def cases(task, draw):
    made = [cluster(draw, mode, neighbour=True) for mode in ("iptables", "ipvs", "late")]
    return {"find_vip": [[one] for one in made]}


WRONG = {
    "machine": """
def find_vip(cluster):
    return {"interfaces": [f"{name}/eth0" for name in cluster["nodes"]], "rules": list(cluster["nodes"])}
""",
    "never": """
def find_vip(cluster):
    known = [name for name, node in cluster["nodes"].items() if cluster["vip"] + "/32" in node["rules"] or cluster["vip"] + ":80" in node["rules"]]
    return {"interfaces": [], "rules": known}
""",
    "prefix": """
def find_vip(cluster):
    vip = cluster["vip"]
    found = [f"{n}/{i}" for n, node in cluster["nodes"].items() for i, a in node["interfaces"].items() if vip in a]
    return {"interfaces": found, "rules": [n for n, node in cluster["nodes"].items() if vip in node["rules"]]}
""",
    "every_node": """
def find_vip(cluster):
    vip = cluster["vip"]
    found = [f"{n}/{i}" for n, node in cluster["nodes"].items() for i, a in node["interfaces"].items() if vip in a]
    return {"interfaces": found, "rules": list(cluster["nodes"])}
""",
    "shape": """
def find_vip(cluster):
    return "nowhere"
""",
    "generic.raised": """
def find_vip(cluster):
    return cluster["ip"]
""",
}
