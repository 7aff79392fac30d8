# A stand-in for the library; its database has lines of PREFIX COUNTRY.
from types import SimpleNamespace

from geoip2.errors import AddressNotFoundError


class Reader:
    def __init__(self, path):
        self.lines = [line.rstrip("\n").split(" ", 1) for line in open(path)]

    def country(self, address):
        for prefix, name in self.lines:
            if address.startswith(prefix):
                return SimpleNamespace(country=SimpleNamespace(name=name or None))
        raise AddressNotFoundError(address)
