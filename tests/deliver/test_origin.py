import pytest

from callguard.deliver.origin import is_from_elsewhere

PUBLIC = "https://guard.example.org"
HOST = {"host": "localhost:8080"}


@pytest.mark.parametrize(
    ("origin", "public_url", "is_own"),
    [
        ("http://localhost:8080", "", True),
        ("https://localhost:8080", "", True),  # a proxy that ends TLS and keeps the host
        ("http://localhost:8081", "", False),
        ("http://localhost:8080.evil.test", "", False),
        ("null", "", False),
        ("", "", False),
        (PUBLIC, PUBLIC, True),
        (PUBLIC, f"{PUBLIC}/", True),
        (PUBLIC, "https://Guard.example.org:443", True),  # browsers write neither
        ("http://guard.example.org", PUBLIC, False),
        ("https://guard.example.org:8443", PUBLIC, False),
        ("http://localhost:8080", PUBLIC, False),
    ],
)
def test_of_browsers_only_our_own_pages_pass(origin: str, public_url: str, is_own: bool) -> None:
    assert is_from_elsewhere(HOST | {"origin": origin}, public_url) is not is_own


@pytest.mark.parametrize(
    ("site", "is_own"), [("same-origin", True), ("same-site", False), ("cross-site", False), ("none", False)]
)
def test_a_browser_that_sends_no_origin_is_judged_by_what_it_fetches_for(site: str, is_own: bool) -> None:
    assert is_from_elsewhere(HOST | {"sec-fetch-site": site}, PUBLIC) is not is_own


def test_a_good_fetch_site_does_not_excuse_a_foreign_origin() -> None:
    assert is_from_elsewhere(HOST | {"origin": "http://evil.test", "sec-fetch-site": "same-origin"}, "")


@pytest.mark.parametrize("public_url", ["", PUBLIC])
def test_programs_send_neither_and_pass(public_url: str) -> None:
    assert not is_from_elsewhere(HOST, public_url)
