# What no tool prints in one piece: each function prints rows, the names of their columns first, a tab between fields.
moment() { date -u -r "$1" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null; }
first_of() { for F in "$@"; do [ -e "$F" ] && { printf '%s' "$F"; return; }; done; }

is_unit() {  # is_unit FILE: whether a unit file is there that is no other name of a unit
  L=; [ -h "$1" ] && L=$(readlink "$1")
  case ${L##*/} in "" | "${1##*/}" | null) [ -n "$L" ] || [ -e "$1" ] ;; *) return 1 ;; esac
}
UNITS='/etc/systemd/system /run/systemd/system /usr/local/lib/systemd/system /usr/lib/systemd/system /lib/systemd/system'
unit_rows() {  # services by their unit files; of one name the first folder counts
  printf 'name\tdisplay_name\tmanager\tstart_mode\tpath\tuser\n'
  SEEN=" "
  for D in $UNITS; do
    for F in "$D"/*.service; do
      B=${F##*/}
      case $B in *@* | "*.service") continue ;; esac
      case $SEEN in *" $B "*) continue ;; esac
      is_unit "$F" || continue
      SEEN="$SEEN$B "
      if [ "$L" = /dev/null ]; then printf '%s\t\tsystemd\tmasked\t%s\t\n' "${B%.service}" "$F"; continue; fi
      [ -f "$F" ] && [ -r "$F" ] || continue
      M=; for W in /etc/systemd/system/*.wants/"$B"; do [ -h "$W" ] || [ -e "$W" ] && M=automatic; done
      M="$M" F="$F" B="${B%.service}" $AWK '
        { place = index($0, "="); key = substr($0, 1, place - 1); value = substr($0, place + 1)
          gsub(/^[ \t]+|[ \t]+$/, "", key); gsub(/^[ \t]+|[ \t\r]+$/, "", value); gsub(/\t/, " ", value)
          if (place && !(key in told)) told[key] = value }
        END { mode = ENVIRON["M"]
          if (mode == "") mode = ("WantedBy" in told || "RequiredBy" in told || "Also" in told || "Alias" in told) ? "disabled" : "manual"
          print ENVIRON["B"] "\t" told["Description"] "\tsystemd\t" mode "\t" ENVIRON["F"] "\t" told["User"] }' < "$F"
    done
  done
}
init_rows() {  # services by their scripts, without those that have a unit too
  printf 'name\tmanager\tstart_mode\tpath\n'
  O=; if [ -d /run/openrc ] || [ -d /etc/runlevels/default ]; then O=yes; fi
  for F in /etc/init.d/*; do
    B=${F##*/}
    case $B in "*" | README | skeleton | functions | rc | rcS | halt | single | killprocs | *.sh | *.dpkg-dist) continue ;; esac
    for D in $UNITS; do
      if is_unit "$D/$B.service"; then continue 2; fi
    done
    M=disabled
    if [ -n "$O" ]; then for W in /etc/runlevels/*/"$B"; do [ -e "$W" ] && M=automatic; done
    else for W in /etc/rc[235S].d/S[0-9][0-9]"$B"; do { [ -e "$W" ] || [ -h "$W" ]; } && M=automatic; done; fi
    printf '%s\t%s\t%s\t%s\n' "$B" "$([ -n "$O" ] && echo openrc || echo sysvinit)" "$M" "$F"
  done
}
profile_rows() {  # home folders of users who may log in
  printf 'user\tpath\tused_at\n'
  while IFS=: read -r U _ _ _ _ H _; do
    case $H in /home/* | /root* | /var/home/*) [ -e "$H" ] && printf '%s\t%s\t%s\n' "$U" "$H" "$(moment "$H")" ;; esac
  done < /etc/passwd
}
update_rows() {
  R=false; WHY_R=
  for F in /run/reboot-required /var/run/reboot-required; do
    if [ -e "$F" ]; then R=true; WHY_R=$(sort -u "$F.pkgs" 2>/dev/null | tr '\n' ',' | sed 's/,$//; s/,/, /g'); break; fi
  done
  K=$(uname -r)
  set -- /boot/vmlinuz-*
  for D in /lib/modules /usr/lib/modules; do
    if [ "$R" = false ] && [ -e "$1" ] && [ -n "$(ls "$D" 2>/dev/null)" ] && [ ! -e "$D/$K" ]; then R=true; WHY_R="kernel $K is no longer installed"; fi
  done
  printf 'reboot_required\treboot_reason\trefreshed_at\tupdated_at\n%s\t%s\t%s\t%s\n' "$R" "$WHY_R" \
    "$(moment "$(first_of /var/lib/apt/periodic/update-success-stamp /var/lib/apt/lists/partial /var/cache/dnf/expired_repos.json /var/cache/apk)")" \
    "$(moment "$(first_of /var/lib/dpkg/status /var/lib/rpm/rpmdb.sqlite /usr/lib/sysimage/rpm/rpmdb.sqlite /var/lib/rpm/Packages /lib/apk/db/installed)")"
}
server() {  # server TYPE NAME PORT "PROGRAMS" "PROCESSES" "WORDS THAT ASK FOR THE VERSION" "CONFIGURATION" "DATA" "LOGS"
  X=
  for B in $4; do
    for D in /usr/sbin /usr/bin /usr/local/sbin /usr/local/bin /usr/libexec /usr/lib/postfix/sbin; do
      [ -z "$X" ] && [ -e "$D/$B" ] && X=$D/$B
    done
  done
  [ -n "$X" ] || return 0
  V=; [ -n "$6" ] && V=$($LIMIT "$X" $6 </dev/null 2>&1 | head -c 400 | tr '\n\t' '  ' | grep -oE '[0-9]+\.[0-9]+(\.[0-9]+)*(p[0-9]+)?' | head -n 1)
  A=false; for B in $5; do case $RUNNING in *" $B "*) A=true ;; esac; done
  printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$V" "$3" "$X" "$(first_of $7)" "$(first_of $8)" "$(first_of $9)" "$A"
}
server_rows() {
  RUNNING=" $(cat /proc/[0-9]*/comm 2>/dev/null | sort -u | tr '\n' ' ') "
  printf 'type\tname\tversion\tport\tpath\tconfig_path\tdata_path\tlog_path\tis_running\n'
#SERVERS
}
recency_rows() {  # what was noted of each class by `finish`
  AT=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  printf 'class\tstate\twhy\tgathered_at\n'
  printf '%s' "$RECENCY" | while IFS= read -r LINE; do printf '%s\t%s\n' "$LINE" "$AT"; done
}
