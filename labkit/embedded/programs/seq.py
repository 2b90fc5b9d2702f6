"""``seq [-w] [-s SEP] [FIRST [INC]] LAST``."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit
from labkit.embedded.programs.usage import USAGE


async def seq(process: Process) -> int:
    words = list(process.argv[1:])
    wide, joint = False, "\n"
    while words and words[0][:2] in ("-w", "-s"):
        word = words.pop(0)
        if word == "-w":
            wide = True
        elif word != "-s" or words:
            joint = word[2:] or words.pop(0)
    if not 1 <= len(words) <= 3:
        kit.err(process, USAGE["seq"])
        return 1
    numbers = []
    for word in words:
        try:
            numbers.append(Decimal(word))
        except InvalidOperation:
            return kit.complain(process, f"invalid number '{word}'")
    first, step = Decimal(1), Decimal(1)
    if len(numbers) > 1:
        first = numbers[0]
    if len(numbers) > 2:
        step = numbers[1]
    if texts := await _texts(process, first, step, numbers[-1], wide):
        kit.out(process, joint.join(texts) + "\n")
    return 0


async def _texts(
    process: Process, first: Decimal, step: Decimal, last: Decimal, wide: bool
) -> list[str]:
    texts = []
    value = first
    while (step > 0 and value <= last) or (step < 0 and value >= last):
        texts.append(str(value))
        value += step
        if len(texts) % 1000 == 0:
            await process.clock.sleep(0)
    width = max(map(len, texts), default=0) if wide else 0
    return [text.zfill(width) for text in texts]
