#!/bin/sh
# One delivery for all three packages, by rings: each computer gets what is for it.
#   sh examples/software-rollout/rollout.sh TARGET [LOGIN OPTIONS, such as --profile fleet --run-as root]
# Ten per cent of the computers come first, then half, then all. A ring soaks (SOAK=4h) before the next one opens, and one in
# which fewer than 95 % went well halts the rollout: `itmsctl run show` says where and why, `itmsctl run resume` goes on.
# The ticks do the rest: `itmsctl schedule install`, or cron.sh.
set -eu
target=$1
shift
itmsctl inventory run --target "$target" --class operating_system "$@" -o table
set -- --software notes-windows "$@"
! itmsctl software show notes-rpm -o name >/dev/null 2>&1 || set -- --software notes-rpm "$@"
itmsctl delivery add notes --software notes-deb "$@" --target "$target" --rings 10%,50%,100% --seed notes \
  --gate-success 95% --soak "${SOAK:-4h}" --max-fail 10% --deadline 7d
itmsctl delivery explain notes -o table
