#!/bin/sh
# Makes the secrets of both compose files, once: what is there stays. They are in docker/secrets, which neither git nor the image
# knows. The folder is closed to other users of this machine; the files are open, as the users of the containers read them.
set -eu
cd "$(dirname "$0")"
mkdir -p secrets
chmod 700 secrets

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
keep() {
  [ -e "secrets/$1" ] && return
  printf '%s' "$2" >"secrets/$1"
  chmod 444 "secrets/$1"
  echo "docker/secrets/$1"
}

keep http-token "$(random)"
keep postgres-password "$(random)"
keep grafana-password "$(random)"
keep orthanc-users "{\"RegisteredUsers\": {\"orthanc\": \"$(random)\"}}"
