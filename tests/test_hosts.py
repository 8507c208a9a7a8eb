import pytest

from callguard.hosts import is_everywhere, is_loopback


@pytest.mark.parametrize(
    ("host", "is_own", "is_all"),
    [
        ("127.0.0.1", True, False),
        ("127.0.1.1", True, False),
        ("::1", True, False),
        ("localhost", True, False),
        ("0.0.0.0", False, True),  # looked at, not listened on
        ("::", False, True),
        ("", False, True),
        ("10.0.0.7", False, False),
        ("127.example.org", False, False),
    ],
)
def test_a_host_is_this_machines_own_or_all_or_neither(host: str, *, is_own: bool, is_all: bool) -> None:
    assert (is_loopback(host), is_everywhere(host)) == (is_own, is_all)
