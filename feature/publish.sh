#!/bin/sh
# Publishes the Feature in src/, and fails unless its version is new: `devcontainer features publish` skips a version that
# is there, whatever the content, and exits with 0.
# usage: feature/publish.sh [--check] NAMESPACE [REGISTRY]      (--check only looks; the registry is ghcr.io)
set -eu
cd "$(dirname -- "$0")"
name=codespace-tracker
only_look=
if [ "${1-}" = --check ]; then
    only_look=yes
    shift
fi
namespace=${1:?usage: feature/publish.sh [--check] NAMESPACE [REGISTRY]} registry=${2:-ghcr.io}
devcontainer=node_modules/.bin/devcontainer
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "src/$name/devcontainer-feature.json")

fail() {
    printf 'publish.sh: %s\n' "$1" >&2
    exit 1
}

[ -n "$version" ] || fail "src/$name/devcontainer-feature.json has no version."
# What was never published has no tags, and that is an error; what cannot be asked shows when it is published.
tags=$("$devcontainer" features info tags "$registry/$namespace/$name" --output-format json) || tags=
case $tags in
*"\"$version\""*) fail "version $version of the Feature is published already. Fix: set a new one in devcontainer-feature.json and __init__.py." ;;
esac
[ -z "$only_look" ] || exit 0
said=$("$devcontainer" features publish src --registry "$registry" --namespace "$namespace")
printf '%s\n' "$said"
# Only what was really published is told of with its version and its digest.
case $said in
*"\"digest\""*"\"version\":\"$version\""*) ;;
*) fail "version $version of the Feature was not published (what was said is above)." ;;
esac
