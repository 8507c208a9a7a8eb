"""What a host that something listens on means: this machine alone, or every address that it has."""

from ipaddress import IPv4Address, IPv6Address, ip_address


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it."""
    address = _read(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def is_everywhere(host: str) -> bool:
    """Whether it stands for all addresses, as an empty one does."""
    address = _read(host)
    return not host or (address is not None and address.is_unspecified)


def _read(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:  # a name
        return None
