"""The probe for POSIX sh. Nothing of a rule is read by the shell but as one quoted word."""

from __future__ import annotations

from collections.abc import Sequence

from itmsctl.packages.detection.probe_form import DONE, FORM, MOST_LINES, MOST_VALUE
from itmsctl.packages.detection.rule import (
    FileLeaf,
    Leaf,
    PackageLeaf,
    ProductLeaf,
    RegistryLeaf,
    ScriptLeaf,
    ServiceLeaf,
)
from itmsctl.values.untrusted import shell_arg

# Each function prints lines of the leaf $n. `say FIELD VALUE...` bounds a value; `rows MANAGER` reads lines of
# `NAME VERSION` and prints those whose name matches the pattern $name.
_FUNCTIONS = f"""\
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin
LC_ALL=C; export PATH LC_ALL
exec 5>&1
tab=$(printf '\\t')
have() {{ command -v "$1" >/dev/null 2>&1; }}
clean() {{ tr '\\t\\r\\n' '   ' | cut -c1-{MOST_VALUE} | head -n 1; }}
say() {{ field=$1; shift; printf '%s\\t%s\\t%s\\n' "$n" "$field" "$(printf '%s' "$*" | clean)"; }}
digest() {{
  if have sha256sum; then sha256sum <"$1"
  elif have shasum; then shasum -a 256 <"$1"
  elif have openssl; then openssl dgst -sha256 -r <"$1"
  fi 2>/dev/null | cut -c1-64
}}
file() {{
  if [ -d "$1" ]; then say folder 1; say mtime "$(stamp "$1")"; return; fi
  if [ ! -e "$1" ]; then
    over=$1
    while [ -n "$over" ] && [ ! -e "$over" ]; do case $over in */*) over=${{over%/*}};; *) over=;; esac; done
    if [ -n "$over" ] && [ -d "$over" ] && [ ! -x "$over" ]; then say unread "no right to look into $over"
    else say absent 1
    fi
    return
  fi
  say file 1
  say mtime "$(stamp "$1")"
  case $2 in *size*) say size "$(size_of "$1")";; esac
  case $2 in *sha256*) if [ -r "$1" ]; then say sha256 "$(digest "$1")"; fi;; esac
}}
size_of() {{ stat -L -c %s "$1" 2>/dev/null || stat -L -f %z "$1" 2>/dev/null || wc -c <"$1" 2>/dev/null | tr -d ' '; }}
stamp() {{ stat -L -c %Y "$1" 2>/dev/null || stat -L -f %m "$1" 2>/dev/null; }}
rows() {{
  count=0
  while read -r found version rest; do
    case $found in $name) ;; *) continue;; esac
    count=$((count + 1))
    if [ "$count" -gt {MOST_LINES} ]; then break; fi
    say package "$1 $found $version"
  done
}}
wants() {{ [ -z "$by" ] || [ "$by" = "$1" ]; }}
asked() {{ say manager "$1"; }}
package() {{
  name=$1 by=$2
  if wants dpkg && have dpkg-query; then
    if [ -r /var/lib/dpkg/status ]; then asked dpkg; else say unread 'the database of dpkg cannot be read'; fi
    dpkg-query -W -f '${{db:Status-Abbrev}} ${{Package}} ${{Version}}\\n' "$name" 2>/dev/null |
      while read -r state found version; do
        case $state in ?i*|?W*|?t*|?F*) echo "$found $version";; esac
      done | rows dpkg
  fi
  if wants rpm && have rpm; then
    form='%{{NAME}} %|EPOCH?{{%{{EPOCH}}:}}:{{}}|%{{VERSION}}-%{{RELEASE}}\\n'
    if list=$(rpm -qa --qf "$form" "$name" 2>/dev/null); then
      asked rpm
      echo "$list" | rows rpm
    else say unread 'the database of rpm cannot be read'
    fi
  fi
  if wants apk && have apk; then
    asked apk
    apk info -v 2>/dev/null | sed 's/^\\(.*\\)-\\([0-9][^-]*-r[0-9]*\\)$/\\1 \\2/' | rows apk
  fi
  if wants opkg && have opkg; then
    asked opkg
    opkg list-installed 2>/dev/null | sed 's/ - / /' | rows opkg
  fi
  if wants pacman && have pacman; then asked pacman; pacman -Q 2>/dev/null | rows pacman; fi
  if wants snap && have snap; then asked snap; snap list 2>/dev/null | sed 1d | rows snap; fi
  if wants flatpak && have flatpak; then
    asked flatpak
    flatpak list --app --columns=application,version 2>/dev/null | rows flatpak
  fi
  if wants brew && have brew; then asked brew; brew list --versions 2>/dev/null | rows brew; fi
  if wants pkg && have pkg; then asked pkg; pkg query '%n %v' 2>/dev/null | rows pkg; fi
  if [ "$by" = pip ] && have python3; then
    asked pip
    python3 -m pip list --format=freeze 2>/dev/null | sed 's/==/ /' | rows pip
  fi
  if [ "$by" = npm ] && have npm; then
    asked npm
    npm ls -g --depth=0 --parseable --long 2>/dev/null | sed 's/^.*:\\(..*\\)@\\([^@:]*\\).*$/\\1 \\2/' | rows npm
  fi
  if [ "$by" = gem ] && have gem; then
    asked gem
    gem list --local 2>/dev/null | sed 's/[(),]//g' | rows gem
  fi
}}
service() {{
  if have systemctl && [ -d /run/systemd/system ]; then
    loaded=$(systemctl show -p LoadState "$1" 2>/dev/null)
    case $loaded in
    *=loaded|*=masked)
      if systemctl is-active --quiet "$1" 2>/dev/null; then say service running; else say service stopped; fi;;
    *) say service absent;;
    esac
  elif have rc-service; then
    if ! rc-service -e "$1" 2>/dev/null; then say service absent
    elif rc-service "$1" status >/dev/null 2>&1; then say service running
    else say service stopped
    fi
  elif have launchctl && [ "$(uname)" = Darwin ]; then
    if ! launchctl print "system/$1" >/dev/null 2>&1; then say service absent
    elif launchctl print "system/$1" 2>/dev/null | grep -q 'state = running'; then say service running
    else say service stopped
    fi
  elif [ -x "/etc/init.d/$1" ]; then
    if "/etc/init.d/$1" status >/dev/null 2>&1; then say service running; else say service stopped; fi
  elif [ -d /etc/init.d ]; then say service absent
  else say unread 'no manager of services'
  fi
}}
script() {{
  code=$(
    {{
      {{ sh -c "$1" </dev/null 3>&- 5>&-; echo "$?" >&3; }} 2>/dev/null |
        {{ say output "$(head -c {MOST_VALUE * 4})"; cat >/dev/null; }} >&5
    }} 3>&1
  )
  say exit "$code"
}}
"""


def sh(asked: Sequence[Leaf]) -> str:
    """Return the probe for POSIX sh. Raises ValueError for a text that no argument can hold."""
    lines = [_FUNCTIONS, f"echo '{FORM}'"]
    for number, leaf in enumerate(asked):
        lines += [f"n={number}; say leaf 1", _call(leaf)]
    return "\n".join([*lines, f"printf '%s\\t{DONE}\\t1\\n' {len(asked)}", ""])


def _call(leaf: Leaf) -> str:
    match leaf:
        case FileLeaf(path, tests):
            return f"file {shell_arg(path)} {shell_arg(' '.join(test.field for test in tests))}"
        case PackageLeaf(name, _, _, manager):
            return f"package {shell_arg(_pattern(name))} {shell_arg(manager)}"
        case ServiceLeaf(name):
            return f"service {shell_arg(name)}"
        case ScriptLeaf(text):
            return f"script {shell_arg(text)}"
        case RegistryLeaf() | ProductLeaf():
            return "say unread 'it has no registry'"
        case _:
            raise ValueError(f"a probe asks no {type(leaf).__name__}")


def _pattern(name: str) -> str:
    r"""Return a name as a pattern of the shell in which only `*` is special."""
    return "".join(f"\\{char}" if char in "?[]\\" else char for char in name)
