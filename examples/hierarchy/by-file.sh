#!/bin/sh
# A parent and a child that no network reaches: everything between them is carried on a stick. Both stand in the folder given.
# First they are made known to each other, each with the card of the other; then a file goes there, and one comes back.
set -eu
folder=${1:?a folder for the two servers and the stick}
stick=$folder/stick
mkdir -p -m 700 "$folder/head" "$folder/mine" "$stick"
say() { printf '\n# %s\n' "$1" >&2; }
head() { itmsctl --db "$folder/head/cmdb.sqlite" "$@"; }
mine() { itmsctl --db "$folder/mine/cmdb.sqlite" "$@"; }

say 'The keys: a card goes there, and one comes back. Compare the fingerprints that both print, by telephone.'
head hierarchy init head
head hierarchy card >"$stick/head.card"
mine hierarchy join "$stick/head.card" --name mine >"$stick/mine.card"
head hierarchy add-child mine --card "$stick/mine.card"

say 'What the parent says goes onto the stick: objects as batches, the files of packages as a copy of its library.'
head filter add linux --where "os_family = 'linux'"
printf 'a tool\n' >"$folder/tool.txt"
head package import "$folder/tool.txt" --name tool
head replication export --to mine --out "$stick/down.batches" --force
cp -R "$folder/head/library" "$stick/"

say 'There: it is taken in, the files too, each byte compared. The same stick twice does no harm.'
mine replication import "$stick/down.batches"
mine package fetch --from "$stick/library"
mine replication import "$stick/down.batches"
mine package list -o table --fields name,state

say 'What the child has goes back, and with it what it took: the next export holds only what is new.'
mine computer add pc-mine --serial MINE-SERIAL --os-family linux
mine replication export --to head --out "$stick/up.batches" --force
head replication import "$stick/up.batches"
head computer list -o name
head filter add windows --where "os_family = 'windows'"
head replication export --to mine --out "$stick/down.batches" --force
mine replication import "$stick/down.batches"
mine filter list -o name

say 'How it stands, at both ends.'
head hierarchy status -o table
mine hierarchy status -o table
