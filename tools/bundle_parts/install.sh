#!/bin/sh
# Installs pqscan from this folder, asking no index and no network: sh install.sh [--key PUBLIC.pem] FOLDER
# FOLDER is made as a Python venv, or brought up to date where it is one. Needs Python with venv (Debian: python3-venv), and
# openssl where --key is given. PYTHON=/path/to/python3 names another Python.
set -eu
stop() {
    echo "install.sh: $1" >&2
    exit 1
}

key=
if [ "${1:-}" = --key ]; then
    [ $# -ge 2 ] || stop "--key wants the file with the public key."
    key=$2
    shift 2
    [ -r "$key" ] || stop "the public key $key cannot be read."
    key=$(cd "$(dirname "$key")" && pwd)/$(basename "$key")
fi
[ $# = 1 ] && [ -n "$1" ] || stop "name the folder to install into: sh install.sh [--key PUBLIC.pem] FOLDER"
folder=$1
case $folder in
-*) stop "there is no option $folder: sh install.sh [--key PUBLIC.pem] FOLDER" ;;
/*) ;;
*) folder=$PWD/$folder ;;
esac
cd "$(dirname "$0")"

if [ -n "$key" ]; then
    [ -f SHA256SUMS.sig ] || stop "this bundle is not signed."
    command -v openssl >/dev/null 2>&1 || stop "openssl is missing, which verifies the signature (Debian: apt-get install openssl)."
    openssl pkeyutl -verify -rawin -pubin -inkey "$key" -in SHA256SUMS -sigfile SHA256SUMS.sig >/dev/null 2>&1 \
        || stop "the signature is not that of $key, or the bundle was changed: do not install it."
    echo "the signature is that of $key"
elif [ -f SHA256SUMS.sig ]; then
    echo "install.sh: the signature was not verified, for no --key was given." >&2
else
    echo "install.sh: this bundle is not signed: nothing tells who made it." >&2
fi
sha256sum --check --strict --quiet SHA256SUMS || stop "a file of this bundle was changed or is missing (see above)."

[ "$(uname -sm)" = "$(cat machine)" ] || stop "this bundle is for $(cat machine), and this machine is $(uname -sm)."
python=${PYTHON:-python3}
command -v "$python" >/dev/null 2>&1 || stop "$python is missing (Debian: apt-get install python3 python3-venv)."
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])') || stop "$python does not run."
grep -qxF "$version" pythons || stop "this bundle is for Python $(paste -sd ' ' pythons), and $python is $version."
"$python" -c 'import venv, ensurepip' 2>/dev/null || stop "the venv module of $python is missing (Debian: apt-get install python3-venv)."

if [ -e "$folder" ] && [ ! -f "$folder/pyvenv.cfg" ] && [ -n "$(ls -A "$folder")" ]; then
    stop "$folder is there already and is no venv: name another folder."
fi
[ -x "$folder/bin/python" ] && [ "$("$folder/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$version" ] \
    || "$python" -m venv --clear "$folder" || stop "$python could not make a venv in $folder (see above)."
# Isolated: no variable and no file of this machine adds an index or an option.
"$folder/bin/python" -m pip --isolated --quiet --disable-pip-version-check install --no-cache-dir --no-index --find-links wheels \
    --only-binary :all: --require-hashes --no-deps -r requirements.txt || stop "pip could not install the wheels (see above)."
"$folder/bin/python" -m pip --isolated --quiet --disable-pip-version-check check || stop "something is missing in the bundle (see above)."
echo "installed: $folder/bin/pqscan"
exec "$folder/bin/pqscan" doctor
