# Viva in an image: docker build -t viva .
#   docker run --read-only -v viva-data:/data -e VIVA_OPERATOR_TOKEN=... -p 8000:8000 viva
# `make image-check` executes this file without an engine.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
# PyTorch's CPU builds; empty is pip's own index.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python3 -m venv /opt/viva
WORKDIR /build
COPY constraints.txt pyproject.toml ./
RUN /opt/viva/bin/pip install --constraint constraints.txt --no-deps ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} torch
# The libraries before the code, so that a change of code does not install them again.
RUN python3 -c "import tomllib; p = tomllib.load(open('pyproject.toml', 'rb')); print(*p['project']['dependencies'], sep='\n')" > needs.txt \
    && /opt/viva/bin/pip install --constraint constraints.txt --requirement needs.txt \
    && ! /opt/viva/bin/pip list | grep -iE '^(nvidia|cuda|triton)'
RUN python3 -m venv /opt/backend \
    && /opt/backend/bin/pip install --constraint constraints.txt hatchling
COPY README.md LICENSE ./
COPY rubric rubric
COPY prompts prompts
COPY vectorstore vectorstore
COPY app app
RUN /opt/backend/bin/pip wheel --no-deps --no-build-isolation --wheel-dir wheels . \
    && /opt/viva/bin/pip install --no-deps wheels/viva-*.whl \
    && /opt/viva/bin/pip check
# What only an installation needs does not travel.
RUN /opt/viva/bin/pip uninstall --yes pip

FROM ${PYTHON_IMAGE}
RUN useradd --system --uid 10001 --home-dir /data --no-create-home viva \
    && install -d -o viva -g viva -m 0700 /data
# The whole environment: the wheel, its libraries and, as one of them, the embedding model. No sources beside it.
COPY --from=build /opt/viva /opt/viva
# Only /data is written to: state, caches and temporary files.
ENV PATH=/opt/viva/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/data \
    TMPDIR=/data \
    XDG_CACHE_HOME=/data/cache \
    HF_HOME=/data/cache/huggingface \
    VIVA_DATA_DIR=/data \
    VIVA_HOST=0.0.0.0 \
    VIVA_PORT=8000
WORKDIR /data
USER viva
VOLUME ["/data"]
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python3", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['VIVA_PORT'] + '/readyz', timeout=4)"]
ENTRYPOINT ["viva"]
CMD ["serve"]
