# The run marker: at most one run of a script for each marker, whoever asks and however often.
# Plain POSIX sh (dash, bash, busybox). Marker.py takes comments out, sets the variables mode, token, base and pinned
# (grace; interpreter, length, launcher, keep and limit to run; cause to kill), and gives the markers as arguments.
#
# A marker is a folder of its own: cmd (and go, which sets arguments and variables), started (the gate: whoever creates
# it decides; "sealed" means never, else it tells the boot and the keeper), pid, out and err with .n and .t (bytes beyond
# the head, and the last of them), rc, killed (limit, or person). A file is whole when its line ends in a dot.
set -u -f
marker=${1:-} o=- e=- m= b=- u=-
newline="
"

say() {
  word=$1 code=$2
  shift 2
  printf "ITMS1 %s %s %s %s %s %s %s %s %s\n" "$token" "$word" "$code" "$o" "$e" "$m" "$b" "$u" "$*"
}

finish() {
  say "$@"
  exit 0
}

pause() { sleep "$1" 2>/dev/null || sleep 1; }

facts() {
  [ -r /etc/machine-id ] && read -r m </etc/machine-id
  m=${m%%[!0-9a-f]*}
  m=${m:--}
  [ -r /proc/sys/kernel/random/boot_id ] && read -r b </proc/sys/kernel/random/boot_id
  [ -r /proc/uptime ] && read -r u _ </proc/uptime
  return 0
}

# The places that may hold markers (B in P), the usual one first; false after the last. Those that follow are for a
# home that is full, read-only or missing. In a folder for everybody nobody may rename ours: it must be sticky.
place() {
  P= B=
  case $1 in
    0)
      if [ -n "$base" ]; then
        P=$base B=$base
      elif [ -O / ]; then
        P=/var/lib/itms B=/var/lib/itms/runs
      elif [ -n "${HOME:-}" ]; then
        P=$HOME/.local/state/itms B=$HOME/.local/state/itms/runs
      fi
      ;;
    *) [ -z "$base" ] || return 1 ;;
  esac
  case $1 in
    1) if [ -O / ]; then P=/run/itms B=/run/itms/runs; elif [ -k /var/tmp ]; then P=/var/tmp/itms-$uid B=$P; fi ;;
    2) [ -z "${XDG_RUNTIME_DIR:-}" ] || P=$XDG_RUNTIME_DIR B=$XDG_RUNTIME_DIR/itms ;;
    3) [ ! -k /dev/shm ] || P=/dev/shm/itms-$uid B=$P ;;
  esac
  [ "$1" -le 3 ]
}

# Make the place where it is missing. It must be ours alone, or somebody could swap a script before it runs.
fit() {
  seen="no home folder"
  [ -n "$B" ] || return 1
  if [ ! -d "$B" ]; then
    seen=$(
      export LC_ALL=C
      {
        mkdir -p "${P%/*}"
        [ -d "$P" ] || mkdir -m 700 "$P"
        [ -d "$B" ] || mkdir -m 700 "$B"
      } 2>&1
    )
    [ -d "$B" ] || return 1
  fi
  seen=$(LC_ALL=C ls -ldn "$P" "$B" 2>&1)
  case $seen in
    d*"$newline"drwx------*) case $seen in drwx?-??-?*) [ -O "$P" ] && [ -O "$B" ] && return ;; esac ;;
  esac
  return 1
}

# The usual place is not ours alone: an alarm, not a reason to go elsewhere.
unsafe() {
  [ -e "$B" ] || [ -L "$B" ] || [ -L "$P" ] || { [ -e "$P" ] && [ ! -O "$P" ]; }
}

# Find the marker in another place than number $1: its own had no room when it was made, or has none now.
elsewhere() {
  n=0
  while place $n; do
    [ $n != "$1" ] && [ -d "$B/$marker" ] && [ -O "$B" ] && fit && D=$B/$marker && return
    n=$((n + 1))
  done
  return 1
}

# A folder that proves to have no room is taken away again by who made it, and the marker made elsewhere.
moved() { [ ! -d "$D" ] && elsewhere -; }

# A full disk must still take the end of a command that was started, so its lines have their room beforehand.
hold() {
  echo "- -" >"$D/pid" && echo "- -" >"$D/rc"
}

# Find the marker, or make it in the first place that can hold it: then `made` is the number of that place.
find_marker() {
  made= why= uid=
  place 0
  if fit; then
    set -- $seen
    uid=$3 D=$B/$marker
    [ ! -d "$D" ] || return 0
  else
    [ -z "$B" ] || ! unsafe || finish UNSAFE 0 $seen
    why=$seen uid=$(id -u)
  fi
  elsewhere - && return
  at=0
  while place $at; do
    if fit; then
      D=$B/$marker
      if seen=$(LC_ALL=C mkdir -m 700 "$D" 2>&1); then
        if hold 2>/dev/null; then
          made=$at mine=$D
          # Somebody else may have found room in another place at this moment.
          elsewhere "$at" && made= && rm -rf -- "$mine"
          return 0
        fi
        seen=$(echo - | LC_ALL=C cat 2>&1 >"$D/rc")
        rm -rf -- "$D"
      elif [ -d "$D" ]; then
        return 0
      fi
    fi
    why=${why:-$seen}
    at=$((at + 1))
  done
  finish NOSTORE 0 $why
}

# Keep the first bytes of a stream as they come, then only count, and remember the last ones.
pump() {
  left=$keep
  while [ "$left" -gt 0 ]; do
    size=512
    [ "$left" -lt 512 ] && size=1
    count=$((left / size))
    # On a full disk: keep no more, but count on.
    LC_ALL=C dd bs=$size count=$count >>"$1" 2>"$1.dd" || { left=0; break; }
    reads= n=
    # Its report has warnings at times; the lines wanted are "full+part records in" and "n bytes".
    while read -r a _; do
      case $a in
        "" | *[!0-9+]*) ;;
        *+*) reads=${reads:-$((${a%+*} + ${a#*+}))} ;;
        *) n=$a ;;
      esac
    done <"$1.dd"
    # Busybox tells no bytes as a rule.
    if [ -n "$n" ]; then left=$((left - n)); else left=$((keep - $(wc -c <"$1"))); fi
    [ -n "$reads" ] || left=0
    [ "${reads:-$count}" -lt $count ] && break
  done
  if [ "$left" -eq 0 ]; then
    mkfifo "$1.f"
    tail -c 16384 <"$1.f" >"$1.t" &
    tee "$1.f" | wc -c >"$1.n"
    wait
  fi
  true >"$1.end"
}

started_at() {
  s=
  [ -r "/proc/$1/stat" ] && { read -r s <"/proc/$1/stat"; } 2>/dev/null
  case $s in
    "") s=- ;;
    # A dead process that nobody buried yet does not run.
    *") Z "*) s=dead ;;
    *) s=${s##*) }; set -- $s; shift 19; s=$1 ;;
  esac
}

# Run the script in a session of its own, away from the connection; leave its exit status behind.
keeper() {
  # By exec: a redirection of the call would keep copies of the connection open in this process.
  exec </dev/null >/dev/null 2>&1
  trap : HUP TERM
  k=- s=-
  # By the shell itself, so this is its own number.
  [ -r /proc/self/stat ] && read -r k _ </proc/self/stat && started_at "$k"
  set -C
  { echo "$b $k $s ." >"$D/started"; } 2>/dev/null || exit 0
  set +C
  mkfifo "$D/o" "$D/e" || exit 0
  (trap "" HUP TERM; pump "$D/out") <"$D/o" &
  (trap "" HUP TERM; pump "$D/err") <"$D/e" &
  if [ "$launcher" -gt 0 ]; then set -- /bin/sh "$D/go" "$D"; else set -- "$interpreter" "$D/cmd"; fi
  group=
  command -v setsid >/dev/null && { group=-; set -- setsid "$@"; }
  "$@" </dev/null >"$D/o" 2>"$D/e" &
  c=$!
  started_at $c
  echo "$c $s $b $group$c ." 1<>"$D/pid"
  watch &
  w=$!
  wait $c
  r=$?
  while [ $r -gt 128 ] && kill -0 $c 2>/dev/null; do
    wait $c
    again=$?
    [ $again -eq 127 ] && break
    r=$again
  done
  echo "$r ." 1<>"$D/rc"
  kill $w 2>/dev/null
}

# Keep the time limit here too: whoever set it may be gone. Its sleep ends with the command, whose end may come before
# any trap is set: a signal that a new process is sent before that is lost.
watch() {
  t=
  trap "" HUP
  trap "t=1" TERM
  sleep "$limit" &
  trap "kill -KILL \$!; exit 0" TERM
  [ -z "$t" ] && ! ended || { kill -KILL $!; exit 0; }
  # Not every sleep knows parts of a second.
  wait $! || { sleep $((${limit%.*} + 1)) & wait $!; }
  trap "" TERM
  alive && halt limit
}

ended() {
  r= dot=
  [ -s "$D/rc" ] && read -r r dot <"$D/rc"
  [ "$dot" = . ]
}

alive() {
  c= start= boot= group= dot=
  [ -s "$D/pid" ] && read -r c start boot group dot <"$D/pid"
  [ "$dot" = . ] && [ "$boot" = "$b" ] && kill -0 "$c" 2>/dev/null || return 1
  started_at "$c"
  [ "$s" = "$start" ]
}

# The keeper lives that passed the gate: its command runs, is about to, or has just ended.
kept() {
  word= k= start= dot=
  [ -s "$D/started" ] && read -r word k start dot <"$D/started"
  [ "$dot" = . ] && [ "$word" = "$b" ] && [ "$k" != - ] && kill -0 "$k" 2>/dev/null || return 1
  started_at "$k"
  [ "$s" = "$start" ]
}

# End a command: TERM, a grace, KILL. A process group is a negative number: `--` before it is unknown to busybox.
halt() {
  [ -s "$D/killed" ] || echo "$1 ." >"$D/killed"
  kill -TERM "$group" 2>/dev/null
  i=0
  while [ $i -lt "$grace" ] && alive; do pause 0.1; i=$((i + 1)); done
  kill -KILL "$group" 2>/dev/null
}

drained() { [ -e "$D/out.end" ] && [ -e "$D/err.end" ]; }

# A child left in the background may hold the stream open for ever: give the pumps a moment, no more. Where none is left
# they are only slow, on a busy computer, and what they still carry is not to be lost.
settle() {
  i=0
  while [ $i -lt 400 ]; do
    drained && return
    i=$((i + 1))
  done
  for i in 0.02 0.03 0.05 0.1 0.2; do
    pause $i
    drained && return
  done
  [ "$1" != LOST ] && ! alive || return
  i=0
  while [ $i -lt 50 ] && ! kill -0 "$group" 2>/dev/null; do
    pause 0.1
    drained && return
    i=$((i + 1))
  done
}

stream() {
  if [ -e "$1.t" ]; then cat "$1" "$1.t"; elif [ -s "$1" ]; then cat "$1"; fi
}

report() {
  settle "$1"
  [ -s "$D/out.n" ] && read -r o <"$D/out.n"
  [ -s "$D/err.n" ] && read -r e <"$D/err.n"
  say "$@"
  printf "ITMS1 %s\n" "$token" >&2
  stream "$D/err" >&2
  stream "$D/out"
  exit 0
}

tell() {
  if ended; then
    why=
    [ -s "$D/killed" ] && read -r why dot <"$D/killed"
    [ -e "$D/killed" ] && report KILLED "$r" "$why"
    report DONE "$r"
  fi
  if [ -z "${1:-}" ]; then
    # Somebody may be sending the script at this moment.
    for i in 0.1 0.2 0.3 0.5 1; do
      [ -e "$D/started" ] && break
      pause $i
      moved
    done
  fi
  set -C
  { echo sealed >"$D/started"; } 2>/dev/null
  set +C
  word=
  [ -s "$D/started" ] && read -r word _ <"$D/started"
  [ "$word" = sealed ] && finish "${1:-NEVER}" 0
  alive && running
  # On a busy computer a command takes its time to begin, and its end to be written.
  for i in 0.05 0.1 0.2 0.3 0.5 1 1 1; do
    pause $i
    moved && tell
    if kept; then life=kept; elif [ "$dot" = . ]; then life=gone; else life=; fi
    ended && tell
    alive && running
    [ "$life" != gone ] || break
  done
  [ "$life" != kept ] || running
  case $word in
    "" | "$b") report LOST 0 gone ;;
    *) report LOST 0 restarted ;;
  esac
}

# Tell for how many seconds it has run, where that can be known: the kernel counts in hundredths here.
running() {
  case $s$u in
    *[!0-9.]*) finish RUNNING 0 ;;
    *) finish RUNNING 0 $((${u%.*} - s / 100)) ;;
  esac
}

# 0: whole, 1: torn, 2: no room.
receive() {
  got=$(LC_ALL=C cat 2>&1 >"$D/cmd") || return 2
  [ "$(($(wc -c <"$D/cmd")))" -eq "$((length + launcher))" ] || return 1
  [ "$launcher" -gt 0 ] || return 0
  mv "$D/cmd" "$D/all" && got=$(LC_ALL=C head -c "$launcher" "$D/all" 2>&1 >"$D/go") &&
    got=$(LC_ALL=C tail -c "+$((launcher + 1))" "$D/all" 2>&1 >"$D/cmd") || return 2
}

start() {
  receive
  case $? in
    0)
      keeper &
      wait $!
      return
      ;;
    1) word=TORN ;;
    2) word=NOSTORE ;;
  esac
  # What came takes room that the seal may want.
  true >"$D/cmd"
  echo sealed >"$D/started"
  finish $word 0 $got
}

stop() {
  # One that is about to begin is stopped as well.
  for i in 0.05 0.1 0.2 0.3 0.5 1 1; do
    ended || alive || ! kept && break
    pause $i
  done
  ended && tell
  alive || tell
  halt "$cause"
  i=0
  while [ $i -lt 30 ] && { ! ended || kill -0 "$group" 2>/dev/null; }; do pause 0.1; i=$((i + 1)); done
  ended || ! kill -0 "$group" 2>/dev/null || running
  tell
}

# What a command has printed so far; nothing is made or sealed.
peek() {
  uid=$(id -u)
  elsewhere - || finish NEVER 0
  say LIVE 0
  printf "ITMS1 %s\n" "$token" >&2
  stream "$D/err" >&2
  stream "$D/out"
  exit 0
}

forget() {
  gone=0 at=0 uid=$(id -u)
  while place $at; do
    if [ ! -d "$B" ] && [ ! -L "$B" ]; then
      :
    elif fit; then
      for marker in "$@"; do
        D=$B/$marker
        [ -d "$D" ] || continue
        ended || ! alive || continue
        rm -rf -- "$D" && gone=$((gone + 1))
      done
    elif [ $at -eq 0 ]; then
      finish UNSAFE 0 $seen
    fi
    at=$((at + 1))
  done
  finish FORGOT $gone
}

facts
[ -z "$pinned" ] || [ "$pinned" = "$m" ] || finish WRONGHOST 0
# The login user's folder is no place to start in for somebody whom sudo made of that user.
cd "${HOME:-/}" 2>/dev/null || cd /
case $mode in
  forget) forget "$@" ;;
  peek) peek ;;
  run) command -v "$interpreter" >/dev/null || finish NOINTERPRETER 0 ;;
esac
find_marker
case $mode$made in
  run?) start ;;
  # Those folders are emptied when the user has logged out, as far as the system does that.
  *[23]) if [ -d /run/systemd/users ]; then tell WIPED; else tell ABSENT; fi ;;
  *[01]) tell ABSENT ;;
esac
[ "$mode" = kill ] && stop
tell
