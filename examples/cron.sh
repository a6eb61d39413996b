#!/bin/sh
# One line of cron drives everything that is scheduled. As root it goes to /etc/cron.d, else into your own crontab.
#   sh examples/cron.sh [--print]     --print: only show the line
set -eu
# Membership follows by itself; cron mails what a tick has to say, and its exit status tells how runs ended.
itmsctl task add keep-membership --kind membership-update
itmsctl schedule add every-five-minutes --every 5m
itmsctl policy add keep-membership --task keep-membership --target all --schedule every-five-minutes --transport local
itmsctl schedule install --cron "$@"
itmsctl schedule list --next 15m -o table
