"""Shell text that writes at a path where somebody else may own the folders (CWE-59, CWE-367; HE10).

Whoever may write in a folder can rename what lies in it between two commands of ours. So every step is taken from a
folder that we stand in, never again by name: the way down follows no link that another user could have made, the work
is done in a folder of our own (mode 0700) beside the place, and modes are set there before the rename out of it.
"""

from __future__ import annotations

# `enter PATH` goes to the folder of PATH and sets `base`. `open_work` goes on into a new folder that is ours alone.
# `rename FROM TO` never renames into a folder. `close_work` takes the folder away, once what is in it is gone. The
# caller defines `fail`, which may look at `opened`.
ENTER = r"""
trusted() {
  set -- $(LC_ALL=C ls -ldn .)
  case ${1:-} in d????w* | ?????w* | ????????w*) return 1 ;; esac
  [ "${3:-}" = 0 ] || [ "${3:-}" = "$(id -u)" ]
}
enter() {
  base=$1
  cd / || fail "there is no root folder"
  while :; do
    case $base in
      /*) base=${base#/}; continue ;;
      */*) part=${base%%/*} base=${base#*/} ;;
      *) break ;;
    esac
    before=${PWD%/} link=
    if [ -L "./$part" ]; then
      trusted || fail "$before/$part is a link in a folder that others may write to"
      link=1
    fi
    cd -P -- "./$part" 2>/dev/null || fail "the folder around it is missing, or cannot be entered"
    case $part in . | ..) continue ;; esac
    [ -n "$link" ] || [ "$PWD" = "$before/$part" ] || fail "$before/$part was replaced meanwhile"
  done
  case $base in "" | . | ..) fail "it names a folder" ;; esac
}
open_work() {
  safe=
  trusted && safe=1
  mkdir -m 700 -- "./$work" 2>/dev/null || fail "the folder around it cannot be written to"
  cd -P -- "./$work" || fail "the folder around it cannot be written to"
  if [ -z "$safe" ]; then
    set -- $(LC_ALL=C ls -ldn .)
    case $1 in drwx--[-S]---*) ;; *) fail "the folder around it does not keep modes" ;; esac
    [ "$3" = "$(id -u)" ] && [ -z "$(ls -A .)" ] || fail "somebody else is changing the folder around it"
  fi
  opened=1
  into=
  true >./a
  if mv -T ./a ./b 2>/dev/null; then into=-T; elif mv -h ./a ./b 2>/dev/null; then into=-h; fi
  rm -f ./a ./b
  [ -n "$safe$into" ] || fail "others may write to the folder around it, and mv there cannot keep out of folders"
}
rename() { mv -f $into -- "$1" "$2" 2>/dev/null; }
number() {
  set -- $(LC_ALL=C ls -di -- "$1" 2>/dev/null)
  echo "${1:-none}"
}
close_work() {
  [ -n "$opened" ] || return
  cd -P .. && rmdir -- "./$work" 2>/dev/null
}
opened=
"""
