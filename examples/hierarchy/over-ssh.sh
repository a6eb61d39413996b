#!/bin/sh
# On the parent: links children over SSH, says what is not as it should be, and gives them what there is.
#   over-ssh.sh itms@head.example ~/.ssh/id_ed25519 itms@rome.example itms@oslo.example
# First how the children reach this server, then a key of yours that logs in to them: it is used this once. Running it
# again changes nothing. tests/replication/three_servers.py runs it between three machines.
set -eu
back=${1:?how the children reach this server: itms@head.example}
key=${2:?a key that logs in to the children}
shift 2
name_of() { host=${1#*@}; printf '%s' "${host%%[.:]*}"; }

itmsctl hierarchy init "$(name_of "$back")"
for way; do
  itmsctl hierarchy add-child "$(name_of "$way")" --ssh "$way" --back "$back" --key "$key" --accept-new
done
itmsctl hierarchy preflight -o table || test $? = 20
itmsctl replication run -o table
