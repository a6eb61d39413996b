#!/bin/sh
# Tasks, a job of five steps, a maintenance window, a schedule and a policy: patching at night, by itself.
#   sh examples/nightly-patch/load.sh TARGET [LOGIN OPTIONS of `policy add`, such as --profile linux]
# WINDOW=02:00 and LENGTH=2h say when maintenance may run; REALLY=yes installs packages instead of only naming them.
set -eu
cd "$(dirname "$0")"
target=$1
shift

itmsctl task add nightly-space --command 'df -P / | awk "NR == 2 && \$4 < 500000 { print \"less than 500 MB free\"; exit 1 }"'
itmsctl task add nightly-patch --script patch.sh --parameter "really:bool=${REALLY:-no}" \
  --reboot-codes 99 --retry-codes 75 --time-limit 1h
itmsctl task add nightly-restart --command 'echo "services of $(hostname) would be restarted here"'
itmsctl task add nightly-logs --command 'tail -n 20 /var/log/dpkg.log 2>/dev/null || echo "no log"'
itmsctl task add nightly-report --command 'echo "$ITMS_WHO is through"' --parameter 'who={{ computer.name }}'
itmsctl job add nightly --file nightly.yaml

itmsctl window add nightly --type maintenance --daily "${WINDOW:-02:00}" --duration "${LENGTH:-2h}" --target "$target"
itmsctl schedule add nightly --daily "${WINDOW:-02:00}" --missed skip
itmsctl policy add nightly --job nightly --target "$target" --schedule nightly --deadline 7d --max-fail 20% "$@"
itmsctl policy explain nightly
