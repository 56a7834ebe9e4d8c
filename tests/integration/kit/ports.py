"""Ports of 127.0.0.1 on which nothing listens, below those that the kernel gives to clients.

Tests run in several processes at a time (pytest-xdist): each takes ports of its own, and none twice
before it took them all.
"""

import itertools
import os
import random
import socket

_FIRST, _LAST, _WORKERS = 10000, 32000, 16
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % _WORKERS
_ports = list(range(_FIRST + _worker, _LAST, _WORKERS))
_start = random.randrange(len(_ports))
_next_ports = itertools.cycle(_ports[_start:] + _ports[:_start])


def _is_free(port):
    with socket.socket() as one:
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_ports(count):
    return [next(port for port in _next_ports if _is_free(port)) for _ in range(count)]
