#!/bin/sh
# Writes reports as CSV into a folder, for a mail or a spreadsheet; says on stderr what somebody should look at.
# In a crontab:  0 7 * * mon  /opt/itms/weekly-report.sh /srv/reports
# The database is the default one, or that of ITMSCTL_DB.
set -eu
folder=${1:?folder for the reports}
mkdir -p "$folder"

for report in os-by-site runs failing-computers changes; do
  itmsctl -q report run "$report" --no-limit --out "$folder/$report.csv"
done

# A pipe: no header, one computer a line.
silent=$(itmsctl report run not-seen --param since=14d --no-limit -o name | wc -l)
if [ "$silent" -gt 0 ]; then
  echo "$silent computers did not answer for two weeks: itmsctl report run not-seen --param since=14d" >&2
fi
