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
echo "Setting up in $venv with $("$python" --version): 180 packages, about 3.1 GB on disk, one to three minutes. This happens once."
"$python" -m venv --clear "$venv"
pip="$venv/bin/pip --disable-pip-version-check --no-input -q"
if [ -n "$torch_index" ]; then
    echo "  torch from the index you named …"
    $pip install --no-cache-dir --no-deps --index-url "$torch_index" "$(grep '^torch==' requirements.txt)"
fi
echo "  installing the lock (requirements.txt) …"
$pip install --no-cache-dir --no-compile --no-deps -r requirements.txt 2>&1 | grep -v '^WARNING: Location' || true
$pip install --no-cache-dir --no-deps --no-build-isolation -e .
if ! "$venv/bin/python" -c 'import torch' 2>/dev/null; then
    echo "  this is torch's CUDA build: adding its CUDA libraries (several GB; see README, \"Set-up\", for the CPU build) …"
    $pip install --no-cache-dir "$(grep '^torch==' requirements.txt)"
fi
"$venv/bin/python" -c 'import torch, cv2, gradio, av' || { echo "The set-up is not whole; see the message above." >&2; exit 1; }
# All else is compiled at its first import, if it has one; these run where nothing may be written.
"$venv/bin/python" -c 'import c2pa, compileall, yt_dlp; [compileall.compile_dir(place, quiet=2) for place in ("telltale", *c2pa.__path__, *yt_dlp.__path__)]'
echo "Set up in $(($(date +%s) - started)) seconds."
