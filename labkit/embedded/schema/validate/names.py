"""The forms of names: each function gives the list of what is wrong with a text.

Source: apimachinery/pkg/util/validation/validation.go and pkg/api/validate/content.
"""

from __future__ import annotations

import ipaddress
import re

LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN = LABEL + "(\\." + LABEL + ")*"
DNS_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
CONFIG_KEY = "[-._a-zA-Z0-9]+"

_LABEL, _SUBDOMAIN, _DNS_1035, _QUALIFIED, _CONFIG_KEY = (
    re.compile(shape) for shape in (LABEL, SUBDOMAIN, DNS_1035, QUALIFIED, CONFIG_KEY)
)

_ALPHANUMERIC_ENDS = "and must start and end with an alphanumeric character"
_LABEL_SAYS = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
    + _ALPHANUMERIC_ENDS
)
_SUBDOMAIN_SAYS = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, "
    "'-' or '.', " + _ALPHANUMERIC_ENDS
)
_WILDCARD = re.compile(r"\*\." + SUBDOMAIN)
_WILDCARD_SAYS = (
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which "
    "must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric "
    "character"
)
_DNS_1035_SAYS = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
    "alphabetic character, and end with an alphanumeric character"
)
_QUALIFIED_SAYS = "must consist of alphanumeric characters, '-', '_' or '.', " + _ALPHANUMERIC_ENDS


def too_long(limit: int) -> str:
    return f"must be no more than {limit} characters"


def between(low: int, high: int) -> str:
    return f"must be between {low} and {high}, inclusive"


def regex_says(message: str, shape: str, *examples: str) -> str:
    """The way a regular expression is explained; the two blanks before "or" are the server's."""
    shown = " or ".join(f"'{example}', " for example in examples)
    return f"{message} (e.g. {shown}regex used for validation is '{shape}')"


def _of_form(text: str, form: re.Pattern[str], limit: int, says: str, *examples: str) -> list[str]:
    wrong = [too_long(limit)] if len(text) > limit else []
    if not form.fullmatch(text):
        wrong.append(regex_says(says, form.pattern, *examples))
    return wrong


def dns_label(text: str) -> list[str]:
    """RFC 1123 label: names of Services, Namespaces, ports and containers."""
    if not _LABEL.fullmatch(text) and _SUBDOMAIN.fullmatch(text):
        return ([too_long(63)] if len(text) > 63 else []) + ["must not contain dots"]
    return _of_form(text, _LABEL, 63, _LABEL_SAYS, "my-name", "123-abc")


def dns_subdomain(text: str) -> list[str]:
    """RFC 1123 subdomain: names of most objects."""
    return _of_form(text, _SUBDOMAIN, 253, _SUBDOMAIN_SAYS, "example.com")


def wildcard(text: str) -> list[str]:
    """``*.`` and a subdomain: hosts of Ingresses."""
    return _of_form(text, _WILDCARD, 253, _WILDCARD_SAYS, "*.example.com")


def dns_1035_label(text: str) -> list[str]:
    return _of_form(text, _DNS_1035, 63, _DNS_1035_SAYS, "my-name", "abc-123")


def qualified_name(text: str) -> list[str]:
    """A label key: ``[prefix/]name``."""
    prefix, slash, name = text.rpartition("/")
    if "/" in prefix:
        says = regex_says("a valid label key " + _QUALIFIED_SAYS, QUALIFIED, *_QUALIFIED_EXAMPLES)
        return [says + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"]
    wrong = []
    if slash:
        wrong = ["prefix part " + each for each in dns_subdomain(prefix)]
        if not prefix:
            wrong = ["prefix part must be non-empty"]
    if not name:
        wrong.append("name part must be non-empty")
    elif len(name) > 63:
        wrong.append("name part " + too_long(63))
    if not _QUALIFIED.fullmatch(name):
        wrong.append("name part " + regex_says(_QUALIFIED_SAYS, QUALIFIED, *_QUALIFIED_EXAMPLES))
    return wrong


_QUALIFIED_EXAMPLES = ("MyName", "my.name", "123-abc")


def path_segment(text: str) -> list[str]:
    """A name that only has to fit into a path (``system:basic-user``)."""
    if text in (".", ".."):
        return [f"may not be '{text}'"]
    return [f"may not contain '{char}'" for char in "/%" if char in text]


def label_value(text: str) -> list[str]:
    wrong = [too_long(63)] if len(text) > 63 else []
    if text and not _QUALIFIED.fullmatch(text):
        says = "a valid label must be an empty string or consist of alphanumeric characters, "
        says += "'-', '_' or '.', " + _ALPHANUMERIC_ENDS
        wrong.append(regex_says(says, f"({QUALIFIED})?", "MyValue", "my_value", "12345"))
    return wrong


def port_number(number: int) -> list[str]:
    return [] if 1 <= number <= 65535 else [between(1, 65535)]


def port_name(text: str) -> list[str]:
    """IANA_SVC_NAME: the name of a container port, or a named target port."""
    wrong = [too_long(15)] if len(text) > 15 else []
    if not re.fullmatch(r"[-a-z0-9]+", text):
        wrong.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search(r"[a-z]", text):
        wrong.append("must contain at least one letter (a-z)")
    if "--" in text:
        wrong.append("must not contain consecutive hyphens")
    if text.startswith("-") or text.endswith("-"):
        wrong.append("must not begin or end with a hyphen")
    return wrong


def env_name(text: str) -> list[str]:
    """The relaxed form (RelaxedEnvironmentVariableValidation, on since 1.32)."""
    wrong = [] if text else ["environment variable name must be non-empty"]
    if any(not " " <= char <= "~" or char == "=" for char in text):
        wrong.append(
            "a valid environment variable name must consist only of printable ASCII characters "
            "other than '='"
        )
    return wrong


def config_key(text: str) -> list[str]:
    """A key of a ConfigMap or a Secret."""
    says = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
    wrong = _of_form(text, _CONFIG_KEY, 253, says, "key.name", "KEY_NAME", "key-name")
    if text in (".", ".."):
        wrong.append(f"must not be '{text}'")
    elif text.startswith(".."):
        wrong.append("must not start with '..'")
    return wrong


def percent(text: str) -> list[str]:
    if re.fullmatch(r"[0-9]+%", text):
        return []
    says = "a valid percent string must be a numeric string followed by an ending '%'"
    return [regex_says(says, "[0-9]+%", "1%", "93%")]


def http_header_name(text: str) -> list[str]:
    if re.fullmatch(r"[-A-Za-z0-9]+", text):
        return []
    says = "a valid HTTP header must consist of alphanumeric characters or '-'"
    return [regex_says(says, "[-A-Za-z0-9]+", "X-Header-Name")]


def ip_address(text: str) -> list[str]:
    if parse_ip(text) is not None:
        return []
    return ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]


def cidr(text: str) -> list[str]:
    try:
        ipaddress.ip_network(text, strict=False)
        ok = "/" in text
    except ValueError:
        ok = False
    return [] if ok else ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"]


def parse_ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address, or None."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
