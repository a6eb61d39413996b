#!/bin/sh
# Make a package server of one computer in each site: a folder, an account, nginx over it, and a first copy, read back;
# then copy the rest. Computers of a site take packages there, and the link to the site carries each once.
#   sh examples/software-rollout/servers.sh [LOGIN OPTIONS, such as --profile fleet]
# WEB says what is put over the folder; with WEB= nothing is, and packages come over SSH.
set -eu
for server in files-rome files-oslo files-porto; do
  # shellcheck disable=SC2086 # several options
  itmsctl server prepare "$server" ${WEB---web 8080 --install-web --account itms-packages} \
    --package notes-deb "$@"
done
for package in $(itmsctl package list -o name); do itmsctl package distribute "$package" "$@" -o table; done
itmsctl package servers notes-deb -o table
