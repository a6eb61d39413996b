#!/bin/sh
# A parent with two children, as three databases in the folder given: what the parent says goes down, what the children have
# comes up, and what came from elsewhere is changed where it belongs. Running it again changes nothing.
set -eu
folder=${1:?a folder for the three databases}
mkdir -p "$folder"
say() { printf '\n# %s\n' "$1" >&2; }
head() { itmsctl --db "$folder/head.sqlite" "$@"; }
rome() { itmsctl --db "$folder/rome.sqlite" "$@"; }
oslo() { itmsctl --db "$folder/oslo.sqlite" "$@"; }

say 'Three servers, one tree. A child is reached by its database; over SSH it would be --ssh USER@HOST.'
head hierarchy init head
head hierarchy add-child rome --db "$folder/rome.sqlite"
head hierarchy add-child oslo --db "$folder/oslo.sqlite"

say 'The parent says what all do; each child has computers, and something of its own.'
head apply -f - <<'END'
kind: filter
name: linux
spec:
  where: os_family = 'linux'
---
kind: target
name: linux-computers
spec:
  filters: [linux]
---
kind: task
name: kernel
spec:
  type: command
  body: uname -r
---
kind: schedule
name: night
spec:
  daily: "02:00"
---
kind: policy
name: kernels
spec:
  task: kernel
  target: linux-computers
  schedule: night
  transport: openssh
  enabled: false
END
for site in rome oslo; do
  "$site" apply -f - <<END
kind: computer
name: $site-pc
spec:
  serial: [$site-SERIAL]
  os_family: linux
---
kind: filter
name: only-$site
spec:
  where: name = '$site-pc'
END
done

say 'Down by the rule configuration-down, up by the rule resources-up. The tick does both once a day.'
head replication run -o table
rome replication run -o table
oslo replication run -o table

say 'Each child has the policy; the parent has the computers.'
for site in rome oslo; do "$site" policy list -o name; done
head computer list -o name

say 'What came from the parent is changed there: here it is refused (exit 9), and nothing is lost.'
rome filter set linux --where "os_family = 'windows'" && exit 1 || test $? = 9

say 'Unless the parent opens a field. What a child sets there stays.'
head hierarchy editable policy/kernels --field schedule
head replication now policy/kernels --to rome
rome schedule list -o name | grep -qx late || rome schedule add late --daily 05:00
rome policy set kernels --schedule late
head replication run --complete -o table
rome policy list -o table --fields name,schedule
oslo policy list -o table --fields name,schedule

say 'How it stands.'
head hierarchy status -o table
