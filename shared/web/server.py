"""How gunicorn serves, everywhere: in a container (`deploy/gunicorn.conf.py`), `nakodo serve` and
`nakodo up`.
"""

import os
import socket

from shared.settings import Settings

THREADS = 8


def port_is_free(settings: Settings) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            return False
    return True


def options(settings: Settings, threads: int = THREADS) -> dict[str, object]:
    """Gunicorn's settings: bounded, quiet, no control socket (its default path is shared by all
    services of a user).

    Whom a proxy speaks for is decided behind the door (`shared/web/door.py`), so gunicorn itself
    believes nobody.
    """
    return {
        "bind": f"{settings.host}:{settings.port}",
        "workers": settings.workers,
        "worker_class": "shared.web.worker.Worker",
        "threads": threads + settings.streams,  # each live feed holds one
        "timeout": 120,
        "graceful_timeout": 30,
        "keepalive": 5,
        "limit_request_line": 8190,
        # it knows no deadline: whoever takes no bytes would hold a thread for ever
        "sendfile": False,
        "forwarded_allow_ips": "",
        "certfile": settings.tls_certificate,
        "keyfile": settings.tls_key,
        "control_socket_disable": True,
        "worker_tmp_dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,
        "loglevel": settings.log_level,
    }
