#!/bin/sh
# Loads an estate of three sites into the CMDB: sites, nested subnets, computers, site servers, filters and a target.
# The database is the default one, or that of ITMSCTL_DB. Running it twice changes nothing.
set -eu
cd "$(dirname "$0")"

itmsctl site import sites.csv
itmsctl subnet import subnets.csv
itmsctl computer import computers.csv

# name,services,constrained,sites: one `server add` each, with an option for every service and site.
sed 1d servers.csv | while IFS=, read -r name services constrained sites; do
  set -- "$name"
  for service in $(echo "$services" | tr ';' ' '); do set -- "$@" --service "$service"; done
  for site in $(echo "$sites" | tr ';' ' '); do set -- "$@" --site "$site"; done
  if [ -n "$constrained" ]; then set -- "$@" --constrained; fi
  itmsctl server add "$@" </dev/null
done

itmsctl filter add linux --where "os_family = 'linux'"
itmsctl filter add production --where "tags.env = 'prod'"
itmsctl filter add servers --where "tags.role = 'server'"
itmsctl target add linux-desktops --filter linux --filter production --exclude servers
