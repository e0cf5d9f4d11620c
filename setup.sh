#!/bin/sh
# Makes the virtual environment: setup.sh PYTHON VENV [TORCH_INDEX]. Called by `make setup`.
set -eu
python=$1 venv=$2 torch_index=${3:-}

if [ -z "$python" ]; then
    echo "Telltale needs Python 3.11 or 3.12, and none was found. Name one with: make setup PYTHON=/path/to/python3.11" >&2
    exit 1
fi
if [ -L "$venv" ]; then
    echo "$venv is a link, and making it anew would empty what it points to. Remove the link, or run this where the folder is." >&2
    exit 1
fi
started=$(date +%s)
echo "Setting up in $venv with $("$python" --version): 180 packages, about 3.1 GB on disk, about a minute. This happens once."
"$python" -m venv --clear "$venv"
pip="$venv/bin/pip --disable-pip-version-check --no-input -q"
if [ -n "$torch_index" ]; then
    echo "  torch from the index you named …"
    $pip install --no-cache-dir --no-deps --index-url "$torch_index" "$(grep '^torch==' requirements.txt)"
fi
echo "  installing the lock (requirements.txt) …"
# uv takes a sixth of pip's processor time. It reads none of pip's settings, so they are passed on; where it fails, pip installs.
set_for_pip() { $pip config get "global.$1" 2>/dev/null || $pip config get "install.$1" 2>/dev/null || true; }
by_uv() (
    find_links=${PIP_FIND_LINKS:-$(set_for_pip find-links)} cert=${PIP_CERT:-$(set_for_pip cert)}
    default=${PIP_INDEX_URL:-$(set_for_pip index-url)} extra=${PIP_EXTRA_INDEX_URL:-$(set_for_pip extra-index-url)}
    [ -z "$find_links" ] || export UV_FIND_LINKS="$(echo $find_links | tr ' ' ',')"
    [ -z "$default" ] || export UV_DEFAULT_INDEX="$default"
    [ -z "$extra" ] || export UV_EXTRA_INDEX_URL="$(echo $extra)"
    [ -z "$cert" ] || export SSL_CERT_FILE="$cert"
    UV_CACHE_DIR="$venv/.uv" UV_HTTP_TIMEOUT=180 "$venv/bin/uv" pip install -q --python "$venv/bin/python" --no-deps \
        --index-strategy unsafe-best-match -r requirements.txt
)
$pip install --no-cache-dir --no-deps "$(grep '^uv==' requirements.txt)" 2>&1 | grep -v '^WARNING: Location' || true
by_uv || $pip install --no-cache-dir --no-compile --no-deps -r requirements.txt 2>&1 | grep -v '^WARNING: Location' || true
rm -rf "$venv/.uv"
$pip install --no-cache-dir --no-deps --no-build-isolation -e .
if ! "$venv/bin/python" -c 'import torch' 2>/dev/null; then
    echo "  this is torch's CUDA build: adding its CUDA libraries (several GB; see README, \"Set-up\", for the CPU build) …"
    $pip install --no-cache-dir "$(grep '^torch==' requirements.txt)"
fi
"$venv/bin/python" -c 'import torch, cv2, gradio, av' || { echo "The set-up is not whole; see the message above." >&2; exit 1; }
# All else is compiled at its first import, if it has one; these run where nothing may be written.
"$venv/bin/python" -c 'import c2pa, compileall, yt_dlp; [compileall.compile_dir(place, quiet=2) for place in ("telltale", *c2pa.__path__, *yt_dlp.__path__)]'
echo "Set up in $(($(date +%s) - started)) seconds."
