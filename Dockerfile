FROM python:3.12.12-slim-bookworm AS build
WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
COPY rules ./rules
COPY constraints ./constraints
COPY reports ./reports
RUN python -m pip wheel --no-cache-dir --wheel-dir /wheels .

FROM python:3.12.12-slim-bookworm
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && git config --system --add safe.directory /estate \
    && useradd --create-home --uid 1000 airshift
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    python -m pip install --no-cache-dir --no-index --find-links /wheels airshift
USER airshift
WORKDIR /estate
ENTRYPOINT ["airshift"]
CMD ["--help"]
