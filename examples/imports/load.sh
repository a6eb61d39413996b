#!/bin/sh
# A list of hardware as a spreadsheet writes it, read by a mapping: what cron runs each night. Loading it again changes nothing.
#   sh examples/imports/load.sh [TABLE]
set -eu
cd "$(dirname "$0")"

itmsctl apply -f hardware.yaml
itmsctl computer import "${1:-hardware.csv}" --mapping hardware-list
