# The server as a container, with the embedded model in it and nothing to set:
#   docker build -t telltale . && docker run --rm -p 7860:7860 -v telltale:/data telltale
# Settings are TELLTALE_… variables (docker run -e …); `docker run --rm telltale python -m telltale serve --help` lists them.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 TELLTALE_DATA_DIR=/data TELLTALE_PORT=7860
RUN useradd --create-home --uid 10001 telltale && install -d -o telltale -g telltale /data
WORKDIR /srv/telltale

# Pins of every package, no resolver: the OpenCV without a screen is the only one, so no libGL is needed.
COPY space/requirements.txt requirements.txt
RUN pip install --no-cache-dir --no-deps -r requirements.txt
COPY LICENSE LICENSE
COPY hub_card hub_card
COPY telltale telltale
COPY space space
COPY space/deploy/space_entrypoint.py app.py

USER telltale
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"TELLTALE_PORT\"]}/health', timeout=4)"]
CMD ["python", "app.py"]
