# Two stages: the first installs the locked packages, the second carries them and the bot, and no compiler.
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN python -m venv /venv
COPY requirements.txt ./
RUN /venv/bin/pip install --require-hashes --only-binary=:all: -r requirements.txt

FROM python:3.11-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin retake \
    && install -d -o retake -g retake -m 0700 /data
COPY --from=build /venv /venv
COPY bot/ /app/bot/
COPY cogs/ /app/cogs/
# A checkout made under a strict umask must still be readable for the bot's user.
RUN chmod -R a+rX /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 RETAKE_DATA=/data
WORKDIR /app
USER 10001
VOLUME /data
# The bot touches this file while its loop turns; two minutes without a touch is not well.
HEALTHCHECK --interval=60s --timeout=10s --start-period=60s --retries=2 \
    CMD ["python", "-m", "bot", "healthy"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
