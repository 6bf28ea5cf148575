"""The health check of a container: 0 where /ready of this container's NAKODO_OPS says so. It
imports next to nothing: it runs every few seconds.

python3 -I -S deploy/healthy.py
"""

import os
import socket
import sys


def ready(port: int) -> bool:
    """Whether the operators' address on this machine answers that it is ready."""
    with socket.create_connection(("127.0.0.1", port), timeout=4) as connection:
        connection.sendall(b"GET /ready HTTP/1.0\r\n\r\n")
        answer = b""
        while part := connection.recv(4096):
            answer += part
        return answer.split()[1:2] == [b"200"]


if __name__ == "__main__":
    try:
        sys.exit(0 if ready(int(os.environ["NAKODO_OPS"].rpartition(":")[2])) else 1)
    except OSError as error:
        sys.exit(str(error))
