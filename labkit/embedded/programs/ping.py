"""``ping [-q] [-c N] [-W SEC] [-i SEC] HOST`` as busybox has it."""

from __future__ import annotations

from labkit.embedded.interfaces import NameNotFound, Process
from labkit.embedded.programs import kit, lookup
from labkit.embedded.programs.usage import USAGE


async def ping(process: Process) -> int:
    """0 when at least one answer came.  Without ``-c`` it goes on until it is stopped."""
    try:
        found, words = kit.options(process, "4qc:W:i:s:w:")
    except kit.UsageMistake as error:
        kit.err(process, f"ping: {error}\n{USAGE['ping']}")
        return 1
    values = dict(found)
    if len(words) != 1:
        kit.err(process, USAGE["ping"])
        return 1
    try:
        address = (await lookup.addresses(process, words[0]))[0]
    except NameNotFound:
        return kit.complain(process, f"bad address '{words[0]}'")
    kit.out(process, f"PING {words[0]} ({address}): 56 data bytes\n")
    count = int(values["-c"]) if values.get("-c", "").isdigit() else None
    return _summary(process, words[0], await _echoes(process, address, count, values))


async def _echoes(
    process: Process, address: str, count: int | None, values: dict[str, str]
) -> list[float | None]:
    """Milliseconds of each answer, None where none came."""
    wait = float(values.get("-W") or values.get("-w") or 10)
    times: list[float | None] = []
    while count is None or len(times) < count:
        began = process.clock.monotonic()
        try:
            answered = await process.net.ping(address, timeout=wait)
        except OSError:
            kit.complain(process, "warning: got ICMP 3 (Destination Unreachable)")
            answered = False
        took = (process.clock.monotonic() - began) * 1000
        times.append(took if answered else None)
        if answered and "-q" not in values:
            seen = f"64 bytes from {address}: seq={len(times) - 1} ttl=64 time={took:.3f} ms\n"
            kit.out(process, seen)
        if count is None or len(times) < count:
            await process.clock.sleep(float(values.get("-i") or 1))
    return times


def _summary(process: Process, host: str, times: list[float | None]) -> int:
    came = [one for one in times if one is not None]
    lost = 100 * (len(times) - len(came)) // len(times) if times else 0
    kit.out(process, f"\n--- {host} ping statistics ---\n")
    kit.out(
        process,
        f"{len(times)} packets transmitted, {len(came)} packets received, {lost}% packet loss\n",
    )
    if came:
        middle = sum(came) / len(came)
        figures = f"{min(came):.3f}/{middle:.3f}/{max(came):.3f}"
        kit.out(process, f"round-trip min/avg/max = {figures} ms\n")
    return 0 if came else 1
