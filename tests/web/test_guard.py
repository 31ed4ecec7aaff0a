"""Names that a server goes by, and pages that may ask for anything."""

import pytest

from crisis_abm.web.guard import OwnPagesOnly, names
from tests.dashboard.loops import answer_of


def _answer(known, headers, kind="http", server=("127.0.0.1", 80), method="GET"):
    """The status of the answer; 101 for a connection that is let in, 200 for a request."""
    told = []

    async def app(scope, receive, send):
        told.append(200 if kind == "http" else 101)

    async def send(message):
        if message["type"] in ("http.response.start", "websocket.close"):
            told.append(message.get("status", 403))

    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    scope = {"type": kind, "method": method, "path": "/", "headers": raw, "server": server}
    answer_of(OwnPagesOnly(app, known, "dashboard", "crisis-abm dashboard")(scope, None, send))
    return told[0]


LOCAL = names("127.0.0.1")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8765", 200),
        ("localhost:8765", 200),
        ("LOCALHOST.", 200),
        ("[::1]:8765", 200),
        ("[0:0:0:0:0:0:0:1]", 200),
        ("evil.example", 403),
        ("evil.example:8765", 403),
        ("127.0.0.1.evil.example", 403),
        ("evil@127.0.0.1", 403),
        ("127.0.0.1:x", 403),
        ("192.168.1.5", 403),
        ("", 403),
    ],
)
def test_only_names_of_its_own_are_served(host, status):
    assert _answer(LOCAL, [("Host", host)]) == status


def test_without_a_name_nothing_is_served():
    assert _answer(LOCAL, []) == 403


def test_of_two_names_neither_is_believed():
    own, other = ("Host", "127.0.0.1:8765"), ("Host", "evil.example")
    for hosts in ([own, other], [other, own], [own, own]):
        assert _answer(LOCAL, hosts) == 403


def test_further_names_are_served_when_it_was_told_so():
    known = names("127.0.0.1", ["planning.example", "2001:db8::5"])
    assert _answer(known, [("Host", "Planning.example:8765")]) == 200
    assert _answer(known, [("Host", "[2001:DB8:0::5]:8765")]) == 200
    assert _answer(known, [("Host", "other.example")]) == 403
    assert (
        _answer(names("127.0.0.1", ["Zürich.example"]), [("Host", "xn--zrich-kva.example")]) == 200
    )


@pytest.mark.parametrize(
    ("address", "host", "status"),
    [
        ("192.168.1.5", "192.168.1.5:8765", 200),  # the address that was really gone to
        ("192.168.1.5", "192.168.1.6:8765", 403),
        ("::ffff:192.168.1.5", "192.168.1.5", 200),
        ("fe80::1%eth0", "[fe80::1]", 200),
        ("192.168.1.5", "desk", 200),
        ("192.168.1.5", "evil.example", 403),
    ],
)
def test_a_server_at_all_addresses_goes_by_each_of_them(address, host, status):
    known = names("0.0.0.0", machine=["desk"])
    assert _answer(known, [("Host", host)], server=(address, 8765)) == status


def test_a_server_at_one_address_goes_by_no_other():
    known = names("127.0.0.1", machine=["desk"])
    assert _answer(known, [("Host", "desk")]) == 403
    assert _answer(known, [("Host", "10.0.0.1")], server=("10.0.0.1", 80)) == 403


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("origin", "fine"),
    [
        ("http://127.0.0.1:8765", True),
        ("http://127.0.0.1:8766", False),  # another port is another's page
        ("http://127.0.0.1", False),
        ("http://localhost:8765", False),  # its own name, but not the one that was gone to
        ("http://evil.example", False),
        ("http://evil.example:8765", False),
        ("http://user@127.0.0.1:8765", False),
        ("file://", False),
        ("null", False),
        ("", False),
    ],
)
def test_only_pages_of_its_own_may_ask(kind, origin, fine):
    headers = [("Host", "127.0.0.1:8765"), ("Origin", origin)]
    assert _answer(LOCAL, headers, kind) == ({"http": 200, "websocket": 101}[kind] if fine else 403)


def test_a_second_origin_does_not_hide_the_first():
    own = ("Origin", "http://127.0.0.1:8765")
    for origins in ([own, ("Origin", "http://evil")], [("Origin", "http://evil"), own]):
        assert _answer(LOCAL, [("Host", "127.0.0.1:8765"), *origins], "websocket") == 403


def test_a_websocket_without_an_origin_is_no_browsers():
    assert _answer(LOCAL, [("Host", "127.0.0.1")], "websocket") == 403


def test_behind_a_proxy_the_address_that_visitors_see_is_its_own():
    known = names("127.0.0.1", base="https://planning.example")
    own = ("Origin", "https://planning.example")
    for host in ("planning.example", "127.0.0.1:8765"):  # a proxy passes the name on, or not
        assert _answer(known, [("Host", host), own], "websocket") == 101
    for other in ("http://planning.example", "https://planning.example:444", "https://other"):
        for host in ("planning.example", "planning.example:443", "127.0.0.1:8765"):
            headers = [("Host", host), ("Origin", other)]
            assert _answer(known, headers, "websocket") == 403
    own = ("Origin", "http://127.0.0.1:8765")  # who sits at the machine needs no proxy
    assert _answer(known, [("Host", "127.0.0.1:8765"), own], "websocket") == 101


@pytest.mark.parametrize(
    ("site", "mode", "to", "status"),
    [
        ("same-origin", "no-cors", "image", 200),
        ("none", "navigate", "document", 200),  # typed, or a bookmark
        ("cross-site", "navigate", "document", 200),  # a link that was followed
        ("same-site", "navigate", "document", 200),
        ("cross-site", "navigate", "iframe", 403),
        ("cross-site", "no-cors", "image", 403),
        ("same-site", "no-cors", "script", 403),
        ("cross-site", "cors", "empty", 403),
        ("cross-site", "navigate", "object", 403),
    ],
)
def test_a_foreign_page_may_lead_here_and_nothing_else(site, mode, to, status):
    told = {"Host": "127.0.0.1", "Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
    headers = [*told.items(), ("Sec-Fetch-Dest", to)]
    assert _answer(LOCAL, headers) == status
    if site == "cross-site":
        assert _answer(LOCAL, [*headers, ("Sec-Purpose", "prefetch")]) == 403
        assert _answer(LOCAL, headers, method="POST") == 403
