# Two stages: the first installs the locked packages; the second contains them and the bot, without build tools.
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN python -m venv /venv
# "postgres", "storage" or both: packages that only these need. compose.scale.yaml sets it.
ARG EXTRAS=""
COPY requirements.txt requirements-postgres.txt requirements-storage.txt ./
RUN for extra in $EXTRAS; do set -- "$@" --requirement "requirements-$extra.txt"; done; \
    /venv/bin/pip install --require-hashes --only-binary=:all: --requirement requirements.txt "$@"

FROM python:3.11-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin retake \
    && install -d -o retake -g retake -m 0700 /data
COPY --from=build /venv /venv
COPY bot/ /app/bot/
COPY cogs/ /app/cogs/
# Make files readable for the bot's user, even if the checkout was created under a strict umask.
RUN chmod -R a+rX /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 RETAKE_DATA=/data
WORKDIR /app
USER 10001
VOLUME /data
# The bot touches a file while its event loop runs. `healthy` fails if the file is older than two minutes.
HEALTHCHECK --interval=60s --timeout=10s --start-period=60s --retries=2 \
    CMD ["python", "-m", "bot", "healthy"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
