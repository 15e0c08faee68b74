#!/usr/bin/env bash
# Follows the Dockerfile's steps on Debian in a clean folder, then starts what came of it as the image would be started: as another user
# than root, with only the data folder to write to, and asks the health check. Needs root (to be somebody else), git and Node; no Docker.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
chmod 755 "$folder"
pid=
finish() {
  [ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT

# better-sqlite3 fetches its prebuilt program from the network. Where `npm ci` has made it here, that one is given out in its place.
made=node_modules/better-sqlite3
if [ -e "$made/build/Release/better_sqlite3.node" ]; then
  mkdir "$folder/prebuilds"
  version=$(node -p "require('./$made/package.json').version")
  name="better-sqlite3-v$version-node-v$(node -p process.versions.modules)-$(node -p 'process.platform+"-"+process.arch').tar.gz"
  tar -czf "$folder/prebuilds/$name" -C "$made" build/Release/better_sqlite3.node
  export npm_config_better_sqlite3_local_prebuilds="$folder/prebuilds"
fi

plan=$(node --import tsx test/support/follow-dockerfile.ts "$folder")
of() { node -e 'const p = JSON.parse(process.argv[1]); const v = p[process.argv[2]]; console.log(Array.isArray(v) ? v.join("\n") : v)' "$plan" "$1"; }
root=$(of root)
user=$(of user)
data="$root$(of volume)"
app="$root$(of workdir)"
mapfile -t start < <(of entrypoint; of command)
mapfile -t health < <(of healthcheck)
[ "${user%%:*}" -gt 0 ] || { echo "the image runs as root" >&2; exit 1; }

# Production dependencies only, and nothing that a site or a developer has.
for unwanted in typescript vitest @biomejs tsx; do
  [ ! -e "$app/node_modules/$unwanted" ] || { echo "the image has $unwanted" >&2; exit 1; }
done
du -sm "$app" | awk '{ print "the application is " $1 " MB" }'

port() { node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })'; }
http=$(port)
dimse=$(port)
mkdir "$folder/tmp"
chown "$user" "$folder/tmp"
cat >"$folder/earshot.yaml" <<YAML
dataDir: $data
dimse: { host: 127.0.0.1, port: $dimse }
http: { host: 127.0.0.1, port: $http, token: "\${EARSHOT_HTTP_TOKEN}" }
limits: { minFreeMiB: 0 }
YAML
# In a subshell, which it takes the place of.
become() {
  cd "$app"
  exec setpriv --reuid "${user%%:*}" --regid "${user##*:}" --clear-groups \
    env -i PATH="$PATH" NODE_ENV=production TMPDIR="$folder/tmp" \
    EARSHOT_PROBE_URL="http://127.0.0.1:$http" EARSHOT_HTTP_TOKEN=a-token-for-this-check-alone "$@"
}

# The configuration is where this check has put it; all else is what the image would start.
become "${start[@]/#\/etc\/earshot\/earshot.yaml/$folder/earshot.yaml}" >"$folder/log" 2>&1 &
pid=$!
for _ in $(seq 120); do
  kill -0 "$pid" 2>/dev/null || { cat "$folder/log" >&2; echo "the service ended" >&2; exit 1; }
  ! (become "${health[@]}") >/dev/null || break
  sleep 0.5
done
(become "${health[@]}")
(become "${health[@]/healthz/readyz}")
[ "$(ps -o uid= -p "$pid" | tr -d ' ')" = "${user%%:*}" ] || { echo "it runs as somebody else than $user" >&2; exit 1; }

stray=$(find "$root" -uid "${user%%:*}" -not -path "$data" -not -path "$data/*" | head)
[ -z "$stray" ] || { echo "written outside the data folder: $stray" >&2; exit 1; }

kill -TERM "$pid"
wait "$pid" && status=0 || status=$?
pid=
[ "$status" -eq 0 ] || { cat "$folder/log" >&2; echo "SIGTERM ended it with $status" >&2; exit 1; }
echo "the Dockerfile's steps give a service that answers as user $user and ends on SIGTERM"
