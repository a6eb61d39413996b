# Whether the user of this computer puts something off. What it is about stands in a folder of its own: `notice` says it
# to people, whoever is logged on puts a file into `answers`, and `state` (RUN TIMES DUE, only ours to write) tells how
# often that was done in this run. A run that nobody is logged on for, or that was agreed to, is not asked about again.
# The sender says run, name, often, now, next, text, and how: `next` is 0 where nothing may be put off any more.
umask 022
set +f
if [ -O / ]; then L=/var/lib/itms-later; else L=${HOME:-/nonexistent}/.local/state/itms-later; fi
F=$L/$name

has() { command -v "$1" >/dev/null 2>&1; }

users() {
  { has who && who | grep -q .; } ||
    { has loginctl && loginctl list-sessions --no-legend 2>/dev/null | awk '$2 >= 1000 { n++ } END { exit !n }'; }
}

# Say it to whoever is logged on: on terminals, and on desktops.
tell() {
  if has wall; then printf '%s\n' "$1" | wall >/dev/null 2>&1; fi
  has notify-send && has runuser && [ -O / ] || return 0
  for bus in /run/user/*/bus; do
    [ -S "$bus" ] || continue
    who=${bus%/bus}
    who=$(id -nu "${who##*/}" 2>/dev/null) || continue
    DBUS_SESSION_BUS_ADDRESS=unix:path=$bus runuser -u "$who" -w DBUS_SESSION_BUS_ADDRESS -- \
      notify-send -- "$name" "$1" >/dev/null 2>&1
  done
}

go() {
  rm -rf -- "$F/answers" "$F/notice"
  mkdir -p "$F" 2>/dev/null && echo "$run go 0" >"$F/state"
  say GO "$1"
  exit 0
}

# Ask, or ask again: it is due at $1, and was put off $2 times.
ask() {
  rm -rf -- "$F/answers" "$F/.answers"
  mkdir "$F/.answers" && chmod 1733 "$F/.answers" && mv "$F/.answers" "$F/answers" || go "$F/answers cannot be made"
  when=$(date -d "@$1" "+%Y-%m-%d %H:%M %Z" 2>/dev/null || date -r "$1" "+%Y-%m-%d %H:%M %Z" 2>/dev/null)
  said="$text ${when:-soon}. "
  if [ "$2" -lt "$often" ]; then
    said="$said$how: touch $F/answers/later ($(($often - $2)) more)"
  else
    said="${said}It cannot be put off again."
  fi
  printf '%s\n' "$said" >"$F/notice"
  echo "$run $2 $1" >"$F/state"
  tell "$said"
  say "$3" "$1 $2"
  exit 0
}

r= times= due=
mkdir -p "$L" "$F" 2>/dev/null
[ -d "$F" ] && [ -O "$F" ] && [ ! -L "$F" ] && [ ! -L "$L" ] || { say GO "$F cannot be made, or is not ours"; exit 0; }
[ -f "$F/state" ] && [ ! -L "$F/state" ] && read -r r times due <"$F/state"
[ "$r" = "$run" ] || times=0 due=0
[ "$times" != go ] || { say GO "it was agreed to"; exit 0; }
case $times$due in *[!0-9]* | "") times=0 due=0 ;; esac
users || go "nobody is logged on"
if [ "$due" = 0 ]; then
  [ "$next" -gt 0 ] || go "there is no time left to put it off"
  ask "$next" 0 ASKED
fi
if [ "$now" -lt "$due" ]; then
  say WAITS "$due $times"
  exit 0
fi
if [ -z "$(ls -A "$F/answers" 2>/dev/null)" ]; then go "nobody put it off"; fi
[ "$times" -lt "$often" ] || go "it was put off $times times already"
[ "$next" -gt 0 ] || go "there is no time left to put it off"
ask "$next" $((times + 1)) LATER
