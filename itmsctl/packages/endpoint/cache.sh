# The cache of packages on an endpoint, a folder that only its user can write: DIGEST (the files of one package), and
# beside it DIGEST.sums (the list of them), DIGEST.json (its manifest) and DIGEST.used (when it last ran). What is on its
# way stands in .part-DIGEST and is renamed whole, so what is visible is complete.
umask 077
LC_ALL=C
export LC_ALL
piece=4194304

has() { command -v "$1" >/dev/null 2>&1; }

# Go to the cache (B); false where it cannot be made, or is not ours alone: somebody could swap a file before it runs.
place() {
  if [ -n "$cache" ]; then
    P=$cache B=$cache
  elif [ -O / ]; then
    P=/var/cache/itms B=/var/cache/itms/packages
  elif [ -n "${HOME:-}" ]; then
    P=$HOME/.cache/itms B=$HOME/.cache/itms/packages
  else
    why="there is no home folder for a cache"
    return 1
  fi
  if [ ! -d "$B" ]; then
    why=$(
      {
        mkdir -p "${P%/*}"
        [ -d "$P" ] || mkdir -m 700 "$P"
        [ -d "$B" ] || mkdir -m 700 "$B"
      } 2>&1
    )
  fi
  [ -d "$B" ] && [ ! -L "$B" ] && [ ! -L "$P" ] || { why="the cache cannot be made: ${why:-it is a link}"; return 1; }
  why=$(ls -ldn "$P" "$B")
  case $why in d?????-??-*d*) ;; *) why="the cache is not ours alone: $why"; return 1 ;; esac
  cd -P -- "$B" 2>/dev/null || { why="the cache cannot be entered"; return 1; }
  set -- $(ls -ldn .)
  case $1 in drwx------*) [ -O . ] && [ -O "$P" ] && return ;; esac
  why="the cache is not ours alone: $why"
  return 1
}

# Find what makes a SHA-256 here: `by` is "openssl", which is several times faster than sha256sum, or another; empty where
# nothing does. It is believed once it made one that is known.
digests() {
  for by in openssl sha256sum shasum python3 ""; do
    [ -n "$by" ] || break
    has "$by" && [ "$(echo | sum 2>/dev/null)" = 01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b ] && break
  done
}

# Print "SHA256  ./PATH" of every file here, in the order of the list.
sums() {
  case $by in
    openssl) find . -type f -exec openssl dgst -sha256 -r {} + ;;
    sha256sum) find . -type f -exec sha256sum {} + ;;
    shasum) find . -type f -exec shasum -a 256 {} + ;;
    python3)
      find . -type f -exec python3 -c '
import hashlib, sys
for path in sys.argv[1:]:
    made = hashlib.sha256()
    with open(path, "rb") as file:
        while True:
            data = file.read(1048576)
            if not data:
                break
            made.update(data)
    sys.stdout.buffer.write(made.hexdigest().encode() + b"  " + path.encode("utf-8", "surrogateescape") + b"\n")
' {} +
      ;;
  esac | sed "s/^\([0-9a-f]*\) [ *]/\1  /" | sort
}

# Print the SHA-256 of standard input.
sum() {
  case $by in
    openssl) openssl dgst -sha256 -r ;;
    sha256sum) sha256sum ;;
    shasum) shasum -a 256 ;;
    python3) python3 -c "import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())" ;;
  esac | { read -r made _; echo "$made"; }
}

# Print the lines of $1 that are not among those of $2; none is twice in $1. Not every busybox has comm.
only() { cat "$2" "$2" "$1" | sort | uniq -u; }

# One at a time puts a package there; false where another lives and does.
lock() {
  lock=.lock-$digest
  for wait in 0 1 2 3 4; do
    if mkdir "$lock" 2>/dev/null; then
      echo "$$ $b" >"$lock/who"
      trap 'rm -rf -- "$B/$lock"' EXIT
      trap "exit 1" HUP INT TERM PIPE
      return 0
    fi
    k= boot=
    [ -r "$lock/who" ] && read -r k boot <"$lock/who"
    if [ -n "$k" ] && { [ "$boot" != "$b" ] || ! kill -0 "$k" 2>/dev/null; }; then
      mv "$lock" ".gone-$$" 2>/dev/null && rm -rf -- ".gone-$$"
    else
      sleep "$wait"
    fi
  done
  return 1
}
