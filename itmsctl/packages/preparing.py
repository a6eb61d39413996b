"""What makes a computer a package server: its folder, an account, a web server over the folder (SITE-3, SITE-5).

It may be run again: what is there stays. Values reach it as variables, never as text of the program.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from itmsctl.errors import InputError
from itmsctl.sites.package_places import package_folder

LIMIT_S = 900.0
_ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,30}")

PROGRAM = r"""
set -u
fail() { echo "$*" >&2; exit 1; }
folder=$ITMS_FOLDER account=$ITMS_ACCOUNT port=$ITMS_PORT
owner=${SUDO_USER:-$(id -un)}
umask 022
if [ ! -d "$folder" ]; then
  mkdir -p -- "$folder" 2>/dev/null || fail "$folder cannot be made: --run-as root, or another --folder"
  echo "made: $folder"
fi
[ -L "$folder" ] && fail "$folder is a link"
group=
if [ -n "$account" ]; then
  if ! id -u "$account" >/dev/null 2>&1; then
    useradd --system --home-dir "$folder" --no-create-home --shell /usr/sbin/nologin "$account" 2>/dev/null ||
      adduser -S -D -H -h "$folder" -s /sbin/nologin "$account" 2>/dev/null ||
      fail "account $account cannot be made: --run-as root"
    echo "made: account $account"
  fi
  group=$(id -gn "$account")
fi
if [ "$(id -u)" = 0 ]; then
  chown "$owner" "$folder" || fail "$folder cannot be given to $owner"
  [ -z "$group" ] || chgrp "$group" "$folder"
fi
chmod 755 "$folder" || fail "the mode of $folder cannot be set"
probe=$folder/.prepare-$$
(umask 077 && echo x >"$probe") && rm -f "$probe" || fail "$folder cannot be written to"
free=$(LC_ALL=C df -Pk "$folder" | awk 'NR == 2 { print $4 }')
echo "free: ${free:-unknown} KiB"
tools=
for tool in tar dd head find cat mv chmod; do
  command -v "$tool" >/dev/null 2>&1 || tools="$tools $tool"
done
[ -z "$tools" ] || fail "programs are missing:$tools"
sums=
for tool in sha256sum shasum openssl; do command -v "$tool" >/dev/null 2>&1 && sums=$tool && break; done
[ -n "$sums" ] || echo "no program for digests: copies go on from the beginning, and all is read back"
pulls=
for tool in curl wget python3; do command -v "$tool" >/dev/null 2>&1 && pulls=$tool && break; done
[ -n "$pulls" ] || echo "none of curl, wget, python3: it takes packages from no other server"
[ -n "$port" ] || exit 0
if ! command -v nginx >/dev/null 2>&1; then
  [ "$ITMS_INSTALL" = yes ] || fail "nginx is not installed: --install-web, or install it"
  if command -v apt-get >/dev/null 2>&1; then
    add() { DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$1" >/dev/null; }
    add nginx-light 2>/dev/null || add nginx || fail "nginx cannot be installed"
  elif command -v dnf >/dev/null 2>&1; then dnf install -y -q nginx >/dev/null || fail "nginx cannot be installed"
  elif command -v apk >/dev/null 2>&1; then apk add -q nginx >/dev/null || fail "nginx cannot be installed"
  else fail "nginx cannot be installed: no package manager is known here"; fi
  echo "installed: nginx"
fi
place=/etc/nginx/conf.d
[ -d "$place" ] || place=/etc/nginx/http.d
[ -d "$place" ] || fail "nginx has no folder conf.d or http.d for its sites"
site=$place/itms-packages.conf
# `autoindex` stays off: who is not told a digest finds nothing. Files beginning with a dot are not complete.
# Its name is any name: a site of the system for the same port, as Debian has one for 80, would be asked instead.
cat >"$site.new" <<SITE || fail "$site cannot be written: --run-as root"
server {
    listen $port;
    listen [::]:$port;
    server_name ~.;
    root "$folder";
    server_tokens off;
    location / {
        limit_except GET { deny all; }
        autoindex off;
        default_type application/octet-stream;
        sendfile on;
        tcp_nopush on;
        max_ranges 16;
    }
    location ~ /\. { return 404; }
}
SITE
[ -f "$site" ] && cmp -s "$site" "$site.new" && rm -f "$site.new" && same=1
if [ -z "${same:-}" ]; then
  [ -f "$site" ] && mv -f "$site" "$site.old"
  mv -f "$site.new" "$site"
  if ! said=$(nginx -t 2>&1); then
    rm -f "$site"
    [ -f "$site.old" ] && mv -f "$site.old" "$site"
    fail "nginx refuses its configuration: $said"
  fi
  rm -f "$site.old"
  echo "made: $site"
fi
if [ -d /run/systemd/system ]; then systemctl enable -q --now nginx && systemctl reload nginx
elif [ -s /run/nginx.pid ] && kill -0 "$(cat /run/nginx.pid)" 2>/dev/null; then nginx -s reload
else nginx; fi || fail "nginx does not start"
# What it hands out is looked at once, by whatever is there to look.
probe=prepare-$$
echo "$probe" >"$folder/$probe" && chmod 644 "$folder/$probe"
for wait in 0 1 2 4; do
  sleep "$wait"
  got=$(
    url=127.0.0.1:$port/$probe
    if command -v curl >/dev/null 2>&1; then curl -fsS --noproxy "*" -m 10 "http://$url"
    elif command -v python3 >/dev/null 2>&1; then
      python3 -I -c 'import sys, urllib.request as u
print(u.build_opener(u.ProxyHandler({})).open(sys.argv[1], timeout=10).read().decode())' "http://$url"
    elif command -v bash >/dev/null 2>&1; then
      timeout 10 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" && printf "GET /%s HTTP/1.0\r\nHost: here\r\n\r\n" "$2" >&3 &&
        cat <&3' bash "$port" "$probe"
    else
      echo "$probe"
    fi 2>/dev/null | grep -x "$probe"
  )
  [ "$got" = "$probe" ] && break
done
rm -f "$folder/$probe"
[ "$got" = "$probe" ] || fail "port $port does not hand out $folder: another site of this web server may have it"
echo "web: port $port hands out $folder"
"""


@dataclass(frozen=True, slots=True)
class Preparation:
    """How a package server is to be."""

    folder: str
    account: str = ""
    port: int | None = None
    install: bool = False

    def environment(self) -> Mapping[str, str]:
        """Return what the program is told. Raises InputError."""
        folder = package_folder(self.folder)
        if self.port is not None and set(folder) & set('"$\\{};'):
            raise InputError(f"`{folder}` cannot stand in a configuration of nginx", hint="another --folder").about(
                "folder"
            )
        if self.port is not None and not 1 <= self.port <= 65_535:
            raise InputError(f"{self.port} is not a port", hint="between 1 and 65535").about("port")
        if self.account and not _ACCOUNT.fullmatch(self.account):
            raise InputError(f"`{self.account}` is not a name of an account", hint="--account itms-packages")
        return {
            "ITMS_FOLDER": folder,
            "ITMS_ACCOUNT": self.account,
            "ITMS_PORT": "" if self.port is None else str(self.port),
            "ITMS_INSTALL": "yes" if self.install else "no",
        }
