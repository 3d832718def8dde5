"""Where webhooks may go: every known way of making a server call its own network, by its name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.errors import WebhookRefused
from hub.core.webhooks.targets import Rules, check_address, networks_of, shown, target

OPEN = Rules(ports=(443, 8443))
CLOSED_NETWORK = Rules(networks_of(["10.20.0.0/16", "fd12:3456::/32", "169.254.0.0/16", "0.0.0.0/0"]))
LABORATORY = Rules(plain=True)

URLS = {
    "plain http": "http://h52.example/hooks",
    "another scheme": "file:///etc/passwd",
    "gopher": "gopher://127.0.0.1:6379/_FLUSHALL",
    "no scheme": "//h52.example/",
    "a user": "https://admin@h52.example/",
    "a user and a password": "https://admin:secret@h52.example/",
    "a user that looks like the host": "https://h52.example@127.0.0.1/",
    "a backslash": "https://h52.example\\@127.0.0.1/",
    "a fragment": "https://h52.example/#@127.0.0.1/",
    "a tab in the host": "https://h52\t.example/",
    "a new line, and a header after it": "https://h52.example/\r\nX-Evil: 1",
    "a new line at the end": "https://h52.example/\n",
    "a blank": "https://h52.example/a b",
    "a full-width full stop": "https://127。0。0。1/",
    "letters of another alphabet": "https://ｌocalhost/",
    "an empty host": "https:///hooks",
    "an empty label": "https://h52..example/",
    "a port that is closed": "https://h52.example:6379/",
    "port zero": "https://h52.example:0/",
    "loopback": "https://127.0.0.1/",
    "loopback, short": "https://127.1/",
    "loopback as one number": "https://2130706433/",
    "loopback in hex": "https://0x7f000001/",
    "loopback in octal": "https://0177.0.0.1/",
    "loopback in mixed forms": "https://127.0x0.1/",
    "loopback in IPv6": "https://[::1]/",
    "loopback mapped into IPv6": "https://[::ffff:127.0.0.1]/",
    "metadata of clouds": "https://169.254.169.254/latest/meta-data/",
    "metadata mapped into IPv6": "https://[::ffff:a9fe:a9fe]/",
    "an address with a zone": "https://[fe80::1%25eth0]/",
    "a private address": "https://10.0.0.1/",
    "very long": "https://h52.example/" + "a" * 3_000,
}
ADDRESSES = {
    "this host": "0.0.0.0",
    "loopback": "127.0.0.1",
    "loopback elsewhere": "127.255.255.254",
    "private 10": "10.1.2.3",
    "private 172": "172.31.255.255",
    "private 192": "192.168.1.1",
    "CGNAT": "100.64.0.1",
    "link-local": "169.254.0.1",
    "metadata of most clouds": "169.254.169.254",
    "metadata of another": "100.100.100.200",
    "metadata on a public address": "168.63.129.16",
    "metadata of a third": "192.0.0.192",
    "benchmarking": "198.18.0.1",
    "documentation": "203.0.113.9",
    "multicast": "224.0.0.1",
    "broadcast": "255.255.255.255",
    "IPv6 unspecified": "::",
    "IPv6 loopback": "::1",
    "IPv6 mapped": "::ffff:10.0.0.1",
    "IPv6 mapped and public": "::ffff:8.8.8.8",
    "IPv6 compatible": "::127.0.0.1",
    "NAT64": "64:ff9b::7f00:1",
    "NAT64 of a network": "64:ff9b:1::a00:1",
    "6to4": "2002:7f00:1::",
    "Teredo": "2001:0:53aa:64c:0:5efe:7f00:1",
    "private IPv6": "fd00::1",
    "metadata in IPv6": "fd00:ec2::254",
    "link-local IPv6": "fe80::1%eth0",
    "site-local": "fec0::1",
    "multicast IPv6": "ff02::1",
    "documentation IPv6": "2001:db8::1",
    "discard": "100::1",
    "segment routing": "5f00::1",
    "no address": "h52.example",
    "empty": "",
}


@pytest.mark.parametrize("name", URLS)
def test_a_url_is_refused(name: str) -> None:
    with pytest.raises(WebhookRefused):
        target(URLS[name], OPEN)


@pytest.mark.parametrize("name", ADDRESSES)
def test_an_address_is_refused_on_its_socket(name: str) -> None:
    with pytest.raises(WebhookRefused):
        check_address(ADDRESSES[name], OPEN)


def test_what_is_public_is_allowed() -> None:
    for address in ("8.8.8.8", "203.162.4.191", "100.128.0.1", "172.32.0.1", "2400:cb00::1", "2a00:1450::1"):
        check_address(address, OPEN)
    found = target("https://Trao-doi.sonla.gov.vn:8443/hooks?token=a%20b", OPEN)
    assert (found.host, found.port) == ("trao-doi.sonla.gov.vn", 8443)
    assert target("https://[2400:cb00::1]", OPEN).host == "2400:cb00::1"


def test_others_see_the_host_and_not_what_is_hidden_in_path_and_query() -> None:
    assert shown("https://h52.example:8443/hooks/secret?token=x") == "https://h52.example:8443"
    assert shown("https://10.0.0.1/x") == "https://10.0.0.1"
    assert shown("nonsense") == ""


def test_a_closed_network_opens_its_own_ranges_and_never_where_clouds_tell_secrets() -> None:
    for address in ("10.20.3.4", "fd12:3456::1", "10.21.0.1", "127.0.0.1"):
        check_address(address, CLOSED_NETWORK)
    for address in ("169.254.169.254", "168.63.129.16", "fd13::1", "100.100.100.200", "0.0.0.0", "224.0.0.1"):
        with pytest.raises(WebhookRefused):
            check_address(address, CLOSED_NETWORK)


def test_a_laboratory_reaches_its_own_machine_by_http_and_nothing_else() -> None:
    assert target("http://127.0.0.1:9000/hooks", LABORATORY).port == 9000
    check_address("127.0.0.1", LABORATORY)
    for url in (
        "http://h52.example/",
        "http://10.0.0.1/",
        "http://localhost:9000/",
        "http://127.0.0.1.h52.example/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:99999/",
    ):
        with pytest.raises(WebhookRefused):
            target(url, LABORATORY)
    with pytest.raises(WebhookRefused):
        check_address("10.0.0.1", LABORATORY)


@given(st.text(max_size=200))
def test_any_text_is_one_plain_url_or_refused(text: str) -> None:
    for url in (text, f"https://{text}"):
        try:
            found = target(url, OPEN)
        except WebhookRefused:
            continue
        assert found.host
        assert "@" not in found.host
        assert url.isascii()
