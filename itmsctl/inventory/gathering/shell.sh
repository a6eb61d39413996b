# Reads a computer that has no Python 3.6: every UNIX, busybox included. It writes nothing but its answer.
LC_ALL=C; LANG=C; TZ=UTC
PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin:/usr/pkg/sbin:/usr/pkg/bin:/opt/freeware/bin:/usr/contrib/bin
export LC_ALL LANG TZ PATH
umask 077
case $(uname -s) in
Linux) S=linux ;; Darwin) S=macos ;; *BSD | DragonFly) S=bsd ;; SunOS) S=solaris ;; AIX) S=aix ;; HP-UX) S=hpux ;;
*) S=unknown ;;
esac
AWK=awk; [ -x /usr/xpg4/bin/awk ] && AWK=/usr/xpg4/bin/awk
if command -v timeout >/dev/null 2>&1; then LIMIT="timeout 60"; else LIMIT=; fi

# quoted: standard input as what stands between the quotes of JSON: at most 3 MB, ASCII only, one line.
quoted() {
  tr -c '\n\t\040-\176' '?' | $AWK '
    { size += length($0) + 1; if (size > 3000000) exit
      if (index($0, "\\") || index($0, "\"") || index($0, "\t")) {
        line = ""
        for (i = 1; i <= length($0); i++) {
          c = substr($0, i, 1)
          if (c == "\\" || c == "\"") c = "\\" c
          else if (c == "\t") c = "\\t"
          line = line c
        }
        printf "%s\\n", line
      } else printf "%s\\n", $0
    }'
}
wanted() { case " $W " in *" $1 "*) return 0 ;; esac; return 1; }
RECENCY=
begin() { C=$1; N=0; WHY=; }
part() {  # part PARSER: standard input is what this parser reads
  printf '{"class":"%s","state":"whole","part":%d,"more":true,"parser":"%s","text":"' "$C" "$N" "$1"
  quoted
  printf '"}\n'
}
file() {  # file PARSER PATH...: those that are there
  P=$1; shift
  for F in "$@"; do
    if [ -f "$F" ] && [ -r "$F" ]; then part "$P" < "$F"; N=$((N + 1)); elif [ -f "$F" ]; then WHY="needs root: $F"; else WHY="${WHY:-no such file: $F}"; fi
  done
}
sent() {  # sent PARSER WHY: OUT is what this parser reads; WHY there is none, where it is empty
  if [ -n "$OUT" ]; then printf '%s\n' "$OUT" | part "$1"; N=$((N + 1)); else WHY=$2; fi
}
named() {  # named PARSER PATH...: as `file`, but for comments, each line behind its path and a tab
  P=$1; shift
  OUT=$(for F in "$@"; do
    if [ -f "$F" ] && [ -r "$F" ]; then F="$F" $AWK 'NR > 20000 { exit } !/^[ \t]*(#|$)/ { print ENVIRON["F"] "\t" $0 }' < "$F"; fi
  done)
  sent "$P" "${WHY:-no such file: $1}"
}
pem() {  # pem PARSER PATH...: certificates, each file behind its path; of a key only that there is one
  P=$1; shift
  OUT=$(SEEN=" "; for F in "$@"; do
    if [ -h "$F" ]; then case $(readlink "$F") in /usr/share/ca-certificates/* | /etc/pki/ca-trust/extracted/*) continue ;; esac; fi
    I=$(ls -Li "$F" 2>/dev/null | $AWK '{ print $1; exit }')
    case $SEEN in *" $I "*) continue ;; esac
    SEEN="$SEEN$I "
    if [ -f "$F" ] && [ -r "$F" ] && [ "$(wc -c < "$F")" -lt 60000 ]; then
      F="$F" $AWK '
        /-----BEGIN ([A-Z]+ )*CERTIFICATE-----/ { inside = 1; if (!named++) print ENVIRON["F"] }
        inside { print }
        /-----END/ { inside = 0 }
        /-----BEGIN ([A-Z]+ )*PRIVATE KEY-----/ { key = 1 }
        END { if (named && key) print "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----" }' < "$F"
    fi
  done)
  sent "$P" "${WHY:-no such file: $1}"
}
rows() {  # rows FUNCTION: what a function below prints
  OUT=$("$1" 2>/dev/null)
  sent own:csv "$WHY"
}
tool() {  # tool PARSER WORDS...: where there is such a tool
  P=$1; shift
  if command -v "$1" >/dev/null 2>&1; then
    OUT=$($LIMIT "$@" </dev/null 2>/dev/null | tr -d '\000')
    sent "$P" "$1 printed nothing"
  else WHY="${WHY:-no such command: $1}"; fi
}
script() {  # script PARSER SECONDS TEXT: what a script prints that ends well
  P=$1; L=; [ -n "$LIMIT" ] && L="timeout $2"
  OUT=$({ $L sh -c "$3" </dev/null 2>/dev/null; printf '\n%s' "exit $?"; } | tr -d '\000' |
    $AWK '{ size += length($0) + 1; if (size > 3000000) exit; print }')
  E=$(printf '%s\n' "$OUT" | tail -n 1)
  case $E in
  "exit 0") printf '%s\n' "${OUT%"$E"}" | part "$P"; N=$((N + 1)) ;;
  "exit 124" | "exit 143") WHY="sh: time limit of $2 s" ;;
  "exit "*) WHY="sh: $E" ;;
  *) WHY="sh: more than 2 MiB of output" ;;
  esac
}
finish() {
  if [ "$N" -gt 0 ]; then
    printf '{"class":"%s","state":"whole","part":%d,"rows":[]}\n' "$C" "$N"
    RECENCY="$RECENCY$C	complete	
"
  else
    RECENCY="$RECENCY$C	unsupported	$WHY
"
    printf '{"class":"%s","state":"unread","why":"' "$C"; printf '%s' "${WHY:-there is no Python 3.6 here, and the shell edition does not read it}" | quoted | sed 's/\\n$//'; printf '"}\n'
  fi
}
#FUNCTIONS
hashed() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum
  elif command -v shasum >/dev/null 2>&1; then shasum -a 256
  elif command -v sha256 >/dev/null 2>&1; then sha256 -q
  elif command -v openssl >/dev/null 2>&1; then openssl dgst -sha256 | sed 's/.*= *//'
  elif command -v digest >/dev/null 2>&1; then digest -a sha256
  elif command -v csum >/dev/null 2>&1; then csum -h SHA256 -
  fi | $AWK '{ print $1; exit }'
}
answer() {
  printf '{"itms-inventory":1,"token":"%s","system":"%s","at":"%s"}\n' "$T" "$S" "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
#CLASSES
own_classes
}
BODY=$(answer)
printf '%s\n' "$BODY"
printf '{"lines":%d,"sha256":"%s"}\n' "$(printf '%s\n' "$BODY" | wc -l)" "$(printf '%s\n' "$BODY" | hashed)"
