#!/bin/sh
# A rolling restart: the first 10 % of the computers, then half, then all. Each ring soaks before the next one opens, and
# every computer of it must be well: here, it must have answered within the last ten minutes. A ring that is not well
# halts the rollout (exit 9); `itmsctl run show` says where and why.
#   sh examples/rolling-restart.sh SELECTOR KEY [SERVICE]
set -eu
where=$1
key=$2
service=${3:-}

itmsctl task add restart-service --command '[ -z "$ITMS_SERVICE" ] || systemctl restart "$ITMS_SERVICE"; echo "restarted ${ITMS_SERVICE:-nothing}"' \
  --parameter service=
itmsctl task add check-service --command '[ -z "$ITMS_SERVICE" ] || systemctl is-active "$ITMS_SERVICE"' --parameter service=
itmsctl job add rolling-restart --step restart-service --step check-service

# Look first: who would be in which ring.
itmsctl job run rolling-restart --where "$where" --rings 10%,50%,100% --seed spring --dry-run -o table
itmsctl job run rolling-restart --where "$where" --param "service=$service" --key "$key" --accept-new \
  --rings 10%,50%,100% --seed spring --gate-success 95% --soak "${SOAK:-10m}" \
  --health "last_seen > now() - interval '10 minutes'" --max-fail 10% -o table
