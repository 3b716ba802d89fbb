#!/bin/sh
# Prometheus' node exporter 1.5.0 drops samples of a textfile without a word in its metrics.
#
# Two valid .prom files with one metric whose HELP differs by a word: all samples of the second file (by name) are
# missing from the answer, yet node_textfile_scrape_error stays 0, the answer is 200, and node_textfile_mtime_seconds
# is there for both files. An alert on scrape_error, which is what it is for, never fires. The exporter's log alone tells.
#
# Needs: Debian 12 (the package prometheus-node-exporter 1.5.0-1+b6 is unpacked, not installed), curl, network.
set -eu
folder=$(mktemp -d)
exporter=
trap '[ -z "$exporter" ] || kill "$exporter"; rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q prometheus-node-exporter=1.5.0-1+b6 >/dev/null 2>&1
dpkg -x prometheus-node-exporter_*.deb program
mkdir metrics
cat >metrics/a.prom <<'TEXT'
# HELP jobs_done_total Jobs that are done.
# TYPE jobs_done_total counter
jobs_done_total{queue="a"} 1
TEXT
sed 's/that are done/which are done/; s/"a"} 1/"b"} 2/' metrics/a.prom >metrics/b.prom
port=$((20000 + $$ % 20000))
program/usr/bin/prometheus-node-exporter --collector.disable-defaults --collector.textfile \
    --collector.textfile.directory=metrics --web.listen-address=127.0.0.1:$port >log 2>&1 &
exporter=$!
tries=0
until curl --silent --fail --noproxy '*' "http://127.0.0.1:$port/metrics" >answer; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || { cat log >&2 && exit 1; }
    sleep 0.1
done
program/usr/bin/prometheus-node-exporter --version 2>&1 | head -n 1
grep -E '^(jobs_done|node_textfile)' answer
if grep -q '^jobs_done_total{queue="a"} 1$' answer && ! grep -q 'queue="b"' answer &&
    grep -q '^node_textfile_scrape_error 0$' answer && grep -q '^node_textfile_mtime_seconds.*b.prom' answer; then
    echo "as seen: the samples of b.prom are missing, and scrape_error is 0"
else
    echo "CHANGED: this is not what was seen" >&2
    exit 1
fi
