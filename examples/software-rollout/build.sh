#!/bin/sh
# Package one small application, `notes`, three times: for Debian, for RHEL and for Windows.
#   sh examples/software-rollout/build.sh FOLDER [VERSION]
# Makes notes_VERSION_all.deb (dpkg-deb), notes-VERSION-1.noarch.rpm (rpmbuild, where there is one), and a folder
# notes-windows with what `install.cmd` copies: a folder is a package as well as an installer is.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
version=${2:-1.0}

# What it is made of: one program.
tree=$out/.tree
rm -rf "$tree"
mkdir -p "$tree/usr/bin"
printf '#!/bin/sh\n# Keeps a line in a file of notes.\nprintf "%%s\\n" "$*" >>"$HOME/notes.txt"\n' >"$tree/usr/bin/itms-notes"
chmod 755 "$tree/usr/bin/itms-notes"

# Debian and what follows it: who made it and what it needs stands in `control`, and `package import` reads it there.
cp -R "$tree" "$out/.deb"
mkdir -p "$out/.deb/DEBIAN"
cat >"$out/.deb/DEBIAN/control" <<END
Package: itms-notes
Version: $version
Architecture: all
Maintainer: IT <it@example.com>
Depends: dash | bash
Description: keeps notes
END
dpkg-deb --root-owner-group -Zxz -b "$out/.deb" "$out/notes_${version}_all.deb" >/dev/null

# RHEL and what follows it.
if command -v rpmbuild >/dev/null; then
  cat >"$out/.notes.spec" <<END
Name: itms-notes
Version: $version
Release: 1
Summary: keeps notes
License: MIT
BuildArch: noarch
Requires: bash
%description
Keeps notes.
%install
cp -R "$tree/." "%{buildroot}"
%files
/usr/bin/itms-notes
END
  rpmbuild -bb --quiet --define "_topdir $out/.rpm" "$out/.notes.spec"
  cp "$out/.rpm/RPMS/noarch/itms-notes-$version-1.noarch.rpm" "$out/notes-$version-1.noarch.rpm"
else
  echo "no rpmbuild: nothing for RHEL is made" >&2
fi

# Windows: files, and the command lines that put them in place.
rm -rf "$out/notes-windows"
cp -R "$here/windows" "$out/notes-windows"
rm -rf "$tree" "$out/.deb" "$out/.rpm" "$out/.notes.spec"
