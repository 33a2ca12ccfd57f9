"""How gunicorn serves the app; docs/adr/0006-serving.md has the measurements behind the numbers."""

import os

bind = f"{os.environ.get('HOST', '0.0.0.0')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
threads = int(os.environ.get("WEB_THREADS", "300"))
preload_app = True
timeout = 30
graceful_timeout = 25
keepalive = 95
forwarded_allow_ips = "*"
