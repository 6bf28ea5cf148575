"""Gunicorn for one service in a container: bounded, quiet, no control socket (its default path is shared by all services of a user)."""

import os

bind = f"{os.environ.get('NAKODO_HOST', '0.0.0.0')}:{os.environ.get('NAKODO_PORT', '8000')}"
workers = int(os.environ.get("NAKODO_WORKERS", "2"))
worker_class = "shared.web.worker.Worker"
threads = 8 + int(os.environ.get("NAKODO_STREAMS", "4"))  # each live feed holds one
timeout = 60
graceful_timeout = 30
keepalive = 5
limit_request_line = 8190
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
loglevel = os.environ.get("NAKODO_LOG_LEVEL", "warning")
