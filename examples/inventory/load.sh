#!/bin/sh
# Tasks and a job: updates, and the inventory of what they changed, in one connection to each computer.
#   sh examples/inventory/load.sh
#   itmsctl job run updated --target TARGET --profile PROFILE
# REALLY=yes installs packages instead of only naming them.
set -eu
cd "$(dirname "$0")"

itmsctl task add updated-install --script ../nightly-patch/patch.sh --parameter "really:bool=${REALLY:-no}" \
  --reboot-codes 99 --retry-codes 75 --time-limit 1h
itmsctl task add updated-software --kind inventory --arg classes=software,update_state
itmsctl task add updated-all --kind inventory --arg whole=yes
itmsctl job add updated --file updated.yaml
