# Have the endpoint take what is missing of a package from servers, in the order given. None is trusted: each file is
# checked by the digests that came over the way by which we are asked, a server that sends other bytes, too many, or too
# few in too long a time is left out, and what holds of a large file is kept and gone on from. Nothing becomes visible
# here: that is done by who checks all of it (stock.sh).
place || { say UNFIT "$why"; exit 0; }
digests
has tar && has mkfifo && [ -n "$by" ] ||
  { say UNFIT "it has no tar or mkfifo, or nothing that makes a SHA-256"; exit 0; }
lock || { say BUSY "another push of this package is at work there"; exit 0; }
work=.part-$digest
if [ -d "./$digest" ]; then say WHOLE "$B/$digest"; exit 0; fi
mkdir -p "./$work/f" && cd -P "./$work" || { say UNFIT "$work cannot be made"; exit 0; }
say WANT -
rm -rf ./p ./end ./list ./pieces ./m ./pipe
said=$(tar -xpof - 2>&1)
[ -f ./end ] && [ -f ./list ] && [ "$(sum <./list)" = "$list" ] || { echo "TORN $said"; exit 0; }
rm -f ./end
mkfifo ./pipe || { echo "TORN no pipe can be made"; exit 0; }

# Whether what is there of a file can be gone on from. Python can; not every wget knows how.
ranges=
if has curl || { has wget && wget --help 2>&1 | grep -q start-pos; }; then ranges=1; elif has python3; then ranges=py; fi

# Print what a server has at $1 from byte $2 on. It is the last thing of its process.
get() {
  case $1 in
    http://* | https://*)
      if has curl; then
        if [ "$2" -gt 0 ]; then set -- "$1" -C "$2"; else set -- "$1"; fi
        url=$1
        shift
        exec curl -fsS -g --proto =http,https --connect-timeout 20 --speed-limit "$rate" --speed-time "$slow" "$@" -- "$url"
      elif [ "$ranges" = 1 ]; then
        if [ "$2" -gt 0 ]; then exec wget -q -T "$slow" -t 1 -O - --start-pos="$2" "$1"; fi
        exec wget -q -T "$slow" -t 1 -O - "$1"
      elif [ "$ranges" = py ]; then
        exec python3 -c '
import sys, urllib.request
url, start, wait = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
with urllib.request.urlopen(urllib.request.Request(url, headers={"Range": "bytes=%d-" % start}), timeout=wait) as answer:
    if answer.status != 206:
        answer.read(start)
    while True:
        data = answer.read(65536)
        if not data:
            break
        sys.stdout.buffer.write(data)
' "$1" "$2" "$slow"
      elif has wget; then
        # No -T: that of busybox breaks down with it. What stands still is ended by who waits for it.
        exec wget -q -O - "$1"
      fi
      echo "there is no curl, wget or python3" >&2
      exit 127
      ;;
    file:///*) exec tail -c "+$(($2 + 1))" -- "${1#file://}" ;;
    *)
      echo "no way is known for $1" >&2
      exit 127
      ;;
  esac
}

# Have a tool that writes files, and goes on with what is there of one, put what a server has at $1 into file $2 of size
# $3. The server need not be known: what it sends is checked, and nothing secret is sent to it.
fill() {
  at=${1#*://} port=
  path=/${at#*/} at=${at%%/*}
  case $path in *[\"\\\;]*) echo "no way is known for such a name"; return 127 ;; esac
  case $at in *\]) ;; *:*) port=${at##*:} at=${at%:*} ;; esac
  ulimit -f $(($3 / 512 + 64)) 2>/dev/null
  case $1 in
    sftp:*)
      has sftp || { echo "there is no sftp"; return 127; }
      set -- "$1" "$2" -q -b - -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
        -o LogLevel=ERROR -o ConnectTimeout=20 ${port:+-P "$port"}
      echo "get -a \"$path\" \"$2\"" >./batch
      shift 2
      sftp "$@" "$at" <./batch &
      ;;
    *)
      has smbclient || { echo "there is no smbclient"; return 127; }
      share=${path#/}
      path=$(printf %s "${share#*/}" | tr / "\\\\") share=${share%%/*}
      login=-N
      for one in /etc/itms/smb "${XDG_CONFIG_HOME:-${HOME:-}/.config}/itms/smb"; do [ ! -r "$one" ] || login=-A$one; done
      smbclient "//$at/$share" $login ${port:+-p "$port"} -t 20 -c "reget \"$path\" \"$2\"" &
      ;;
  esac
  tool=$!
  trap 'kill $tool 2>/dev/null' TERM
  wait $tool
}

size_of() { if [ -f "$1" ]; then wc -c <"$1" | tr -d " "; else echo 0; fi; }

# Cut file $1 to the pieces at its beginning that hold; $2 is its path in the list.
hold() {
  whole=0 n=$(size_of "$1")
  while read -r digests at of; do
    [ "${of%/}" = "$2" ] && [ "$at" -eq "$whole" ] || continue
    [ $(((at + 1) * piece)) -le "$n" ] || break
    [ "$(dd if="$1" bs=$piece skip="$at" count=1 2>/dev/null | sum)" = "$digests" ] || break
    whole=$((whole + 1))
  done <./pieces
  if [ "$whole" -gt 0 ]; then dd if=/dev/null of="$1" bs=$piece seek="$whole" 2>/dev/null; else rm -f -- "$1"; fi
}

# Take the rest of file $2 of size $3 from address $1; `why` tells how it ended. Never more than one byte too many.
pull() {
  [ -n "$ranges" ] || case $1 in file:* | sftp:* | smb:*) ;; *) rm -f -- "$2" ;; esac
  start=$(size_of "$2") last= quiet=0 why= nap=0.05
  last=$start
  rm -f ./over
  case $1 in
    sftp:* | smb:*)
      (fill "$1" "$2" "$3"; code=$?; true >./over; exit $code) >./said 2>&1 &
      g=$!
      ;;
    *)
      (head -c $(($3 - start + 1)) <./pipe >>"$2"; true >./over) &
      (get "$1" "$start") >./pipe 2>./said &
      g=$!
      ;;
  esac
  while [ ! -e ./over ]; do
    sleep $nap 2>/dev/null || { nap=1; sleep 1; }
    quiet=$((quiet + 1))
    case $nap$quiet in 0.0510) nap=0.2 ;; 0.220) nap=1 quiet=2 ;; esac
    if [ $nap = 1 ] && [ "$quiet" -ge "$slow" ]; then
      now=$(size_of "$2")
      if [ $((now - last)) -lt $((rate * quiet)) ]; then
        why="SLOW $(((now - last) / quiet)) bytes a second"
        break
      fi
      last=$now quiet=0
    fi
  done
  kill $g 2>/dev/null
  wait $g 2>/dev/null
  code=$?
  wait
  n=$(size_of "$2")
  if [ "$n" -gt "$3" ]; then
    why="PKG-TOO-LONG more than $3 bytes"
  elif [ "$n" -lt "$3" ]; then
    # So curl ends what is slower than it was told.
    [ "$code" != 28 ] || why="SLOW $n of $3 bytes, status $code"
    why=${why:-"SHORT $n of $3 bytes, status $code $(head -c 200 ./said | tr "\n" " ")"}
  else
    why=
    got=$(sum <"$2")
    [ "$got" = "$want" ] || why="PKG-HASH-MISMATCH want $want got $got"
  fi
}

(cd ./f && sums) >./have
only ./list ./have | cut -c 67- >./lacks
bad=" "
while read -r want size quoted path; do
  path=${path%/}
  grep -qxF -- "$path" ./lacks || continue
  file=./f/${path#./}
  mkdir -p "${file%/*}"
  [ ! -L "$file" ] || rm -f -- "$file"
  hold "$file" "$path"
  while read -r number base; do
    case $bad in *" $number "*) continue ;; esac
    before=$(size_of "$file")
    case $base in file:* | sftp:* | smb:*) address=$digest/${path#./} ;; *) address=$quoted ;; esac
    pull "$base/$address" "$file" "$size"
    # A server that knows no ranges sends all, or nothing: before it is blamed, it begins again.
    case $before$why in 0*) ;; *PKG-* | *"status 33 "*) before=0; rm -f -- "$file"; pull "$base/$address" "$file" "$size" ;; esac
    if [ -z "$why" ]; then
      echo "took $number $((size - before)) $path"
      break
    fi
    echo "left $number $path $why"
    bad="$bad$number "
    hold "$file" "$path"
  done <./sources
done <./wants
rm -f ./pipe ./said ./over ./batch
(cd ./f && sums) >./have
left=$(only ./list ./have | sed -n "$=")
echo "FETCHED ${left:-0}"
