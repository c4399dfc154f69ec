# docker build -t ombot .        See compose.example.yaml for how it is run.

FROM python:3.11.15-slim-trixie AS build

WORKDIR /src
RUN python -m venv /opt/ombot
COPY constraints.txt pyproject.toml README.md ./
COPY ombot ombot
RUN /opt/ombot/bin/pip install --no-cache-dir --disable-pip-version-check --constraint constraints.txt .


FROM python:3.11.15-slim-trixie

# "ombot backup" on PostgreSQL calls pg_dump, which refuses servers newer than itself.
# The distribution keeps one version per release and removes the ones before, so none can be pinned.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/*

# The number is fixed because the owner of mounted folders and secrets is set by number.
RUN groupadd --gid 10001 ombot \
    && useradd --uid 10001 --gid ombot --home-dir /data --no-create-home --shell /usr/sbin/nologin ombot \
    && install --directory --owner=ombot --group=ombot --mode=0700 /data

COPY --from=build /opt/ombot /opt/ombot
ENV PATH="/opt/ombot/bin:$PATH" \
    PYTHONUNBUFFERED=1

USER 10001:10001

# config.toml and .env are looked for here; the paths in [storage] are relative to it.
WORKDIR /data
VOLUME /data

HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["ombot", "status"]
ENTRYPOINT ["ombot"]
CMD ["run"]
