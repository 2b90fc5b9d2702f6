"""Faults to plant: what a careless hand might do to the emulator, as exact changes of text.

Each must be noticed by the recording of Linux's answers (``mutants.py``).  A change that no
packet can tell from the original has no place here; those that were tried and taken out:

- the probability of a random rule: the dice are Linux's here (``tests/property`` has it),
- the order of tests within one rule's header: nothing there has a side effect,
- table nat and RELATED: an entry that an ICMP error finds has both sides decided,
- the time-outs of conntrack: minutes; ``tests/unit/netfilter`` turns its own clock.
"""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """In this file of labkit ``old`` (which stands there once) becomes ``new``."""

    what: str
    file: str
    old: str
    new: str


MARKS = (
    Fault(
        "MARK with OR for XOR",
        "xt/mark.py",
        "frame.mark = (frame.mark & (FULL ^ self.mask)) ^ self.value",
        "frame.mark = (frame.mark & (FULL ^ self.mask)) | self.value",
    ),
    Fault("MARK keeps the masked bits", "xt/mark.py", "(FULL ^ self.mask)", "self.mask"),
    Fault(
        "mark without its mask",
        "xt/mark.py",
        "(frame.mark & self.mark.mask) == self.mark.value",
        "frame.mark == self.mark.value",
    ),
    Fault("! mark is mark", "xt/mark.py", "self.mark.value) ^ self.negated", "self.mark.value)"),
    Fault(
        "--set-mark as --set-xmark",
        "xt/mark.py",
        "return pair.value, pair.value | pair.mask",
        "return pair.value, pair.mask",
    ),
    Fault(
        "--and-mark clears what it should keep",
        "xt/mark.py",
        "return 0, FULL ^ options",
        "return 0, options",
    ),
    Fault(
        "--xor-mark as --or-mark",
        "xt/mark.py",
        'return options.need("--xor-mark", int), 0',
        'return (options.need("--xor-mark", int),) * 2',
    ),
    Fault(
        "--save-mark with the wrong mask",
        "xt/connmark.py",
        "(frame.mark & self.nfmask)",
        "(frame.mark & self.ctmask)",
    ),
    Fault(
        "--restore-mark with the wrong mask",
        "xt/connmark.py",
        "(ct.mark & self.ctmask)",
        "(ct.mark & self.nfmask)",
    ),
    Fault(
        "--restore-mark with OR for XOR",
        "xt/connmark.py",
        "(FULL ^ self.nfmask)) ^ self",
        "(FULL ^ self.nfmask)) | self",
    ),
    Fault(
        "--save-mark forgets nothing",
        "xt/connmark.py",
        "ct.mark = (ct.mark & (FULL ^ self.ctmask)) ^ self._shifted(frame",
        "ct.mark = ct.mark ^ self._shifted(frame",
    ),
    Fault(
        "connmark of no connection is 0",
        "xt/connmark.py",
        "            return False\n",
        "            return (self.mark.value == 0) is not self.negated\n",
    ),
    Fault(
        "! connmark is connmark",
        "xt/connmark.py",
        "self.mark.value) is not self.negated",
        "self.mark.value)",
    ),
)
STATES = (
    Fault("NOTRACK does nothing", "xt/ct.py", "    if frame.ct is None:\n", "    if False:\n"),
    Fault(
        "UNTRACKED is INVALID",
        "xt/conntrack.py",
        "frame.ctstate in names\n",
        'frame.ctstate.replace("UNTRACKED", "INVALID") in names\n',
    ),
    Fault(
        "--ctdir the other way",
        "xt/conntrack.py",
        '(self.direction == "REPLY") is not frame.reply',
        '(self.direction == "REPLY") is frame.reply',
    ),
    Fault(
        "! --ctstate is --ctstate",
        "xt/conntrack.py",
        "return hit is not state.negated",
        "return hit",
    ),
    Fault(
        "no ctstate DNAT",
        "xt/conntrack.py",
        '(frame.dnat and "DNAT" in names)',
        "False",
    ),
    Fault(
        "no ctstate SNAT",
        "xt/conntrack.py",
        '(frame.snat and "SNAT" in names)',
        "False",
    ),
    Fault(
        "--ctstatus NONE is no status",
        "xt/conntrack.py",
        "return any(name in bits for name in status.names) is",
        'return (any(name in bits for name in status.names) or "NONE" in status.names) is',
    ),
    Fault(
        "! --ctstatus is --ctstatus",
        "xt/conntrack.py",
        "for name in status.names) is not status.negated",
        "for name in status.names)",
    ),
    Fault(
        "an ICMP error is ESTABLISHED",
        "netfilter/conntrack.py",
        '"RELATED")',
        '"ESTABLISHED")',
    ),
    Fault(
        "the packet after the answer is NEW",
        "netfilter/conntrack.py",
        "if reply or entry.seen_reply else",
        "if reply else",
    ),
    Fault(
        "an answer is not remembered",
        "netfilter/conntrack.py",
        "        entry.seen_reply = True\n",
        "        pass\n",
    ),
    Fault(
        "TCP is never assured",
        "netfilter/conntrack.py",
        "    elif new == tcpstates.ES and old in (tcpstates.SR, tcpstates.ES):\n"
        "        entry.assured = True\n",
        "",
    ),
    Fault(
        "a reset before the answer leaves the entry",
        "netfilter/conntrack.py",
        "if segment == tcpstates.RST and not copy:",
        "if False:",
    ),
    Fault(
        "a SYN never opens an ended connection again",
        "netfilter/conntrack.py",
        "return entry.closing or aborted",
        "return False",
    ),
    Fault(
        "a stray SYN,ACK begins a connection",
        "netfilter/tcpstates.py",
        "(_IV, _IV, SR, _IV, _IV, _IV, _IV, _IV, _IV, SR),  # SYN,ACK",
        "(SR, _IV, SR, _IV, _IV, _IV, _IV, _IV, _IV, SR),  # SYN,ACK",
    ),
    Fault(
        "a stray ACK begins nothing",
        "netfilter/tcpstates.py",
        "(ES, _IV, ES, ES, CW, CW, TW, TW, CL, _IV),  # ACK",
        "(_IV, _IV, ES, ES, CW, CW, TW, TW, CL, _IV),  # ACK",
    ),
    Fault(
        "FIN,ACK counts as ACK",
        "netfilter/tcpstates.py",
        "    if flags & 1:\n",
        "    if flags & 1 and not flags & 16:\n",
    ),
    Fault(
        "RST,ACK counts as ACK",
        "netfilter/tcpstates.py",
        "    if flags & 4:\n",
        "    if flags & 4 and not flags & 16:\n",
    ),
    Fault(
        "an echo reply begins a connection",
        "netfilter/conntrack.py",
        "ICMP_ASKS = {1: {8, 13, 15, 17}, 58: {128}}",
        "ICMP_ASKS = {1: {0, 8, 13, 15, 17}, 58: {128, 129}}",
    ),
    Fault(
        "an ICMP error is looked up by its own flow",
        "netfilter/conntrack.py",
        "table.find(inverted(speaks_of), frame.now)",
        "table.find(speaks_of, frame.now)",
    ),
    Fault(
        "SCTP's tags are not looked at",
        "netfilter/conntrack.py",
        "kind not in sctpstates.WITHOUT_TAG and not entry.tags[reply]",
        "False",
    ),
    Fault(
        "any SCTP chunk begins a connection",
        "netfilter/conntrack.py",
        "not in sctpstates.BEGIN:\n                return\n",
        "not in sctpstates.BEGIN:\n                pass\n",
    ),
)
COUNTING = (
    Fault(
        "limit lets one packet less through",
        "xt/limit.py",
        "bool(credit >= cost)",
        "bool(credit > cost)",
    ),
    Fault(
        "nth begins at its own number",
        "xt/statistic.py",
        "self.every - 1 - self.packet",
        "self.packet",
    ),
    Fault(
        "nth begins one packet late",
        "xt/statistic.py",
        "self.every - 1 - self.packet",
        "max(self.every - 2 - self.packet, 0)",
    ),
    Fault(
        "nth wraps one packet late",
        "xt/statistic.py",
        "0 if count == self.every - 1",
        "0 if count == self.every",
    ),
    Fault(
        "! nth is nth",
        "xt/statistic.py",
        "return (count == 0) is not self.negated",
        "return count == 0",
    ),
    Fault(
        "all nth rules of a chain share a counter",
        "xt/statistic.py",
        'key = ("nth", *frame.rule.key, self.twin)',
        'key = ("nth", *frame.rule.key[:2])',
    ),
    Fault(
        "! random of 0 never matches",
        "xt/statistic.py",
        "return CERTAIN - self.threshold if self.negated else self.threshold",
        "return self.threshold",
    ),
    Fault(
        "recent ignores --seconds",
        "xt/recent.py",
        "if not self.seconds or s >= now - self.seconds",
        "if True",
    ),
    Fault(
        "recent takes --seconds for half",
        "xt/recent.py",
        "s >= now - self.seconds",
        "s >= now - self.seconds / 2",
    ),
    Fault(
        "recent wants one hit more",
        "xt/recent.py",
        "return young >= max(1, self.hitcount)",
        "return young > max(1, self.hitcount)",
    ),
    Fault(
        "recent ignores --hitcount",
        "xt/recent.py",
        "return young >= max(1, self.hitcount)",
        "return young >= 1",
    ),
    Fault(
        "--update notes packets that do not match",
        "xt/recent.py",
        'or (self.mode == "--update" and hit)',
        'or self.mode == "--update"',
    ),
    Fault("--update notes nothing", "xt/recent.py", 'or (self.mode == "--update" and hit)', ""),
    Fault("--remove removes nothing", "xt/recent.py", "            del table[who]\n", ""),
    Fault(
        "--remove of a stranger matches",
        "xt/recent.py",
        'if stamps is None and self.mode != "--set":\n            return self.negated',
        'if stamps is None and self.mode != "--set":\n            return True',
    ),
    Fault("recent ignores its mask", "xt/recent.py", " & address.number(self.mask)\n", "\n"),
    Fault(
        "--rdest looks at the source",
        "xt/recent.py",
        "(frame.dst if self.dest else frame.src)",
        "(frame.src)",
    ),
    Fault(
        "each recent rule has a mask of its own",
        "netfilter/program.py",
        "mask, by_ttl = lists.get(match.name, (match.mask, False))",
        "mask, by_ttl = match.mask, lists.get(match.name, (match.mask, False))[1]",
    ),
    Fault(
        "a recent list holds one more",
        "xt/recent.py",
        "len(table) >= LIST_TOTAL",
        "len(table) > LIST_TOTAL",
    ),
    Fault(
        "a full recent list loses the latest",
        "xt/recent.py",
        "        if len(table) >= LIST_TOTAL:\n            del table[next(iter(table))]\n",
        "        if len(table) >= LIST_TOTAL:\n            del table[list(table)[-1]]\n",
    ),
    Fault(
        "who comes again is not moved up the recent list",
        "xt/recent.py",
        "            table.pop(who, None)\n",
        "",
    ),
    Fault(
        "--rttl is ignored",
        "xt/recent.py",
        "(not self.rttl or k[1] == ttl)",
        "True",
    ),
    Fault(
        "! --set is --set for a stranger",
        "xt/recent.py",
        "hit = not self.negated if stamps is None else",
        "hit = True if stamps is None else",
    ),
    Fault(
        "limit never fills up again",
        "xt/limit.py",
        "credit + frame.now - last)",
        "credit)",
    ),
    Fault(
        "limit fills up twice as fast",
        "xt/limit.py",
        "credit + frame.now - last)",
        "credit + 2 * (frame.now - last))",
    ),
)
HEADERS = (
    Fault("! -s is -s", "xt/ip.py", "== src.network) ^ src.negated", "== src.network)"),
    Fault(
        "the mask of -d is ignored",
        "xt/ip.py",
        "((frame.dst & dst.mask) == dst.network)",
        "(frame.dst == dst.network)",
    ),
    Fault(
        "! -p is -p",
        "xt/ip.py",
        "(self.proto == frame.proto) is self.proto_negated",
        "self.proto != frame.proto",
    ),
    Fault(
        "eth+ is only the name eth",
        "xt/ip.py",
        "name.startswith(self.name) is not",
        "(name == self.name) is not",
    ),
    Fault(
        "! -i is -i",
        "xt/ip.py",
        "return (name == self.name) is not self.negated",
        "return name == self.name",
    ),
    Fault(
        "a range of ports without its last",
        "xt/values.py",
        "(value <= self.high)",
        "(value < self.high)",
    ),
    Fault(
        "a range of ports without its first",
        "xt/values.py",
        "(value >= self.low)",
        "(value > self.low)",
    ),
    Fault(
        "! --dport is --dport",
        "xt/values.py",
        "<= self.high)) ^ self.negated",
        "<= self.high))",
    ),
    Fault(
        "--sport and --dport: one of them will do",
        "xt/ports.py",
        "ok = ok & sport.holds(frame.sport)",
        "ok = ok | sport.holds(frame.sport)",
    ),
    Fault(
        "--sport looks at the destination",
        "xt/ports.py",
        "sport.holds(frame.sport)",
        "sport.holds(frame.dport)",
    ),
    Fault(
        "--ports looks at the destination alone",
        "xt/multiport.py",
        'if self.side != "--dports":',
        'if self.side == "--sports":',
    ),
    Fault(
        "! --dports of multiport is --dports",
        "xt/multiport.py",
        "return hit ^ self.negated",
        "return hit",
    ),
    Fault(
        "flags that are on must be all in the mask",
        "xt/tcp.py",
        "((frame.flags & self.flags.mask) == self.flags.on)",
        "(frame.flags == self.flags.on)",
    ),
    Fault(
        "one of the flags will do",
        "xt/tcp.py",
        "((frame.flags & self.flags.mask) == self.flags.on)",
        "bool(frame.flags & self.flags.on)",
    ),
    Fault(
        "! --syn is --syn",
        "xt/tcp.py",
        "== self.flags.on) ^ self.flags.negated)",
        "== self.flags.on))",
    ),
    Fault("--syn ignores ACK", "xt/tcp.py", "FlagTest(1 | 2 | 4 | 16, 2", "FlagTest(1 | 2 | 4, 2"),
    Fault(
        "the code of --icmp-type is ignored",
        "xt/icmp.py",
        "(code == ANY_CODE or frame.icmp_code == code)",
        "True",
    ),
    Fault(
        "! --icmp-type is --icmp-type",
        "xt/icmp.py",
        "(hit or kind == 255) is not negated",
        "(hit or kind == 255)",
    ),
    Fault(
        "--icmp-type any is the type 255",
        "xt/icmp.py",
        "(hit or kind == 255) is not negated",
        "hit is not negated",
    ),
    Fault(
        "iprange looks at the source twice",
        "xt/iprange.py",
        "self.dst.holds(frame.dst)",
        "self.dst.holds(frame.src)",
    ),
    Fault(
        "--ttl-lt with its border",
        "xt/ttl.py",
        "return frame.ttl < self.value",
        "return frame.ttl <= self.value",
    ),
    Fault(
        "--ttl-gt with its border",
        "xt/ttl.py",
        "return frame.ttl > self.value",
        "return frame.ttl >= self.value",
    ),
    Fault(
        "! --ttl-eq is --ttl-eq",
        "xt/ttl.py",
        "(frame.ttl == self.value) is not self.negated",
        "frame.ttl == self.value",
    ),
    Fault(
        "addrtype: the source's type of the destination",
        "xt/addrtype.py",
        "kind(frame.src, family, iface)",
        "kind(frame.dst, family, iface)",
    ),
    Fault(
        "a set's entry that says nomatch matches",
        "xt/set.py",
        "return first.against is turned",
        "return True",
    ),
    Fault(
        "! --match-set is --match-set",
        "xt/set.py",
        "return found is not self.negated",
        "return found",
    ),
    Fault("sets: src is dst", "model/ipset.py", 'source = side == "src"', 'source = side == "dst"'),
)
WALKING = (
    Fault(
        "goto as jump",
        "netfilter/walk.py",
        "            if result is JUMP:\n                waiting.append((block, rest))",
        "            if True:\n                waiting.append((block, rest))",
    ),
    Fault(
        "jump as goto",
        "netfilter/walk.py",
        "            if result is JUMP:\n                waiting.append((block, rest))",
        "            if False:\n                waiting.append((block, rest))",
    ),
    Fault(
        "RETURN at a built-in chain accepts",
        "netfilter/walk.py",
        "        elif result is not RETURN:\n            return result\n",
        "        elif result is not RETURN:\n            return result\n"
        "        elif not waiting and rest.__length_hint__():\n            return ACCEPT\n",
    ),
    Fault(
        "RETURN is passed over",
        "xt/standard.py",
        "return RETURN",
        "return CONTINUE",
    ),
    Fault(
        "a jump comes back one rule late",
        "netfilter/walk.py",
        "            block, rest = waiting.pop()\n",
        "            block, rest = waiting.pop()\n            next(rest, None)\n",
    ),
    Fault(
        "the policy DROP accepts",
        "netfilter/walk.py",
        'return DROP if base.policy == "DROP" else ACCEPT',
        "return ACCEPT",
    ),
    Fault(
        "the policy does not count",
        "netfilter/walk.py",
        "        counters.add(base.key, frame.length, frame.count)\n",
        "        pass\n",
    ),
    Fault(
        "rules count packets, not bytes",
        "netfilter/walk.py",
        "octets + frame.length * frame.count\n",
        "octets + frame.count\n",
    ),
    Fault(
        "REJECT only drops",
        "netfilter/passage.py",
        "REJECTED if frame.reject_with else DROPPED",
        "DROPPED",
    ),
    Fault(
        "REJECT always answers port-unreachable",
        "xt/reject.py",
        "                return cls(name)\n",
        "                return cls()\n",
    ),
    Fault(
        "a reset leaves the connection open",
        "xt/reject.py",
        "            frame.ct.close(frame.now)\n",
        "            pass\n",
    ),
)
WAYS = (
    Fault(
        "forwarding takes nothing off the TTL",
        "netfilter/passage.py",
        "        frame.ttl -= 1\n",
        "",
    ),
    Fault(
        "raw after connection tracking",
        "netfilter/stages.py",
        '    ("table", "raw", "PREROUTING"),\n    ("track", "", "PREROUTING"),\n',
        '    ("track", "", "PREROUTING"),\n    ("table", "raw", "PREROUTING"),\n',
    ),
    Fault(
        "mangle after destination NAT",
        "netfilter/stages.py",
        '    ("table", "mangle", "PREROUTING"),\n    ("nat", "dst", "PREROUTING"),\n',
        '    ("nat", "dst", "PREROUTING"),\n    ("table", "mangle", "PREROUTING"),\n',
    ),
    Fault(
        "filter before mangle in FORWARD",
        "netfilter/stages.py",
        '    ("table", "mangle", "FORWARD"),\n    ("table", "filter", "FORWARD"),\n',
        '    ("table", "filter", "FORWARD"),\n    ("table", "mangle", "FORWARD"),\n',
    ),
    Fault(
        "no source NAT in INPUT",
        "netfilter/stages.py",
        '    ("nat", "src", "INPUT"),\n',
        "",
    ),
    Fault(
        "filter OUTPUT before nat OUTPUT",
        "netfilter/stages.py",
        '    ("nat", "dst", "OUTPUT"),\n    ("recheck", "", "OUTPUT"),\n'
        '    ("table", "filter", "OUTPUT"),\n',
        '    ("table", "filter", "OUTPUT"),\n    ("nat", "dst", "OUTPUT"),\n'
        '    ("recheck", "", "OUTPUT"),\n',
    ),
    Fault(
        "no second look at the route after OUTPUT",
        "netfilter/stages.py",
        '    ("reroute", "", "OUTPUT"),\n',
        "",
    ),
    Fault(
        "a packet on the loopback is delivered at once",
        "netfilter/passage.py",
        '        if frame.out_iface != "lo":\n            frame.verdict = ACCEPTED',
        "        if True:\n            frame.verdict = ACCEPTED",
    ),
    Fault(
        "dropped packets leave a connection",
        "netfilter/stages.py",
        '    ("table", "mangle", "FORWARD"),\n',
        '    ("confirm", "", "FORWARD"),\n    ("table", "mangle", "FORWARD"),\n',
    ),
)
NAT = (
    Fault(
        "table nat sees every packet that is NEW",
        "netfilter/passage.py",
        "if not decided and not frame.reply and",
        "if not frame.reply and",
    ),
    Fault(
        "answers are not translated back",
        "netfilter/nat.py",
        "    if not applies:\n",
        "    if not applies or frame.reply:\n",
    ),
    Fault(
        "only the first packet is translated",
        "netfilter/nat.py",
        "    if not applies:\n",
        "    if not applies or entry.confirmed:\n",
    ),
    Fault(
        "answers are translated at the wrong hook",
        "netfilter/nat.py",
        '(kind == "dst") is not frame.reply',
        'kind == "dst"',
    ),
    Fault(
        "the source's port is not translated",
        "netfilter/nat.py",
        "            frame.sport = sport & 0xFFFF\n",
        "            pass\n",
    ),
    Fault(
        "DNAT keeps the destination's port",
        "netfilter/nat.py",
        "frame.dport = dport if frame.proto in PORT_PROTOCOLS else frame.dport",
        "frame.dport = frame.dport",
    ),
    Fault(
        "a port that is taken is given twice",
        "netfilter/nat.py",
        "return not table.taken(inverted(flow), frame.ct, frame.now)",
        "return True",
    ),
    Fault(
        "NAT: a range of ports without its last",
        "netfilter/nat.py",
        "wanted.port_high - wanted.port_low + 1",
        "max(wanted.port_high - wanted.port_low, 1)",
    ),
    Fault(
        "ports below 1024 go anywhere",
        "netfilter/nat.py",
        "    if port >= 1024:\n",
        "    if True:\n",
    ),
    Fault(
        "a source does not keep its address of a range",
        "netfilter/nat.py",
        "if found is not None and free(found):",
        "if False:",
    ),
    Fault(
        "--random-fully keeps the port",
        "netfilter/nat.py",
        "    if not wanted.random_fully and not wanted.random:\n        if not wanted.has_ports",
        "    if True:\n        if not wanted.has_ports",
    ),
    Fault(
        "MASQUERADE with the address of the way in",
        "netfilter/nat.py",
        "return routing.primary(frame.out_iface, hop, frame.family)",
        'return routing.primary(frame.in_iface or "eth0", hop, frame.family)',
    ),
    Fault(
        "REDIRECT in OUTPUT to the address of the way out",
        "netfilter/nat.py",
        'if frame.hook == "OUTPUT":',
        "if False:",
    ),
    Fault(
        "NETMAP keeps the network",
        "xt/netmap.py",
        "self.to.network | (old & host)",
        "self.to.network",
    ),
    Fault(
        "the hash of a range ignores --persistent",
        "netfilter/jhash.py",
        "0 if wanted.persistent else goal[-1]",
        "goal[-1]",
    ),
    Fault(
        "the hash of a range turns by one bit less",
        "netfilter/jhash.py",
        "c = ((c ^ b) - _rol(b, 14)) & MASK",
        "c = ((c ^ b) - _rol(b, 13)) & MASK",
    ),
    Fault(
        "the last address of a range is left out",
        "netfilter/jhash.py",
        "high[i] - low[i] + 1)",
        "max(high[i] - low[i], 1))",
    ),
    Fault(
        "NAT without a rule says SNAT of a destination",
        "netfilter/nat.py",
        '            if kind == "dst":\n                entry.dst_nat = True',
        '            if kind == "none":\n                entry.dst_nat = True',
    ),
)
FAULTS: tuple[Fault, ...] = (*MARKS, *STATES, *COUNTING, *HEADERS, *WALKING, *WAYS, *NAT)
