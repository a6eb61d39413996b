#!/bin/sh
# Import the three packages, say what software they are and which computers each is for, and roll it out by rings.
#   sh examples/software-rollout/load.sh FOLDER TARGET [LOGIN OPTIONS of `delivery add`, such as --profile fleet]
# FOLDER is what build.sh made. Sites and their package servers stand in estate.yaml: see servers.sh.
# SOAK=4h is how long a ring is watched before the next one opens.
set -eu
files=$1
target=$2
shift 2

itmsctl package import "$files"/notes_*_all.deb --name notes-deb
itmsctl software add notes-deb --package notes-deb --applies 'package dpkg'
set -- --software notes-deb "$@"

# RHEL and what follows it tell by inventory what they are.
for rpm in "$files"/notes-*.noarch.rpm; do
  [ -e "$rpm" ] || continue
  itmsctl package import "$rpm" --name notes-rpm
  itmsctl software add notes-rpm --package notes-rpm --applies "inventory operating_system.id in ('rhel', 'rocky', 'almalinux')"
  set -- --software notes-rpm "$@"
done

# A folder says nothing of itself: what installs it, and how it is known to be there, is said here.
itmsctl package import "$files/notes-windows" --name notes-windows --version 1.0 --detect 'file "C:\Program Files\itms-notes\itms-notes.cmd"'
itmsctl package program notes-windows install --windows install.cmd
itmsctl package program notes-windows uninstall --windows uninstall.cmd
itmsctl software add notes-windows --package notes-windows --applies "inventory os_family = 'windows'"
set -- --software notes-windows "$@"

# One delivery for all three: each computer gets what applies to it. Ten per cent of the computers first, then half, then
# all; a ring in which fewer than 95 % went well halts the rollout (`run show`, `run resume`).
itmsctl delivery add notes --target "$target" --rings 10%,50%,100% --seed notes --gate-success 95% \
  --soak "${SOAK:-4h}" --max-fail 10% --deadline 7d "$@"
itmsctl delivery show notes -o table
