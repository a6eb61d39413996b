# Run a program of a package, from the very files that were checked a moment before, in a folder that only its user can
# write. It runs under the marker of its step.
refuse() {
  echo "itms: $*" >&2
  exit 97
}
b=-
[ -r /proc/sys/kernel/random/boot_id ] && read -r b </proc/sys/kernel/random/boot_id
place || refuse "REMOTE-DIR-UNSAFE $why"
digests
[ -d "./$digest" ] && [ ! -L "./$digest" ] || refuse "PKG-HASH-MISMATCH the package is not in the cache any more"
[ "$(sum <"./$digest.sums")" = "$list" ] || refuse "PKG-HASH-MISMATCH the list of its files is another one"
true >"./$digest.used"
cd -P "./$digest" || refuse "PKG-HASH-MISMATCH the package cannot be entered"
wrong=$( (sums; find . ! -type f ! -type d) | cat - "../$digest.sums" | sort | uniq -u | head -n 1)
[ -z "$wrong" ] || refuse "PKG-HASH-MISMATCH want and got differ: $wrong"
ITMS_PACKAGE_FOLDER=$B/$digest
export ITMS_PACKAGE_FOLDER ITMS_PACKAGE ITMS_VERSION
umask 022
unset LC_ALL
sh -c "$command"
code=$?
umask 077
cd -P "$B" || exit $code
drop() { mv -- "./$1" ".gone-$1-$$" 2>/dev/null; rm -rf -- ".gone-$1-$$" "./.part-$1" "./$1.json" "./$1.sums" "./$1.used"; }
case $keep in
  0) drop "$digest" ;;
  -) ;;
  *)
    find . ! -name . -prune -name "*.used" -mmin "+$keep" 2>/dev/null | while IFS= read -r used; do
      used=${used#./}
      [ "$used" = "$digest.used" ] || drop "${used%.used}"
    done
    find . ! -name . -prune -name ".part-*" -mmin "+$keep" -exec rm -rf -- {} + 2>/dev/null
    ;;
esac
for one in $reboots; do
  [ "$one" = "$code" ] || continue
  # Its end is recorded before the computer goes.
  ITMS_ARG_ACTION=reboot ITMS_ARG_DELAY=2 ITMS_ARG_MESSAGE=
  (
    set +u
    eval "$go"
  ) >&2
done
exit $code
