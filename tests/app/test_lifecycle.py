import pytest

from callguard.app.lifecycle import listen, url_of
from callguard.errors import ServiceError


def test_a_taken_port_is_said_with_the_remedy() -> None:
    with listen("127.0.0.1", 0) as first:
        first.listen()
        port = first.getsockname()[1]
        with pytest.raises(ServiceError, match=rf"127\.0\.0\.1:{port}.*CALLGUARD_HTTP__PORT"):
            listen("127.0.0.1", port)


def test_an_address_that_is_not_this_machines_is_said_too() -> None:
    with pytest.raises(ServiceError, match="CALLGUARD_HTTP__HOST"):
        listen("192.0.2.1", 0)


def test_a_bound_socket_has_a_url() -> None:
    with listen("127.0.0.1", 0) as listener:
        assert url_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"
