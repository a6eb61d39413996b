#!/bin/sh
# Computers through a pipe: what one command lists, the next one runs on. The list may be filtered on the way.
#   sh examples/pipeline.sh KEY [WHERE]     KEY: a private key that the computers take
set -eu
key=$1
where=${2:-"os_family = 'linux'"}

# By name: what `-o name` writes is valid input of every verb.
itmsctl computer list --where "$where" -o name |
  itmsctl task run --command 'uname -sr' --target - --key "$key" --accept-new -o ndjson

# By object: NDJSON through a tool of your choice. The last object of a run is its summary; `--target -` ignores it.
if command -v jq >/dev/null; then
  itmsctl computer list --where "$where" -o ndjson |
    jq -c 'select(.tags.lab == "loopback")' |
    itmsctl task run --command 'uptime -p || uptime' --target - --key "$key" -o ndjson |
    jq -r 'select(.type != "summary") | "\(.computer)\t\(.state)\t\(.stdout)"'
fi
