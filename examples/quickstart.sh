#!/bin/sh
# From nothing to the main job in one go: sets up, starts six throw-away SSH computers on loopback, records them in two
# sites, groups some of them by a filter, and runs a task on those. Without root; all of it lies in a temporary folder
# that is removed at the end. ITMSCTL_QUICKSTART_ENGINE=in-process does without the machine's OpenSSH server.
set -eu
cd "$(dirname "$0")/.."
project=$PWD

python3 .ci/make_venv.py
PATH="$project/.venv/bin:$PATH"

lab=$(mktemp -d)
endpoints=
end() {
  status=$?
  trap - EXIT INT TERM
  if [ -n "$endpoints" ]; then
    kill "$endpoints" 2>/dev/null || true
    wait "$endpoints" || true
  fi
  rm -rf "$lab"
  exit "$status"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

XDG_DATA_HOME="$lab/data" XDG_STATE_HOME="$lab/state" XDG_CONFIG_HOME="$lab/config"
export XDG_DATA_HOME XDG_STATE_HOME XDG_CONFIG_HOME
unset ITMSCTL_DB ITMSCTL_OUTPUT

cd "$lab"
engine=${ITMSCTL_QUICKSTART_ENGINE:-auto}
python "$project/examples/lab/ssh_endpoints.py" --count 6 --dir . --engine "$engine" >said &
endpoints=$!
until grep '^ready' said; do
  kill -0 "$endpoints" 2>/dev/null || { echo "the throw-away computers did not start" >&2; exit 1; }
  sleep 0.1
done

# Each line is shown and run.
while IFS= read -r line <&3; do
  case $line in
    '') ;;
    '#'*) printf '\n%s\n' "$line" ;;
    *) printf '$ %s\n' "$line" && eval "$line" </dev/null ;;
  esac
done 2>&1 3<<'END'
# Two sites, the addresses that belong to them, and computers with addresses in both.
itmsctl site add rome
itmsctl site add oslo
itmsctl subnet add 127.44.1.0/24 --site rome
itmsctl subnet add 127.44.2.0/24 --site oslo
itmsctl computer import endpoints.csv
itmsctl computer list -o table --fields name,address,site,os_family

# Some computers serve others. Who serves whom, and why?
itmsctl server add lab-001 --service task --service package
itmsctl server add lab-002 --service package
itmsctl server for lab-003 --service package -o table --fields name,why,rule

# A filter picks computers by what is known of them.
itmsctl filter add linux-in-rome --where "site = 'rome' and os_family = 'linux'"
itmsctl filter members linux-in-rome -o table

# The main job: run a task on the computers that the filter picks.
itmsctl task run --command 'echo "$(uname -sr) at ${SSH_CONNECTION#* * }"' --target linux-in-rome --key id_ed25519 --accept-new -o table
itmsctl run list -o table
END
