"""How gunicorn serves the app. docs/adr/0006-serving.md has the measurements and the reasons."""

import os
from pathlib import Path

import integrations
from proxy.configuration import read_configuration
from proxy.serving import ServerLog, serving_or_exit

# Read and checked here, before the app is loaded: a process that is configured wrongly says so once
# and ends. Not WEB_CONCURRENCY: Heroku's buildpack sets it to 2 on the smallest dyno, for apps
# whose workers do one thing at a time.
_serving = serving_or_exit(os.environ, lambda: read_configuration(os.environ, integrations.ALL))

bind = _serving.bind
workers = _serving.processes
worker_class = "gthread"
threads = _serving.threads
# Kept-alive connections without a request wait in the poller, not in a thread.
worker_connections = threads + 700

# What the app is made of exists once and is shared; nothing in it is a thread or a socket yet.
preload_app = True
# The worker's heartbeat is a file; on a disk that is busy it would look dead.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - gunicorn makes it safe
# A way in that nothing here needs (gunicorn >= 25.1).
control_socket_disable = True

# Longer than the 90 s after which Heroku's router closes an idle connection, so that it is never
# the router that meets a closed one (devcenter.heroku.com, HTTP routing, read 2026-11).
keepalive = 95
# SIGKILL follows SIGTERM after 30 s; no request of ours takes longer than 25 s (proxy.web).
graceful_timeout = 28

# Callback URLs have at most 255 characters; pass-through takes what Heroku's router lets through.
limit_request_line = 8190
# One cookie of 16 KiB (proxy.session) with its name and some company.
limit_request_field_size = 17 * 1024
limit_request_fields = 64

# The client's address is read from X-Forwarded-For by the app itself (proxy.guards). gunicorn is
# to believe no header at all, although Heroku's buildpack sets FORWARDED_ALLOW_IPS='*': with it
# anybody could send SCRIPT_NAME, and have the path read differently or the request fail with a 500.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}
# X_Forwarded_For is dropped; mapped like X-Forwarded-For, it would replace the router's entry.
header_map = "drop"

logger_class = ServerLog
