#!/bin/sh
# @devcontainers/cli 0.89.0: publishing other content under a version that is there succeeds and publishes nothing.
#
# `devcontainer features publish` of a Feature whose files changed and whose version did not: a warning on stderr, exit
# code 0, and on stdout `{"hello":{}}`, an object without the digest and tags that a real publication has. The old
# content stays, but the collection's metadata is pushed again with the new description: the index and what it points to
# disagree from then on. A release job that goes by the exit code is green.
#
# Needs: Debian 12 (docker-registry 2.8.2+ds1-1 is unpacked, not installed), Node with npm, curl, network.
set -eu
folder=$(mktemp -d)
registry=
trap '[ -z "$registry" ] || kill "$registry"; rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q docker-registry=2.8.2+ds1-1 >/dev/null 2>&1
dpkg -x docker-registry_*.deb program
npm install --silent --no-audit --no-fund --ignore-scripts --prefix cli @devcontainers/cli@0.89.0 >/dev/null
port=$((20000 + $$ % 20000))
cat >registry.yml <<TEXT
version: 0.1
storage: {filesystem: {rootdirectory: $folder/storage}}
http: {addr: "127.0.0.1:$port"}
log: {level: error}
TEXT
program/usr/bin/docker-registry serve registry.yml >log 2>&1 &
registry=$!
tries=0
until curl --silent --fail --noproxy '*' "http://127.0.0.1:$port/v2/" >/dev/null; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || { cat log >&2 && exit 1; }
    sleep 0.1
done
publish() {
    mkdir -p src/hello
    printf '{"id": "hello", "version": "1.0.0", "name": "Hello", "description": "%s"}\n' "$1" \
        >src/hello/devcontainer-feature.json
    printf '#!/bin/sh\necho %s\n' "$1" >src/hello/install.sh
    no_proxy=localhost NO_PROXY=localhost cli/node_modules/.bin/devcontainer features publish src \
        --registry "localhost:$port" --namespace octocat/features 2>said | tr -d ' \n'
}
manifest() {
    curl --silent --noproxy '*' -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
        "http://127.0.0.1:$port/v2/octocat/features/hello/manifests/1.0.0" | cksum
}
collection() {
    curl --silent --noproxy '*' -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
        "http://127.0.0.1:$port/v2/octocat/features/manifests/latest" | cksum
}
first=$(publish first) before=$(manifest) index=$(collection)
second=$(publish second) && code=0 || code=$?
cli/node_modules/.bin/devcontainer --version
printf 'first:  %s\nsecond: %s, exit code %s\n' "$first" "$second" "$code"
grep -o 'WARNING.*' said || :
if [ "$second" = '{"hello":{}}' ] && [ "$code" = 0 ] && [ "$first" != "$second" ] && [ "$(manifest)" = "$before" ] &&
    [ "$(collection)" != "$index" ]; then
    echo "as seen: nothing of the second is published but the collection's metadata, and the exit code is 0"
else
    echo "CHANGED: this is not what was seen" >&2
    exit 1
fi
