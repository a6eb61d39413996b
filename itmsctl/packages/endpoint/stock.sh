# Take what is missing of a package, check all of it, and make it visible as a whole. What stands there already is asked
# for by the list alone: then the lines say what is lacking.
place || { say UNFIT "$why"; exit 0; }
digests
has tar && [ -n "$by" ] || { say UNFIT "it has no tar, or nothing that makes a SHA-256"; exit 0; }
lock || { say BUSY "another push of this package is at work there"; exit 0; }
work=.part-$digest
if [ -d "./$digest" ]; then state=WHOLE; elif [ -d "./$work/f" ]; then state=PART; else state=NONE; fi
free=$(df -Pk . 2>/dev/null | { read -r _; read -r _ _ _ kib _; echo "$kib"; })
case $free in "" | *[!0-9]*) free= ;; esac
if [ $state = NONE ] && [ -n "$free" ] && [ "$free" -lt "$need" ]; then
  say NOROOM "$free KiB are free in $B, $need are needed"
  exit 0
fi
mkdir -p "./$work/f" || { say UNFIT "$work cannot be made"; exit 0; }
cd -P "./$work" || exit 0
if [ "$state" != NONE ] && [ "$mode" = fill ]; then say FILL -; else say $state -; fi

torn() {
  echo "TORN $*"
  exit 0
}

# What was there may be gone when its link was cut: nothing that came is lost, for the next push asks what there is.
rm -rf ./p ./end ./list ./pieces ./m ./have ./arrived
# All that comes is hashed while it is written where a Python can; one that cannot has read nothing.
if [ $state = NONE ] && has python3; then
  said=$(python3 -c "$receive" 2>&1)
  if [ -f ./have ]; then mv ./have ./arrived; else said=$(tar -xpof - 2>&1); fi
else
  said=$(tar -xpof - 2>&1)
fi
[ -f ./end ] && [ -f ./list ] || torn "only a part of it arrived: $(echo "$said" | head -n 1)"
rm -f ./end
[ "$(sum <./list)" = "$list" ] || torn "the list of its files is another one"
if [ -f ./p/plan ]; then
  while read -r number at size mode path; do
    path=f/${path%/}
    dd if="./p/$number" of="./$path" bs=$piece seek="$at" conv=notrunc 2>/dev/null && chmod "$mode" "./$path"
    # What stands behind its end goes.
    dd if=/dev/null of="./$path" bs=1 seek="$size" 2>/dev/null
    rm -f "./p/$number"
  done <./p/plan
  rm -rf ./p
fi

# `lacks` are paths that are missing or wrong in folder $1, `odd` what nobody knows there.
compare() {
  if [ -f ./arrived ]; then mv ./arrived ./have; else (cd "$1" && sums) >./have; fi
  (cd "$1" && find . ! -type f ! -type d) >./odd
  # Where the list of what is there is the list of what should be, nothing is to be looked for.
  if [ ! -s ./odd ] && [ "$(sum <./have)" = "$list" ]; then
    true >./lacks
    return
  fi
  only ./list ./have | cut -c 67- >./lacks
  cut -c 67- ./list | sort >./names
  cut -c 67- ./have | sort >./there
  only ./there ./names >>./odd
}

if [ $state = WHOLE ]; then
  compare "../$digest"
  if [ ! -s ./lacks ] && [ ! -s ./odd ]; then
    cd .. && rm -rf -- "./$work"
    echo "WHOLE $B/$digest"
    exit 0
  fi
  # It is not what it should be: it is not visible any more, and what holds is kept.
  rm -rf ./f && mv "../$digest" ./f || torn "what stands there is wrong, and cannot be moved"
  rm -f "../$digest.sums"
else
  compare ./f
fi
if [ -s ./odd ]; then
  while IFS= read -r path; do rm -f -- "./f/$path"; done <./odd
  compare ./f
  [ ! -s ./odd ] || { rm -rf ./f && mkdir ./f && compare ./f; }
fi
if [ ! -s ./lacks ]; then
  mv -f ./list "../$digest.sums" && mv -f ./m "../$digest.json" && mv ./f "../$digest" || torn "it cannot be renamed"
  cd .. && rm -rf -- "./$work"
  echo "STORED $B/$digest"
  exit 0
fi
sed "s/^/lack /" ./lacks
if [ -s ./pieces ]; then
  last= is=
  while read -r want at path; do
    path=${path%/}
    [ "$path" = "$last" ] || { last=$path is=; [ -s "./f/$path" ] && grep -qxF -- "$path" ./lacks && is=1; }
    [ -z "$is" ] || [ "$(dd if="./f/$path" bs=$piece skip="$at" count=1 2>/dev/null | sum)" != "$want" ] || echo "have $at $path"
  done <./pieces
fi
echo SHORT
