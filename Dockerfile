# Echoseal as an image: Python, the locked dependencies, and the app's own files. docs/deploy/docker.md says more.
#
# The image that both stages stand on; any with Python 3.11 or newer, `pip` and `venv` will do.
ARG PYTHON_IMAGE=docker.io/library/python:3.13-slim

# hadolint ignore=DL3006
FROM ${PYTHON_IMAGE} AS build
WORKDIR /app
# Which optional lock files are installed too, separated by spaces: aws, monitoring.
ARG EXTRAS=""
COPY requirements*.txt ./
# What was built for another machine is refused with the hashes; nothing is compiled here.
RUN python -m venv --without-pip /venv && \
    for extra in "" ${EXTRAS}; do \
        python -m pip --python /venv/bin/python install --no-cache-dir --no-compile --only-binary :all: \
            --require-hashes -r "requirements${extra:+-${extra}}.txt" || exit 1; \
    done
COPY . .
# The file system is read-only later, and files' times say nothing in an image.
RUN rm requirements*.txt && \
    python -m compileall -q --invalidation-mode unchecked-hash /app /venv

# hadolint ignore=DL3006
FROM ${PYTHON_IMAGE}
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# Nobody: owns no file, and needs none but /dev/shm to write to.
USER 65534:65534
EXPOSE 8000
STOPSIGNAL SIGTERM
# Whether the process answers, and nothing of others: /healthz asks no upstream.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import http.client, os; \
place = '127.0.0.1', int(os.environ.get('PORT') or 8000); \
asked = http.client.HTTPConnection(*place, timeout=4); \
asked.request('GET', '/healthz'); \
raise SystemExit(asked.getresponse().status != 200)"]
# Without a shell between: SIGTERM reaches gunicorn, which answers what is under way, for 28 s at most.
CMD ["gunicorn", "--config", "gunicorn.conf.py", "app:create_app()"]
