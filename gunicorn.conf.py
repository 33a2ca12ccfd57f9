"""How gunicorn serves the app. docs/adr/0006-serving.md has the measurements and the reasons."""

import os
from pathlib import Path

from gunicorn.workers.base import Worker

import integrations
from proxy.monitoring.folder import forget_process, prepare_folder
from proxy.operating.configuration import read_configuration
from proxy.serving.env_file import read_env_file
from proxy.serving.server_log import ServerLog
from proxy.serving.start import serving_or_exit
from proxy.serving.worker import let_new_workers_stop

# Read and checked here, before the app is loaded: a process that is configured wrongly says so once
# and ends. Not WEB_CONCURRENCY: Heroku's buildpack sets it to 2 on the smallest dyno, for apps
# whose workers do one thing at a time.
_serving = serving_or_exit(
    os.environ,
    lambda: read_configuration(os.environ, integrations.ALL).settings,
    read_env_file,
)

# All processes listen at both; of several, any tells the metrics of all.
bind = _serving.bind if not _serving.metrics_bind else [_serving.bind, _serving.metrics_bind]
if _serving.has_metrics:
    prepare_folder(is_shared=_serving.processes > 1)
workers = _serving.processes
# Connections, heads, bodies and slow readers are its event loop's work; the threads run the app.
worker_class = "proxy.serving.worker.EventLoopWorker"
threads = _serving.threads

# What the app is made of exists once and is shared; nothing in it is a thread or a socket yet.
preload_app = True
# The worker's heartbeat is a file; on a disk that is busy it would look dead.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - gunicorn makes it safe
# A way in that nothing here needs (gunicorn >= 25.1).
control_socket_disable = True

# SIGKILL follows SIGTERM after 30 s; no request of ours takes longer than 25 s (proxy.http.web).
graceful_timeout = 28

logger_class = ServerLog


def on_starting(_arbiter: object) -> None:
    """Prepare for workers that are told to stop before they are ready."""
    let_new_workers_stop()


def child_exit(_arbiter: object, worker: Worker) -> None:
    """Forget what was under way in a process that has ended."""
    forget_process(worker.pid)
