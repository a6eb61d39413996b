# Says of names and paths of programs where they are, and which package they belong to. Before it stand: token, names.
set -u
LC_ALL=C
export LC_ALL
has() { command -v "$1" >/dev/null 2>&1; }
places='/usr/local/bin /usr/local/sbin /usr/bin /usr/sbin /bin /sbin /usr/games /opt/bin'

# What is 15 characters long may be the beginning of a longer name: it counts where one file alone begins so.
found() {
  for place in $places; do
    if [ -f "$place/$1" ]; then
      printf '%s\n' "$place/$1"
      return
    fi
    case $1 in
      ???????????????)
        set -- "$1" "$place/$1"*
        if [ $# -eq 2 ] && [ -f "$2" ]; then
          printf '%s\n' "$2"
          return
        fi
        set -- "$1"
        ;;
    esac
  done
}

owners() {
  if has dpkg-query; then
    dpkg-query -S "$@" 2>/dev/null | sed -n 's/^\([^:, ]*\)[^ ]*: \(\/.*\)$/package \2 \1/p'
  elif has rpm; then
    for file; do rpm -qf --qf "package $file %{NAME} %{VERSION}\n" "$file" 2>/dev/null; done
  elif has apk; then
    for file; do apk info -W "$file" 2>/dev/null | sed -n "s|^\(/.*\) is owned by \(.*\)-\([^-]*-r[0-9]*\)\$|package \1 \2 \3|p"; done
  fi
}

printf 'ITMS-PROGRAMS 1 %s\n' "$token"
set --
for name in $names; do
  case $name in
    /*) file=$name && [ -f "$file" ] || continue ;;
    *) file=$(found "$name") ;;
  esac
  [ -n "$file" ] || continue
  printf 'file %s %s\n' "$name" "$file"
  case $file in
    /usr/bin/* | /usr/sbin/*) set -- "$@" "$file" "${file#/usr}" ;;
    *) set -- "$@" "$file" ;;
  esac
done
if [ $# -gt 0 ]; then
  owned=$(owners "$@")
  printf '%s\n' "$owned"
  if has dpkg-query; then
    packages=$(printf '%s\n' "$owned" | sed -n 's/^package .* \([a-z0-9][a-z0-9+.-]*\)$/\1/p' | sort -u)
    # shellcheck disable=SC2086
    [ -z "$packages" ] || dpkg-query -W -f 'version ${Package} ${Version}\n' $packages 2>/dev/null
  fi
fi
printf 'end %s\n' "$token"
exit 0
