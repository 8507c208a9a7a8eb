import pytest

from callguard.deliver.origin import is_other_site, is_own_page

PUBLIC = "https://guard.example.org"


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
        ("http://guard.example.org", PUBLIC, False),
        ("http://localhost:8080", PUBLIC, False),
    ],
)
def test_only_our_own_pages_pass(origin: str, public_url: str, is_own: bool) -> None:
    assert is_own_page({"origin": origin, "host": "localhost:8080"}, public_url) is is_own


def test_programs_send_no_origin_and_are_not_another_site() -> None:
    headers = {"host": "localhost:8080"}
    assert not is_own_page(headers, "")
    assert not is_other_site(headers, "")
    assert is_other_site(headers | {"origin": "http://evil.test"}, "")
