#!/bin/sh
# A class of your own from end to end: add it, have it read, ask it. KEY is the file of your SSH key.
#   sh examples/inventory/custom.sh KEY
set -eu
cd "$(dirname "$0")"

itmsctl data-class add -f service_folders.yaml
itmsctl inventory run --all --collect custom --key "$1" --accept-new -o ndjson
itmsctl filter add open-folders --where "service_folders(mode like '%w_')"
itmsctl report run --sql "SELECT computer, path, owner, mode FROM v_inv_service_folders ORDER BY 1, 2" -o csv
