"""What busybox says when it is called wrongly (the programs here say it in our own words).

Real busybox prints its version and a page of options; these are one line each.
"""

from __future__ import annotations

BANNER = "BusyBox v1.37.0 multi-call binary.\n\n"

USAGE = {
    name: f"{BANNER}Usage: {name} {form}\n"
    for name, form in {
        "sleep": "[N]...",
        "seq": "[-w] [-s SEP] [FIRST [INC]] LAST",
        "wget": "[-cqS] [--spider] [-O FILE] [-T SEC] [--header STR]\n"
        "\t[--post-data STR] [-U AGENT] URL...",
        "nslookup": "[-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]",
        "nc": "[-zvu] [-wN] [-l] [-p PORT] [IPADDR PORT]",
        "ping": "[-q] [-c N] [-W SEC] [-i SEC] HOST",
        "grep": "[-HhnlLoqvsrRiwFEx] [-m N] { PATTERN | -e PATTERN... } [FILE]...",
        "head": "[-n N] [FILE]...",
        "tail": "[-n N] [FILE]...",
        "cut": "[-b|c LIST | -f LIST [-d SEP] [-s]] [FILE]...",
        "tr": "[-cds] STRING1 [STRING2]",
        "mkdir": "[-p] DIRECTORY...",
        "rm": "[-irf] FILE...",
        "touch": "[-c] FILE...",
        "cp": "[-r] SOURCE... DEST",
        "mv": "SOURCE... DEST",
        "tar": "c|x|t [-zvf TARFILE] [-C DIR] [FILE]...",
        "basename": "FILE [SUFFIX]",
        "dirname": "FILENAME",
    }.items()
}
