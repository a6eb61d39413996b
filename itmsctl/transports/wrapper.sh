# The run marker: at most one run of a script for each marker, whoever asks and however often.
# Plain POSIX sh (dash, bash, busybox). Marker.py takes comments out, sets the variables mode, token, base and pinned
# (and interpreter, length, launcher and keep to run, grace otherwise), and gives the markers as arguments.
#
# A marker is a folder of its own: cmd (and go, which sets arguments and variables), started (the gate: whoever creates
# it decides; "sealed" means never), pid, out and err with .n and .t (bytes beyond the head, and the last of them),
# rc, killed. A file is whole when its line ends in a dot.
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

# The folder of markers must be ours alone, or somebody could swap a script before it runs.
find_folder() {
  if [ -n "$base" ]; then
    P=$base B=$base
  elif [ -O / ]; then
    P=/var/lib/itms B=/var/lib/itms/runs
  elif [ -n "${HOME:-}" ]; then
    P=$HOME/.local/state/itms B=$HOME/.local/state/itms/runs
  else
    finish NOSTORE 0 no home folder
  fi
  if [ ! -d "$B" ]; then
    mkdir -p "${P%/*}" 2>/dev/null
    mkdir -m 700 "$P" 2>/dev/null
    [ "$P" = "$B" ] || mkdir -m 700 "$B" 2>/dev/null
  fi
  seen=$(LC_ALL=C ls -ldn "$P" "$B" 2>&1)
  case $seen in
    d*"$newline"drwx------*) case $seen in drwx?-??-?*) [ -O "$P" ] && [ -O "$B" ] && return ;; esac ;;
    d* | l*) ;;
    *) finish NOSTORE 0 $seen ;;
  esac
  finish UNSAFE 0 $seen
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
  set -C
  { true >"$D/started"; } 2>/dev/null || exit 0
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
  echo "$c $s $b $group$c ." >"$D/pid"
  wait $c
  r=$?
  while [ $r -gt 128 ] && kill -0 $c 2>/dev/null; do
    wait $c
    again=$?
    [ $again -eq 127 ] && break
    r=$again
  done
  echo "$r ." >"$D/rc"
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

# A child left in the background may hold the stream open for ever: give the pumps a moment, no more.
settle() {
  i=0
  while [ $i -lt 400 ]; do
    [ -e "$D/out.end" ] && [ -e "$D/err.end" ] && return
    i=$((i + 1))
  done
  for i in 0.02 0.03 0.05 0.1 0.2; do
    pause $i
    [ -e "$D/out.end" ] && [ -e "$D/err.end" ] && return
  done
}

stream() {
  if [ -e "$1.t" ]; then cat "$1" "$1.t"; elif [ -s "$1" ]; then cat "$1"; fi
}

report() {
  settle
  [ -s "$D/out.n" ] && read -r o <"$D/out.n"
  [ -s "$D/err.n" ] && read -r e <"$D/err.n"
  say "$1" "$2"
  printf "ITMS1 %s\n" "$token" >&2
  stream "$D/err" >&2
  stream "$D/out"
  exit 0
}

tell() {
  if ended; then
    [ -e "$D/killed" ] && report KILLED "$r"
    report DONE "$r"
  fi
  if [ -z "${1:-}" ]; then
    # Somebody may be sending the script at this moment.
    for i in 0.1 0.2 0.3 0.5 1; do
      [ -e "$D/started" ] && break
      pause $i
    done
  fi
  set -C
  { echo sealed >"$D/started"; } 2>/dev/null
  set +C
  word=
  [ -s "$D/started" ] && read -r word <"$D/started"
  [ "$word" = sealed ] && finish "${1:-NEVER}" 0
  alive && finish RUNNING 0
  for i in 0.05 0.1 0.2 0.3; do
    pause $i
    ended && tell
    alive && finish RUNNING 0
  done
  report LOST 0
}

receive() {
  got=$(LC_ALL=C cat 2>&1 >"$D/cmd")
  [ "$(($(wc -c <"$D/cmd")))" -eq "$((length + launcher))" ] || return 1
  [ "$launcher" -gt 0 ] || return 0
  mv "$D/cmd" "$D/all" && head -c "$launcher" "$D/all" >"$D/go" && tail -c "+$((launcher + 1))" "$D/all" >"$D/cmd"
}

stop() {
  ended && tell
  alive || tell
  true >"$D/killed"
  # A process group is a negative number: `--` before it is unknown to busybox, `-s 0` to others.
  kill -TERM "$group" 2>/dev/null
  i=0
  while [ $i -lt "$grace" ] && alive; do pause 0.1; i=$((i + 1)); done
  kill -KILL "$group" 2>/dev/null
  i=0
  while [ $i -lt 30 ] && { ! ended || kill -0 "$group" 2>/dev/null; }; do pause 0.1; i=$((i + 1)); done
  ended || ! kill -0 "$group" 2>/dev/null || finish RUNNING 0
  tell
}

forget() {
  n=0
  for marker in "$@"; do
    D=$B/$marker
    [ -d "$D" ] || continue
    ended || ! alive || continue
    rm -rf -- "$D" && n=$((n + 1))
  done
  finish FORGOT $n
}

facts
# A start in the login user's folder is no place for whom sudo made somebody else.
cd "${HOME:-/}" 2>/dev/null || cd /
[ -z "$pinned" ] || [ "$pinned" = "$m" ] || finish WRONGHOST 0
find_folder
D=$B/$marker
case $mode in
  forget) forget "$@" ;;
  run)
    command -v "$interpreter" >/dev/null || finish NOINTERPRETER 0
    if mkdir -m 700 "$D" 2>/dev/null; then
      receive || { echo sealed >"$D/started"; finish TORN 0 $got; }
      keeper &
      wait $!
    fi
    ;;
  *)
    mkdir -m 700 "$D" 2>/dev/null && tell ABSENT
    ;;
esac
[ -d "$D" ] || finish NOSTORE 0 the marker cannot be made
[ "$mode" = kill ] && stop
tell
