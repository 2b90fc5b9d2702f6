"""Stands in for docker, podman, nerdctl or kind: says what the dialogue says, or refuses.

It is copied onto the PATH under each name.  The dialogue is the JSON file that
``LABKIT_STANDIN`` names: a list of answers; those for the same command line are given one after
the other, the last one for ever.  Every call is noted, and so is every refusal.
"""

import json
import os
import sys
import time
from pathlib import Path


def main() -> int:
    """Answer one command line."""
    folder = Path(os.environ["LABKIT_STANDIN"])
    argv = [Path(sys.argv[0]).name, *sys.argv[1:]]
    with (folder / "calls").open("a", encoding="utf-8") as calls:
        calls.write(json.dumps(argv) + "\n")
    with (folder / "pids").open("a", encoding="utf-8") as pids:
        pids.write(f"{os.getpid()}\n")
    dialogue = json.loads((folder / "dialogue.json").read_text(encoding="utf-8"))
    answers = [one for one in dialogue if fits(one["argv"], argv)]
    if not answers:
        (folder / "refused").open("a", encoding="utf-8").write(json.dumps(argv) + "\n")
        print(f"stand-in: not in the dialogue: {argv}", file=sys.stderr)
        return 97
    text = (folder / "calls").read_text(encoding="utf-8")
    earlier = sum(fits(answers[0]["argv"], json.loads(line)) for line in text.splitlines()) - 1
    return say(answers[min(earlier, len(answers) - 1)], argv)


def fits(pattern: list[str], argv: list[str]) -> bool:
    """Whether each word is the one of the dialogue; ``*`` is any one word."""
    return len(pattern) == len(argv) and all(
        one in ("*", word) for one, word in zip(pattern, argv, strict=True)
    )


def say(answer: dict, argv: list[str]) -> int:
    """Print, wait, do the one thing that has an effect, and end with the status."""
    delay = answer.get("delay", 0) / max(len(answer["err"].splitlines()), 1)
    for line in answer["err"].splitlines(keepends=True):
        sys.stderr.write(line)
        sys.stderr.flush()
        time.sleep(delay)
    sys.stdout.write(answer["out"])
    if answer.get("writes"):
        target = Path(argv[argv.index(answer["writes"]) + 1])
        target.write_text(answer["content"], encoding="utf-8")
    return int(answer["status"])


if __name__ == "__main__":
    sys.exit(main())
