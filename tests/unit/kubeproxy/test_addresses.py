"""Addresses as kube-proxy reads them (Go's ParseIPSloppy and ParseCIDRSloppy)."""

from __future__ import annotations

import pytest

from labkit.kubeproxy.addresses import ips_of_family, networks_of_family, with_port


@pytest.mark.parametrize(
    ("text", "ipv4", "ipv6"),
    [
        ("10.0.0.1", "10.0.0.1", None),
        ("010.000.0.01", "10.0.0.1", None),
        (" 10.0.0.1 ", "10.0.0.1", None),
        ("::ffff:10.0.0.1", "10.0.0.1", None),
        ("FD00:0::0:1", None, "fd00::1"),
        ("10.0.0", None, None),
        ("10.0.0.256", None, None),
        ("10.0.0.1.", None, None),
        ("fe80::1%eth0", None, None),
        ("١.1.1.1", None, None),
        ("", None, None),
        ("backend.example", None, None),
    ],
)
def test_an_address_belongs_to_one_family_or_none(
    text: str, ipv4: str | None, ipv6: str | None
) -> None:
    """Leading zeros are decimal, mapped addresses are IPv4, and nonsense is dropped."""
    assert ips_of_family([text], "ipv4") == ((ipv4,) if ipv4 else ())
    assert ips_of_family([text], "ipv6") == ((ipv6,) if ipv6 else ())


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("10.1.2.3/8", "10.0.0.0/8"),
        (" 10.1.2.3/32", "10.1.2.3/32"),
        ("10.1.2.3", None),
        ("10.1.2.3/33", None),
        ("10.1.2.3/x", None),
        ("10.1.2.3/255.0.0.0", None),
        ("fd00::/8", None),
    ],
)
def test_a_network_is_printed_with_its_host_bits_cleared(text: str, printed: str | None) -> None:
    """Source ranges read as Go reads them; what is no network of the family is dropped."""
    found = [str(network) for network in networks_of_family([text], "ipv4")]
    assert found == ([printed] if printed else [])


def test_an_ipv6_address_stands_in_brackets_before_a_port() -> None:
    """``ip:port`` is unambiguous in both families."""
    assert with_port("10.0.0.1", 80) == "10.0.0.1:80"
    assert with_port("fd00::1", 80) == "[fd00::1]:80"
