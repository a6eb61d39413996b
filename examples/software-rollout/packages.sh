#!/bin/sh
# Import the three packages that build.sh made, and say what software they are and which computers each is for.
#   sh examples/software-rollout/packages.sh FOLDER
# What a computer runs is known by its inventory; until then it is unknown whether software is for it.
set -eu
files=$1

# Name, version, what it needs, the rule that tells it is there and the command lines come from the files themselves.
itmsctl package import "$files"/notes_*_all.deb --name notes-deb
itmsctl software add notes-deb --package notes-deb --applies "inventory operating_system.id in ('debian', 'ubuntu')"

for rpm in "$files"/notes-*.noarch.rpm; do
  [ -e "$rpm" ] || continue
  itmsctl package import "$rpm" --name notes-rpm
  itmsctl software add notes-rpm --package notes-rpm --applies "inventory operating_system.id in ('rhel', 'rocky', 'almalinux')"
done

# A folder says nothing of itself: what installs it, and how it is known to be there, is said here.
itmsctl package import "$files/notes-windows" --name notes-windows --version 1.0 \
  --detect 'file "C:\Program Files\itms-notes\itms-notes.cmd"'
itmsctl package program notes-windows install --windows install.cmd
itmsctl package program notes-windows uninstall --windows uninstall.cmd
itmsctl software add notes-windows --package notes-windows --applies "inventory os_family = 'windows'"
